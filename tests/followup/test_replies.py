"""What she says to a nudge, and what the survey's end leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.services.erasure import erase
from bot.services.followup_plan import plan_missing
from bot.services.followup_rules import may_follow_up
from bot.services.followup_steps import open_calls
from bot.services.turn import Judged, Verdict
from bot.store.followup_tables import Completion, Nudge
from bot.store.tables import Answer, HandOver, Participant
from tests.followup.service import Forms, Service

PUEBLA = ZoneInfo("America/Mexico_City")
UNDERSTOOD = Judged(Verdict.INTERRUPTION, intent="nlu_fallback", confidence=0.3)


def answer(value: str) -> Judged:
    return Judged(Verdict.ANSWER, value)


def invited(service: Service, *, on: str = "2025-09-01", **woman: object) -> str:
    who = service.woman(**woman)  # type: ignore[arg-type]
    service.completes(who, on)
    service.tick()
    service.clock.pass_(minutes=20)
    assert service.conversation(who).aside == "invitation"
    return who


def walk(service: Service, forms: Forms, who: str) -> list[str]:
    """Answer whatever is asked with the first choice, until the survey ends; returns all that was said."""
    said: list[str] = []
    for _ in range(60):
        conversation = service.conversation(who)
        if conversation.survey is None:
            return said
        _, survey = service.world.library.current(conversation.survey)
        question = survey.by_name[conversation.question or ""]
        choice = survey.lists[question.list_name][0].name
        said += forms.reply(who, choice, answer(choice))
    raise AssertionError("the survey does not end")


def values(service: Service, who: str, wave: str) -> dict[str, str | None]:
    with service.database.read() as session:
        rows = session.scalars(sa.select(Answer).where(Answer.participant_id == who, Answer.wave == wave))
        return {row.question: row.value for row in rows if row.reply_kind == "answered"}


def test_one_starts_the_survey_of_that_wave(service: Service, forms: Forms) -> None:
    who = invited(service)
    said = forms.reply(who, "1", answer("start"))
    assert said[0].startswith("¿Qué haces hoy?")
    conversation = service.conversation(who)
    assert (conversation.survey, conversation.wave, conversation.question) == (
        "e_survey",
        "m6",
        "work_status",
    )
    assert service.states(who, "m6")[0] == (1, "started", "her_reply")
    assert values(service, who, "m6") == {"can_now": "now"}


def test_on_a_shared_phone_the_survey_asks_before_it_begins(service: Service, forms: Forms) -> None:
    who = invited(service, discreet=True)
    assert "¿Puedes contestar ahora?" in forms.reply(who, "1", answer("start"))[0]


def test_a_finished_survey_closes_the_wave_and_the_last_makes_her_an_alumna(
    service: Service, forms: Forms
) -> None:
    who = invited(service)
    forms.reply(who, "1", answer("start"))
    said = walk(service, forms, who)
    assert any("Muchas gracias, Rosa" in text for text in said) and "resumen" in said[-1]
    assert service.states(who, "m6") == [
        (1, "answered", "finished"), (2, "cancelled", "finished"), (3, "cancelled", "finished"),
        (4, "cancelled", "finished"),
    ]  # fmt: skip
    with service.database.read() as session:
        person = session.get(Participant, who)
        assert person is not None and person.status == "alumna"
    assert {"work_status", "biz_has", "biz_new", "grad"} <= values(service, who, "m6").keys()
    assert service.conversation(who).wave is None


def test_the_first_of_two_waves_leaves_her_completed(service: Service, forms: Forms) -> None:
    who = invited(service, on="2025-12-01", country="CL", region="Valparaíso")
    forms.reply(who, "1", answer("start"))
    walk(service, forms, who)
    with service.database.read() as session:
        person = session.get(Participant, who)
        assert person is not None and person.status == "completed"
    assert "work_status" in values(service, who, "m3")
    assert {state for _, state, _ in service.states(who, "m6")} == {"scheduled"}


@pytest.mark.parametrize(
    ("words", "judged", "expected"),
    [
        ("recuérdame mañana", UNDERSTOOD, (3, 9)),
        ("mañana en la tarde", answer("later"), (3, 15)),
        ("mejor el viernes", Judged(Verdict.REASK), (6, 9)),
        ("en la tarde", UNDERSTOOD, (2, 15)),
        ("luego te contesto", Judged(Verdict.INTERRUPTION, intent="pause"), (2, 14)),
        ("ahorita no, gracias", Judged(Verdict.INTERRUPTION, intent="pause"), (2, 14)),
        ("pausa", Judged(Verdict.INTERRUPTION, intent="pause"), (3, 9)),
    ],
)
def test_she_is_written_to_when_she_said(
    service: Service, forms: Forms, words: str, judged: Judged, expected: tuple[int, int]
) -> None:
    who = invited(service)
    (said,) = forms.reply(who, words, judged)
    assert said.startswith("Claro, sin prisa. Te escribo")
    asked = next(n for n in service.nudges(who) if n.asked)
    local = asked.not_before.astimezone(PUEBLA)
    assert ((local.day, local.hour), asked.reason) == (expected, "asked")
    service.until(asked.not_before)
    assert "me pediste" in service.out(who)[-1].content["text"]
    later = [n.due_at for n in service.nudges(who) if n.state == "scheduled"]
    assert all(at - asked.not_before > timedelta(days=2) for at in later), "reminders come after it"


def test_what_she_asked_for_does_not_count_against_the_weekly_cap(service: Service, forms: Forms) -> None:
    who = invited(service)
    for _ in range(3):
        forms.reply(who, "en 2 horas", UNDERSTOOD)
        asked = next(n for n in service.nudges(who) if n.asked and n.state == "scheduled")
        service.until(asked.not_before)
        service.clock.pass_(minutes=5)
    assert len(service.out(who)) == 4


def test_a_reminder_she_asks_for_at_night_waits_for_the_morning(service: Service, forms: Forms) -> None:
    who = invited(service)
    service.clock.now = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)  # 19:30 in Puebla
    (said,) = forms.reply(who, "en 2 horas", UNDERSTOOD)
    assert said.endswith("mañana a las 9:00.")


def test_another_day_is_asked_for_and_kept(service: Service, forms: Forms) -> None:
    who = invited(service)
    assert "¿Cuándo te escribo?" in forms.reply(who, "2", answer("later"))[0]
    assert "el lunes 9" in forms.reply(who, "3", answer("mon"))[0]


def test_a_disclosure_is_never_read_as_another_time(service: Service, forms: Forms) -> None:
    who = invited(service)
    judged = Judged(Verdict.INTERRUPTION, intent="disclose_violence")
    with service.database.write() as session:
        from bot.services.followup_replies import timed
        from bot.services.turn import Turn
        from bot.store.tables import Conversation

        person, conversation = session.get(Participant, who), session.get(Conversation, who)
        assert person is not None and conversation is not None
        inbound = service.inbound(who, "escríbeme mañana, me pegó")
        turn = Turn(session, service.clock(), service.world, person, conversation, inbound, None, judged)
        assert timed(turn, judged) is judged


def test_three_puts_her_on_the_call_list_and_ends_the_reminders(service: Service, forms: Forms) -> None:
    who = invited(service)
    assert "te llama" in forms.reply(who, "3", answer("call"))[0]
    assert {state for _, state, _ in service.states(who, "m6")[1:]} == {"cancelled"}
    with service.database.read() as session:
        call = session.scalar(sa.select(HandOver).where(HandOver.participant_id == who))
        assert call is not None and (call.reason, call.route) == ("followup_call", "call")


def test_four_is_a_refusal_that_stays(service: Service, forms: Forms) -> None:
    who = invited(service, on="2025-12-01", country="CL", region="Valparaíso")
    assert "no te mando más" in forms.reply(who, "4", answer("stop"))[0]
    assert {(n.state, n.reason) for n in service.nudges(who)} == {("refused", "her_choice")}
    with service.database.read() as session:
        assert not may_follow_up(session, who)
    service.until(service.clock() + timedelta(days=200))
    assert len(service.out(who)) == 1 and open_calls(service.world, service.clock()) == 0


def test_no_to_one_survey_refuses_that_wave_only(service: Service, forms: Forms) -> None:
    who = invited(service, on="2025-12-01", country="CL", region="Valparaíso", discreet=True)
    forms.reply(who, "1", answer("start"))
    forms.reply(who, "3", answer("no"))
    assert {state for _, state, _ in service.states(who, "m3")} == {"refused"}
    assert {state for _, state, _ in service.states(who, "m6")} == {"scheduled"}
    assert service.conversation(who).survey is None


def test_later_in_the_survey_itself_is_planned_and_the_question_comes_again(
    service: Service, forms: Forms
) -> None:
    who = invited(service, discreet=True)
    forms.reply(who, "1", answer("start"))
    forms.reply(who, "2", answer("later"))
    (said,) = forms.reply(who, "2", answer("tom"))
    assert "mañana a las 9:00" in said
    service.until(datetime(2026, 3, 3, 15, 0, tzinfo=UTC))
    assert "¿Puedes contestar ahora?" in forms.reply(who, "1", answer("start"))[0]


def test_a_partial_survey_is_kept_and_a_reminder_takes_her_back_to_the_open_question(
    service: Service, forms: Forms
) -> None:
    who = invited(service)
    forms.reply(who, "1", answer("start"))
    forms.reply(who, "4", answer("home"))
    assert service.conversation(who).question == "biz_has"
    service.until(datetime(2026, 3, 5, 15, 1, tzinfo=UTC))
    assert len(service.out(who)) == 2, "the reminder, once the open question is a day old"
    said = forms.reply(who, "1", answer("start"))
    assert said[-1].startswith("¿Tienes un negocio propio")
    walk(service, forms, who)
    assert service.states(who, "m6")[:2] == [(1, "expired", "superseded"), (2, "answered", "finished")]
    assert values(service, who, "m6")["work_status"] == "home"


def test_a_reply_is_never_taken_for_an_answer_to_the_form_below(service: Service, forms: Forms) -> None:
    who = invited(service)
    forms.reply(who, "1", answer("start"))
    service.until(datetime(2026, 3, 5, 15, 1, tzinfo=UTC))
    forms.reply(who, "3", answer("call"))
    assert values(service, who, "m6") == {"can_now": "now"}


def test_an_invitation_of_a_closed_wave_is_answered_kindly(service: Service, forms: Forms) -> None:
    who = invited(service)
    service.clock.now = datetime(2026, 6, 1, 18, tzinfo=UTC)  # the scheduler was off and closed nothing
    said = forms.reply(who, "1", answer("start"))
    assert service.conversation(who).survey is None
    assert said and not values(service, who, "m6")


def test_the_baseline_does_not_ask_again_what_the_profile_asked(service: Service, forms: Forms) -> None:
    who = service.woman()
    with service.database.write() as session:
        for survey, question, value in (
            ("b_profile", "work_status", "home"), ("b_profile", "biz_has", "starting"),
            ("b_profile", "country", "MX"), ("a_consent", "consent_sens", "yes"),
        ):  # fmt: skip
            session.add(
                Answer(
                    participant_id=who, survey=survey, survey_version=1, wave="enrolment", question=question,
                    value=value, reply_kind="answered", answered_at=service.clock(),
                )
            )  # fmt: skip
    plan_missing(service.world, service.clock())
    service.until(datetime(2026, 3, 3, 15, 1, tzinfo=UTC))
    forms.reply(who, "1", answer("start"))
    walk(service, forms, who)
    asked = values(service, who, "baseline").keys()
    assert asked == {"can_now", "seek", "income_mx", "care_h", "obst", "conf", "net_n"}
    # and the wave after the course compares with the business she had before it
    service.completes(who, "2026-03-03")
    service.clock.now = datetime(2026, 9, 3, 17, tzinfo=UTC)
    service.tick()
    forms.reply(who, "1", answer("start"))
    walk(service, forms, who)
    assert {"work_status", "biz_has", "biz_better"} <= values(service, who, "m6").keys()


def test_nothing_of_the_plan_stays_when_she_is_erased(service: Service) -> None:
    who = invited(service)
    with service.database.write() as session:
        person = session.get(Participant, who)
        assert person is not None
        erase(session, person, "deleted", service.clock())
    with service.database.read() as session:
        for table in (Nudge, Completion):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
