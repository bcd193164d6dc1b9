"""Ages of those she speaks of, against choices that are ages: "mis hijos de 3 y 8", "mi suegra que cumplió 80"."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.answers.lexicon import any_of, in_every_language
from bot.answers.listing import Index
from bot.answers.reply import Reply, plain
from bot.answers.segments import named_in, segments_of

_FEWEST_AGES = 2
_AGES = re.compile(r"\b(\d{1,2}) (?:a|to) (\d{1,2})\b")
_OLDER = "old"


def of_those_ages(reply: Reply, among: Index) -> set[int] | None:
    """Ages of those she speaks of, where choices are ages: "mis hijos de 3 y 8", "mi bebé de 8 meses"."""
    ranges = [
        (i, int(m[1]), int(m[2])) for i, c in enumerate(among.choices) if (m := _AGES.search(plain(c.label)))
    ]
    if len(ranges) < _FEWEST_AGES:
        return None
    found: set[int] = set()
    rest = reply.digits
    for pattern in (_of_age(), _year_old(), _told_after_a_pause()):
        for match in pattern.finditer(rest):
            for number, unit in re.findall(r"(\d{1,2})(?:[ -]?([a-z]+))?", match["ages"]):
                age = 0 if unit in in_every_language("less_than_years") else int(number)
                found |= {i for i, low, high in ranges if low <= age <= high}
        if found:
            rest = pattern.sub(" , ", rest)
    if _of_an_elder().search(rest):  # "a mi suegra que ya cumplió 80"
        found |= {i for i, c in enumerate(among.choices) if c.value == _OLDER}
        rest = _of_an_elder().sub(" ", rest)
    if not found:
        return None
    # "son tres": how many they are is not what is asked
    segments = segments_of(Reply(rest, reply.lexicon))
    if any(_is_old(segment) for segment in segments):
        found |= {i for i, c in enumerate(among.choices) if c.value == _OLDER}
    others = (_others_in(s, reply, among) for s in segments if not any(word.isdigit() for word in s))
    return found.union(*others)


def _others_in(words: tuple[str, ...], reply: Reply, among: Index) -> set[int]:
    """Who else is named; "mi hijo mayor" is no old person."""
    found = named_in(words, reply, among)
    if not any(_child().match(word) for word in words):
        return found
    return {position for position in found if among.choices[position].value != _OLDER}


@lru_cache(maxsize=1)
def _child() -> re.Pattern[str]:
    return re.compile(any_of("child_stems"))


@lru_cache(maxsize=1)
def _of_age() -> re.Pattern[str]:
    """The ages of children: "mis hijos, el grande de 10 y la chiquita de 2", "mi bebé tiene 8 meses"."""
    one_age = rf"\d{{1,2}}(?: (?:{any_of('years_of_age')}|{any_of('less_than_years')})(?: old)?)?"
    which, has = any_of("which_one"), any_of("has_the_age")
    child = rf"{any_of('child_stems')}\w*(?: {any_of('said_of_a_child')})*,? (?:{which} )*{has}"
    more = rf"(?:(?:,| y| e| and)*(?: {which})+(?: (?:de|tiene|of|is))?|(?:,| y| e| and)+(?: de)?) {one_age}"
    return re.compile(rf"\b(?:{child}|tienen?) (?P<ages>{one_age}(?:{more})*)")


def _is_old(words: tuple[str, ...]) -> bool:
    """ "Mi suegra que ya está viejita"; "mi hija la grande" is not."""
    if in_every_language("surely_old").find(words) is not None:
        return True
    elder = any(word in in_every_language("elders") for word in words)
    return elder and in_every_language("old_age").find(words) is not None


@lru_cache(maxsize=1)
def _year_old() -> re.Pattern[str]:
    """ "My 3 year old", where no word for a child stands before the age."""
    return re.compile(rf"\b(?P<ages>\d{{1,2}}[ -]?{any_of('years_of_age')}[ -]olds?)\b")


@lru_cache(maxsize=1)
def _told_after_a_pause() -> re.Pattern[str]:
    """ "My kids, 4 and 9": two ages at least, since one number may be how many they are."""
    return re.compile(rf"\b{any_of('child_stems')}\w*, (?P<ages>\d{{1,2}}(?:(?:,| y| and)+ \d{{1,2}})+)\b")


@lru_cache(maxsize=1)
def _of_an_elder() -> re.Pattern[str]:
    return re.compile(
        rf"\b{any_of('of_an_elder')} (?:ya )?(?P<age>[6-9]\d|1[01]\d)\b(?: {any_of('years_of_age')}(?: old)?)?"
    )
