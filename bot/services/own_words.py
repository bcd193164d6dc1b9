"""A reply in her own words, weighed: what the rules read, what examples say it means, what the model takes for a wish.

Short replies ("la segunda", "nel", "depende") are what the rules are for: they stand, and the examples, which are
seldom so short, are heard there only where the rules read nothing; of a single word they are only asked about
("secundaria" may answer what was asked before). The figures were chosen on replies of writers
whose examples were left out (``python -m benchmarks.replies``), and on the sets of ``tests/answers/cases`` so that
what the rules read rightly is not lost.
"""

from __future__ import annotations

import re

from bot.answers.lexicon import lexicon
from bot.answers.phrases import is_question_like
from bot.answers.question import Asked
from bot.answers.reading import Outcome, Reading, answer, unsure
from bot.answers.reply import Reply
from bot.core.text import fold
from bot.services.world import Meant

ANSWER_FROM = 0.55
"""confidence from which it is stored: nine in ten of those over it are right"""
CONFIRM_FROM = 0.3
FEW_WORDS = 3
SHORT_ANSWER_FROM = 0.9
SHORT_CONFIRM_FROM = 0.6
SURE_ANSWER_FROM = 0.9
"""what looks like a question, or would grant a consent or ring where it is not safe, is stored only from here"""
OVERRULES_FROM = 0.7
"""against what the rules read in a longer reply that names no choice: they are right there in one of five or six"""
OVERRULES_A_NAME_FROM = 0.98
"""against a choice that the rules heard by a word of its name: "cuido a mi marido" names the family and is care"""
_STEM = 5
_DIGIT = re.compile(r"\d")


def weigh(
    asked: Asked, reading: Reading, meant: Meant, text: str, language: str, *, careful: bool
) -> Reading:
    """``reading`` as it stands once the examples have spoken. For a reply that is none of our words."""
    value, short = _value(asked, meant), is_short(text)
    if reading.outcome is Outcome.REFUSE and value == "no" and meant.confidence >= OVERRULES_FROM:
        return answer(value, (value,))  # "yo no doy mis datos" where only a yes or a no was asked for
    if careful and not short and reading.value == "yes" and meant.confidence < CONFIRM_FROM:
        return unsure(reading.value, reading.value)  # a yes, and then words that nobody says who agrees
    if not value or reading.outcome not in (Outcome.ANSWER, Outcome.NO, Outcome.UNSURE):
        return reading
    sure = SURE_ANSWER_FROM if careful or is_question_like(text) else 0.0
    if reading.outcome is Outcome.NO:
        alone = len(fold(text).split()) == 1
        if not alone and meant.confidence >= max(sure, SHORT_ANSWER_FROM if short else ANSWER_FROM):
            return answer(value, tuple(value.split()))
        enough = SURE_ANSWER_FROM if alone else SHORT_CONFIRM_FROM if short else CONFIRM_FROM
        return unsure(value, value) if meant.confidence >= enough and " " not in value else reading
    if reading.outcome is Outcome.UNSURE and value == reading.value and not sure:
        if meant.confidence >= CONFIRM_FROM:
            return answer(value, (value,))  # two that doubt, each for itself, and say the same
        return reading
    if short or meant.confidence < max(sure, OVERRULES_FROM):
        return reading
    # "phone data and paying what I owe": the rules heard the first of them
    more = set(reading.choices) < set(meant.values) and meant.confidence >= SURE_ANSWER_FROM
    less = set(meant.values) < set(reading.choices)
    sure_of_another = meant.confidence >= OVERRULES_A_NAME_FROM and not less and not _DIGIT.search(text)
    named = names(asked, reading.choices, text, language) and not (more or sure_of_another)
    stands = asked.reads_as or named
    if reading.outcome is Outcome.ANSWER and stands:
        return reading
    return answer(value, tuple(value.split()))


def is_short(text: str) -> bool:
    return len(fold(text).split()) <= FEW_WORDS


def names(asked: Asked, choices: tuple[str, ...], text: str, language: str) -> bool:
    """Whether a word of the label, or of another name, of one of ``choices`` is said, or a number or an ordinal."""
    reply = Reply(text, lexicon(language))
    ordinals, small = reply.lexicon.numbers("ordinals"), reply.lexicon.phrases("stopwords").whole
    # "una" and "one" are articles more often than numbers
    if any((w.isdigit() and w != "1") or w in ordinals for w in fold(reply.digits).split()) or "1" in text:
        return True
    said = {word[:_STEM] for word in reply.words if word not in small}
    ours = [name for c in asked.choices if c.value in choices for name in (c.label, *c.aliases)]
    return any(word[:_STEM] in said for name in ours for word in fold(name).split())


def says_a_name(asked: Asked, choices: tuple[str, ...], text: str) -> bool:
    """Whether a label or another name of one of ``choices``, of two words or more, stands in it."""
    ours = (fold(n) for c in asked.choices if c.value in choices for n in (c.label, *c.aliases))
    return any(" " in name and f" {name} " in f" {fold(text)} " for name in ours)


def _value(asked: Asked, meant: Meant) -> str:
    # the list may have changed since it was learned, or be filtered
    shown = [choice.value for choice in asked.choices]
    if not set(meant.values) <= set(shown):
        return ""
    return " ".join(value for value in shown if value in meant.values)
