"""What she typed, spelt out: abbreviations, stretched letters, emoji that carry a meaning.

Both the sentence encoder and the n-grams read this form, in training and in service alike. It is meant for
machines only: never shown, never stored. Digits stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.core.text import clean

DATA = Path(__file__).resolve().parents[2] / "nlu" / "normalise.yml"

_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_PUNCTUATION_RUN = re.compile(r"([^\w\s])\1+")
_WORD = re.compile(r"[^\W_]+")
_LAUGH = re.compile(r"\b(?:[jh]*(?:[aeiou][jh]+){2,}[aeiou]*|x+d+|lol|lmao)\b")
_MODIFIERS = re.compile("[\ufe0f\u200d\u2640\u2642\U0001f3fb-\U0001f3ff]")
_PICTURE = re.compile("[\u2190-\u2bff\u3030-\u303d\U0001f000-\U0001faff\U000e0000-\U000e007f]")
_SPACES = re.compile(r"\s+")
# written in digits to slip past filters, or by thumbs: read as letters only inside a word
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"})
_LEET_WORD = re.compile(r"(?<![\w@$])(?=\S*[^\W\d_])(?=\S*[013450@$])[\w@$]{3,}(?![\w@$])")
_QUANTITY = re.compile(r"\d+[^\W\d_]{1,4}|[^\W\d_]{1,4}\d+")


def strip_accents(text: str) -> str:
    """``text`` without combining marks; ``ñ`` becomes ``n``. Length may change."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@dataclass(frozen=True)
class Normaliser:
    """The tables of ``nlu/normalise.yml``; keys folded."""

    words: dict[str, str]
    phrases: dict[str, str]
    emoji: dict[str, str]
    _memo: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, path: Path = DATA) -> Normaliser:
        """Reads ``path``. Raises ValueError when a section is missing or a value is not text."""
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        tables: list[dict[str, str]] = []
        for section in ("words", "phrases", "emoji"):
            table = content.get(section)
            if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
                raise ValueError(f"{path.name}: {section}: a table of text to text is expected")
            tables.append({str(key): value for key, value in table.items()})
        return cls(*tables)

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        longest_first = sorted(self.phrases, key=len, reverse=True)
        return re.compile(r"\b(" + "|".join(map(re.escape, longest_first)) + r")\b")

    @cached_property
    def _emoji(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted(self.emoji, key=len, reverse=True))))

    def __call__(self, text: str) -> str:
        """The normal form: lower case, accents as typed, single spaces; empty for text without content."""
        # half a surrogate pair is no text, and no encoder takes it
        text = clean(text).encode("utf-8", "ignore").decode()
        text = _MODIFIERS.sub("", text.casefold())
        text = self._emoji.sub(lambda m: f" {self.emoji[m[0]]} ", text)
        text = _PICTURE.sub(" ", text)
        text = _STRETCHED.sub(r"\1", text)
        text = _PUNCTUATION_RUN.sub(r"\1", text)
        text = _LEET_WORD.sub(_unleet, text)
        text = _LAUGH.sub("jaja", text)
        text = _WORD.sub(self._word, text)
        text = self._phrases.sub(lambda m: self.phrases[m[0]], text)
        return _SPACES.sub(" ", text).strip()

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        return self.words.get(word) or self.words.get(strip_accents(word)) or word


def _unleet(match: re.Match[str]) -> str:
    word = match[0]
    # "15mil", "6pm", "8vo", "B2", "covid19" are quantities and names, not disguised words
    return word if _QUANTITY.fullmatch(word) else word.translate(_LEET)


@lru_cache(maxsize=1)
def normaliser() -> Normaliser:
    """The project's own tables, read once."""
    return Normaliser.load()


def normalise(text: str) -> str:
    """``normaliser()(text)``.

    >>> normalise("Holaaaa k onda, kiero inscribirme xfa 👍🏽")
    'hola que onda, quiero inscribirme por favor sí ok'
    """
    return normaliser()(text)
