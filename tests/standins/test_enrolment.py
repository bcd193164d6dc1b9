"""The whole way of a message through the real routes: signed forms and updates in, sends at a provider's
stand-in that we did not write, and the export equal to what was said."""

from __future__ import annotations

import csv
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from conftest import ACCOUNT, SENDER, TOKEN, free_port
from support.golden import script_of
from twilio.request_validator import RequestValidator

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests" / "conversations"
KEY = "q7u3bX0l8mZyJ5nT2wVfRk4cHs9dEo6gAp1iLtBvNxM="
PUBLIC = "https://bot.example.org"
PATH = "/webhooks/whatsapp/webhook"
BOT_TOKEN = "123456:loopback-only"
SECRET = "a-webhook-secret"
WAIT = 120.0


def said_in(golden: str) -> list[str]:
    """What she says in a golden conversation, its openings first."""
    said: list[str] = []
    for line in script_of((GOLDENS / golden).read_text(encoding="utf-8")):
        if line.startswith("@after "):
            said += said_in(f"openings/{line.removeprefix('@after ')}.txt")
        elif line.startswith("> "):
            said.append(line[2:])
    return said


@dataclass
class Service:
    url: str
    database: Path
    environment: dict[str, str]

    def settled(self) -> bool:
        """Whether nothing waits for its turn or to be sent."""
        with closing(sqlite3.connect(self.database)) as connection:
            waiting = connection.execute("SELECT count(*) FROM inbox WHERE state = 'waiting'").fetchone()[0]
            unsent = connection.execute(
                "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')"
            ).fetchone()[0]
        return not waiting and not unsent

    def heard(self) -> bool:
        """Whether nothing waits for its turn."""
        with closing(sqlite3.connect(self.database)) as connection:
            return not connection.execute("SELECT count(*) FROM inbox WHERE state = 'waiting'").fetchone()[0]

    def settle(self) -> None:
        wait_for(self.settled, "the service to answer")

    def export(self, folder: Path, *tables: str) -> dict[str, list[dict[str, str]]]:
        command = [sys.executable, "-m", "bot.cli", "export", *tables, "--identified", "--out", str(folder)]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)
        found = {}
        for table in tables:
            with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                found[table] = list(csv.DictReader(file))
        return found


def wait_for(condition: Any, what: str) -> None:
    until = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"waited in vain for {what}")
        Event().wait(0.05)


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Service]:
    database, port = folder / "service.db", free_port()
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "DATA_KEY": KEY, **settings}
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def ready() -> bool:
        assert process.poll() is None, (folder / "log").read_text(errors="replace")[-2000:]
        try:
            return httpx.get(f"{url}/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_for(ready, "the service to be ready")
        yield Service(url, database, environment)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0, "SIGTERM drains and exits by itself"
    finally:
        process.kill()
        process.wait()


def answers_of(rows: list[dict[str, str]], person: dict[str, str]) -> dict[str, str]:
    hers = [row for row in rows if row["participant_id"] == person["participant_id"]]
    return {row["question"]: row["value"] for row in hers if row["reply_kind"] == "answered"}


@pytest.fixture(scope="module")
def service(
    engine: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service with both channels, as far as their stand-ins are installed."""
    settings = {"PUBLIC_URL": PUBLIC}
    with suppress(pytest.skip.Exception):
        emulate = request.getfixturevalue("emulate")
        settings |= {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_FROM": SENDER,
            "TWILIO_API_URL": emulate,
            "TWILIO_CONTENT_URL": emulate,
        }
    with suppress(pytest.skip.Exception):
        settings |= {
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "TELEGRAM_API_URL": request.getfixturevalue("telemelya"),
        }
    with serving(tmp_path_factory.mktemp("service"), **settings) as running:
        yield running


def test_a_woman_in_mexico_enrols_by_whatsapp(emulate: str, service: Service, tmp_path: Path) -> None:
    her = "whatsapp:+525550001234"
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        for number, text in enumerate(said_in("mexico_decided.txt")):
            form = {
                "MessageSid": f"SM{number:032x}",
                "From": her,
                "To": SENDER,
                "Body": text,
                "NumMedia": "0",
            }
            signature = RequestValidator(TOKEN).compute_signature(PUBLIC + PATH, form)
            for _ in range(2):  # a provider that did not hear our answer delivers again
                answer = client.post(PATH, data=form, headers={"X-Twilio-Signature": signature})
                assert answer.status_code == 204
            service.settle()
        unsigned = client.post(PATH, data={**form, "MessageSid": "SM" + "f" * 32})
        assert unsigned.status_code == 403
        exported = service.export(tmp_path / "out", "participants", "answers", "messages")

    listed = httpx.get(
        f"{emulate}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        params={"PageSize": 500, "To": her},
        auth=(ACCOUNT, TOKEN),
        trust_env=False,
    ).json()["messages"]
    texts = [message["body"] for message in listed if message["to"] == her]
    assert any("Quedaste inscrita" in text for text in texts)
    messages = [row for row in exported["messages"] if row["channel"] == "whatsapp"]
    outbound = [row for row in messages if row["direction"] == "out"]
    assert len(outbound) == len(texts), "every row was sent once, nothing twice"
    assert len(messages) - len(outbound) == number + 1, "a repeat is no second message"

    (person,) = [row for row in exported["participants"] if row["channel"] == "whatsapp"]
    assert (person["status"], person["country"]) == ("enrolled", "MX")
    assert person["address"] == "+525550001234"
    answers = answers_of(exported["answers"], person)
    assert answers["country"] == "MX" and answers["consent_data"] == "yes" and answers["adult"] == "yes"


def test_a_woman_in_chile_enrols_by_telegram(telemelya: str, service: Service, tmp_path: Path) -> None:
    control = httpx.Client(
        base_url=f"{telemelya}/api/v1/test",
        # a chat that telemelya did not open itself belongs to the session of this name
        headers={"Authorization": "Bearer loopback", "X-Test-Session": "default"},
        trust_env=False,
    )
    control.post("/reset").raise_for_status()
    her = {"id": 7702, "first_name": "Rosa", "is_bot": False}
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        for number, text in enumerate(said_in("chile_basic.txt"), 1):
            message = {
                "message_id": number, "date": 1_700_000_000 + number, "text": text,
                "chat": {"id": 7702, "type": "private"}, "from": her,
            }  # fmt: skip
            update = {"update_id": 9_000 + number, "message": message}
            for _ in range(2):
                answer = client.post(
                    "/webhooks/telegram/webhook",
                    json=update,
                    headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
                )
                assert answer.status_code == 200
            # answers leave at Telegram's pace, one a second; she does not wait for them
            wait_for(service.heard, "her message to be handled")
        service.settle()
        assert client.post("/webhooks/telegram/webhook", json=update).status_code == 403
        exported = service.export(tmp_path / "out", "participants", "answers", "messages")

    shown = [r for r in control.get("/responses").json()["responses"] if r["method"] == "sendMessage"]
    control.close()
    assert any(re.search("Quedaste inscrita", r["text"]) for r in shown)
    (person,) = [row for row in exported["participants"] if row["channel"] == "telegram"]
    assert (person["status"], person["country"]) == ("enrolled", "CL")
    assert (person["level"], person["address"]) == ("basic", "7702")
    messages = [row for row in exported["messages"] if row["channel"] == "telegram"]
    outbound = [row for row in messages if row["direction"] == "out"]
    assert len(outbound) == len(shown), "every row was sent once, nothing twice"
    assert all(row["status"] == "sent" for row in outbound)
    assert len(messages) - len(outbound) == number
