"""Whatever comes is understood, ignored or malformed: never another error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import Malformed
from bot.channels.telegram import Ignored, IgnoredReason, parse_update
from bot.channels.whatsapp import Form, outbox_id_of, parse_form, parse_inbound, parse_status, verify
from bot.core.messages import Inbound

SHAPES = yaml.safe_load((Path(__file__).parent / "cases" / "shapes.yml").read_text(encoding="utf-8"))
KINDS, CONTENT = SHAPES["update_kinds"], SHAPES["message_content"]
TWILIO_FIELDS = SHAPES["twilio_fields"]
CHATS = ("private", "group", "supergroup", "channel", "sender", None, 5, "")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SHE = {"id": 5501, "is_bot": False, "first_name": "Marta"}


def check(update: Any) -> Inbound | Ignored | None:
    """Through the wire, as a web layer would; malformed is None."""
    update = json.loads(json.dumps(update))
    try:
        result = parse_update(update)
    except Malformed:
        return None
    if isinstance(result, Inbound):
        json.dumps(result.to_json(), ensure_ascii=False).encode("utf-8")
    return result


@pytest.mark.parametrize("kind", KINDS)
def test_it_acknowledges_every_kind_of_update(kind: str) -> None:
    for chat_type in CHATS:
        chat = {"id": 5501, "type": chat_type}
        body = {"id": "1", "date": 1, "from": SHE, "user": SHE, "chat": chat}
        result = check({"update_id": 1, kind: body})
        assert isinstance(result, Ignored)
        if kind not in ("message", "callback_query", "my_chat_member"):
            assert result.reason is IgnoredReason.KIND


@pytest.mark.parametrize("content", CONTENT)
def test_it_acknowledges_every_content_of_a_message(content: str) -> None:
    private = {"message_id": 1, "date": 1, "from": SHE, "chat": {"id": 5501, "type": "private"}}
    for value in ({}, [], True, None, "x", 0, [{}], {"file_id": "f"}, [{"file_id": "f"}]):
        assert check({"update_id": 1, "message": {**private, content: value}}) is not None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_it_survives_any_values_in_an_updates_places(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    chat = data.draw(st.just({"id": 5501, "type": "private"}) | JSON)
    places = st.sampled_from([*CONTENT, "data", "id", "message", "new_chat_member"])
    fields = data.draw(st.dictionaries(places, JSON))
    person = data.draw(st.just(SHE) | JSON)
    body = data.draw(st.just({"date": 1, "from": person, "chat": chat, **fields}) | JSON)
    assert check({"update_id": 1, kind: body}) is not None


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_it_survives_any_json(value: Any) -> None:
    check(value)


NASTY = """0 1 -1 99999999999999999999 nan inf 1e400 whatsapp: whatsapp:+525550001111 3.1 SM1 image/png
text/vcard / http://169.254.169.254/ sent received"""
VALUES = st.text(max_size=20) | st.sampled_from(["", "\0", *NASTY.split()])


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(TWILIO_FIELDS), VALUES))
def test_it_survives_any_values_in_twilios_fields(fields: dict[str, str]) -> None:
    form = Form(list(fields.items()))
    for parse in (parse_inbound, parse_status):
        try:
            result = parse(form)
        except Malformed:
            continue
        if isinstance(result, Inbound):
            json.dumps(result.to_json(), ensure_ascii=False).encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=40))
def test_it_survives_any_bytes_and_any_signature(raw: bytes, header: str) -> None:
    try:
        form = parse_form(raw)
    except ValueError:
        return
    assert verify("https://inscribe.example.org/x", form, header, "token") is False


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_it_survives_any_query(query: str) -> None:
    given_id = outbox_id_of(query)
    assert given_id is None or 0 <= given_id < 2**63
