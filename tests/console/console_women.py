"""A few invented women at different points of their way, written straight into the tables."""

from __future__ import annotations

import hashlib
import itertools
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.core.messages import Address, Channel, Inbound, InboundKind, Option, Outbound
from bot.services.broadcast_audience import Audience
from bot.services.world import World
from bot.store.broadcast_tables import Broadcast
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Consent,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    RestrictedAnswer,
    SurveyRunRow,
)

ROSA = hashlib.md5(b"rosa", usedforsecurity=False).hexdigest()
PAZ = hashlib.md5(b"paz", usedforsecurity=False).hexdigest()
LUZ = hashlib.md5(b"luz", usedforsecurity=False).hexdigest()
NEW = hashlib.md5(b"new", usedforsecurity=False).hexdigest()
ROSA_NAME, ROSA_NUMBER, ROSA_SAID = (
    "Rosalinda Tepox",
    "+527221234567",
    "quiero saber si hay guardería en Toluca",
)
LUZ_DISCLOSED, LUZ_SAFE_NUMBER = "me da miedo llegar a mi casa", "+56 9 8765 4321"

_NUMBERS = itertools.count(1)


class Women:
    """Writes women into a world's database. ``fill`` gives the usual set."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = world.clock()

    def fill(self) -> None:
        with self.world.database.write() as session:
            self._rosa(session)
            self._paz(session)
            self._luz(session)
            self.person(session, NEW, status="new", country=None)
            self.crowd(session)
            self.fair(session)

    def person(self, session: Session, id_: str, **more: Any) -> Participant:
        values = {"status": "enrolled", "language": "es", "country": "MX", "channel": "whatsapp", **more}
        at = values.pop("created_at", self.now - timedelta(days=20))
        enrolled = at + timedelta(hours=1) if values["status"] not in ("new", "consented") else None
        person = Participant(
            id=id_,
            created_at=at,
            updated_at=at,
            enrolled_at=enrolled,
            consented_at=None if values["status"] == "new" else at,
            discreet=False,
            **values,
        )
        session.add(person)
        session.flush()
        number = values.pop("number", f"+5255{int(id_[:8], 16) % 10**8:08d}")
        session.add(self._address(id_, number))
        session.flush()
        return person

    def _address(self, id_: str, number: str) -> AddressRow:
        digest = self.world.database.cipher.digest(f"whatsapp:{number}")
        return AddressRow(
            participant_id=id_,
            channel="whatsapp",
            digest=digest,
            key=number,
            reply_to=f"whatsapp:{number}",
            last_inbound_at=self.now - timedelta(hours=2),
            created_at=self.now,
        )

    def talk(self, session: Session, id_: str, **more: Any) -> Conversation:
        address = session.query(AddressRow).filter_by(participant_id=id_).one()
        row = Conversation(
            participant_id=id_,
            address_id=address.id,
            held_by="bot",
            misses=0,
            unclear=0,
            last_inbound_at=address.last_inbound_at,
            **more,
        )
        session.add(row)
        session.flush()
        return row

    def says(self, session: Session, id_: str, text: str, minutes_ago: int, **more: Any) -> InboxRow:
        inbound = Inbound(
            f"wa-{next(_NUMBERS)}",
            Address(Channel.WHATSAPP, ROSA_NUMBER, f"whatsapp:{ROSA_NUMBER}"),
            InboundKind.TEXT,
            text,
        )
        row = InboxRow(
            channel="whatsapp",
            external_id=inbound.external_id,
            participant_id=id_,
            kind="text",
            payload=inbound.to_json(),
            received_at=self.now - timedelta(minutes=minutes_ago),
            **{"state": "done", "language": "es", "attempts": 1, "for_review": False, **more},
        )
        session.add(row)
        session.flush()
        return row

    def told(
        self,
        session: Session,
        id_: str,
        text: str,
        minutes_ago: int,
        options: tuple[Option, ...] = (),
        **more: Any,
    ) -> OutboxRow:
        at = self.now - timedelta(minutes=minutes_ago)
        row = OutboxRow(
            participant_id=id_,
            channel="whatsapp",
            lane=id_,
            send_to="whatsapp:+520000000000",
            content=Outbound(text, options).to_json(),
            created_at=at,
            not_before=at,
            **{"kind": "reply", "state": "delivered", "part": 0, "attempts": 1, "sent_at": at, **more},
        )
        session.add(row)
        session.flush()
        return row

    def answers(self, session: Session, id_: str, survey: str, wave: str, **values: str) -> None:
        version, form = self.world.library.current(survey)
        for question, value in values.items():
            free = form.by_name[question].type == "text"
            session.add(
                Answer(
                    participant_id=id_,
                    survey=survey,
                    survey_version=version,
                    wave=wave,
                    question=question,
                    value=None if free else value,
                    text=value if free else None,
                    reply_kind="answered",
                    answered_at=self.now - timedelta(days=19),
                )
            )

    def ran(self, session: Session, id_: str, survey: str, wave: str, *, done: bool) -> None:
        started = self.now - timedelta(days=19)
        session.add(
            SurveyRunRow(
                participant_id=id_,
                survey=survey,
                wave=wave,
                survey_version=1,
                started_at=started,
                completed_at=started + timedelta(minutes=9) if done else None,
            )
        )

    def _rosa(self, session: Session) -> None:
        """In Toluca, enrolled, with a referral, a request for a person and a message nobody could answer."""
        person = self.person(
            session, ROSA, name=ROSA_NAME, region="México", municipality="Toluca", centre="toluca",
            pathway="entrepreneurship", level="basic", modality="face", source="FERIA21",
        )  # fmt: skip
        address = session.query(AddressRow).filter_by(participant_id=person.id).one()
        address.key, address.reply_to = ROSA_NUMBER, f"whatsapp:{ROSA_NUMBER}"
        address.digest = self.world.database.cipher.digest(f"whatsapp:{ROSA_NUMBER}")
        self.talk(session, ROSA)
        self.ran(session, ROSA, "b_profile", "enrolment", done=True)
        self.answers(
            session, ROSA, "b_profile", "enrolment", pref_name="Rosalinda", country="MX", age="30_39"
        )
        first = self.says(session, ROSA, "hola, buenas tardes", 190, intent="greet", confidence=0.98)
        self.told(session, ROSA, "Hola 👋 ¿Quieres inscribirte?", 189, inbox_id=first.id)
        self.says(session, ROSA, ROSA_SAID, 150, intent="ask_location", confidence=0.41, for_review=True)
        self.told(session, ROSA, "Hay un centro en Toluca.", 149)
        self.says(session, ROSA, "¿me pueden llamar?", 121, intent="request_human", confidence=0.93)
        self.says(session, ROSA, "☎️☎️", 120, state="set_aside", error="ValueError", attempts=3)
        self.told(session, ROSA, "Recordatorio", 100, kind="nudge", state="failed", error_code="63016")
        for purpose in ("data", "followup"):
            session.add(
                Consent(
                    participant_id=ROSA, purpose=purpose, decision="granted", text_version="2026-11",
                    text_hash="0" * 64, language="es", channel="whatsapp", at=self.now - timedelta(days=20),
                )
            )  # fmt: skip
        session.add(HandOver(participant_id=ROSA, reason="asked", opened_at=self.now - timedelta(hours=26)))
        session.add(HandOver(participant_id=ROSA, reason="no_answer", opened_at=self.now - timedelta(days=1)))
        session.add(
            Referral(
                participant_id=ROSA, kind="care_services", barrier="care", status="opened",
                opened_at=self.now - timedelta(days=5),
            )
        )  # fmt: skip
        due = self.now + timedelta(days=160)
        session.add(
            Nudge(
                participant_id=ROSA, survey="e_survey", wave="m6", attempt=1, due_at=due, not_before=due,
                local_due_at="2027-05-02T09:00:00-06:00", closes_at=due + timedelta(days=60), state="scheduled",
                reason="planned", created_at=self.now, updated_at=self.now,
            )
        )  # fmt: skip

    def _paz(self, session: Session) -> None:
        """In Chile, half way through enrolment, with a data request."""
        self.person(session, PAZ, status="consented", country="CL", name="Paz", region="Biobío")
        self.talk(session, PAZ)
        self.ran(session, PAZ, "b_profile", "enrolment", done=False)
        self.answers(session, PAZ, "b_profile", "enrolment", pref_name="Paz", country="CL")
        self.says(session, PAZ, "no cacho na", 60, intent="dont_know", confidence=0.55)
        session.add(
            DataRequest(
                participant_id=PAZ, kind="access", country="CL", opened_at=self.now - timedelta(days=27),
                due_at=self.now + timedelta(days=3),
            )
        )  # fmt: skip
        session.add(
            Referral(
                participant_id=PAZ, kind="transport", barrier="transport", status="contacted",
                opened_at=self.now - timedelta(days=2), contacted_at=self.now - timedelta(days=1),
            )
        )  # fmt: skip

    def _luz(self, session: Session) -> None:
        """In Chile, told of violence and asked to be contacted safely."""
        self.person(session, LUZ, country="CL", name="Luz", region="Valparaíso", pathway="employment")
        self.talk(session, LUZ)
        first = self.says(session, LUZ, LUZ_DISCLOSED, 50, intent="restricted", confidence=0.99)
        pick = Option("Que me contacten", {"survey": "support", "question": "what", "value": "contact"})
        self.told(session, LUZ, "Aquí te escuchan: 1455", 49, (pick,), inbox_id=first.id)
        second = self.says(session, LUZ, "que me contacten", 48, intent="answer", confidence=1.0)
        self.told(session, LUZ, "Escribe el número seguro.", 47, inbox_id=second.id)
        self.says(session, LUZ, LUZ_SAFE_NUMBER, 46, intent="answer", confidence=1.0)
        session.add(
            HandOver(
                participant_id=LUZ,
                reason="focal_point",
                restricted=True,
                opened_at=self.now - timedelta(hours=1),
            )
        )
        session.add(
            RestrictedAnswer(
                participant_id=LUZ, survey="d_barriers", wave="enrolment", question="safe_num",
                value=LUZ_SAFE_NUMBER, answered_at=self.now,
            )
        )  # fmt: skip

    def fair(self, session: Session, *, title: str = "Feria de Tehuacán", by: str = "somebody") -> int:
        """A notice that waits for approval, for the women of Mexico; every third of the crowd agreed to notices."""
        for number in range(0, 60, 3):
            id_ = hashlib.md5(f"crowd {number + 1}".encode(), usedforsecurity=False).hexdigest()
            if session.get(Conversation, id_) is None:
                self.talk(session, id_)
                session.add(
                    Consent(
                        participant_id=id_, purpose="broadcast", decision="granted", text_version="2026-11",
                        text_hash="0" * 64, language="es", channel="whatsapp", at=self.now,
                    )
                )  # fmt: skip
        day = self.now.date()
        row = Broadcast(
            kind="fair", title=title, text_es="Hola {nombre}, el sábado hay feria en Tehuacán.",
            text_en="Hello {nombre}, there is a fair in Tehuacán on Saturday.", created_by=by,
            audience=Audience(country="MX").to_json(), starts_on=(day + timedelta(days=1)).isoformat(),
            ends_on=(day + timedelta(days=5)).isoformat(), per_day=250, state="waiting", asked_by=by,
            asked_at=self.now - timedelta(hours=2), created_at=self.now, updated_at=self.now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    def crowd(self, session: Session, size: int = 60) -> None:
        """Enough women for a chart: most in Mexico, in three pathways, some of them through the course."""
        ways = ("entrepreneurship", "employment", "education")
        for number in range(size):
            mx = number % 3 != 0
            done = number % 4 == 0
            id_ = hashlib.md5(f"crowd {number}".encode(), usedforsecurity=False).hexdigest()
            self.person(
                session, id_,
                status="completed" if done else "enrolled",
                country="MX" if mx else "CL",
                region="Puebla" if mx else "Biobío",
                centre="tehuacan" if mx and number % 2 else None,
                pathway=ways[number % (3 if mx else 2)],
                modality="online" if number % 2 else "face",
                completed_at=self.now - timedelta(days=10) if done else None,
                created_at=self.now - timedelta(days=30 + number),
            )  # fmt: skip
            self.ran(session, id_, "b_profile", "enrolment", done=number % 5 != 0)
            self.answers(
                session, id_, "b_profile", "enrolment", pref_name="Ana", country="MX" if mx else "CL"
            )
            if number % 5:
                self.answers(
                    session, id_, "b_profile", "enrolment", age="30_39", biz_has="no" if number % 2 else "yes"
                )
            barrier = ("care", "transport", "money", "time")[number % 4]
            session.add(
                Referral(
                    participant_id=id_, kind="x", barrier=barrier, status="closed", outcome="received",
                    opened_at=self.now - timedelta(days=25), closed_at=self.now - timedelta(days=5),
                )
            )  # fmt: skip
