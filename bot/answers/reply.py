"""A reply in the few shapes that the readers look at, each made once and only when asked for."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property, lru_cache

from bot.answers.lexicon import Lexicon, sound
from bot.answers.spelled import spelled_as_digits
from bot.core.text import clean, fold

_REPEATED = re.compile(r"([a-z])\1{2,}")
_ROMAN = re.compile(r"[ivx]+")
_SHORT = 5
_MOST_TRIMMED = 12
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower case without accents, punctuation kept: what numbers, dates and clock times are read from."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return _SPACES.sub(" ", "".join(c for c in text if not unicodedata.combining(c))).strip()


class Reply:
    """What she wrote, cleaned; ``lexicon`` says in which words."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = clean(text)
        self.lexicon = lexicon

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Folded words, abbreviations written out, drawn-out letters ("siiii") shortened."""
        return normal_words(self.text, self.lexicon)

    @cached_property
    def said(self) -> str:
        return " ".join(self.words)

    @cached_property
    def core(self) -> tuple[str, ...]:
        """The words without those that carry no answer."""
        return self.lexicon.phrases("fillers").without(self.words)

    @cached_property
    def core_said(self) -> str:
        return " ".join(self.core)

    @cached_property
    def trimmed(self) -> tuple[str, ...]:
        """The words as one text, and again without each run of fillers at either end, longest first."""
        fillers = self.lexicon.phrases("fillers").whole
        words = self.words[:_MOST_TRIMMED]
        if len(words) < len(self.words):
            return (self.said,)
        first = next((i for i, w in enumerate(words) if w not in fillers), len(words))
        last = next((i for i, w in enumerate(reversed(words)) if w not in fillers), len(words))
        spans = {(i, len(words) - j) for i in range(first + 1) for j in range(last + 1)}
        return tuple(" ".join(words[i:j]) for i, j in sorted(spans, key=lambda s: s[0] - s[1]) if j > i)

    @cached_property
    def plain(self) -> str:
        return plain(self.text)

    @cached_property
    def digits(self) -> str:
        """``plain`` with numbers in words as digits ("treinta y cuatro" is "34")."""
        return spelled_as_digits(self.plain, self.lexicon)

    def is_said(self, key: str) -> bool:
        """Whether the whole reply, with or without fillers, is one of the phrases under ``key``."""
        phrases = self.lexicon.phrases(key)
        if self.said in phrases or (bool(self.core) and self.core_said in phrases):
            return True
        # by sound only where there is enough of it: "si" and "sé" must not meet
        return len(self.said) > _SHORT and sound(self.said) in phrases.sounds

    def opens(self, key: str) -> bool:
        """Whether the reply begins with one of the phrases under ``key``."""
        phrases = self.lexicon.phrases(key)
        return bool(phrases.opening(self.words) or phrases.opening(self.core))

    def has(self, key: str) -> bool:
        """Whether one of the phrases under ``key`` stands anywhere in the reply."""
        return self.lexicon.phrases(key).find(self.words) is not None


def normal_words(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Folded words of ``text``, abbreviations written out and drawn-out letters shortened."""
    words: list[str] = []
    for word in fold(text.replace("'", "").replace("\u2019", "")).split():
        if not _ROMAN.fullmatch(word):  # "viii región" is no drawn-out word
            word = _REPEATED.sub(r"\1", word)
        words.extend(lexicon.abbreviations.get(word, word).split())
    return tuple(words)
