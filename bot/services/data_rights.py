"""Her data rights: what is held, in her words; requests with the date they are due (PRV-05)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.messages import Outbound
from bot.services.placeholders import pathway_label
from bot.services.say import text
from bot.services.sheet import Sheet
from bot.services.turn import Turn
from bot.store.tables import Answer, DataRequest
from bot.surveys.model import Question

# calendar days; Chile: Ley 21.719 art. 11 (30 days). Mexico: 20 working days by the 2010 law, which the text
# of 2025 has still to confirm (OQ-11): 28 calendar days are never more
DUE_IN_DAYS = {"CL": 30, "MX": 28}
MESSAGE = 900


def register(turn: Turn, kind: str) -> DataRequest:
    """A numbered request; closed at once when the service itself did what was asked."""
    country = turn.participant.country or turn.world.default_country
    request = DataRequest(
        participant_id=turn.participant.id,
        kind=kind,
        country=country,
        opened_at=turn.now,
        due_at=due(turn.now, country),
    )
    turn.session.add(request)
    turn.session.flush()
    return request


def due(opened: datetime, country: str | None) -> datetime:
    """By when a request must be answered; the shorter term where the country is not known."""
    return opened + timedelta(days=DUE_IN_DAYS.get(country or "", min(DUE_IN_DAYS.values())))


def show(turn: Turn) -> list[Outbound]:
    """All her answers in words, in as few messages as fit; restricted ones are not put on a screen."""
    lines = _lines(turn)
    if not lines:
        return [Outbound(text(turn, "data_none"))]
    messages, part = [], text(turn, "data_intro")
    for line in lines:
        if len(part) + len(line) > MESSAGE:
            messages.append(Outbound(part))
            part = line
        else:
            part = f"{part}\n{line}"
    return [*messages, Outbound(part)]


def _lines(turn: Turn) -> list[str]:
    rows = turn.session.execute(
        sa.select(Answer.survey, Answer.wave).where(Answer.participant_id == turn.participant.id).distinct()
    ).all()
    lines: list[str] = []
    order = {name: index for index, name in enumerate(turn.world.journey.surveys)}
    for survey, wave in sorted(rows, key=lambda row: (order.get(row[0], 99), row[1])):
        lines += answer_lines(Sheet(turn, survey, wave=wave))
    return lines


def answer_lines(sheet: Sheet, names: list[str] | None = None) -> list[str]:
    """``• what: answer`` for each answered question of the sheet; with ``names`` only those."""
    lines = []
    for question in sheet.survey.questions:
        # a hidden field repeats what another questionnaire asked
        if (
            question.sensitivity == "restricted"
            or question.type == "hidden"
            or not sheet.run.value(question.name)
        ):
            continue
        if question.name not in names if names is not None else not question.asked:
            continue
        lines.append(f"• {short_name(sheet, question)}: {answer_in_words(sheet, question)}")
    return lines


def short_name(sheet: Sheet, question: Question) -> str:
    """What an answer is called in a list: its short name, else the question without its frills."""
    key = f"noted_{question.name}"
    if key in sheet.turn.world.texts:
        return text(sheet.turn, key)
    label = sheet.run.label(question, sheet.turn.language, sheet.text_values())
    return label.split("?")[0].lstrip("¿").split(".")[0][:60]


def answer_in_words(sheet: Sheet, question: Question) -> str:
    """Her answer as the form words it."""
    if question.name == "suggest":
        return pathway_label(sheet.run, sheet.run.value("suggest"), sheet.turn.language)
    return sheet.run.answer(question.name, sheet.turn.language)
