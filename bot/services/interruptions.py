"""When a short reply that we could not read may be taken for a wish, and when it is told instead of asked."""

from __future__ import annotations

from collections.abc import Iterable

from bot.answers.lexicon import LANGUAGES
from bot.answers.phrases import introduces, only_measures
from bot.answers.question import Asked
from bot.core.text import fold

# what a typed text of these says is digits or a date: once read, no intent is likelier
NOTHING_ELSE = frozenset({"phone", "birth_date", "age", "year", "money"})
# "hola, soy Itzel" greets and answers
CIVILITIES = frozenset({"greet", "thank", "goodbye", "enrol"})
# she asks something: answered, and the open question comes back
QUESTIONS = frozenset(
    {
        "ask_programme", "ask_pathways", "ask_cost", "ask_requirements", "ask_schedule", "ask_location",
        "ask_certificate", "ask_support", "ask_privacy", "ask_bot", "ask_why",
    }
)  # fmt: skip
# never meant by nothing but a time, an amount or a degree ("todo el día", "una vez", "mala")
NOT_BY_MEASURES = QUESTIONS | {"repeat", "correct_answer", "pause"}
TELLING = frozenset({"tell_barrier", "share_result"})
_TELLS_FROM = 0.8
_A_TALE = 6


def tells(intent: str, confidence: float, entities: Iterable[tuple[str, str]], text: str) -> bool:
    """Whether she tells of something to be heard with care, not just a word or two that we could not read.

    A barrier must be named in it, or it must have six words: the model takes "poquito" for a barrier too.
    """
    if intent not in TELLING or confidence < _TELLS_FROM or only_measures(text):
        return False
    return len(text.split()) >= _A_TALE or any(entity == "barrier" for entity, _ in entities)


def says_the_label(asked: Asked, choices: tuple[str, ...], text: str) -> bool:
    """Whether the labels of ``choices``, of two words or more, stand in the reply: "quiero hablar con alguien"."""
    labels = [fold(c.label) for c in asked.choices if c.value in choices]
    return bool(labels) and all(" " in label and label in fold(text) for label in labels)


def only_answers(intent: str, text: str) -> bool:
    """Whether ``intent`` cannot be meant, because the reply is nothing but times, amounts and degrees."""
    return intent in NOT_BY_MEASURES and only_measures(text)


def is_civil(reads_as: str, intent: str, text: str) -> bool:
    """Whether a reply that was read greets as well, or gives her name: "hola, soy Itzel", "puedes llamarme Nena"."""
    return (bool(reads_as) and intent in CIVILITIES) or (
        reads_as == "person_name" and introduces(text, *LANGUAGES)
    )


def in_our_words(asked: Asked, text: str) -> bool:
    """Whether two words or more, all of them of one label as she was shown it: "sentirme segura"."""
    words = set(fold(text).split())
    return len(words) > 1 and any(words <= set(fold(choice.label).split()) for choice in asked.choices)
