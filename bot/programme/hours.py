"""Opening hours that a machine can judge: by the week, with public holidays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

import holidays
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from bot.programme.document import wrong
from bot.programme.text import Text

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


def _minutes(value: object) -> object:
    """``"08:30"`` as minutes after midnight; ``"24:00"`` is the end of the day."""
    hour, _, minute = str(value).partition(":")
    if not (hour.isdigit() and minute.isdigit() and len(minute) == 2) or int(minute) > 59:
        raise wrong(f"is '{value}', not an hour", "write it as HH:MM, from 00:00 to 24:00")
    total = int(hour) * 60 + int(minute)
    if total > 24 * 60:
        raise wrong(f"is '{value}', past the end of the day", "write it as HH:MM, from 00:00 to 24:00")
    return total


Minutes = Annotated[int, BeforeValidator(_minutes)]


class Span(BaseModel):
    """One stretch of opening on some weekdays; a closing hour at or before the opening is the next day's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[Day, ...]
    opens: Minutes
    closes: Minutes

    def holds(self, local: datetime, is_open_day: Callable[[date], bool]) -> bool:
        """Whether this local wall-clock instant falls in the stretch."""
        today = local.date()
        minute = local.hour * 60 + local.minute
        if self.opens < self.closes:
            return self._starts_on(today, is_open_day) and self.opens <= minute < self.closes
        late = self._starts_on(today, is_open_day) and minute >= self.opens
        return late or (self._starts_on(today - _DAY, is_open_day) and minute < self.closes)

    def _starts_on(self, day: date, is_open_day: Callable[[date], bool]) -> bool:
        return DAYS[day.weekday()] in self.days and is_open_day(day)


class WeeklyHours(BaseModel):
    """When somebody answers. ``says`` is the same in words for her ("lunes a viernes, de 8 a 24 h")."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    always: bool = False
    weekly: tuple[Span, ...] = ()
    not_on_holidays: bool = False
    says: Text

    @model_validator(mode="after")
    def _one_of_both(self) -> WeeklyHours:
        if self.always == bool(self.weekly):
            raise wrong("needs either 'always: true' or a 'weekly' list", "keep one of the two")
        if self.always and self.not_on_holidays:
            raise wrong("is always open and closed on holidays", "remove one of the two")
        return self

    def open_at(self, local: datetime, country: str) -> bool:
        """Whether it is open at this instant, given in the zone of the service; ``country`` for holidays."""
        if self.always:
            return True

        def is_open_day(day: date) -> bool:
            return not (self.not_on_holidays and is_holiday(day, country))

        return any(span.holds(local, is_open_day) for span in self.weekly)


def knows_holidays(country: str) -> bool:
    """Whether the holiday calendar of this ISO country code is known."""
    return country in holidays.list_supported_countries(include_aliases=True)


def is_holiday(day: date, country: str) -> bool:
    """Whether the day is a national public holiday (regional ones are not counted)."""
    return day in _calendar(country, day.year)


@lru_cache(maxsize=64)
def _calendar(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
