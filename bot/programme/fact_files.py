"""The files of ``dialogues/facts``: what they may hold, and the checks at load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from bot.programme.document import Problem, ProgrammeError, read_document, validate
from bot.programme.load import Programmes
from bot.programme.model import CountryCode, Part
from bot.programme.programme import PLACEHOLDERS, UNKNOWN
from bot.programme.text import Text, Words

AskIntent = Literal[
    "ask_programme", "ask_pathways", "ask_cost", "ask_requirements", "ask_schedule", "ask_location",
    "ask_certificate", "ask_support", "ask_privacy", "ask_bot",
]  # fmt: skip
ASK_INTENTS: tuple[AskIntent, ...] = get_args(AskIntent)
CENTRES = ("centros", "centres")
"""Placeholders of the centres in her region, for topics with ``centres: true``."""

BRACES = re.compile(r"\{(\w+)\}")
Found = tuple[tuple[int | str, ...], str, str]


class Fact(Part):
    """One statement and where it comes from. ``seed`` is the programme's own leaflets."""

    fact: Words
    source: Words
    confidence: Literal["seed", "documented", "practice", "confirm"]


class FactList(Part):
    """``programmes/facts.yml``: the facts that answers name."""

    facts: dict[str, Fact]


class Answer(Part):
    """What is said, the ids of the facts behind it, and whether the programme's texts really tell it."""

    says: Text
    facts: tuple[Words, ...] = ()
    known: bool = True


class Topic(Answer):
    """A narrower answer for a message that holds one of these words (folded beginnings of words).

    With ``centres`` it is given only where her region has centres; the text may then name ``{centros}``.
    """

    match: tuple[Words, ...]
    centres: bool = False


class IntentAnswers(Answer):
    """The general answer to an intent and its narrower topics."""

    topics: tuple[Topic, ...] = ()


class Why(Part):
    """The reason for asking some questions, by name; ``*`` stands for any ending."""

    questions: tuple[Words, ...]
    says: Text


class FactsFile(Part):
    """One file of ``dialogues/facts``."""

    country: CountryCode | None = None
    answers: dict[AskIntent, IntentAnswers]
    why: tuple[Why, ...] = ()
    why_default: Text | None = None


def read_fact_files(folder: Path, programmes: Programmes, fact_list: Path) -> dict[str | None, FactsFile]:
    """All files of the folder by country, checked against the list of facts. Raises ``ProgrammeError``."""
    listed = set(validate(read_document(fact_list), FactList).facts)
    files: dict[str | None, FactsFile] = {}
    for path in sorted(folder.glob("*.yml")):
        document = read_document(path)
        file = validate(document, FactsFile)
        problems = [document.problem(loc, what, mend) for loc, what, mend in _check(path.stem, file, listed)]
        if file.country and file.country not in programmes.countries:
            what = f"'{file.country}' has no programme file"
            problems.append(document.problem(["country"], what, "add that file or correct the code"))
        if problems:
            raise ProgrammeError(problems)
        files[file.country] = file
    if None not in files:
        raise ProgrammeError([Problem(f"{folder.name}/{UNKNOWN}.yml", 1, "is not there", "restore the file")])
    return files


def _check(name: str, file: FactsFile, listed: set[str]) -> Iterator[Found]:
    if (name == UNKNOWN) != (file.country is None):
        yield ("country",), "'country' does not go with the file's name", f"only {UNKNOWN}.yml is without it"
    if file.country is None and file.why_default is None:
        yield ("why_default",), "'why_default' is missing", "add the reason given for any other question"
    for intent in ASK_INTENTS:
        if intent not in file.answers:
            yield ("answers",), f"'{intent}' has no answer", "add it, if only to say that it is not known"
    for intent, general in file.answers.items():
        yield from _check_answer(("answers", intent), general, listed, False)
        for i, topic in enumerate(general.topics):
            yield from _check_answer(("answers", intent, "topics", i), topic, listed, topic.centres)
    for i, reason in enumerate(file.why):
        yield from _check_braces(("why", i, "says"), reason.says, False)


def _check_answer(
    loc: tuple[int | str, ...], answer: Answer, listed: set[str], centres: bool
) -> Iterator[Found]:
    for fact in answer.facts:
        if fact not in listed:
            yield (*loc, "facts"), f"the fact '{fact}' is not in the list of facts", "add it there"
    yield from _check_braces((*loc, "says"), answer.says, centres)


def _check_braces(loc: tuple[int | str, ...], says: Text, centres: bool) -> Iterator[Found]:
    known = sorted({*PLACEHOLDERS, *PLACEHOLDERS.values(), *(CENTRES if centres else ())})
    for language, words in says.root.items():
        for name in BRACES.findall(words):
            if name not in known:
                yield (*loc, language), f"nothing fills '{{{name}}}' there", f"use one of {', '.join(known)}"
