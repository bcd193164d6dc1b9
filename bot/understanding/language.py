"""Which language a message is in, when that can be told: used to offer a change, never to force one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from bot.core.text import clean
from bot.understanding.linear import Scores

DATA = Path(__file__).resolve().parents[2] / "nlu" / "languages.yml"

OTHER = "other"
_FEWEST_WORDS = 3
_FEWEST_LETTERS = 8
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True)
class ForeignWords:
    """Function words and greetings of languages that the bot does not speak."""

    words: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path = DATA) -> ForeignWords:
        """Reads ``path``. Raises ValueError when a language is not a list of words."""
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, words in content.items():
            if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
                raise ValueError(f"{path.name}: {name}: a list of words is expected")
        return cls({str(name): tuple(words) for name, words in content.items()})

    @cached_property
    def _expressions(self) -> list[re.Pattern[str]]:
        return [
            re.compile(
                r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + r")(?!\w)"
            )
            for words in self.words.values()
        ]

    def most(self, text: str) -> int:
        """How many words of ``text`` the best-matching of these languages claims."""
        folded = unicodedata.normalize("NFC", text.casefold())
        return max((sum(len(m.split()) for m in e.findall(folded)) for e in self._expressions), default=0)


def judge(
    text: str, scores: Scores, labels: tuple[str, ...], least: float, foreign: ForeignWords
) -> str | None:
    """``es``, ``en``, ``other``, or None when ``text`` is too short or too mixed to say.

    ``scores`` is the row of the whole text; it must lead by ``least``.
    """
    text = clean(text)
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return None
    if sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters) > len(letters) / 2:
        return OTHER
    words = _WORD.findall(text)
    claimed = foreign.most(text)
    if claimed >= 2 and claimed >= len(words) / 4:
        return OTHER
    if len(words) < _FEWEST_WORDS or len(letters) < _FEWEST_LETTERS:
        return None
    best = int(scores.argmax())
    others = [float(s) for i, s in enumerate(scores) if i != best]
    return labels[best] if float(scores[best]) - max(others) >= least else None
