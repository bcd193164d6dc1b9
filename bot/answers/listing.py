"""A list of choices made ready for matching: names, stems, weights, roles; kept for every later reply."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from bot.answers.lexicon import Lexicon, gazetteers, lexicon, sound
from bot.answers.question import AskedChoice
from bot.answers.reading import Reading, answer, unsure
from bot.answers.reply import normal_words
from bot.core.text import fold

NEG = "\u00acno"
LONG_ENOUGH = 8
"""letters from which a name can be known by its likeness as a whole"""
_BRACKET = re.compile(r"\([^)]*\)")
_DIMINUTIVE = re.compile(r"(?:ecit[oa]|(?<=[rn])cit[oa]|it[oa])$")
_VERB = re.compile(r"(?:ando|iendo|yendo|ado|ada|ido|ida|ar|er|ir|ing|ed)$")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to name a choice. ``own`` is False for words beside its label: those must be whole."""

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
    """the list is of things missing ("Falta de dinero"): "no tengo dinero" names one, it denies none"""
    whole_only: dict[str, int]
    roles: dict[str, int]
    spelled: dict[str, str]
    """stems of label words as written, to the token that stands for their group of synonyms"""

    sounds: dict[str, tuple[str, ...]]
    """the vocabulary by how it sounds"""
    telling: frozenset[str]
    """words that mean nothing elsewhere and tell these choices apart"""
    long_names: tuple[str, ...]
    """names long enough to be known as a whole by their likeness"""


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
        if len(shorter) >= 3 and shorter != word:
            word = shorter
            break  # "dinerito" is "diner", no verb "din-er"
    return word[:-1] if len(word) > 3 and word[-1] in "aeo" else word


def content(words: tuple[str, ...], words_of: Lexicon, keep: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Stems of the words that mean something; negations become one mark, like words one stem.

    ``keep`` are words that mean nothing elsewhere and tell choices of this list apart ("muy").
    """
    said = " ".join(words)
    for pattern, replacement in words_of.rewrites:
        said = pattern.sub(replacement, said)
    stop, negations = words_of.phrases("stopwords"), words_of.phrases("negations")
    out: list[str] = []
    for word in said.split():
        if word in negations:
            out.append(NEG)
        elif word not in stop or word in keep:
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
    telling = _telling_words(choices, words_of)
    for position, choice in enumerate(choices):
        for said in _ways_to_say(choice):
            words = normal_words(said, words_of)
            variants.append(
                Variant(position, " ".join(words), frozenset(content(words, words_of, telling)), True)
            )
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
    counts = Counter(t for _, t in {(v.position, t) for v in variants if v.own for t in v.tokens})
    weight = {t: 1 / n for t, n in counts.items()}
    sounds: dict[str, tuple[str, ...]] = {}
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
    for token in vocabulary:
        sounds[sound(token)] = (*sounds.get(sound(token), ()), token)
    lacks = any({"falt", "lack"} & v.tokens for v in variants if v.own)
    return Index(
        choices,
        tuple(variants),
        exact,
        weight,
        vocabulary,
        lacks,
        whole_only,
        _roles(choices, words_of),
        spelled,
        sounds,
        telling,
        tuple(said for said in exact if len(said) >= LONG_ENOUGH and not re.search(r"\d", said)),
    )


def _telling_words(choices: tuple[AskedChoice, ...], words_of: Lexicon) -> frozenset[str]:
    """Stopwords without which one label would be a part of another: "Muy segura", "Nada segura"."""
    stop = words_of.phrases("stopwords")
    labels = [normal_words(c.label, words_of) for c in choices]
    tokens = [frozenset(content(words, words_of)) for words in labels]
    return frozenset(
        word
        for at, words in enumerate(labels)
        if any(tokens[at] <= other for place, other in enumerate(tokens) if place != at)
        for word in words
        if word in stop and len(word) > 1
    )


def _ways_to_say(choice: AskedChoice) -> tuple[str, ...]:
    """Label and aliases; a label with a bracket also without it ("Tarde (15 a 19)")."""
    bare = _BRACKET.sub(" ", choice.label).strip()
    return (choice.label, *choice.aliases, *((bare,) if bare and bare != choice.label else ()))


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
        by_label = [
            i
            for i, said in enumerate(labels)
            if said in role.labels
            or any(said == start or said.startswith(start + " ") for start in role.starts)
        ]
        if by_value or len(by_label) == 1:
            found[name] = (by_value or by_label)[0]
    return found


def chosen(among: Index, *positions: int) -> Reading:
    """These choices as the answer, in the order of the list."""
    values = tuple(among.choices[p].value for p in sorted(set(positions)))
    return answer(" ".join(values), values)


def position_of(reading: Reading, among: Index) -> int:
    """Where the one choice that was read stands."""
    return next(i for i, choice in enumerate(among.choices) if choice.value == reading.value)


def candidate(among: Index, positions: list[int]) -> Reading:
    """The first of these to be confirmed, with the others as the next best."""
    first = among.choices[positions[0]]
    return unsure(first.value, first.label, tuple(among.choices[p].value for p in positions))
