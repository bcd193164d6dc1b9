"""Personal data: hidden until a reason is stated, logged, and never for who may not see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import Office, Visitor
from console_women import LUZ, LUZ_DISCLOSED, LUZ_SAFE_NUMBER, PAZ, ROSA, ROSA_NAME, ROSA_NUMBER, ROSA_SAID

from bot.store.console_tables import ChangeLog, Hold, ReadLog
from bot.store.tables import InboxRow, Participant

PERSONAL = (ROSA_NAME, "Rosalinda", ROSA_NUMBER, ROSA_NUMBER[1:], ROSA_SAID)
DISCLOSED = (LUZ_DISCLOSED, LUZ_SAFE_NUMBER, "Aquí te escuchan", "Escribe el número seguro")


def found(text: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word in text]


def reveal(visitor: Visitor, person: str, what: str, reason: str = "follow_up", **more: str) -> int:
    return visitor.post(f"/people/{person}/reveal", what=what, reason=reason, **more).status_code


def reads(office: Office) -> list[tuple[str | None, str, str]]:
    with office.database.read() as session:
        rows = session.query(ReadLog).order_by(ReadLog.id)
        return [(row.participant_id, row.what, row.reason) for row in rows]


def test_pages_hold_nothing_personal_before_a_reason_is_stated(office: Office) -> None:
    visitor = office.enter("everything")
    for path in ("/", "/people", f"/people/{ROSA}", f"/people/{ROSA}/conversation", "/review", "/referrals"):
        assert found(visitor.text(path), PERSONAL) == [], path
    assert reads(office) == []


def test_each_kind_is_shown_alone_after_its_reason_and_logged(office: Office) -> None:
    visitor = office.enter("case_worker")
    reveal(visitor, ROSA, "identity", note="llamada de seguimiento")
    page = visitor.text(f"/people/{ROSA}")
    assert ROSA_NAME in page and ROSA_NUMBER in page
    assert (
        "Rosalinda</td>" not in page
        and found(visitor.text(f"/people/{ROSA}/conversation"), (ROSA_SAID,)) == []
    )
    reveal(visitor, ROSA, "content", reason="referral")
    assert "Rosalinda</td>" in visitor.text(f"/people/{ROSA}")
    assert ROSA_SAID in visitor.text(f"/people/{ROSA}/conversation")
    assert reads(office) == [(ROSA, "identity", "follow_up"), (ROSA, "content", "referral")]


def test_it_holds_for_a_quarter_of_an_hour_and_for_this_member_and_woman_only(office: Office) -> None:
    visitor = office.enter("case_worker")
    reveal(visitor, ROSA, "identity")
    assert ROSA_NAME in visitor.text(f"/people/{ROSA}")
    assert "Paz" not in visitor.text(f"/people/{PAZ}")
    assert ROSA_NAME not in office.enter("everything").text(f"/people/{ROSA}")
    office.clock.advance(timedelta(minutes=15))
    assert ROSA_NAME not in visitor.text(f"/people/{ROSA}")


@pytest.mark.parametrize("reason", ["", "because", "curiosity"])
def test_no_reason_shows_nothing(office: Office, reason: str) -> None:
    visitor = office.enter("case_worker")
    reveal(visitor, ROSA, "identity", reason=reason)
    assert ROSA_NAME not in visitor.text(f"/people/{ROSA}")
    assert reads(office) == []


def test_an_analyst_reads_messages_and_no_name(office: Office) -> None:
    visitor = office.enter("analyst")
    assert reveal(visitor, ROSA, "identity") == 403
    assert reveal(visitor, ROSA, "content", reason="quality") == 303
    assert ROSA_SAID in visitor.text(f"/people/{ROSA}/conversation")
    assert found(visitor.text(f"/people/{ROSA}"), (ROSA_NAME, ROSA_NUMBER)) == []


def test_a_search_by_number_is_logged_and_stays_in_scope(office: Office) -> None:
    answer = office.enter("case_worker").post("/people/find", number="722 123 4567")
    assert answer.headers["location"] == f"/people/{ROSA}"
    assert (
        office.enter("chile")
        .post("/people/find", number=ROSA_NUMBER)
        .headers["location"]
        .startswith("/people?")
    )
    assert [what for _, what, _ in reads(office)] == ["search", "search"]
    assert office.enter("analyst").post("/people/find", number=ROSA_NUMBER).status_code == 403


class TestRestricted:
    """What only the focal point sees."""

    def test_others_do_not_see_that_there_is_one(self, office: Office) -> None:
        for who in ("viewer", "case_worker", "analyst", "admin"):
            page = office.enter(who).text("/")
            assert "Contacto seguro" not in page, who

    def test_the_words_stay_hidden_from_a_case_worker_who_reads_the_conversation(
        self, office: Office
    ) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{LUZ}/conversation/take")
        page = visitor.text(f"/people/{LUZ}/conversation")
        assert "La tienes tú" in page and page.count("restringido: solo punto focal") == 5
        assert found(page, DISCLOSED) == []
        assert found(visitor.text(f"/people/{LUZ}"), (*DISCLOSED, "Pidió contacto seguro")) == []
        assert reveal(visitor, LUZ, "restricted") == 403

    def test_the_focal_point_states_a_reason_too(self, office: Office) -> None:
        visitor = office.enter("focal")
        assert found(visitor.text(f"/people/{LUZ}"), DISCLOSED) == []
        reveal(visitor, LUZ, "restricted", reason="safety")
        reveal(visitor, LUZ, "content", reason="safety")
        assert LUZ_SAFE_NUMBER in visitor.text(f"/people/{LUZ}")
        assert found(visitor.text(f"/people/{LUZ}/conversation"), DISCLOSED) == list(DISCLOSED)
        assert reads(office) == [(LUZ, "restricted", "safety"), (LUZ, "content", "safety")]

    def test_review_and_its_export_hold_nothing_of_it(self, office: Office) -> None:
        visitor = office.enter("everything")
        visitor.post("/review/reveal", reason="quality", filters="")
        reveal(visitor, LUZ, "content", reason="quality")
        page, table = visitor.text("/review"), visitor.post("/review/export", filters="").text
        assert found(page + table, DISCLOSED) == []
        assert LUZ[:8] not in page

    def test_nobody_else_closes_it(self, office: Office) -> None:
        assert office.enter("case_worker").post("/handovers/3/close").status_code == 404
        assert office.enter("focal").post("/handovers/3/close").status_code == 303


def test_urls_carry_no_personal_data(office: Office) -> None:
    visitor = office.enter("everything")
    answers = [
        visitor.post("/people/find", number=ROSA_NUMBER),
        visitor.post(f"/people/{ROSA}/reveal", what="identity", reason="follow_up", note=ROSA_NAME),
        visitor.post(f"/people/{ROSA}/conversation/take"),
        visitor.post(f"/people/{ROSA}/conversation/reply", text=ROSA_SAID),
    ]
    for answer in answers:
        assert found(answer.headers["location"], PERSONAL) == []


def test_logs_of_the_program_hold_no_personal_data(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    visitor = office.enter("everything")
    visitor.post("/people/find", number=ROSA_NUMBER)
    reveal(visitor, ROSA, "content")
    visitor.text(f"/people/{ROSA}/conversation")
    assert found(caplog.text.replace("%2B", "+"), (*PERSONAL, "everything@example.org")) == []


def test_what_a_woman_wrote_is_never_markup(office: Office) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
    with office.database.write() as session:
        office.women.says(session, ROSA, hostile, 1, intent="out_of_scope", confidence=0.2)
        person = session.get(Participant, ROSA)
        assert person is not None
        person.name = person.source = hostile[:60]
    visitor = office.enter("everything")
    reveal(visitor, ROSA, "identity")
    reveal(visitor, ROSA, "content")
    assert "&amp;{{7*7}}" in visitor.get("/review").text
    for path in (f"/people/{ROSA}", f"/people/{ROSA}/conversation", "/review"):
        raw = visitor.get(path).text
        assert "<script>alert" not in raw and "<img src=x" not in raw, path
        assert "&lt;script&gt;alert" in raw, path


def test_a_woman_who_was_forgotten_leaves_an_empty_page(office: Office) -> None:
    from bot.services.erasure import erase

    visitor = office.enter("everything")
    visitor.post(f"/people/{ROSA}/conversation/take")
    visitor.post("/review/3/label", intent="ask_support", filters="")
    with office.database.write() as session:
        person = session.get(Participant, ROSA)
        assert person is not None
        erase(session, person, "deleted", office.clock())
    reveal(visitor, ROSA, "identity")
    reveal(visitor, ROSA, "content")
    page = visitor.text(f"/people/{ROSA}") + visitor.text("/people") + visitor.text("/review")
    assert found(page, PERSONAL) == []
    assert visitor.get(f"/people/{ROSA}/conversation").status_code == 200
    with office.database.read() as session:
        assert session.query(InboxRow).filter_by(participant_id=ROSA).count() == 0
        assert session.query(Hold).count() == 0


class TestLogs:
    """The read log and the change log, for administrators."""

    def test_they_show_who_when_what_and_why(self, office: Office) -> None:
        case_worker = office.enter("case_worker")
        reveal(case_worker, ROSA, "identity", note="para la llamada")
        case_worker.post("/handovers/1/close")
        admin = office.enter("admin")
        log = admin.text("/logs/reads")
        assert (
            found(log, ("case_worker@example.org", ROSA[:8], "nombre y direcciones", "para la llamada")) != []
        )
        assert "cerró una solicitud" in admin.text("/logs/changes")

    def test_they_can_be_exported_and_the_export_is_logged(self, office: Office) -> None:
        reveal(office.enter("case_worker"), ROSA, "identity", note="=HYPERLINK(1)")
        reveal(office.enter("case_worker"), ROSA, "identity", note="＝HYPERLINK(2)")
        admin = office.enter("admin")
        lines = admin.post("/logs/reads/export").text.lstrip("\ufeff").splitlines()
        assert lines[0].startswith("id,at,staff_id,participant_id,what,reason")
        assert len(lines) == 3 and ROSA in lines[2] and "'=HYPERLINK" in lines[2]
        assert "'＝HYPERLINK" in lines[1]  # spreadsheets fold the full-width sign
        assert "log_exported" in admin.post("/logs/changes/export").text

    def test_they_hold_no_personal_data_of_hers(self, office: Office) -> None:
        visitor = office.enter("everything")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/reply", text="te llamo al " + ROSA_NUMBER)
        visitor.post("/review/3/label", intent="ask_support", filters="")
        with office.database.read() as session:
            rows = [f"{row.action} {row.object} {row.detail}" for row in session.query(ChangeLog)]
        assert found(" ".join(rows), PERSONAL) == []

    def test_a_page_of_the_log_leads_to_the_older_one(self, office: Office) -> None:
        with office.database.write() as session:
            for number in range(150):
                session.add(ChangeLog(at=office.clock(), staff_id=None, action=f"test_{number}", detail={}))
        admin = office.enter("admin")
        first = admin.text("/logs/changes")
        assert "test 149" in first and "test 10<" not in first
        following = first.split('href="/logs/changes?before=')[1].split('"')[0]
        assert "test 10<" in admin.text(f"/logs/changes?before={following}")
