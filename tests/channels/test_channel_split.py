"""Long texts in parts: nothing lost, nothing over the limit, no word broken that need not be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import TEXT_LIMITS, ChannelAdapter
from bot.channels.simulator import SimulatorAdapter
from bot.channels.split import cut, split_message, split_text, utf16_length
from bot.channels.telegram import TelegramAdapter
from bot.channels.whatsapp import WhatsAppAdapter
from bot.core.messages import Channel, Option, Outbound

WORD = st.text(st.characters(categories=["L", "N", "So", "Po"]), min_size=1, max_size=14)
SPACE = st.sampled_from([" ", "  ", "\n", "\n\n", " \n ", "\n\n\n", "\t", ". ", "! "])
TEXT = st.lists(st.tuples(WORD, SPACE), max_size=120).map(lambda pairs: "".join(w + s for w, s in pairs))


@settings(max_examples=300, deadline=None)
@given(TEXT, st.integers(30, 400))
def test_it_loses_no_word_and_keeps_every_part_within_the_limit(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(part.strip() and utf16_length(part) <= limit for part in parts)
    assert [word for part in parts for word in part.split()] == text.split()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(2, 20))
def test_it_keeps_every_character_even_where_words_are_too_long(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(utf16_length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("uno dos", 40, ("uno dos",)),
        (
            "Primero va esto.\n\nLuego lo otro, más largo.",
            30,
            ("Primero va esto.", "Luego lo otro, más largo."),
        ),
        ("1. Negocio propio\n2. Empleo\n3. Educación", 30, ("1. Negocio propio\n2. Empleo", "3. Educación")),
        ("Va una. Va otra frase aquí mismo", 26, ("Va una. Va otra frase aquí", "mismo")),
        ("Ya está todo listo. Te aviso", 26, ("Ya está todo listo.", "Te aviso")),
        ("abcde fghij", 5, ("abcde", "fghij")),
        ("abcdefgh", 3, ("abc", "def", "gh")),
        ("😀😀😀", 4, ("😀😀", "😀")),
        ("😀😀", 3, ("😀", "😀")),
        ("", 10, ()),
        (" \n ", 10, ()),
    ],
)
def test_it_breaks_where_a_reader_would_pause(text: str, limit: int, parts: tuple[str, ...]) -> None:
    assert split_text(text, limit) == parts


def test_it_needs_room_for_one_character() -> None:
    with pytest.raises(ValueError):
        split_text("x", 1)


def test_it_cuts_between_characters() -> None:
    assert cut("a😀b", 2) == "a"
    assert cut("a😀b", 3) == "a😀"


def test_it_leaves_what_can_be_pressed_to_the_last_part() -> None:
    options = (Option("Sí"), Option("No"))
    *first, last = split_message(Outbound("hola " * 30, options, ask_contact=True, ask_location=True), 40)
    assert first and all(part == Outbound(part.text) for part in first)
    assert last.options == options and last.ask_contact and last.ask_location


def adapters() -> list[ChannelAdapter]:
    return [
        WhatsAppAdapter("AC" + "0" * 32, "t", sender="whatsapp:+14155550100"),
        TelegramAdapter("1:x"),
        SimulatorAdapter(),
    ]


@pytest.mark.parametrize("adapter", adapters(), ids=lambda a: a.channel.value)
def test_it_splits_by_the_limit_of_its_channel(adapter: ChannelAdapter) -> None:
    exact = Outbound("a" * (adapter.text_limit - 1) + ".")
    assert adapter.parts(exact) == (exact,)
    over = Outbound("palabra " * (adapter.text_limit // 4))
    assert len(adapter.parts(over)) >= 2
    assert all(utf16_length(p.text) <= adapter.text_limit for p in adapter.parts(over))


def test_it_has_the_limits_of_the_providers() -> None:
    assert {a.channel: a.text_limit for a in adapters()} == {
        Channel.WHATSAPP: 1600,
        Channel.TELEGRAM: 4096,
        Channel.SIMULATOR: 1600,
    }
    assert TEXT_LIMITS[Channel.TELEGRAM] == 4096


def test_it_splits_a_simulated_message_by_the_look_of_its_address() -> None:
    message = Outbound("a" * 2000)
    simulator = SimulatorAdapter()
    assert len(simulator.parts(message, to="telegram:ana")) == 1
    assert len(simulator.parts(message, to="whatsapp:ana")) == 2
