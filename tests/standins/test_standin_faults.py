"""Faults on the way to Twilio: each message arrives once, or is marked unknown; counted at the stand-in."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.whatsapp import WhatsAppAdapter, outbox_id_of, parse_form, parse_status
from bot.core.messages import Address, Channel, Inbound, InboundKind, Outbound
from bot.services.receiving import Receiver
from bot.services.reconcile import Reconciler
from bot.services.sending import Sender
from bot.store.database import Database
from bot.store.tables import AddressRow, OutboxRow

ACCOUNT, TOKEN = "AC" + "a" * 32, "0123456789abcdef0123456789abcdef"
SENDER, HER = "whatsapp:+14155550100", "whatsapp:+525550004343"
KEY = base64.urlsafe_b64encode(b"w" * 32).decode()
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SID = "SM" + "1" * 32
TEXT = "¿Qué edad tienes?"
JSON = {"Content-Type": "application/json"}
TAKEN: dict[str, Any] = {"status": 201, "headers": JSON, "jsonBody": {"sid": SID, "status": "queued"}}


class Line:
    """The outbox, our adapter and a Twilio that fails; the clock is moved by hand."""

    def __init__(self, folder: Path, twilio: Any, callbacks: str) -> None:
        self.now = datetime.now(UTC)
        self.twilio = twilio
        self.callbacks = callbacks
        self.database = Database(f"sqlite:///{folder / 'line.db'}", KEY)
        self.receiver = Receiver(self.database, self.clock, "es")
        address = Address(Channel.WHATSAPP, "+525550004343", HER)
        self.receiver.receive(Inbound("SM0", address, InboundKind.TEXT, text="hola"))

    def clock(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    def queue(self) -> int:
        with self.database.write() as session:
            address = session.query(AddressRow).one()
            row = OutboxRow(
                participant_id=address.participant_id, channel="whatsapp", lane=address.digest,
                send_to=address.reply_to, kind="reply", content=Outbound(TEXT).to_json(), state="queued",
                created_at=self.now, not_before=self.now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def work(self, *, minutes: int = 0) -> None:
        """Send what is due and look after what is uncertain, now or minute by minute."""

        async def go() -> None:
            adapter = WhatsAppAdapter(
                ACCOUNT, TOKEN, sender=SENDER, api_url=self.twilio.url, public_url=self.callbacks,
                read_timeout=1.0, connections=2,
            )  # fmt: skip
            adapters = {Channel.WHATSAPP: adapter}
            sender = Sender(self.database, adapters, self.clock, "host/1/sender")
            reconciler = Reconciler(self.database, adapters, self.clock, self.receiver.receive)
            try:
                for minute in range(minutes + 1):
                    while await sender.send_due():
                        """until nothing is due"""
                    if minute < minutes:
                        self.forward(minutes=1)
                        await reconciler.step()
            finally:
                await adapter.aclose()

        asyncio.run(go())

    def row(self, row_id: int) -> OutboxRow:
        with self.database.read() as session:
            return session.get_one(OutboxRow, row_id)

    def posts(self) -> int:
        return int(self.twilio.count("POST", PATH))

    def lists(self, *messages: dict[str, Any]) -> None:
        self.twilio.stub("GET", PATH, status=200, headers=JSON, jsonBody={"messages": list(messages)})

    def kept(self) -> dict[str, Any]:
        at = format_datetime(self.now)
        return {
            "sid": SID, "body": TEXT, "to": HER, "from": SENDER, "direction": "outbound-api", "status": "sent",
            "date_created": at, "date_sent": at, "num_media": "0",
        }  # fmt: skip


@pytest.fixture
def line(wiremock: Any, collector: Any, tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path, wiremock, collector.url)
    yield made
    made.database.close()


LOST: list[dict[str, Any]] = [
    {"fault": "EMPTY_RESPONSE"},
    {"fault": "CONNECTION_RESET_BY_PEER"},
    {"fault": "MALFORMED_RESPONSE_CHUNK", "status": 201},
    {**TAKEN, "fixedDelayMilliseconds": 2500},
    {"status": 500, "headers": JSON, "jsonBody": {"code": 20500, "status": 500, "message": "m"}},
]
IDS = ["empty", "reset", "garbage", "slow", "500"]


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_it_finds_what_was_taken_although_the_answer_was_lost(line: Line, fault: dict[str, Any]) -> None:
    line.twilio.stub("POST", PATH, **fault)
    line.lists(line.kept())
    row = line.queue()
    line.work(minutes=30)
    assert line.posts() == 1
    assert (line.row(row).state, line.row(row).external_id) == ("sent", SID)


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_it_sends_once_more_what_was_not_taken(line: Line, fault: dict[str, Any]) -> None:
    line.twilio.stub("POST", PATH, **fault, after="Started", then="mended")
    line.twilio.stub("POST", PATH, **TAKEN, after="mended")
    line.lists()
    row = line.queue()
    line.work(minutes=30)
    assert line.posts() == 2 and line.row(row).state == "sent"


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_it_marks_it_unknown_while_nobody_can_say(line: Line, fault: dict[str, Any]) -> None:
    line.twilio.stub("POST", PATH, **fault)
    line.twilio.stub("GET", PATH, status=503)
    row = line.queue()
    line.work(minutes=30)
    assert line.posts() == 1 and line.row(row).state == "unknown"


def test_it_tries_again_after_too_many(line: Line) -> None:
    busy = {"code": 20429, "status": 429, "message": "m"}
    line.twilio.stub(
        "POST", PATH, status=429, headers={**JSON, "Retry-After": "20"}, jsonBody=busy, then="free"
    )
    line.twilio.stub("POST", PATH, **TAKEN, after="free")
    line.lists()
    row = line.queue()
    line.work()
    assert line.posts() == 1 and line.row(row).state == "queued"
    line.work(minutes=2)
    assert line.posts() == 2 and line.row(row).state == "sent"


@pytest.mark.parametrize(
    ("word", "code", "state"), [("undelivered", "63016", "failed"), ("delivered", "", "delivered")]
)
def test_it_learns_by_a_late_callback_what_became_of_it(
    line: Line, collector: Any, word: str, code: str, state: str
) -> None:
    row = line.queue()
    body = f"MessageSid={SID}&MessageStatus={word}" + (f"&ErrorCode={code}" if code else "")
    webhook = {
        "method": "POST",
        "url": f"{line.callbacks}/webhooks/whatsapp/status?o={row}",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": body,
        "delay": {"type": "fixed", "milliseconds": 300},
    }
    line.twilio.stub(
        "POST", PATH, fault="EMPTY_RESPONSE", listeners=[{"name": "webhook", "parameters": webhook}]
    )
    line.work()
    assert line.row(row).state == "unknown"
    posted = collector.next()
    line.receiver.note_status(
        Channel.WHATSAPP, parse_status(parse_form(posted.body), outbox_id_of(posted.query))
    )
    line.lists()
    line.work(minutes=30)
    assert line.posts() == 1
    assert (line.row(row).state, line.row(row).error_code or "") == (
        state,
        code or line.row(row).error_code or "",
    )
    assert line.row(row).external_id == SID
