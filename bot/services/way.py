"""The way on: which questionnaire is next, and what happens when one is through."""

from __future__ import annotations

from bot.core.messages import Outbound
from bot.services import followup_plan, followup_replies, record, referrals
from bot.services.data_rights import answer_lines
from bot.services.followup_rules import SURVEY as FOLLOW_UP
from bot.services.handovers import open_handover
from bot.services.journey import Outcome
from bot.services.questionnaire import outcome_of
from bot.services.say import say, text
from bot.services.sheet import Sheet
from bot.services.turn import Effects, Turn

BEFORE_ENROLMENT = frozenset({"new", "consented"})


def go_on(turn: Turn, messages: list[Outbound]) -> Effects:
    """Say ``messages`` and bring back what is open; enrolled and nothing open: the menu."""
    turn.conversation.paused_at = None
    name = next_survey(turn)
    if name is not None:
        return Effects(messages, open=name)
    if messages:
        return Effects(messages, close=True)
    return open_aside(turn, "menu", [say(turn, "here")])


def next_survey(turn: Turn) -> str | None:
    """The questionnaire that is open, or the first of the enrolment that is not through yet."""
    conversation = turn.conversation
    if conversation.survey is not None:
        sheet = Sheet(turn, conversation.survey)
        if conversation.question is not None or not sheet.was_completed:
            return conversation.survey
    if turn.participant.status not in BEFORE_ENROLMENT:
        return None
    for name in turn.world.journey.surveys:
        if not Sheet(turn, name, wave=turn.world.journey.wave).was_completed:
            return name
    return None


def open_aside(turn: Turn, name: str, messages: list[Outbound] | None = None, **values: object) -> Effects:
    """Open a short questionnaire over whatever is open; ``values`` are kept for its texts and its end."""
    turn.conversation.aside = name
    turn.conversation.aside_values = dict(values)
    turn.conversation.misses = 0
    return Effects(messages or [], open=name)


def survey_is_through(turn: Turn) -> Effects:
    """The open survey has no more questions: what its answers lead to, then the next."""
    name = turn.conversation.survey
    if name is None:
        return Effects(close=True)
    sheet = Sheet(turn, name)
    if name == FOLLOW_UP:
        return followup_replies.through(turn, sheet)
    outcome = outcome_of(turn, sheet)
    if outcome is not None:
        effects = _follow(turn, sheet, outcome)
        if effects is not None:
            return effects
    first_time = not sheet.was_completed
    record.complete(turn, sheet)
    messages, turn.said_before = turn.said_before, []
    if first_time and name == turn.world.journey.safe_block.survey:
        referrals.close_safe_block(turn, sheet)
        messages += referrals.open_for(turn, sheet)
    turn.conversation.survey = turn.conversation.survey_version = turn.conversation.question = None
    following = next_survey(turn)
    if following is not None:
        return Effects(messages, open=following)
    if turn.participant.status in BEFORE_ENROLMENT:
        return _enrol(turn, messages)
    return Effects([*messages, say(turn, "kept" if turn.kept else "corrected")], close=True)


def _follow(turn: Turn, sheet: Sheet, outcome: Outcome) -> Effects | None:
    """``None`` when the questionnaire counts as through and the way goes on."""
    if outcome.then == "turn_away":
        turn.erase_reason = outcome.reason
        closing = [] if outcome.reason == "under_18" else [say(turn, f"turned_away_{outcome.reason}")]
        return Effects(closing, close=True)
    messages: list[Outbound] = []
    if outcome.then == "person":
        if not (outcome.finish and sheet.was_completed):
            open_handover(turn, outcome.reason)
            messages.append(say(turn, f"person_{outcome.reason}"))
        if outcome.finish and not outcome.ask_again:
            turn.said_before = messages
            return None
    if outcome.message:
        messages.append(say(turn, outcome.message))
    for question in outcome.ask_again:
        if question in sheet.values:
            record.forget(turn, sheet, question)
    turn.conversation.question = None
    return Effects(messages, open=sheet.name)


def _enrol(turn: Turn, messages: list[Outbound]) -> Effects:
    participant = turn.participant
    participant.status = "enrolled"
    participant.enrolled_at = participant.updated_at = turn.now
    programme = turn.world.programme_of(participant)
    centre = programme.centre_for(participant.region, participant.municipality)
    participant.centre = centre.code if centre is not None else None
    followup_plan.plan(turn.session, turn.world, participant, turn.now)
    noted = "\n".join(summary_lines(turn))
    enrolled = Outbound(text(turn, "enrolled"))
    return open_aside(
        turn, "summary", [*messages, enrolled, Outbound(text(turn, "summary_intro") + "\n" + noted)]
    )


def summary_lines(turn: Turn) -> list[str]:
    """What she can look over and correct, a line each."""
    names = turn.world.journey.summary
    lines: list[str] = []
    for survey in turn.world.journey.surveys:
        lines += answer_lines(Sheet(turn, survey, wave=turn.world.journey.wave), names)
    return lines
