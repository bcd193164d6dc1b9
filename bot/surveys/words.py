"""The texts of ``words.yml``: what a chat must say around a form's own labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import yaml

from bot.surveys.model import Texts, in_language


@lru_cache(maxsize=1)
def _words() -> dict[str, Texts]:
    loaded: dict[str, Texts] = yaml.safe_load(files("bot.surveys").joinpath("words.yml").read_text("utf-8"))
    return loaded


def word(key: str, language: str) -> str:
    """The text in ``language``, Spanish where it is missing. Raises ``KeyError`` for an unknown key."""
    return in_language(_words()[key], language, "es")


def words(key: str, languages: Iterable[str]) -> dict[str, str]:
    """The text in each of the languages."""
    return {language: word(key, language) for language in languages}
