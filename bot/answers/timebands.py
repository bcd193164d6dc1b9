"""Clock times in a reply against choices that are parts of the day: "a las 10" under "Mañana (9 a 12)"."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.answers.lexicon import any_of
from bot.answers.question import AskedChoice
from bot.answers.reply import Reply, plain
from bot.answers.spelled import spelled_as_digits

_BAND = re.compile(r"\(\D*(\d{1,2})(?::\d\d)?\s*(?:a|to|-|y)\s*(\d{1,2})(?::\d\d)?\s*(?:h|hrs?|horas)?\)")
_HALF_DAY = 12
_LAST_HOUR = 24


def at_another_time(reply: Reply, choices: tuple[AskedChoice, ...]) -> int | None:
    """Where a list of times to come has the one in the reply: "en 2 horas"; -1 when it has others, None when none.

    A span that the list does not have is no other of its choices: "in three weeks" is not the weekend.
    """
    match = _in_a_while().search(reply.digits)
    unit = reply.lexicon.unit_of.get(match["unit"], "") if match else ""
    if match is None or not unit:
        return None
    spans = {
        (m["count"], reply.lexicon.unit_of.get(m["unit"], "")): at
        for at, choice in enumerate(choices)
        if (m := _in_a_while().search(spelled_as_digits(plain(choice.label), reply.lexicon)))
    }
    return spans.get((match["count"], unit), -1) if spans else None


@lru_cache(maxsize=128)
def parts_of_the_day(choices: tuple[AskedChoice, ...]) -> tuple[tuple[int, int, int], ...]:
    """``(position, from, to)`` in hours of the day for choices whose label has them; empty below two."""
    found = []
    for position, choice in enumerate(choices):
        match = _BAND.search(plain(choice.label))
        if match and int(match[1]) < int(match[2]) <= _LAST_HOUR:
            found.append((position, int(match[1]), int(match[2])))
    return tuple(found) if len(found) > 1 else ()


def at_those_times(reply: Reply, choices: tuple[AskedChoice, ...], *, bare: bool = False) -> set[int]:
    """Positions of the parts of the day that the clock times in the reply fall in; empty when unclear.

    A time is one only with a mark: "las", "am", ":30", "de la noche", "tipo"; in "10 u 11 de la mañana" one mark is
    enough for both, and "de 12 a 3" needs none. Without am or pm it is the one of the two that the list has. "Después
    de las 6" is the parts that begin or go on after it; of "entre las 4 y las 6" both ends count. ``bare``: only a
    reply that is nothing but such a span.
    """
    bands = parts_of_the_day(choices)
    if not bands:
        return set()
    said = [_bare_span().fullmatch(reply.digits)] if bare else list(_clock().finditer(reply.digits))
    times = [match for match in said if match is not None and (bare or _is_marked(match) or _is_span(match))]
    found: set[int] = set()
    since: int | None = None
    for match in times:
        held = _held(match, bands, since)
        if held is None:
            return set()
        found |= held
        since = _hour(int(match["hour2"] or match["hour"]), match["part2"] or match["part"], bands)
    return found


def _is_span(match: re.Match[str]) -> bool:
    """ "De 12 a 3", under parts of the day; "de 3 a 5 horas" is how long."""
    cue, join = match["cue"] or "", match["join"] or ""
    return not match["unit2"] and bool(
        re.fullmatch(any_of("from_a_time"), cue) and re.fullmatch(any_of("till_a_time"), join)
    )


def _is_marked(match: re.Match[str]) -> bool:
    day_part = bool(match["part"] or match["part2"])
    unit = bool(match["unit"] or match["unit2"])  # "3 horas" are none without an "a las"
    clock = bool(match["las"] or match["las2"] or match["min"] or match["min2"])
    said_of_times = re.fullmatch(any_of("said_of_times"), match["cue"] or "") is not None
    return day_part or clock or said_of_times or (unit and match["cue"] is not None)


def _held(
    match: re.Match[str], bands: tuple[tuple[int, int, int], ...], since: int | None
) -> set[int] | None:
    """The parts of the day of one time or of two; None when it is not clear which hour is meant.

    ``since`` is the time said before it: "salgo a las 3, de ahí hasta las 6".
    """
    cue, join = match["cue"] or "", match["join"]
    if match["hour2"] is None:
        hour = _hour(int(match["hour"]), match["part"], bands)
        if hour is None:
            return None
        if re.fullmatch(any_of("after_a_time"), cue):
            return {p for p, _, end in bands if end > hour}
        if re.fullmatch(any_of("until_a_time"), cue) and since is not None:
            return {p for p, start, end in bands if start < hour and since < end}
        if re.fullmatch(any_of("before_a_time"), cue) or re.fullmatch(any_of("until_a_time"), cue):
            return {p for p, start, _ in bands if start < hour}
        return _at(hour, bands)
    second = _hour(int(match["hour2"]), match["part2"], bands)
    from_to = _is_span(match)
    if not from_to and not re.fullmatch(any_of("between_times"), join):
        return None if second is None else _at(second, bands)
    part = match["part"] or match["part2"]
    if from_to and second is not None and match["part"] is None and match["part2"] is not None:
        first = _latest_before(second, int(match["hour"]))
    else:
        first = _hour(int(match["hour"]), part, bands)
    if first is None or second is None:
        return None
    if from_to and part is None and second <= first < second + _HALF_DAY:
        second += _HALF_DAY  # "de 7 a 9", where the list has 7 in the evening only
    if from_to:
        return {p for p, start, end in bands if start < second and first < end}
    return _at(first, bands) | _at(second, bands)


def _at(hour: int, bands: tuple[tuple[int, int, int], ...]) -> set[int]:
    return {p for p, start, end in bands if start <= hour < end}


def _latest_before(end: int, hour: int) -> int | None:
    """Where a span begins whose end has a mark: "de 11 a 1 de la tarde" at 11, "de 7 a 9 de la noche" at 19."""
    return max((each for each in (hour, hour + _HALF_DAY) if each < end), default=None)


def _hour(hour: int, part: str | None, bands: tuple[tuple[int, int, int], ...]) -> int | None:
    if hour > _LAST_HOUR:
        return None
    if part and re.search(rf"pm|p\.m|{any_of('after_noon')}", part):
        return hour + _HALF_DAY if hour < _HALF_DAY else hour
    if part:
        return hour
    fits = [each for each in (hour, hour + _HALF_DAY) if _at(each, bands)]
    return fits[0] if len(fits) == 1 else None


@lru_cache(maxsize=1)
def _clock() -> re.Pattern[str]:
    """A time with what is said around it, and a second one that follows: "de 9 a 11 de la mañana"."""
    cues = "|".join(
        any_of(key) for key in ("after_a_time", "before_a_time", "until_a_time", "from_a_time", "at_a_time")
    )
    joins = "|".join(any_of(key) for key in ("till_a_time", "between_times"))
    about = f"(?:{any_of('about_a_time')} )*"
    return re.compile(
        rf"(?:\b(?P<cue>{cues}) {about})?(?<![\d:.,$]){_time('')}"
        rf"(?: ?(?P<join>{joins}|-) ?{about}{_time('2')})?"
    )


def _time(number: str, article: str = "las?") -> str:
    day_part = rf"am|pm|a\.m|p\.m|{any_of('parts_of_day')}"
    minutes = rf":\d\d| {any_of('part_of_an_hour')}"
    return (
        rf"(?P<las{number}>\b{article} )?(?<!\d)(?P<hour{number}>\d{{1,2}})(?!\d)"
        rf"(?P<min{number}>{minutes})?"
        rf"(?: ?(?P<part{number}>{day_part})\b| ?(?P<unit{number}>{any_of('clock_units')})\b)?"
    )


@lru_cache(maxsize=1)
def _bare_span() -> re.Pattern[str]:
    # "de la 1 a la 3" are choices of the menu
    first, second = _time("", "las"), _time("2", "las")
    return re.compile(rf"(?P<cue>{any_of('from_a_time')}) {first} (?P<join>{any_of('till_a_time')}) {second}")


@lru_cache(maxsize=1)
def _in_a_while() -> re.Pattern[str]:
    about = any_of("about_a_time")
    return re.compile(rf"\b{any_of('after_a_while')} (?:{about} )*(?P<count>\d{{1,3}}) ?(?P<unit>[a-z]+)")
