"""What follows from a short questionnaire about the conversation itself, one function an aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from bot.services import correcting, data_rights, followup_replies, record, requests, support
from bot.services.followup_rules import INVITATION
from bot.services.handovers import open_handover
from bot.services.say import say
from bot.services.turn import Effects, Judged, Turn, Verdict
from bot.services.way import go_on, open_aside, survey_is_through
from bot.store.tables import Answer, Consent, Participant, RestrictedAnswer, SurveyRunRow

Values = Mapping[str, str]


def submit(turn: Turn) -> Effects:
    """A questionnaire has no more questions: act on it and go on."""
    conversation = turn.conversation
    if conversation.aside is None:
        return survey_is_through(turn)
    name, held = conversation.aside, dict(conversation.aside_values or {})
    conversation.aside = conversation.aside_values = None
    conversation.misses = 0
    if turn.left_aside and name != "handover":  # the request for a person stands
        return go_on(turn, [])
    return SUBMIT[name](turn, held.get("values", {}) | {k: v for k, v in held.items() if isinstance(v, str)})


def _handover(turn: Turn, values: Values) -> Effects:
    route = values.get("how")
    open_handover(turn, "asked", route=route)
    told = say(turn, "person_told_call" if route == "call" else "person_told")
    return go_on(turn, [told]) if _something_open(turn) else Effects([told], close=True)


def _stop(turn: Turn, values: Values) -> Effects:
    if values.get("erase") == "yes":
        return _erase(turn)
    turn.conversation.question = None
    return Effects([say(turn, "stopped")], close=True)


def _delete(turn: Turn, values: Values) -> Effects:
    if values.get("sure") != "yes":
        return go_on(turn, [say(turn, "not_deleted")])
    return _erase(turn)


def _erase(turn: Turn) -> Effects:
    request = data_rights.register(turn, "delete")
    request.closed_at = turn.now
    turn.erase_reason = "deleted"
    return Effects([say(turn, "deleted", folio=str(request.id), ticket=str(request.id))], close=True)


def _my_data(turn: Turn, values: Values) -> Effects:
    choice = values.get("what")
    if choice == "see":
        return (
            go_on(turn, data_rights.show(turn))
            if _something_open(turn)
            else Effects(data_rights.show(turn), close=True)
        )
    if choice == "correct":
        return correcting.offer_list(turn)
    if choice == "delete":
        return open_aside(turn, "delete")
    if choice == "withdraw":
        return _withdraw(turn)
    if choice == "person":
        return requests.hand_over(turn)
    return go_on(turn, [])


def _withdraw(turn: Turn) -> Effects:
    """Every permission that stands is withdrawn, each with its own row; deletion is offered, not done."""
    standing = turn.session.scalars(
        sa.select(Consent.purpose)
        .where(Consent.participant_id == turn.participant.id, Consent.decision == "granted")
        .distinct()
    ).all()
    for purpose in standing:
        record.record_consent(turn, purpose, "withdrawn", "withdraw")
    turn.participant.opted_out_at = turn.now
    turn.participant.status = "withdrawn"
    data_rights.register(turn, "withdraw")
    return open_aside(turn, "delete", [say(turn, "withdrawn")])


def _restart(turn: Turn, values: Values) -> Effects:
    if values.get("sure") != "yes":
        return go_on(turn, [])
    wave = turn.world.journey.wave
    for table in (Answer, RestrictedAnswer, SurveyRunRow):
        turn.session.execute(
            sa.delete(table).where(table.participant_id == turn.participant.id, table.wave == wave)  # type: ignore[attr-defined]
        )
    turn.known_values.clear()
    _blank(turn.participant)
    conversation = turn.conversation
    conversation.survey = conversation.survey_version = conversation.question = None
    return go_on(turn, [])


def _blank(participant: Participant) -> None:
    for column in ("country", "region", "municipality", "name", "pathway", "level", "modality"):
        setattr(participant, column, None)
    participant.status = "new"


def _change_language(turn: Turn, values: Values) -> Effects:
    if not values.get("lang"):
        return go_on(turn, [])
    turn.participant.language = values["lang"]
    return go_on(turn, [say(turn, "language_changed")])


def _confirm(turn: Turn, values: Values) -> Effects:
    """The candidate for the open question was right, or she writes it again."""
    conversation = turn.conversation
    if values.get("right") != "yes" or conversation.survey is None or not values.get("question"):
        return go_on(turn, [])
    # the confirmed value is her answer: the questionnaire takes it as if she had typed it
    turn.judged = Judged(Verdict.ANSWER, values.get("value", ""))
    turn.judgement_used = False
    return Effects(open=conversation.survey)


def _did_you_mean(turn: Turn, values: Values) -> Effects:
    which = values.get("which", "none")
    if which == "none":
        return go_on(turn, []) if _something_open(turn) and "which" not in values else requests.menu(turn)
    turn.judged = Judged(Verdict.INTERRUPTION, intent=which)
    return REQUESTS_OF.get(which, requests.resume)(turn)


def _menu(turn: Turn, values: Values) -> Effects:
    choice = values.get("what")
    if choice == "about":
        turn.judged = Judged(Verdict.INTERRUPTION, intent="ask_programme")
        return requests.answer_question(turn)
    if choice == "person":
        return requests.hand_over(turn)
    if choice == "data":
        return requests.access_data(turn)
    if choice == "course":
        return go_on(turn, [] if _something_open(turn) else [requests.what_comes(turn)])
    return (
        go_on(turn, [])
        if _something_open(turn) and choice is None
        else Effects([say(turn, "goodbye")], close=True)
    )


def _summary(turn: Turn, values: Values) -> Effects:
    if values.get("right") == "fix":
        return correcting.offer_list(turn)
    return Effects([say(turn, "all_set")], close=True)


def _support(turn: Turn, values: Values) -> Effects:
    return support.decided(turn, dict(values))


def _something_open(turn: Turn) -> bool:
    from bot.services.way import next_survey

    return next_survey(turn) is not None


SUBMIT: dict[str, Callable[[Turn, Values], Effects]] = {
    "handover": _handover,
    "stop": _stop,
    "delete": _delete,
    "my_data": _my_data,
    "restart": _restart,
    "change_language": _change_language,
    "confirm": _confirm,
    "correct": lambda turn, values: correcting.chosen(turn, dict(values)),
    "did_you_mean": _did_you_mean,
    "menu": _menu,
    "summary": _summary,
    "support": _support,
    INVITATION: followup_replies.replied,
}

REQUESTS_OF: dict[str, Callable[[Turn], Effects]] = {
    "request_human": requests.hand_over,
    "request_mentor": requests.ask_mentor,
    "access_data": requests.access_data,
    "delete_data": requests.delete_data,
    "stop": requests.stop,
    "pause": requests.pause,
    "correct_answer": requests.change_answer,
    "change_language": requests.change_language,
    "choose_pathway": requests.choose_pathway,
    "tell_barrier": requests.note_barrier,
    "share_result": requests.share_result,
    "ask_why": requests.answer_why,
    **{
        f"ask_{topic}": requests.answer_question
        for topic in (
            "programme", "pathways", "cost", "requirements", "schedule", "location", "certificate", "support",
            "privacy", "bot",
        )
    },
}  # fmt: skip
