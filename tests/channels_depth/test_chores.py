"""The chores of a running service: they begin by themselves, fail quietly and end at once."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.chores import Chores, NotConfigured, lint_templates, sync_content
from bot.store.channel_tables import ChannelAlert, Watermark


def service(bench: Any, content_url: str | None) -> Any:
    settings = SimpleNamespace(
        twilio_account_sid="AC" + "0" * 32 if content_url else None,
        twilio_auth_token=SecretStr("token") if content_url else None,
        twilio_content_url=content_url or "",
    )
    library = SimpleNamespace(current=lambda name: (1, SimpleNamespace(questions=(), languages=())))
    return SimpleNamespace(
        settings=settings,
        database=bench.database,
        clock=bench.clock,
        adapters={bench.channel: bench.provider},
        receiver=bench.receiver,
        world=SimpleNamespace(library=library),
        post=threading.Event(),
    )


async def until(found: Any) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(found):
            await asyncio.sleep(0.02)


def test_it_starts_and_ends_while_twilio_is_not_there(bench: Any) -> None:
    def noticed() -> bool:
        with bench.database.read() as session:
            alert = session.scalar(sa.select(ChannelAlert).where(ChannelAlert.kind == "content"))
            return alert is not None and session.get(Watermark, "inbound:whatsapp") is not None

    async def go(url: str) -> None:
        running = asyncio.create_task(Chores(service(bench, url)).run())
        await until(noticed)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        asyncio.run(go(f"http://127.0.0.1:{held.getsockname()[1]}"))


def test_it_says_what_is_missing_for_a_sync(bench: Any) -> None:
    with pytest.raises(NotConfigured, match="TWILIO_ACCOUNT_SID"):
        sync_content(service(bench, None))


def test_it_finds_nothing_wrong_with_what_ships() -> None:
    assert lint_templates() == []
