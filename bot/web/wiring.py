"""The web front of a running service."""

from __future__ import annotations

import logging
from collections.abc import Callable

import sqlalchemy as sa
from anyio.to_thread import run_sync
from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.bootstrap import Service
from bot.channels.simulator import SimulatorAdapter
from bot.core.messages import Channel
from bot.store.database import Database
from bot.web.app import create_app
from bot.web.gauges import Channels, Queues
from bot.web.ports import WebParts
from bot.web.transcript import Transcript

log = logging.getLogger(__name__)


def build_app(
    service: Service,
    *,
    engine_ready: Callable[[], bool],
    answer_press: Callable[[str], None] | None = None,
    scheduler_ready: Callable[[], bool] = lambda: True,
    console: ASGIApp | None = None,
) -> Starlette:
    """The application over ``service``; the two ``…_ready`` are asked on every ``/ready``."""
    metrics = CollectorRegistry()
    ProcessCollector(registry=metrics)
    metrics.register(Queues(service.database))
    metrics.register(Channels(service.database, service.clock))
    transcript = Transcript(service.database)
    adapter = service.adapters.get(Channel.SIMULATOR)
    if isinstance(adapter, SimulatorAdapter):
        adapter.sink = transcript.note

    async def press(press_id: str) -> None:
        if answer_press is not None:
            await run_sync(answer_press, press_id)

    def ready() -> dict[str, bool]:
        return {
            "database": database_usable(service.database),
            "model": engine_ready(),
            "scheduler": scheduler_ready(),
        }

    return create_app(
        WebParts(
            settings=service.settings,
            receive=service.receiver.receive,
            note_status=service.receiver.note_status,
            ready=ready,
            metrics=metrics,
            simulator=transcript if adapter is not None else None,
            answer_press=press,
            decline_group=service.groups.decline,
            console=console,
        )
    )


def database_usable(database: Database) -> bool:
    """Whether a question to the database is answered."""
    try:
        with database.read() as session:
            return bool(session.scalar(sa.select(1)))
    except Exception as error:
        log.error("the database cannot be used: %s", type(error).__name__)
        return False
