"""Two answers in one message: what her words also say about questions further on is kept, and said back to her.

"Soy Rosa, tengo 34 y vivo en Puebla" is asked neither her age nor her state again. Only what she names outright
counts: an amount of years, a place of the list behind "vivo en" (``ahead`` and ``implied`` of
``dialogues/journey.yml``).
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.answers.phrases import clauses, says_where_she_lives
from bot.answers.read import read
from bot.answers.reading import Outcome
from bot.core.messages import InboundKind
from bot.core.text import clean, fold
from bot.services import record
from bot.services.data_rights import answer_in_words, short_name
from bot.services.say import text
from bot.services.sheet import Sheet
from bot.services.turn import Turn
from bot.surveys.model import Question

_FEWEST_WORDS = 3


def take(turn: Turn, sheet: Sheet, answered: Question) -> list[str]:
    """Store what her message says for later questions of the sheet; a line that says so, or nothing."""
    typed = clean(turn.inbound.text)
    if turn.inbound.kind is not InboundKind.TEXT or turn.restricted or sheet.was_completed:
        return []
    said = clauses(typed)
    at_a_place = answered.reads_as == "place" or answered.name in turn.world.journey.implied
    if len(typed.split()) < _FEWEST_WORDS and not (at_a_place and len(said) > 1):
        return []
    free = [c for c in said if not _says(turn, sheet, answered, c)]
    free.sort(key=lambda clause: not says_where_she_lives(clause))  # that comes before where she is from
    taken: list[Question] = []
    names = [question.name for question in sheet.survey.questions]
    for question in sheet.survey.questions[names.index(answered.name) + 1 :]:
        if not question.asked or question.sensitivity != "ordinary" or question.name in sheet.values:
            continue
        for clause in free:
            value = _value(turn, sheet, question, clause, named=at_a_place and len(said) > 1)
            if value and sheet.run.relevant(question.name) and sheet.run.check(question, value).ok:
                record.store(turn, sheet, question, value)
                taken.append(question)
                if question.name not in turn.world.journey.implied:
                    free.remove(clause)
                break
    if not taken:
        return []
    answers = ", ".join(f"{short_name(sheet, q)}: {answer_in_words(sheet, q)}" for q in taken)
    return [text(turn, "noted_ahead", answers=answers)]


def _says(turn: Turn, sheet: Sheet, question: Question, clause: str) -> bool:
    """Whether the clause names the answer that she gave to the open question: it is used up then."""
    if question.name in turn.world.journey.implied:
        return fold(sheet.run.answer(question.name, turn.language)) in fold(clause)
    return _read(turn, sheet, question, clause) == sheet.values.get(question.name)


def _value(turn: Turn, sheet: Sheet, question: Question, clause: str, *, named: bool) -> str:
    """What the clause answers to ``question``; ``named``: places are being listed, no "vivo en" is needed."""
    journey = turn.world.journey
    said = f" {fold(clause)} "
    if question.name in journey.implied:
        if not _cued(said, journey.ahead.get("place", ())):
            return ""
        found = [
            choice
            for choice, place in journey.implied[question.name].items()
            if _read(turn, sheet, sheet.survey.by_name[place], clause)
        ]
        return found[0] if len(found) == 1 else ""
    cues = journey.ahead.get(question.reads_as)
    if cues is None or question.open_list:
        return ""
    if not _cued(said, cues) and not (named and question.reads_as == "place"):
        return ""
    return _read(turn, sheet, question, clause)


def _cued(said: str, cues: Iterable[str]) -> bool:
    return any(f" {fold(cue)} " in said for cue in cues)


def _read(turn: Turn, sheet: Sheet, question: Question, clause: str) -> str:
    if question.open_list and not question.has_choices:
        return ""
    asked = sheet.asked(question)
    country = sheet.values.get("country") or turn.participant.country
    reading = read(asked, clause, country=country, language=turn.language, today=turn.today)
    chosen = next((c for c in asked.choices if c.value == reading.value), None)
    if reading.outcome is not Outcome.ANSWER or chosen is None:
        return ""
    # nobody asked for this: a place must be named as it is called, not nearly
    names = [chosen.label, *chosen.aliases] if question.reads_as == "place" else []
    return reading.value if not names or _cued(f" {fold(clause)} ", names) else ""
