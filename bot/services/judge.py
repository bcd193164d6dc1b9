"""What a reply is, with the open question in view: an answer, an interruption, or neither.

Order matters, and is the same in every state of every questionnaire: safety first, then the words that are
commands everywhere, then the open question (a reply that answers it is an answer even if it looks like an
intent), and only then what the model understands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.answers.phrases import introduction, is_question_like
from bot.answers.question import Asked
from bot.answers.read import read
from bot.answers.reading import Outcome, Reading
from bot.core.messages import Inbound, InboundKind, MediaKind
from bot.core.text import clean, fold, is_payload
from bot.services.interruptions import NOTHING_ELSE, TELLING, in_our_words, is_civil, only_answers, tells
from bot.services.own_words import weigh
from bot.services.second_look import UNDER_THE_CARD, goes_on_telling, half_read
from bot.services.turn import Judged, Verdict
from bot.services.wishes import (
    DESTRUCTIVE,
    REQUEST_FROM,
    REQUESTS,
    asks_at_a_place,
    interrupts,
    says_more,
    wishes,
)
from bot.services.world import Meant, Parser
from bot.understanding.ranking import without_disclosures

DISCLOSURES = {"violence": "disclose_violence", "self_harm": "disclose_self_harm"}
DESTRUCTIVE_FROM = 0.6
OVER_FREE_TEXT_FROM = 0.75
"""a typed name or place must look very much like a request before it is taken for one"""
ENDS_OVER_FREE_TEXT_FROM = 0.9
"""and more so before it ends or hides something: "Tapachula, close to the park" says close"""
A_QUESTION = 4
"""words; fewer are an answer that was not understood as often as a question"""
NO_ANSWER_FROM = 0.85
"""share of such replies that answer nothing, from which one that nobody could read is no answer either"""
ELSEWHERE_FROM = 0.7
ELSEWHERE_WORDS = 7
"""a chain message or an advert is told apart from an answer that was not understood"""

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
# in these a list of things to do is open: what she says in her own words is more than the nearest title
LISTS = frozenset({"menu", "correct", "did_you_mean", "summary"})
# a typed place may look like "where is it", never like these
NO_PLACE = REQUESTS - {"ask_location", "ask_schedule", "correct_answer", "greet"}
MEDIA_OF = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO}
FREE = frozenset({"text"})
_READ = {Outcome.SKIP: Verdict.SKIP, Outcome.REFUSE: Verdict.SKIP, Outcome.DONT_KNOW: Verdict.DONT_KNOW}


@dataclass(frozen=True, slots=True)
class Open:
    """The question that waits for an answer. ``heard``: entity → value → choice of this question."""

    survey: str
    asked: Asked
    heard: Mapping[str, Mapping[str, str]]
    restricted: bool = False
    """its answers belong to the restricted store: nothing about them goes elsewhere"""
    careful: bool = False
    """a wrong reading would grant a consent or ring where it is not safe: rather confirmed than taken"""
    aside: bool = False
    """one of the short questions that are put over a questionnaire"""
    beneath: Open | None = None
    """the question that this short one was put over, where she may answer that instead"""


class Judge:
    """``judge`` decides what one inbound message is. ``parse`` is Rasa's understanding; ``reply`` what examples say
    that a text means under a question (``form.question``), None where none were learned.
    """

    def __init__(
        self,
        commands: Mapping[str, str],
        safety: Callable[[str], Any],
        parse: Parser,
        language: Callable[[str], str | None],
        reply: Callable[[str, str], Meant | None] = lambda text, question: None,
    ) -> None:
        self._commands = commands
        self._safety = safety
        self._parse = parse
        self._language = language
        self._reply = reply

    def language(self, text: str) -> str | None:
        """The language of ``text``, ``None`` when it is too short to say."""
        return self._language(clean(text))

    def warm(self, inbound: Inbound) -> None:
        """Encode her words before the turn's transaction opens: on SQLite others wait while it is open."""
        text = clean(inbound.text).lstrip("/").strip()
        if text:
            self._safety(text)

    def judge(
        self, inbound: Inbound, opened: Open | None, *, country: str | None, language: str, today: date
    ) -> Judged:
        """The verdict on ``inbound``; ``opened`` is the question it may answer."""
        if inbound.kind is InboundKind.LOCATION:
            return _location(inbound, opened)
        if inbound.kind is InboundKind.CONTACT:
            return _contact(inbound, opened)
        if inbound.kind is InboundKind.MEDIA and not clean(inbound.text):
            return _media(inbound, opened)
        if inbound.kind is InboundKind.MEDIA:
            judged = self.judge_typed(inbound.text, None, country=country, language=language, today=today)
            return judged if judged.intent in DISCLOSURES.values() else _media(inbound, opened)
        return self.judge_typed(inbound.text, opened, country=country, language=language, today=today)

    def judge_typed(
        self, typed: str, opened: Open | None, *, country: str | None, language: str, today: date
    ) -> Judged:
        """The verdict on what she typed: safety, then commands, then the open question, then the model."""
        text = clean(typed).lstrip("/").strip()
        if not text:
            return Judged(Verdict.INTERRUPTION, intent="send_media")
        command = self._commands.get(fold(text))
        named = is_choice(opened, text)
        # words of ours, sent back as they were offered, disclose nothing
        ours = named or (opened is not None and in_our_words(opened.asked, text))
        disclosed = None if command or ours else self._safety(text)
        if disclosed is not None:
            return Judged(Verdict.INTERRUPTION, intent=DISCLOSURES[disclosed.category])
        if is_payload(typed):
            # nobody's name or answer: the shape of what only a tap carries
            return Judged(
                Verdict.REASK if opened else Verdict.INTERRUPTION, intent="nlu_fallback", confidence=0.0
            )
        if command is not None and not named:
            verdict = Verdict.SKIP if command == "skip" and opened is not None else Verdict.INTERRUPTION
            return Judged(verdict, intent=command, language=self._language(text))
        judged = self._against(text, opened, country=country, language=language, today=today)
        if opened is None or opened.beneath is None or not _LETTER.search(text):
            return judged  # a number is always meant for what was asked last
        missed = judged.verdict is Verdict.REASK or judged.intent in TELLING
        if missed or (judged.verdict is not Verdict.ANSWER and is_choice(opened.beneath, text)):
            under = self._against(text, opened.beneath, country=country, language=language, today=today)
            # a yes or a no could be for either: it stays with what was asked last
            if under.verdict is Verdict.ANSWER and under.value not in ("yes", "no"):
                return replace(under, beneath=True)
        return judged

    def _against(
        self, text: str, opened: Open | None, *, country: str | None, language: str, today: date
    ) -> Judged:
        spoken = self._language(text)
        if opened is None:
            return self._understood(text, spoken)
        reading = read(opened.asked, text, country=country, language=language, today=today)
        if opened.asked.reads_as == "person_name" and reading.outcome is Outcome.NO and introduction(text):
            text = introduction(text)  # the rest of her message is looked at when the name is kept
            reading = read(opened.asked, text, country=country, language=language, today=today)
        if opened.asked.type in FREE:
            return self._over_free_text(opened.asked.reads_as, text, reading, spoken)
        if reading.outcome is Outcome.ANSWER and opened.asked.open_list and not reading.choices:
            understood = self._understood(text, spoken)  # any words could be a place: "luego sigo" is none
            if understood.intent in NO_PLACE and understood.confidence >= _over_free_text_from(understood):
                return understood
        meant = self._meant(text, opened)
        learned = meant is not None and bool(meant.values)
        several = reading.outcome is Outcome.NO and bool(reading.near)
        if meant is not None and learned and not several:
            understood = self._understood(text, spoken)
            if wishes(opened.asked, reading, understood, meant, text, language):
                offered = opened.heard.get("intent", {}).get(understood.intent)
                return Judged(Verdict.ANSWER, offered, language=spoken) if offered else understood
            reading = weigh(opened.asked, reading, meant, text, language, careful=opened.careful)
        if reading.outcome is Outcome.ANSWER and not half_read(
            opened.survey, opened.asked, reading.value, text
        ):
            if is_question_like(text) or (opened.survey in LISTS and len(text.split()) > 1):
                understood = self._understood(text, spoken)
                chosen = learned or is_choice(opened, text)
                if not chosen and says_more(opened.asked, reading, understood, text):
                    return understood
            return Judged(Verdict.ANSWER, reading.value, language=spoken)
        if reading.outcome in _READ:
            return Judged(_READ[reading.outcome], intent="skip", language=spoken)
        if several:
            # she named choices, only too many of them: no wish, and least of all one to start again
            return Judged(Verdict.REASK, intent="answer", language=spoken)
        understood = self._understood(text, spoken)
        asks = meant is None or asks_at_a_place(understood, meant, text)
        if not learned and asks and interrupts(understood, text):
            return understood
        heard = _heard(opened, understood)
        if heard:
            return Judged(Verdict.ANSWER, heard, language=spoken)
        if reading.outcome is Outcome.UNSURE:
            return Judged(Verdict.UNSURE, reading.value, language=spoken)
        if tells(understood.intent, understood.confidence, understood.entities, text):
            return understood
        no_answer = is_question_like(text) or (meant is not None and meant.aside >= NO_ANSWER_FROM)
        if len(text.split()) >= A_QUESTION and no_answer and not (opened.aside or opened.restricted):
            # she wants what we do not know: "did you mean", not the question again as if she had answered badly
            return replace(understood, intent="nlu_fallback")
        about = _about(text, understood)
        if opened.survey == UNDER_THE_CARD and goes_on_telling(opened.asked, text):
            about = "telling"
        return Judged(
            Verdict.REASK, intent="answer", confidence=understood.confidence, language=spoken, about=about
        )

    def _meant(self, text: str, opened: Open) -> Meant | None:
        """What examples say, for a reply in her own words: our words, figures, pictures and links are read by rules.

        Where none were learned they still tell a place that is on no list ("en el norte") from "where is it".
        """
        asked = opened.asked
        wordless = not _LETTER.search(text) or _LINK.search(text)
        if wordless or is_choice(opened, text) or in_our_words(asked, text):
            return None
        if not asked.choices and asked.reads_as != "place":
            return None
        meant = self._reply(text, f"{opened.survey}.{asked.name}")
        return meant if meant is None or meant.values or asked.reads_as == "place" else None

    def _over_free_text(self, reads_as: str, text: str, reading: Reading, spoken: str | None) -> Judged:
        if reading.outcome in _READ:
            return Judged(_READ[reading.outcome], intent="skip", language=spoken)
        sure = reading.outcome is Outcome.ANSWER
        short = len(text.split()) <= 2 or reads_as in NOTHING_ELSE
        if sure and short and not is_question_like(text):
            return Judged(Verdict.ANSWER, reading.value, language=spoken)
        understood = self._understood(text, spoken)
        over = sure and not is_question_like(text)
        threshold = _over_free_text_from(understood) if over else REQUEST_FROM
        threshold -= 0.1 if not sure and is_question_like(text) else 0.0
        civil = sure and is_civil(reads_as, understood.intent, text)
        wanted = understood.intent in REQUESTS and not only_answers(understood.intent, text)
        if wanted and understood.confidence >= threshold and not civil:
            return understood
        if sure:
            return Judged(Verdict.ANSWER, reading.value, language=spoken)
        return Judged(Verdict.REASK, confidence=understood.confidence, language=spoken)

    def _understood(self, text: str, spoken: str | None) -> Judged:
        if not _LETTER.search(text):
            # figures and emoji answer a question or nothing: no wish is in them
            wordless = "nlu_fallback" if any(c.isdigit() for c in text) else "send_media"
            return Judged(Verdict.INTERRUPTION, intent=wordless, confidence=0.0, language=spoken)
        parsed = self._parse(text)
        intent = parsed.get("intent") or {}
        name, confidence = str(intent.get("name") or "nlu_fallback"), float(intent.get("confidence") or 0.0)
        ranking = [(str(r["name"]), float(r["confidence"])) for r in parsed.get("intent_ranking", [])]
        if name in DISCLOSURES.values():
            # the detector saw the same text and did not agree: its threshold is the one set on data
            ranking = without_disclosures(ranking)
            name, confidence = ranking[0] if ranking else ("nlu_fallback", 0.0)
        if name == "quick_exit":  # "borra todo, viene alguien": of the two the one that can be undone
            confidence += dict(ranking).get("delete_data", 0.0)
        if name in DESTRUCTIVE and confidence < DESTRUCTIVE_FROM:
            name = "nlu_fallback"
        return Judged(
            Verdict.INTERRUPTION,
            intent=name,
            confidence=confidence,
            entities=tuple((str(e["entity"]), str(e["value"])) for e in parsed.get("entities", [])),
            ranking=tuple(ranking[:4]),
            language=spoken,
        )


def _over_free_text_from(understood: Judged) -> float:
    return ENDS_OVER_FREE_TEXT_FROM if understood.intent in DESTRUCTIVE else OVER_FREE_TEXT_FROM


def _about(text: str, understood: Judged) -> str:
    if _LINK.search(text):
        return "link"
    long = len(text.split()) >= ELSEWHERE_WORDS
    if long and understood.intent == "out_of_scope" and understood.confidence >= ELSEWHERE_FROM:
        return "elsewhere"
    return ""


def _heard(opened: Open, understood: Judged) -> str:
    choices = {choice.value for choice in opened.asked.choices}
    found = [
        opened.heard[entity][value]
        for entity, value in understood.entities
        if entity in opened.heard and value in opened.heard[entity]
    ]
    wanted = [choice for choice in dict.fromkeys(found) if choice in choices]
    if opened.asked.type == "select_multiple":
        return " ".join(wanted)
    return wanted[0] if len(wanted) == 1 else ""


def is_choice(opened: Open | None, text: str) -> bool:
    """Whether ``text`` is, word for word, a choice of the open question or another name of one."""
    if opened is None:
        return False
    said = fold(text)
    return any(said == fold(c.label) or said in map(fold, c.aliases) for c in opened.asked.choices)


def _location(inbound: Inbound, opened: Open | None) -> Judged:
    if opened is not None and opened.asked.type == "geopoint":
        return Judged(Verdict.ANSWER, f"{inbound.latitude} {inbound.longitude}")
    return Judged(Verdict.INTERRUPTION, intent="send_media")


def _contact(inbound: Inbound, opened: Open | None) -> Judged:
    if opened is not None and opened.asked.reads_as == "phone" and inbound.phone:
        return Judged(Verdict.ANSWER, inbound.phone)
    return Judged(Verdict.INTERRUPTION, intent="send_media")


def _media(inbound: Inbound, opened: Open | None) -> Judged:
    if opened is not None and opened.asked.type in MEDIA_OF:
        wanted = MEDIA_OF[opened.asked.type]
        file = next((m for m in inbound.media if m.kind is wanted), None)
        if file is not None:
            return Judged(Verdict.ANSWER, file.ref)
    return Judged(Verdict.INTERRUPTION, intent="send_media")
