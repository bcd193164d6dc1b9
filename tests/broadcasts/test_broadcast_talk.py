"""A notice and her replies through the whole service, Rasa included."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.messages import Channel
from bot.services import broadcast_plan
from bot.services.broadcast_audience import Audience
from bot.services.broadcast_plan import Draft
from bot.services.followup_steps import EVERY_TICK, run_steps
from bot.store.followup_tables import Nudge
from bot.store.tables import Consent, Conversation, Participant, SurveyRunRow, TrackerEvent

NOTICE = "Hola {nombre}, el sábado hay feria en Tehuacán."
READ = "Hola Rosa, el sábado hay feria en Tehuacán.\n\nSi ya no quieres mensajes, escribe *BAJA*."


@pytest.fixture
def template(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The house's database, not the one of follow-up that this folder otherwise uses."""
    from support.house import House, NothingUnderstood

    path = tmp_path_factory.mktemp("talk") / "template.db"
    House(f"sqlite:///{path}", engine, NothingUnderstood()).close()
    return path


@pytest.fixture
def rosa(house: Any, woman: Any) -> Any:
    """Enrolled, in discreet mode, agreed to notices; a notice has just been announced to her."""
    her = woman("4711", channel=Channel.TELEGRAM)
    her.say("hola")
    her_id = her.participant.id
    with house.database.write() as session:
        person = session.get_one(Participant, her_id)
        person.status, person.country, person.region, person.name = "enrolled", "MX", "Puebla", "Rosa"
        person.enrolled_at, person.discreet = house.clock(), True
        conversation = session.get_one(Conversation, her_id)
        conversation.aside = conversation.aside_values = conversation.survey = conversation.question = None
        # Rasa's memory of the greeting goes with it
        session.execute(sa.delete(TrackerEvent).where(TrackerEvent.sender_id == her_id))
        for survey in house.service.world.journey.surveys:
            run = session.query(SurveyRunRow).filter_by(participant_id=her_id, survey=survey).first()
            run = run or SurveyRunRow(
                participant_id=her_id, survey=survey, wave="enrolment", survey_version=1
            )
            run.started_at = run.completed_at = house.clock()
            session.add(run)
        for purpose in ("followup", "broadcast"):
            session.add(
                Consent(
                    participant_id=her_id, purpose=purpose, decision="granted", text_version="1",
                    text_hash="0" * 64, language="es", channel="telegram", at=house.clock(),
                )
            )  # fmt: skip
        today = house.clock().date()
        draft = Draft(
            "fair", "Feria", NOTICE, NOTICE, Audience(country="MX"), today, today + timedelta(days=9), 250
        )
        row = broadcast_plan.write(session, None, draft, "ana", house.clock())
        broadcast_plan.ask(row, "ana", house.clock())
        broadcast_plan.approve(session, house.service.world, row, "eva", house.clock())
    house.restart()
    house.clock.advance(timedelta(days=2))
    run_steps(house.service.world, EVERY_TICK, house.clock())
    house.send_all()
    (line,) = her.heard()
    assert line.text == "Hola, tienes un mensaje pendiente. Responde *1* cuando puedas."
    return her


def state(house: Any, her: Any) -> str:
    (nudge,) = house.rows(Nudge, participant_id=her.participant.id, survey="broadcast")
    return str(nudge.state)


@pytest.mark.parametrize("words", ["1", "sí", "leer", "leerlo", "ok"])
def test_a_word_brings_the_notice(house: Any, rosa: Any, words: str) -> None:
    assert [message.text for message in rosa.say(words)] == [READ]
    assert state(house, rosa) == "answered"


@pytest.mark.parametrize("words", ["4", "no más avisos", "dejar de recibir"])
def test_a_word_ends_the_notices(house: Any, rosa: Any, words: str) -> None:
    said = rosa.say(words)[-1].text
    assert said == "Listo, no te mando más avisos. Si cambias de idea, escribe *PERSONA* y lo vemos."
    consents = {(c.purpose, c.decision) for c in house.rows(Consent, participant_id=rosa.participant.id)}
    assert ("broadcast", "refused") in consents and ("followup", "refused") not in consents
    assert rosa.participant.opted_out_at is None


def test_a_question_of_hers_is_answered_first_and_the_notice_can_still_be_read(house: Any, rosa: Any) -> None:
    said = [message.text for message in rosa.say("¿tiene algún costo?")]
    assert any("gratis" in text or "gratuit" in text for text in said), said
    assert rosa.say("1")[-1].text == READ


def test_baja_ends_everything(house: Any, rosa: Any) -> None:
    rosa.say("baja")
    assert rosa.participant.opted_out_at is not None


def test_what_she_discloses_goes_before_any_notice(house: Any, rosa: Any) -> None:
    said = " ".join(message.text for message in rosa.say("mi esposo me pega"))
    assert "feria" not in said and "911" in said
