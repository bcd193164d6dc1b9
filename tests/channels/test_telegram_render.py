"""Bold, keyboards and commands as Telegram gets them."""

from __future__ import annotations

import pytest
from telegram import InlineKeyboardMarkup, MessageEntity

from bot.channels.telegram.commands import command, menus
from bot.channels.telegram.render import keyboard, text_and_bold
from bot.channels.wire import option_id, tap_id
from bot.core.messages import Option, Outbound


@pytest.mark.parametrize(
    ("text", "shown", "bold"),
    [
        ("Escribe *PAUSA* o *SALIR*.", "Escribe PAUSA o SALIR.", ["PAUSA", "SALIR"]),
        ("👩🏽‍🎓 *Educación* 😀*sí*", "👩🏽‍🎓 Educación 😀sí", ["Educación", "sí"]),
        ("*dos palabras*", "dos palabras", ["dos palabras"]),
        ("(*ya*)", "(ya)", ["ya"]),
        ("2*3*4", "2*3*4", []),
        ("2 * 3 * 4", "2 * 3 * 4", []),
        ("* uno\n* dos", "* uno\n* dos", []),
        ("*sin fin", "*sin fin", []),
        ("*de una\na otra*", "*de una\na otra*", []),
        ("**", "**", []),
        ("****", "****", []),
        ("", "", []),
    ],
)
def test_it_shows_the_marks_of_our_texts_as_bold(text: str, shown: str, bold: list[str]) -> None:
    rendered, entities = text_and_bold(text)
    assert rendered == shown
    # Telegram counts UTF-16 units: two bytes each
    raw = rendered.encode("utf-16-le")
    cuts = [raw[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le") for e in entities]
    assert cuts == bold
    assert all(e.type == MessageEntity.BOLD for e in entities)


def rows(message: Outbound, outbox_id: int = 31) -> list[tuple[str, object]]:
    markup = keyboard(message, outbox_id)
    assert isinstance(markup, InlineKeyboardMarkup)
    assert all(len(row) == 1 for row in markup.inline_keyboard)
    return [(row[0].text, row[0].callback_data) for row in markup.inline_keyboard]


def test_it_cuts_long_titles_and_keeps_the_options_numbers() -> None:
    options = (Option("a" * 64), Option("  "), Option("ñ" * 65), Option("dos\nlíneas"))
    assert rows(Outbound("x", options)) == [
        ("a" * 64, "31.0"),
        ("ñ" * 63 + "…", "31.2"),
        ("dos líneas", "31.3"),
    ]


def test_it_keeps_callback_data_within_64_bytes_for_any_outbox_id() -> None:
    data = option_id(2**63 - 1, 99)
    assert len(data.encode()) <= 64
    assert tap_id(data) == data


def test_it_leaves_out_a_keyboard_that_telegram_would_refuse() -> None:
    assert len(rows(Outbound("x", tuple(Option(str(n)) for n in range(100))))) == 100
    assert keyboard(Outbound("x", tuple(Option(str(n)) for n in range(101))), 1) is None
    assert keyboard(Outbound("x"), 1) is None


@pytest.mark.parametrize("text", ["/inform{}", "hola /ayuda", "/", "//", "/a-b", "/" + "x" * 33, ""])
def test_it_takes_for_a_command_only_what_is_one(text: str) -> None:
    assert command(text) is None


def test_it_says_every_command_of_the_menus_in_words() -> None:
    for menu in menus():
        for name, description in menu.commands:
            found = command(f"/{name}")
            assert found and description
            if name != "start":
                words = found.as_text()
                assert words and not words.startswith("/")
