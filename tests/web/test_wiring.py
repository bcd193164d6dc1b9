"""The web front over the real store, without an engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from web_fakes import NOON, SECRET, ask, form, settings, signed, update

from bot.channels.simulator import SimulatorAdapter
from bot.core.messages import Channel, Outbound
from bot.services.abuse import Groups
from bot.services.receiving import Receiver
from bot.services.reconcile_failures import raise_alert
from bot.services.sending import Sender
from bot.services.texts import Texts
from bot.settings import ROOT
from bot.store.channel_tables import Watermark
from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow
from bot.web.wiring import build_app

SEND = "/simulator/api/send"
NEWS = "/simulator/api/messages"
ANA = {"look": "telegram", "key": "ana"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Any]:
    configured = settings(database_url=f"sqlite:///{tmp_path / 'web.db'}")
    database = Database(configured.database_url, configured.data_key.get_secret_value())
    yield SimpleNamespace(
        settings=configured,
        database=database,
        adapters={Channel.SIMULATOR: SimulatorAdapter()},
        clock=lambda: NOON,
        receiver=Receiver(database, lambda: NOON, "es"),
        groups=Groups(database, Texts.load(ROOT / "dialogues" / "messages"), lambda: NOON, "es"),
    )
    database.close()


@pytest.fixture
def app(service: Any) -> Any:
    return build_app(service, engine_ready=lambda: True, answer_press=lambda press_id: None)


def rows(service: Any) -> list[tuple[str, str]]:
    with service.database.read() as session:
        found = session.execute(sa.select(InboxRow.channel, InboxRow.external_id).order_by(InboxRow.id))
        return [(channel, external_id) for channel, external_id in found]


def test_each_channel_leaves_one_row_a_message(app: Any, service: Any) -> None:
    whatsapp = "/webhooks/whatsapp/webhook"
    secret = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    for _ in range(2):
        assert ask(app, "POST", whatsapp, **signed(whatsapp, form())).status_code == 204
        assert (
            ask(app, "POST", "/webhooks/telegram/webhook", json=update(), headers=secret).status_code == 200
        )
        said = {**ANA, "text": "hola", "id": "page0001"}
        assert ask(app, "POST", SEND, json=said).status_code == 200
    assert rows(service) == [
        ("whatsapp", "SM" + "a" * 32),
        ("telegram", "7"),
        ("simulator", "telegram:ana:page0001"),
    ]


def test_a_refused_request_leaves_no_row(app: Any, service: Any) -> None:
    path = "/webhooks/whatsapp/webhook"
    assert ask(app, "POST", path, **signed(path, form(), token="ee" * 16)).status_code == 403
    assert ask(app, "POST", "/webhooks/telegram/webhook", json=update()).status_code == 403
    assert rows(service) == []


def test_the_simulator_shows_a_last_word_that_the_sender_empties(app: Any, service: Any) -> None:
    with service.database.write() as session:
        session.add(
            OutboxRow(
                channel="simulator",
                lane=service.database.cipher.digest("simulator:telegram:ana"),
                send_to="telegram:ana",
                content=Outbound("Borramos tus datos.").to_json(),
                created_at=NOON,
                not_before=NOON,
                erase_when_sent=True,
            )
        )
    sender = Sender(service.database, service.adapters, lambda: NOON, "test")
    assert anyio.run(sender.send_due) == 1
    with service.database.read() as session:
        assert session.scalars(sa.select(OutboxRow.content)).all() == [None]
    news = ask(app, "GET", NEWS, params={**ANA, "wait": "0"}).json()
    assert [m["text"] for m in news["messages"]] == ["Borramos tus datos."]


def test_a_group_is_declined_once_and_leaves_no_person(app: Any, service: Any) -> None:
    secret = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    for number in (1, 2):
        said = {
            "message_id": number,
            "date": 1_790_000_000,
            "text": "hola bot",
            "from": {"id": 5, "first_name": "A"},
        }
        group = {"update_id": 700 + number, "message": {**said, "chat": {"id": -100, "type": "group"}}}
        answer = ask(app, "POST", "/webhooks/telegram/webhook", json=group, headers=secret)
        assert answer.status_code == 200
    assert rows(service) == []
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboxRow)) == 1


@pytest.mark.parametrize("model", [True, False])
def test_it_is_ready_when_the_model_is(service: Any, model: bool) -> None:
    answer = ask(build_app(service, engine_ready=lambda: model), "GET", "/ready")
    assert answer.status_code == (200 if model else 503)
    assert answer.json()["parts"] == {"database": True, "model": model, "scheduler": True}


def test_the_queues_are_counted(app: Any) -> None:
    ask(app, "POST", SEND, json={**ANA, "text": "hola"})
    text = ask(app, "GET", "/metrics").text
    assert 'oportunidad_inbox_rows{state="waiting"} 1.0' in text
    assert 'oportunidad_outbox_rows{state="unknown"} 0.0' in text


def test_what_a_provider_refuses_is_counted_without_a_name(service: Any) -> None:
    app = build_app(service, engine_ready=lambda: True, answer_press=lambda press_id: None)
    text = ask(app, "GET", "/metrics").text
    assert 'oportunidad_channel_alerts{channel="whatsapp",kind="template"} 0.0' in text
    now = NOON
    with service.database.write() as session:
        raise_alert(session, "whatsapp", "template", "tpl_survey_invite:es", "rejected: too long", now)
        raise_alert(session, "whatsapp", "missed", "behind", "the list was not read", now)
        session.add(Watermark(name="inbound:whatsapp", at=now - timedelta(hours=2)))
    text = ask(app, "GET", "/metrics").text
    assert 'oportunidad_channel_alerts{channel="whatsapp",kind="template"} 1.0' in text
    assert 'oportunidad_channel_alerts{channel="whatsapp",kind="missed"} 1.0' in text
    assert re.search(r'oportunidad_watermark_age_seconds\{name="inbound:whatsapp"\} 72\d\d', text)
    assert "tpl_survey_invite" not in text


def test_metrics_are_told_although_the_database_is_away(app: Any, service: Any) -> None:
    with service.database.write() as session:
        session.execute(sa.text("ALTER TABLE inbox RENAME TO gone"))
    answer = ask(app, "GET", "/metrics")
    assert answer.status_code == 200
    assert "oportunidad_http_requests_total" in answer.text


def test_it_has_no_simulator_where_the_service_has_none(service: Any) -> None:
    service.adapters = {}
    assert ask(build_app(service, engine_ready=lambda: True), "GET", "/simulator").status_code == 404
