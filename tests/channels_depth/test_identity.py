"""One woman with several addresses: user ids, link codes, merge and undo."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.messages import Address, Channel, Inbound, InboundKind
from bot.services.identity_merge import CannotMerge, merge, undo, which_stays
from bot.store.channel_tables import Merge
from bot.store.tables import (
    AddressRow,
    Answer,
    Consent,
    Conversation,
    InboxRow,
    Participant,
    RestrictedAnswer,
)

NEW_SIM = "whatsapp:+525550009999"


def people(bench: Any) -> list[Participant]:
    with bench.database.read() as session:
        return list(session.scalars(sa.select(Participant).order_by(Participant.created_at, Participant.id)))


def from_whatsapp(bench: Any, external_id: str, key: str, other: str = "") -> None:
    address = Address(Channel.WHATSAPP, key, f"whatsapp:{key}", "", other)
    bench.receiver.receive(Inbound(external_id, address, InboundKind.TEXT, text="hola"))


def test_it_knows_her_by_user_id_when_her_number_stays_away(bench: Any) -> None:
    from_whatsapp(bench, "SM1", "+525550001111", "MX.123abc")
    from_whatsapp(bench, "SM2", "MX.123abc")
    assert len(people(bench)) == 1


def test_it_knows_her_with_a_new_number(bench: Any) -> None:
    from_whatsapp(bench, "SM1", "+525550001111", "MX.123abc")
    from_whatsapp(bench, "SM2", "+525550009999", "MX.123abc")
    assert len(people(bench)) == 1
    with bench.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AddressRow)) == 3


def test_it_does_not_join_two_records_on_the_word_of_one_message(bench: Any) -> None:
    from_whatsapp(bench, "SM1", "MX.123abc")
    from_whatsapp(bench, "SM2", "+525550001111")
    from_whatsapp(bench, "SM3", "+525550001111", "MX.123abc")
    assert len(people(bench)) == 2


# -- link codes ----------------------------------------------------------------------------------------------


def code_of(talk: Any, external_id: str = "SM1", **more: Any) -> str:
    (said,) = talk.says(external_id, "Vincular", **more)
    found = re.search(r"OP-[0-9A-Z]{6}", said)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}.", "lower"])
def test_it_joins_two_chats_by_a_code(talk: Any, typed: str) -> None:
    code = code_of(talk)
    text = code.lower() if typed == "lower" else typed.format(code)
    assert talk.says("SM2", text, who=NEW_SIM) == [
        talk.says_key("link_done_there"),
        talk.says_key("link_done"),
    ]
    assert len(people(talk)) == 1
    assert talk.says("SM3", "gracias", who=NEW_SIM) == ["eco gracias"]
    assert {sender for sender, _ in talk.engine.said} == {people(talk)[0].id}


def test_it_answers_in_the_chat_where_she_wrote(talk: Any) -> None:
    code = code_of(talk)
    talk.says("SM2", code, who=NEW_SIM)
    talk.says("SM3", "uno", who=NEW_SIM)
    talk.says("SM4", "dos")
    talk.send()
    tos = [(to, m.text) for to, m, _ in talk.provider.taken if m.text.startswith("eco")]
    assert tos == [(NEW_SIM, "eco uno"), ("whatsapp:+525550001111", "eco dos")]


def test_it_takes_a_code_once_and_for_a_quarter_of_an_hour(talk: Any) -> None:
    refused = [talk.says_key("link_unknown")]
    late = code_of(talk)
    talk.clock.forward(minutes=16)
    assert talk.says("SM2", late, who=NEW_SIM) == refused
    first, second = code_of(talk, "SM3"), code_of(talk, "SM4")
    assert talk.says("SM5", first, who=NEW_SIM) == refused  # replaced by the second
    talk.says("SM6", second, who=NEW_SIM)
    assert talk.says("SM7", second, who="whatsapp:+525550007777") == refused
    assert len(people(talk)) == 2


def test_it_does_not_let_codes_be_guessed(talk: Any) -> None:
    code = code_of(talk)
    for n in range(5):
        talk.says(f"G{n}", f"OP-22222{n + 2}", who=NEW_SIM)
    assert talk.says("G9", code, who=NEW_SIM) == [talk.says_key("link_unknown")]
    assert len(people(talk)) == 2


def test_it_says_so_when_there_is_nothing_to_join(talk: Any) -> None:
    assert talk.says("SM2", code_of(talk)) == [talk.says_key("link_same")]


@pytest.mark.parametrize(
    "text", ["mi código", "OP-12", "op 23", "me llamo OP-ABCDEFGH", "vincular mi negocio"]
)
def test_it_leaves_other_messages_to_the_dialogue(talk: Any, text: str) -> None:
    assert talk.says("SM1", text) == [f"eco {text}"]


# -- merge and undo ------------------------------------------------------------------------------------------


AT = datetime(2026, 11, 1, tzinfo=UTC)


def answered(person: str, question: str, value: str, table: Any = Answer) -> Any:
    more = {"survey_version": 1, "reply_kind": "answered"} if table is Answer else {}
    return table(
        participant_id=person,
        survey="b",
        wave="enrolment",
        question=question,
        value=value,
        answered_at=AT,
        **more,
    )


def two(bench: Any) -> tuple[str, str]:
    """An enrolled woman, and a second record of hers that asked for silence; their ids."""
    bench.hears("SM1")
    bench.clock.forward(minutes=1)
    bench.hears("SM2", who=NEW_SIM)
    one, other = (p.id for p in people(bench))
    now = bench.clock()
    with bench.database.write() as session:
        first, second = session.get_one(Participant, one), session.get_one(Participant, other)
        first.status, first.name, first.country = "enrolled", "Marta", "MX"
        second.status, second.opted_out_at, second.municipality = "consented", now, "Puebla"
        session.add_all(
            [
                answered(one, "age", "30_39"),
                answered(other, "age", "40_49"),
                answered(other, "net", "good"),
                answered(other, "safe", "no", RestrictedAnswer),
            ]
        )
        for person, at in ((one, now - timedelta(days=3)), (other, now)):
            session.add(
                Consent(
                    participant_id=person,
                    purpose="followup",
                    decision="granted" if person == one else "withdrawn",
                    text_version="1",
                    text_hash="x",
                    language="es",
                    channel="whatsapp",
                    at=at,
                )
            )
    return one, other


def joined(bench: Any, one: str, other: str) -> int:
    with bench.database.write() as session:
        kept, merged = which_stays(session.get_one(Participant, other), session.get_one(Participant, one))
        assert (kept.id, merged.id) == (one, other)
        return merge(session, kept, merged, "staff-1", bench.clock()).id


def test_it_makes_one_person_of_two_records(bench: Any) -> None:
    one, other = two(bench)
    joined(bench, one, other)
    (person,) = people(bench)
    assert (person.id, person.status, person.municipality) == (one, "enrolled", "Puebla")
    with bench.database.read() as session:
        values = dict(session.execute(sa.select(Answer.question, Answer.value)).tuples().all())
        assert values == {"age": "30_39", "net": "good"}  # the kept record's word stands
        for table in (AddressRow, InboxRow, Consent, RestrictedAnswer, Conversation):
            assert set(session.scalars(sa.select(table.participant_id))) == {one}


def test_it_lets_consent_and_stop_follow_the_person(bench: Any) -> None:
    one, other = two(bench)
    joined(bench, one, other)
    assert people(bench)[0].opted_out_at is not None
    with bench.database.read() as session:
        latest = session.scalar(sa.select(Consent.decision).order_by(Consent.at.desc()).limit(1))
    assert latest == "withdrawn"


def test_it_takes_a_merge_back_whole(bench: Any) -> None:
    one, other = two(bench)
    before = snapshot(bench)
    merge_id = joined(bench, one, other)
    bench.hears("SM9")  # what came since stays where it came
    with bench.database.write() as session:
        assert undo(session, merge_id, bench.clock()).id == other
    after = snapshot(bench)
    assert after["inbox"] == before["inbox"] | {("SM9", one)}
    assert {k: v for k, v in after.items() if k != "inbox"} == {
        k: v for k, v in before.items() if k != "inbox"
    }
    with bench.database.write() as session, pytest.raises(CannotMerge, match="already"):
        undo(session, merge_id, bench.clock())


def snapshot(bench: Any) -> dict[str, Any]:
    with bench.database.read() as session:
        persons = session.scalars(sa.select(Participant)).all()
        return {
            "answers": set(
                session.execute(sa.select(Answer.participant_id, Answer.question, Answer.value)).tuples()
            ),
            "addresses": set(
                session.execute(sa.select(AddressRow.digest, AddressRow.participant_id)).tuples()
            ),
            "consents": set(session.execute(sa.select(Consent.id, Consent.participant_id)).tuples()),
            "inbox": set(session.execute(sa.select(InboxRow.external_id, InboxRow.participant_id)).tuples()),
            "restricted": set(session.scalars(sa.select(RestrictedAnswer.participant_id))),
            "talks": set(session.scalars(sa.select(Conversation.participant_id))),
            "people": {(p.id, p.status, p.name, p.municipality, p.country) for p in persons},
        }


def test_it_keeps_a_stop_on_both_after_an_undo(bench: Any) -> None:
    one, other = two(bench)
    merge_id = joined(bench, one, other)
    with bench.database.write() as session:
        undo(session, merge_id, bench.clock())
    assert all(p.opted_out_at is not None for p in people(bench))


def test_it_never_merges_what_was_forgotten(bench: Any) -> None:
    one, other = two(bench)
    with bench.database.write() as session:
        gone = session.get_one(Participant, other)
        gone.status = "deleted"
        with pytest.raises(CannotMerge, match="forgotten"):
            merge(session, session.get_one(Participant, one), gone, "staff-1", bench.clock())


def test_it_forgets_what_a_merge_set_aside(bench: Any) -> None:
    from bot.services.erasure import erase

    one, other = two(bench)
    joined(bench, one, other)
    with bench.database.write() as session:
        erase(session, session.get_one(Participant, one), "deleted", bench.clock())
    with bench.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Merge)) == 0
