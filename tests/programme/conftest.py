"""The shipped programmes, and a folder of them that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.programme import Facts, Programmes, load_facts, load_programmes

ROOT = Path(__file__).resolve().parents[2]
FACT_LIST = ROOT / "programmes" / "facts.yml"


@pytest.fixture(scope="session")
def programmes() -> Programmes:
    return load_programmes(ROOT / "programmes")


@pytest.fixture(scope="session")
def facts(programmes: Programmes) -> Facts:
    return load_facts(ROOT / "dialogues" / "facts", programmes, FACT_LIST)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the programme files, without any catalogue of municipalities beside it."""
    return Path(shutil.copytree(ROOT / "programmes", tmp_path / "programmes"))


@pytest.fixture
def spoil(folder: Path) -> Callable[[str, str, str], Path]:
    """Replaces the first occurrence of a text in one of the copied files."""

    def replace(name: str, old: str, new: str) -> Path:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is no longer in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return replace
