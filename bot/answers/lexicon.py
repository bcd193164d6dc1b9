"""The words of a language, from ``data/<language>.yml``, folded and indexed once per language and country.

Loaded on first use, not at import: a process that only sends messages never reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.core.text import fold

_DATA = Path(__file__).resolve().parent / "data"
# Said in the other language just as well: "ok", "skip", "sí" from someone who reads English.
_SHARED = ("yes", "no", "skip", "dont_know", "refuse", "commands", "questions")
LANGUAGES = ("es", "en")


_SOUNDS = (
    (re.compile(r"ch"), "X"),
    (re.compile(r"qu(?=[ei])|c(?![ei])|q"), "k"),
    (re.compile(r"c|z"), "s"),
    (re.compile(r"gu(?=[ei])"), "G"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"h"), ""),
    (re.compile(r"n(?=[bp])"), "m"),
    (re.compile(r"([a-z])\1+"), r"\1"),
)


@lru_cache(maxsize=20_000)
def sound(text: str) -> str:
    """Folded ``text`` as it sounds in Latin America, where s, c and z, b and v, ll and y are one.

    >>> sound("no kiero desir") == sound("no quiero decir")
    True
    """
    for pattern, letter in _SOUNDS:
        text = pattern.sub(letter, text)
    return text


@dataclass(frozen=True)
class Phrases:
    """A set of folded phrases that can be met whole, at the start of a reply or anywhere in it."""

    whole: frozenset[str]
    longest: int
    sounds: frozenset[str] = frozenset()

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Phrases:
        folded = frozenset(filter(None, (fold(p) for p in phrases)))
        return cls(folded, max((p.count(" ") + 1 for p in folded), default=0), frozenset(map(sound, folded)))

    def __contains__(self, text: str) -> bool:
        return text in self.whole

    def opening(self, words: tuple[str, ...]) -> int:
        """How many words of the longest phrase that ``words`` begin with; 0 when none does."""
        for size in range(min(self.longest, len(words)), 0, -1):
            if " ".join(words[:size]) in self.whole:
                return size
        return 0

    def find(self, words: tuple[str, ...]) -> tuple[int, int] | None:
        """Start and end of the first, then longest, phrase inside ``words``."""
        for start in range(len(words)):
            size = self.opening(words[start:])
            if size:
                return start, start + size
        return None

    def without(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """``words`` with every phrase of the set taken out."""
        kept: list[str] = []
        at = 0
        while at < len(words):
            size = self.opening(words[at : at + self.longest])
            if size:
                at += size
            else:
                kept.append(words[at])
                at += 1
        return tuple(kept)


@dataclass(frozen=True)
class Role:
    """A part that a choice plays in any list (``dk``, ``pn``, ``none`` …): how it is known and said."""

    values: frozenset[str]
    labels: frozenset[str]
    starts: tuple[str, ...]
    said: Phrases


class Lexicon:
    """One language's words. ``lists`` and ``tables`` are named as in the YAML file."""

    def __init__(self, language: str, country: str | None) -> None:
        raw = _load(language)
        other = _load("en" if language == "es" else "es")
        self.language = language
        self.country = country
        self._raw = raw
        self._phrases = {
            key: Phrases.of([*value, *(other[key] if key in _SHARED else ())])
            for key, value in raw.items()
            if isinstance(value, list) and all(isinstance(v, str) for v in value)
        }
        self.roles = {
            name: Role(
                frozenset(role.get("values", ())),
                frozenset(map(fold, role.get("labels", ()))),
                tuple(map(fold, role.get("starts", ()))),
                Phrases.of([*role.get("said", ()), *other["roles"][name].get("said", ())]),
            )
            for name, role in raw["roles"].items()
        }
        self.by_value = {value: tuple(map(fold, said)) for value, said in raw["by_value"].items()}
        self.group_of = {fold(word): fold(group[0]) for group in raw["same"] for word in group}
        self.kindred = tuple(frozenset(map(fold, group)) for group in raw["kindred"])
        self.rewrites = [
            (re.compile(rf"\b{re.escape(fold(k))}\b"), fold(v))
            for k, v in sorted(raw["rewrite"].items(), key=lambda item: -len(item[0]))
        ]
        self.abbreviations = {fold(k): fold(v) for k, v in raw["abbreviations"].items()}
        self.unit_of = {fold(w): unit for unit, words in raw["units"].items() for w in words}

    def phrases(self, key: str) -> Phrases:
        """The phrases under ``key``; KeyError where the file has no such list (a language without any has ``[]``).

        >>> lexicon("en").phrases("relativs")
        Traceback (most recent call last):
        KeyError: "no list 'relativs' in en.yml"
        """
        try:
            return self._phrases[key]
        except KeyError:
            raise KeyError(f"no list {key!r} in {self.language}.yml") from None

    def numbers(self, key: str) -> Mapping[str, float]:
        """The table of words to numbers under ``key``."""
        return _number_table(self.language, key)

    def table(self, key: str) -> Any:
        """The raw table under ``key``."""
        return self._raw[key]


@lru_cache(maxsize=256)
def _number_table(language: str, key: str) -> Mapping[str, float]:
    return {fold(word): float(number) for word, number in _load(language)[key].items()}


@lru_cache(maxsize=8)
def _load(name: str) -> dict[str, Any]:
    # BaseLoader: everything stays text, so that `no`, `yes` and `on` are words and not booleans
    with (_DATA / f"{name}.yml").open(encoding="utf-8") as file:
        data = yaml.load(file, Loader=yaml.BaseLoader)
    assert isinstance(data, dict)
    return data


@lru_cache(maxsize=16)
def lexicon(language: str, country: str | None = None) -> Lexicon:
    """The words of ``language`` (Spanish where we have none of it)."""
    return Lexicon(language if language in LANGUAGES else "es", country)


@lru_cache(maxsize=256)
def in_every_language(key: str) -> Phrases:
    """Women mix both: what is said so is understood whichever she chose."""
    return Phrases.of(phrase for each in LANGUAGES for phrase in lexicon(each).phrases(key).whole)


@lru_cache(maxsize=256)
def any_of(key: str) -> str:
    """A pattern for any of the phrases under ``key``, in every language, the longest first.

    >>> re.findall(any_of("nothing_of_it"), "nada, or nothing")
    ['nada', 'nothing']
    """
    phrases = sorted(in_every_language(key).whole, key=lambda said: (-len(said), said))
    return f"(?:{'|'.join(map(re.escape, phrases))})"


def gazetteers() -> Mapping[str, Any]:
    """Other names of places, by list: see ``data/places.yml``."""
    return _load("places")
