"""Clock times in a reply against choices that are parts of the day: "a las 10" under "Mañana (9 a 12)"."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.answers.question import AskedChoice
from bot.answers.reply import Reply, plain

_BAND = re.compile(r"\(\D*(\d{1,2})(?::\d\d)?\s*(?:a|to|-|y)\s*(\d{1,2})(?::\d\d)?\s*(?:h|hrs?|horas)?\)")
_CLOCK = re.compile(
    r"\b(?P<cue>despues de|a partir de|pasando|pasadas|desde|after|from|antes de|before|a|como a|tipo|tipin|entre|at|de"
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
