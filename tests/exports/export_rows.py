"""Builders of stored rows, and readers of exported files."""

from __future__ import annotations

import csv
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bot.core.clock import Clock
from bot.exports import run_export
from bot.programme import Programmes, load_programmes
from bot.services.journey import Journey, ProfileField
from bot.store.database import Database
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Base,
    Consent,
    Conversation,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    SurveyRunRow,
    SurveyVersion,
)
from bot.surveys.model import Choice, Question, Survey

START = datetime(2026, 9, 14, 15, 30, 12, tzinfo=UTC)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""what the world's clock says"""

JOURNEY = Journey.model_construct(
    profile={"municipality": ProfileField(questions=["town"], label=True)},
    hidden={"carried": ["nickname"]},
)


@cache
def programmes() -> Programmes:
    return load_programmes(Path(__file__).parents[2] / "programmes")


@dataclass(frozen=True)
class World:
    database: Database
    journey: Journey = JOURNEY
    programmes: Programmes = field(default_factory=programmes)
    clock: Clock = lambda: NOW


def choices(**labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(name, {"es": label}) for name, label in labels.items())


LISTS = {
    "yn": choices(yes="Sí", no="No"),
    "tools": choices(phone="Celular", pc="Computadora", none="Ninguno"),
    "towns": (Choice("21114", {"es": "Puebla"}), Choice("21019", {"es": "Atlixco"})),
}

QUESTIONS = (
    Question("nickname", "text", {"es": "¿Cómo te llamo?"}, reads_as="person_name"),
    Question("town", "select_one", {"es": "¿En qué municipio vives?"}, list_name="towns", reads_as="place"),
    Question("children", "integer", {"es": "¿Cuántos hijos tienes?"}),
    Question("income", "decimal", {"es": "¿Cuánto ganaste?"}),
    Question("born_on", "date", {"es": "¿Cuándo naciste?"}),
    Question("works", "select_one", {"es": "¿Trabajas?"}, list_name="yn"),
    Question("uses", "select_multiple", {"es": "¿Qué usas?"}, list_name="tools"),
    Question("spot", "geopoint", {"es": "¿Dónde estás?"}),
    Question("harm", "select_one", {"es": "¿Estás segura?"}, list_name="yn", sensitivity="restricted"),
    Question("carried", "hidden"),
    Question("per_child", "calculate", calculation="${income} div ${children}"),
    Question("hello", "calculate", calculation="concat('Hola ', ${nickname})"),
    Question("from_hidden", "calculate", calculation="${carried}"),
    Question("at_risk", "calculate", calculation="if(${harm} = 'no', 1, 0)"),
    Question("bye", "note", {"es": "Gracias"}),
)
"""one question of each kind of privacy"""


def survey(questions: tuple[Question, ...] = QUESTIONS, name: str = "profile") -> Survey:
    return Survey(name, "Perfil", "1", ("es",), "es", questions, LISTS)


class Rows:
    """Adds rows as the service would have stored them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._number = 0

    def add(self, *rows: Base) -> None:
        with self.database.write() as session:
            session.add_all(rows)

    def version(self, form: Survey, version: int = 1) -> None:
        self.add(
            SurveyVersion(
                survey=form.name,
                version=version,
                digest=uuid.uuid4().hex,
                compiled=form.to_json(),
                published_at=START,
            )
        )

    def woman(self, *, phone: str = "", **columns: Any) -> str:
        """A participant with an address and a conversation; her id."""
        self._number += 1
        person = uuid.uuid4().hex
        at = columns.pop("created_at", START + timedelta(hours=self._number))
        given = {"status": "enrolled", "channel": "whatsapp", "country": "MX", "region": "Puebla"} | columns
        phone = phone or f"+52222{self._number:07d}"
        with self.database.write() as session:
            session.add(Participant(id=person, created_at=at, updated_at=at, language="es", **given))
            session.flush()
            session.add(Conversation(participant_id=person))
            self.address(session, person, phone, at)
        return person

    def address(self, session: Session, person: str, key: str, at: datetime) -> None:
        session.add(
            AddressRow(
                participant_id=person,
                channel="whatsapp",
                digest=self.database.cipher.digest(key),
                key=key,
                reply_to=f"whatsapp:{key}",
                last_inbound_at=at,
                created_at=at,
            )
        )

    def run(self, person: str, wave: str = "enrolment", *, version: int = 1, **answers: str) -> None:
        """She went through ``profile``; an answer ``skip`` is one that she skipped."""
        with self.database.write() as session:
            session.add(
                SurveyRunRow(
                    participant_id=person,
                    survey="profile",
                    wave=wave,
                    survey_version=version,
                    started_at=START,
                    completed_at=START + timedelta(minutes=9),
                )
            )
            for minute, (question, value) in enumerate(answers.items()):
                free = question == "nickname"
                session.add(
                    Answer(
                        participant_id=person,
                        survey="profile",
                        survey_version=version,
                        wave=wave,
                        question=question,
                        value=None if free else "" if value == "skip" else value,
                        text=value if free else None,
                        reply_kind="skipped" if value == "skip" else "answered",
                        answered_at=START + timedelta(minutes=minute),
                    )
                )

    def inbound(self, person: str | None, text: str = "", **columns: Any) -> int:
        self._number += 1
        payload = {"kind": "text", "text": text, "tap": "", "phone": "", "start_code": ""}
        payload |= columns.pop("payload", {})
        row = InboxRow(
            **{
                "channel": "whatsapp",
                "external_id": f"SM{self._number:032d}",
                "participant_id": person,
                "kind": payload["kind"],
                "payload": payload,
                "received_at": START + timedelta(seconds=self._number),
                "state": "done",
                "session_id": "s" * 32,
                "intent": "answer",
                "confidence": 0.9,
            }
            | columns
        )
        self.add(row)
        return row.id

    def outbound(self, person: str | None, text: str = "", **columns: Any) -> int:
        self._number += 1
        at = START + timedelta(seconds=self._number)
        row = OutboxRow(
            **{
                "participant_id": person,
                "channel": "whatsapp",
                "lane": "l" * 64,
                "send_to": "whatsapp:+522220000000",
                "content": {"text": text, "options": []},
                "state": "delivered",
                "created_at": at,
                "not_before": at,
                "sent_at": at + timedelta(seconds=1),
                "session_id": "s" * 32,
            }
            | columns
        )
        self.add(row)
        return row.id

    def consent(self, person: str, **columns: Any) -> None:
        given = {
            "purpose": "data",
            "decision": "granted",
            "text_version": "1",
            "text_hash": "a" * 64,
            "language": "es",
            "channel": "whatsapp",
            "at": START,
        }
        self.add(Consent(participant_id=person, **(given | columns)))

    def referral(self, person: str, barrier: str = "care", **columns: Any) -> None:
        given = {"kind": "childcare", "status": "opened", "opened_at": START}
        self.add(Referral(participant_id=person, barrier=barrier, **(given | columns)))

    def nudge(self, person: str, **columns: Any) -> int:
        """The invitation to the wave ``m3``, due at nine of a day in November in Mexico."""
        due_at = columns.get("due_at", datetime(2026, 11, 22, 15, tzinfo=UTC))
        given = {
            "survey": "e_survey",
            "wave": "m3",
            "attempt": 1,
            "due_at": due_at,
            "local_due_at": due_at.astimezone(timezone(timedelta(hours=-6))).isoformat(timespec="seconds"),
            "not_before": due_at,
            "closes_at": due_at + timedelta(days=30),
            "state": "scheduled",
            "reason": "planned",
            "created_at": START,
            "updated_at": START,
        }
        row = Nudge(participant_id=person, **(given | columns))
        self.add(row)
        return row.id

    def graduates(self, number: int, *, enrolled_at: datetime = START, **columns: Any) -> None:
        """So many women who finished the course on the day on which they began it."""
        for _ in range(number):
            self.woman(status="completed", enrolled_at=enrolled_at, completed_at=enrolled_at, **columns)

    def export(self, out: Path, *tables: str, fmt: str = "csv", **options: Any) -> list[Path]:
        return run_export(World(self.database), tables, fmt, out, **options)

    def read(self, out: Path, table: str, **options: Any) -> list[dict[str, str]]:
        """Export one table as CSV and read it."""
        self.export(out, table, **options)
        return read_csv(out / f"{table}.csv")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
