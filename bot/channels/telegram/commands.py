"""Slash commands: the menu that Telegram shows, and what a command says in plain words.

https://core.telegram.org/bots/api#setmycommands; the data are in ``commands.yml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

START: Final = "start"
# a typed "/inform{...}" is none: it stays text, and text never becomes a dialogue engine's payload
_COMMAND = re.compile(r"\s*/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?\s*", re.DOTALL)
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Command:
    """``/name rest``, the name in lower case and without ``@bot``."""

    name: str
    rest: str

    def as_text(self) -> str:
        """The same in words: as ``commands.yml`` says, or the name itself with underscores as spaces."""
        words = _says().get(self.name) or self.name.replace("_", " ")
        return f"{words} {self.rest}".strip()


@dataclass(frozen=True, slots=True)
class Menu:
    """What to register for one language; ``language`` is empty for everyone whose language has no menu."""

    language: str
    commands: tuple[tuple[str, str], ...]


def command(text: str) -> Command | None:
    """The command that ``text`` is, or None."""
    found = _COMMAND.fullmatch(text)
    return Command(found[1].lower(), (found[2] or "").strip()) if found else None


def menus() -> tuple[Menu, ...]:
    """The menus to register: the default and one a language."""
    tables = _tables()
    by_language = {
        language: tuple((row["command"], row["description"]) for row in rows if "description" in row)
        for language, rows in tables.items()
    }
    default = next(iter(by_language))
    return (Menu("", by_language[default]), *(Menu(lang, rows) for lang, rows in by_language.items()))


@cache
def _says() -> dict[str, str]:
    return {row["command"]: row["says"] for rows in _tables().values() for row in rows if "says" in row}


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    path = Path(__file__).with_name("commands.yml")
    tables: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for language, rows in tables.items():
        for row in rows:
            name, shown = str(row.get("command")), row.get("description", "-")
            if not _NAME.fullmatch(name) or not 1 <= len(shown) <= 256 or len(rows) > _MOST:
                raise ValueError(f"{path.name}: {language}: {name}: Telegram would refuse this command")
            if name != START and not row.get("says"):
                raise ValueError(f"{path.name}: {language}: {name}: 'says' is missing")
    return tables
