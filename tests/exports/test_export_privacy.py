"""Without ``identified`` no cell leads back to a person (PRV-09)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from export_rows import QUESTIONS, START, Rows, header, read_csv, survey
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.pseudonyms import Pseudonyms
from bot.exports.snapshot import snapshot
from bot.surveys.model import Question

TABLES = ("participants", "answers", "survey_profile", "messages", "consents", "referrals", "nudges")
MARKS = ("Xochiquetzal", "522229876543", "calle Roble 5", "19.0414")


@pytest.fixture
def populated(rows: Rows) -> list[str]:
    """Twelve women, each with something in every table; the ids of them."""
    rows.version(survey())
    people = []
    for number in range(12):
        person = rows.woman(
            name="Xochiquetzal",
            phone=f"+5222298765{43 + number}",
            municipality="Puebla" if number < 10 else "Atlixco",
            source="5222298765430" if number == 0 else "FERIA26",
            consented_at=START,
        )
        people.append(person)
        rows.run(
            person,
            nickname="Xochiquetzal",
            hello="Hola Xochiquetzal",
            from_hidden="Xochiquetzal",
            town="21114" if number < 9 else "21019",
            spot="19.0414 -98.2063",
            born_on="1991-02-28",
            works="yes",
            children="2",
        )
        asked = rows.inbound(person, "vivo en calle Roble 5")
        rows.outbound(person, "Gracias, Xochiquetzal", inbox_id=asked)
        rows.consent(person)
        rows.referral(person)
        rows.nudge(person, due_at=START, sent_at=START, state="sent", reason="queued")
    return people


def test_it_leaves_no_name_number_or_word_of_hers(
    rows: Rows, tmp_path: Path, populated: Sequence[str]
) -> None:
    rows.export(tmp_path, *TABLES)
    for table in TABLES:
        text = (tmp_path / f"{table}.csv").read_text(encoding="utf-8")
        assert len(text.splitlines()) > len(populated)
        assert not [mark for mark in (*MARKS, *populated) if mark in text]


def test_it_cuts_every_time_to_its_month(rows: Rows, tmp_path: Path, populated: Sequence[str]) -> None:
    rows.export(tmp_path, *TABLES)
    exact = re.compile(r"\d{4}-\d{2}-\d{2}|\d{2}:\d{2}")
    for table in TABLES:
        found = read_csv(tmp_path / f"{table}.csv")
        assert not [cell for row in found for cell in row.values() if exact.search(cell)]
        times = [name for name in header(tmp_path / f"{table}.csv") if name == "at" or name.endswith("_at")]
        assert {row[name] for row in found for name in times} <= {"2026-09", ""}
    born = [r["value"] for r in read_csv(tmp_path / "answers.csv") if r["question"] == "born_on"]
    assert set(born) == {"1991-02"} == {r["born_on"] for r in read_csv(tmp_path / "survey_profile.csv")}


def test_it_keeps_what_says_nothing_of_who_she_is(
    rows: Rows, tmp_path: Path, populated: Sequence[str]
) -> None:
    rows.export(tmp_path, *TABLES)
    wide = read_csv(tmp_path / "survey_profile.csv")
    assert {(r["works"], r["children"]) for r in wide} == {("yes", "2")}
    assert {r["status"] for r in read_csv(tmp_path / "participants.csv")} == {"enrolled"}


def test_it_uses_one_id_a_person_in_a_run_and_another_in_the_next(
    rows: Rows, tmp_path: Path, populated: Sequence[str]
) -> None:
    ids = []
    for run in ("first", "second"):
        rows.export(tmp_path / run, *TABLES)
        people = {
            table: {row["participant_id"] for row in read_csv(tmp_path / run / f"{table}.csv")}
            for table in TABLES
        }
        assert all(found == people["participants"] for found in people.values())
        assert len(people["participants"]) == len(populated)
        ids.append(people["participants"])
    assert not ids[0] & ids[1]


def test_it_re_keys_messages_sessions_referrals_and_nudges(
    rows: Rows, tmp_path: Path, populated: Sequence[str]
) -> None:
    kept: list[set[str]] = []
    for run in ("first", "second"):
        rows.export(tmp_path / run, "messages", "referrals", "nudges")
        messages = read_csv(tmp_path / run / "messages.csv")
        found = {row[name] for row in messages for name in ("message_id", "session_id")}
        found |= {row["referral_id"] for row in read_csv(tmp_path / run / "referrals.csv")}
        found |= {row["nudge_id"] for row in read_csv(tmp_path / run / "nudges.csv")}
        assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)
        assert len({row["message_id"] for row in messages}) == len(messages)
        kept.append(found)
    assert not kept[0] & kept[1]


@pytest.mark.parametrize(
    ("table", "key"), [("participants", 0), ("messages", 0), ("referrals", 0), ("nudges", 0)]
)
def test_it_orders_rows_by_the_ids_of_the_run(
    rows: Rows, tmp_path: Path, populated: Sequence[str], table: str, key: int
) -> None:
    rows.export(tmp_path, table)
    ids = [list(row.values())[key] for row in read_csv(tmp_path / f"{table}.csv")]
    assert ids == sorted(ids)


@pytest.mark.parametrize("table", ["answers", "survey_profile", "consents"])
def test_it_orders_people_by_the_ids_of_the_run(
    rows: Rows, tmp_path: Path, populated: Sequence[str], table: str
) -> None:
    people = [row["participant_id"] for row in rows.read(tmp_path, table)]
    assert people == sorted(people)


def test_it_names_a_municipality_from_ten_women_up(
    rows: Rows, tmp_path: Path, populated: Sequence[str]
) -> None:
    rows.export(tmp_path, "participants", "answers", "survey_profile")
    named = [row["municipality"] for row in read_csv(tmp_path / "participants.csv")]
    assert sorted(named) == ["", "", *["Puebla"] * 10]
    # the tenth woman of Puebla had said Atlixco: that answer is not hidden by the ten
    for found in (
        [(r["value"], r["label"]) for r in read_csv(tmp_path / "answers.csv") if r["question"] == "town"],
        [(r["town"], "Puebla" if r["town"] else "") for r in read_csv(tmp_path / "survey_profile.csv")],
    ):
        assert sorted(found) == [*[("", "")] * 3, *[("21114", "Puebla")] * 9]


def test_it_counts_only_the_women_of_the_export(rows: Rows, tmp_path: Path, populated: Sequence[str]) -> None:
    # nine of the ten are left
    found = rows.read(tmp_path, "participants", since=START + timedelta(hours=1, minutes=1))
    assert {row["municipality"] for row in found} == {""}


def test_it_tells_namesakes_in_two_regions_apart(rows: Rows, tmp_path: Path) -> None:
    for number in range(12):
        rows.woman(region="Jalisco" if number % 2 else "Puebla", municipality="San Juan")
    assert {row["municipality"] for row in rows.read(tmp_path, "participants")} == {""}


@pytest.mark.parametrize(
    ("source", "kept"),
    [("FERIA26", "FERIA26"), ("5512345678", ""), ("tel-55-1234-5678", ""), ("radio_2026", "radio_2026")],
)
def test_it_drops_a_source_that_could_be_a_telephone(
    rows: Rows, tmp_path: Path, source: str, kept: str
) -> None:
    rows.woman(source=source)
    (row,) = rows.read(tmp_path, "participants")
    assert row["source"] == kept


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (Question("q", "text"), "mi vecina Rosa"),
        (Question("q", "image"), "MM123"),
        (Question("q", "geopoint"), "19.04 -98.2"),
        (Question("q", "integer", reads_as="phone"), "5512345678"),
        (Question("q", "select_one", list_name="none", open_list=True), "Rosa Pérez"),
        (
            Question("q", "select_one", list_name="towns", reads_as="place", appearance="autocomplete"),
            "21114",
        ),
        (Question("q", "calculate", calculation="substr(${born_on}, 0, 4)"), "1991"),
    ],
)
def test_it_masks_what_could_name_her(rows: Rows, tmp_path: Path, question: Question, answer: str) -> None:
    rows.version(survey((*QUESTIONS, question)))
    rows.run(rows.woman(), q=answer, works="yes")
    rows.export(tmp_path, "answers", "survey_profile")
    (wide,) = read_csv(tmp_path / "survey_profile.csv")
    assert (wide["q"], wide["works"]) == ("", "yes")
    assert [r["value"] for r in read_csv(tmp_path / "answers.csv") if r["question"] == "q"] in ([], [""])


def test_it_uses_the_strictest_version_of_a_question(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey((Question("q", "text"),)), 1)
    rows.version(survey((Question("q", "integer"),)), 2)
    rows.run(rows.woman(), q="44")
    (row,) = rows.read(tmp_path, "answers")
    assert row["value"] == ""


def test_it_keeps_rows_whose_person_was_erased(rows: Rows, tmp_path: Path) -> None:
    rows.inbound(None, payload={}, intent=None)
    rows.outbound(None, content=None, send_to=None)
    found = rows.read(tmp_path, "messages")
    assert [row["participant_id"] for row in found] == ["", ""]


@given(key=st.binary(min_size=32, max_size=32), ids=st.lists(st.uuids(), min_size=1, max_size=5))
def test_it_works_ids_out_alike_in_the_database_and_in_python(key: bytes, ids: list[uuid.UUID]) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        pseudonyms = Pseudonyms(connection, key)
        for one in ids:
            column = pseudonyms.column("participant", sa.literal(one.hex))
            assert connection.scalar(sa.select(column)) == pseudonyms.of("participant", one.hex)
    engine.dispose()


def test_it_works_ids_out_alike_in_this_database_and_in_python(rows: Rows) -> None:
    import sqlalchemy as sa

    with snapshot(rows.database) as connection:
        pseudonyms = Pseudonyms(connection, b"k" * 32)
        for scope, value in [("participant", "a" * 32), ("in", 1), ("participant", None), ("session", "ñ")]:
            column = pseudonyms.column(scope, sa.literal(value, sa.String if value is None else None))
            assert connection.scalar(sa.select(column)) == pseudonyms.of(scope, value)


def test_it_gives_equal_numbers_of_different_things_different_ids() -> None:
    import sqlalchemy as sa

    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        pseudonyms = Pseudonyms(connection)
        assert len({pseudonyms.of(scope, 7) for scope in ("in", "out", "referral")}) == 3
    engine.dispose()


def test_it_shows_the_month_in_utc(rows: Rows, tmp_path: Path) -> None:
    rows.woman(created_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    (row,) = rows.read(tmp_path, "participants")
    assert row["created_at"] == "2026-10"
