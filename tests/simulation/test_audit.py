"""The examination of a simulated year finds every promise that is broken. Each is broken here on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import followup_rules
from bot.simulation.audit import MUST_BE_ZERO, Findings, examine, months_later
from bot.simulation.odds import load_facts, stream
from bot.simulation.people import make_person
from bot.simulation.report import must_be_zero
from bot.simulation.woman import Woman
from bot.store.console_tables import Hold
from bot.store.followup_tables import Nudge
from bot.store.tables import Consent, OutboxRow, SendAttempt, SurveyRunRow
from tests.followup.conftest import service, template  # noqa: F401
from tests.followup.service import Service

DUE = datetime(2026, 8, 20, 15, 5, tzinfo=UTC)
"""five past nine in Puebla, six months after she completed"""
AN_HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """One woman whose invitation left as it should."""

    service: Service
    session: Session
    woman: Woman
    who: str
    nudges: list[Nudge] = field(default_factory=list)

    @property
    def first(self) -> Nudge:
        return self.nudges[0]

    @property
    def out(self) -> OutboxRow:
        found = self.session.get(OutboxRow, self.first.outbox_id)
        assert found is not None
        return found

    @property
    def attempt(self) -> SendAttempt:
        return self.session.scalars(sa.select(SendAttempt)).one()

    def leaves(self, nudge: Nudge | None, at: datetime) -> OutboxRow:
        """One more of hers left at that time; ``nudge`` is the plan's row of it."""
        row = OutboxRow(
            participant_id=self.who, channel="simulator", lane=self.out.lane, send_to="+52", kind="nudge",
            part=0, content={}, state="sent", created_at=at, not_before=at, sent_at=at,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self.session.add(SendAttempt(outbox_id=row.id, started_at=at, outcome="accepted"))
        if nudge is not None:
            nudge.outbox_id, nudge.sent_at, nudge.due_at = row.id, at, at
            nudge.state, nudge.reason = "delivered", "provider"
        return row


def examined(service: Service, spoil: Callable[[Scene], object] = lambda scene: None) -> Findings:  # noqa: F811
    """What the examination finds after ``spoil``; nothing of it is kept."""
    service.clock.now = datetime(2026, 3, 2, 18, tzinfo=UTC)
    who = service.woman(region="Puebla", municipality="Tehuacán")
    service.completes(who, "2026-02-20")
    service.clock.now = DUE
    service.tick()
    service.send()
    facts = load_facts()
    person = make_person(0, stream(1, "who"), facts)
    person.place = next(place for place in facts.places if place.place == "Tehuacán")
    woman = Woman(person, stream(1, "does"), facts, eye=None)  # type: ignore[arg-type]
    woman.told.participant_ids.append(who)
    with service.database.write() as session:
        nudges = list(session.scalars(sa.select(Nudge).order_by(Nudge.attempt)))
        scene = Scene(service, session, woman, who, nudges)
        woman.told.lanes.append(scene.out.lane)
        woman.told.received.append((DUE, scene.out.id))
        spoil(scene)
        session.flush()
        found = examine(session, [woman], DUE + AN_HOUR, AN_HOUR)
        session.rollback()
    return found


def broken(found: Findings) -> set[str]:
    return {name for name, count in found.counts.items() if count}


def sent_in(scene: Scene, *days: int) -> None:
    for nudge, day in zip(scene.nudges[1:], days, strict=False):
        scene.leaves(nudge, DUE + timedelta(days=day))


def asked_five_times(scene: Scene) -> None:
    for day, nudge in zip((8, 16, 24), scene.nudges[1:], strict=True):
        scene.leaves(nudge, DUE + timedelta(days=day))
    columns = {c.key: getattr(scene.first, c.key) for c in sa.inspect(Nudge).columns if c.key != "id"}
    fifth = Nudge(**{**columns, "attempt": 5})
    scene.session.add(fifth)
    scene.leaves(fifth, DUE + timedelta(days=32))


def consent(decision: str, at: datetime) -> Consent:
    return Consent(
        purpose="followup", decision=decision, text_version="1", text_hash="0" * 64, language="es",
        channel="simulator", at=at,
    )  # fmt: skip


def refuses(scene: Scene) -> None:
    row = consent("refused", DUE - AN_HOUR)
    row.participant_id = scene.who
    scene.session.add(row)


def answers(scene: Scene) -> None:
    before = DUE - AN_HOUR
    scene.session.add(
        SurveyRunRow(
            participant_id=scene.who,
            survey="e_survey",
            wave="m6",
            survey_version=1,
            started_at=before,
            completed_at=before,
        )
    )


def talks_to_staff(scene: Scene) -> None:
    scene.session.add(Hold(participant_id=scene.who, staff_id="5" * 32, taken_at=DUE - AN_HOUR))


def at(scene: Scene, instant: datetime) -> None:
    scene.attempt.started_at = instant


def moved(scene: Scene) -> None:
    for nudge in scene.nudges:
        nudge.due_at -= timedelta(days=1)


def nobody(scene: Scene) -> None:
    scene.woman.told.lanes.clear()


def ends(nudge: Nudge, state: str, reason: str) -> None:
    nudge.state, nudge.reason = state, reason


SPOILT: list[tuple[str, str, Callable[[Scene], object]]] = [
    ("outside_her_hours", "at night", lambda s: at(s, DUE.replace(hour=9))),
    ("outside_her_hours", "a failed one at eight", lambda s: (at(s, DUE + 11 * AN_HOUR), ends_failed(s))),
    ("on_a_holiday", "on 16 September", lambda s: at(s, datetime(2026, 9, 16, 18, tzinfo=UTC))),
    ("before_it_was_due", "a minute early", lambda s: at(s, DUE - timedelta(minutes=6))),
    ("outbox_doubles", "sent again", lambda s: sends_again(s, "accepted")),
    ("outbox_doubles", "sent again after a time-out", lambda s: sends_again(s, "unknown")),
    ("outbox_doubles", "in no plan", lambda s: s.leaves(None, DUE + 3 * AN_HOUR)),
    ("outbox_doubles", "twice in the plan", lambda s: setattr(s.nudges[1], "outbox_id", s.first.outbox_id)),
    ("received_twice", "she got it twice", lambda s: s.woman.told.received.append((DUE, s.out.id))),
    ("attempts_too_close", "an hour later", lambda s: s.leaves(s.nudges[1], DUE + AN_HOUR)),
    ("over_three_reminders", "a fourth reminder", asked_five_times),
    ("over_the_weekly_cap", "three in six days", lambda s: sent_in(s, 3, 6)),
    ("wave_not_planned", "no plan", lambda s: [s.session.delete(nudge) for nudge in s.nudges]),
    ("due_on_a_wrong_day", "a day early", moved),
    ("late_without_a_reason", "asleep", lambda s: setattr(s.nudges[1], "not_before", DUE - 3 * AN_HOUR)),
    ("late_without_a_reason", "let go", lambda s: ends(s.nudges[1], "expired", "window_closed")),
    ("closed_without_a_reason", "nothing said", lambda s: setattr(s.nudges[1], "reason", "")),
    ("closed_without_a_reason", "no reason", lambda s: ends(s.nudges[1], "cancelled", "planned")),
    ("after_a_stop", "she refused an hour before", refuses),
    ("without_consent", "never asked", lambda s: s.session.execute(sa.delete(Consent))),
    ("after_her_answers", "answered an hour before", answers),
    ("over_an_open_form", "in the middle", lambda s: s.woman.told.over_a_form.append(s.out.id)),
    ("while_staff_talk", "a person has her", talks_to_staff),
    ("after_a_disclosure", "23 hours after", lambda s: s.woman.told.disclosed_at.append(DUE - 23 * AN_HOUR)),
    ("to_nobody_known", "an address of nobody", nobody),
]  # fmt: skip


def ends_failed(scene: Scene) -> None:
    scene.out.state, scene.attempt.outcome = "failed", "permanent"


def sends_again(scene: Scene, first: str) -> None:
    scene.attempt.outcome = first
    scene.session.add(
        SendAttempt(outbox_id=scene.out.id, started_at=DUE + timedelta(minutes=1), outcome="accepted")
    )


def test_nothing_is_found_where_nothing_is_broken(service: Service) -> None:  # noqa: F811
    found = examined(service)
    assert broken(found) == set() and set(found.counts) >= set(MUST_BE_ZERO)


@pytest.mark.parametrize(("name", "how", "spoil"), SPOILT, ids=[f"{n}-{h}" for n, h, _ in SPOILT])
def test_it_finds_a_broken_promise(
    service: Service,  # noqa: F811
    name: str,
    how: str,
    spoil: Callable[[Scene], object],
) -> None:
    found = examined(service, spoil)
    assert name in broken(found), how
    assert found.examples[name]


def test_every_promise_is_broken_once_above() -> None:
    counted_elsewhere = {"failed_steps", "import_errors"}
    assert {name for name, _, _ in SPOILT} | counted_elsewhere == set(MUST_BE_ZERO)
    for name in counted_elsewhere:
        assert must_be_zero(Findings(), {name: 2})[name] == 2


def test_it_sees_what_a_planner_without_quiet_hours_does(
    service: Service,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real steps with one rule taken out: the examination does not ask the planner."""
    monkeypatch.setattr(followup_rules, "next_allowed", lambda now, zone, rules: now)
    service.clock.now = datetime(2026, 3, 2, 18, tzinfo=UTC)
    who = service.woman(safe_hours="t")
    service.completes(who, "2026-02-20")
    with service.database.write() as session:
        session.execute(sa.update(Nudge).where(Nudge.attempt == 1).values(not_before=DUE))
    service.clock.now = DUE
    service.tick()
    service.send()
    facts = load_facts()
    person = replace(make_person(0, stream(1, "who"), facts), place=facts.places[17])
    woman = Woman(person, stream(1, "does"), facts, eye=None)  # type: ignore[arg-type]
    woman.told.participant_ids.append(who)
    woman.told.lanes.append(service.out(who)[0].lane)
    with service.database.read() as session:
        assert broken(examine(session, [woman], DUE + AN_HOUR, AN_HOUR)) == {"outside_her_hours"}


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 2, 20), 6, date(2026, 8, 20)),
    ],
)
def test_it_counts_months_by_itself(day: date, months: int, expected: date) -> None:
    assert months_later(day, months) == expected
