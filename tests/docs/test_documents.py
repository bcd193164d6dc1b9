"""The documents name what there is: settings, commands, exported columns, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
import yaml

from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in DOCS)
_LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:|#)([^)#\s]+)[^)]*\)")


def commands() -> list[str]:
    """Every command that is not hidden, as it is typed: ``survey check``."""
    root = typer.main.get_command(app)
    found = []
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if command.hidden:
            continue
        found += [f"{name} {each}" for each in inner] if inner else [name]
    return found


def columns() -> list[tuple[str, str]]:
    """``(table, column)`` of every export table, from the file that describes them."""
    described = yaml.safe_load((ROOT / "bot" / "exports" / "columns.yml").read_text(encoding="utf-8"))
    return [(table, column) for table, inner in described.items() for column in inner]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name.upper()}`" in TEXT


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(command)}\b[^`\n]*`", TEXT)


@pytest.mark.parametrize(("table", "column"), columns())
def test_every_export_column_is_documented(table: str, column: str) -> None:
    exports = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    assert f"`{column}`" in exports and table in exports


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_its_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    broken = [link for link in _LINK.findall(text) if not (document.parent / link).exists()]
    assert broken == []


def test_every_decision_has_its_number_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")]
    assert sorted(set(numbers)) == sorted(numbers)


def test_the_index_lists_every_decision() -> None:
    folder = ROOT / "docs" / "adr"
    listed = set(_LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}
