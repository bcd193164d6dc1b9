"""A question as a message: its label, its options as numbered lines, and buttons where a press can answer.

The numbers are printed on every channel, also beside buttons: a woman whose phone hides the buttons can still
answer "2". What fits where is the channel's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.messages import Option, Outbound
from bot.surveys.model import Choice, Question
from bot.surveys.run import SurveyRun
from bot.surveys.words import word

BUTTONS_AT_MOST = 12
"""Longer lists carry no buttons: no channel shows them well."""

PRINTED_AT_MOST = 40
"""Longer lists are not printed: they would fill the screen several times over; she types the answer."""

ACKNOWLEDGED = "OK"
"""What XForms stores for a pressed ``acknowledge``."""


def ask(
    run: SurveyRun, question: Question, language: str, placeholders: Mapping[str, str] | None = None
) -> Outbound:
    """The question with its hint and its options. Asking again is calling this again."""
    said = (run.label(question, language, placeholders), run.hint(question, language, placeholders))
    lines = [text for text in said if text]
    options: tuple[Option, ...] = ()
    if question.type == "acknowledge":
        options = (_option(run, question, word("acknowledge", language), ACKNOWLEDGED),)
    elif question.has_choices:
        choices = run.choices(question)
        if prints_options(question, choices):
            titles = [run.choice_label(question, choice.name, language) for choice in choices]
            numbers = numbering(choices)
            lines += [f"{number}. {title}" for number, title in zip(numbers, titles, strict=True)]
            if question.type == "select_one" and len(choices) <= BUTTONS_AT_MOST:
                options = tuple(
                    _option(run, question, title, choice.name)
                    for title, choice in zip(titles, choices, strict=True)
                )
    return Outbound("\n".join(lines), options, ask_location=question.type == "geopoint")


def note(
    run: SurveyRun, question: Question, language: str, placeholders: Mapping[str, str] | None = None
) -> Outbound:
    """A note as a message; a read-only field also shows its value."""
    parts = [run.label(question, language, placeholders), run.hint(question, language, placeholders)]
    if question.read_only:
        parts.append(run.answer(question.name, language))
    return Outbound("\n".join(part for part in parts if part))


def prints_options(question: Question, choices: Sequence[Choice]) -> bool:
    """Whether the options are listed in the message, rather than left for her to type."""
    return not question.typed and 0 < len(choices) <= PRINTED_AT_MOST


def numbering(choices: Sequence[Choice]) -> list[int]:
    """The number of each option: its ``menu_no`` column, else its place from 1.

    ``menu_no`` counts only when every option of the list has its own: two kinds of number in one message
    would let one reply mean two options.
    """
    given = [choice.columns.get("menu_no", "") for choice in choices]
    if all(number.isdecimal() for number in given) and len({int(number) for number in given}) == len(given):
        return [int(number) for number in given]
    return list(range(1, len(choices) + 1))


def number_of(choice: Choice, choices: Sequence[Choice]) -> int:
    """The number under which ``choice`` is printed. Raises ``ValueError`` when it is not one of them."""
    return numbering(choices)[list(choices).index(choice)]


def choice_by_number(number: int, choices: Sequence[Choice]) -> Choice | None:
    """The option that she means by that number, if there is one."""
    return next(
        (choice for at, choice in zip(numbering(choices), choices, strict=True) if at == number), None
    )


def _option(run: SurveyRun, question: Question, title: str, value: str) -> Option:
    return Option(title, {"survey": run.survey.name, "question": question.name, "value": value})
