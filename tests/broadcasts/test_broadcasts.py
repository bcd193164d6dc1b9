"""A broadcast: planned once for each woman, and every rule of follow-up asked again before it leaves."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.messages import Channel
from bot.services import broadcast_plan
from bot.services.broadcast_audience import Audience
from bot.services.broadcast_plan import CannotSend
from bot.services.erasure import erase
from bot.services.followup_steps import EVERY_TICK, run_steps
from bot.services.identity_merge import merge
from bot.services.turn import Judged, Verdict
from bot.store.broadcast_tables import SURVEY, Broadcast
from bot.store.channel_tables import Profile, SharedPhone
from bot.store.followup_tables import Nudge
from bot.store.tables import AddressRow, Consent, Conversation, OutboxRow, Participant
from tests.broadcasts.notices import MEXICO, TODAY, approved, counted, decide, next_morning, of, woman
from tests.followup.service import Forms, Service


def test_it_reaches_who_agreed_and_nobody_else(service: Service) -> None:
    yes, no, never = woman(service), woman(service, notices="refused"), woman(service, notices="")
    elsewhere, stopped = woman(service, country="CL", region="Biobío"), woman(service)
    service.change(Participant, stopped, opted_out_at=service.clock())
    approved(service)
    next_morning(service)
    service.tick()
    service.send()
    assert [len(service.out(who)) for who in (yes, no, never, elsewhere, stopped)] == [1, 0, 0, 0, 0]
    (message,) = service.out(yes)
    assert message.content["text"] == (
        "Hola Rosa, el sábado hay feria de emprendimiento en Tehuacán, de 10 a 14 h. Entrada libre.\n\n"
        "Si ya no quieres mensajes, escribe *BAJA*."
    )
    assert (message.kind, message.state) == ("nudge", "sent")


def test_it_speaks_her_language(service: Service) -> None:
    who = woman(service)
    service.change(Participant, who, language="en")
    approved(service)
    next_morning(service)
    service.tick()
    assert service.out(who)[0].content["text"].startswith("Hello Rosa, there is a business fair")


@pytest.mark.parametrize(
    ("condition", "hers"),
    [
        ({"region": "Puebla"}, {}),
        ({"municipality": "Tehuacán"}, {"municipality": "Tehuacán"}),
        ({"centre": "tehuacan"}, {"centre": "tehuacan"}),
        ({"pathway": "employment"}, {"pathway": "employment"}),
        ({"modality": "online"}, {"modality": "online"}),
        ({"statuses": ("alumna",)}, {"status": "alumna"}),
    ],
)
def test_each_condition_keeps_the_others_out(
    service: Service, condition: dict[str, Any], hers: dict[str, Any]
) -> None:
    inside = woman(service, **hers)
    outside = woman(service, region="Jalisco")
    approved(service, audience=Audience(country="MX", **condition))
    assert (len(of(service, inside)), len(of(service, outside))) == (1, 0)


def test_nobody_gets_it_who_is_not_enrolled(service: Service) -> None:
    for status in ("new", "consented", "withdrawn", "refused", "deleted"):
        woman(service, status=status)
    assert counted(service, country="MX", statuses=("new", "consented", "enrolled")).audience == 0


def test_it_is_planned_once_however_often_it_is_approved(service: Service) -> None:
    who = woman(service)
    number = approved(service)
    with service.database.write() as session, pytest.raises(CannotSend, match="state"):
        row = session.get_one(Broadcast, number)
        broadcast_plan.approve(session, service.world, row, "eva", service.clock())
    assert len(of(service, who)) == 1


def test_two_schedulers_at_once_send_it_once(service: Service) -> None:
    women = [woman(service) for _ in range(8)]
    approved(service)
    next_morning(service)
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait()
        run_steps(service.world, EVERY_TICK, service.clock())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(service.out(who)) for who in women] == [1] * 8


def test_it_leaves_within_her_hours_and_counts_towards_the_weekly_cap(service: Service) -> None:
    evening, full = woman(service, safe_hours="t"), woman(service)
    with service.database.write() as session:
        for _ in range(2):
            session.add(
                OutboxRow(
                    participant_id=full, channel="simulator", lane="x", kind="nudge", state="sent",
                    created_at=service.clock(), not_before=service.clock(),
                )
            )  # fmt: skip
    approved(service)
    next_morning(service)
    service.tick()
    assert of(service, evening) == [(1, "scheduled", "planned")]
    assert of(service, full) == [(1, "expired", "weekly_cap")]
    service.clock.now = datetime(2026, 3, 3, 21, 0, tzinfo=UTC)  # 15:00
    service.tick()
    assert of(service, evening) == [(1, "sent", "queued")]


HELD: list[tuple[type, dict[str, Any], str]] = [
    (Conversation, {"held_by": "staff-1"}, "person_holds"),
    (Conversation, {"quiet_until": timedelta(hours=20)}, "safety_quiet"),
    (
        Conversation,
        {"survey": "b_profile", "question": "age", "last_inbound_at": timedelta(hours=-3)},
        "open_form",
    ),
    (AddressRow, {"blocked_at": timedelta(hours=-1)}, "blocked"),
]


@pytest.mark.parametrize(("table", "values", "reason"), HELD)
def test_it_waits_for_the_same_reasons_as_an_invitation(
    service: Service, table: type, values: dict[str, Any], reason: str
) -> None:
    who = woman(service)
    approved(service)
    next_morning(service)
    moved = {k: service.clock() + v if isinstance(v, timedelta) else v for k, v in values.items()}
    service.change(table, who, **moved)
    service.tick()
    assert of(service, who) == [(1, "held", reason)] and service.out(who) == []


def test_a_consent_withdrawn_after_approval_holds(service: Service) -> None:
    who = woman(service)
    approved(service)
    next_morning(service)
    decide(service, who, "withdrawn")
    service.tick()
    assert of(service, who) == [(1, "cancelled", "no_consent")] and service.out(who) == []


def test_calling_it_off_stops_what_waits_and_what_is_in_the_outbox(service: Service) -> None:
    women = [woman(service) for _ in range(3)]
    number = approved(service, per_day=2)
    next_morning(service)
    service.tick()  # two are in the outbox, not sent yet; the third is for tomorrow
    with service.database.write() as session:
        stopped = broadcast_plan.call_off(session, session.get_one(Broadcast, number), service.clock())
    assert stopped == 1
    service.send()
    assert [row.state for who in women for row in service.out(who)] == ["cancelled", "cancelled"]
    assert {of(service, who)[0][1:] for who in women} == {("cancelled", "called_off")}


def test_it_is_spread_over_days_and_over_the_morning(service: Service) -> None:
    women = [woman(service) for _ in range(70)]
    approved(service, per_day=40)
    local = [
        n.due_at.astimezone(MEXICO)
        for who in women
        for n in service.nudges(who)
        if n.survey == SURVEY
    ]  # fmt: skip
    assert sorted(at.day for at in local) == [3] * 40 + [4] * 30
    # 30 a minute, so that invitations find room between them
    first_day = sorted(at.strftime("%H:%M") for at in local if at.day == 3)
    assert first_day == ["09:00"] * 30 + ["09:01"] * 10


def test_what_no_longer_fits_before_its_last_day_is_said_so(service: Service) -> None:
    women = [woman(service) for _ in range(3)]
    approved(service, per_day=1, ends_on=TODAY + timedelta(days=2))
    states = sorted(of(service, who)[0][1:] for who in women)
    assert states == [("expired", "window_closed"), ("scheduled", "planned"), ("scheduled", "planned")]


def test_it_is_over_after_its_last_day(service: Service) -> None:
    who = woman(service)
    approved(service)
    service.clock.now = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    service.tick()
    assert of(service, who) == [(1, "expired", "window_closed")] and service.out(who) == []


class TestFirstALine:
    """Outside WhatsApp's 24 hours, and in discreet mode, she is asked before she is told."""

    def test_outside_the_window_a_template_leaves_and_the_notice_when_she_replies(
        self, service: Service, forms: Forms
    ) -> None:
        who = woman(service, channel=Channel.WHATSAPP)
        approved(service)
        next_morning(service)
        service.tick()
        (message,) = service.out(who)
        assert message.content["text"] == (
            "Hola Rosa, tienes un aviso de Segunda Oportunidad. Responde *1* para leerlo o *4* para no "
            "recibir más avisos."
        )
        assert (message.content["template"], message.content["variables"]) == (
            "tpl_notice",
            ["Rosa", "Segunda Oportunidad"],
        )
        forms.loop[who] = "invitation"
        said = forms.reply(who, "1", Judged(Verdict.ANSWER, "start"))
        assert said[0].startswith("Hola Rosa, el sábado hay feria")
        assert of(service, who) == [(1, "answered", "her_reply")]
        assert service.conversation(who).aside is None

    def test_the_line_and_its_template_say_the_same(self, service: Service) -> None:
        from bot.bootstrap import DIALOGUES
        from bot.services.content_templates import Templates

        templates = Templates.load(DIALOGUES / "templates")
        for name, key in (("tpl_notice", "broadcast_ping"), ("tpl_person", "staff_wants_to_write")):
            template = templates.get(name)
            assert template is not None
            for language, body in template.bodies.items():
                values = {"nombre": "{{1}}", "name": "{{1}}", "programa": "{{2}}", "programme": "{{2}}"}
                assert service.world.texts.render(key, language, values) == body

    def test_a_phone_that_others_see_shows_nothing_of_it(self, service: Service, forms: Forms) -> None:
        who = woman(service, discreet=True)
        approved(service)
        next_morning(service)
        service.tick()
        (message,) = service.out(who)
        assert message.content["text"] == "Hola, tienes un mensaje pendiente. Responde *1* cuando puedas."
        forms.loop[who] = "invitation"
        assert "feria" in forms.reply(who, "1", Judged(Verdict.ANSWER, "start"))[0]

    def test_four_ends_the_notices_and_not_the_follow_up(self, service: Service, forms: Forms) -> None:
        who = woman(service, channel=Channel.WHATSAPP)
        service.completes(who, "2026-01-10")
        first, second = approved(service), approved(service, title="Otra feria")
        next_morning(service)
        service.tick()
        forms.loop[who] = "invitation"
        said = forms.reply(who, "4", Judged(Verdict.ANSWER, "stop"))
        assert said == ["Listo, no te mando más avisos. Si cambias de idea, escribe *PERSONA* y lo vemos."]
        with service.database.read() as session:
            ledger = session.execute(
                sa.select(Consent.purpose, Consent.decision).where(Consent.participant_id == who)
            ).all()
        assert ("broadcast", "refused") in ledger and ("followup", "refused") not in ledger
        waves = {n.wave: n.state for n in service.nudges(who)}
        assert waves["m6"] == "scheduled"
        assert waves[f"b{second}"] in ("refused", "sent") and waves[f"b{first}"] in ("refused", "sent")
        service.clock.pass_(days=1)
        service.tick()
        assert len([row for row in service.out(who) if row.kind == "nudge"]) <= 2

    def test_another_day_means_another_day_and_too_late_means_now(
        self, service: Service, forms: Forms
    ) -> None:
        who = woman(service, channel=Channel.WHATSAPP)
        approved(service)
        next_morning(service)
        service.tick()
        forms.loop[who] = "invitation"
        assert forms.reply(who, "2", Judged(Verdict.ANSWER, "later"))
        said = forms.reply(who, "1", Judged(Verdict.ANSWER, "tom"))
        assert said[0].startswith("Claro, sin prisa.")
        assert of(service, who)[-1] == (2, "scheduled", "asked")
        service.clock.now = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)  # the afternoon of its last day
        service.tick()
        forms.loop[who] = "invitation"
        forms.reply(who, "2", Judged(Verdict.ANSWER, "later"))
        assert "feria" in forms.reply(who, "1", Judged(Verdict.ANSWER, "tom"))[0]

    def test_a_reply_after_it_is_over_is_told_so(self, service: Service, forms: Forms) -> None:
        who = woman(service, channel=Channel.WHATSAPP)
        number = approved(service)
        next_morning(service)
        service.tick()
        with service.database.write() as session:
            broadcast_plan.call_off(session, session.get_one(Broadcast, number), service.clock())
        forms.loop[who] = "invitation"
        said = forms.reply(who, "1", Judged(Verdict.ANSWER, "start"))
        assert said == ["Ese aviso ya pasó, así que no tienes que hacer nada. Gracias por contestar."]

    def test_a_notice_whose_window_closed_while_it_waited_becomes_a_line(self, service: Service) -> None:
        who = woman(service, channel=Channel.WHATSAPP)
        next_morning(service)
        wrote = service.clock() - timedelta(hours=23)
        service.change(AddressRow, who, last_inbound_at=wrote)
        service.change(Conversation, who, last_inbound_at=wrote)
        approved(service, starts_on=TODAY + timedelta(days=1))
        service.tick()
        assert not service.out(who)[0].content["template"]
        service.clock.pass_(hours=2)
        sender = service.sender
        sender._adapters = {Channel.WHATSAPP: sender._adapters[Channel.SIMULATOR]}  # type: ignore[dict-item]
        sender._due = service.database.lock(_due_of("whatsapp"))
        sender._any = _due_of("whatsapp").with_only_columns(OutboxRow.id).limit(1)
        asyncio.run(sender.send_due())
        assert [row.state for row in service.out(who)] == ["cancelled"]
        assert of(service, who) == [(1, "held", "moved")]
        service.tick()
        assert service.out(who)[-1].content["template"] == "tpl_notice"


def _due_of(channel: str) -> Any:
    from bot.services.sending import _due

    return _due([channel])


class TestOnePerson:
    def test_two_records_that_become_one_get_it_once(self, service: Service) -> None:
        first, second = woman(service), woman(service)
        approved(service)
        with service.database.write() as session:
            merge(
                session,
                session.get_one(Participant, first),
                session.get_one(Participant, second),
                "code",
                service.clock(),
            )
        next_morning(service)
        service.tick()
        assert [row.kind for row in service.out(first)] == ["nudge"]

    def test_two_on_one_telephone_each_get_theirs_and_neither_is_named(self, service: Service) -> None:
        ana, lu = woman(service, name="Ana"), woman(service, name="Lu")
        with service.database.write() as session:
            (phone,) = session.query(AddressRow).filter_by(participant_id=ana).all()
            session.delete(session.query(AddressRow).filter_by(participant_id=lu).one())
            session.get_one(Conversation, lu).address_id = phone.id
            session.add(SharedPhone(address_id=phone.id, misses=0, created_at=service.clock()))
            session.flush()
            for who in (ana, lu):
                session.add(
                    Profile(address_id=phone.id, participant_id=who, wrong_pins=0, created_at=service.clock())
                )
        assert counted(service, country="MX").reach == 2
        approved(service)
        next_morning(service)
        service.tick()
        texts = [row.content["text"] for who in (ana, lu) for row in service.out(who)]
        assert texts == ["Hola, tienes un mensaje pendiente. Responde *1* cuando puedas."] * 2

    def test_who_asks_to_be_forgotten_leaves_no_row_of_it(self, service: Service) -> None:
        who = woman(service)
        approved(service)
        with service.database.write() as session:
            erase(session, session.get_one(Participant, who), "deleted", service.clock())
            assert session.scalar(sa.select(sa.func.count()).select_from(Nudge)) == 0


def test_progress_counts_women_not_messages(service: Service, forms: Forms) -> None:
    who = woman(service, channel=Channel.WHATSAPP)
    woman(service)
    number = approved(service)
    next_morning(service)
    service.tick()
    forms.loop[who] = "invitation"
    forms.reply(who, "2", Judged(Verdict.ANSWER, "later"))
    forms.reply(who, "1", Judged(Verdict.ANSWER, "tom"))
    with service.database.read() as session:
        found = broadcast_plan.progress(session, [session.get_one(Broadcast, number)])[number]
    assert (found.planned, found.waiting, found.done) == (2, 1, 1)
    assert found.states == {"scheduled": 1, "sent": 1}


def test_a_template_that_was_never_approved_is_named_as_the_reason(service: Service) -> None:
    from bot.services.followup_steps import follow_outbox

    who = woman(service, channel=Channel.WHATSAPP)
    approved(service)
    next_morning(service)
    service.tick()
    with service.database.write() as session:
        row = session.scalar(sa.select(OutboxRow).where(OutboxRow.participant_id == who))
        assert row is not None
        row.state, row.error_code = "cancelled", "template"
    follow_outbox(service.world, service.clock())
    assert of(service, who) == [(1, "cancelled", "not_delivered")]
