"""The table of pages, and the application made from it."""

from __future__ import annotations

from importlib.resources import files
from itertools import groupby

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.console.desk import Desk
from bot.console.gate import HEADERS, Page, endpoint
from bot.console.pages import (
    account,
    admin,
    broadcasts,
    conversation,
    exports,
    overview,
    people,
    referrals,
    review,
    surveys,
    today,
    trials,
)

PAGES: tuple[Page, ...] = (
    *account.PAGES,
    *today.PAGES,
    *people.PAGES,
    *conversation.PAGES,
    *referrals.PAGES,
    *review.PAGES,
    *surveys.PAGES,
    *trials.PAGES,
    *broadcasts.PAGES,
    *overview.PAGES,
    *exports.PAGES,
    *admin.PAGES,
)
STATIC = "/console-static"


def build_console(desk: Desk) -> Starlette:
    """The console as an application, to be mounted at ``/`` after the other routes."""
    return Starlette(routes=console_routes(desk), exception_handlers={404: _nothing, 405: _nothing})


def console_routes(desk: Desk) -> list[BaseRoute]:
    """The same as routes, for a web server that keeps one list. Paths are of the root."""
    folder = str(files("bot.console").joinpath("static"))
    routes: list[BaseRoute] = [Mount(STATIC, StaticFiles(directory=folder), name="console-static")]
    for path, pages in groupby(sorted(PAGES, key=_specific), key=lambda page: page.path):
        for page in pages:
            routes.append(Route(path, endpoint(page, desk), methods=[page.method]))
    return routes


def _specific(page: Page) -> tuple[bool, str, str]:
    # /people/find before /people/{id}
    return ("{" in page.path, page.path, page.method)


async def _nothing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return Response("Not found\n", status_code=status, media_type="text/plain", headers=HEADERS)
