"""Results, with every chart also a table, and the programme as its files say it."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.console.pages import figures
from bot.indicators import indicators_table
from bot.programme.programme import STALE_AFTER
from bot.services.staff import funnel
from bot.services.staff.roles import Permission

GROUPINGS = ("country", "pathway", "centre", "modality")


def results(visit: Visit) -> Response:
    scope = visit.member.scope
    countries = (scope.country,) if scope.country else visit.desk.world.programmes.countries
    asked = visit.asked("country")
    country = asked if asked in countries else (scope.country or "")
    today = visit.now.astimezone(visit.zone).date()
    with visit.desk.database.read() as session:
        way = funnel.funnel(session, visit.member, country=country)
        groups = {g: funnel.groups(session, visit.member, g, country=country) for g in GROUPINGS}
        groups["barrier"] = funnel.barriers(session, visit.member, country=country)
        table = indicators_table(
            session, visit.desk.world.programmes, today, country or None, language=visit.language
        )
    laid_out = figures.chapters(table, visit, country)
    return visit.page(
        "results.html",
        way=way,
        glance=_glance(way),
        response=figures.response(laid_out),
        centre_names={c.code: c.name for p in visit.desk.world.programmes for c in p.centres},
        groups=groups,
        chapters=laid_out,
        country=country,
        countries=countries,
        as_of=today,
        smallest=funnel.SMALLEST,
    )


def _glance(way: list[funnel.Bar]) -> list[tuple[str, int | None, float | None]]:
    """The head of the page: how many wrote, enrolled, completed, and of the step before how many percent."""
    counts = {bar.code: bar.count for bar in way}
    found: list[tuple[str, int | None, float | None]] = []
    for code, of in (("wrote", ""), ("enrolled", "wrote"), ("completed", "enrolled")):
        count, before = counts.get(code), counts.get(of)
        found.append((code, count, 100 * count / before if count is not None and before else None))
    return found


def programme(visit: Visit) -> Response:
    scope = visit.member.scope
    today = visit.now.astimezone(visit.zone).date()
    found = [p for p in visit.desk.world.programmes if not scope.country or p.country == scope.country]
    return visit.page("programme.html", programmes=found, today=today, stale_after=STALE_AFTER)


PAGES = (
    Page("GET", "/results", results, Permission.SEE_OVERVIEW, "results"),
    Page("GET", "/programme", programme, Permission.SEE_OVERVIEW, "programme"),
)
