"""Correcting an earlier answer: said outright ("me equivoqué, soy de Puebla"), the last one, or by number."""

from __future__ import annotations

import re

import sqlalchemy as sa

from bot.answers.read import read
from bot.answers.reading import Outcome
from bot.core.text import fold
from bot.services import record
from bot.services.data_rights import answer_in_words, short_name
from bot.services.say import say
from bot.services.sheet import Sheet
from bot.services.turn import Effects, Turn
from bot.services.way import go_on, open_aside
from bot.store.tables import Answer
from bot.surveys.model import Question

# what introduces a correction, in folded text; what follows is the new answer
_CUE = re.compile(
    r"^.*?\b(me equivoque|equivoque|puse mal|escribi mal|conteste mal|perdon|digo|quise decir|no es|no era|corrijo|"
    r"correccion|quiero corregir|quiero cambiar|cambiar|corregir|en realidad|error|i meant|i mean|my mistake|sorry|"
    r"i made a mistake|actually|correction|wrong)\b"
)
BACK = frozenset({"atras", "back", "regresar", "volver", "anterior"})
LATEST = 8


def correct(turn: Turn) -> Effects:
    """Take the new answer out of her message, or go one question back, or let her choose which."""
    typed = turn.inbound.text
    if fold(typed) in BACK:
        back = _last_answered(turn)
        return reopen(turn, *back) if back else go_on(turn, [])
    found = _said_outright(turn, typed)
    if found is not None:
        return _apply(turn, *found)
    return offer_list(turn)


def offer_list(turn: Turn) -> Effects:
    """Her latest answers, to correct one by its number."""
    listed = [
        (
            f"{sheet.name}/{sheet.wave}/{question.name}",
            f"{short_name(sheet, question)}: {answer_in_words(sheet, question)}",
        )
        for sheet, question in _answered(turn)[:LATEST]
        if question.sensitivity != "restricted"
    ]
    if not listed:
        return go_on(turn, [])
    nothing = turn.world.texts.render("mean_nothing", turn.language, {})
    return open_aside(turn, "correct", listed=[*listed, ("none", nothing)])


def chosen(turn: Turn, values: dict[str, str]) -> Effects:
    """The answer that she picked from the list is asked again."""
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


def _said_outright(turn: Turn, typed: str) -> tuple[Sheet, Question, str] | None:
    """The latest answered question for which her words, without the cue, read as another answer."""
    folded = fold(typed)
    rest = _CUE.sub("", folded).strip()
    candidates = [rest] if rest else []
    if rest == folded and len(folded.split()) > 12:
        return None
    for sheet, question in _answered(turn):
        if (
            question.type not in ("select_one", "integer", "decimal", "date")
            and question.reads_as != "person_name"
        ):
            continue
        if (
            question.reads_as == "person_name"
            and "llamo" not in folded
            and "nombre" not in folded
            and "name" not in folded
        ):
            continue
        asked = sheet.asked(question)
        for words in candidates:
            reading = read(
                asked, words, country=turn.participant.country, language=turn.language, today=turn.today
            )
            if reading.outcome is not Outcome.ANSWER or reading.value == sheet.values.get(question.name):
                continue
            if _says_so(question, asked.choices, reading.value, words):
                return sheet, question, reading.value
    return None


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
