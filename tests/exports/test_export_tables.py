"""What the tables hold, identified."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from export_rows import QUESTIONS, START, Rows, header, read_jsonl, survey

from bot.store.channel_tables import Profile
from bot.store.tables import AddressRow
from bot.surveys.model import Question

# the columns that staff tools rely on, in their order
COLUMNS = {
    "participants": "participant_id status language country region municipality centre channel source "
    "consent_version consented_at enrolled_at pathway level modality completed_at opted_out_at created_at",
    "answers": "participant_id survey survey_version wave question value label answered_at reply_kind",
    "messages": "message_id participant_id session_id direction channel kind at text intent confidence "
    "status error_code",
    "consents": "participant_id purpose decision text_version text_hash language channel at",
    "referrals": "referral_id participant_id kind barrier status opened_at contacted_at closed_at outcome",
    "nudges": "nudge_id participant_id survey wave attempt due_at local_due_at state sent_at reason",
    "indicators": "indicator country group wave n numerator denominator value ci_low ci_high suppressed "
    "definition",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_it_writes_the_header_of_an_empty_table(rows: Rows, tmp_path: Path, table: str) -> None:
    rows.export(tmp_path, table)
    assert header(tmp_path / f"{table}.csv") == COLUMNS[table].split()


def test_it_adds_name_and_address_to_identified_participants_only(rows: Rows, tmp_path: Path) -> None:
    rows.export(tmp_path, "participants", identified=True)
    assert header(tmp_path / "participants.csv") == [*COLUMNS["participants"].split(), "name", "address"]


def test_it_names_a_participant_and_her_latest_address(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman(name="Itzel", phone="+522221234567", source="FERIA26", enrolled_at=START)
    with rows.database.write() as session:
        rows.address(session, person, "+522229999999", START + timedelta(days=40))
    (row,) = rows.read(tmp_path, "participants", identified=True)
    assert row["participant_id"] == person
    assert (row["name"], row["address"], row["source"]) == ("Itzel", "+522229999999", "FERIA26")
    assert (row["enrolled_at"], row["created_at"]) == ("2026-09-14T15:30:12Z", "2026-09-14T16:30:12Z")


def test_it_names_the_telephone_of_each_woman_who_shares_it(rows: Rows, tmp_path: Path) -> None:
    there = rows.woman(name="Itzel", phone="+522221234567")
    other = rows.woman(name="Citlali")
    with rows.database.write() as session:
        phone = session.query(AddressRow).filter_by(participant_id=there).one()
        session.delete(session.query(AddressRow).filter_by(participant_id=other).one())
        for person in (there, other):
            session.add(Profile(address_id=phone.id, participant_id=person, wrong_pins=0, created_at=START))
    found = {row["name"]: row["address"] for row in rows.read(tmp_path, "participants", identified=True)}
    assert found == {"Itzel": "+522221234567", "Citlali": "+522221234567"}


@pytest.mark.parametrize("status", ["refused", "deleted"])
@pytest.mark.parametrize("identified", [True, False])
def test_it_says_no_more_of_who_left_than_that_she_did(
    rows: Rows, tmp_path: Path, status: str, identified: bool
) -> None:
    rows.woman(status=status, name="Itzel", municipality="Puebla", consented_at=START, opted_out_at=START)
    (row,) = rows.read(tmp_path, "participants", identified=identified)
    assert {name for name, cell in row.items() if cell} == {
        "participant_id",
        "status",
        "channel",
        "created_at",
    }
    assert row["status"] == status


def test_it_gives_each_answer_its_value_and_its_words(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey())
    person = rows.woman()
    rows.run(person, nickname="Itzel", works="yes", uses="phone pc", children="skip", born_on="1991-02-28")
    found = {row["question"]: row for row in rows.read(tmp_path, "answers", identified=True)}
    assert {q: (r["value"], r["label"], r["reply_kind"]) for q, r in found.items()} == {
        "nickname": ("Itzel", "", "answered"),
        "works": ("yes", "Sí", "answered"),
        "uses": ("phone pc", "Celular, Computadora", "answered"),
        "children": ("", "", "skipped"),
        "born_on": ("1991-02-28", "", "answered"),
    }
    assert found["works"]["answered_at"] == "2026-09-14T15:31:12Z"
    assert (found["works"]["survey"], found["works"]["survey_version"], found["works"]["wave"]) == (
        "profile",
        "1",
        "enrolment",
    )


def test_it_keeps_calculations_out_of_the_asked_answers(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey())
    rows.run(rows.woman(), income="10", children="2", per_child="5")
    assert [row["question"] for row in rows.read(tmp_path, "answers")] == ["income", "children"]
    (wide,) = rows.read(tmp_path, "survey_profile")
    assert wide["per_child"] == "5"


@pytest.mark.parametrize("identified", [True, False])
def test_it_never_exports_a_restricted_question_nor_what_follows_from_it(
    rows: Rows, tmp_path: Path, identified: bool
) -> None:
    rows.version(survey())
    # neither is ever stored among the answers; the export does not rely on it
    rows.run(rows.woman(), harm="no", at_risk="1", works="yes")
    options = {"identified": identified}
    assert [row["question"] for row in rows.read(tmp_path, "answers", **options)] == ["works"]
    (wide,) = rows.read(tmp_path, "survey_profile", **options)
    assert not {"harm", "at_risk"} & set(wide)


def test_it_drops_what_any_version_calls_restricted(rows: Rows, tmp_path: Path) -> None:
    before = tuple(replace(q, sensitivity="ordinary") for q in QUESTIONS)
    rows.version(survey(before), 1)
    rows.version(survey(), 2)
    rows.run(rows.woman(), harm="no")
    assert rows.read(tmp_path, "answers", identified=True) == []


def test_it_lays_a_questionnaire_out_wide(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey())
    person = rows.woman()
    rows.run(person, works="yes", uses="pc phone", income="1250.5")
    rows.run(person, "m3", works="no", uses="skip")
    first, later = rows.read(tmp_path, "survey_profile", identified=True)
    assert list(first)[:5] == ["participant_id", "wave", "survey_version", "started_at", "completed_at"]
    assert (first["participant_id"], first["wave"], first["completed_at"]) == (
        person,
        "enrolment",
        "2026-09-14T15:39:12Z",
    )
    assert [first[c] for c in ("works", "uses", "uses/phone", "uses/pc", "uses/none", "income")] == [
        "yes",
        "pc phone",
        "1",
        "1",
        "0",
        "1250.5",
    ]
    assert [later[c] for c in ("works", "uses", "uses/phone", "income")] == ["no", "", "", ""]


def test_it_puts_older_versions_columns_after_the_newest_ones(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey((QUESTIONS[5], Question("gone", "integer"), QUESTIONS[2])), 1)
    rows.version(survey((QUESTIONS[2], Question("added", "integer"), QUESTIONS[5])), 2)
    rows.run(rows.woman(), gone="3", works="yes")
    rows.export(tmp_path, "survey_profile")
    assert header(tmp_path / "survey_profile.csv")[5:] == ["children", "added", "works", "gone"]


def test_it_renames_a_question_called_as_a_column_of_ours(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey((Question("survey_version", "integer"),)))
    rows.run(rows.woman(), survey_version="4")
    (row,) = rows.read(tmp_path, "survey_profile")
    assert (row["survey_version"], row["survey_version_answer"]) == ("1", "4")


def test_it_lists_what_came_in_and_what_went_out(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman()
    asked = rows.inbound(person, "hola", intent="greet", confidence=0.75)
    rows.outbound(person, "¡Hola! ¿Vamos?", inbox_id=asked, error_code=None)
    came, went = rows.read(tmp_path, "messages", identified=True)
    assert came == {
        "message_id": f"in-{asked}",
        "participant_id": person,
        "session_id": "s" * 32,
        "direction": "in",
        "channel": "whatsapp",
        "kind": "text",
        "at": came["at"],
        "text": "hola",
        "intent": "greet",
        "confidence": "0.75",
        "status": "received",
        "error_code": "",
    }
    assert (went["direction"], went["kind"], went["text"], went["status"]) == (
        "out",
        "reply",
        "¡Hola! ¿Vamos?",
        "delivered",
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("queued", "queued"),
        ("sending", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("failed", "failed"),
        ("cancelled", "failed"),
        ("unknown", "unknown"),
    ],
)
def test_it_names_a_sends_status(rows: Rows, tmp_path: Path, state: str, status: str) -> None:
    rows.outbound(rows.woman(), "x", state=state, error_code="63016" if status == "failed" else None)
    (row,) = rows.read(tmp_path, "messages")
    assert (row["status"], row["error_code"]) == (status, "63016" if status == "failed" else "")


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"kind": "location", "latitude": 19.04, "longitude": -98.2}, "19.04 -98.2"),
        ({"kind": "contact", "phone": "+522221112233"}, "+522221112233"),
        ({"kind": "start", "start_code": "FERIA26"}, "FERIA26"),
        ({"kind": "media", "text": "mi puesto"}, "mi puesto"),
        ({"kind": "tap", "tap": "999999.0"}, ""),
    ],
)
def test_it_puts_what_is_no_text_in_words(
    rows: Rows, tmp_path: Path, payload: dict[str, object], text: str
) -> None:
    rows.inbound(rows.woman(), payload=payload)
    (row,) = rows.read(tmp_path, "messages", identified=True)
    assert (row["kind"], row["text"]) == (payload["kind"], text)


def test_it_gives_a_pressed_button_its_title(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman()
    options = [{"title": "Sí", "means": {}}, {"title": "No", "means": {}}]
    sent = rows.outbound(person, "¿Seguimos?", content={"text": "¿Seguimos?", "options": options})
    rows.inbound(person, payload={"kind": "tap", "tap": f"{sent}.1"})
    assert rows.read(tmp_path, "messages", identified=True)[1]["text"] == "No"


@pytest.mark.parametrize("intent", ["restricted", "disclose_violence"])
def test_it_keeps_a_disclosure_and_its_reply_out_of_every_export(
    rows: Rows, tmp_path: Path, intent: str
) -> None:
    person = rows.woman()
    told = rows.inbound(person, "me pega", intent=intent)
    rows.outbound(person, "Aquí hay ayuda", inbox_id=told)
    for row in rows.read(tmp_path, "messages", identified=True):
        assert (row["text"], row["intent"], row["confidence"]) == ("", "", "")


def test_it_lists_consents_in_the_order_they_were_given(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman()
    for purpose, decision in [("data", "granted"), ("followup", "granted"), ("followup", "withdrawn")]:
        rows.consent(person, purpose=purpose, decision=decision)
    found = rows.read(tmp_path, "consents", identified=True)
    assert [(r["purpose"], r["decision"]) for r in found] == [
        ("data", "granted"),
        ("followup", "granted"),
        ("followup", "withdrawn"),
    ]
    assert found[0]["at"] == "2026-09-14T15:30:12Z"


def test_it_lists_referrals(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman()
    rows.referral(person, contacted_at=START + timedelta(days=2), status="contacted")
    (row,) = rows.read(tmp_path, "referrals", identified=True)
    assert (row["participant_id"], row["kind"], row["barrier"], row["status"]) == (
        person,
        "childcare",
        "care",
        "contacted",
    )
    assert (row["contacted_at"], row["closed_at"]) == ("2026-09-16T15:30:12Z", "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "abcd"),
        ({"since": "2026-10-01"}, "bcd"),
        ({"until": "2026-10-01"}, "ab"),
        ({"until": datetime(2026, 10, 1, 8, tzinfo=UTC)}, "a"),
        ({"since": date(2026, 10, 2), "until": date(2026, 11, 30)}, "cd"),
        ({"country": "cl"}, "c"),
        ({"country": "MX", "centre": "Puebla Sur"}, "d"),
        ({"centre": "no such"}, ""),
    ],
)
def test_it_keeps_the_asked_rows(
    rows: Rows, tmp_path: Path, options: dict[str, object], expected: str
) -> None:
    for name, day, country, centre in [
        ("a", datetime(2026, 9, 30, 23, 59, tzinfo=UTC), "MX", None),
        ("b", datetime(2026, 10, 1, 8, tzinfo=UTC), "MX", None),
        ("c", datetime(2026, 10, 2, tzinfo=UTC), "CL", "Puebla Sur"),
        ("d", datetime(2026, 11, 30, 20, tzinfo=UTC), "MX", "Puebla Sur"),
    ]:
        person = rows.woman(name=name, created_at=day, country=country, centre=centre)
        rows.inbound(person, name, received_at=day)
        rows.outbound(person, name, created_at=day, sent_at=None)
        rows.referral(person, opened_at=day)
        rows.consent(person, at=day)
        rows.nudge(person, due_at=day)
    tables = ("participants", "messages", "referrals", "consents", "nudges")
    rows.export(tmp_path, *tables, fmt="jsonl", identified=True, **options)
    people = read_jsonl(tmp_path / "participants.jsonl")
    assert "".join(row["name"] for row in people) == expected
    assert "".join(row["text"] for row in read_jsonl(tmp_path / "messages.jsonl")) == "".join(
        name * 2 for name in expected
    )
    for table in ("referrals", "consents", "nudges"):
        assert len(read_jsonl(tmp_path / f"{table}.jsonl")) == len(expected)


def test_it_reads_all_tables_of_a_run_from_one_snapshot(rows: Rows, tmp_path: Path) -> None:
    rows.woman()

    def meanwhile(table: str, done: int, size: int) -> None:
        if (table, done) == ("participants", 1):
            rows.referral(rows.woman())

    rows.export(tmp_path, "participants", "referrals", progress=meanwhile)
    assert rows.read(tmp_path / "later", "referrals") != []
    assert (tmp_path / "referrals.csv").read_text(encoding="utf-8").count("\n") == 1
