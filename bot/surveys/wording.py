"""The texts of a sheet: which languages it has, and their mark-up in a chat's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.surveys.languages import PLAIN, language_code

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:span|font|p|div|b|i|u|strong|em|center|h[1-6])\b[^>]*>", re.IGNORECASE)
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


class Wording:
    """Reads cells in several languages; the languages of the labels become those of the form.

    ``declared`` is the form's ``default_language``; columns without a language are in it, or in Spanish.
    """

    def __init__(self, declared: str) -> None:
        self.plain = language_code(declared)
        self._labelled: dict[str, None] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._labelled) or (self.plain,)

    @property
    def default(self) -> str:
        return self.plain if self.plain in self.languages else self.languages[0]

    def labels(self, given: Any) -> dict[str, str]:
        """The label of a question or choice; its languages count as the form's."""
        texts = self.read(given)
        self._labelled.update(dict.fromkeys(texts))
        return texts

    def read(self, given: Any) -> dict[str, str]:
        """Any translatable cell by ISO code; what a column without a language says gives way."""
        texts: dict[str, str] = {}
        for name, text in (given if isinstance(given, Mapping) else {PLAIN: given or ""}).items():
            code = language_code(str(name), self.plain)
            plain = in_chat(str(text or ""))
            if plain and (name != PLAIN or code not in texts):
                texts[code] = plain
        return texts


def in_chat(text: str) -> str:
    """XLSForm's HTML and Markdown in what both channels show: line breaks, and bold between single stars."""
    return _BOLD.sub(r"*\1*", _TAG.sub("", _BREAK.sub("\n", text))).strip()
