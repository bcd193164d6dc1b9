"""Liveness, readiness and metrics: for whoever runs the service. No personal data."""

from __future__ import annotations

import logging

from anyio.to_thread import run_sync
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.web.ports import WebParts

log = logging.getLogger(__name__)


class Health:
    """``/health``: this process answers; ``/ready``: every part is usable; ``/metrics``: Prometheus text."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts

    def routes(self) -> list[Route]:
        return [
            Route("/health", self.health),
            Route("/ready", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """200 when all parts are usable, else 503; the body names each part."""
        try:
            parts = await run_sync(self._parts.ready)
        except Exception as error:
            log.error("readiness could not be asked: %s", type(error).__name__)
            parts = {}
        usable = bool(parts) and all(parts.values())
        return JSONResponse(
            {"status": "ok" if usable else "unavailable", "parts": parts}, 200 if usable else 503
        )

    async def metrics(self, request: Request) -> Response:
        text = await run_sync(generate_latest, self._parts.metrics)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})
