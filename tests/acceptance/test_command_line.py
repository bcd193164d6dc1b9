"""The command line: what it prints, and its exit codes (0 done, 1 the run failed, 2 the call was wrong)."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.cli import Run

ROOT = Path(__file__).resolve().parents[2]
PROFILE = str(ROOT / "dialogues" / "surveys" / "b_profile.md")

CAFE = """
| survey |
| | type | name | label::Español (es) | label::English (en) | relevant | constraint | constraint_message::Español (es) |
| | select_one yn | coffee | ¿Tomas café? | Do you drink coffee? | | | |
| | integer | cups | ¿Cuántas tazas? | How many cups? | ${coffee} = 'yes' | . <= 12 | Son muchas: hasta 12. |
| | select_multiple with | with | ¿Con qué? | With what? | ${coffee} = 'yes' | | |

| choices |
| | list_name | name | label::Español (es) | label::English (en) |
| | yn | yes | Sí | Yes |
| | yn | no | No | No |
| | with | milk | Leche | Milk |
| | with | sugar | Azúcar | Sugar |

| settings |
| | form_title | form_id | default_language |
| | Café | cafe | Español (es) |
"""


@pytest.fixture
def cafe(tmp_path: Path) -> Path:
    path = tmp_path / "cafe.md"
    path.write_text(CAFE, encoding="utf-8")
    return path


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    assert all(
        word in done.out for word in ("serve", "chat", "train", "parse", "survey", "export", "doctor", "db")
    )


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("survey", "check"),
        ("survey", "check", "no-such-file.md"),
        ("survey", "read", PROFILE),
        ("survey", "read", PROFILE, "--question", "age", "--today", "yesterday"),
        ("chat", "--channel", "pigeon"),
        ("chat", "--script", "no-such-file.txt"),
        ("serve", "--port", "many"),
        ("export", "participants", "--since", "soon"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_one_line_and_exit_2(words: tuple[str, ...], run: Run) -> None:
    done = run(*words)
    assert done.code == 2
    assert "Traceback" not in done.err and len(done.err.strip().splitlines()) == 1


# -- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA_KEY", "short"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("ENVIRONMENT", "staging"),
        ("PUBLIC_URL", "https://bot.example.org/path"),
        ("TELEGRAM_BOT_TOKEN", "secret-without-number"),
        ("TWILIO_ACCOUNT_SID", "AC-nonsense"),
        ("DEFAULT_COUNTRY", "PE"),
        ("TELEGRAM_TOKEN", "123:abc"),
    ],
)
def test_a_setting_that_does_not_parse_stops_the_start_in_one_line(
    name: str, value: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    done = run("db", "upgrade")
    assert done.code == 2
    assert done.err.startswith(f"{name}: ") and len(done.err.strip().splitlines()) == 1
    assert value not in done.err or name == "TELEGRAM_TOKEN", "a value is never printed: it may be a secret"


def test_production_asks_for_a_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("DATA_KEY")
    done = run("db", "upgrade")
    assert (done.code, done.err.split(":")[0]) == (2, "DATA_KEY")


def test_a_key_that_does_not_open_the_data_stops_the_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("db", "upgrade").code == 0
    monkeypatch.setenv("DATA_KEY", "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMSE=")
    done = run("db", "upgrade")
    assert done.code == 1 and "DATA_KEY does not open" in done.err


def test_the_entry_point_refuses_a_wrong_setting_before_anything_else(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_KEY": "short", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "serve"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("DATA_KEY: ") and len(done.stderr.splitlines()) == 1


# -- questionnaires -------------------------------------------------------------------------------------------


def test_survey_check_passes_a_form_that_a_chat_can_ask(run: Run, cafe: Path) -> None:
    done = run("survey", "check", str(cafe))
    assert done.code == 0 and "3 questions" in done.out


def test_survey_check_names_the_row_of_what_it_cannot_ask(run: Run, cafe: Path) -> None:
    broken = CAFE.replace("| | integer | cups", "| | barcode | cups")
    cafe.write_text(broken, encoding="utf-8")
    done = run("survey", "check", str(cafe))
    assert done.code == 1
    assert "cafe.md" in done.err and "3" in done.err and "Traceback" not in done.err


def test_survey_run_writes_what_was_answered(run: Run, cafe: Path, tmp_path: Path) -> None:
    replies, out = tmp_path / "replies.txt", tmp_path / "out.json"
    replies.write_text("sí\nunas 20\ncomo tres\nleche y azúcar\n", encoding="utf-8")
    done = run("survey", "run", str(cafe), "--answers", str(replies), "--out", str(out))
    assert done.code == 0
    assert json.loads(out.read_text(encoding="utf-8")) == {"coffee": "yes", "cups": "3", "with": "milk sugar"}
    assert "Son muchas: hasta 12." in done.out


def test_survey_run_does_not_ask_what_is_not_relevant(run: Run, cafe: Path, tmp_path: Path) -> None:
    replies = tmp_path / "replies.txt"
    replies.write_text("no\n", encoding="utf-8")
    done = run("survey", "run", str(cafe), "--language", "en", "--answers", str(replies))
    assert "Do you drink coffee?" in done.out and "How many" not in done.out
    assert json.loads(done.out[done.out.index("{") :]) == {"coffee": "no"}


def test_survey_read_tells_how_each_reply_is_read(run: Run, engine: Any) -> None:
    words = ("survey", "read", PROFILE, "--question", "age", "--country", "MX", "--today", "2026-11-23")
    done = run(
        *words,
        stdin="34\ntengo treinta y cuatro años\n¿cuánto cuesta?\nxqzt\nquiero hablar con una persona\n",
    )
    read = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
    assert [(r["outcome"], r["value"]) for r in read] == [
        ("answer", "30_39"), ("answer", "30_39"), ("interruption", None), ("reask", None), ("interruption", None),
    ]  # fmt: skip
    assert [r["intent"] for r in read][2::2] == ["ask_cost", "request_human"]
    assert all(set(r) == {"text", "outcome", "value", "intent"} for r in read)


def test_survey_read_names_the_questions_there_are(run: Run, engine: Any) -> None:
    done = run("survey", "read", PROFILE, "--question", "shoe_size")
    assert done.code == 1 and "pref_name" in done.err


def test_survey_publish_counts_versions(run: Run, cafe: Path) -> None:
    assert "version 1" in run("survey", "publish", str(cafe)).out
    assert "version 1" in run("survey", "publish", str(cafe)).out
    cafe.write_text(CAFE.replace("¿Tomas café?", "¿Te gusta el café?"), encoding="utf-8")
    assert "version 2" in run("survey", "publish", str(cafe)).out


# -- understanding and talking --------------------------------------------------------------------------------


def test_parse_writes_one_json_a_line(run: Run, engine: Any) -> None:
    said = ["hola", "¿cuánto cuesta?", "", "/restart", "mi marido me pega", "I want to talk to a person"]
    done = run("parse", stdin="\n".join(said) + "\n")
    parsed = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
    assert [p["text"] for p in parsed] == said
    assert all(set(p) == {"text", "intent", "entities", "language"} for p in parsed)
    assert all(set(p["intent"]) == {"name", "confidence"} for p in parsed)
    named = {p["text"]: p["intent"]["name"] for p in parsed}
    assert named["¿cuánto cuesta?"] == "ask_cost" and named["mi marido me pega"] == "disclose_violence"
    assert named["I want to talk to a person"] == "request_human"


def test_chat_holds_a_script_and_exports_what_was_said(run: Run, engine: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text(
        "# the beginning\nhola\n[button] Español\n\n[button] sí\nsí, acepto\n", encoding="utf-8"
    )
    done = run("chat", "--script", str(script), "--as", "rosa")
    assert done.code == 0
    assert done.out.count("> ") == 4 and "¿Aceptas que guardemos también" in done.out

    out = tmp_path / "export"
    done = run("export", "participants", "answers", "messages", "--out", str(out), "--identified")
    assert done.code == 0 and len(done.out.splitlines()) == 5, "three tables and their codebook"
    with (out / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        answers = {
            row["question"]: row["value"] for row in csv.DictReader(file) if row["reply_kind"] == "answered"
        }
    assert answers == {"lang": "es", "adult": "yes", "consent_data": "yes"}
    with (out / "messages.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(row["direction"] == "in" for row in csv.DictReader(file)) == 4


def test_an_export_of_no_such_table_is_refused(run: Run) -> None:
    done = run("export", "shoes")
    assert done.code in (1, 2) and "shoes" in done.err and "Traceback" not in done.err


# -- the database ---------------------------------------------------------------------------------------------


def test_a_backup_is_a_sound_copy_and_can_be_put_back(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("db", "upgrade").code == 0
    copy = tmp_path / "copies" / "monday.db"
    assert run("db", "backup", str(copy)).code == 0
    assert copy.stat().st_mode & 0o077 == 0, "only its owner may read a copy"
    assert run("db", "backup", str(copy)).code == 1, "a copy is never written over"
    monkeypatch.setattr("typer.confirm", lambda *args, **more: True)
    assert run("db", "restore", str(copy)).code == 0
    assert run("db", "upgrade").code == 0


def test_a_restore_of_something_else_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"not a database at all" * 100)
    monkeypatch.setattr("typer.confirm", lambda *args, **more: True)
    done = run("db", "restore", str(other))
    assert done.code == 1 and "no sound copy" in done.err
