"""What would not fit WhatsApp is named when a questionnaire is checked, and is not published."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.services.library import Library
from bot.store.database import Database
from bot.surveys.problem import SurveyError

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


def checked(folder: Path, label: str, *options: str, extra: str = "") -> tuple[int, str]:
    """``survey check`` of a form with one question: exit code and what was said."""
    rows = [f"| | l | o{n} | {option} | {option} |" for n, option in enumerate(options, 1)]
    form = folder / "trial.md"
    form.write_text(
        "\n".join(
            [
                "| survey | | | | | |",
                "| | type | name | label::Español (es) | label::English (en) | choice_filter |",
                f"| | select_one l | q | {label} | {label} | {extra} |",
                "| choices | | | | |",
                "| | list_name | name | label::Español (es) | label::English (en) |",
                *rows,
            ]
        ),
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["survey", "check", str(form)])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("label", "options", "says"),
    [
        (
            "¿Cuál?",
            ("Sí", "n" * 73),
            "row 2: label: 'q' in es: the option 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…' has 73",
        ),
        (
            "¿Cuál?" + "x" * 1600,
            ("Sí", "No"),
            "row 2: label: 'q' in en has 1606 characters, a message takes 1600",
        ),
        ("¿Cuál?" + "x" * 1100, ("Sí", "No"), "row 2: label: 'q' in es has 1118 characters with its options"),
    ],
)
def test_survey_check_names_by_row_and_language_what_would_not_fit(
    tmp_path: Path, label: str, options: tuple[str, ...], says: str
) -> None:
    code, said = checked(tmp_path, label, *options)
    assert code == 1 and says in said


def test_survey_check_takes_a_long_list_which_leaves_in_pages(tmp_path: Path) -> None:
    assert checked(tmp_path, "¿Cuál?", *(f"Opción número {n} de la lista" for n in range(1, 13)))[0] == 0


def test_survey_check_looks_at_options_that_depend_on_her_answers(tmp_path: Path) -> None:
    code, said = checked(tmp_path, "¿Cuál?", "Sí", "n" * 73, extra="name = 'o1'")
    assert code == 1 and "has 73 characters" in said


def test_what_would_not_fit_is_not_published(tmp_path: Path) -> None:
    checked(tmp_path, "¿Cuál?", "Sí", "n" * 73)
    database = Database(f"sqlite:///{tmp_path / 'p.db'}", KEY)
    library = Library(database)
    with pytest.raises(SurveyError, match=r"row 2.*has 73 characters"):
        library.publish("trial", tmp_path / "trial.md", datetime(2026, 11, 23, tzinfo=UTC), tmp_path)
    database.close()
