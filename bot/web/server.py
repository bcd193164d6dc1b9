"""uvicorn, stopping at once although a page may be waiting for news."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

DRAIN_SECONDS = 8
"""for requests under way; SIGTERM must be done within 15 s"""


class Server(uvicorn.Server):
    """Serves an application of :func:`bot.web.app.create_app`; ends its waiting requests before it drains."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        close = getattr(getattr(self.config.app, "state", None), "close", None)
        if close is not None:
            close()
        await super().shutdown(sockets)


def make_server(app: Starlette, host: str, port: int, *, drain_seconds: int = DRAIN_SECONDS) -> Server:
    """A server that writes no access log: an address line would carry who wrote when."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            ws="none",  # nothing here speaks it
            timeout_graceful_shutdown=drain_seconds,
        )
    )
