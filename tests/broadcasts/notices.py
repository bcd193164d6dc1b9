"""What the tests of broadcasts share: a fair, women who agreed to hear of it, and the morning on which it leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.services import broadcast_plan
from bot.services.broadcast_audience import Audience, Estimate, estimate
from bot.services.broadcast_plan import Draft
from bot.store.broadcast_tables import SURVEY
from bot.store.tables import Consent
from tests.followup.service import Service

FAIR = "Hola {nombre}, el sábado hay feria de emprendimiento en Tehuacán, de 10 a 14 h. Entrada libre."
FAIR_EN = "Hello {nombre}, there is a business fair in Tehuacán on Saturday, 10 am to 2 pm. No charge."
TODAY = date(2026, 3, 2)
MEXICO = ZoneInfo("America/Mexico_City")


def draft(**more: Any) -> Draft:
    values: dict[str, Any] = {
        "kind": "fair", "title": "Feria de Tehuacán", "text_es": FAIR, "text_en": FAIR_EN,
        "audience": Audience(country="MX"), "starts_on": TODAY + timedelta(days=1),
        "ends_on": TODAY + timedelta(days=5), "per_day": 250,
    }  # fmt: skip
    return Draft(**{**values, **more})


def woman(service: Service, *, notices: str = "granted", **more: Any) -> str:
    who = service.woman(**more)
    if notices:
        decide(service, who, notices)
    return who


def decide(service: Service, who: str, decision: str) -> None:
    with service.database.write() as session:
        session.add(
            Consent(
                participant_id=who, purpose="broadcast", decision=decision, text_version="1",
                text_hash="0" * 64, language="es", channel="simulator", at=service.clock(),
            )
        )  # fmt: skip


def approved(service: Service, **more: Any) -> int:
    with service.database.write() as session:
        row = broadcast_plan.write(session, None, draft(**more), "ana", service.clock())
        broadcast_plan.ask(row, "ana", service.clock())
        broadcast_plan.approve(session, service.world, row, "eva", service.clock())
        return row.id


def of(service: Service, who: str) -> list[tuple[int, str, str]]:
    return [(n.attempt, n.state, n.reason) for n in service.nudges(who) if n.survey == SURVEY]


def next_morning(service: Service) -> None:
    service.clock.now = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)  # 10:00 in Mexico City


def counted(service: Service, **audience: Any) -> Estimate:
    with service.database.read() as session:
        return estimate(session, Audience(**audience), 250, service.clock())
