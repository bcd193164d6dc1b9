"""One amount out of a reply, in the unit the question wants: an age, hours, money, a year, a number."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.answers.clock import hours_between
from bot.answers.dates import birth_date
from bot.answers.quantities import Quantity, quantities
from bot.answers.reply import Reply
from bot.answers.wording import asks_by_month

HOURS = ("hours_per_day", "hours_per_week")
_OLDEST = 120
_DAYS_A_WEEK = 7
_FOUR_DIGITS = re.compile(r"\b(19\d\d|20\d\d)\b")
_BORN = re.compile(r"\b(?:naci|nacida|born|soy del|del ano|del)\b\D{0,12}'?(\d{2})\b")
_LONG_YEAR = re.compile(r"\b(?:en|del|desde|in|since|el)\b(?: el| ano| the)* '?(\d{2})\b")
_MIXED = re.compile(r"[a-z]")
_PART_OF_DAY = re.compile(r"\b(?:manana|tarde|noche|morning|afternoon|evening|night)\b")
_THOUSAND, _MILLION = 1000, 1_000_000
_SMALLEST_WAGE, _SMALLEST_WAGE_CL = 100, 1000
"""below it a wage is said in thousands, and by which of the two she means is not clear"""


@dataclass(frozen=True, slots=True)
class Amount:
    """``value`` in the question's unit. ``over`` 1 or -1: she said more or less than it. ``sure`` False:
    worth confirming.

    ``marked`` says that a unit, a multiplier or an approximation was said: it cannot be a menu number.
    ``scaled`` that a multiplier was ("200 mil"), ``spoken_range`` that it is the middle of "2 o 3", ``almost``
    that she has not reached it yet ("voy para los 28").
    """

    value: float
    over: int = 0
    sure: bool = True
    marked: bool = False
    scaled: bool = False
    spoken_range: bool = False
    ends: tuple[float, float] | None = None
    """the least and the most that it may be, where it is not one number"""
    almost: bool = False


def amount(reply: Reply, kind: str, country: str | None, today: date, wording: str = "") -> Amount | None:
    """The amount that the reply states, or None.

    ``kind`` is the question's ``reads_as``, empty for a plain number. Two amounts that do not make one ("2
    hijos y 3 sobrinos") are none: she is asked again.
    """
    found = quantities(reply.digits, reply.lexicon, country)
    if kind == "age":
        return _age(reply, found, today)
    if kind == "year":
        return _year(reply, found, today)
    if kind == "money" and reply.is_said("nothing"):
        return Amount(0, marked=True)  # also "no gano ni un peso"
    if not found:
        nothing = reply.is_said("nothing") or (reply.opens("nothing") and len(reply.core) <= 5)
        return Amount(0, marked=True) if nothing else None
    if kind in HOURS:
        return _hours(reply, found, kind)
    if kind == "money":
        return _money(reply, found, country, asks_by_month(wording))
    return _plain(reply, found)


def _over(reply: Reply) -> int:
    if reply.has("or_more"):
        return 0
    return 1 if reply.has("more_than") else -1 if reply.has("less_than") else 0


def _said(q: Quantity, value: float, reply: Reply, marked: bool) -> Amount:
    return Amount(value, _over(reply), marked=marked, spoken_range=q.high is not None, ends=q.ends)


def _only(found: list[Quantity]) -> Quantity | None:
    return found[0] if len(found) == 1 else None


def _age(reply: Reply, found: list[Quantity], today: date) -> Amount | None:
    if reply.has("almost_there") or re.search(r"\b(?:casi|almost|nearly)\b", reply.plain):
        years = [q for q in found if q.unit in ("", "year")]
        if len(years) == 2 and years[1].value == years[0].value + 1:
            return Amount(years[0].value, marked=True)  # "tengo 29, voy para los 30"
        q = _only(years)
        if q is None or not 1 < q.value <= _OLDEST or q.high is not None:
            return None
        if _says_when(reply):
            return Amount(q.value - 1, marked=True)  # "casi 40, los cumplo en marzo": not yet
        return Amount(q.value - 1, sure=False, marked=True, ends=(q.value - 1, q.value), almost=True)
    if re.search(r"\d\D+\d", reply.plain):
        born = birth_date(reply, today)
        if born is not None:
            had_birthday = (today.month, today.day) >= (born.month, born.day)
            return Amount(today.year - born.year - (not had_birthday), marked=True)
    year = _FOUR_DIGITS.search(reply.digits)
    short = _BORN.search(reply.digits)
    if year or short:
        born_in = int(year.group(1)) if year else _century(int(short.group(1)), today) if short else 0
        age = today.year - born_in
        return Amount(age, marked=True) if 0 < age <= _OLDEST else None
    years = [q for q in found if q.unit == "year"] or [q for q in found if not q.unit and not q.noun]
    q = _only(years)
    if q is None or not 0 < q.middle <= _OLDEST:
        return None
    said_more = bool(q.unit or q.about or q.high is not None)
    return _said(q, float(int(q.middle)), reply, said_more or len(reply.words) > 1)


def _says_when(reply: Reply) -> bool:
    """Whether a month is named, so that the birthday is still to come."""
    return not set(reply.lexicon.numbers("months")).isdisjoint(reply.words)


def _century(two_digits: int, today: date) -> int:
    return (2000 if two_digits <= today.year % 100 else 1900) + two_digits


def _year(reply: Reply, found: list[Quantity], today: date) -> Amount | None:
    year = _FOUR_DIGITS.search(reply.digits)
    if year:
        return Amount(int(year.group(1)), marked=True)
    ago = [q for q in found if q.unit == "year"]
    if ago and re.search(r"\b(?:hace|ago)\b", reply.plain):
        return Amount(today.year - int(ago[0].value), marked=True)
    if re.search(r"\bano pasado|last year\b", reply.plain):
        return Amount(today.year - 1, marked=True)
    if re.search(r"\b(?:este ano|this year)\b", reply.plain):
        return Amount(today.year, marked=True)
    short = _LONG_YEAR.search(reply.digits)
    if short or (len(found) == 1 and re.fullmatch(r"'?\d{2}", reply.digits)):
        digits = short.group(1) if short else reply.digits[-2:]
        return Amount(_century(int(digits), today), marked=True)
    return None


def _hours(reply: Reply, found: list[Quantity], kind: str) -> Amount | None:
    has_hours = any(q.unit in ("hour", "minute") for q in found)
    days = next((q.value for q in found if q.unit == "day"), None)
    clock = hours_between(reply)
    if clock is not None:
        value, marked, counted = clock, True, [found[0]]
    else:
        counted = [q for q in found if q.unit in ("hour", "minute")] or [
            q for q in found if not q.unit and not q.noun
        ]
        bare = [q for q in found if not q.unit and not q.noun and q not in counted]
        in_parts = len(_PART_OF_DAY.findall(reply.plain)) > 1  # "3 en la mañana y 3 en la tarde"
        if in_parts:
            counted = counted + bare
        if not counted or (len(counted) > 1 and not in_parts and not _hour_and_minutes(counted)):
            return None
        value = sum(q.middle / 60 if q.unit == "minute" else q.middle for q in counted)
        marked = has_hours or counted[0].about or counted[0].high is not None
    found_hours = _per_period(reply, value, kind, days, marked, clock is not None)
    is_range = clock is None and any(q.high is not None for q in counted)
    if found_hours is None:
        return None
    high = counted[0].high
    if not is_range or high is None or not value:
        return replace(found_hours, spoken_range=is_range)
    times = found_hours.value / value  # hours a day turned into hours a week
    return replace(found_hours, spoken_range=True, ends=(counted[0].value * times, high * times))


def _hour_and_minutes(counted: list[Quantity]) -> bool:
    return [q.unit for q in counted] == ["hour", "minute"]


def _per_period(
    reply: Reply, value: float, kind: str, days: float | None, marked: bool, is_clock: bool
) -> Amount | None:
    """Turned from hours a day to hours a week, or back, when she said the other of the two."""
    by_day, by_week = reply.has("per_day"), reply.has("per_week")
    by_name = 5.0 if reply.has("weekdays_only") else 6.0 if reply.has("weekdays_six") else None
    # "3 horas a la semana, entre semana" is the week's already; "3 horas 2 días a la semana" is not
    on_days = days or (None if by_week and not by_day else by_name)
    over = _over(reply)
    if kind == "hours_per_week" and (by_day or on_days or is_clock):
        if is_clock and not by_day and not on_days:
            return None  # "de 8 a 2", but on how many days?
        return Amount(value * (on_days or _DAYS_A_WEEK), over, marked=True)
    if kind == "hours_per_day" and by_week and not by_day:
        return Amount(value / _DAYS_A_WEEK, over, sure=False, marked=True)
    return Amount(value, over, marked=marked or by_day or by_week or over != 0)


_A_MONTH_HAS = {
    "per_day": (20.0, 30.0),
    "per_week": (4.0, 52 / 12),
    "per_fortnight": (2.0, 2.0),
    "per_year": (1 / 12, 1 / 12),
}
"""how often she is paid in a month, at least and at most"""


def _money(reply: Reply, found: list[Quantity], country: str | None, by_month: bool) -> Amount | None:
    said = [q for q in found if q.unit == "peso" or q.scaled] or [
        q for q in found if not q.unit and not q.noun
    ]
    q = _only(said)
    if q is None:
        return None
    # a wage by the week or the fortnight is not what a monthly question asks; which this is we do not know
    period = next((p for p in _A_MONTH_HAS if reply.has(p)), None)
    marked = bool(q.unit or q.scaled or q.about or q.high is not None or "$" in reply.text)
    value, sure = q.middle, period is None
    if q.other is not None and value != int(value):
        value, sure = q.other, False  # "3.500" typed in Mexico: three and a half pesos is not an income
    if value >= _MILLION and 100 <= value % _MILLION < 1000 and not re.search(r"\d", reply.plain):
        value += value % _MILLION * 999  # "un millón doscientos" leaves out "mil"
    plain_pesos = q.scaled or value >= (_SMALLEST_WAGE_CL if country == "CL" else _SMALLEST_WAGE)
    if q.high is None and period is None and value >= _THOUSAND and reply.has("and_a_bit"):
        # "2 mil y pico" is more than 2000 and nearer to it than to 3000
        bit = (_MILLION if value >= _MILLION and value % _MILLION == 0 else _THOUSAND) / 2
        return Amount(value, 0, sure, True, q.scaled, ends=(value + 1, value + bit))
    if period is not None and by_month and plain_pesos and q.high is None:
        least, most = _A_MONTH_HAS[period]
        return Amount(value * least, 0, least == most, marked, True, ends=(value * least, value * most))
    return Amount(value, _over(reply), sure, marked, q.scaled, spoken_range=q.high is not None, ends=q.ends)


def _plain(reply: Reply, found: list[Quantity]) -> Amount | None:
    """Any noun will do; ages of the counted ("dos, uno de 5 y otro de 8 años") do not count."""
    persons = [q for q in found if q.noun in reply.lexicon.phrases("persons")]
    if len(persons) == 1 and len(found) > 1:
        found = persons  # "mis dos hermanas y mi tía, o sea tres personas"
    first = found[0]
    children = _children(reply, found)
    if children is not None:
        return Amount(children, marked=True)
    rest = [q for q in found[1:] if q.unit not in ("year", "month")]
    if rest and not re.search(r"\d\D*,? (?:1|uno|una) de \d", reply.digits):
        return None
    if first.unit == "year" and first.high is None and len(found) == 1 and reply.plain.startswith("de "):
        return None
    marked = bool(
        first.unit or first.noun or first.about or first.high is not None or _MIXED.search(reply.digits)
    )
    return _said(first, first.middle, reply, marked)


def _children(reply: Reply, found: list[Quantity]) -> float | None:
    """ "Dos niñas y un niño" is three; "tengo 3, dos niñas y un niño" too; "2 hijos y 3 sobrinos" is neither."""
    words = reply.lexicon.phrases("children")
    counted = [q for q in found if q.unit not in ("year", "month")]
    if len(counted) < 2 or not all(q.noun in words for q in counted[1:]):
        return None
    rest = sum(q.value for q in counted[1:])
    if counted[0].noun in words and counted[0].value != rest:
        return counted[0].value + rest
    return counted[0].value if counted[0].value == rest else None
