"""Her course on her page: that she began, the day on which she finished, and the follow-up that is planned from it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from conftest import Office
from console_women import LUZ, PAZ, ROSA

from bot.store.console_tables import ChangeLog
from bot.store.followup_tables import Completion, Nudge
from bot.store.tables import HandOver, Participant

PAGE = f"/people/{LUZ}"
TODAY = "2026-11-23"
"""the day of the tests' clock"""


@pytest.fixture
def told(office: Office) -> Office:
    """Luz, who lives in Chile, wrote "ya terminé"."""
    with office.database.write() as session:
        luz = session.get_one(Participant, LUZ)
        luz.status, luz.enrolled_at = "enrolled", office.clock().replace(month=9)
        session.execute(sa.delete(Nudge).where(Nudge.participant_id == LUZ))
        session.add(HandOver(participant_id=LUZ, reason="result", state="open", opened_at=office.clock()))
    return office


def status(office: Office, who: str) -> str:
    with office.database.read() as session:
        return session.get_one(Participant, who).status


def test_staff_note_that_she_began_and_finished_and_her_follow_up_is_planned(told: Office) -> None:
    visitor = told.enter("chile")
    assert "Ella nos dijo que terminó" in visitor.text(PAGE)
    assert visitor.post(f"{PAGE}/course/begin", page=PAGE).headers["location"].endswith("done=course_begun")
    assert status(told, LUZ) == "in_course" and "Ya empezó el curso" not in visitor.text(PAGE)

    noted = visitor.post(f"{PAGE}/course/complete", page=PAGE, completed_on="2026-11-20")
    assert noted.headers["location"].endswith("done=completion_noted")
    assert status(told, LUZ) == "completed"
    with told.database.read() as session:
        rows = session.scalars(sa.select(Nudge).where(Nudge.participant_id == LUZ, Nudge.attempt == 1)).all()
        assert sorted((n.wave, n.local_due_at[:10]) for n in rows) == [
            ("m3", "2027-02-20"),
            ("m6", "2027-05-20"),
        ]
        assert session.scalars(sa.select(HandOver.state).where(HandOver.reason == "result")).all() == [
            "closed"
        ]
        actions = session.scalars(sa.select(ChangeLog.action).where(ChangeLog.participant_id == LUZ)).all()
        assert actions == ["course_begun", "completion_noted"]
    page = visitor.text(PAGE)
    assert "2026-11-20" in page and "Ella nos dijo" not in page and "planeado" in page.lower()

    visitor.post(f"{PAGE}/course/complete", page=PAGE, completed_on="2026-11-18")
    with told.database.read() as session:
        dates = session.scalars(sa.select(Completion.completed_on).where(Completion.participant_id == LUZ))
        assert dates.all() == ["2026-11-20", "2026-11-18"]
        assert {n.local_due_at[8:10] for n in session.scalars(sa.select(Nudge).where(Nudge.attempt == 1)) if
                n.participant_id == LUZ} == {"18"}  # fmt: skip


@pytest.mark.parametrize("typed", ["", "ayer", "2026-02-30", "2026-11-24", "2026-08-31", "20/11/2026"])
def test_a_day_that_cannot_be_is_refused(told: Office, typed: str) -> None:
    answer = told.enter("chile").post(f"{PAGE}/course/complete", page=PAGE, completed_on=typed)
    assert answer.headers["location"].endswith("failed=course_date")
    assert status(told, LUZ) == "enrolled"


def test_today_on_her_calendar_is_taken(told: Office) -> None:
    answer = told.enter("chile").post(f"{PAGE}/course/complete", page=PAGE, completed_on=TODAY)
    assert answer.headers["location"].endswith("done=completion_noted")


def test_nobody_completes_a_course_before_she_is_enrolled(told: Office) -> None:
    visitor, page = told.enter("chile"), f"/people/{PAZ}"
    assert "Anotar que terminó" not in visitor.text(page)
    for act in ("begin", "complete"):
        answer = visitor.post(f"{page}/course/{act}", page=page, completed_on="2026-11-20")
        assert answer.headers["location"].endswith("failed=course_status")
    assert status(told, PAZ) == "consented"


@pytest.mark.parametrize(("who", "woman"), [("analyst", LUZ), ("toluca", LUZ), ("chile", ROSA)])
def test_only_those_who_work_with_her_may(told: Office, who: str, woman: str) -> None:
    for act in ("begin", "complete"):
        answer = told.enter(who).post(f"/people/{woman}/course/{act}", page="/", completed_on="2026-11-20")
        assert answer.status_code in (403, 404)
    with told.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Completion)) == 0
