"""An amount in a reply against a list of ranges: "34" under "30 a 39", "200 mil" under monthly incomes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from bot.answers.amounts import HOURS, Amount, amount
from bot.answers.listing import Index, candidate, chosen
from bot.answers.persons import persons_named
from bot.answers.question import Asked
from bot.answers.ranges import Bands
from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading
from bot.answers.reply import Reply

_SMALL_MONEY = 1000
_BIG_LIST = 100_000
_LONG_DAY = (10, 16)
"""hours that "todo el día" may last"""


def in_range(
    reply: Reply, asked: Asked, among: Index, ranges: Bands, country: str | None, today: date
) -> Reading | None:
    """The choice whose range holds the amount that she says; None when she says none that fits the question.

    NOT_AN_ANSWER where the amount lies outside every range, or it is not clear in which of two.
    """
    kind = asked.reads_as or {"hour": "hours_per_day", "year": "age", "peso": "money"}.get(ranges.unit, "")
    if not asked.reads_as and kind == "hours_per_day" and (reply.has("per_week") or reply.has("per_day")):
        kind = ""
    if kind == "hours_per_day" and reply.has("all_day") and not reply.has("negations"):
        held = ranges.holding(_LONG_DAY[0])
        if held is None or held != ranges.holding(_LONG_DAY[1]):
            return NOT_AN_ANSWER
        return chosen(among, next(i for i, c in enumerate(among.choices) if c.value == held))
    found = persons_named(reply, asked.wording) or amount(reply, kind, country, today, asked.wording)
    if found is None or (kind not in (*HOURS, "age", "money", "") and not found.marked):
        return None
    if kind == "money":
        found = _thousands(found, ranges, country, reply)
    value = ranges.holding(found.value, found.over)
    if found.ends is not None and value is not None:
        between = [ranges.holding(end) for end in found.ends]
        if between[0] == between[1]:
            found, value = replace(found, sure=True), between[0]
        elif found.almost:
            return NOT_AN_ANSWER
        else:
            near = [i for i, c in enumerate(among.choices) if c.value in between]
            if found.spoken_range:  # "entre 4 mil y 6 mil" lies in two: no middle of it is her answer
                return Reading(Outcome.NO, near=tuple(among.choices[i].value for i in near))
            return candidate(among, near) if near else NOT_AN_ANSWER
    if value is None:
        return NOT_AN_ANSWER if re.search(r"\d", reply.digits) else None
    position = next(i for i, c in enumerate(among.choices) if c.value == value)
    if found.value == 0 and not re.search(r"\d", reply.digits) and "none" in among.roles:
        position = among.roles["none"]
    return chosen(among, position) if found.sure else candidate(among, [position])


def _thousands(found: Amount, ranges: Bands, country: str | None, reply: Reply) -> Amount:
    """ "200" in a list that goes to hundreds of thousands is 200 thousand, as it is said in Chile."""
    if found.scaled or not 0 < found.value < _SMALL_MONEY or (reply.has("money_words") and country != "CL"):
        return found
    if ranges.top >= _BIG_LIST and "peso" not in reply.plain:
        return _times_thousand(found, sure=found.sure)
    if found.value < 100 and ranges.top < _BIG_LIST and "peso" not in reply.plain:
        return _times_thousand(found, sure=False)
    return found


def _times_thousand(found: Amount, *, sure: bool) -> Amount:
    ends = (found.ends[0] * 1000, found.ends[1] * 1000) if found.ends else None
    return replace(found, value=found.value * 1000, sure=sure, ends=ends)
