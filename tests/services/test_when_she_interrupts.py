"""What a short reply to an open question may be taken for."""

from __future__ import annotations

import pytest

from bot.answers.question import Asked, AskedChoice
from bot.services.interruptions import in_our_words, is_civil, only_answers, says_the_label, tells

MOTIVE = Asked(
    "motive",
    "select_multiple",
    (
        AskedChoice("conf", "Sentirme más segura", 1, ("ya no aguanto",)),
        AskedChoice("talk", "Hablar con alguien", 2),
    ),
)


@pytest.mark.parametrize("text", ["todo el día", "una vez", "mala", "hora y media", "fines de semana"])
def test_times_amounts_and_degrees_ask_nothing(text: str) -> None:
    assert only_answers("ask_schedule", text)
    assert not only_answers("stop", text)


@pytest.mark.parametrize(
    "text", ["horarios", "hay turno noche", "todo el día?", "un minuto", "más tarde", "👋"]
)
def test_what_may_be_a_wish_stays_one(text: str) -> None:
    assert not only_answers("ask_schedule", text)


def test_only_words_of_one_label_skip_the_detector() -> None:
    assert in_our_words(MOTIVE, "sentirme segura")
    assert not in_our_words(MOTIVE, "segura")
    assert not in_our_words(MOTIVE, "no sentirme segura con él")
    assert not in_our_words(MOTIVE, "ya no aguanto")  # an alias was never shown
    assert not in_our_words(MOTIVE, "sentirme con alguien")  # words of two labels


def test_a_barrier_must_be_named_or_told() -> None:
    assert not tells("tell_barrier", 0.95, (), "poquito")
    assert tells("tell_barrier", 0.95, (("barrier", "care"),), "mis hijos")
    assert tells("tell_barrier", 0.95, (), "es que en mi casa no se puede")
    assert not tells("tell_barrier", 0.7, (("barrier", "care"),), "mis hijos")


def test_greeting_and_giving_a_name_go_together() -> None:
    assert is_civil("person_name", "greet", "hola, soy Itzel")
    assert is_civil("person_name", "request_human", "puedes llamarme Nena")
    assert not is_civil("person_name", "request_human", "quiero una persona")
    assert not is_civil("", "greet", "hola a todas")


def test_a_label_said_whole_is_chosen() -> None:
    assert says_the_label(MOTIVE, ("talk",), "quiero hablar con alguien")
    assert not says_the_label(MOTIVE, ("talk",), "puedo hablar?")
