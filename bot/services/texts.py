"""What the bot says, from ``dialogues/messages``: Spanish first, every key in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.core.text import fold

LANGUAGES = ("es", "en")
LIMIT = 300
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class TextError(Exception):
    """A message file is wrong; the message names file, key and mend."""


class Texts:
    """The catalogue. ``render`` fills ``{placeholders}`` and leaves unknown ones as they are."""

    def __init__(self, messages: Mapping[str, Mapping[str, str]]) -> None:
        self._messages = messages

    @classmethod
    def load(cls, folder: Path) -> Texts:
        """Read every ``*.yml``. Raises TextError for a missing language or a text over 300 characters."""
        messages: dict[str, Mapping[str, str]] = {}
        for path in sorted(folder.glob("*.yml")):
            for key, texts in _read(path).items():
                messages[key] = _checked(path.name, key, texts)
        return cls(messages)

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def keys(self) -> list[str]:
        return list(self._messages)

    def render(self, key: str, language: str, values: Mapping[str, str]) -> str:
        """The text of ``key``. Raises KeyError for a key that no file has."""
        texts = self._messages[key]
        return fill(texts.get(language) or texts["es"], values)

    def words(self, key: str, language: str | None = None) -> frozenset[str]:
        """What a woman may write, folded: the text of ``key`` is a list with commas, which nobody is shown.

        In ``language``, or in every one of them: such words are understood whatever she chose. Raises KeyError for
        a key that no file has.
        """
        languages = LANGUAGES if language is None else (language,)
        return frozenset(
            fold(word) for each in languages for word in self.render(key, each, {}).split(",") if fold(word)
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """``{name}`` replaced where ``values`` has it; braces that are none of ours stay."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TextError(f"{path.name}: line {line}: {error.problem}. Mend: it must be YAML") from None
    if not isinstance(found, dict):
        raise TextError(f"{path.name}: no keys. Mend: write key: with es: and en: below")
    return found


def _checked(file: str, key: str, texts: Any) -> Mapping[str, str]:
    if not isinstance(texts, dict):
        raise TextError(f"{file}: {key}: no texts. Mend: give it es: and en:")
    for language in LANGUAGES:
        text = texts.get(language)
        if not isinstance(text, str) or not text.strip():
            raise TextError(f"{file}: {key}: no text in {language}. Mend: add {language}:")
        if len(text) > LIMIT:
            raise TextError(f"{file}: {key}: {len(text)} characters in {language}. Mend: at most {LIMIT}")
    return {language: texts[language].strip() for language in LANGUAGES}
