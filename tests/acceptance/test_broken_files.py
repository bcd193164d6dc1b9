"""A data file that is wrong stops the start, and the message names file, place and mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.cli import Run

from bot import bootstrap
from bot.surveys import files

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data files, copied where a test may spoil them."""
    for name in ("dialogues", "programmes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "DIALOGUES", tmp_path / "dialogues")
    monkeypatch.setattr(files, "DIALOGUES", tmp_path / "dialogues")
    return tmp_path


BROKEN = {
    "a question of an unknown type": (
        "dialogues/surveys/b_profile.md",
        "| | select_one place | place |",
        "| | wheel | place |",
        ["b_profile.md"],
    ),
    "a condition that does not parse": (
        "dialogues/surveys/b_profile.md",
        "${country}='MX' or ${country}='CL'",
        "${country}='MX' or or",
        ["b_profile.md"],
    ),
    "a question that names none": (
        "dialogues/surveys/c_pathway.md",
        "${first}='dk'",
        "${furst}='dk'",
        ["c_pathway.md", "furst"],
    ),
    "a message without its English": (
        "dialogues/messages/rights.yml",
        "  en: All right, I did not delete anything.\n",
        "",
        ["rights.yml", "not_deleted", "en"],
    ),
    "a message that is too long": (
        "dialogues/messages/rights.yml",
        "  es: Está bien, no borré nada.",
        f"  es: {'muy ' * 100}",
        ["rights.yml", "not_deleted", "300"],
    ),
    "a journey with an unknown key": (
        "dialogues/journey.yml",
        "  wave: enrolment\n",
        "  wave: enrolment\n  wheel: 4\n",
        ["journey.yml", "wheel"],
    ),
    "a journey with an unknown end": (
        "dialogues/journey.yml",
        "then: turn_away, reason: under_18",
        "then: fly_away, reason: under_18",
        ["journey.yml", "then"],
    ),
    "a journey that is no YAML": (
        "dialogues/journey.yml",
        "enrolment:\n",
        "enrolment: [\n",
        ["journey.yml", "line"],
    ),
    "a message file that is no YAML": (
        "dialogues/messages/rights.yml",
        "not_deleted:\n",
        "not_deleted: [\n",
        ["rights.yml", "line"],
    ),
    "a programme with an unknown key": (
        "programmes/mexico.yml",
        "\ncountry:",
        "\nwheels: 4\ncountry:",
        ["mexico.yml", "wheels"],
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "named"), BROKEN.values(), ids=BROKEN)
def test_it_stops_the_start_and_names_the_place(
    file: str, old: str, new: str, named: list[str], project: Path, run: Run
) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is no longer in {file}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run("db", "upgrade")
    assert done.code == 1
    assert [word for word in named if word not in done.err] == []
    assert "Traceback" not in done.err


def test_sound_files_start(project: Path, run: Run) -> None:
    assert run("db", "upgrade").code == 0
