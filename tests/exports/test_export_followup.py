"""What was planned to be sent, and the results: the two tables of the follow-up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from export_rows import NOW, Rows, programmes, read_jsonl

from bot.exports import formats
from bot.exports.columns import columns_of
from bot.exports.tables.followup import RESTRICTED_REASONS
from bot.indicators import indicator_rows
from bot.services.followup_rules import Reason
from bot.store.followup_tables import STATES

LATE = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
"""the last evening of November in Mexico"""


def test_it_lists_a_nudge(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman()
    number = rows.nudge(person, state="sent", reason="queued", sent_at=NOW, attempt=2)
    assert rows.read(tmp_path, "nudges", identified=True) == [
        {
            "nudge_id": str(number),
            "participant_id": person,
            "survey": "e_survey",
            "wave": "m3",
            "attempt": "2",
            "due_at": "2026-11-22T15:00:00Z",
            "local_due_at": "2026-11-22T09:00:00-06:00",
            "state": "sent",
            "sent_at": "2026-12-01T12:00:00Z",
            "reason": "queued",
        }
    ]


def test_it_gives_no_more_than_the_month_of_a_nudge(rows: Rows, tmp_path: Path) -> None:
    rows.nudge(rows.woman(), due_at=LATE, sent_at=LATE)
    (row,) = rows.read(tmp_path, "nudges")
    # November on her clock beside December in UTC would name the evening
    assert (row["due_at"], row["local_due_at"], row["sent_at"]) == ("2026-12",) * 3
    assert (row["wave"], row["attempt"], row["state"]) == ("m3", "1", "scheduled")


def test_it_lists_nudges_as_they_were_planned_when_identified(rows: Rows, tmp_path: Path) -> None:
    person = rows.woman()
    # ten of them: as text, the tenth would come second
    planned = [str(rows.nudge(person, attempt=attempt)) for attempt in range(1, 11)]
    assert [row["nudge_id"] for row in rows.read(tmp_path, "nudges", identified=True)] == planned


@pytest.mark.parametrize("identified", [True, False])
@pytest.mark.parametrize("reason", sorted(Reason))
def test_it_tells_no_reason_that_follows_from_a_disclosure(
    rows: Rows, tmp_path: Path, reason: str, identified: bool
) -> None:
    rows.nudge(rows.woman(), state="held", reason=reason)
    (row,) = rows.read(tmp_path, "nudges", identified=identified)
    restricted = reason in ("safety_quiet", "no_safe_hour")
    assert row["reason"] == ("quiet_hours" if restricted else reason)


def test_it_labels_every_state_and_every_reason_that_is_told() -> None:
    values = {column.name: set(column.values) for column in columns_of("nudges", identified=True)}
    assert values["state"] == set(STATES)
    assert values["reason"] == {reason.value for reason in Reason} - RESTRICTED_REASONS


def retention(rows: Rows, out: Path, **options: object) -> dict[tuple[str, str], dict[str, str]]:
    """The exported lines on who completed the course, by country and group."""
    found = rows.read(out, "indicators", **options)
    return {(row["country"], row["group"]): row for row in found if row["indicator"] == "X-02"}


def test_it_writes_the_very_rows_of_the_indicators(rows: Rows, tmp_path: Path) -> None:
    rows.graduates(24)
    for audience, identified in (("public", False), ("staff", True)):
        rows.export(tmp_path, "indicators", fmt="jsonl", identified=identified)
        with rows.database.read() as session:
            computed = indicator_rows(session, programmes(), NOW.date(), audience=audience)
            expected = [dict(row, suppressed=int(bool(row["suppressed"]))) for row in computed]
        assert read_jsonl(tmp_path / "indicators.jsonl") == expected
        assert [row for row in expected if row["n"] == 24]


@pytest.mark.parametrize(
    ("women", "identified", "suppressed"),
    [(4, True, "1"), (5, True, "0"), (5, False, "1"), (19, False, "1"), (20, False, "0")],
)
def test_it_hides_small_cells_from_staff_and_more_of_them_from_the_public(
    rows: Rows, tmp_path: Path, women: int, identified: bool, suppressed: str
) -> None:
    rows.graduates(women, country="CL")
    line = retention(rows, tmp_path, identified=identified)["CL", "all"]
    assert line["suppressed"] == suppressed
    assert line["n"] == ("" if suppressed == "1" else str(women))
    numbers = [line[name] for name in ("n", "numerator", "denominator", "value", "ci_low", "ci_high")]
    assert not any(numbers) if suppressed == "1" else numbers[0]


@pytest.mark.parametrize(
    ("until", "counted"),
    [
        (None, 20),
        ("2026-11-30", 0),
        ("2026-12-01", 20),
        (datetime(2026, 12, 1, tzinfo=UTC), 0),
        (datetime(2026, 12, 1, 3, tzinfo=UTC), 20),
    ],
)
def test_it_counts_up_to_the_last_day_that_is_asked_for(
    rows: Rows, tmp_path: Path, until: str | datetime | None, counted: int
) -> None:
    rows.graduates(20, country="CL", enrolled_at=LATE)
    line = retention(rows, tmp_path, until=until, since="2026-12-01").get(("CL", "all"), {"n": "0"})
    assert line["n"] == str(counted)


def test_it_keeps_the_results_of_the_asked_country(rows: Rows, tmp_path: Path) -> None:
    rows.graduates(20)
    rows.graduates(20, country="CL")
    assert {row["country"] for row in rows.read(tmp_path, "indicators")} == {"MX", "CL", "all"}
    assert {row["country"] for row in rows.read(tmp_path, "indicators", country="cl")} == {"CL"}
    assert rows.read(tmp_path, "indicators", country="PE") == []


def test_it_keeps_the_results_of_the_asked_centre_and_hides_what_the_whole_table_hides(
    rows: Rows, tmp_path: Path
) -> None:
    rows.graduates(20, country="CL", centre="cl-01")
    rows.graduates(2, country="CL", centre="cl-02")
    found = retention(rows, tmp_path, centre="cl-01", identified=True)
    assert set(found) == {("CL", "centre:cl-01"), ("all", "centre:cl-01")}
    # shown, it would give the two women of the other centre away beside the total
    assert found["CL", "centre:cl-01"]["suppressed"] == "1"
    rows.graduates(3, country="CL", centre="cl-02")
    assert retention(rows, tmp_path, centre="cl-01", identified=True)["CL", "centre:cl-01"]["n"] == "20"


@pytest.mark.parametrize("fmt", [fmt for fmt in formats() if fmt != "csv"])
def test_it_writes_both_tables_in_every_format(rows: Rows, tmp_path: Path, fmt: str) -> None:
    rows.graduates(6)
    rows.nudge(rows.woman())
    made = rows.export(tmp_path, "nudges", "indicators", fmt=fmt)
    assert [path.name for path in made[:2]] == [f"nudges.{fmt}", f"indicators.{fmt}"]
    assert min(path.stat().st_size for path in made) > 0


def test_it_describes_suppressed_in_the_codebook(rows: Rows, tmp_path: Path) -> None:
    rows.export(tmp_path, "indicators")
    book = json.loads((tmp_path / "codebook.json").read_text(encoding="utf-8"))["indicators"]
    (hidden,) = [entry for entry in book if entry["column"] == "suppressed"]
    assert [(v["value"], v["label"]) for v in hidden["values"]] == [("0", "No"), ("1", "Sí")]
