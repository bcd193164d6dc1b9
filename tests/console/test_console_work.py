"""The work of staff: hand-overs, referrals, requests, what failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import Office
from console_women import LUZ, PAZ, ROSA
from sqlalchemy.orm import Session

from bot.core.messages import Outbound
from bot.services.reconcile_failures import raise_alert
from bot.services.staff import holds
from bot.store.console_tables import Hold, ReferralStep
from bot.store.tables import AddressRow, Conversation, DataRequest, HandOver, InboxRow, OutboxRow, Referral


def of(session: Session, person: str) -> Conversation:
    found = session.get(Conversation, person)
    assert found is not None
    return found


def told(office: Office, person: str) -> list[str]:
    """What staff and the console have put on the way to her, in order."""
    with office.database.read() as session:
        rows = session.query(OutboxRow).filter_by(participant_id=person, kind="staff").order_by(OutboxRow.id)
        return [Outbound.from_json(row.content).text for row in rows]


class TestHandOver:
    """A member takes a conversation, answers, and gives it back."""

    def test_the_bot_is_silent_while_a_member_has_it(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        with office.database.read() as session:
            held = of(session, ROSA).held_by
            hold = session.query(Hold).one()
            assert held == hold.staff_id != "bot" and hold.returned_at is None

    def test_a_reply_waits_for_the_sender_in_her_lane(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        answer = visitor.post(f"/people/{ROSA}/conversation/reply", text="  Hola, soy Inés.  ")
        assert answer.headers["location"].endswith("done=replied")
        assert told(office, ROSA) == ["Hola, soy Inés."]
        with office.database.read() as session:
            row = session.query(OutboxRow).filter_by(kind="staff").one()
            address = session.query(AddressRow).filter_by(participant_id=ROSA).one()
            assert (row.state, row.lane, row.send_to) == ("queued", address.digest, address.reply_to)
        assert office.woken == ["sender"]

    @pytest.mark.parametrize(
        ("make", "code"),
        [
            (
                lambda office, a: setattr(a, "last_inbound_at", office.clock() - timedelta(hours=24)),
                "reply_window",
            ),
            (lambda office, a: setattr(a, "blocked_at", office.clock()), "reply_blocked"),
        ],
        ids=["after 24 hours", "blocked"],
    )
    def test_it_does_not_send_what_would_not_arrive(self, office: Office, make, code: str) -> None:  # type: ignore[no-untyped-def]
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        with office.database.write() as session:
            make(office, session.query(AddressRow).filter_by(participant_id=ROSA).one())
        answer = visitor.post(f"/people/{ROSA}/conversation/reply", text="hola")
        assert answer.headers["location"].endswith(f"failed={code}")
        assert "Tu mensaje</label>" not in visitor.text(f"/people/{ROSA}/conversation")
        visitor.post(f"/people/{ROSA}/conversation/return", solved="yes")
        assert told(office, ROSA) == []

    @pytest.mark.parametrize(("text", "code"), [("   ", "reply_empty"), ("a" * 1001, "reply_long")])
    def test_it_does_not_send_nothing_or_too_much(self, office: Office, text: str, code: str) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        answer = visitor.post(f"/people/{ROSA}/conversation/reply", text=text)
        assert answer.headers["location"].endswith(f"failed={code}")
        assert told(office, ROSA) == []

    def test_a_telegram_chat_has_no_window(self, office: Office) -> None:
        with office.database.write() as session:
            address = session.query(AddressRow).filter_by(participant_id=ROSA).one()
            address.channel, address.last_inbound_at = "telegram", office.clock() - timedelta(days=40)
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/reply", text="hola")
        assert told(office, ROSA) == ["hola"]

    def test_solved_closes_her_requests_and_tells_her(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/return", solved="yes")
        with office.database.read() as session:
            assert of(session, ROSA).held_by == "bot"
            assert {row.state for row in session.query(HandOver).filter_by(participant_id=ROSA)} == {"closed"}
        (word,) = told(office, ROSA)
        assert word.startswith("La persona del equipo ya terminó")

    def test_later_leaves_them_on_the_list_and_promises_no_more_than_the_hours(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/return", solved="no")
        (word,) = told(office, ROSA)
        assert "lunes a viernes" in word and "{" not in word
        assert "Pidió hablar con una persona" in visitor.text("/")

    def test_it_can_be_handed_back_without_a_word(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/return", solved="yes", quiet="yes")
        assert told(office, ROSA) == []

    def test_two_members_do_not_have_it_at_once(self, office: Office) -> None:
        first, second = office.enter("case_worker"), office.enter("focal")
        first.post(f"/people/{ROSA}/conversation/take")
        answer = second.post(f"/people/{ROSA}/conversation/take")
        assert answer.headers["location"].endswith("failed=held")
        for action in ("reply", "return"):
            assert (
                second.post(f"/people/{ROSA}/conversation/{action}", text="hola", solved="yes").status_code
                == 403
            )
        assert told(office, ROSA) == []

    def test_nobody_answers_a_conversation_that_they_did_not_take(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        assert visitor.post(f"/people/{ROSA}/conversation/reply", text="hola").status_code == 403

    def test_her_word_does_not_wake_her_at_night(self, office: Office) -> None:
        # 23:00 in Mexico
        office.clock.now = (office.clock() + timedelta(days=1)).replace(hour=5)
        with office.database.write() as session:
            session.query(AddressRow).filter_by(participant_id=ROSA).one().last_inbound_at = office.clock()
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/reply", text="Aquí estoy todavía")
        visitor.post(f"/people/{ROSA}/conversation/return", solved="yes")
        with office.database.read() as session:
            spoken, word = session.query(OutboxRow).filter_by(kind="staff").order_by(OutboxRow.id)
            assert spoken.not_before <= office.clock()
            assert word.not_before.hour == 15 and word.not_before.date() == office.clock().date()


class TestReturnByTime:
    """A conversation that staff left goes back to the bot, and the promise stands."""

    def hold(self, office: Office, person: str = ROSA) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{person}/conversation/take")

    def step(self, office: Office, hours: float) -> int:
        office.clock.advance(timedelta(hours=hours))
        return holds.return_stale_handovers(office.desk.world, office.clock())

    def test_it_happens_after_four_hours_and_once(self, office: Office) -> None:
        self.hold(office)
        assert self.step(office, 3.9) == 0
        assert self.step(office, 0.2) == 1
        assert self.step(office, 0.2) == 0
        with office.database.read() as session:
            assert of(session, ROSA).held_by == "bot"
            assert session.query(Hold).one().returned_by == "time"
        assert [text.split(".")[0] for text in told(office, ROSA)] == ["Perdón por la espera"]

    def test_her_request_keeps_its_place_and_its_clock(self, office: Office) -> None:
        self.hold(office)
        self.step(office, 5)
        with office.database.read() as session:
            row = session.query(HandOver).filter_by(participant_id=ROSA, reason="asked").one()
            assert row.state == "open" and row.closed_at is None

    def test_a_reply_starts_the_time_anew(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        office.clock.advance(timedelta(hours=3))
        visitor = office.enter("case_worker")
        visitor.post(f"/people/{ROSA}/conversation/take")
        visitor.post(f"/people/{ROSA}/conversation/reply", text="hola")
        assert self.step(office, 3) == 0
        assert self.step(office, 1.1) == 1

    def test_it_says_nothing_of_a_restricted_request(self, office: Office) -> None:
        self.hold(office, LUZ)
        assert self.step(office, 5) == 1
        assert told(office, LUZ) == []


class TestReferral:
    """Opened, contacted, reached, closed; never closed without an outcome."""

    @pytest.mark.parametrize(
        "fields",
        [
            {"after": "closed"},
            {"after": "closed", "outcome": "received"},
            {"after": "closed", "outcome": "received", "eased": "perhaps"},
            {"after": "closed", "outcome": "something", "eased": "yes"},
            {"after": "opened"},
            {"after": ""},
        ],
    )
    def test_it_refuses_a_step_that_is_none(self, office: Office, fields: dict[str, str]) -> None:
        answer = office.enter("case_worker").post("/referrals/1/step", **fields)
        assert answer.status_code == 400 and 'role="alert"' in answer.text
        with office.database.read() as session:
            row = session.get(Referral, 1)
            assert row is not None and (row.status, row.closed_at) == ("opened", None)

    def test_it_goes_its_way_with_every_step_kept(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post("/referrals/1/step", after="contacted", note="hablé con el DIF")
        visitor.post("/referrals/1/step", after="reached")
        visitor.post("/referrals/1/step", after="closed", outcome="received", eased="yes")
        assert visitor.post("/referrals/1/step", after="contacted").status_code == 400
        with office.database.read() as session:
            row = session.get(Referral, 1)
            assert row is not None and row.contacted_at is not None and row.closed_at is not None
            assert (row.status, row.outcome) == ("closed", "received")
            steps = [
                (s.before, s.after, s.eased) for s in session.query(ReferralStep).order_by(ReferralStep.id)
            ]
        assert steps == [
            ("opened", "contacted", None),
            ("contacted", "reached", None),
            ("reached", "closed", "yes"),
        ]
        page = visitor.text("/referrals/1")
        assert "hablé con el DIF" in page and "Está cerrada" in page

    def test_who_could_not_be_reached_was_not_contacted(self, office: Office) -> None:
        office.enter("case_worker").post(
            "/referrals/1/step", after="closed", outcome="not_reached", eased="unknown"
        )
        with office.database.read() as session:
            row = session.get(Referral, 1)
            assert row is not None and (row.contacted_at, row.outcome) == (None, "not_reached")

    @pytest.mark.parametrize(
        ("query", "count"),
        [("", 2), ("?status=opened", 1), ("?status=closed&barrier=money", 15), ("?status=all", 62)],
    )
    def test_the_list_is_filtered(self, office: Office, query: str, count: int) -> None:
        page = office.enter("case_worker").text(f"/referrals{query}")
        assert page.count('<th scope="row"><a href="/referrals/') == count


class TestToday:
    """The list of what needs a person."""

    def test_every_kind_is_there_with_its_clock(self, office: Office) -> None:
        page = office.enter("focal").text("/")
        for words in (
            "Pidió contacto seguro",
            "Pidió hablar con una persona",
            "Ver sus datos",
            "Cuidados",
            "No contestó el seguimiento",
            "ValueError",
            "63016",
        ):
            assert words in page, words
        assert "hace 26 h" in page and "Vence hace 2 h" in page

    @pytest.mark.parametrize("who", ["viewer", "case_worker", "analyst", "admin"])
    def test_what_a_provider_refuses_is_seen_by_everybody(self, office: Office, who: str) -> None:
        with office.database.write() as session:
            now = office.clock() - timedelta(hours=5)
            raise_alert(session, "whatsapp", "template", "tpl_survey_n2:en", "rejected: INVALID_FORMAT", now)
            raise_alert(session, "telegram", "send", "401", "the token is not valid", now)
        page = office.enter(who).text("/")
        assert "Lo que WhatsApp o Telegram rechazan" in page
        assert "tpl_survey_n2:en: rejected: INVALID_FORMAT" in page
        assert "401: the token is not valid" in page

    def test_a_refusal_that_was_mended_leaves_the_list_and_comes_back_if_it_was_not(
        self, office: Office
    ) -> None:
        with office.database.write() as session:
            raise_alert(session, "telegram", "send", "401", "the token is not valid", office.clock())
        assert office.enter("viewer").post("/alerts/1/clear").status_code == 403
        admin = office.enter("admin")
        admin.post("/alerts/1/clear")
        assert "the token is not valid" not in admin.text("/")
        assert admin.post("/alerts/1/clear").status_code == 404
        with office.database.write() as session:
            raise_alert(session, "telegram", "send", "401", "the token is not valid", office.clock())
        assert "the token is not valid" in admin.text("/")

    def test_a_data_request_is_closed_once_and_in_time(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        visitor.post("/requests/1/close")
        with office.database.read() as session:
            closed = session.query(DataRequest).one().closed_at
            assert closed is not None
        office.clock.advance(timedelta(minutes=1))
        visitor.post("/requests/1/close")
        with office.database.read() as session:
            assert session.query(DataRequest).one().closed_at == closed
        assert "Ver sus datos" not in visitor.text("/")

    @pytest.mark.parametrize(("action", "state"), [("retry", "waiting"), ("done", "done")])
    def test_a_message_set_aside_is_tried_again_or_put_away(
        self, office: Office, action: str, state: str
    ) -> None:
        visitor = office.enter("case_worker")
        with office.database.read() as session:
            aside = session.query(InboxRow).filter_by(state="set_aside").one().id
        visitor.post(f"/set-aside/{aside}", action=action)
        with office.database.read() as session:
            row = session.get(InboxRow, aside)
            assert row is not None and row.state == state
            assert action == "done" or (row.attempts, row.retry_at) == (0, None)
        assert visitor.post(f"/set-aside/{aside}", action=action).status_code == 404
        assert "engine" in office.woken

    def test_a_failed_send_leaves_the_list_when_seen(self, office: Office) -> None:
        visitor = office.enter("case_worker")
        with office.database.read() as session:
            failed = session.query(OutboxRow).filter_by(state="failed").one().id
        assert "63016" in visitor.text("/")
        visitor.post(f"/sends/{failed}/attend")
        assert "63016" not in visitor.text("/")

    def test_oldest_stands_first(self, office: Office) -> None:
        with office.database.write() as session:
            session.add(
                HandOver(participant_id=PAZ, reason="stuck", opened_at=office.clock() - timedelta(days=3))
            )
        page = (
            office.enter("case_worker")
            .text("/")
            .split("Quieren hablar con una persona")[1]
            .split("</section>")[0]
        )
        assert page.index("No nos entendimos") < page.index("Pidió hablar")
