"""When a reply is no answer because she wants something else now, and gets it before the question comes back.

By the model alone where no replies were learned for the question; where they were, by what it makes of the reply and
how much the reply looks like one to this question (:mod:`bot.services.own_words` says where the figures are from).
"""

from __future__ import annotations

from bot.answers.phrases import introduces, is_question_like
from bot.answers.question import Asked
from bot.answers.reading import Outcome, Reading
from bot.services.interruptions import CIVILITIES, QUESTIONS, TELLING, only_answers, says_the_label
from bot.services.own_words import is_short, names, says_a_name
from bot.services.turn import Judged
from bot.services.world import Meant

REQUESTS = QUESTIONS | frozenset(
    {
        "request_human", "request_mentor", "access_data", "delete_data", "stop", "pause", "quick_exit", "repeat",
        "correct_answer", "change_language", "restart", "resume", "greet", "goodbye", "thank", "enrol",
    }
)  # fmt: skip
# never on the model's word alone where the wording is not clear: they end or erase something
DESTRUCTIVE = frozenset({"stop", "delete_data", "restart", "quick_exit"})

REQUEST_FROM = 0.5
"""the model's own threshold for acting (nlu/thresholds.yml)"""
MANNERS = frozenset({"goodbye", "pause", "greet", "thank", "enrol", "resume", "repeat"})
MANNERS_FROM = 0.75
"""a short reply that the reader could not read looks like a greeting or a farewell before it looks like a wish"""
OVER_READ_ANSWER_FROM = 0.6
SAYS_MORE = REQUESTS - MANNERS | TELLING | {"choose_pathway"}

# Each of the model's confidence in a wish, added to the share of such replies that answer nothing, less a third of the
# share that mean what this one looks like: a logistic regression in round numbers.
WISH_FROM = 0.93
WISH_ASKED_FROM = 0.6
"""where it looks like a question"""
WISH_OVER_READ_FROM = 1.1
"""where the rules read a choice"""
CLEAR_WISH_FROM = 1.75
"""of the first two alone, where she says a word of a choice besides ("ya comieron los niños, sigamos")"""
ENDS_FROM = 0.75
"""what would end, erase or hide something, over what the rules do not read: "para salir adelante" hides nothing"""
CERTAIN_WISH_FROM = 0.97
"""so sure of a wish, the model is right against all but the surest of answers"""
CERTAIN_ANSWER_FROM = 0.9
STILL_AN_ANSWER = 0.6
"""a wish to stop, to erase or to begin again is one unless she answers as surely as this ("no me escriban" where it is
asked whether we may), and as surely as the one before where the model is sure"""
ASKS_FROM = 0.5
"""share of asides from which what is no place on the list is a question of hers"""


def interrupts(understood: Judged, text: str) -> bool:
    """Whether she wants something else, by the model alone."""
    if not _may_be_meant(understood, text):
        return False
    if understood.intent in MANNERS:
        return True
    return understood.confidence >= (REQUEST_FROM if not is_question_like(text) else REQUEST_FROM - 0.1)


def wishes(
    asked: Asked, reading: Reading, understood: Judged, meant: Meant, text: str, language: str
) -> bool:
    """Whether she wants something else, where examples of replies to this question have a say in it."""
    intent, confidence, asks = understood.intent, understood.confidence, is_question_like(text)
    if not _may_be_meant(understood, text) or (reading.near and intent in CIVILITIES):
        return False  # "sí, gracias a Dios" under two ways of saying yes
    likely = confidence + meant.aside
    if reading.outcome not in (Outcome.NO, Outcome.UNSURE):
        if intent == reading.value or says_a_name(asked, reading.choices, text):
            return False
        if not asks and (is_short(text) or intent in CIVILITIES):
            return False  # "que me llamen" where that is a choice, "mucho mejor, gracias"
        if not asks and names(asked, reading.choices, text, language):
            return likely >= CLEAR_WISH_FROM
        return likely - meant.confidence / 3 >= (WISH_ASKED_FROM if asks else WISH_OVER_READ_FROM)
    if (intent in DESTRUCTIVE and likely >= ENDS_FROM) or confidence >= CERTAIN_WISH_FROM:
        sure = confidence >= CERTAIN_ANSWER_FROM
        if meant.confidence < (CERTAIN_ANSWER_FROM if sure else STILL_AN_ANSWER):
            return True
    return likely - meant.confidence / 3 >= (WISH_ASKED_FROM if asks else WISH_FROM)


def asks_at_a_place(understood: Judged, meant: Meant, text: str) -> bool:
    """Whether "en el sur" asks something where a place was asked: to the model alone it looks like "¿dónde es?"."""
    return understood.intent not in QUESTIONS or is_question_like(text) or meant.aside >= ASKS_FROM


def says_more(asked: Asked, reading: Reading, understood: Judged, text: str) -> bool:
    """Whether words that a choice could be read from ask for something else all the same, by the model alone."""
    if understood.intent == reading.value or says_the_label(asked, reading.choices, text):
        return False
    if understood.intent in MANNERS and not is_question_like(text):
        return understood.confidence >= MANNERS_FROM
    wanted = REQUESTS if is_question_like(text) else SAYS_MORE
    return understood.intent in wanted and understood.confidence >= OVER_READ_ANSWER_FROM


def _may_be_meant(understood: Judged, text: str) -> bool:
    if understood.intent not in REQUESTS or only_answers(understood.intent, text):
        return False
    if understood.intent == "request_human" and introduces(text, "es"):
        return False  # "me llamo Rosalía" is not "que me llamen"
    return understood.intent not in MANNERS or understood.confidence >= MANNERS_FROM
