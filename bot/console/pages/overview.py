"""Results, with every chart also a table, and the programme as its files say it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.indicators import Result, definitions, indicators_table
from bot.programme.programme import STALE_AFTER
from bot.services.staff import funnel
from bot.services.staff.roles import Permission

GROUPINGS = ("country", "pathway", "centre", "modality")


@dataclass(frozen=True)
class Figure:
    """One published figure: its name, the line at each wave for everybody, and the lines by group."""

    id: str
    name: str
    printed: str
    caveat: str
    lines: list[Result]
    groups: list[Result]


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
    return visit.page(
        "results.html",
        way=way,
        centre_names={c.code: c.name for p in visit.desk.world.programmes for c in p.centres},
        groups=groups,
        figures=_figures(table, visit, country),
        country=country,
        countries=countries,
        as_of=today,
        smallest=funnel.SMALLEST,
    )


def _figures(table: list[Result], visit: Visit, country: str) -> list[Figure]:
    """The indicators that have a number, or would have one with more answers, in the order of definition."""
    known = definitions().by_id
    centre = visit.member.scope.centre
    found: dict[str, Figure] = {}
    for line in table:
        if line.country not in ((country,) if country else ("all",)):
            continue
        if centre and line.group != "all" and line.group != f"centre:{centre}":
            continue
        spec = known.get(line.indicator)
        figure = found.get(line.indicator)
        if figure is None:
            figure = found[line.indicator] = Figure(
                line.indicator,
                spec.name.in_language(visit.language) if spec else line.indicator,
                spec.printed.in_language(visit.language) if spec and spec.printed else "",
                spec.caveat.in_language(visit.language) if spec and spec.caveat else "",
                [],
                [],
            )
        (figure.lines if line.group == "all" else figure.groups).append(line)
    return [figure for figure in found.values() if any(line.n for line in figure.lines)]


def programme(visit: Visit) -> Response:
    scope = visit.member.scope
    today = visit.now.astimezone(visit.zone).date()
    found = [p for p in visit.desk.world.programmes if not scope.country or p.country == scope.country]
    return visit.page("programme.html", programmes=found, today=today, stale_after=STALE_AFTER)


PAGES = (
    Page("GET", "/results", results, Permission.SEE_OVERVIEW, "results"),
    Page("GET", "/programme", programme, Permission.SEE_OVERVIEW, "programme"),
)
