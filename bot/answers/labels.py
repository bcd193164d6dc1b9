"""Choices named by their label, a part of it or another word for it, with the typos people make."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.answers.lexicon import Lexicon, sound
from bot.answers.listing import LONG_ENOUGH, NEG, Index, Variant, content

_REACH_OF_NO = 2
"""how many meaningful words a "no" denies: in "presencial porque no tengo internet" not the first"""
_ALL_BUT_SAID = 90
_CLEARLY_NEARER = 3
_LEAST_OF_ITS_OWN = 0.9
_DENYING = frozenset({"nad", "nada", "ningun", "none", "nothing"})
"""labels that deny already: "no estoy nada segura" is "Nada segura" """
_UNKNOWN = 0.35
"""weight of a word of hers that no label has; a story around the answer must not drown it"""
_MOST_UNKNOWN = 1.5
ACCEPT = 0.5
"""score from which the best choice is taken, if it leads by ``MARGIN``; from ``CONFIRM`` on she is asked"""
MARGIN = 0.12
CONFIRM = 0.33


@dataclass(frozen=True, slots=True)
class Match:
    """How well a choice fits, 0 to 1; ``full`` when every word of its label was said."""

    position: int
    score: float
    full: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """The tokens of the list that one word of hers may be, how alike (1 the same), and their weight."""

    tokens: tuple[str, ...]
    likeness: float
    weight: float


def best(words: tuple[str, ...], among: Index, words_of: Lexicon) -> list[Match]:
    """The choices that ``words`` may name, best first; scores from 0 to 1."""
    said = content(words, words_of, among.telling)
    if not said:
        return []
    hits = _hits(said, among)
    denied = {t for at, t in enumerate(said) if NEG in said[max(0, at - _REACH_OF_NO) : at]}
    unknown = min(_MOST_UNKNOWN, _UNKNOWN * sum(1 for t in said if t not in hits and t != NEG))
    scores: dict[int, float] = {}
    full: set[int] = set()
    for variant in among.variants:
        named = _matched(variant, hits)
        matched = sum(hits[t].weight * hits[t].likeness for t in named)
        if not matched:
            continue
        negated = not denied.isdisjoint(named)
        full_weight = sum(among.weight[t] for t in variant.tokens if t != NEG)
        total = full_weight or 1.0
        # another word for the choice must be said whole, and must not be what labels share ("mi celular")
        if not variant.own and (matched < total * 0.85 or full_weight < _LEAST_OF_ITS_OWN):
            continue
        # what she said that this choice does not have counts against it
        beside = sum(among.weight[v] for v in {v for h in hits.values() for v in h.tokens} - variant.tokens)
        of_label, of_reply = matched / total, matched / (matched + unknown + 0.8 * beside)
        score = 2 * of_label * of_reply / (of_label + of_reply)
        has_neg = NEG in variant.tokens
        excused = negated and (among.lacks or not _DENYING.isdisjoint(variant.tokens))
        if has_neg != negated and not excused:
            score *= 0.5 if has_neg else 0.4
        score *= 1.0 if variant.own else 0.95
        if score > scores.get(variant.position, 0.0):
            scores[variant.position] = score
        if variant.own and of_label > 0.85 and (has_neg == negated or excused):
            full.add(variant.position)
    return sorted((Match(p, s, p in full) for p, s in scores.items()), key=lambda m: -m.score)


def nearly(said: str, among: Index, words_of: Lexicon) -> int | None:
    """The choice whose whole name is all but said, a slip or two in a name of eight letters or more.

    A "no" or "sin" more or less is no slip, and of two names one must be clearly nearer.
    """
    if len(said) < LONG_ENOUGH or re.search(r"\d", said):
        return None
    close = process.extract(said, among.long_names, scorer=fuzz.ratio, score_cutoff=_ALL_BUT_SAID, limit=4)
    scores: dict[int, float] = {}
    denies = _denies(said, words_of)
    for name, score, _ in close:
        if _denies(name, words_of) == denies:
            scores[among.exact[name]] = max(scores.get(among.exact[name], 0.0), score)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _CLEARLY_NEARER):
        return None
    return ranked[0][0]


def _denies(said: str, words_of: Lexicon) -> bool:
    return not words_of.phrases("negations").whole.isdisjoint(said.split())


def _matched(variant: Variant, hits: dict[str, Hit]) -> list[str]:
    return [t for t in hits if any(v in variant.tokens for v in hits[t].tokens)]


def _hits(said: tuple[str, ...], among: Index) -> dict[str, Hit]:
    """For each word of hers the words of the list that it may be, and how surely."""
    hits: dict[str, Hit] = {}
    for token in dict.fromkeys(said):
        if token == NEG:
            continue
        if token in among.weight:
            hits[token] = Hit((token,), 1.0, among.weight[token])
            continue
        found = _near_words(token, among)
        if found:
            hits[token] = Hit(found[0], found[1], max(among.weight[v] for v in found[0]))
    return hits


def _near_words(token: str, among: Index) -> tuple[tuple[str, ...], float] | None:
    same_sound = among.sounds.get(sound(token))
    if same_sound and len(token) >= 3:
        return _tokens(same_sound, among), 0.97
    if len(token) >= 4:
        longer = tuple(
            v for v in among.vocabulary if v.startswith(token) or (len(v) >= 4 and token.startswith(v))
        )
        if longer:
            return _tokens(longer, among), 0.9
    if len(token) < 4:
        return None
    allowed = 1 if len(token) < 7 else 2
    close = process.extract(token, among.vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=3)
    if not close:
        return None
    nearest = close[0][1]
    same_start = tuple(
        str(c[0]) for c in close if c[1] == nearest and (len(token) > 5 or c[0][0] == token[0])
    )
    return (_tokens(same_start, among), 0.88 if nearest == 1 else 0.78) if same_start else None


def _tokens(stems: tuple[str, ...], among: Index) -> tuple[str, ...]:
    return tuple(dict.fromkeys(among.spelled.get(s, s) for s in stems))
