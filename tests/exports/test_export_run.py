"""A run as a whole: what is refused, what is left behind, what it costs in memory."""

from __future__ import annotations

import json
import stat
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from export_rows import QUESTIONS, START, Rows, World, read_csv, survey

from bot.exports import bound, formats, run_export, table_names
from bot.exports.tables import BUILDERS
from bot.store.tables import InboxRow


def test_it_names_the_tables_there_are(rows: Rows) -> None:
    rows.version(survey())
    assert table_names(World(rows.database)) == [*BUILDERS, "survey_profile"]


@pytest.mark.parametrize(
    ("tables", "options", "words"),
    [
        (["people"], {}, ["no table 'people'", "participants", "survey_profile"]),
        (["survey_none"], {}, ["no table 'survey_none'"]),
        ([], {}, ["no table named", "participants"]),
        (["participants"], {"fmt": "doc"}, ["no format 'doc'", *formats()]),
        (["participants"], {"since": "ayer"}, ["'ayer' is no date", "2026-11-30"]),
        (["participants"], {"until": START.replace(tzinfo=None)}, ["naive"]),
    ],
)
def test_it_refuses_a_wrong_call_in_one_line(
    rows: Rows, tmp_path: Path, tables: list[str], options: dict[str, str], words: list[str]
) -> None:
    rows.version(survey())
    with pytest.raises(ValueError, match=r"no |naive") as refused:
        run_export(World(rows.database), tables, out=tmp_path / "out", **options)  # type: ignore[arg-type]
    message = str(refused.value)
    assert "\n" not in message
    assert [word for word in words if word not in message] == []
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize(
    ("value", "end", "instant"),
    [
        (None, False, None),
        ("2026-11-30", False, "2026-11-30T00:00:00+00:00"),
        ("2026-11-30", True, "2026-12-01T00:00:00+00:00"),
        ("2026-11-30T12:00-03:00", True, "2026-11-30T15:00:00+00:00"),
    ],
)
def test_it_reads_a_limit(value: str | None, end: bool, instant: str | None) -> None:
    found = bound(value, end=end)
    assert (found.isoformat() if found else None) == instant


def test_it_writes_a_table_once_however_often_it_is_named(rows: Rows, tmp_path: Path) -> None:
    made = rows.export(tmp_path, "consents", "consents")
    assert [path.name for path in made] == ["consents.csv", "codebook.csv", "codebook.json"]


def test_it_makes_files_for_their_owner_only(rows: Rows, tmp_path: Path) -> None:
    for path in rows.export(tmp_path / "new" / "folder", "participants", fmt="xlsx"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_leaves_the_earlier_export_when_it_fails(rows: Rows, tmp_path: Path) -> None:
    rows.woman(name="Itzel")
    rows.export(tmp_path, "participants", "messages")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    rows.inbound(rows.woman(), "hola")

    def break_off(table: str, done: int, size: int) -> None:
        if table == "messages" and done == size:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rows.export(tmp_path, "participants", "messages", progress=break_off)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_it_can_be_broken_off_in_the_middle_and_run_again(
    rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.exports.run.CHUNK", 1)
    monkeypatch.setattr("bot.exports.snapshot.CHUNK", 1)
    for _ in range(5):
        rows.inbound(rows.woman(), "x")

    def break_off(table: str, done: int, size: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    for table in ("participants", "messages"):
        with pytest.raises(KeyboardInterrupt):
            rows.export(tmp_path, table, progress=break_off)
        assert list(tmp_path.iterdir()) == []
    assert len(rows.read(tmp_path, "messages")) == 5


def test_it_tells_how_far_it_is(rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.exports.run.CHUNK", 2)
    for _ in range(5):
        rows.inbound(rows.woman(), "x")
    told: list[tuple[str, int, int]] = []
    rows.export(tmp_path, "participants", "messages", progress=lambda *word: told.append(word))
    steps = [0, 2, 4, 5]
    assert told == [(table, done, 5) for table in ("participants", "messages") for done in steps]


@pytest.mark.parametrize(
    "table", ["answers", "survey_profile", "messages", "consents", "referrals", "nudges", "indicators"]
)
def test_it_says_how_many_rows_there_will_be(rows: Rows, tmp_path: Path, table: str) -> None:
    rows.version(survey())
    for country in ("MX", "CL", "MX"):
        person = rows.woman(country=country)
        rows.run(person, works="yes", children="1", harm="no")
        rows.inbound(person, "x")
        rows.outbound(person, "y")
        rows.consent(person)
        rows.referral(person)
        rows.nudge(person)
    told: list[tuple[int, int]] = []
    rows.export(tmp_path, table, country="MX", progress=lambda _, *word: told.append(word))
    done, size = told[-1]
    assert done == size == len(read_csv(tmp_path / f"{table}.csv")) > 0


def test_it_describes_every_column_in_the_codebook(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey())
    for table in (*BUILDERS, "survey_profile"):
        rows.export(tmp_path, table, identified=True)
        book = json.loads((tmp_path / "codebook.json").read_text(encoding="utf-8"))
        columns = list(read_header(tmp_path / f"{table}.csv"))
        assert [entry["column"] for entry in book[table]] == columns
        calculated = {question.name for question in QUESTIONS if question.type == "calculate"}
        assert [e["column"] for e in book[table] if not e["label"] and e["column"] not in calculated] == []
        listed = [row["column"] for row in read_csv(tmp_path / "codebook.csv") if row["type"]]
        assert listed == columns


def read_header(path: Path) -> Iterator[str]:
    yield from path.read_text(encoding="utf-8").splitlines()[0].split(",")


def test_it_lists_choices_with_labels_and_codes(rows: Rows, tmp_path: Path) -> None:
    rows.version(survey())
    rows.export(tmp_path, "survey_profile")
    book = {
        entry["column"]: entry
        for entry in json.loads((tmp_path / "codebook.json").read_text())["survey_profile"]
    }
    assert book["works"] == {
        "column": "works",
        "variable": "works",
        "type": "text",
        "label": "¿Trabajas?",
        "values": [{"value": "yes", "label": "Sí", "code": 1}, {"value": "no", "label": "No", "code": 2}],
    }
    assert book["uses/pc"]["variable"] == "uses_pc"
    assert book["born_on"]["type"] == "month"


# opening sealed texts is slow while memory is traced, so there are fewer of them, in smaller chunks
@pytest.mark.parametrize(
    ("identified", "chunk", "few", "many"), [(True, 250, 750, 4_000), (False, 1_000, 3_000, 20_000)]
)
def test_its_memory_does_not_grow_with_the_table(
    rows: Rows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    identified: bool,
    chunk: int,
    few: int,
    many: int,
) -> None:
    monkeypatch.setattr("bot.exports.snapshot.CHUNK", chunk)
    person = rows.woman()

    def peak() -> int:
        tracemalloc.start()
        try:
            rows.export(tmp_path, "messages", identified=identified)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    fill(rows, person, few)
    rows.export(tmp_path, "messages", identified=identified)  # what is imported and compiled once
    small = peak()
    fill(rows, person, many - few)
    assert peak() < small * 1.3
    assert len(read_csv(tmp_path / "messages.csv")) == many


def fill(rows: Rows, person: str, number: int) -> None:
    """Many messages of one length, quickly."""
    sealed = rows.database.cipher.seal(json.dumps({"kind": "text", "text": "palabra " * 12}))
    with rows.database.write() as session:
        first = session.query(InboxRow).count()
        session.connection().exec_driver_sql(
            "INSERT INTO inbox (channel, external_id, participant_id, kind, payload, received_at, state, "
            "attempts, for_review) VALUES ({0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0})".format(
                "?" if rows.database.is_sqlite else "%s"
            ),
            [
                (
                    "whatsapp",
                    f"F{first + n}",
                    person,
                    "text",
                    sealed,
                    "2026-11-22 15:00:00.000000",
                    "done",
                    1,
                    False,
                )
                for n in range(number)
            ],
        )
