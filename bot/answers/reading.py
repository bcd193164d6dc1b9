"""What a reply turned out to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a reply is to be taken.

    ``answer``: store it. ``skip``: she wants past the question. ``dont_know`` and ``refuse``: said so, and
    the list has no choice for it. ``no``: not an answer, ask again. ``unsure``: one candidate worth
    confirming.
    """

    ANSWER = "answer"
    SKIP = "skip"
    DONT_KNOW = "dont_know"
    REFUSE = "refuse"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reply, read.

    ``value`` is as stored: a choice value, several separated by a space, numbers in plain C form, ISO dates,
    E.164 phones, ``lat lon``, trimmed text. ``choices`` are the chosen values. ``confirm`` is the candidate
    in words, to be shown when ``unsure``. ``near`` are the values worth offering, best first.
    """

    outcome: Outcome
    value: str = ""
    choices: tuple[str, ...] = ()
    confirm: str = ""
    near: tuple[str, ...] = ()


NOT_AN_ANSWER = Reading(Outcome.NO)
SKIPPED = Reading(Outcome.SKIP)


def answer(value: str, choices: tuple[str, ...] = ()) -> Reading:
    """A plain answer."""
    return Reading(Outcome.ANSWER, value, choices)


def unsure(value: str, confirm: str, near: tuple[str, ...] = ()) -> Reading:
    """A candidate that she should confirm."""
    return Reading(Outcome.UNSURE, value, confirm=confirm, near=near or (value,))
