"""Checks that look at more than one part of a programme file at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import get_args

from bot.programme.hours import knows_holidays
from bot.programme.model import PURPOSES, Barrier, Centre, Contact
from bot.programme.places import Places
from bot.programme.programme import Programme

Found = tuple[tuple[int | str, ...], str, str]
"""Where in the file, what is wrong, how to mend it."""


def check_unknown(programme: Programme) -> Iterator[Found]:
    """What the general programme must have: somebody to pass any need to."""
    yield from _unique("referrals", [kind.kind for kind in programme.referrals])
    if all(kind.kind != "other" for kind in programme.referrals):
        yield ("referrals",), "'referrals' has no kind 'other'", "add one, for needs nobody foresaw"


def check_country(programme: Programme, places: Places) -> Iterator[Found]:
    """Everything that a country's file must have so that no woman meets a gap."""
    yield from check_unknown(programme)
    for name in ("pathways", "modalities", "lines"):
        if not getattr(programme, name):
            yield (name,), f"'{name}' is empty or missing", "a country needs at least one"
    if not programme.waves:
        yield ("follow_up", "waves"), "'follow_up.waves' is empty", "a country needs at least one wave"
    yield from _codes(programme)
    yield from _references(programme, places)
    yield from _barriers(programme)
    yield from _emergency(programme)
    yield from _months(programme)
    yield from _holidays(programme)


def _unique(name: str, codes: Sequence[str]) -> Iterator[Found]:
    for code, times in Counter(codes).items():
        if times > 1:
            last = len(codes) - 1 - list(reversed(codes)).index(code)
            yield (name, last), f"'{code}' is there twice under '{name}'", "give each its own code"


def _codes(programme: Programme) -> Iterator[Found]:
    yield from _unique("pathways", [item.value for item in programme.pathways])
    yield from _unique("modalities", [item.code for item in programme.modalities])
    yield from _unique("partners", [item.code for item in programme.partners])
    yield from _unique("centres", [item.code for item in programme.centres])
    yield from _unique("lines", [item.code for item in programme.lines])
    yield from _unique("referrals", [item.need for item in programme.referrals])
    yield from _unique("mentoring_topics", [item.code for item in programme.mentoring_topics])


def _references(programme: Programme, places: Places) -> Iterator[Found]:
    regions = {region.code for region in places.regions}
    partners = {partner.code for partner in programme.partners}
    modalities = {modality.code for modality in programme.modalities}
    for i, pathway in enumerate(programme.pathways):
        for code in pathway.modalities:
            if code not in modalities:
                where = ("pathways", i, "modalities")
                yield where, f"modality '{code}' is not defined", "add it under 'modalities'"
    for i, centre in enumerate(programme.centres):
        if centre.partner and centre.partner not in partners:
            yield (
                ("centres", i, "partner"),
                f"partner '{centre.partner}' is not defined",
                "add it under 'partners'",
            )
    located: list[tuple[str, Sequence[Centre | Contact]]] = [
        ("centres", programme.centres),
        ("contacts", programme.contacts),
    ]
    for name, items in located:
        for i, item in enumerate(items):
            yield from _regions((name, i, "region"), [item.region], regions)
    for i, partner in enumerate(programme.partners):
        yield from _regions(("partners", i, "regions"), partner.regions, regions)
    for i, line in enumerate(programme.lines):
        yield from _regions(("lines", i, "regions"), line.regions, regions)


def _regions(where: tuple[int | str, ...], given: Sequence[str], known: set[str]) -> Iterator[Found]:
    for code in given:
        if code not in known:
            yield where, f"region '{code}' is not in the regions table", "use a code of its 'code' column"


def _barriers(programme: Programme) -> Iterator[Found]:
    held = Counter(barrier for kind in programme.referrals for barrier in kind.barriers)
    for barrier in get_args(Barrier):
        if held[barrier] != 1:
            state = "in no referral" if not held[barrier] else "in several referrals"
            what = f"the barrier '{barrier}' is {state}"
            yield ("referrals",), what, "name it in exactly one 'barriers' list"


def _emergency(programme: Programme) -> Iterator[Found]:
    for purpose in PURPOSES:
        if not any(
            line.emergency and line.usable and purpose in line.purposes and not line.regions
            and line.hours is not None and line.hours.always
            for line in programme.lines
        ):  # fmt: skip
            what = f"no emergency line covers '{purpose}' at every hour everywhere"
            yield ("lines",), what, "give one line 'emergency: true', 'always: true' and that purpose"


def _months(programme: Programme) -> Iterator[Found]:
    months = [str(wave.months) for wave in programme.waves]
    for language, said in programme.follow_up.months_says.root.items():
        if sorted(re.findall(r"\d+", said), key=int) != months:
            what = f"'follow_up.months_says' says '{said}' and the waves are at {', '.join(months)}"
            yield ("follow_up", "months_says", language), what, "make the two agree"


def _holidays(programme: Programme) -> Iterator[Found]:
    country = programme.country or ""
    if knows_holidays(country):
        return
    mend = "remove 'not_on_holidays': the calendar of that country is not available"
    if programme.team.hours.not_on_holidays:
        yield ("team", "hours"), f"the holidays of '{country}' are not known", mend
    for i, line in enumerate(programme.lines):
        if line.hours and line.hours.not_on_holidays:
            yield ("lines", i, "hours"), f"the holidays of '{country}' are not known", mend
