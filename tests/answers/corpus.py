"""Reads the case files: questions, and replies with what they must be read as."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.answers import Asked, AskedChoice, Reading, read

CASES = Path(__file__).resolve().parent / "cases"


@dataclass(frozen=True)
class Case:
    question: str
    country: str
    language: str
    text: str
    outcome: str
    value: str

    def reading(self) -> Reading:
        return read(
            question(self.question, self.language),
            self.text,
            country=self.country or None,
            language=self.language,
            today=today(),
        )


def cases(name: str) -> list[Case]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Case(
                r["question"],
                r["country"],
                r["language"],
                r["text"].replace("\\n", "\n"),
                r["outcome"],
                r["value"] or "",
            )
            for r in rows
        ]


@cache
def _questions() -> dict[str, Any]:
    data: dict[str, Any] = yaml.load((CASES / "questions.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    return data


def names() -> list[str]:
    return list(_questions()["questions"])


def today() -> date:
    return date.fromisoformat(_questions()["today"])


@cache
def question(name: str, language: str) -> Asked:
    spec = _questions()["questions"][name]
    listed = spec.get("list")
    choices = (
        places(listed)
        if listed
        else tuple(_choice(number, row, language) for number, row in enumerate(spec.get("choices", ()), 1))
    )
    return Asked(
        name, spec["type"], choices, spec.get("reads_as", ""), open_list=spec.get("open_list") == "true"
    )


def _choice(number: int, row: str, language: str) -> AskedChoice:
    value, spanish, english = (part.strip() for part in row.split("|"))
    return AskedChoice(value, spanish if language == "es" else english, number)


@cache
def places(name: str) -> tuple[AskedChoice, ...]:
    """A list of places; states and regions are printed with their official number, comunas with none."""
    rows = [line.split("\t") for line in (CASES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()]
    return tuple(AskedChoice(code, label, 0 if name == "cl_comunas" else int(code)) for code, label in rows)
