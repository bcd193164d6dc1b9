"""Dates as people say them, relative to today, day before month."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.answers.lexicon import Lexicon
from bot.answers.reading import NOT_AN_ANSWER, Reading, answer, unsure
from bot.answers.reply import Reply

if TYPE_CHECKING:
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

_BETWEEN = r"(?:\s*[/.\-]\s*| (?:del? |of )?)"
_DMY = re.compile(rf"\b(\d{{1,2}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{4}}|\d{{2}})\b")
_ISO = re.compile(r"\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})\b")
_DM = re.compile(r"\b(\d{1,2})\s*[/\-]\s*(\d{1,2})\b")
_IN_OR_AGO = re.compile(
    r"\b(?:(hace(?: como| unos| unas)?|en|dentro de|in) )?(\d+)"
    r" (dias?|semanas?|meses|mes|anos?|days?|weeks?|months?|years?)( atras| ago)?\b"
)
_LAST_OR_NEXT = re.compile(
    r"\b(?:el |la |this )?(?:(pasad[oa]|proxim[oa]|last|next) )?"
    r"(semana|mes|ano|week|month|year)(?: (pasad[oa]|que viene|proxim[oa]|que entra))?\b"
)
_PART_OF_DAY = re.compile(r"\b(?:en|por|de|a) la (?:manana|tarde|noche)\b")
_EARLIEST = date(1900, 1, 1)


def read_date(reply: Reply, reads_as: str, today: date, *, past: bool = False) -> Reading:
    """A ``date`` question: ISO date. A birth date must lie in the past and have its year.

    ``past``: the question is about something that has happened, so "el martes" is the last one.
    """
    found = birth_date(reply, today) if reads_as == "birth_date" else date_in(reply, today, past=past)
    if found is None:
        return NOT_AN_ANSWER
    value = found.isoformat()
    # "hace dos años" and "en marzo" say less than a date; good enough for "when", not for a birth
    return unsure(value, value) if reads_as == "birth_date" and not _has_day(reply) else answer(value)


def birth_date(reply: Reply, today: date) -> date | None:
    """A date of birth: full, in the past, at most 120 years ago; two-digit years are the latest past ones."""
    text = reply.digits
    found = _written(text, today) or _with_month_name(text, reply.lexicon, today, past=True)
    if found is None or not re.search(r"\d", text) or found > today or today.year - found.year > 120:
        return None
    return found


def date_in(reply: Reply, today: date, *, past: bool = False) -> date | None:
    """The date a reply states, or None.

    Without a year it is this year's; a weekday is the next one, or the last one with "pasado"; a month alone
    is its first day. A date before 1900 is none. With ``past`` a weekday, a day of the month and a date without
    year are the latest that have been.
    """
    text = _stripped(reply)
    found = (
        _written(text, today)
        or _day_word(text, reply.lexicon, today)
        or _with_month_name(text, reply.lexicon, today, past=False)
        or _weekday(text, reply.lexicon, today, past=past)
        or _ago(text, today)
        or _day_of_month(text, today, past=past)
        or _by_library(reply, text, today)
    )
    if past and found is not None and found > today and not re.search(r"\b(?:19|20)\d\d\b", text):
        found = _date(found.year - 1, found.month, found.day)
    return found if found is not None and found >= _EARLIEST else None


def _has_day(reply: Reply) -> bool:
    return bool(re.search(r"\d\D+\d", reply.digits))


def _stripped(reply: Reply) -> str:
    return re.sub(r"[!¡¿?,;()]+", " ", reply.digits).strip(" .")


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str, today: date) -> int:
    """Two digits are the latest year that is not more than ten years ahead: "90" is 1990, "27" 2027."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return 2000 + year if 2000 + year <= today.year + 10 else 1900 + year


def _written(text: str, today: date) -> date | None:
    if m := _ISO.search(text):
        return _date(int(m[1]), int(m[2]), int(m[3]))
    if m := _DMY.search(text):
        return _date(_full_year(m[3], today), int(m[2]), int(m[1]))
    if m := _DM.search(text):
        return _date(today.year, int(m[2]), int(m[1]))
    return None


def _day_word(text: str, lexicon: Lexicon, today: date) -> date | None:
    words = lexicon.numbers("day_words")
    text = _PART_OF_DAY.sub("", text)
    for phrase in sorted(words, key=len, reverse=True):
        if re.search(rf"\b{phrase}\b", text) and not re.search(
            r"\b(?:semana|mes|ano|week|month|year)\b", text
        ):
            if phrase == "pasado" and text != "pasado":
                continue
            if any(re.search(rf"\b{day}\b", text) for day in lexicon.table("weekdays")):
                continue
            return today + timedelta(days=int(words[phrase]))
    return None


def _with_month_name(text: str, lexicon: Lexicon, today: date, *, past: bool) -> date | None:
    months = lexicon.numbers("months")
    names = "|".join(sorted(months, key=len, reverse=True))
    m = re.search(
        rf"\b(?:(\d{{1,2}}|primero)(?:st|nd|rd|th)?\.? ?(?:de |of |-|/)?)?\b({names})\b\.?"
        rf"(?: (\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d))?"
        rf"(?:(?: ?,? ?(?:del?|of|-|/|in))*(?: ano)? ?'?(\d{{4}}|\d{{2}})\b)?",
        text,
    )
    if m is None:
        return None
    day, name, day_after, year_digits = m.groups()
    if day is None and day_after and not year_digits and int(day_after) > 31:
        day_after, year_digits = None, day_after
    day_number = 1 if day == "primero" else int(day or day_after or 1)
    if day and day_after and not year_digits:
        year_digits = day_after
    if past and not (year_digits and (day or day_after)):
        return None
    month = int(months[name])
    if year_digits:
        year = _full_year(year_digits, today)
        year -= 100 if past and year > today.year else 0
    elif any(re.search(rf"\b(?:ano )?{w}\b", text) for w in ("ano pasado", "last year")):
        year = today.year - 1
    else:
        year = today.year
    return _date(year, month, day_number)


def _weekday(text: str, lexicon: Lexicon, today: date, *, past: bool) -> date | None:
    for name, number in lexicon.numbers("weekdays").items():
        if not re.search(rf"\b{name}\b", text):
            continue
        ahead = (int(number) - today.weekday() - 1) % 7 + 1
        if past or any(re.search(rf"\b{word}\b", text) for word in lexicon.table("last_words")):
            behind = (today.weekday() - int(number) - 1) % 7 + 1
            return today - timedelta(days=behind)
        return today + timedelta(days=ahead)
    return None


def _ago(text: str, today: date) -> date | None:
    if m := _IN_OR_AGO.search(text):
        before, number, unit, after = m.groups()
        if not before and not after:
            return None
        sign = -1 if after or (before or "").startswith("hace") else 1
        return _shifted(today, sign * int(number), unit)
    if m := _LAST_OR_NEXT.search(text):
        before, unit, after = m.groups()
        direction = before or after
        if direction:
            return _shifted(today, -1 if direction.startswith(("pasad", "last")) else 1, unit)
    return None


def _shifted(today: date, count: int, unit: str) -> date | None:
    if count > 5000:
        return None
    if unit.startswith(("dia", "day")):
        return today + timedelta(days=count)
    if unit.startswith(("semana", "week")):
        return today + timedelta(weeks=count)
    months = count * (1 if unit.startswith(("mes", "month")) else 12)
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _day_of_month(text: str, today: date, *, past: bool) -> date | None:
    """ "El 16": of this month, or of the next when it has passed; with ``past`` the last one."""
    m = re.fullmatch(r"(?:el |dia |para el |the )+(\d{1,2})(?:st|nd|rd|th)?", text)
    if m is None:
        return None
    day = int(m[1])
    for months in (0, -1, -2) if past else (0, 1, 2):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        found = _date(year, month + 1, day)
        if found is not None and (found <= today if past else found >= today):
            return found
    return None


def _by_library(reply: Reply, text: str, today: date) -> date | None:
    """What is left goes to dateparser, without its reading of a bare number as a day of the month."""
    if len(text) > 60 or not re.search(r"[a-z]{3}", text) or not re.search(r"\d|[a-z]{4}", text):
        return None
    fillers = reply.lexicon.phrases("date_fillers")
    kept = " ".join(w for w in text.split() if w not in fillers.whole)
    if not kept or re.fullmatch(r"[\d ]+(?: (?:horas?|hours?|min\w*))?", kept):
        return None
    data = _parser(reply.lexicon.language, today).get_date_data(kept)
    return data.date_obj.date() if data.date_obj is not None else None


@lru_cache(maxsize=16)
def _parser(language: str, today: date) -> DateDataParser:
    # slow to import (half a second): only when a date question needs it
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=[language],
        settings={
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "DATE_ORDER": "DMY",
            "PREFER_DAY_OF_MONTH": "first",
            "REQUIRE_PARTS": ["month"],
        },
    )
