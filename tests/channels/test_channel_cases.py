"""Recorded-shape payloads in, what they are to us out: one harness over the case files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from bot.channels.base import Malformed
from bot.channels.telegram import Ignored, parse_update
from bot.channels.whatsapp import outbox_id_of, parse_form, parse_inbound, parse_status
from bot.core.messages import Inbound

CASES = Path(__file__).parent / "cases"


def load(name: str) -> tuple[dict[str, Any], list[Any]]:
    data = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    names = [case["name"] for case in data["cases"]]
    assert len(set(names)) == len(names), "case names must differ"
    return data, [pytest.param(case, id=case["name"]) for case in data["cases"]]


WHATSAPP, WHATSAPP_CASES = load("whatsapp.yml")
STATUS, STATUS_CASES = load("whatsapp_status.yml")
TELEGRAM, TELEGRAM_CASES = load("telegram.yml")


def form_of(base: dict[str, str], changes: dict[str, str | None]) -> Any:
    """Through bytes, as it would come over the wire."""
    fields = {k: v for k, v in (base | changes).items() if v is not None}
    return parse_form(urlencode(fields).encode())


def assert_reads_as(inbound: Inbound | Ignored, expect: dict[str, Any]) -> None:
    assert isinstance(inbound, Inbound)
    data = inbound.to_json()
    flat = data | data["address"]
    flat["media"] = list(flat["media"])
    assert {key: flat[key] for key in expect} == expect
    assert Inbound.from_json(data) == inbound
    # what no store could hold would only be found out later
    str(flat).encode("utf-8")


@pytest.mark.parametrize("case", WHATSAPP_CASES)
def test_it_reads_a_whatsapp_form(case: dict[str, Any]) -> None:
    form = form_of(WHATSAPP["base"], case["form"])
    if case.get("malformed"):
        with pytest.raises(Malformed):
            parse_inbound(form)
    else:
        assert_reads_as(parse_inbound(form), case["expect"])


@pytest.mark.parametrize("case", STATUS_CASES)
def test_it_reads_a_status_callback(case: dict[str, Any]) -> None:
    form = form_of(STATUS["base"], case["form"])
    given = outbox_id_of(case.get("query", ""))
    if case.get("malformed"):
        with pytest.raises(Malformed):
            parse_status(form, given)
    else:
        update = parse_status(form, given)
        assert {key: getattr(update, key) for key in case["expect"]} == case["expect"]


def update_of(case: dict[str, Any]) -> Any:
    if "update" in case:
        return case["update"]
    shapes = TELEGRAM["shapes"]
    inside = {"from": shapes["from"], "chat": shapes["chat"], "date": 1740830400}
    if "message" in case:
        body = {"message_id": 3, **inside, **case["message"]}
        return {"update_id": 900100, "message": {k: v for k, v in body.items() if v is not None}}
    if "member" in case:
        body = {**inside, "old_chat_member": {"status": "member"}, **case["member"]}
        return {"update_id": 900100, "my_chat_member": body}
    buttons = [
        [{"text": t, "callback_data": f"31.{n}"}] for n, t in enumerate(("Negocio", "Empleo", "Educación"))
    ]
    message = {"message_id": 9, **inside, "text": "?", "reply_markup": {"inline_keyboard": buttons}}
    body = {"id": "77001", "from": shapes["from"], "message": message, "chat_instance": "1", **case["press"]}
    return {"update_id": 900100, "callback_query": {k: v for k, v in body.items() if v is not None}}


@pytest.mark.parametrize("case", TELEGRAM_CASES)
def test_it_reads_a_telegram_update(case: dict[str, Any]) -> None:
    update = update_of(case)
    if case.get("malformed"):
        with pytest.raises(Malformed):
            parse_update(update)
    elif "ignored" in case:
        ignored = parse_update(update)
        assert isinstance(ignored, Ignored)
        assert {k: getattr(ignored, k) for k in ("reason", "chat_id", "press_id")} == {
            "chat_id": "",
            "press_id": "",
            **case["ignored"],
        }
    else:
        assert_reads_as(parse_update(update), case["expect"])


def test_it_says_what_is_missing_without_quoting_what_was_sent() -> None:
    form = form_of(WHATSAPP["base"], {"From": "whatsapp:secreto", "MessageSid": "SM1"})
    with pytest.raises(Malformed) as caught:
        parse_inbound(form)
    assert "secreto" not in str(caught.value)
