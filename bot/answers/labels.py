"""Choices named by their label, a part of it or another word for it, with the typos people make."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.answers.lexicon import Lexicon, gazetteers, lexicon
from bot.answers.question import AskedChoice
from bot.answers.reply import normal_words
from bot.core.text import fold

NEG = "\u00acno"
_UNKNOWN = 0.35
"""weight of a word of hers that no label has; a story around the answer must not drown it"""
_MOST_UNKNOWN = 1.5
ACCEPT = 0.5
MARGIN = 0.12
CONFIRM = 0.33
_DIMINUTIVE = re.compile(r"(?:ecit[oa]|(?<=[rn])cit[oa]|it[oa])$")
_VERB = re.compile(r"(?:ando|iendo|yendo|ado|ada|ido|ida|ar|er|ir|ing|ed)$")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to name a choice. ``own`` is False for words that are not its label: those must be said whole."""

    position: int
    said: str
    tokens: frozenset[str]
    own: bool


@dataclass(frozen=True)
class Index:
    """A list of choices made ready for matching."""

    choices: tuple[AskedChoice, ...]
    variants: tuple[Variant, ...]
    exact: dict[str, int]
    weight: dict[str, float]
    vocabulary: tuple[str, ...]
    lacks: bool
    """the list is of things missing ("Falta de dinero"), so "no tengo dinero" names one instead of denying it"""
    whole_only: dict[str, int]
    roles: dict[str, int]
    spelled: dict[str, str]
    """stems of label words as written, to the token that stands for their group of synonyms"""


@dataclass(frozen=True, slots=True)
class Match:
    position: int
    score: float


def stem(word: str) -> str:
    """A word without plural, diminutive, gender or verb ending; rough on purpose, both sides get the same.

    >>> stem("horitas"), stem("estudiando"), stem("estudio")
    ('hor', 'estudi', 'estudi')
    """
    if len(word) <= 3:
        return word
    if len(word) > 4 and word.endswith("s"):
        word = word[:-2] if word.endswith("es") and len(word) > 6 and word[-3] not in "aeiou" else word[:-1]
    for ending in (_DIMINUTIVE, _VERB):
        shorter = ending.sub("", word)
        if len(shorter) >= 3:
            word = shorter
    return word[:-1] if len(word) > 3 and word[-1] in "aeo" else word


def content(words: tuple[str, ...], words_of: Lexicon) -> tuple[str, ...]:
    """Stems of the words that carry meaning; every negation becomes one mark; groups of like words one stem."""
    said = " ".join(words)
    for pattern, replacement in words_of.rewrites:
        said = pattern.sub(replacement, said)
    stop, negations = words_of.phrases("stopwords"), words_of.phrases("negations")
    out: list[str] = []
    for word in said.split():
        if word in negations:
            out.append(NEG)
        elif word not in stop:
            out.append(stem(words_of.group_of.get(word, word)))
    return tuple(out or (stem(w) for w in words))


@lru_cache(maxsize=512)
def index(choices: tuple[AskedChoice, ...], language: str, country: str | None) -> Index:
    """The list made ready; kept, because every woman is asked the same lists."""
    words_of = lexicon(language, country)
    variants: list[Variant] = []
    exact: dict[str, int] = {}
    whole_only: dict[str, int] = {}
    places = _gazetteer(choices)
    for position, choice in enumerate(choices):
        for said in (choice.label, *choice.aliases):
            words = normal_words(said, words_of)
            variants.append(Variant(position, " ".join(words), frozenset(content(words, words_of)), True))
            exact.setdefault(" ".join(words), position)
            exact.setdefault(fold(said), position)
    for position, choice in enumerate(choices):
        label = fold(choice.label.replace("'", ""))
        also = places.get(label, {})
        for said in (*words_of.by_value.get(choice.value, ()), *also.get("any", ())):
            words = tuple(fold(said).split())
            exact.setdefault(" ".join(words), position)
            variants.append(Variant(position, " ".join(words), frozenset(content(words, words_of)), False))
        for said in also.get("whole", ()):
            whole_only.setdefault(fold(said), position)
        value = fold(choice.value)
        if len(value) >= 2 and not value.replace(" ", "").isdigit():
            whole_only.setdefault(value, position)
    counts = Counter(t for v in variants if v.own for t in v.tokens)
    weight = {t: 1 / n for t, n in counts.items()}
    for variant in variants:
        for token in variant.tokens:
            weight.setdefault(token, 1.0)
    spelled: dict[str, str] = {}
    for variant in variants:
        for word in variant.said.split():
            token = stem(words_of.group_of.get(word, word))
            if token in variant.tokens and stem(word) not in weight:
                spelled[stem(word)] = token
    vocabulary = tuple(t for t in (*weight, *spelled) if len(t) >= 3 and t != NEG)
    lacks = any({"falt", "lack"} & v.tokens for v in variants if v.own)
    return Index(choices, tuple(variants), exact, weight, vocabulary, lacks, whole_only, _roles(choices, words_of), spelled)


def _gazetteer(choices: tuple[AskedChoice, ...]) -> dict[str, dict[str, list[str]]]:
    labels = {fold(c.label.replace("'", "")) for c in choices}
    for name in ("mx_states", "cl_regions", "cl_comunas"):
        known: dict[str, dict[str, list[str]]] = gazetteers()[name]
        inside = len(labels & known.keys())
        if inside and (inside * 2 > len(labels) or (name == "cl_comunas" and inside >= 5)):
            return known
    return {}


def _roles(choices: tuple[AskedChoice, ...], words_of: Lexicon) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, role in words_of.roles.items():
        by_value = [i for i, c in enumerate(choices) if c.value.casefold() in role.values]
        labels = [fold(c.label) for c in choices]
        by_label = [i for i, said in enumerate(labels) if said in role.labels or any(
            said == start or said.startswith(start + " ") for start in role.starts)]
        if by_value or len(by_label) == 1:
            found[name] = (by_value or by_label)[0]
    return found


def best(words: tuple[str, ...], among: Index, words_of: Lexicon) -> list[Match]:
    """The choices that ``words`` may name, best first; scores from 0 to 1."""
    said = content(words, words_of)
    if not said:
        return []
    hits = _hits(said, among)
    negated = NEG in said
    unknown = min(_MOST_UNKNOWN, _UNKNOWN * sum(1 for t in said if t not in hits and t != NEG))
    scores: dict[int, float] = {}
    for variant in among.variants:
        matched = sum(among.weight[t] * hits[t][1] for t in _matched(variant, hits))
        if not matched:
            continue
        total = sum(among.weight[t] for t in variant.tokens if t != NEG) or 1.0
        if not variant.own and matched < total * 0.85:
            continue
        # what she said that this choice does not have counts against it
        beside = sum(among.weight[v] for v in {v for h in hits.values() for v in h[2]} - variant.tokens)
        of_label, of_reply = matched / total, matched / (matched + unknown + 0.5 * beside)
        score = 2 * of_label * of_reply / (of_label + of_reply)
        has_neg = NEG in variant.tokens
        if has_neg != negated and not (negated and among.lacks):
            score *= 0.5 if has_neg else 0.4
        score *= 1.0 if variant.own else 0.95
        scores[variant.position] = max(scores.get(variant.position, 0.0), score)
    return sorted((Match(p, s) for p, s in scores.items()), key=lambda m: -m.score)


def _matched(variant: Variant, hits: dict[str, tuple[str, float, tuple[str, ...]]]) -> list[str]:
    return [t for t in hits if any(v in variant.tokens for v in hits[t][2])]


def _hits(said: tuple[str, ...], among: Index) -> dict[str, tuple[str, float, tuple[str, ...]]]:
    """For each word of hers the words of the list that it may be, and how surely."""
    hits: dict[str, tuple[str, float, tuple[str, ...]]] = {}
    for token in dict.fromkeys(said):
        if token == NEG:
            continue
        if token in among.weight:
            hits[token] = (token, 1.0, (token,))
            continue
        found = _near_words(token, among)
        if found:
            among.weight.setdefault(token, max(among.weight[v] for v in found[0]))
            hits[token] = (token, found[1], found[0])
    return hits


def _near_words(token: str, among: Index) -> tuple[tuple[str, ...], float] | None:
    if len(token) >= 4:
        longer = tuple(v for v in among.vocabulary if v.startswith(token) or (len(v) >= 4 and token.startswith(v)))
        if longer:
            return _tokens(longer, among), 0.9
    if len(token) < 4:
        return None
    allowed = 1 if len(token) < 7 else 2
    close = process.extract(token, among.vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=3)
    if not close:
        return None
    nearest = close[0][1]
    same_start = tuple(str(c[0]) for c in close if c[1] == nearest and (len(token) > 5 or c[0][0] == token[0]))
    return (_tokens(same_start, among), 0.88 if nearest == 1 else 0.78) if same_start else None


def _tokens(stems: tuple[str, ...], among: Index) -> tuple[str, ...]:
    return tuple(dict.fromkeys(among.spelled.get(s, s) for s in stems))
