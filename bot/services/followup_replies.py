"""What she says to a nudge: start, later, call me, no more; and what the survey's own end leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.schedule_phrases import SOON, asks_for_later, names_a_time, read_when
from bot.core.text import fold
from bot.services import broadcast_words, record
from bot.services.followup_plan import ask_again_at, move, wave_rules
from bot.services.followup_rules import INVITATION, SURVEY, Reason
from bot.services.handovers import open_handover
from bot.services.say import say, text
from bot.services.sheet import Sheet
from bot.services.turn import Effects, Judged, Turn, Verdict
from bot.store.broadcast_tables import SURVEY as NOTICE
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import HandOver

DISCLOSED = frozenset({"disclose_violence", "disclose_self_harm"})
# what a reminder request may be taken for: anything else that she asks for goes first
YIELDS = frozenset(
    {"pause", "nlu_fallback", "out_of_scope", "goodbye", "enrol", "resume", "ask_schedule", "thank", "greet",
     "affirm", "deny", "answer"}
)  # fmt: skip
CALL = "followup_call"
LATER = "later"
"""the choice that means another time, in the invitation and in the survey itself"""
NO_ANSWER = "no_answer"
LIVE = ("sent", "delivered", "unknown", "started", "failed")


def timed(turn: Turn, judged: Judged) -> Judged:
    """A request to be reminded, where a survey or its invitation lies open: she need not pick an option."""
    if not _lies_open(turn) or judged.intent in DISCLOSED:
        return judged
    folded = fold(turn.inbound.text)
    if judged.verdict is Verdict.ANSWER and judged.value == LATER and names_a_time(folded):
        return Judged(Verdict.INTERRUPTION, intent="pause", language=judged.language)
    if judged.verdict in (Verdict.ANSWER, Verdict.SKIP, Verdict.DONT_KNOW):
        return judged
    if judged.intent not in YIELDS or folded in turn.world.commands or not asks_for_later(folded):
        return judged
    if read_when(folded, turn.now, turn.world.zone_of(turn.participant)) is None:
        return judged
    return Judged(Verdict.INTERRUPTION, intent="pause", language=judged.language)


def postpone(turn: Turn) -> Effects | None:
    """She stops for now: written to again when she said, else tomorrow. ``None`` when no survey lies open."""
    if not _lies_open(turn):
        return None
    when = read_when(fold(turn.inbound.text), turn.now, turn.world.zone_of(turn.participant))
    if when is None and turn.judged.intent != "pause":
        return None
    wave = _open_wave(turn)
    _close_invitation(turn)
    turn.conversation.paused_at = turn.now
    turn.keep_silent = True
    effects = _later(turn, wave, when or _named(turn, "tom"))
    effects.close = turn.conversation.survey is None
    return effects


def replied(turn: Turn, values: Mapping[str, str]) -> Effects:
    """The end of the aside ``invitation``."""
    reply, wave, survey = values.get("reply"), values.get("wave", ""), values.get("survey", SURVEY)
    rows = _rows(turn, wave)
    if not rows:
        return Effects([say(turn, "wave_closed")], close=True)
    if survey == NOTICE and reply in ("start", "stop"):
        return (
            broadcast_words.read_it(turn, wave, rows) if reply == "start" else broadcast_words.no_more(turn)
        )
    if reply == "start":
        return _start(turn, survey, wave, rows)
    if reply == "later":
        return _later(turn, wave, _said_or(turn, values.get("when", "tom")))
    if reply == "call":
        open_handover(turn, CALL, route="call")
        _close_calls(turn, (NO_ANSWER,))
        _settle(rows, WAITING, "cancelled", Reason.CALL_ASKED, turn.now)
        return Effects([say(turn, "call_noted")], close=True)
    if reply == "stop":
        return _refuse_all(turn)
    # three times no answer to it: the invitation is let go
    return _later(turn, wave, _named(turn, "tom"))


def through(turn: Turn, sheet: Sheet) -> Effects:
    """The follow-up survey has no more questions: she finished, wants it later, or not at all."""
    turn.said_before = []
    can_now = sheet.values.get("can_now")
    wave, rows = sheet.wave, _rows(turn, sheet.wave)
    if can_now == "later":
        when = _said_or(turn, sheet.values.get("later") or "tom")
        for question in ("later", "can_now"):
            if question in sheet.values:
                record.forget(turn, sheet, question)
        _leave(turn)
        return _later(turn, wave, when)
    if can_now == "no":
        _settle(rows, (*WAITING, *LIVE), "refused", Reason.THIS_WAVE, turn.now)
        _close_calls(turn, (NO_ANSWER, CALL))
        _leave(turn)
        return Effects([say(turn, "survey_refused")], close=True)
    first_time = not sheet.was_completed
    record.complete(turn, sheet)
    _leave(turn)
    if not first_time:
        return Effects([say(turn, "corrected")], close=True)
    _answered(turn, rows)
    waves = wave_rules(turn.world.programme_of(turn.participant))
    if waves and wave == waves[-1].code:
        turn.participant.status = "alumna"
    follow_up = any(rule.code == wave for rule in waves)
    return Effects([say(turn, "results_shared")] if follow_up else [], close=True)


def _start(turn: Turn, survey: str, wave: str, rows: list[Nudge]) -> Effects:
    conversation = turn.conversation
    if turn.now >= rows[-1].closes_at:
        return Effects([say(turn, "wave_closed")], close=True)
    conversation.survey, conversation.wave = survey, wave
    conversation.survey_version = conversation.question = None
    conversation.paused_at = None
    sheet = Sheet(turn, survey, wave=wave)
    if sheet.was_completed:
        _leave(turn)
        return Effects([say(turn, "wave_done")], close=True)
    last = max(
        (row for row in rows if row.sent_at is not None),
        key=lambda row: row.sent_at or turn.now,
        default=None,
    )
    if last is not None:
        move(last, "started", Reason.HER_REPLY, turn.now)
    if sheet.run_row is not None:
        # she comes back to what she began: at the version and the question where she left it
        conversation.survey_version = sheet.run_row.survey_version
        sheet = Sheet(turn, survey, wave=wave)
    record.begin(turn, sheet)
    ready = sheet.survey.by_name.get("can_now")
    if ready is not None and not turn.participant.discreet and sheet.values.get("can_now") != "now":
        # she has just said so; on a phone that others see the survey itself still asks before it begins
        record.store(turn, sheet, ready, "now")
    return Effects(open=survey)


def _later(turn: Turn, wave: str, when: datetime | None) -> Effects:
    at = when or _named(turn, "tom")
    row = ask_again_at(turn.session, turn.world, turn.participant, wave, at, turn.now)
    if row is None and _are_notice(rows := _rows(turn, wave)):
        return broadcast_words.read_it(turn, wave, rows)  # later it would be over
    if row is None:
        return Effects([say(turn, "later_too_late")], close=True)
    return Effects([say(turn, "later_agreed", when=_in_words(turn, row.not_before))], close=True)


def _refuse_all(turn: Turn) -> Effects:
    """No more of these: written into the consent ledger, and everything planned is closed."""
    template = turn.world.texts.render("followup_refused", turn.language, {})
    record.record_consent(turn, "followup", "refused", template)
    rows = turn.session.scalars(
        sa.select(Nudge).where(
            Nudge.participant_id == turn.participant.id, Nudge.state.in_((*WAITING, *LIVE))
        )
    ).all()
    _settle(rows, (*WAITING, *LIVE), "refused", Reason.HER_CHOICE, turn.now)
    _close_calls(turn, (NO_ANSWER, CALL))
    return Effects([say(turn, "followup_refused")], close=True)


def _answered(turn: Turn, rows: list[Nudge]) -> None:
    """One nudge led here and is answered; the others were not in vain, and nobody has to call."""
    out = [row for row in rows if row.sent_at is not None and row.state in LIVE]
    led = next((row for row in reversed(out) if row.state == "started"), out[-1] if out else None)
    if led is not None:
        move(led, "answered", Reason.FINISHED, turn.now)
    _settle(rows, LIVE, "expired", Reason.SUPERSEDED, turn.now)
    _settle(rows, WAITING, "cancelled", Reason.FINISHED, turn.now)
    _close_calls(turn, (NO_ANSWER, CALL))


def _close_calls(turn: Turn, reasons: Iterable[str]) -> None:
    """The call list forgets her: she has said what she wants."""
    calls = turn.session.scalars(
        sa.select(HandOver).where(
            HandOver.participant_id == turn.participant.id,
            HandOver.reason.in_(tuple(reasons)),
            HandOver.state == "open",
        )
    )
    for call in calls.all():
        call.state, call.closed_at = "closed", turn.now


def _settle(rows: Iterable[Nudge], of: Iterable[str], state: str, reason: Reason, now: datetime) -> None:
    for row in rows:
        if row.state in of:
            move(row, state, reason, now)


def _rows(turn: Turn, wave: str) -> list[Nudge]:
    return list(
        turn.session.scalars(
            sa.select(Nudge)
            .where(Nudge.participant_id == turn.participant.id, Nudge.wave == wave)
            .order_by(Nudge.due_at, Nudge.id)
        )
    )


def _are_notice(rows: list[Nudge]) -> bool:
    return bool(rows) and rows[0].survey == NOTICE


def _lies_open(turn: Turn) -> bool:
    conversation = turn.conversation
    return conversation.aside == INVITATION or (conversation.aside is None and conversation.survey == SURVEY)


def _open_wave(turn: Turn) -> str:
    conversation = turn.conversation
    if conversation.aside == INVITATION:
        return str((conversation.aside_values or {}).get("wave", ""))
    return conversation.wave or ""


def _close_invitation(turn: Turn) -> None:
    if turn.conversation.aside == INVITATION:
        turn.conversation.aside = turn.conversation.aside_values = None


def _leave(turn: Turn) -> None:
    conversation = turn.conversation
    conversation.survey = conversation.survey_version = conversation.question = conversation.wave = None


def _said_or(turn: Turn, choice: str) -> datetime:
    """What her words name, which may be finer than the choice that they were read as; else the choice."""
    folded = fold(turn.inbound.text)
    if names_a_time(folded):
        found = read_when(folded, turn.now, turn.world.zone_of(turn.participant))
        if found is not None:
            return found
    return _named(turn, choice)


def _named(turn: Turn, choice: str) -> datetime:
    """The instant of a "when" choice of the forms; her clock decides later whether it is allowed."""
    zone = turn.world.zone_of(turn.participant)
    words = {"mon": "el lunes", "week": "fin de semana", "afternoon": "en la tarde", "2h": "en 2 horas"}
    found = read_when(words.get(choice, "manana"), turn.now, zone)
    return found or turn.now + SOON


def _in_words(turn: Turn, at: datetime) -> str:
    """``mañana a las 9:00``."""
    zone = turn.world.zone_of(turn.participant)
    local, today = at.astimezone(zone), turn.now.astimezone(zone).date()
    values = {"hour": f"{local.hour}:{local.minute:02d}", "day": str(local.day)}
    if local.date() == today:
        return text(turn, "later_today", None, **values)
    if local.date() == today + timedelta(days=1):
        return text(turn, "later_tomorrow", None, **values)
    weekday = text(turn, f"weekday_{local.weekday()}")
    return text(turn, "later_day", None, weekday=weekday, **values)


def invitation_is_open(turn: Turn) -> bool:
    """Whether an invitation waits for her reply in a wave that still takes answers."""
    if turn.conversation.aside != INVITATION:
        return False
    rows = _rows(turn, _open_wave(turn))
    if rows and turn.now < rows[-1].closes_at:
        return True
    _close_invitation(turn)
    return False
