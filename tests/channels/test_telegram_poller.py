"""Long polling: nothing is acknowledged to Telegram before it is stored, and trouble passes."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from bot.channels.telegram import LongPoller, TelegramAdapter

TOKEN = "123456:loopback-only"
TRUE = {"ok": True, "result": True}


def updates(*ids: Any) -> dict[str, Any]:
    return {"ok": True, "result": [{"update_id": i, "message": {"message_id": 1}} for i in ids]}


class Store:
    """Keeps update ids, fails as often as told, and stops the poller once it has enough."""

    def __init__(self, enough: int, fail: int = 0) -> None:
        self.stored: list[int] = []
        self.handed: list[int] = []
        self.enough, self.fail = enough, fail
        self.poller: LongPoller | None = None

    async def __call__(self, update: dict[str, Any]) -> None:
        self.handed.append(update["update_id"])
        if self.fail:
            self.fail -= 1
            raise ConnectionError("the database is away")
        self.stored.append(update["update_id"])
        if len(self.stored) >= self.enough and self.poller:
            self.poller.stop()


def poll(url: str, store: Store) -> None:
    async def go() -> None:
        channel = TelegramAdapter(TOKEN, url)
        store.poller = LongPoller(channel.bot, store, hold=1, pause=0.0, longest_pause=0.0)
        try:
            async with asyncio.timeout(20):
                await store.poller.run()
        finally:
            await channel.aclose()

    asyncio.run(go())


def asked(provider: Any, method: str) -> list[dict[str, str]]:
    return [a.form for a in provider.asked if a.path == f"/bot{TOKEN}/{method}"]


def test_it_takes_the_webhook_off_without_dropping_what_waits(provider: Any) -> None:
    provider.reply(200, TRUE)
    provider.reply(200, updates(7))
    poll(provider.url, Store(1))
    assert asked(provider, "deleteWebhook") == [{}]


def test_it_asks_for_the_kinds_it_reads_and_moves_on_after_storing(provider: Any) -> None:
    provider.reply(200, TRUE)
    provider.reply(200, updates(7, 8))
    provider.reply(200, updates(9))
    store = Store(3)
    poll(provider.url, store)
    assert store.stored == [7, 8, 9]
    first, second = asked(provider, "getUpdates")
    assert "offset" not in first and second["offset"] == "9"
    assert json.loads(first["allowed_updates"]) == ["message", "callback_query", "my_chat_member"]
    assert first["timeout"] == "1"


def test_it_hands_an_update_over_again_until_it_is_stored(provider: Any) -> None:
    provider.reply(200, TRUE)
    for _ in range(3):
        provider.reply(200, updates(7, 8))
    store = Store(2, fail=2)
    poll(provider.url, store)
    assert store.stored == [7, 8]
    assert store.handed == [7, 7, 7, 8], "8 waits until 7 is stored"
    assert all("offset" not in form for form in asked(provider, "getUpdates"))


def test_it_leaves_the_rest_of_a_batch_when_it_is_stopped(provider: Any) -> None:
    provider.reply(200, TRUE)
    provider.reply(200, updates(7, 8, 9))
    store = Store(1)
    poll(provider.url, store)
    assert store.stored == [7], "8 and 9 were not acknowledged and come again"


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 502, "body": b"bad gateway"},
        {"status": 401, "body": {"ok": False, "error_code": 401, "description": "Unauthorized"}},
        {
            "status": 429,
            "body": {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 0.01}},
        },
        {"fault": "reset"},
        {"status": 200, "body": b"<html>"},
        {"status": 200, "body": {"ok": True, "result": {"not": "a list"}}},
        {"status": 200, "body": {"ok": True, "result": ["no update", {"update_id": "7"}, {}]}},
    ],
    ids=["gateway", "token", "throttled", "reset", "no json", "no list", "no updates"],
)
def test_it_goes_on_after_trouble(provider: Any, trouble: dict[str, Any]) -> None:
    provider.reply(200, TRUE)
    provider.reply(**trouble)
    provider.reply(200, updates(7))
    store = Store(1)
    poll(provider.url, store)
    assert store.stored == [7]


def test_it_takes_the_webhook_off_again_after_a_conflict(provider: Any) -> None:
    provider.reply(200, TRUE)
    provider.reply(409, {"ok": False, "error_code": 409, "description": "Conflict: webhook is active"})
    provider.reply(200, TRUE)
    provider.reply(200, updates(7))
    poll(provider.url, Store(1))
    assert len(asked(provider, "deleteWebhook")) == 2


def test_it_gives_up_a_waiting_request_when_it_is_stopped(provider: Any) -> None:
    async def go() -> None:
        channel = TelegramAdapter(TOKEN, provider.url)
        poller = LongPoller(channel.bot, Store(1), hold=30)
        running = asyncio.create_task(poller.run())
        async with asyncio.timeout(20):
            while len(provider.asked) < 2:
                await asyncio.sleep(0.01)
            poller.stop()
            await running
        await channel.aclose()

    provider.reply(200, TRUE)
    provider.reply(fault="hang")
    asyncio.run(go())


def test_it_does_not_log_the_token(provider: Any, caplog: pytest.LogCaptureFixture) -> None:
    provider.reply(200, TRUE)
    provider.reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
    provider.reply(200, updates(7))
    with caplog.at_level(logging.DEBUG):
        poll(provider.url, Store(1))
    assert any("TELEGRAM_BOT_TOKEN" in m for m in caplog.messages)
    assert not any("loopback-only" in m for m in caplog.messages)
