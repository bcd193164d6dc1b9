"""What reads as an answer and on a second look is none: a yes inside a wish, a story where a place or a choice was
asked."""

from __future__ import annotations

from bot.answers.phrases import begins_with_yes, tells_a_story
from bot.answers.question import Asked
from bot.core.text import fold

# these do something on a yes: "quiero una mentora" is none
YES_OR_NO = frozenset({"confirm", "delete", "stop", "restart"})
_FEW_WORDS = 2
UNDER_THE_CARD = "support"
_LONGEST_CHOICE = 6
"""words; under the help lines she goes on telling more often than she chooses in a long sentence"""


def half_read(survey: str, asked: Asked, value: str, text: str) -> bool:
    """Whether ``value``, read in ``text`` as the answer to ``asked``, should not be taken for it."""
    if survey in YES_OR_NO and value == "yes":
        return len(text.split()) > _FEW_WORDS and not begins_with_yes(text)
    if asked.open_list and value not in {choice.value for choice in asked.choices}:
        return tells_a_story(text)
    return survey == UNDER_THE_CARD and goes_on_telling(asked, text)


def goes_on_telling(asked: Asked, text: str) -> bool:
    """Whether a reply under the help lines is more of her story: long, and none of the choices is named in it."""
    said = fold(text)
    names = [fold(name) for choice in asked.choices for name in (choice.label, *choice.aliases)]
    return len(said.split()) > _LONGEST_CHOICE and not any(f" {name} " in f" {said} " for name in names)
