"""Writing down what she said: the answer, what it says about her, and what it consents to."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from bot.services.sheet import Sheet
from bot.services.turn import Turn
from bot.store.tables import Answer, Consent, RestrictedAnswer, SurveyRunRow
from bot.surveys.model import Question, in_language

FREE_TEXT = frozenset({"text", "image", "audio"})


def begin(turn: Turn, sheet: Sheet) -> None:
    """The questionnaire lies open from now on, at the version that is asked today."""
    conversation = turn.conversation
    if sheet.is_aside:
        return
    conversation.survey, conversation.survey_version = sheet.name, sheet.version
    conversation.wave = sheet.wave
    if sheet.run_row is None:
        turn.session.add(
            SurveyRunRow(
                participant_id=turn.participant.id,
                survey=sheet.name,
                wave=sheet.wave,
                survey_version=sheet.version,
                started_at=turn.now,
            )
        )
        turn.session.flush()
        sheet.__dict__.pop("run_row", None)


def store(turn: Turn, sheet: Sheet, question: Question, value: str, reply_kind: str = "answered") -> None:
    """Keep an answer (or that she passed), drop what it made irrelevant, and update what follows from it."""
    if sheet.is_aside:
        sheet.values[question.name] = value
        held = dict(turn.conversation.aside_values or {})
        turn.conversation.aside_values = {**held, "values": dict(sheet.values)}
        sheet.forget_run()
        return
    if question.sensitivity == "restricted":
        _upsert_restricted(turn, sheet, question.name, value)
    else:
        _upsert(turn, sheet, question, value, reply_kind)
    sheet.values[question.name] = value
    sheet.forget_run()
    for stale in (*sheet.run.stale(), *_typed_within(sheet, question.name)):
        forget(turn, sheet, stale)
    _store_calculations(turn, sheet)
    _update_profile(turn, sheet, question.name)
    if question.name in turn.world.journey.consents:
        _store_consents(turn, sheet, question, value)


def forget(turn: Turn, sheet: Sheet, question: str) -> None:
    """An answer that no longer applies: kept as ``not_asked`` without its value."""
    sheet.values.pop(question, None)
    sheet.forget_run()
    restricted = turn.session.scalar(_restricted(turn, sheet, question))
    if restricted is not None:
        turn.session.delete(restricted)
    row = turn.session.scalar(_answer(turn, sheet, question))
    if row is not None:
        row.value, row.text, row.reply_kind, row.answered_at = None, None, "not_asked", turn.now
    _update_profile(turn, sheet, question)


def complete(turn: Turn, sheet: Sheet) -> None:
    """She has been through the questionnaire; what she was not asked is written down as such."""
    row = sheet.run_row
    if row is None or row.completed_at is not None:
        return
    row.completed_at = turn.now
    stored = set(
        turn.session.scalars(
            sa.select(Answer.question).where(
                Answer.participant_id == turn.participant.id,
                Answer.survey == sheet.name,
                Answer.wave == sheet.wave,
            )
        )
    )
    for question in sheet.survey.questions:
        if question.asked and question.sensitivity != "restricted" and question.name not in stored:
            _upsert(turn, sheet, question, "", "not_asked")


def _typed_within(sheet: Sheet, changed: str) -> list[str]:
    """Typed answers to a list that ``changed`` filters: a municipality of another state is none of this one."""
    mark = f"${{{changed}}}"
    return [
        q.name
        for q in sheet.survey.questions
        if q.open_list and mark in q.choice_filter and q.name in sheet.values
    ]


def _answer(turn: Turn, sheet: Sheet, question: str) -> sa.Select[tuple[Answer]]:
    return sa.select(Answer).where(
        Answer.participant_id == turn.participant.id,
        Answer.survey == sheet.name,
        Answer.wave == sheet.wave,
        Answer.question == question,
    )


def _restricted(turn: Turn, sheet: Sheet, question: str) -> sa.Select[tuple[RestrictedAnswer]]:
    return sa.select(RestrictedAnswer).where(
        RestrictedAnswer.participant_id == turn.participant.id,
        RestrictedAnswer.survey == sheet.name,
        RestrictedAnswer.wave == sheet.wave,
        RestrictedAnswer.question == question,
    )


def _upsert(turn: Turn, sheet: Sheet, question: Question, value: str, reply_kind: str) -> None:
    row = turn.session.scalar(_answer(turn, sheet, question.name))
    if row is None:
        row = Answer(
            participant_id=turn.participant.id, survey=sheet.name, wave=sheet.wave, question=question.name
        )
        turn.session.add(row)
    free = question.type in FREE_TEXT
    row.survey_version = sheet.version
    row.value = None if free or reply_kind == "not_asked" else value
    row.text = value if free and reply_kind == "answered" else None
    row.reply_kind = reply_kind
    row.answered_at = turn.now


def _upsert_restricted(turn: Turn, sheet: Sheet, question: str, value: str) -> None:
    row = turn.session.scalar(_restricted(turn, sheet, question))
    if row is None:
        row = RestrictedAnswer(
            participant_id=turn.participant.id, survey=sheet.name, wave=sheet.wave, question=question
        )
        turn.session.add(row)
    row.value, row.answered_at = value, turn.now


def _store_calculations(turn: Turn, sheet: Sheet) -> None:
    worked_out = sheet.run.calculations()
    for question in sheet.survey.questions:
        if question.type == "calculate" and question.name in worked_out:
            _upsert(turn, sheet, question, worked_out[question.name], "answered")


def _update_profile(turn: Turn, sheet: Sheet, question: str) -> None:
    run, participant = sheet.run, turn.participant
    for column in turn.world.journey.profile_fields_of(question):
        field = turn.world.journey.profile[column]
        mine = [q for q in field.questions if q in sheet.survey.by_name]
        if not mine:
            continue
        source = next((q for q in mine if run.value(q)), None)
        value: str | None = run.value(source) if source else None
        if value is not None and field.when is not None and not run.holds(field.when):
            value = None
        if value is not None and field.only is not None and value not in field.only:
            value = None
        if value is not None and field.values is not None:
            value = field.values.get(value)
        if value is not None and source and field.label:
            value = run.choice_label(source, value, "es")
        # a language is never unset: the conversation goes on in the one she has
        if value is not None or column != "language":
            setattr(participant, column, value)
    names = sheet.survey.by_name
    if "phone_shared" in names:
        participant.discreet = run.holds(turn.world.journey.discreet_when)
    participant.updated_at = turn.now


def _store_consents(turn: Turn, sheet: Sheet, question: Question, value: str) -> None:
    participant = turn.participant
    programme = turn.world.programme_of(participant)
    template = consent_template(turn, sheet, question)
    for purpose, grant in turn.world.journey.consents[question.name].items():
        decision = "granted" if value in grant.granted else "refused" if value in grant.refused else None
        if decision is None:
            continue
        record_consent(turn, purpose, decision, template)
        if purpose == "data" and decision == "granted":
            participant.status = "consented" if participant.status == "new" else participant.status
            participant.consent_version = programme.consent_version
            participant.consented_at = turn.now


def consent_template(turn: Turn, sheet: Sheet, question: Question) -> str:
    """The question's text in her language as the form has it, no mark filled.

    The ledger outlives her data (PRV-06), and with her name or answers in the text its hash would say that
    they were hers to whoever guesses them. The same text has the same hash for every woman.
    """
    return in_language(question.labels, turn.language, sheet.survey.default_language)


def record_consent(turn: Turn, purpose: str, decision: str, template: str) -> None:
    """One row of the consent ledger, with the hash of ``template``: the text she decided on, unfilled."""
    turn.session.add(
        Consent(
            participant_id=turn.participant.id,
            purpose=purpose,
            decision=decision,
            text_version=turn.world.programme_of(turn.participant).consent_version,
            text_hash=hashlib.sha256(template.encode()).hexdigest(),
            language=turn.language,
            channel=turn.channel.value,
            inbox_id=turn.inbox_id,
            at=turn.now,
        )
    )
