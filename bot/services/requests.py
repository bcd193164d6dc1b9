"""What she asks for outside a question: one function an intent, each of them short."""

from __future__ import annotations

from bot.core.messages import Inbound, InboundKind, MediaKind, Outbound
from bot.services import data_rights, followup_replies, record, support
from bot.services.correcting import correct
from bot.services.followup_rules import INVITATION
from bot.services.handovers import open_handover
from bot.services.profiles import step_out
from bot.services.say import say, text
from bot.services.sheet import Sheet
from bot.services.turn import Effects, Turn, Verdict
from bot.services.way import BEFORE_ENROLMENT, go_on, next_survey, open_aside

UNCLEAR_BEFORE_MENU = 1
UNCLEAR_BEFORE_PERSON = 2


def resume(turn: Turn) -> Effects:
    """She greets, wants to enrol or to go on: back to the open question, or the next thing there is."""
    turn.conversation.unclear = 0
    if turn.judged.verdict is Verdict.UNSURE and turn.conversation.aside == "confirm":
        return Effects(open="confirm")
    if followup_replies.invitation_is_open(turn):
        # it was opened by the scheduler, so no form of Rasa's is active yet: her reply is read by it now
        turn.judgement_used = turn.judged.verdict is Verdict.INTERRUPTION
        return Effects(open=INVITATION)
    if turn.conversation.aside == "summary" and next_survey(turn) is None:
        return Effects(open="summary")
    _close_aside(turn)
    back = turn.participant.opted_out_at is not None
    turn.participant.opted_out_at = None
    if next_survey(turn) is not None:
        greeted = back or (turn.first_of_session and turn.judged.intent == "greet")
        turn.first_of_session = turn.first_of_session and not greeted  # she is greeted once a turn
        return go_on(turn, [say(turn, "welcome_back")] if greeted else [])
    if turn.participant.status == "withdrawn":
        return open_aside(turn, "menu", [what_comes(turn)])
    if turn.judged.intent == "greet" or back:
        return open_aside(
            turn, "menu", [say(turn, "welcome_back" if turn.first_of_session or back else "here")]
        )
    if turn.judged.intent == "enrol":
        return open_aside(turn, "menu", [say(turn, "already_enrolled")])
    if turn.judged.intent == "resume":
        return open_aside(turn, "menu", [what_comes(turn)])
    return open_aside(turn, "menu", [say(turn, "here")])


def what_comes(turn: Turn) -> Outbound:
    """What is next for a woman who has nothing left to answer: her course, or news of the team."""
    status = turn.participant.status
    return say(turn, f"course_{status}" if f"course_{status}" in turn.world.texts else "course_next")


def pause(turn: Turn) -> Effects:
    """She stops for now. The question stays open: whenever she answers it, it counts."""
    postponed = followup_replies.postpone(turn)
    if postponed is not None:
        return postponed
    over = turn.conversation.aside is not None
    turn.conversation.paused_at = turn.now
    _close_aside(turn)
    turn.keep_silent = True
    # a short question is not asked once more after her goodbye
    return Effects([say(turn, "paused" if next_survey(turn) else "goodbye")], close=over)


def stop(turn: Turn) -> Effects:
    """No more messages, from this instant; then whether to delete too."""
    turn.participant.opted_out_at = turn.now
    for purpose in ("followup", "broadcast"):
        record.record_consent(turn, purpose, "withdrawn", turn.judged.intent)
    return open_aside(turn, "stop")


def quick_exit(turn: Turn) -> Effects:
    """One neutral line, and nothing open that could be seen by the next person who writes (SAF-03)."""
    conversation = turn.conversation
    _leave_safe_block(turn)
    conversation.question = None
    conversation.misses = 0
    conversation.paused_at = turn.now
    _close_aside(turn)
    if turn.phone is not None:
        step_out(turn.phone)
    return Effects([say(turn, "quick_exit")], close=True)


def repeat(turn: Turn) -> Effects:
    """The open question again; the form asks it after this."""
    if turn.conversation.aside is not None:
        return Effects(open=turn.conversation.aside)
    return go_on(turn, [])


def skip(turn: Turn) -> Effects:
    """Nothing is open that could be skipped."""
    return go_on(turn, [])


def change_language(turn: Turn) -> Effects:
    return open_aside(turn, "change_language")


def restart(turn: Turn) -> Effects:
    if turn.participant.status not in BEFORE_ENROLMENT:
        return open_aside(turn, "menu", [say(turn, "already_enrolled")])
    return open_aside(turn, "restart")


def answer_question(turn: Turn) -> Effects:
    """A question of hers, answered from the facts of her country; the open question follows by itself."""
    country = turn.participant.country or turn.world.default_country
    typed = turn.inbound.text
    answer = turn.world.facts.answer(
        turn.judged.intent,
        country,
        turn.language,
        typed,
        region=turn.participant.region,
        municipality=turn.participant.municipality,
        on=turn.today,
    )
    if not answer.known:
        open_handover(turn, "fact")  # the answer says that it is not known, and the team sees the question
    return _then_back(turn, [Outbound(answer.text)])


def answer_why(turn: Turn) -> Effects:
    """Why this question is asked."""
    country = turn.participant.country or turn.world.default_country
    question = turn.conversation.question or "default"
    return _then_back(turn, [Outbound(turn.world.facts.why(question, country, turn.language))])


def hand_over(turn: Turn) -> Effects:
    open_handover(turn, "asked")
    return open_aside(turn, "handover")


def ask_mentor(turn: Turn) -> Effects:
    open_handover(turn, "mentor")
    return _then_back(turn, [say(turn, "person_mentor")])


def access_data(turn: Turn) -> Effects:
    data_rights.register(turn, "access")
    return open_aside(turn, "my_data")


def delete_data(turn: Turn) -> Effects:
    return open_aside(turn, "delete")


def change_answer(turn: Turn) -> Effects:
    return correct(turn)


def note_barrier(turn: Turn) -> Effects:
    """She tells what makes it hard: there will be a question where it counts; after that the team hears of it."""
    if turn.participant.status in BEFORE_ENROLMENT:
        return _then_back(turn, [say(turn, "barrier_heard")])
    open_handover(turn, "barrier")
    return _then_back(turn, [say(turn, "barrier_told")])


def choose_pathway(turn: Turn) -> Effects:
    """She names her way before it is asked, or wants another one than she chose."""
    pathway = next((v for e, v in turn.judged.entities if e == "pathway"), None)
    status = turn.participant.status
    if status == "new":
        return go_on(turn, [say(turn, "pathway_heard")])
    sheet = Sheet(turn, "c_pathway", wave=turn.world.journey.wave)
    if not sheet.was_completed and turn.conversation.survey != sheet.name:
        return go_on(turn, [say(turn, "pathway_heard")] if pathway else [])
    for question in list(sheet.values):
        record.forget(turn, sheet, question)
    turn.conversation.survey, turn.conversation.survey_version = sheet.name, None
    turn.conversation.question = None
    return Effects(open=sheet.name)


def share_result(turn: Turn) -> Effects:
    """Something she achieved: congratulated, and passed to the team, who confirm a completion."""
    open_handover(turn, "result")
    return _then_back(turn, [say(turn, "result_heard")])


def offer_support(turn: Turn) -> Effects:
    return support.offer(turn)


def show_support(turn: Turn) -> Effects:
    return support.show(turn)


def receive_media(turn: Turn) -> Effects:
    """A photo, voice note or place that no question asked for: always answered, seen by a person."""
    inbound = turn.inbound
    if inbound.kind is InboundKind.MEDIA and _is_voice(inbound):
        open_handover(turn, "media")
        return _then_back(turn, [say(turn, "voice_received")])
    if inbound.kind is InboundKind.MEDIA and any(m.kind is not MediaKind.STICKER for m in inbound.media):
        open_handover(turn, "media")
        return _then_back(turn, [say(turn, "media_received")])
    if inbound.kind is InboundKind.TEXT:
        return Effects([say(turn, "emoji_received")])
    if inbound.kind is InboundKind.LOCATION:
        return _then_back(turn, [say(turn, "location_received")])
    return _then_back(turn, [say(turn, "not_text_here" if turn.conversation.question else "not_text")])


def clarify(turn: Turn) -> Effects:
    """Not understood: did you mean, then the menu, then a person."""
    conversation = turn.conversation
    conversation.unclear += 1
    turn.for_review = True
    if turn.participant.status == "new" and conversation.survey is None:
        return go_on(turn, [])
    if conversation.unclear > UNCLEAR_BEFORE_PERSON:
        conversation.unclear = 0
        open_handover(turn, "stuck")
        return Effects([say(turn, "not_understood_3")])
    guesses = [
        (name, turn.world.texts.render(f"mean_{name}", turn.language, {}))
        for name, _ in turn.judged.ranking
        if f"mean_{name}" in turn.world.texts
    ][:3]
    if conversation.unclear <= UNCLEAR_BEFORE_MENU and guesses:
        other = text(turn, "mean_other")
        return open_aside(turn, "did_you_mean", listed=[*guesses, ("none", other)])
    return menu(turn)


def menu(turn: Turn) -> Effects:
    return open_aside(turn, "menu")


def _then_back(turn: Turn, messages: list[Outbound]) -> Effects:
    """In a questionnaire the form asks again by itself; outside of one, offer the way on."""
    turn.conversation.unclear = 0
    conversation = turn.conversation
    if conversation.aside is not None or conversation.question is not None:
        return Effects(messages)
    if turn.participant.status in BEFORE_ENROLMENT:
        return Effects([*messages, say(turn, "invite")])
    return Effects(messages)


def _close_aside(turn: Turn) -> None:
    turn.conversation.aside = turn.conversation.aside_values = None


def _leave_safe_block(turn: Turn) -> None:
    """The safe block, if it is open, is over: nothing of it is kept and it does not come back."""
    block = turn.world.journey.safe_block
    if turn.conversation.survey != block.survey or turn.conversation.question not in block.questions:
        return
    sheet = Sheet(turn, block.survey)
    for name in block.questions:
        if name not in sheet.values:
            record.store(turn, sheet, sheet.survey.by_name[name], "", "skipped")


def _is_voice(inbound: Inbound) -> bool:
    return any(media.kind is MediaKind.AUDIO for media in inbound.media)
