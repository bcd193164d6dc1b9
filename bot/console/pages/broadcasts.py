"""Broadcasts: write, see what would happen, have it approved, follow it, stop it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.services import broadcast_plan, broadcast_words
from bot.services.broadcast_audience import STATUSES, TIERS, Audience, prices
from bot.services.broadcast_plan import CannotSend, Draft
from bot.services.content_choice import missing_templates
from bot.services.staff import broadcasting
from bot.services.staff.funnel import SMALLEST
from bot.services.staff.roles import Permission
from bot.services.texts import LANGUAGES
from bot.store.tables import Participant

CONDITIONS = ("country", "region", "municipality", "centre", "pathway", "modality", "language")
NAMED = ("country", "centre", "pathway", "modality", "language")
"""conditions whose values are codes with a label"""
TEMPLATES = ("tpl_notice", "tpl_discreet")
SAMPLE_NAME = {"es": "Marta", "en": "Marta"}


@dataclass(frozen=True)
class Shown:
    """What a woman reads in one language, in each of three situations."""

    language: str
    whole: str
    outside: str
    discreet: str


def show_list(visit: Visit) -> Response:
    with visit.desk.database.read() as session:
        rows = broadcasting.listed(session, visit.member)
    return visit.page("broadcasts.html", rows=rows)


def new(visit: Visit) -> Response:
    tomorrow = visit.now.astimezone(visit.zone).date() + timedelta(days=1)
    days = {"starts_on": tomorrow.isoformat(), "ends_on": (tomorrow + timedelta(days=6)).isoformat()}
    blank = dict.fromkeys((*CONDITIONS, "kind", "title", "text_es", "text_en"), "")
    return _form(visit, {**blank, **days, "per_day": str(TIERS[0])}, list(STATUSES), None)


def edit(visit: Visit) -> Response:
    with visit.desk.database.read() as session:
        row = broadcasting.get(session, visit.member, visit.number("id"))
    values = {name: str(getattr(row, name)) for name in ("kind", "title", "text_es", "text_en", "starts_on",
                                                         "ends_on", "per_day")}  # fmt: skip
    return _form(visit, {**row.audience, **values}, row.audience["statuses"], row.id)


def create(visit: Visit) -> Response:
    return _keep(visit, None)


def change(visit: Visit) -> Response:
    return _keep(visit, visit.number("id"))


def show(visit: Visit) -> Response:
    return _sheet(visit)


def ask(visit: Visit) -> Response:
    number = visit.number("id")
    try:
        with visit.desk.database.write() as session:
            broadcasting.ask(session, visit.member, number, visit.now)
    except CannotSend as error:
        return _sheet(visit, error.codes)
    return visit.to(f"/broadcasts/{number}", done="broadcast_asked")


def approve(visit: Visit) -> Response:
    number = visit.number("id")
    try:
        with visit.desk.database.write() as session:
            broadcasting.approve(
                session,
                visit.desk.world,
                visit.member,
                number,
                visit.field("count"),
                visit.field("seen"),
                visit.now,
            )
    except CannotSend as error:
        return _sheet(visit, error.codes)
    return visit.to(f"/broadcasts/{number}", done="broadcast_approved")


def cancel(visit: Visit) -> Response:
    number = visit.number("id")
    try:
        with visit.desk.database.write() as session:
            broadcasting.call_off(session, visit.member, number, visit.now)
    except CannotSend as error:
        return _sheet(visit, error.codes)
    return visit.to(f"/broadcasts/{number}", done="broadcast_cancelled")


def _keep(visit: Visit, number: int | None) -> Response:
    statuses = [status for status in visit.form.get("statuses", []) if status in STATUSES]
    values = {name: visit.field(name).strip() for name in (*CONDITIONS, "kind", "title", "text_es", "text_en",
                                                           "starts_on", "ends_on", "per_day")}  # fmt: skip
    try:
        draft = _draft(values, statuses)
        with visit.desk.database.write() as session:
            number = broadcasting.write(
                session, visit.desk.world, visit.member, number, draft, visit.desk.private_words, visit.now
            )
    except CannotSend as error:
        return _form(visit, values, statuses, number, error.codes)
    return visit.to(f"/broadcasts/{number}", done="broadcast_written")


def _draft(values: dict[str, str], statuses: list[str]) -> Draft:
    try:
        starts_on, ends_on = date.fromisoformat(values["starts_on"]), date.fromisoformat(values["ends_on"])
    except ValueError:
        raise CannotSend("days") from None
    per_day = values["per_day"]
    return Draft(
        kind=values["kind"],
        title=values["title"],
        text_es=values["text_es"].replace("\r\n", "\n"),
        text_en=values["text_en"].replace("\r\n", "\n"),
        audience=Audience(**{name: values[name][:120] for name in CONDITIONS}, statuses=tuple(statuses)),
        starts_on=starts_on,
        ends_on=ends_on,
        per_day=int(per_day) if per_day.isdecimal() and len(per_day) < 7 else 0,
    )


def _form(
    visit: Visit, values: dict[str, Any], statuses: list[str], number: int | None, problems: tuple[str, ...] = ()
) -> Response:  # fmt: skip
    scope, world = visit.member.scope, visit.desk.world
    there = [programme for programme in world.programmes if scope.country in (None, programme.country)]
    with visit.desk.database.read() as session:
        regions = _places(session, visit, Participant.region)
        municipalities = _places(session, visit, Participant.municipality)
    return visit.page(
        "broadcast_form.html",
        http_status=400 if problems else 200,
        values=values,
        statuses=statuses,
        number_of=number,
        problems=problems,
        kinds=broadcast_plan.KINDS,
        all_statuses=STATUSES,
        countries=(scope.country,) if scope.country else world.programmes.countries,
        centres=[
            (centre.code, centre.name)
            for programme in there
            for centre in programme.centres
            if scope.centre in (None, centre.code)
        ],
        regions=regions,
        municipalities=municipalities,
        pathways=list(dict.fromkeys(pathway.code for each in there for pathway in each.pathways)),
        modalities=list(dict.fromkeys(modality.code for each in there for modality in each.modalities)),
        languages=LANGUAGES,
        tiers=TIERS,
        longest=broadcast_words.LONGEST,
        scope=scope,
    )


def _places(session: Session, visit: Visit, column: Any) -> list[str]:
    """Where enough women live that naming the place points at none of them; others can be typed."""
    rows = session.scalars(
        sa.select(column)
        .where(column.is_not(None), *visit.member.scope.people())
        .group_by(column)
        .having(sa.func.count() >= SMALLEST)
        .order_by(column)
    )
    return list(rows)


def _sheet(visit: Visit, problems: tuple[str, ...] = ()) -> Response:
    with visit.desk.database.read() as session:
        found = broadcasting.sheet(session, visit.member, visit.number("id"), visit.now)
        missing = missing_templates(session, TEMPLATES, LANGUAGES)
    audience = found.audience
    conditions = [(name, getattr(audience, name)) for name in CONDITIONS if getattr(audience, name)]
    return visit.page(
        "broadcast.html",
        http_status=400 if problems else 200,
        sheet=found,
        row=found.row,
        seen=broadcast_plan.stamp(found.row),
        conditions=conditions,
        counts_all=visit.member.may(Permission.SEE_PEOPLE),
        smallest=SMALLEST,
        coded=NAMED,
        centre_names={c.code: c.name for p in visit.desk.world.programmes for c in p.centres},
        shown=list(_shown(visit, found)),
        missing=missing,
        prices=prices(),
        problems=problems,
        done_share=100 * found.progress.done / found.progress.planned if found.progress.planned else 0,
    )


def _shown(visit: Visit, found: broadcasting.Sheet) -> Iterator[Shown]:
    texts, row = visit.desk.world.texts, found.row
    programme = visit.desk.world.programmes.get(found.audience.country or visit.desk.world.default_country)
    for language in LANGUAGES:
        name = SAMPLE_NAME[language]
        values = {**programme.placeholders(language), "nombre": name, "name": name}
        body = row.text_en if language == "en" else row.text_es
        yield Shown(
            language,
            broadcast_words.notice(body, values, texts.render("broadcast_footer", language, values)),
            texts.render("broadcast_ping", language, values),
            texts.render("nudge_discreet", language, values),
        )


PAGES = (
    Page("GET", "/broadcasts", show_list, Permission.SEE_OVERVIEW, "broadcasts"),
    Page("GET", "/broadcasts/new", new, Permission.BROADCAST, "broadcasts"),
    Page("POST", "/broadcasts/new", create, Permission.BROADCAST, "broadcasts"),
    Page("GET", "/broadcasts/{id}", show, Permission.SEE_OVERVIEW, "broadcasts"),
    Page("GET", "/broadcasts/{id}/edit", edit, Permission.BROADCAST, "broadcasts"),
    Page("POST", "/broadcasts/{id}/edit", change, Permission.BROADCAST, "broadcasts"),
    Page("POST", "/broadcasts/{id}/ask", ask, Permission.BROADCAST, "broadcasts"),
    Page("POST", "/broadcasts/{id}/approve", approve, Permission.BROADCAST, "broadcasts"),
    Page("POST", "/broadcasts/{id}/cancel", cancel, Permission.BROADCAST, "broadcasts"),
)
