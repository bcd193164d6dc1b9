"""Clock times in a reply against choices that are parts of the day: "a las 10" under "Mañana (9 a 12)"."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.answers.question import AskedChoice
from bot.answers.reply import Reply, plain
from bot.answers.spelled import spelled_as_digits

_BAND = re.compile(r"\(\D*(\d{1,2})(?::\d\d)?\s*(?:a|to|-|y)\s*(\d{1,2})(?::\d\d)?\s*(?:h|hrs?|horas)?\)")
_IN_A_WHILE = re.compile(
    r"\b(?:en|dentro de|in|within) (?:unas |unos |como |about |a )*(?P<count>\d{1,3}) ?(?P<unit>[a-z]+)"
)
_CLOCK = re.compile(
    r"\b(?P<cue>around|about|como a eso de|despues de|a partir de|pasando|"
    r"pasadas|desde|after|from|antes de|before|a|como a|tipo|tipin|entre|at|de"
    r"|y|hasta|to|and|by)(?: eso de)? (?P<las>las? )?(?P<hour>\d{1,2})(?P<min>:\d\d)?"
    r"(?: ?(?P<part>am|pm|a\.m|p\.m|hrs|horas|(?:de|en|por) la (?:manana|tarde|noche)|in the morning|in the afternoon"
    r"|in the evening|at night))?"
)
_BARE_SPAN = re.compile(
    r"(?:de|entre|desde|between|from) (?:las )?\d{1,2} (?:a|y|hasta|and|to) (?:las )?\d{1,2}"
)
_LATER = re.compile(r"^(?:despues|a partir|pasa|desde|after|from)")
_EARLIER = re.compile(r"^(?:antes|before)")
_OPENS_SPAN, _CLOSES_SPAN = re.compile(r"^(?:de|desde|entre|from)$"), re.compile(r"^(?:a|y|hasta|to|and)$")
_HALF_DAY = 12
_LAST_HOUR = 24


def at_another_time(reply: Reply, choices: tuple[AskedChoice, ...]) -> int | None:
    """Where a list of times to come has the one in the reply: "en 2 horas"; -1 when it has others, None when none.

    A span that the list does not have is no other of its choices: "in three weeks" is not the weekend.
    """
    match = _IN_A_WHILE.search(reply.digits)
    unit = reply.lexicon.unit_of.get(match["unit"], "") if match else ""
    if match is None or not unit:
        return None
    spans = {
        (m["count"], reply.lexicon.unit_of.get(m["unit"], "")): at
        for at, choice in enumerate(choices)
        if (m := _IN_A_WHILE.search(spelled_as_digits(plain(choice.label), reply.lexicon)))
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

    A time is one only with a mark: "las", "am", ":30", "de la noche". Without am or pm it is the one of the
    two that the list has. "Después de las 6" is the parts that begin or go on after it; of "entre las 4 y las
    6" both ends count. ``bare``: only a reply that is nothing but such a span, which then needs no mark.
    """
    bands = parts_of_the_day(choices)
    if not bands:
        return set()
    if bare and not _BARE_SPAN.fullmatch(reply.digits):
        return set()
    times = [m for m in _CLOCK.finditer(reply.digits) if bare or m["las"] or m["part"] or m["min"]]
    if not times:
        return set()
    hours = [_hour(m, bands) for m in times]
    known = [h for h in hours if h is not None]
    if len(known) != len(hours):
        return set()
    if len(times) == 2 and _OPENS_SPAN.match(times[0]["cue"]) and _CLOSES_SPAN.match(times[1]["cue"]):
        low, high = known
        return {p for p, start, end in bands if start < high and low < end}
    found: set[int] = set()
    for match, hour in zip(times, known, strict=True):
        if _LATER.match(match["cue"]):
            found |= {p for p, _, end in bands if end > hour}
        elif _EARLIER.match(match["cue"]):
            found |= {p for p, start, _ in bands if start < hour}
        else:
            found |= {p for p, start, end in bands if start <= hour < end}
    return found


def _hour(match: re.Match[str], bands: tuple[tuple[int, int, int], ...]) -> int | None:
    hour, part = int(match["hour"]), match["part"] or ""
    if hour > _LAST_HOUR:
        return None
    if re.search(r"tarde|noche|pm|p\.m|afternoon|evening|night", part):
        return hour + _HALF_DAY if hour < _HALF_DAY else hour
    if re.search(r"manana|am|a\.m|morning", part):
        return hour
    fits = [h for h in (hour, hour + _HALF_DAY) if any(start <= h < end for _, start, end in bands)]
    return fits[0] if len(fits) == 1 else None
