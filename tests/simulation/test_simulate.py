"""A simulated year: the same for the same seed down to the rows, examined, and never over people's data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from support.house import DATA_KEY

from bot.settings import Settings, load_settings
from bot.simulation.odds import load_facts, stream
from bot.simulation.people import make_person
from bot.simulation.reading import View
from bot.simulation.report import Report
from bot.simulation.run import Mind, NotEmpty, simulate
from bot.simulation.writing import Pen
from bot.store.console_tables import Hold
from bot.store.database import Database
from bot.store.followup_tables import Nudge
from bot.store.tables import Answer, Base, KeyRing, Participant

WOMEN, MONTHS = 4, 9
START = datetime(2026, 1, 5, 6, tzinfo=UTC)
NUMBERED = {"digest", "text_digest", "lane", "session_id"}
"""keyed hashes (each database makes a hash key of its own) and what must not be guessed: never the same twice"""
CODE = re.compile(r"\bOP-[0-9A-Z]{6}\b")


@pytest.fixture(scope="module")
def mind(engine: Any, understanding: Any) -> Mind:
    return Mind(engine.parse, understanding)


def settings_for(path: Path) -> Settings:
    return load_settings(
        {"DATABASE_URL": f"sqlite:///{path}", "DATA_KEY": DATA_KEY}, root=Path("/nonexistent")
    )


Year = Callable[..., tuple[Report, Path]]


@pytest.fixture(scope="module")
def year(mind: Mind, tmp_path_factory: pytest.TempPathFactory) -> Year:
    """``year(seed=7)`` simulates and gives the report and the database."""

    def run(seed: int = 7, **more: Any) -> tuple[Report, Path]:
        folder = tmp_path_factory.mktemp("year")
        options = {"participants": WOMEN, "months": MONTHS, "kill_scheduler": True, "start": START, **more}
        path = folder / "year.db"
        return simulate(settings_for(path), mind, seed=seed, out=folder, **options), path

    return run


@pytest.fixture(scope="module")
def first(year: Year) -> tuple[Report, Path]:
    return year()


def content(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, opened; what is random for its own sake is numbered as it comes."""
    database = Database(f"sqlite:///{path}", DATA_KEY)
    names: dict[Any, int] = {}

    def steady(key: str, value: Any) -> Any:
        if key in NUMBERED and value is not None:
            return names.setdefault(value, len(names))
        if isinstance(value, str):
            return CODE.sub("OP-CODE", value)
        if isinstance(value, dict):
            return {k: steady(k, v) for k, v in value.items()}
        return [steady(key, v) for v in value] if isinstance(value, list) else value

    found: dict[str, list[dict[str, Any]]] = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table is not KeyRing.__table__:
                rows = session.execute(sa.select(table).order_by(*table.primary_key)).mappings()
                found[table.name] = [{k: steady(k, v) for k, v in row.items()} for row in rows]
    database.close()
    return found


def test_the_same_seed_gives_the_same_database_and_report(first: tuple[Report, Path], year: Year) -> None:
    report, path = first
    again, other = year()
    assert again.fingerprint == report.fingerprint
    before, after = content(path), content(other)
    assert len(before["outbox"]) > 20 * WOMEN
    for table, rows in before.items():
        assert rows == after[table], table


def test_another_seed_gives_another_year(first: tuple[Report, Path], year: Year) -> None:
    other, _ = year(seed=8, months=1, participants=1)
    same, _ = year(seed=7, months=1, participants=1)
    assert other.fingerprint != same.fingerprint and other.plan_hash != first[0].plan_hash


def test_every_promise_is_kept_by_a_scheduler_that_is_killed(first: tuple[Report, Path]) -> None:
    report, _ = first
    assert report.ok, (report.must_be_zero, report.examples)
    assert report.happened["killed"] > 0 and report.happened["two_at_once"] > 0
    assert sum(zone.get("nudges", 0) for zone in report.zones.values()) > 0


def test_it_fills_a_database_to_look_at(first: tuple[Report, Path]) -> None:
    report, path = first
    database = Database(f"sqlite:///{path}", DATA_KEY)
    with database.read() as session:
        enrolled = sa.select(sa.func.count()).where(Participant.enrolled_at.is_not(None))
        waves = set(session.scalars(sa.select(Answer.wave).distinct()))
        assert (session.scalar(enrolled) or 0) > 0 and "enrolment" in waves
        assert session.scalar(sa.select(sa.func.count()).select_from(Nudge)) == sum(
            report.tally["nudges"].values()
        )
        assert session.scalar(sa.select(sa.func.count()).where(Hold.returned_at.is_(None))) == 0
    database.close()
    written = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    assert written["fingerprint"] == report.fingerprint


def test_it_refuses_a_database_that_holds_people(
    first: tuple[Report, Path], mind: Mind, tmp_path: Path
) -> None:
    _, path = first
    with pytest.raises(NotEmpty, match="holds people already"):
        simulate(settings_for(path), mind, participants=1, months=1, seed=1, out=tmp_path)


def test_a_woman_with_doubts_has_them_heard_once() -> None:
    facts = load_facts()
    person = make_person(3, stream(3, "who"), facts)
    person.truth["before"]["consent_data"] = ["ask"]
    choices = {"yes": "Sí, acepto", "no": "No acepto", "ask": "Tengo dudas"}
    question = SimpleNamespace(has_choices=True, typed=False, type="select_one", list_name="consent")
    eye: Any = SimpleNamespace(
        question=lambda survey, name: question,
        labels=lambda survey, question, language: choices,
        aliases=lambda survey, question, value: (),
    )
    pen = Pen(person, stream(3, "does"), facts, eye)
    view = View(
        "1", "new", False, "es", False, None, "a_consent", "consent_data", "enrolment", form_open=True
    )
    said = [pen.answer(view, None, tries).text for tries in (0, 1, 2)]
    assert said == ["tengo dudas", "sí, acepto", "sí, acepto"]
