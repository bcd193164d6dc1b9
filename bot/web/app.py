"""The one port: everything that the outside can call."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.web.guard import Guard
from bot.web.health import Health
from bot.web.pages import HERE, Pages, Static
from bot.web.ports import WebParts
from bot.web.simulator import Simulator, simulator_words
from bot.web.webhooks import Webhooks


def create_app(parts: WebParts) -> Starlette:
    """The ASGI application over ``parts``. Once for each metrics registry: it registers its counters there.

    In production there is no simulator, whatever ``parts`` has.
    """
    production = parts.settings.environment == "production"
    static = Static(HERE / "static")
    pages = Pages(static.version)
    simulator = None
    if parts.simulator is not None and not production:
        simulator = Simulator(parts, parts.simulator, pages)
    routes: list[BaseRoute] = [*Webhooks(parts).routes(), *Health(parts).routes()]
    if simulator is not None:
        routes += simulator.routes()
    routes.append(Mount("/static", static, name="static"))
    paths = [route.path for route in routes if isinstance(route, Route)]
    routes.append(_front(parts, pages, simulator is not None))
    https = production and (parts.settings.public_url or "").startswith("https://")
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, metrics=parts.metrics, paths=[*paths, "/"], https=https)],
        exception_handlers={HTTPException: _plainly},
    )
    # a provider that is sent elsewhere posts again without its body
    app.router.redirect_slashes = False
    app.state.close = simulator.close if simulator is not None else lambda: None
    return app


def _front(parts: WebParts, pages: Pages, simulated: bool) -> BaseRoute:
    if parts.console is not None:
        return Mount("/", parts.console, name="console")

    async def home(request: Request) -> Response:
        return pages.render(request, "home.html", words=simulator_words(), simulated=simulated)

    return Route("/", home)


async def _plainly(request: Request, error: Any) -> Response:
    """Why a request was refused, in one plain line that quotes nothing of it."""
    return PlainTextResponse(error.detail, error.status_code, headers=error.headers)
