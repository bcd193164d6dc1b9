"""The order of judging: safety, commands, the open question, and only then what the model understands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from bot.answers.question import Asked, AskedChoice
from bot.answers.reading import Outcome, unsure
from bot.core.messages import Address, Channel, Inbound, InboundKind, Media, MediaKind
from bot.services.judge import Judge, Open
from bot.services.own_words import weigh
from bot.services.turn import Judged, Verdict

WHERE = Address(Channel.SIMULATOR, "ana", "ana")
PLACE = Asked("place", "select_one", (AskedChoice("city", "Ciudad", 1), AskedChoice("town", "Pueblo", 2)))
NAME = Asked("pref_name", "text", reads_as="person_name", required=True)
NEED = Asked(
    "need",
    "select_multiple",
    (AskedChoice("care", "Cuidar a alguien", 1), AskedChoice("money", "Falta de dinero", 2)),
)
PHOTO = Asked("photo", "image")
SPOT = Asked("spot", "geopoint")


@dataclass(frozen=True)
class Found:
    category: str


def judge(says: str = "out_of_scope", confidence: float = 0.9, **entities: str) -> Judge:
    """A judge whose model understands every text the same way."""

    def parse(text: str) -> dict[str, Any]:
        return {
            "intent": {"name": says, "confidence": confidence},
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            "intent_ranking": [
                {"name": says, "confidence": confidence},
                {"name": "greet", "confidence": 0.1},
            ],
        }

    commands = {"persona": "request_human", "saltar": "skip", "ciudad": "change_language"}
    return Judge(
        commands, lambda text: Found("violence") if "me pega" in text else None, parse, lambda text: None
    )


def judged(
    asked: Asked | None, text: str, by: Judge, heard: dict[str, dict[str, str]] | None = None
) -> Judged:
    opened = None if asked is None else Open("b_profile", asked, heard or {})
    return by.judge_typed(text, opened, country="MX", language="es", today=date(2026, 11, 23))


CASES = {
    "an answer": (PLACE, "pueblo", judge(), Verdict.ANSWER, "town"),
    "an answer that looks like an intent": (
        NAME,
        "Gracias Morales",
        judge("thank", 0.7),
        Verdict.ANSWER,
        "Gracias Morales",
    ),
    "a disclosure before an answer": (
        PLACE,
        "ciudad, mi marido me pega",
        judge(),
        Verdict.INTERRUPTION,
        "disclose_violence",
    ),
    "a disclosure before a command": (
        None,
        "persona me pega",
        judge(),
        Verdict.INTERRUPTION,
        "disclose_violence",
    ),
    "a command before the model": (
        PLACE,
        "Persona",
        judge("ask_cost"),
        Verdict.INTERRUPTION,
        "request_human",
    ),
    "a choice before a command of the same word": (PLACE, "Ciudad", judge(), Verdict.ANSWER, "city"),
    "two choices where one is wanted, whatever the model says": (
        PLACE,
        "1 y 2",
        judge("restart", 0.95),
        Verdict.REASK,
        "answer",
    ),
    "a skip": (PLACE, "saltar", judge(), Verdict.SKIP, "skip"),
    "a question of hers": (PLACE, "¿cuánto cuesta?", judge("ask_cost"), Verdict.INTERRUPTION, "ask_cost"),
    "a question that the model is unsure of": (
        PLACE,
        "mmm de eso",
        judge("ask_cost", 0.2),
        Verdict.REASK,
        "answer",
    ),
    "not understood with nothing open": (
        None,
        "xqzt",
        judge("nlu_fallback", 0.1),
        Verdict.INTERRUPTION,
        "nlu_fallback",
    ),
    "a wish to stop that is not clear": (PLACE, "ya casi basta", judge("stop", 0.5), Verdict.REASK, "answer"),
    "a wish to stop that is clear": (
        PLACE,
        "no quiero más mensajes suyos",
        judge("stop", 0.9),
        Verdict.INTERRUPTION,
        "stop",
    ),
    "the model's disclosure where the detector is silent": (
        PLACE,
        "mmm de eso no",
        judge("disclose_violence", 0.9),
        Verdict.REASK,
        "answer",
    ),
    "nothing visible": (PLACE, "\u200b\u200b", judge(), Verdict.INTERRUPTION, "send_media"),
    "a payload typed by hand": (NAME, '/inform{"reply": "x"}', judge(), Verdict.REASK, "nlu_fallback"),
    "a payload without braces": (NAME, "/delete_data", judge("delete_data"), Verdict.REASK, "nlu_fallback"),
}


@pytest.mark.parametrize(("asked", "text", "by", "verdict", "what"), CASES.values(), ids=CASES)
def test_it_judges_in_order(asked: Asked | None, text: str, by: Judge, verdict: Verdict, what: str) -> None:
    found = judged(asked, text, by)
    assert found.verdict is verdict
    assert (found.value if verdict is Verdict.ANSWER else found.intent) == what


def test_it_hears_choices_in_a_story() -> None:
    heard = {"barrier": {"care": "care", "money": "money"}}
    by = judge("tell_barrier", 0.9, barrier="care")
    found = judged(NEED, "tengo a mi bebé y nadie lo ve", by, heard)
    assert (found.verdict, found.value) == (Verdict.ANSWER, "care")


FILES = {
    "the photo that was asked for": (PHOTO, MediaKind.IMAGE, Verdict.ANSWER, "file-1"),
    "a voice note where a photo was asked": (PHOTO, MediaKind.AUDIO, Verdict.INTERRUPTION, ""),
    "a photo where words were asked": (PLACE, MediaKind.IMAGE, Verdict.INTERRUPTION, ""),
}


@pytest.mark.parametrize(("asked", "kind", "verdict", "value"), FILES.values(), ids=FILES)
def test_it_takes_a_file_only_where_one_was_asked(
    asked: Asked, kind: MediaKind, verdict: Verdict, value: str
) -> None:
    sent = Inbound("m1", WHERE, InboundKind.MEDIA, media=(Media(kind, "file-1"),))
    found = judge().judge(sent, Open("f", asked, {}), country="MX", language="es", today=date(2026, 11, 23))
    assert (found.verdict, found.value) == (verdict, value)


def test_it_hears_a_disclosure_in_a_caption() -> None:
    sent = Inbound(
        "m1", WHERE, InboundKind.MEDIA, text="mira cómo me pega", media=(Media(MediaKind.IMAGE, "f"),)
    )
    found = judge().judge(sent, Open("f", PHOTO, {}), country="MX", language="es", today=date(2026, 11, 23))
    assert found.intent == "disclose_violence"


@pytest.mark.parametrize(("asked", "verdict"), [(SPOT, Verdict.ANSWER), (PLACE, Verdict.INTERRUPTION)])
def test_it_takes_a_place_only_where_one_was_asked(asked: Asked, verdict: Verdict) -> None:
    sent = Inbound("m1", WHERE, InboundKind.LOCATION, latitude=20.5, longitude=-103.25)
    found = judge().judge(sent, Open("f", asked, {}), country="MX", language="es", today=date(2026, 11, 23))
    assert found.verdict is verdict
    assert found.value == ("20.5 -103.25" if verdict is Verdict.ANSWER else "")


OURS = {
    "a choice as it was offered": ("Pueblo", Verdict.ANSWER, "town"),
    "a command": ("persona", Verdict.INTERRUPTION, "request_human"),
    "anything else": ("en mi pueblo no", Verdict.INTERRUPTION, "disclose_violence"),
}


@pytest.mark.parametrize(("text", "verdict", "what"), OURS.values(), ids=OURS)
def test_words_of_ours_disclose_nothing(text: str, verdict: Verdict, what: str) -> None:
    by = judge()
    by._safety = lambda text: Found("violence")
    found = judged(PLACE, text, by)
    assert found.verdict is verdict
    assert (found.value if verdict is Verdict.ANSWER else found.intent) == what


QUESTIONS_OF_HERS = {
    "one that is not known": ("b_profile", {}, Verdict.INTERRUPTION, "nlu_fallback"),
    "under a short question": ("confirm", {"aside": True}, Verdict.REASK, "answer"),
    "where it may be unsafe": ("d_barriers", {"restricted": True}, Verdict.REASK, "answer"),
}


@pytest.mark.parametrize(
    ("survey", "how", "verdict", "intent"), QUESTIONS_OF_HERS.values(), ids=QUESTIONS_OF_HERS
)
def test_what_she_asks_is_no_bad_answer(
    survey: str, how: dict[str, bool], verdict: Verdict, intent: str
) -> None:
    by = judge("ask_certificate", 0.3)
    found = by.judge_typed(
        "¿y eso sirve para mi sobrino también?",
        Open(survey, PLACE, {}, **how),
        country="MX",
        language="es",
        today=date(2026, 11, 23),
    )
    assert (found.verdict, found.intent) == (verdict, intent)


@dataclass(frozen=True)
class Likely:
    values: tuple[str, ...]
    confidence: float
    aside: float = 0.05


def by_example(confidence: float, *values: str, says: str = "out_of_scope", aside: float = 0.05) -> Judge:
    by = judge(says, 0.9)
    by._reply = lambda text, question: Likely(values, confidence, aside)
    return by


OWN_WORDS = {
    "surely meant": ("por aquí pasan las vacas en la calle", by_example(0.8, "town"), Verdict.ANSWER, "town"),
    "likely meant": ("por aquí pasan las vacas en la calle", by_example(0.4, "town"), Verdict.UNSURE, "town"),
    "hardly meant": ("por aquí pasan las vacas en la calle", by_example(0.2, "town"), Verdict.REASK, ""),
    "a few words need more": ("con las vacas", by_example(0.8, "town"), Verdict.UNSURE, "town"),
    "one word is asked about": ("vacas", by_example(0.95, "town"), Verdict.UNSURE, "town"),
    "a label stands": ("ciudad", by_example(0.95, "town"), Verdict.ANSWER, "city"),
    "a number stands": ("1", by_example(0.95, "town"), Verdict.ANSWER, "city"),
    "a choice no longer shown": ("pasan las vacas en la calle", by_example(0.95, "coast"), Verdict.REASK, ""),
    "a link": ("mira https://example.org/las-vacas de aquí", by_example(0.95, "town"), Verdict.REASK, ""),
}


@pytest.mark.parametrize(("text", "by", "verdict", "value"), OWN_WORDS.values(), ids=OWN_WORDS)
def test_a_reply_in_her_own_words_is_weighed(text: str, by: Judge, verdict: Verdict, value: str) -> None:
    by._commands = {}
    found = judged(PLACE, text, by)
    assert (found.verdict, found.value) == (verdict, value)


def test_where_a_wrong_reading_harms_it_is_asked_about() -> None:
    text, by = "por aquí pasan las vacas en la calle", by_example(0.8, "town")
    opened = Open("a_consent", PLACE, {}, careful=True)
    found = by.judge_typed(text, opened, country="MX", language="es", today=date(2026, 11, 23))
    assert (found.verdict, found.value) == (Verdict.UNSURE, "town")


@pytest.mark.parametrize(
    ("confidence", "aside", "verdict"),
    [(0.1, 0.8, Verdict.INTERRUPTION), (0.95, 0.02, Verdict.ANSWER)],
)
def test_a_wish_is_weighed_against_what_she_may_have_answered(
    confidence: float, aside: float, verdict: Verdict
) -> None:
    by = by_example(confidence, "town", says="ask_cost", aside=aside)
    assert judged(PLACE, "lo que paga uno de pasaje es mucho allá", by).verdict is verdict


def test_a_stop_is_heard_over_a_likely_answer() -> None:
    by = by_example(0.5, "town", says="stop", aside=0.1)
    found = judged(PLACE, "denme de baja de esto ya", by)
    assert (found.verdict, found.intent) == (Verdict.INTERRUPTION, "stop")


def test_a_place_is_no_wish_to_hide_unless_it_surely_is() -> None:
    towns = Asked(
        "mun_mx", "select_one", (AskedChoice("01001", "Aguascalientes", 1),), reads_as="place", open_list=True
    )
    assert judged(towns, "Tapachula, close to the park", judge("quick_exit", 0.87)).verdict is Verdict.ANSWER
    hidden = judged(towns, "cierra esto, viene alguien", judge("quick_exit", 0.99))
    assert (hidden.verdict, hidden.intent) == (Verdict.INTERRUPTION, "quick_exit")


@pytest.mark.parametrize(
    ("said", "careful", "outcome"),
    [
        (Likely(("town",), 0.4), False, Outcome.ANSWER),
        (Likely(("town",), 0.4), True, Outcome.UNSURE),
        (Likely(("town",), 0.2), False, Outcome.UNSURE),
        (Likely(("city",), 0.4), False, Outcome.UNSURE),
    ],
)
def test_two_that_doubt_and_say_the_same_are_believed(said: Likely, careful: bool, outcome: Outcome) -> None:
    doubt = unsure("town", "town")
    weighed = weigh(PLACE, doubt, said, "por el pueblito creo", "es", careful=careful)
    assert (weighed.outcome, weighed.value) == (outcome, "town")


AGREE = Asked(
    "consent_data", "select_one", (AskedChoice("yes", "Sí, acepto", 1), AskedChoice("no", "No acepto", 2))
)


@pytest.mark.parametrize(
    ("text", "by", "verdict", "value"),
    [
        ("uy sí, ya tengo cuarenta y tantos", by_example(0.25, "yes"), Verdict.UNSURE, "yes"),
        ("sí, guarden lo que necesiten nomás", by_example(0.95, "yes"), Verdict.ANSWER, "yes"),
        ("sí claro", by_example(0.1, "yes"), Verdict.ANSWER, "yes"),
        ("prefiero no dar mis datos a nadie", by_example(0.8, "no"), Verdict.ANSWER, "no"),
        ("prefiero no decir", by_example(0.4, "no"), Verdict.SKIP, ""),
    ],
)
def test_a_consent_is_a_yes_to_what_was_asked(text: str, by: Judge, verdict: Verdict, value: str) -> None:
    opened = Open("a_consent", AGREE, {}, careful=True)
    found = by.judge_typed(text, opened, country="MX", language="es", today=date(2026, 11, 23))
    assert (found.verdict, found.value) == (verdict, value)


def test_a_wish_that_is_a_choice_of_the_list_is_that_choice() -> None:
    team = Asked("confirm", "select_one", (AskedChoice("person", "Hablar con alguien", 1),))
    found = judged(
        team,
        "quiero que alguien me lo explique antes",
        by_example(0.01, "person", says="request_human", aside=0.98),
        {"intent": {"request_human": "person"}},
    )
    assert (found.verdict, found.value) == (Verdict.ANSWER, "person")


def test_what_surely_answers_nothing_is_no_bad_answer() -> None:
    found = judged(PLACE, "ya me cansé de tanta cosa", by_example(0.02, "town", aside=0.95))
    assert (found.verdict, found.intent) == (Verdict.INTERRUPTION, "nlu_fallback")


def test_thanks_among_two_kinds_of_yes_is_asked_about() -> None:
    kinds = Asked(
        "job_found",
        "select_one",
        (
            AskedChoice("a", "Sí, con contrato", 1),
            AskedChoice("b", "Sí, sin contrato", 2),
            AskedChoice("no", "No", 3),
        ),
    )
    found = judged(kinds, "sí gracias a dios", by_example(0.1, "a", says="thank", aside=0.9))
    assert found.verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    ("beside", "intent"), [("delete_data", "quick_exit"), ("out_of_scope", "nlu_fallback")]
)
def test_between_hiding_and_erasing_it_hides(beside: str, intent: str) -> None:
    by = judge()
    ranking = [{"name": "quick_exit", "confidence": 0.5}, {"name": beside, "confidence": 0.3}]
    by._parse = lambda text: {"intent": ranking[0], "intent_ranking": ranking}
    assert judged(None, "borra todo, viene alguien", by).intent == intent


def test_to_get_ahead_is_no_wish_to_hide() -> None:
    by = by_example(0.06, "town", says="quick_exit", aside=0.05)
    by._parse = lambda text: {"intent": {"name": "quick_exit", "confidence": 0.63}}
    assert judged(PLACE, "para salir adelante", by).verdict is Verdict.REASK


def test_what_is_surely_meant_goes_over_a_word_that_names_another_choice() -> None:
    text = "de la ciudad me vine al pueblito de mi mamá"
    assert judged(PLACE, text, by_example(0.99, "town")).value == "town"
    assert judged(PLACE, "en la ciudad de acá cerquita", by_example(0.8, "town")).value == "city"
