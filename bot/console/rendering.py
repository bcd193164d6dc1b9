"""Templates: escaped by default, every text from the catalogue, every instant in a named zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bot.console.strings import catalogue, label, translator

_MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}

environment = Environment(
    loader=PackageLoader("bot.console", "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, language: str, now: datetime, zone: ZoneInfo, values: Mapping[str, Any]) -> str:
    """The page as HTML."""
    t = translator(language)
    context: dict[str, Any] = {
        "t": t,
        "label": partial(label, language),
        "language": language,
        "known_texts": catalogue(),
        "now": now,
        "when": partial(moment, zone=zone, language=language),
        "day": partial(day, zone=zone, language=language),
        "ago": partial(ago, now=now, language=language),
        "number": partial(number, language=language),
    }
    return environment.get_template(template).render({**context, **values})


def moment(at: datetime | None, *, zone: ZoneInfo, language: str) -> str:
    """``3 nov 2026, 09:05`` on the reader's clock."""
    if at is None:
        return "–"
    local = at.astimezone(zone)
    return f"{_date(local, language)}, {local:%H:%M}"


def day(at: Any, *, zone: ZoneInfo, language: str) -> str:
    """``3 nov 2026``; of a date as of an instant."""
    if at is None:
        return "–"
    return _date(at.astimezone(zone) if isinstance(at, datetime) else at, language)


def ago(at: datetime | None, *, now: datetime, language: str) -> str:
    """How long since, or until: ``hace 3 h``, ``en 2 días``."""
    if at is None:
        return "–"
    t = translator(language)
    gap = abs(now - at)
    if gap < timedelta(minutes=1):
        return t("common.just_now")
    if gap < timedelta(hours=1):
        length = t("common.minutes", n=int(gap.total_seconds() // 60))
    elif gap < timedelta(hours=48):
        length = t("common.hours", n=int(gap.total_seconds() // 3600))
    else:
        length = t("common.days", n=gap.days)
    return t("common.ago", length=length) if at <= now else t("common.within", length=length)


def number(value: Any, *, language: str, digits: int = 0) -> str:
    """Digits grouped, the decimal mark of the language (comma grouping is Mexican and English use alike)."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}"


def _date(local: Any, language: str) -> str:
    month = _MONTHS.get(language, _MONTHS["es"])[local.month - 1]
    return f"{local.day} {month} {local.year}"


UTC_ZONE = ZoneInfo("UTC")
