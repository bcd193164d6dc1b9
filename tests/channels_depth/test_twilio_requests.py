"""Our requests to Twilio and its answers, through the real client to a server on the loopback address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.base import HistoryUnavailable
from bot.channels.whatsapp import WhatsAppAdapter
from bot.channels.whatsapp.contents import Approval, ContentsUnavailable, TwilioContents
from bot.channels.whatsapp.interactive import Content
from bot.core.messages import InboundKind, Option, Outbound, Outcome, SendResult

ACCOUNT, TOKEN = "AC" + "0" * 32, "0f" * 16
HER, SENDER = "whatsapp:+525550001111", "whatsapp:+14155550100"
SID = "HX" + "a" * 32
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
T = TypeVar("T")


class Twilio:
    """``answers``: method and path (without query) to what is answered, or to a list used up in order."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        twilio = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                kind = self.headers.get("Content-Type", "")
                body = json.loads(raw) if kind.startswith("application/json") else parse_qs(raw)
                self._answer("POST", body if isinstance(body, dict) else {})

            def do_GET(self) -> None:
                self._answer("GET", parse_qs(urlsplit(self.path).query))

            def _answer(self, method: str, given: dict[str, Any]) -> None:
                key = f"{method} {urlsplit(self.path).path}"
                flat = {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in given.items()}
                twilio.asked.append((key, flat))
                answer = twilio.answers[key]
                status, payload = answer.pop(0) if isinstance(answer, list) else answer
                data = json.dumps(payload).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    made = Twilio()
    yield made
    made.close()


MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def with_adapter(twilio: Twilio, do: Callable[[WhatsAppAdapter], Awaitable[T]]) -> T:
    async def go() -> T:
        adapter = WhatsAppAdapter(
            ACCOUNT, TOKEN, sender=SENDER, api_url=twilio.url, public_url="https://b.org"
        )
        try:
            return await do(adapter)
        finally:
            await adapter.aclose()

    return asyncio.run(go())


def send(twilio: Twilio, message: Outbound) -> SendResult:
    return with_adapter(twilio, lambda a: a.send(HER, message, outbox_id=42))


# -- sending by content --------------------------------------------------------------------------------------


def test_it_names_the_content_and_leaves_the_text_out(twilio: Twilio) -> None:
    twilio.answers[f"POST {MESSAGES}"] = (201, {"sid": "SM1"})
    message = Outbound("¿Vienes, Eva?\n1. Sí", (Option("Sí"),), template=SID, variables=("42", "Eva"))
    assert send(twilio, message).outcome is Outcome.ACCEPTED
    ((_, form),) = twilio.asked
    assert form["ContentSid"] == SID and json.loads(form["ContentVariables"]) == {"1": "42", "2": "Eva"}
    assert "Body" not in form and form["StatusCallback"].endswith("?o=42")


@pytest.mark.parametrize(
    "message",
    [Outbound("x", template="tpl_by_name"), Outbound("x", template=SID, variables=("Eva", ""))],
)
def test_it_asks_nothing_with_a_content_that_twilio_would_refuse(twilio: Twilio, message: Outbound) -> None:
    assert send(twilio, message) == SendResult(Outcome.PERMANENT, code="content")
    assert twilio.asked == []


def test_it_says_a_question_in_text_when_its_content_is_gone(twilio: Twilio) -> None:
    gone = (400, {"code": 21655, "status": 400, "message": "m"})
    twilio.answers[f"POST {MESSAGES}"] = [gone, (201, {"sid": "SM1"})]
    message = Outbound("¿Vienes?\n1. Sí", (Option("Sí"),), template=SID, variables=("42",))
    assert send(twilio, message) == SendResult(Outcome.ACCEPTED, external_id="SM1")
    assert twilio.asked[1][1]["Body"] == message.text


def test_it_never_puts_free_text_in_place_of_a_template(twilio: Twilio) -> None:
    twilio.answers[f"POST {MESSAGES}"] = (400, {"code": 21655, "status": 400, "message": "m"})
    assert send(twilio, Outbound("Hola", template=SID)).outcome is Outcome.PERMANENT
    assert len(twilio.asked) == 1


# -- history -------------------------------------------------------------------------------------------------


def listed(sid: str, body: str, minutes: float, **more: Any) -> dict[str, Any]:
    at = format_datetime(NOON + timedelta(minutes=minutes))
    row = {"sid": sid, "body": body, "direction": "outbound-api", "status": "sent", "to": HER, "from": SENDER}
    return {**row, "date_created": at, "date_sent": None, "error_code": None, "num_media": "0", **more}


def page(*rows: dict[str, Any], following: str | None = None) -> tuple[int, dict[str, Any]]:
    return 200, {"messages": list(rows), "next_page_uri": following, "page_size": 100}


def test_it_lists_what_it_sent_over_pages_and_oldest_first(twilio: Twilio) -> None:
    newest = listed("SM3", "tres", 9, status="queued")
    failed = listed("SM2", "dos", 5, status="undelivered", error_code=63016)
    old = listed("SM0", "viejo", -3000)
    twilio.answers[f"GET {MESSAGES}"] = [page(newest, failed, following=f"{MESSAGES}?Page=1"), page(old)]
    found = with_adapter(twilio, lambda a: a.sent_to(HER, NOON))
    assert [(s.external_id, s.text, s.status, s.code) for s in found] == [
        ("SM2", "dos", "failed", "63016"),
        ("SM3", "tres", "queued", ""),
    ]
    assert twilio.asked[0][1]["To"] == HER


def test_it_reads_what_came_with_its_files(twilio: Twilio) -> None:
    hers = {"direction": "inbound", "from": HER, "to": SENDER, "status": "received"}
    photo = listed("MM1", "", 1, **{**hers, "num_media": "1"})
    text = listed("SM2", "hola", 2, **hers)
    sms = listed("SM4", "hi", 2, **{**hers, "from": "+15550001111"})
    young = listed("SM5", "luego", 50, **hers)
    twilio.answers[f"GET {MESSAGES}"] = page(young, sms, text, listed("SM3", "nuestro", 2), photo)
    media = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media"
    file = {"sid": "ME1", "content_type": "image/jpeg", "uri": f"{media}/ME1.json"}
    twilio.answers[f"GET {media}.json"] = (200, {"media_list": [file], "next_page_uri": None})
    found = with_adapter(twilio, lambda a: a.received(NOON, NOON + timedelta(minutes=10)))
    assert [(i.external_id, i.kind) for i in found] == [("MM1", InboundKind.MEDIA), ("SM2", InboundKind.TEXT)]
    assert found[0].media[0].ref == f"https://api.twilio.com{media}/ME1"
    assert found[1].sent_at == NOON + timedelta(minutes=2) and found[1].address.key == "+525550001111"


@pytest.mark.parametrize("answer", [(500, {}), (200, {"messages": [{"sid": "SM1"}]}), (401, {"code": 20003})])
def test_it_says_that_it_could_not_ask(twilio: Twilio, answer: Any) -> None:
    twilio.answers[f"GET {MESSAGES}"] = answer
    with pytest.raises(HistoryUnavailable):
        with_adapter(twilio, lambda a: a.sent_to(HER, NOON))


# -- the Content API -----------------------------------------------------------------------------------------


@pytest.fixture
def contents(twilio: Twilio) -> Iterator[TwilioContents]:
    made = TwilioContents(ACCOUNT, TOKEN, content_url=twilio.url)
    yield made
    made.close()


def test_it_makes_a_resource_of_one_type_only(twilio: Twilio, contents: TwilioContents) -> None:
    twilio.answers["POST /v1/Content"] = (201, {"sid": SID})
    content = Content("quick_reply", "es", "¿Vienes?\n1. Sí", ("Sí",), (("1", "1"),))
    assert contents.create("oportunidad_x", content) == SID
    assert twilio.asked[0][1] == {
        "friendly_name": "oportunidad_x",
        "language": "es",
        "variables": {"1": "1"},
        "types": {
            "twilio/quick-reply": {
                "body": "¿Vienes?\n1. Sí",
                "actions": [{"type": "QUICK_REPLY", "title": "Sí", "id": "{{1}}.0"}],
            }
        },
    }


def test_it_lists_names_over_pages(twilio: Twilio, contents: TwilioContents) -> None:
    def one(n: int, following: str | None) -> tuple[int, dict[str, Any]]:
        row = {"sid": f"HX{n}", "friendly_name": f"n{n}"}
        return 200, {"contents": [row], "meta": {"key": "contents", "next_page_url": following}}

    twilio.answers["GET /v1/Content"] = [one(1, "https://content.twilio.com/v1/Content?Page=1"), one(2, None)]
    assert contents.names() == {"n1": "HX1", "n2": "HX2"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": "unsubmitted"}, Approval("created")),
        ({"status": "approved", "category": "UTILITY"}, Approval("approved", "", "utility")),
        ({"status": "rejected", "rejection_reason": "INVALID"}, Approval("rejected", "INVALID")),
        ({"status": "something new"}, Approval("pending")),
        (None, Approval("created")),
    ],
)
def test_it_reads_where_a_template_stands(
    twilio: Twilio, contents: TwilioContents, answer: Any, expected: Approval
) -> None:
    twilio.answers[f"GET /v1/Content/{SID}/ApprovalRequests"] = (200, {"sid": SID, "whatsapp": answer})
    assert contents.approval(SID) == expected


@pytest.mark.parametrize(("status", "known"), [(404, True), (401, False), (500, False)])
def test_it_takes_no_approval_for_not_submitted(
    twilio: Twilio, contents: TwilioContents, status: int, known: bool
) -> None:
    path = f"GET /v1/Content/{SID}/ApprovalRequests"
    twilio.answers[path] = (status, {"code": 20404, "status": status, "message": "m"})
    if known:
        assert contents.approval(SID) == Approval("created")
    else:
        with pytest.raises(ContentsUnavailable):
            contents.approval(SID)


def test_it_submits_under_its_category(twilio: Twilio, contents: TwilioContents) -> None:
    path = f"POST /v1/Content/{SID}/ApprovalRequests/whatsapp"
    twilio.answers[path] = (201, {"name": "tpl_x", "status": "received"})
    contents.submit(SID, "tpl_x", "utility")
    assert {k: v for k, v in twilio.asked[0][1].items() if v} == {"name": "tpl_x", "category": "UTILITY"}


def test_it_says_what_went_wrong_without_what_was_sent(twilio: Twilio, contents: TwilioContents) -> None:
    twilio.answers["POST /v1/Content"] = (400, {"code": 20001, "status": 400, "message": "secret words"})
    with pytest.raises(ContentsUnavailable, match="400 20001") as raised:
        contents.create("x", Content("text", "es", "secret words"))
    assert "secret" not in str(raised.value)
