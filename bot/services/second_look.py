"""What reads as an answer and on a second look is none: a yes inside a wish, a story where a place or a choice was
asked."""

from __future__ import annotations

import re

from bot.answers.question import Asked
from bot.core.text import fold

# these do something on a yes: "quiero una mentora" is none
YES_OR_NO = frozenset({"confirm", "delete", "stop", "restart"})
_FEW_WORDS = 2
UNDER_THE_CARD = "support"
_LONGEST_CHOICE = 6
"""words; under the help lines she goes on telling more often than she chooses in a long sentence"""
_INTRODUCES = re.compile(
    r"\s*(?:hola,? )?(?:yo )?(?:soy|me llamo|mi nombre es|i'?m|i am|my name is)\s[^,;.\n]+", re.I
)
_PLAIN_YES = re.compile(
    r"(?:s+i+p?|yes|yeah|yep|claro|dale|sale|ok|okey|simon|acepto|correcto|exacto|asi es|eso|sure)\b"
)
_NAME_OF_A_PLACE = 4
"""longer names of places exist; people do not write them out"""
_SAYS_WHERE = re.compile(
    r"(?:pues |bueno |yo |aqui |aca |ahora |actualmente )*"
    r"(?:viv\w+|soy de|somos de|estoy|radico|resido|me mude|me cambie|en|es|i live|i am|im|from|in)\b"
)
_TELLS = re.compile(
    r"\b(?:yo|me|mi|mis|nos|que|porque|pero|no|si|tengo|vendo|hago|cuido|trabajo|soy|quiero|puedo|i|my|because|but|"
    r"not|have|work|want|can)\b"
)


def half_read(survey: str, asked: Asked, value: str, text: str) -> bool:
    """Whether ``value``, read in ``text`` as the answer to ``asked``, should not be taken for it."""
    if survey in YES_OR_NO and value == "yes":
        return len(text.split()) > _FEW_WORDS and not _PLAIN_YES.match(fold(text))
    if asked.open_list and value not in {choice.value for choice in asked.choices}:
        return tells_a_story(text)
    return survey == UNDER_THE_CARD and goes_on_telling(asked, text)


def goes_on_telling(asked: Asked, text: str) -> bool:
    """Whether a reply under the help lines is more of her story: long, and none of the choices is named in it."""
    said = fold(text)
    names = [fold(name) for choice in asked.choices for name in (choice.label, *choice.aliases)]
    return len(said.split()) > _LONGEST_CHOICE and not any(f" {name} " in f" {said} " for name in names)


def introduction(text: str) -> str:
    """Where she says her name in a message that says more: "soy Rosa"; empty where she does not begin so.

    >>> introduction("I'm Mary, 29 years old and I live in Jalisco")
    "I'm Mary"
    """
    found = _INTRODUCES.match(text)
    return found.group().strip() if found else ""


def tells_a_story(text: str) -> bool:
    """Whether a text that could be any place's name is a sentence about something else.

    >>> tells_a_story("yo vendo comida en la calle con mi hermana"), tells_a_story("vivo en San Juan de los Lagos")
    (True, False)
    """
    said = fold(text)
    if len(said.split()) <= _NAME_OF_A_PLACE or _SAYS_WHERE.match(said):
        return False
    return _TELLS.search(said) is not None
