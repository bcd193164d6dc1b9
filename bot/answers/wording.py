"""What the question's own wording says about the reply it wants: a month, the past, an age to have reached."""

from __future__ import annotations

import re

from bot.answers.lexicon import in_every_language
from bot.answers.reply import plain
from bot.core.text import fold

_PAST_OF_YOU = re.compile(r"[a-z]{2,}(?:aste|iste)")
_OF_AN_AGE = re.compile(
    r"\b(\d{2}) anos (?:o mas|cumplidos)|\b(?:mayor|mas) de (\d{2}) anos"
    r"|\b(\d{2}) (?:years )?or (?:older|over|more)|\bover (\d{2})\b"
)
_VERB = re.compile(r"\b([a-z]{3,})[ae]s\b")
_TELLING = 5
_OF_YOU = re.compile(r"\bte ([a-z]{2,})\b")
_REACH = 4
_STATE = re.compile(r"[a-z]{2,}(?:[aei]d|it|iert|uest|ist)[oa]s?")
_BESIDE = 3
_LISTED = re.compile(r"\b([a-z]{5,})(?=,| o | or )|(?<= o )([a-z]{5,})|(?<= or )([a-z]{5,})")
_FEWEST_LISTED = 3
_LEAST_NAMED = 4
_AT_ONCE = 3
"""words at the beginning in which a thing that the question lists is her answer"""


def asks_of_the_past(wording: str) -> bool:
    """Whether it asks for something that has happened, so that "el martes" is the last one."""
    words = fold(wording).split()
    past = in_every_language("no_past_verbs")
    return _says(wording, "asks_what_was") or any(
        _PAST_OF_YOU.fullmatch(word) and word not in past for word in words
    )


def asks_by_month(wording: str) -> bool:
    """Whether the amount it asks for is a month's."""
    return _says(wording, "asks_by_month")


def age_to_have(wording: str) -> int | None:
    """The age in years from which the answer is yes, when it asks for that: "¿Tienes 18 años o más?"."""
    match = _OF_AN_AGE.search(plain(wording))
    return int(next(group for group in match.groups() if group)) if match else None


def asks_who(wording: str) -> bool:
    """Whether naming a person answers it with yes: "¿Tienes quién cuide?"."""
    return _says(wording, "asks_who")


def does_it(wording: str, words: tuple[str, ...]) -> bool:
    """Whether the reply begins with the question's own verb, said of herself: "¿vendes algo?", "vendo pan"."""
    if words[:1] == ("tengo",) and len(words) > 1:
        asked = plain(wording)
        return bool(
            re.search(r"\btienes una?\b", asked) and words[1] in in_every_language("one_or_hers")
        ) or any(len(w) >= _TELLING and re.search(rf"\b{re.escape(w)}", asked) for w in words[1:])
    not_hers = in_every_language("no_verbs_of_hers")
    verbs = {m[1] + "o" for m in _VERB.finditer(plain(wording)) if m[0] not in not_hers}
    return bool(words) and words[0] in verbs


def says_its_verb(wording: str, words: tuple[str, ...], denials: frozenset[str]) -> bool | None:
    """Whether she says the question's verb of herself, or denies it, with "me": "¿te pagan …?", "no me pagan nada".

    None when she does not say it, or says and denies it. "¿Te consideras …?" is answered by "no me considero".
    """
    asked = _OF_YOU.findall(plain(wording))
    forms = {form for verb in asked for form in (verb, f"{verb}n", verb.removesuffix("n"))}
    forms |= {verb[:-2] + "o" for verb in asked if verb.endswith(("as", "es"))}
    said = {
        not (denials & set(words[max(0, at - _REACH) : at]))
        for at in range(len(words) - 1)
        if words[at] == "me" and words[at + 1] in forms
    } | {False for at, word in enumerate(words[1:], 1) if word in forms and words[0] == "ni"}
    return said.pop() if len(said) == 1 else None


def nothing_is_so(wording: str, words: tuple[str, ...], nothing: frozenset[str]) -> bool:
    """Whether she says that nothing is as the question asks: "¿… un plan escrito?", "escrito no hay nada"."""
    ready = in_every_language("is_ready")
    asked = {word for word in fold(wording).split() if word in ready or _STATE.fullmatch(word)}
    at = [place for place, word in enumerate(words) if word in asked]
    none = [place for place, word in enumerate(words) if word in nothing]
    return any(abs(state - no) <= _BESIDE for state in at for no in none)


def names_one_of_it(wording: str, words: tuple[str, ...]) -> bool:
    """Whether she names one of the things that the question counts up: "¿… tecnología, minería o construcción?"."""
    asked = plain(wording)
    listed = {next(filter(None, m.groups())) for m in _LISTED.finditer(asked)}
    if len(listed) < _FEWEST_LISTED or "," not in asked:
        return False
    return any(
        len(word) >= _LEAST_NAMED and any(each.startswith(word) for each in listed)
        for word in words[:_AT_ONCE]
    )


def asks_for_a_wish(wording: str) -> bool:
    """Whether it asks what she would like, so that either of two is both; "is it your body or your mood?" does not."""
    return _says(wording, "asks_for_a_wish")


def asks_of_difficulty(wording: str) -> bool:
    """Whether it asks if something is hard for her, so that "no problem" is an answer."""
    return _says(wording, "asks_of_difficulty")


def asks_for_a_people(wording: str) -> bool:
    """Whether it asks for a people or a language: "¿De qué pueblo o qué lengua hablas?"."""
    return _says(wording, "asks_a_language")


def asks_how_many_people(wording: str) -> bool:
    """Whether it asks for a number of persons, so that those she names can be counted."""
    return _says(wording, "asks_how_many")


def _says(wording: str, key: str) -> bool:
    return in_every_language(key).find(tuple(fold(wording).split())) is not None
