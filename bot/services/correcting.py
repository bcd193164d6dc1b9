"""Correcting an earlier answer: said outright ("me equivoqué, soy de Puebla"), by what it is called ("mi edad está
mal"), the last one, or by number."""

from __future__ import annotations

import re

import sqlalchemy as sa

from bot.answers.corrections import corrected, goes_back, is_about_her_name
from bot.answers.read import read
from bot.answers.reading import Outcome
from bot.core.text import clean, fold
from bot.services import record
from bot.services.data_rights import answer_in_words, short_name
from bot.services.say import say, text
from bot.services.sheet import Sheet
from bot.services.turn import Effects, Turn
from bot.services.way import go_on, open_aside
from bot.store.tables import Answer
from bot.surveys.model import Question

LATEST = 8
MORE = "more"


def correct(turn: Turn) -> Effects:
    """Take the new answer out of her message, or go one question back, or let her choose which."""
    typed = turn.inbound.text
    if goes_back(typed):
        back = _last_answered(turn)
        return reopen(turn, *back) if back else go_on(turn, [])
    answered = _answered(turn)
    found = _said_outright(turn, typed, answered)
    if found is not None and found[0].values.get(found[1].name) == found[2]:
        sheet, question, _ = found
        return go_on(turn, [say(turn, "already_so", answer=answer_in_words(sheet, question))])
    if found is not None:
        return _apply(turn, *found)
    named = _named(turn, typed, answered)
    return reopen(turn, named[0], named[1].name) if named is not None else offer_list(turn)


def names_an_answer(turn: Turn) -> bool:
    """Whether her message says itself which answer is wrong, or what is right."""
    typed, answered = turn.inbound.text, _answered(turn)
    return (_said_outright(turn, typed, answered) or _named(turn, typed, answered)) is not None


def offer_list(turn: Turn, start: int = 0) -> Effects:
    """Her latest answers, to correct one by its number, ``LATEST`` at a time from ``start`` on."""
    answered = [found for found in _answered(turn) if found[1].sensitivity != "restricted"]
    listed = [
        (
            f"{sheet.name}/{sheet.wave}/{question.name}",
            f"{short_name(sheet, question)}: {answer_in_words(sheet, question)}",
        )
        for sheet, question in answered[start : start + LATEST]
    ]
    if not listed:
        return go_on(turn, [])
    rest = start + LATEST
    more = [(MORE, text(turn, "mean_earlier"))] if rest < len(answered) else []
    return open_aside(
        turn, "correct", listed=[*listed, *more, ("none", text(turn, "mean_nothing"))], rest=str(rest)
    )


def chosen(turn: Turn, values: dict[str, str]) -> Effects:
    """The answer that she picked from the list is asked again."""
    if values.get("which") == MORE:
        return offer_list(turn, int(values.get("rest", "0")))
    if values.get("which", "").count("/") != 2:
        return go_on(turn, [])
    survey, wave, question = values["which"].split("/")
    return reopen(turn, Sheet(turn, survey, wave=wave), question)


def reopen(turn: Turn, sheet: Sheet, question: str) -> Effects:
    """Ask ``question`` again; what depends on its answer is asked again only if it no longer fits."""
    conversation = turn.conversation
    if sheet.run_row is None:
        return go_on(turn, [])
    conversation.aside = conversation.aside_values = None
    conversation.survey, conversation.wave, conversation.question = sheet.name, sheet.wave, question
    conversation.survey_version = sheet.run_row.survey_version
    return Effects(open=sheet.name)


def _apply(turn: Turn, sheet: Sheet, question: Question, value: str) -> Effects:
    record.store(turn, sheet, question, value)
    label = sheet.run.answer(question.name, turn.language)
    done = say(turn, "corrected_to", answer=label)
    conversation = turn.conversation
    conversation.aside = conversation.aside_values = None
    following = sheet.run.step().question
    if following is not None and following.sensitivity != "restricted" and conversation.survey != sheet.name:
        # the correction opened a question of an earlier questionnaire (another state, another municipality)
        conversation.survey, conversation.wave, conversation.question = sheet.name, sheet.wave, following.name
        conversation.survey_version = sheet.version
        return Effects([done], open=sheet.name)
    if conversation.survey == sheet.name and following is not None:
        conversation.question = following.name
    return go_on(turn, [done])


def _said_outright(
    turn: Turn, typed: str, answered: list[tuple[Sheet, Question]]
) -> tuple[Sheet, Question, str] | None:
    """The latest answered question for which her words, without the cue, read as an answer.

    Another answer than she gave comes before the one that stands already.
    """
    rest = corrected(typed)
    if rest is None:
        return None
    # in her own letters where folding kept their number: a name keeps its accents
    cleaned = clean(typed)
    words = cleaned[-len(rest) :] if fold(cleaned[-len(rest) :]) == rest else rest
    same: tuple[Sheet, Question, str] | None = None
    for sheet, question in answered:
        if (
            question.type not in ("select_one", "integer", "decimal", "date")
            and question.reads_as != "person_name"
        ):
            continue
        if question.reads_as == "person_name" and not is_about_her_name(typed):
            continue
        asked = sheet.asked(question)
        reading = read(
            asked, words, country=turn.participant.country, language=turn.language, today=turn.today
        )
        if reading.outcome is not Outcome.ANSWER or not _says_so(
            question, asked.choices, reading.value, rest
        ):
            continue
        if reading.value != sheet.values.get(question.name):
            return sheet, question, reading.value
        same = same or (sheet, question, reading.value)
    return same


def _named(turn: Turn, typed: str, answered: list[tuple[Sheet, Question]]) -> tuple[Sheet, Question] | None:
    """The answer that she calls by its name (``called_*`` of ``dialogues/messages/called.yml``)."""
    said = f" {fold(typed)} "
    found: tuple[int, Sheet, Question] | None = None
    for sheet, question in answered:
        key = f"called_{question.name}"
        if key not in turn.world.texts:
            continue
        words = turn.world.texts.words(key, turn.language)
        longest = max((len(word) for word in words if f" {word} " in said), default=0)
        if longest and (found is None or longest > found[0]):
            found = longest, sheet, question
    return (found[1], found[2]) if found is not None else None


def _says_so(question: Question, choices: object, value: str, words: str) -> bool:
    """A bare number or a yes could answer anything: the words must name the answer itself."""
    if question.reads_as in ("person_name", "age", "birth_date"):
        return question.reads_as == "person_name" or bool(re.search(r"\d|ano|year", words))
    for choice in choices if isinstance(choices, tuple) else ():
        if choice.value == value:
            names = [fold(choice.label), *(fold(alias) for alias in choice.aliases)]
            return any(len(n) > 2 and re.search(rf"\b{re.escape(n)}\b", words) for n in names)
    return False


def _answered(turn: Turn) -> list[tuple[Sheet, Question]]:
    """Her answered questions of this wave, the latest first."""
    rows = turn.session.execute(
        sa.select(Answer.survey, Answer.wave, Answer.question)
        .where(Answer.participant_id == turn.participant.id, Answer.reply_kind == "answered")
        .order_by(Answer.answered_at.desc(), Answer.id.desc())
    ).all()
    sheets: dict[tuple[str, str], Sheet] = {}
    found: list[tuple[Sheet, Question]] = []
    for survey, wave, name in rows:
        sheet = sheets.setdefault((survey, wave), Sheet(turn, survey, wave=wave))
        question = sheet.survey.by_name.get(name)
        if question is not None and question.asked and sheet.values.get(name):
            found.append((sheet, question))
    return found


def _last_answered(turn: Turn) -> tuple[Sheet, str] | None:
    latest = _answered(turn)
    return (latest[0][0], latest[0][1].name) if latest else None
