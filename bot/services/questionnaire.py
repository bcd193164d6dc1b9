"""Holding a questionnaire: take her reply, keep it, and say what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.answers.lexicon import LANGUAGES, lexicon
from bot.core.messages import Outbound
from bot.core.text import fold
from bot.services import ahead, record
from bot.services.handovers import open_handover
from bot.services.journey import Outcome
from bot.services.say import text
from bot.services.sheet import Sheet
from bot.services.turn import Judged, Turn, Verdict
from bot.surveys.model import Question, in_language

PERSON_AFTER = 3
PROGRESS_EVERY = 5
# what is said to a reply that is none, and no fault of hers
ABOUT = {"link": "about_link", "elsewhere": "about_elsewhere", "telling": "support_heard"}
# short questions that she may leave by answering the one they were put over; the others erase or protect
PASSABLE = frozenset(
    {"confirm", "correct", "did_you_mean", "handover", "menu", "my_data", "change_language", "restart"}
)
# "saltar" and "no sé" end these; the others protect, erase, or wait for a safe way to reach her
LET_GO = PASSABLE | {"summary"}


@dataclass(slots=True)
class Held:
    """``question`` is now open, ``None`` when the questionnaire is over; ``rejected`` when the reply was
    something else (an interruption) and Rasa's rules shall answer it. ``confirm`` opens that aside instead."""

    messages: list[Outbound] = field(default_factory=list)
    question: str | None = None
    rejected: bool = False
    confirm: bool = False


def hold(turn: Turn, name: str) -> Held:
    """One turn of the questionnaire ``name``: called by its form's validation action."""
    sheet = Sheet(turn, name)
    if turn.conversation.aside not in (None, name):
        if not turn.judgement_used:
            # the reply is for a short question that was put over this form while she was away
            turn.judgement_used = turn.judged.verdict is Verdict.INTERRUPTION
            return Held(rejected=True)
        # this form is what she sees next, so that question is over
        turn.conversation.aside = turn.conversation.aside_values = None
    judged = turn.take_judgement() if _is_open(turn, sheet) else None
    if judged is None:
        return _open(turn, sheet)
    question = sheet.survey.by_name.get(open_question(turn, sheet) or "")
    if question is None:
        return _open(turn, sheet)
    spoken = _spoken(turn, sheet, question, judged)
    if spoken and judged.verdict in (Verdict.REASK, Verdict.INTERRUPTION):
        if judged.verdict is Verdict.REASK or judged.intent == "change_language":
            return _answer(turn, sheet, question, replace(judged, verdict=Verdict.ANSWER, value=spoken))
        if not sheet.is_aside:
            record.store(turn, sheet, question, spoken)
            turn.language_told = True
    if judged.verdict is Verdict.INTERRUPTION:
        turn.judgement_used = True
        return Held(rejected=True)
    if judged.verdict is Verdict.ANSWER and judged.beneath and sheet.is_aside:
        # she went on with the question under this one: that answer is taken when it comes back
        turn.judged, turn.judgement_used = replace(judged, beneath=False), False
        turn.left_aside = True
        return _end(turn, sheet, [])
    if judged.verdict is Verdict.ANSWER:
        return _answer(turn, sheet, question, judged)
    if judged.verdict in (Verdict.SKIP, Verdict.DONT_KNOW):
        return _pass(turn, sheet, question, judged)
    if judged.verdict is Verdict.UNSURE and not sheet.is_aside:
        return _confirm(turn, sheet, question, judged)
    if sheet.name in LET_GO and fold(turn.inbound.text) in turn.world.texts.words(
        "none_words", turn.language
    ):
        return _end(turn, sheet, [])
    if judged.about:
        words = text(turn, ABOUT[judged.about])
        return _ask_again(turn, sheet, question, words, counts=False)
    return _ask_again(turn, sheet, question)


def _is_open(turn: Turn, sheet: Sheet) -> bool:
    if sheet.is_aside:
        return turn.conversation.aside == sheet.name and bool(
            (turn.conversation.aside_values or {}).get("open")
        )
    return turn.conversation.survey == sheet.name and turn.conversation.aside is None


def open_question(turn: Turn, sheet: Sheet) -> str | None:
    """The name of the sheet's question that waits for an answer."""
    if sheet.is_aside:
        opened: str | None = (turn.conversation.aside_values or {}).get("open")
        return opened
    return turn.conversation.question


def _open(turn: Turn, sheet: Sheet) -> Held:
    """The questionnaire begins, or comes back after something else: the open question, whole."""
    begins = not sheet.is_aside and sheet.run_row is None
    if not sheet.is_aside and turn.conversation.survey != sheet.name:
        turn.conversation.question = None
    record.begin(turn, sheet)
    if begins or sheet.is_aside:
        return _next(turn, sheet, after=None)
    wanted = sheet.survey.by_name.get(open_question(turn, sheet) or "")
    if wanted is not None and turn.language_told and not turn.keep_silent:
        return _next(turn, sheet, after=wanted.name)
    if wanted is not None and sheet.run.relevant(wanted.name):
        return Held([], wanted.name) if turn.keep_silent else _wait_for(turn, sheet, wanted, [])
    answered = [q.name for q in sheet.survey.questions if q.name in sheet.values]
    question = _next_question(sheet)
    if question is None:
        return _end(turn, sheet, [])
    return _next(turn, sheet, after=None) if not answered else _wait_for(turn, sheet, question, [])


def _spoken(turn: Turn, sheet: Sheet, question: Question, judged: Judged) -> str:
    """The language of her reply where nothing but the language was asked: "¿es aquí lo del curso?" says it.

    "Sipo" and "ya" are too short to say it, and no answer to anything else: it goes on in the language that she is
    spoken to, or in the one whose yes it begins with. She can change it any time.
    """
    offered = {choice.value for choice in sheet.asked(question).choices}
    if not offered or not offered <= set(LANGUAGES):
        return ""
    if judged.language is not None:
        return judged.language if judged.language in offered else ""
    said = fold(turn.inbound.text)
    if judged.verdict is not Verdict.REASK or not any(map(str.isalpha, said)):
        return ""
    plain = [each for each in LANGUAGES if lexicon(each).phrases("plain_yes").opening(tuple(said.split()))]
    return plain[0] if len(plain) == 1 else turn.language


def _answer(turn: Turn, sheet: Sheet, question: Question, judged: Judged) -> Held:
    verdict = sheet.run.check(question, judged.value)
    if not verdict.ok:
        words = in_language(verdict.messages, turn.language, sheet.survey.default_language)
        return _ask_again(turn, sheet, question, words or None)
    record.store(turn, sheet, question, judged.value)
    also = [] if sheet.is_aside else ahead.take(turn, sheet, question)
    return _next(turn, sheet, after=question.name, also=also)


def _pass(turn: Turn, sheet: Sheet, question: Question, judged: Judged) -> Held:
    if sheet.name in LET_GO:
        return _end(turn, sheet, [])  # a short question that she does not want to answer is over
    if sheet.values.get(question.name) and not sheet.is_aside:
        return _keep(turn, sheet, question)
    if sheet.run.required(question):
        return _ask_again(turn, sheet, question, text(turn, "needed"), counts=False)
    kind = "skipped" if judged.verdict is Verdict.SKIP else "dont_know"
    record.store(turn, sheet, question, "", kind)
    return _next(turn, sheet, after=question.name)


def _keep(turn: Turn, sheet: Sheet, question: Question) -> Held:
    """She was correcting this answer and passes it: it stands."""
    turn.kept = True
    return _next(turn, sheet, after=question.name, also=[text(turn, "kept")])


def _confirm(turn: Turn, sheet: Sheet, question: Question, judged: Judged) -> Held:
    label = sheet.run.choice_label(question, judged.value, turn.language)
    turn.conversation.aside = "confirm"
    turn.conversation.aside_values = {
        "value": judged.value,
        "candidate": label,
        "candidato": label,
        "question": question.name,
    }
    return Held(confirm=True, question=question.name)


def _ask_again(
    turn: Turn, sheet: Sheet, question: Question, words: str | None = None, *, counts: bool = True
) -> Held:
    conversation = turn.conversation
    if counts:
        conversation.misses += 1
    if conversation.misses > PERSON_AFTER:
        # the same words once more help nobody, and what she need not answer is passed
        record.store(turn, sheet, question, "", "skipped")
        return _next(turn, sheet, after=question.name, also=[text(turn, "passed_on")])
    said: list[Outbound] = []
    if words is None:
        words = text(turn, f"not_understood_{min(conversation.misses, PERSON_AFTER)}", sheet.run)
    if conversation.misses >= PERSON_AFTER:
        if sheet.is_aside and sheet.name not in ("delete", "stop"):
            # a short question that she does not want to answer is let go
            conversation.misses = 0
            return _end(turn, sheet, [])
        open_handover(turn, "stuck")
        if sheet.values.get(question.name) and not sheet.is_aside:
            return _keep(turn, sheet, question)
        if sheet.is_aside or sheet.run.required(question):
            conversation.misses = 0
        said.append(Outbound(words))
        words = ""
    again = sheet.ask(question)
    said.append(replace(again, text=f"{words}\n\n{again.text}" if words else again.text))
    return Held(said, question.name)


def _next(turn: Turn, sheet: Sheet, after: str | None, also: Sequence[str] = ()) -> Held:
    """The next question; ``also`` is said in front of it."""
    turn.conversation.misses = 0
    step = sheet.run.step(after)
    said = [sheet.note(n) for n in step.notes]
    outcome = outcome_of(turn, sheet)
    if outcome is not None and (outcome.finish or outcome.ask_again):
        return _end(turn, sheet, [])  # what follows here is not how it goes on
    if outcome is not None and step.question is None:
        return _end(turn, sheet, said)
    question = _next_question(sheet)
    if question is None:
        # after a correction the closing words would send her on a way that she has been
        return _end(turn, sheet, [] if sheet.was_completed else said)
    done, _ = sheet.run.progress()
    cheerful = after is not None and not sheet.is_aside and question.sensitivity != "restricted"
    before = list(also)
    if cheerful and done and done % PROGRESS_EVERY == 0:
        before.append(text(turn, "progress", sheet.run, n=str(done)))
    if not before:
        return _wait_for(turn, sheet, question, said)
    asked = sheet.ask(question)
    return _wait_for(turn, sheet, question, said, replace(asked, text="\n\n".join([*before, asked.text])))


def _next_question(sheet: Sheet) -> Question | None:
    question = sheet.run.step().question
    while question is not None and sheet.was_completed and question.sensitivity == "restricted":
        # the safe block is offered once in an enrolment (SAF-01), a correction does not bring it back
        sheet.values[question.name] = ""
        sheet.forget_run()
        question = sheet.run.step().question
    return question


def _wait_for(
    turn: Turn, sheet: Sheet, question: Question, said: list[Outbound], asked: Outbound | None = None
) -> Held:
    if sheet.is_aside:
        turn.conversation.aside = sheet.name
        turn.conversation.aside_values = {**(turn.conversation.aside_values or {}), "open": question.name}
    else:
        turn.conversation.question = question.name
    return Held([*said, asked or sheet.ask(question)], question.name)


def _end(turn: Turn, sheet: Sheet, said: list[Outbound]) -> Held:
    if not sheet.is_aside:
        turn.conversation.question = None
    return Held(said, None)


def outcome_of(turn: Turn, sheet: Sheet) -> Outcome | None:
    """What the answers so far lead to, if anything."""
    following = sheet.run.step().question
    for outcome in turn.world.journey.outcomes.get(sheet.name, ()):
        if outcome.before and (following is None or following.name != outcome.before):
            continue
        if sheet.run.holds(outcome.when):
            return outcome
    return None
