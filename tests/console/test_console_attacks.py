"""What somebody would try who is inside, or nearly: a race at the door, a screen left open, words swapped unseen."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from argon2.exceptions import VerifyMismatchError
from conftest import Office, Visitor
from console_women import LUZ, ROSA

from bot.console.gate import LARGEST_STRANGER
from bot.services.staff import sign_in
from bot.store.broadcast_tables import Broadcast
from bot.store.console_tables import ChangeLog, LabelCorrection, ReadLog
from bot.store.followup_tables import Nudge
from bot.store.tables import Answer, HandOver, InboxRow, Participant


class TestTheDoor:
    def test_guesses_at_the_same_moment_are_counted_before_they_are_tried(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried: list[str] = []

        def guess(password: str) -> str:
            try:
                sign_in.sign_in(
                    office.database, office.clock, "viewer@example.org", password, "1", "10.0.0.1",
                    code_optional=False,
                )  # fmt: skip
            except sign_in.Refused as refused:
                return refused.code
            return "in"

        class Slow:
            """While one guess is hashed the next one comes in."""

            def verify(self, hashed: str, password: str) -> bool:
                tried.append(password)
                if len(tried) < 20:
                    guess(f"guess {len(tried)}")
                raise VerifyMismatchError

        monkeypatch.setattr(sign_in, "HASHER", Slow())
        assert guess("guess 0") == "wrong"
        assert len(tried) == sign_in.PER_ACCOUNT

    def test_who_signs_in_leaves_no_failure_behind(self, office: Office) -> None:
        for _ in range(sign_in.PER_ADDRESS + 2):
            office.enter("viewer").post("/sign-out")

    def test_a_stranger_sends_no_large_body(self, office: Office) -> None:
        visitor = Visitor(office.browser())
        answer = visitor.post("/sign-in", page="/sign-in", email="x" * (LARGEST_STRANGER + 1), password="x")
        assert answer.status_code == 413
        # in pieces, without a length told beforehand
        pieces = (b"email=" + b"x" * LARGEST_STRANGER, b"x")
        kind = {"content-type": "application/x-www-form-urlencoded"}
        assert visitor.client.post("/sign-in", content=iter(pieces), headers=kind).status_code == 413

    def test_a_conversation_left_open_on_a_screen_does_not_keep_the_session(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        for _ in range(5):
            office.clock.advance(timedelta(minutes=6))
            polled = visitor.get(f"/people/{ROSA}/conversation/lines", **{"HX-Request": "true"})
        assert polled.status_code == 200
        office.clock.advance(timedelta(minutes=6))
        polled = visitor.get(f"/people/{ROSA}/conversation/lines", **{"HX-Request": "true"})
        assert polled.headers["HX-Redirect"] == "/sign-in"


class TestFourEyes:
    PATH = "/broadcasts/1"

    def change(self, office: Office, visitor: Visitor, words: str) -> None:
        with office.database.read() as session:
            row = session.get_one(Broadcast, 1)
            same: dict[str, Any] = {
                name: getattr(row, name)
                for name in ("kind", "title", "text_en", "starts_on", "ends_on", "per_day")
            }
        answer = visitor.post(
            f"{self.PATH}/edit", **same, text_es=words, country="MX", statuses=["enrolled", "completed"]
        )
        assert answer.status_code == 303, answer.text
        assert visitor.post(f"{self.PATH}/ask").status_code == 303

    def seen(self, visitor: Visitor) -> str:
        found = re.search(r'name="seen" value="([0-9a-f]+)"', visitor.text(self.PATH))
        assert found, "it cannot be approved"
        return found[1]

    def state(self, office: Office) -> str:
        with office.database.read() as session:
            return session.get_one(Broadcast, 1).state

    def test_words_changed_while_somebody_reads_are_not_approved_with_the_old_ones(
        self, office: Office
    ) -> None:
        author, approver = office.enter("case_worker"), office.enter("focal")
        self.change(office, author, "Hola {nombre}, el sábado hay feria.")
        seen = self.seen(approver)
        self.change(office, author, "Hola {nombre}, manda tu clave de la tarjeta.")
        answer = approver.post(f"{self.PATH}/approve", count="20", seen=seen)
        assert answer.status_code == 400 and "cambió mientras" in answer.text
        assert approver.post(f"{self.PATH}/approve", count="20").status_code == 400
        assert self.state(office) == "waiting"
        answer = approver.post(f"{self.PATH}/approve", count="20", seen=self.seen(approver))
        assert answer.status_code == 303 and self.state(office) == "approved"

    def test_who_wrote_the_words_that_stand_is_not_the_second_person(self, office: Office) -> None:
        editor, asker = office.enter("focal"), office.enter("case_worker")
        with office.database.read() as session:
            row = session.get_one(Broadcast, 1)
            same = {
                n: getattr(row, n) for n in ("kind", "title", "text_en", "starts_on", "ends_on", "per_day")
            }
        editor.post(
            f"{self.PATH}/edit", **same, text_es="Otra cosa, {nombre}.", country="MX", statuses=["enrolled"]
        )
        assert asker.post(f"{self.PATH}/ask").status_code == 303
        assert "Lo tiene que aprobar otra persona" in editor.text(self.PATH)
        with office.database.read() as session:
            from bot.services import broadcast_plan

            stamp = broadcast_plan.stamp(session.get_one(Broadcast, 1))
        answer = editor.post(f"{self.PATH}/approve", count="14", seen=stamp)
        assert answer.status_code == 400 and "otra persona del equipo" in answer.text
        assert self.state(office) == "waiting"


class TestDisclosures:
    """A disclosure is told by nothing but the restricted part (SAF-10)."""

    def restricted(self, office: Office) -> int:
        with office.database.read() as session:
            return session.query(HandOver).filter_by(restricted=True, state="open").one().id

    @pytest.mark.parametrize("who", ["viewer", "analyst", "admin", "case_worker"])
    def test_a_single_one_shows_in_no_count(self, office: Office, who: str) -> None:
        assert "Contacto seguro" not in office.enter(who).text("/")

    def test_the_focal_point_sees_it(self, office: Office) -> None:
        assert "Contacto seguro" in office.enter("focal").text("/")

    def test_from_ten_on_the_others_see_how_many(self, office: Office) -> None:
        with office.database.write() as session:
            known = session.query(HandOver).filter_by(restricted=True).one()
            session.add_all(
                HandOver(
                    participant_id=known.participant_id, reason="disclosure", restricted=True, state="open",
                    opened_at=known.opened_at,
                )
                for _ in range(9)
            )  # fmt: skip
        page = office.enter("viewer").text("/")
        assert "Contacto seguro" in page and "Hay 10." in page

    def test_closing_one_leaves_no_word_of_it_in_the_log(self, office: Office) -> None:
        answer = office.enter("focal").post(f"/handovers/{self.restricted(office)}/close")
        assert answer.status_code == 303
        with office.database.read() as session:
            (row,) = session.query(ChangeLog).filter_by(action="handover_closed")
            assert row.detail == {}

    def test_the_kind_of_one_found_in_review_stands_in_no_open_column(self, office: Office) -> None:
        visitor = office.enter("analyst")
        with office.database.read() as session:
            message = session.query(InboxRow).filter_by(participant_id=ROSA, intent="ask_location").one().id
        visitor.post(f"/review/{message}/label", intent="disclose_violence", filters="")
        with office.database.read() as session:
            (row,) = session.query(LabelCorrection).filter_by(inbox_id=message)
            assert row.after == "restricted"
        assert "restricted" not in visitor.text("/review/corrections")


class TestSmallCounts:
    """Who sees no single woman counts none either (PRV-10)."""

    def test_a_notice_for_few_is_not_counted_to_a_viewer(self, office: Office) -> None:
        with office.database.write() as session:
            row = session.get_one(Broadcast, 1)
            row.audience = {**row.audience, "region": "México"}
            few = (
                session.query(Participant).filter_by(country="MX", region="México", status="enrolled").count()
            )
        assert 0 < few < 5
        viewer, case_worker = (
            office.enter("viewer").text(self.PATH),
            office.enter("case_worker").text(self.PATH),
        )
        assert "<dt>Cumplen las condiciones</dt><dd>menos de 5</dd>" in viewer
        assert "menos de 5" not in case_worker

    PATH = "/broadcasts/1"

    def test_where_few_stopped_is_not_told_to_a_viewer(self, office: Office) -> None:
        with office.database.write() as session:
            for row in session.query(Answer).filter_by(survey="b_profile", question="age").limit(3):
                row.reply_kind = "skipped"
        pages = {who: office.enter(who).text("/surveys/b_profile") for who in ("viewer", "analyst")}
        assert '<span class="masked">–</span>' in pages["viewer"]
        assert '<span class="masked">–</span>' not in pages["analyst"]
        cells = re.findall(r'<td class="num">(\d+)</td>', pages["viewer"])
        assert cells and not {"1", "2", "3", "4"} & set(cells)


class TestWhyNothingIsSent:
    """A pause after a disclosure, or hours that are not safe, say what happened to her."""

    SAYS = ("pausa de cuidado", "sin hora segura")

    @pytest.fixture
    def paused(self, office: Office) -> Office:
        with office.database.write() as session:
            session.query(Nudge).filter_by(participant_id=ROSA).delete()
            for wave, reason in (("b1", "safety_quiet"), ("m3", "no_safe_hour"), ("m6", "quiet_hours")):
                session.add(
                    Nudge(
                        participant_id=ROSA, survey="broadcast" if wave == "b1" else "f_core", wave=wave, attempt=1,
                        due_at=office.clock(), local_due_at="2026-11-03T10:00:00-06:00", not_before=office.clock(),
                        closes_at=office.clock() + timedelta(days=9), state="held", reason=reason,
                        created_at=office.clock(), updated_at=office.clock(),
                    )
                )  # fmt: skip
        return office

    @pytest.mark.parametrize("who", ["analyst", "case_worker", "focal"])
    def test_it_is_not_told_on_her_page(self, paused: Office, who: str) -> None:
        page = paused.enter(who).text(f"/people/{ROSA}")
        assert [word for word in self.SAYS if word in page] == [] and page.count("fuera de horas") == 3

    def test_the_focal_point_reads_it_after_a_reason(self, paused: Office) -> None:
        visitor = paused.enter("focal")
        visitor.post(f"/people/{ROSA}/reveal", what="restricted", reason="safety")
        page = visitor.text(f"/people/{ROSA}")
        assert [word for word in self.SAYS if word in page] == list(self.SAYS)

    def test_exports_leave_out_the_same(self) -> None:
        from bot.exports.tables import followup
        from bot.services.followup_rules import RESTRICTED_REASONS

        assert followup.RESTRICTED_REASONS == RESTRICTED_REASONS

    @pytest.mark.parametrize("who", ["viewer", "admin", "focal"])
    def test_the_page_of_a_notice_does_not_count_it(self, paused: Office, who: str) -> None:
        page = paused.enter(who).text("/broadcasts/1")
        assert "pausa de cuidado" not in page and "fuera de horas" in page


def test_what_staff_noted_about_her_is_forgotten_with_her(office: Office) -> None:
    from bot.services.erasure import erase
    from bot.store.channel_tables import Merge

    for person in (ROSA, LUZ):
        office.enter("case_worker").post(
            f"/people/{person}/reveal", what="identity", reason="follow_up", note="llamar a su hermana Carmen"
        )
    with office.database.write() as session:
        # a record that had become hers
        once = {"staff_id": "eva", "what": "identity", "reason": "follow_up", "note": "vive con Carmen"}
        session.add(ReadLog(at=office.clock(), until=office.clock(), participant_id="before", **once))
        session.add(Merge(kept_id=ROSA, merged_id="before", by="code", moved={}, at=office.clock()))
        session.flush()
        erase(session, session.get_one(Participant, ROSA), "deleted", office.clock())
    with office.database.read() as session:
        notes = {row.participant_id: row.note for row in session.query(ReadLog)}
    # that it was read stays, as the proof
    assert notes == {ROSA: None, "before": None, LUZ: "llamar a su hermana Carmen"}


@pytest.mark.parametrize(
    "path",
    [
        "/referrals/99999999999999999999",
        "/referrals/%C2%B2",
        "/broadcasts/9223372036854775808",
        "/review?before=99999999999999999999",
        "/review?before=%C2%B2",
        "/logs/reads?before=99999999999999999999",
        "/logs/reads?before=%C2%B2",
    ],
)
def test_a_number_that_is_no_row_is_not_found_or_left_out(office: Office, path: str) -> None:
    assert office.enter("everything").get(path).status_code == (200 if "?" in path else 404)


def test_a_sign_that_no_database_takes_is_left_out(office: Office) -> None:
    visitor = office.enter("everything")
    visitor.post(f"/people/{ROSA}/reveal", what="identity", reason="follow_up", note="una\x00nota")
    with office.database.read() as session:
        (row,) = session.query(ReadLog).filter_by(participant_id=ROSA)
        assert row.note == "unanota"
