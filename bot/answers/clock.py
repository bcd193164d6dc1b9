"""Clock times in a reply: how long "de 8 a 2" lasts."""

from __future__ import annotations

import re

from bot.answers.reply import Reply

_TIME = r"(\d{1,2})(?:[:.](\d{2}))?(?: y (media))?(?: ?hrs?\.?)?"
_PART = (
    r"(?: ?(am|pm|a\.? ?m\.?|p\.? ?m\.?|de la manana|de la tarde|de la noche|de la madrugada|del dia"
    r"|in the morning|in the afternoon|in the evening|at night))?"
)
_SPAN = re.compile(
    rf"(?:\bde\b|\bdesde\b|\bentre\b|\bfrom\b|^)(?: las| la| como)* ?{_TIME}{_PART}"
    rf" ?(?:a|hasta|y|to|until|-|al)(?: las| la)* ?{_TIME}{_PART}"
)
_AFTERNOON = re.compile(r"pm|p\.? ?m|tarde|noche|afternoon|evening|night")
_MORNING = re.compile(r"am\b|a\.? ?m|manana|madrugada|morning")
_MORNING_STARTS = 7


def hours_between(reply: Reply) -> float | None:
    """How many hours a span of clock times lasts; None when the reply states none.

    "De 8 a 2" is 8:00 to 14:00. Two numbers in rising order could also be an amount ("de 4 a 6"), so those
    count as clock times only with a mark of one ("am", "de la tarde", ":30", "las") or when they begin at 7
    or later; and never when "horas" follows, for then they are an amount.
    """
    text = reply.digits.replace("mediodia", "12").replace("medio dia", "12")
    match = _SPAN.search(text)
    if match is None:
        return None
    h1, m1, half1, part1, h2, m2, half2, part2 = match.groups()
    start, end = int(h1), int(h2)
    if start > 24 or end > 24:
        return None
    marked = bool(part1 or part2 or m1 or m2 or re.search(r"\blas?\b", match.group()))
    if not marked and (
        re.match(r" ?(?:horas?|h\b|hrs?|hours?)", text[match.end() :])
        or (start < end and start < _MORNING_STARTS)
    ):
        return None
    if part1 and _AFTERNOON.search(part1) and start < 12:
        start += 12
    if part2 and _AFTERNOON.search(part2) and end < 12:
        end += 12
        if not part1 and start < 12 and start + 12 < end and not match.group().startswith(("desde", "from")):
            start += 12  # "de 7 a 10 de la noche" begins at night too
    begin = start + _minutes(m1, half1)
    finish = end + _minutes(m2, half2)
    if finish <= begin:
        finish += 12 if finish + 12 > begin and not (part2 and _MORNING.search(part2)) else 24
    return finish - begin if 0 < finish - begin <= 24 else None


def _minutes(digits: str | None, half: str | None) -> float:
    return int(digits) / 60 if digits else 0.5 if half else 0.0
