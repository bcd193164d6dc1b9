"""From what she did to a judgement: taps resolved, the open question found, the rest judged."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.answers.question import AskedChoice
from bot.core.messages import InboundKind, Outbound
from bot.services import correcting
from bot.services.followup_replies import timed
from bot.services.interruptions import TELLING
from bot.services.judge import Judge, Open
from bot.services.questionnaire import PASSABLE, open_question
from bot.services.sheet import LISTED, Sheet
from bot.services.turn import Judged, Turn, Verdict
from bot.store.tables import OutboxRow

RESTRICTED_ASIDES = frozenset({"support"})
# "mi nombre" under the list of what to correct is that row, whatever else it may look like
NAMES_LOOK_LIKE = TELLING | {
    "access_data", "choose_pathway", "change_language", "enrol", "nlu_fallback", "ask_location", "ask_schedule",
    "ask_pathways", "ask_requirements", "ask_support", "ask_programme",
}  # fmt: skip
_TAP = re.compile(r"(\d{1,18})\.(\d{1,3})")
_SOURCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
# a wa.me link can carry its code only as text she sends: "(código: FERIA21)" at the end of the first message
_CODE_IN_TEXT = re.compile(r"\((?:c[oó]digo|code):?\s*([A-Za-z0-9_-]{1,64})\)\s*$", re.IGNORECASE)


def judged_of(turn: Turn, judge: Judge) -> Judged:
    """What this message is, for the person of the turn."""
    inbound = turn.inbound
    if inbound.kind is InboundKind.START:
        return Judged(Verdict.INTERRUPTION, intent="greet")
    if inbound.kind is InboundKind.TAP:
        tapped = _tap(turn)
        if tapped is not None:
            return tapped
    _source_in_text(turn)
    _adopt_language(turn, judge)
    now_open = opened(turn)
    turn.restricted = now_open is not None and now_open.restricted
    judged = judge.judge(
        inbound,
        now_open,
        country=turn.participant.country or turn.world.default_country,
        language=turn.language,
        today=turn.today,
    )
    missed = judged.verdict is Verdict.REASK or judged.intent in NAMES_LOOK_LIKE
    if turn.conversation.aside == "correct" and missed and correcting.names_an_answer(turn):
        return Judged(Verdict.INTERRUPTION, intent="correct_answer", language=judged.language)
    if judged.beneath and now_open is not None and now_open.beneath is not None:
        turn.restricted = now_open.beneath.restricted
    return timed(turn, judged)


def opened(turn: Turn) -> Open | None:
    """The question that waits for an answer, as the judge needs it."""
    aside, survey = turn.conversation.aside, turn.conversation.survey
    name = aside or survey
    found = _open_in(turn, name) if name is not None else None
    if found is None or aside not in PASSABLE or survey is None:
        return found
    return replace(found, beneath=_open_in(turn, survey))


def _open_in(turn: Turn, name: str) -> Open | None:
    sheet = Sheet(turn, name)
    question = sheet.survey.by_name.get(open_question(turn, sheet) or "")
    if question is None:
        return None
    heard = turn.world.journey.heard.get(question.name, {})
    restricted = question.sensitivity == "restricted" or name in RESTRICTED_ASIDES
    asked = sheet.asked(question)
    if question.list_name == LISTED:
        asked = replace(asked, choices=tuple(_by_name(turn, choice) for choice in asked.choices))
    careful = restricted or turn.world.journey.asks_consent(sheet.survey)
    return Open(name, asked, heard, restricted, careful, aside=name in turn.world.asides)


def _by_name(turn: Turn, choice: AskedChoice) -> AskedChoice:
    """A row "Edad: 30 a 39" is chosen by what it is called; "no" chooses none of them, not the row that says no."""
    if choice.value == "none":
        words = sorted(turn.world.texts.words("none_words", turn.language))
        return replace(choice, aliases=(*choice.aliases, *words))
    return replace(choice, label=choice.label.split(": ", 1)[0])


def note_start(turn: Turn) -> None:
    """A deep link's code is kept for the record: where she heard of us."""
    code = turn.inbound.start_code
    if code and turn.participant.source is None and _SOURCE.fullmatch(code):
        turn.participant.source = code


def _source_in_text(turn: Turn) -> None:
    if turn.participant.source is None and turn.participant.status == "new":
        found = _CODE_IN_TEXT.search(turn.inbound.text)
        if found:
            turn.participant.source = found[1]


def _adopt_language(turn: Turn, judge: Judge) -> None:
    """Before she chose a language, her first words choose it; afterwards switching is only offered."""
    if turn.participant.status == "new" and turn.conversation.survey is None and turn.inbound.text:
        spoken = judge.language(turn.inbound.text)
        if spoken in ("es", "en"):
            turn.participant.language = spoken


def _tap(turn: Turn) -> Judged | None:
    """What the pressed option means; a stale press brings the open question back, kindly."""
    match = _TAP.fullmatch(turn.inbound.tap)
    if match is None:
        return None
    row = turn.session.get(OutboxRow, int(match[1]))
    if row is None or row.participant_id != turn.participant.id or row.content is None:
        return Judged(Verdict.INTERRUPTION, intent="resume")
    options = Outbound.from_json(row.content).options
    index = int(match[2])
    if index >= len(options):
        return Judged(Verdict.INTERRUPTION, intent="resume")
    means = options[index].means
    if "intent" in means:
        return Judged(Verdict.INTERRUPTION, intent=means["intent"])
    now_open = opened(turn)
    turn.restricted = now_open is not None and now_open.restricted
    if now_open is None or (now_open.survey, now_open.asked.name) != (
        means.get("survey"),
        means.get("question"),
    ):
        return Judged(Verdict.INTERRUPTION, intent="resume")
    return Judged(Verdict.ANSWER, means.get("value", ""))
