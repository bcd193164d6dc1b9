"""The tracker in our tables: bounded, shared between engines, never ahead of the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from support.golden import play_opening
from support.house import House
from support.parity import build_engine
from support.talk import Woman, texts

from bot.engine.tracker_store import MAX_EVENTS
from bot.store.tables import TrackerEvent


@pytest.fixture(scope="module")
def second_engine(engine: Any) -> Iterator[Any]:
    """Another process's engine, as far as Rasa can tell."""
    built = build_engine()
    yield built
    built.close()


def events(house: House) -> int:
    return house.read(lambda s: s.scalar(sa.select(sa.func.count()).select_from(TrackerEvent)) or 0)


def test_it_bounds_the_stored_session_and_keeps_the_open_form(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    asked = ("¿cuánto cuesta?", "¿qué es esto?", "¿dan certificado?", "¿dónde queda?", "¿eres un robot?")
    most = 0
    for number in range(30):
        assert len(ana.say(asked[number % len(asked)])) == 2, "the answer, and the open question again"
        most = max(most, events(house))
        house.clock.advance("+5m")  # who repeats herself faster is taken for a machine
    assert MAX_EVENTS / 2 < most < MAX_EVENTS + 40
    ana.say("pueblo")
    assert ana.answers("b_profile")["place"] == "town"


def test_it_begins_a_new_session_after_six_hours_and_goes_on(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    before = ana.conversation.session_id
    house.clock.advance("+7h")
    ana.say("pueblo")
    assert ana.answers("b_profile")["place"] == "town"
    assert ana.conversation.session_id != before
    assert events(house) < 40


def test_two_engines_take_turns_with_one_person(ana: Woman, house: House, second_engine: Any) -> None:
    runners = [house.runner, house.another_runner("engine-2", second_engine)]
    said = ["hola", "español", "sí", "sí, acepto", "sí", "sí", "sí", "no, solo yo", "5", "Lupita", "México"]
    for number, text in enumerate(said):
        house.runner = runners[number % 2]
        ana.say(text)
    assert [runner.errors for runner in runners] == [[], []]
    assert ana.answers("b_profile") == {"pref_name": "Lupita", "country": "MX"}
    assert ana.conversation.question == "state_mx"


def test_it_begins_anew_after_an_erasure_although_the_old_tracker_was_hot(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.says("borrar mis datos", "sí, borrar")
    assert "¿En qué idioma" in texts(ana.say("hola"))


def test_it_never_lists_every_person(engine: Any) -> None:
    import asyncio

    with pytest.raises(RuntimeError, match="every person"):
        asyncio.run(engine.store.keys())


def test_it_sends_a_text_with_blank_lines_as_one_message(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    ana.says("un empleo", "sí, ese quiero")
    answered = ana.say("xqzt blorp")  # the question has twelve choices: too many for buttons
    assert len(answered) == 1 and "\n\n" in answered[0].text
