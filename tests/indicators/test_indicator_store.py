"""Women out of the store: what is read, what is left out, and that it streams."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from indicator_results import AS_OF
from rich.console import Console
from sqlalchemy.orm import Session

from bot.indicators import (
    COLUMNS,
    Woman,
    definitions,
    from_store,
    indicator_rows,
    indicators_table,
    print_table,
)
from bot.indicators import store as reader
from bot.programme import Programmes, load_programmes
from bot.store.database import Database
from bot.store.tables import Answer, Participant, Referral, SurveyRunRow

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def programmes() -> Programmes:
    return load_programmes(ROOT / "programmes")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("db") / "indicators.db"
    opened = Database(f"sqlite:///{path}", Fernet.generate_key().decode())
    yield opened
    opened.close()


@pytest.fixture
def session(migrated: Database) -> Iterator[Session]:
    """One transaction that is undone after the test."""
    with Session(migrated.engine) as opened:
        yield opened
        opened.rollback()


def participant(session: Session, **more: Any) -> str:
    values: dict[str, Any] = {
        "id": uuid.uuid4().hex,
        "status": "completed",
        "country": "MX",
        "channel": "whatsapp",
        "pathway": "employment",
        "enrolled_at": NOW,
        "completed_at": NOW + timedelta(days=60),
        "created_at": NOW,
        "updated_at": NOW,
    }
    values |= more
    session.add(Participant(**values))
    session.flush()
    return str(values["id"])


def answer(
    session: Session, person: str, survey: str, wave: str, question: str, value: str, **more: Any
) -> None:
    values: dict[str, Any] = {"reply_kind": "answered", "answered_at": NOW, "value": value, **more}
    session.add(
        Answer(participant_id=person, survey=survey, survey_version=1, wave=wave, question=question, **values)
    )
    session.flush()


def women(session: Session, programmes: Programmes, as_of: date = AS_OF) -> list[Woman]:
    return list(from_store(session, as_of, None, definitions().settings, programmes))


def only(session: Session, programmes: Programmes, as_of: date = AS_OF) -> Woman:
    [her] = women(session, programmes, as_of)
    return her


def test_it_counts_the_profile_as_baseline(session: Session, programmes: Programmes) -> None:
    person = participant(session)
    answer(session, person, "b_profile", "enrolment", "biz_has", "starting")
    answer(session, person, "b_profile", "enrolment", "work_status", "home study")
    answer(session, person, "e_survey", "baseline", "care_h", "h4")
    assert only(session, programmes).answers["baseline"] == {
        "biz_has": "starting",
        "work_status": "home study",
        "care_h": "h4",
    }


def test_it_prefers_what_the_first_survey_asked_again(session: Session, programmes: Programmes) -> None:
    person = participant(session)
    answer(session, person, "b_profile", "enrolment", "biz_has", "no")
    answer(session, person, "e_survey", "baseline", "biz_has", "yes")
    assert only(session, programmes).answers["baseline"]["biz_has"] == "yes"


def test_it_takes_no_care_hours_from_the_barriers(session: Session, programmes: Programmes) -> None:
    person = participant(session)
    answer(session, person, "d_barriers", "enrolment", "need", "care money")
    answer(session, person, "d_barriers", "enrolment", "care_h", "h9")
    her = only(session, programmes)
    assert her.answers["enrolment"] == {"need": "care money"}
    assert "baseline" not in her.answers


@pytest.mark.parametrize(
    ("question", "value", "kind", "responded"),
    [
        ("seek", "no", "answered", True),
        ("seek", "", "dont_know", True),
        ("seek", "", "skipped", False),
        ("can_now", "no", "answered", False),
        ("later", "tom", "answered", False),
        ("seek", None, "not_asked", False),
    ],
)
def test_it_knows_who_answered(
    session: Session, programmes: Programmes, question: str, value: str | None, kind: str, responded: bool
) -> None:
    person = participant(session)
    answer(session, person, "e_survey", "m6", question, value or "", reply_kind=kind)
    session.add(
        SurveyRunRow(
            participant_id=person,
            survey="e_survey",
            wave="m6",
            survey_version=1,
            started_at=NOW,
            completed_at=NOW,
        )
    )
    session.flush()
    her = only(session, programmes)
    assert ("m6" in her.responded) == responded
    assert ("finished" in her.states("m6", AS_OF)) == responded


def test_it_keeps_a_dont_know_out_of_the_denominator(session: Session, programmes: Programmes) -> None:
    person = participant(session)
    answer(session, person, "e_survey", "baseline", "care_h", "", reply_kind="dont_know")
    assert only(session, programmes).answers["baseline"] == {"care_h": "dk"}


def test_it_leaves_out_what_came_later(session: Session, programmes: Programmes) -> None:
    as_of = date(2026, 3, 31)
    person = participant(session)
    answer(
        session,
        person,
        "e_survey",
        "baseline",
        "seek",
        "yes",
        answered_at=datetime(2026, 3, 31, 23, 59, tzinfo=UTC),
    )
    answer(
        session, person, "e_survey", "baseline", "care_h", "h0", answered_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    participant(session, enrolled_at=datetime(2026, 4, 1, tzinfo=UTC))
    her = only(session, programmes, as_of)
    assert her.answers["baseline"] == {"seek": "yes"}
    assert her.profile["course"] == "started"


@pytest.mark.parametrize("status", ["new", "consented", "withdrawn", "refused", "deleted"])
def test_it_reads_only_women_of_the_programme(session: Session, programmes: Programmes, status: str) -> None:
    participant(session, status=status)
    assert women(session, programmes) == []


@pytest.mark.parametrize(
    ("country", "completed_at", "due"),
    [
        ("CL", datetime(2025, 8, 31, 12, tzinfo=UTC), {"m3": date(2025, 11, 30), "m6": date(2026, 2, 28)}),
        # half past one in the morning in UTC is still the day before in Mexico
        ("MX", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), {"m6": date(2026, 8, 28)}),
        ("MX", None, {}),
    ],
)
def test_it_works_out_when_surveys_are_due(
    session: Session,
    programmes: Programmes,
    country: str,
    completed_at: datetime | None,
    due: dict[str, date],
) -> None:
    participant(session, country=country, completed_at=completed_at, status="in_course")
    assert dict(only(session, programmes).due) == due


def test_it_reads_no_referral_for_violence(session: Session, programmes: Programmes) -> None:
    person = participant(session)
    for barrier in ("care", "violence"):
        session.add(
            Referral(
                participant_id=person,
                kind="k",
                barrier=barrier,
                status="closed",
                opened_at=NOW,
                outcome="received",
            )
        )
    session.flush()
    assert [r["barrier"] for r in only(session, programmes).records["referrals"]] == ["care"]


def test_it_reads_in_chunks_and_misses_nobody(
    session: Session, programmes: Programmes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "CHUNK", 3)
    people = [participant(session) for _ in range(8)]
    for person in people:
        answer(session, person, "e_survey", "m6", "seek", "no")
    found = women(session, programmes)
    assert [her.answers["m6"]["seek"] for her in found] == ["no"] * 8


def test_it_reads_no_sealed_column(session: Session, programmes: Programmes) -> None:
    participant(session)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        women(session, programmes)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert statements
    assert not [s for s in statements if "participants.name" in s or "answers.text" in s]


def test_it_makes_the_table_the_rows_and_the_print(session: Session, programmes: Programmes) -> None:
    for number in range(24):
        person = participant(session, centre="mx-01" if number < 21 else "mx-02")
        answer(session, person, "b_profile", "enrolment", "biz_has", "yes" if number < 12 else "no")
        answer(session, person, "e_survey", "m6", "biz_has", "yes")
    table = indicators_table(session, programmes, AS_OF, "MX")
    rows = list(indicator_rows(session.connection(), programmes, AS_OF, "MX", audience="staff"))
    assert [tuple(row) for row in rows] == [COLUMNS] * len(table)
    assert not any(row["country"] == "CL" for row in rows)
    points = next(r for r in table if r.indicator == "MX-01" and r.group == "all" and r.statistic == "points")
    assert (points.n, points.value, points.response) == (24, 50.0, 100.0)
    hidden = {r.group for r in table if r.indicator == "MX-01" and r.suppressed}
    assert hidden == {"centre:mx-01", "centre:mx-02"}
    page = io.StringIO()
    print_table(table, Console(file=page, width=160))
    assert "+50.0 pt" in page.getvalue()


def test_response_and_attrition_stand_by_barrier_in_the_export_and_the_print(
    session: Session, programmes: Programmes
) -> None:
    # of those who named care a third was lost, of those who named transport two thirds
    for number in range(48):
        person = participant(session)
        care = number < 24
        answer(session, person, "d_barriers", "enrolment", "need", "care" if care else "transport")
        if number % 24 < (16 if care else 8):
            answer(session, person, "e_survey", "m6", "biz_has", "yes")
    rows = list(indicator_rows(session.connection(), programmes, AS_OF, "MX", audience="staff"))
    x01 = [row for row in rows if row["indicator"] == "X-01" and row["wave"] == "m6"]
    shares = {(row["group"], row["value"]) for row in x01}
    assert {("barrier:care", 66.7), ("barrier:care", 33.3)} <= shares
    assert {("barrier:transport", 33.3), ("barrier:transport", 66.7)} <= shares
    table = indicators_table(session, programmes, AS_OF, "MX")
    lost = {
        r.group: r.value for r in table if (r.indicator, r.reading, r.wave) == ("X-01", "attrition", "m6")
    }
    assert (lost["barrier:care"], lost["barrier:transport"], lost["all"]) == (33.3, 66.7, 50.0)
    totals, groups = io.StringIO(), io.StringIO()
    print_table(table, Console(file=totals, width=200))
    print_table(table, Console(file=groups, width=200), groups=True)
    assert "barrier:care" not in totals.getvalue() and "X-01 attrition" in totals.getvalue()
    line = next(
        line
        for line in groups.getvalue().splitlines()
        if "X-01 attrition" in line and "barrier:care" in line and " m6 " in line
    )
    assert "33.3%" in line
