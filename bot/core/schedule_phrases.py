"""When she asks to be reminded: "recuérdame mañana", "en la tarde", "el lunes", "in two hours".

Reads folded text (:func:`bot.core.text.fold`) in both languages at once, for women mix them. It answers with
an instant, or nothing: whoever asks decides what to do without one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.clock import aware

MORNING, NOON, AFTERNOON, EVENING = time(9), time(12), time(15), time(19)

_DAYS = {
    "lunes": 0, "martes": 1, "miercoles": 2, "jueves": 3, "viernes": 4, "sabado": 5, "domingo": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_WORDS = {"un": 1, "una": 1, "a": 1, "an": 1, "one": 1, "dos": 2, "two": 2, "tres": 3, "three": 3,
          "media": 0.5, "half": 0.5, "cuatro": 4, "four": 4, "cinco": 5, "five": 5}  # fmt: skip
_UNITS = {
    "minuto": timedelta(minutes=1), "minute": timedelta(minutes=1), "min": timedelta(minutes=1),
    "hora": timedelta(hours=1), "hour": timedelta(hours=1), "h": timedelta(hours=1),
    "dia": timedelta(days=1), "day": timedelta(days=1),
    "semana": timedelta(days=7), "week": timedelta(days=7),
}  # fmt: skip
_IN = re.compile(
    r"\b(?:en|dentro de|in|de aqui a)\s+(?:unas?\s+|unos\s+|about\s+)?(\d{1,3}|"
    + "|".join(_WORDS)
    + r")?\s*(?:an?\s+)?"
    r"(minuto|minute|min|hora|hour|h|dia|day|semana|week)s?\b"
)
_WEEKDAY = re.compile(r"\b(" + "|".join(_DAYS) + r")\b")
_AFTER_TOMORROW = re.compile(r"\bpasado manana\b|\bday after tomorrow\b")
_IN_THE_MORNING = re.compile(
    r"\b(?:en|por|a|de) la manana\b|\b(?:in|this) (?:the )?morning\b|\btempran\w+\b|\bearly\b"
)
_TOMORROW = re.compile(r"\bmanana\b|\btomorrow\b")
_NOON = re.compile(r"\bmedio ?dia\b|\bnoon\b")
_AFTERNOON = re.compile(r"\b(?:en|por|a|de) la tarde\b|\btarde(?:cita)?\b|\bafternoon\b")
_EVENING = re.compile(r"\b(?:en|por|a|de) la noche\b|\bnoche\b|\bevening\b|\btonight\b")
_WEEKEND = re.compile(r"\bfin de semana\b|\bfinde\b|\bweekend\b")
_NEXT_WEEK = re.compile(
    r"\b(?:la )?(?:proxima|otra|siguiente) semana\b|\bsemana que (?:viene|entra)\b|\bnext week\b"
)
_LATER = re.compile(
    r"\b(?:al rat\w+|(?:un )?rat\w+|mas tarde|despues|luego|later|ahorita no|ahora no|not now)\b"
)
_OTHER_DAY = re.compile(r"\botro dia\b|\banother day\b")
_CUE = re.compile(
    r"\b(?:recuerd\w*|record\w*|avisa\w*|escrib\w*|manda\w*|mensaje\w*|busca\w*|remind\w*|write|"
    r"text me|mejor|puedo|contesto|hablamos|despues|luego|tarde|later|otro dia)\b"
)
SOON = timedelta(hours=2)


def asks_for_later(folded: str) -> bool:
    """Whether the words ask to be written to at another time, and do not merely name one."""
    return bool(_CUE.search(folded)) or len(folded.split()) <= 4


def names_a_time(folded: str) -> bool:
    """Whether the words say when, and not only "later" or "another day"."""
    vague = _OTHER_DAY.sub(" ", _LATER.sub(" ", folded))
    at_noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return (
        _span(vague) is not None or _part_of_day(vague) is not None or _days_ahead(vague, at_noon) is not None
    )


def read_when(folded: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) that the words name, always after ``now`` (aware); ``None`` when they name none."""
    local = aware(now).astimezone(zone)
    span = _span(folded)
    if span is not None:
        return aware(now) + span
    at = _part_of_day(folded)
    days = _days_ahead(folded, local)
    if days is None and at is not None:
        # "en la tarde": today while it still lies ahead
        days = 0 if local.time() < at else 1
    if days is not None:
        day = local.date() + timedelta(days=days)
        return aware(datetime.combine(day, at or MORNING, zone))
    return aware(now) + SOON if _LATER.search(folded) else None


def _span(folded: str) -> timedelta | None:
    match = _IN.search(folded)
    if match is None:
        return None
    number = match[1] or "1"
    amount = float(number) if number.isdigit() else _WORDS[number]
    return _UNITS[match[2]] * amount if amount else None


def _part_of_day(folded: str) -> time | None:
    if "mas tarde" in folded:
        return None
    if _NOON.search(folded):
        return NOON
    if _AFTERNOON.search(folded):
        return AFTERNOON
    if _EVENING.search(folded):
        return EVENING
    return MORNING if _IN_THE_MORNING.search(folded) else None


def _days_ahead(folded: str, local: datetime) -> int | None:
    weekday = _WEEKDAY.search(folded)
    if weekday is not None:
        return (_DAYS[weekday[1]] - local.weekday()) % 7 or 7
    if _WEEKEND.search(folded):
        return (5 - local.weekday()) % 7 or 7
    if _NEXT_WEEK.search(folded):
        return 7 - local.weekday()
    if _AFTER_TOMORROW.search(folded):
        return 2
    if _TOMORROW.search(_IN_THE_MORNING.sub(" ", folded)):
        return 1
    return 1 if _OTHER_DAY.search(folded) else None
