"""Which questionnaires there are: the files of ``dialogues/surveys`` and ``dialogues/asides``.

A *survey* is about her and its answers are kept; an *aside* is a short one about the conversation itself
(a hand-over, a deletion) whose answers are acted on and forgotten.
"""

from __future__ import annotations

from pathlib import Path

DIALOGUES = Path(__file__).resolve().parents[2] / "dialogues"
SUFFIXES = (".md", ".xlsx")


def survey_files(kind: str) -> dict[str, Path]:
    """Name → file of every questionnaire of ``kind`` (``surveys`` or ``asides``), sorted by name."""
    found = [p for p in (DIALOGUES / kind).glob("*") if p.suffix in SUFFIXES and p.stem != "README"]
    return {path.stem: path for path in sorted(found)}


def survey_names() -> list[str]:
    """Surveys and asides, each of which is a Rasa form."""
    return [*survey_files("surveys"), *survey_files("asides")]
