"""What is kept no longer than she was told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.messages import Outbound
from bot.services.keeping import let_old_data_go
from bot.store.channel_tables import Profile, SharedPhone
from bot.store.console_tables import ChangeLog, ReadLog
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Consent,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    RestrictedAnswer,
    SurveyRunRow,
    TrackerEvent,
)
from tests.followup.service import Service


def add(service: Service, *rows: Any) -> None:
    with service.database.write() as session:
        session.add_all(rows)


def rows(service: Service, table: Any, who: str) -> list[Any]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(table).where(table.participant_id == who)))


def person(service: Service, who: str) -> Participant:
    with service.database.read() as session:
        return session.get_one(Participant, who)


def talk(service: Service, who: str, *, state: str = "done") -> None:
    now, number = service.clock(), next(service.ids)
    said = service.inbound(who, "me llamo Rosa").to_json()
    add(
        service,
        InboxRow(
            channel="simulator", external_id=f"old-{number}", participant_id=who, kind="text", payload=said,
            received_at=now, state=state, attempts=1, for_review=False,
        ),
        OutboxRow(
            participant_id=who, channel="simulator", lane="l", send_to="+525500000000", kind="reply", part=0,
            content=Outbound("Hola, Rosa").to_json(), state="sent", created_at=now, not_before=now, attempts=1,
        ),
        TrackerEvent(sender_id=who, type_name="user", timestamp=now.timestamp(), data={"text": "me llamo Rosa"}),
    )  # fmt: skip


def answered(
    service: Service, who: str, question: str, *, value: str | None = None, text: str | None = None
) -> None:
    add(
        service,
        Answer(
            participant_id=who, survey="b_profile", survey_version=1, wave="enrolment", question=question,
            value=value, text=text, reply_kind="answered", answered_at=service.clock(),
        ),
    )  # fmt: skip


def keep(service: Service) -> int:
    return let_old_data_go(service.world, service.clock())


def test_the_words_of_the_chat_go_after_ninety_days_and_the_rows_stay(service: Service) -> None:
    who = service.woman()
    talk(service, who)
    service.clock.pass_(days=60)
    talk(service, who)
    service.clock.pass_(days=31)
    assert keep(service) == 3
    assert [row.payload is None for row in rows(service, InboxRow, who)] == [True, False]
    assert [(r.content is None, r.send_to is None) for r in rows(service, OutboxRow, who)] == [
        (True, True), (False, False),
    ]  # fmt: skip
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TrackerEvent)) == 1
        (entry,) = session.scalars(sa.select(ChangeLog).where(ChangeLog.action == "kept_no_longer"))
    assert entry.detail == {"messages": 2, "events": 1} and entry.participant_id is None
    # a second time there is nothing left to do, and nothing is logged
    assert keep(service) == 0


def test_what_waits_to_be_answered_is_kept(service: Service) -> None:
    who = service.woman()
    talk(service, who, state="waiting")
    service.clock.pass_(days=91)
    keep(service)
    assert rows(service, InboxRow, who)[0].payload is not None


def test_words_of_nobody_go_too(service: Service) -> None:
    who = service.woman()
    talk(service, who)
    with service.database.write() as session:
        session.execute(sa.update(InboxRow).values(participant_id=None))
    service.clock.pass_(days=91)
    keep(service)
    with service.database.read() as session:
        assert session.scalars(sa.select(InboxRow.payload)).all() == [None]


def test_more_than_a_batch_goes_in_one_run(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.keeping.AT_ONCE", 2)
    who = service.woman()
    for _ in range(5):
        talk(service, who)
    service.clock.pass_(days=91)
    assert keep(service) == 15


def test_the_restricted_part_goes_a_year_after_the_last_wave(service: Service) -> None:
    who, other = service.woman(), service.woman()
    service.completes(who, "2026-03-02")
    for woman, state in ((who, "closed"), (other, "open")):
        add(
            service,
            HandOver(
                participant_id=woman,
                reason="focal_point",
                restricted=True,
                state=state,
                opened_at=service.clock(),
            ),
        )
    with service.database.read() as session:
        ends = session.scalar(sa.select(sa.func.max(Nudge.closes_at)).where(Nudge.participant_id == who))
    assert ends is not None
    service.clock.now = datetime(ends.year + 1, ends.month, ends.day, tzinfo=ends.tzinfo) - timedelta(days=2)
    keep(service)
    assert len(rows(service, RestrictedAnswer, who)) == 1
    service.clock.pass_(days=4)
    keep(service)
    assert rows(service, RestrictedAnswer, who) == [] == rows(service, HandOver, who)
    # of the other nobody has looked after her request yet
    assert len(rows(service, HandOver, other)) == 1 == len(rows(service, RestrictedAnswer, other))
    assert person(service, who).name == "Rosa" and len(rows(service, AddressRow, who)) == 1


def test_where_she_can_be_reached_goes_after_two_years_and_her_answers_stay(service: Service) -> None:
    who, lately = service.woman(), service.woman()
    for woman in (who, lately):
        answered(service, woman, "age", value="30_39")
        answered(service, woman, "pref_name", text="Rosa")
    add(
        service,
        ReadLog(
            at=service.clock(), staff_id="eva", participant_id=who, what="identity", reason="follow_up",
            note="su hermana Carmen", until=service.clock(),
        ),
    )  # fmt: skip
    service.clock.pass_(days=500)
    talk(service, lately)
    service.clock.pass_(days=250)
    assert keep(service)
    assert person(service, who).name is None and rows(service, AddressRow, who) == []
    assert [(row.question, row.value) for row in rows(service, Answer, who)] == [("age", "30_39")]
    assert [row.note for row in rows(service, ReadLog, who)] == [None]
    assert person(service, who).status == "enrolled" and len(rows(service, Consent, who)) == 1
    assert person(service, lately).name == "Rosa" and len(rows(service, AddressRow, lately)) == 1


def test_a_telephone_stays_with_the_others_who_share_it(service: Service) -> None:
    ana, lu = service.woman(), service.woman()
    with service.database.write() as session:
        phone = session.scalars(sa.select(AddressRow).where(AddressRow.participant_id == ana)).one()
        session.execute(sa.delete(AddressRow).where(AddressRow.participant_id == lu))
        session.add(SharedPhone(address_id=phone.id, misses=0, created_at=service.clock()))
        session.flush()
        for who in (ana, lu):
            session.add(
                Profile(address_id=phone.id, participant_id=who, wrong_pins=0, created_at=service.clock())
            )
    service.clock.pass_(days=700)
    answered(service, lu, "age", value="30_39")
    service.clock.pass_(days=60)
    keep(service)
    assert rows(service, AddressRow, ana) == [] and person(service, ana).name is None
    assert len(rows(service, AddressRow, lu)) == 1 and person(service, lu).name == "Rosa"


def test_her_answers_go_after_five_years(service: Service) -> None:
    who = service.woman(municipality="Atlixco")
    answered(service, who, "age", value="30_39")
    add(
        service,
        SurveyRunRow(
            participant_id=who,
            survey="b_profile",
            wave="enrolment",
            survey_version=1,
            started_at=service.clock(),
        ),
    )
    service.clock.pass_(days=5 * 366)
    keep(service)
    assert rows(service, Answer, who) == [] == rows(service, SurveyRunRow, who)
    left = person(service, who)
    assert (left.region, left.municipality, left.name) == (None, None, None)
    assert len(rows(service, Consent, who)) == 1
    assert keep(service) == 0
