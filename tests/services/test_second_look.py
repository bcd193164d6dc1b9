"""What reads as an answer and is none."""

from __future__ import annotations

import pytest

from bot.answers.phrases import clauses, introduction, says_where_she_lives, tells_a_story
from bot.answers.question import Asked, AskedChoice
from bot.services.second_look import goes_on_telling, half_read

YES_NO = Asked("sure", "select_one", (AskedChoice("yes", "Sí, borrar", 1), AskedChoice("no", "No", 2)))
TOWN = Asked("mun_mx", "select_one", reads_as="place", open_list=True)
CARD = Asked(
    "what",
    "select_one",
    (AskedChoice("contact", "Que me contacten", 1), AskedChoice("leave", "Dejarlo aquí", 2)),
)


@pytest.mark.parametrize(
    "typed",
    ["quiero una mentora", "bueno pero antes una pregunta mas", "quiero salir adelante por mis hijos"],
)
def test_a_yes_that_only_opens_a_wish_erases_nothing(typed: str) -> None:
    assert half_read("delete", YES_NO, "yes", typed)


@pytest.mark.parametrize("typed", ["sí", "si, borra todo por favor", "claro que sí bórralo", "ok"])
def test_a_plain_yes_counts(typed: str) -> None:
    assert not half_read("delete", YES_NO, "yes", typed)


def test_a_yes_in_a_questionnaire_is_left_to_the_reader() -> None:
    assert not half_read("b_profile", YES_NO, "yes", "quiero una mentora")


@pytest.mark.parametrize(
    ("typed", "story"),
    [
        ("yo vendo comida en la calle con mi hermana", True),
        ("tengo tres hijos y no puedo salir", True),
        ("vivo en un pueblito que se llama Tapalpa", False),
        ("San Juan Bautista Valle Nacional", False),
        ("San Francisco de los Romo", False),
        ("mi pueblo", False),
        ("viví 15 años con un golpeador, recién hace uno que me separé", True),
    ],
)
def test_a_place_is_told_from_a_story(typed: str, story: bool) -> None:
    assert tells_a_story(typed) == story
    assert half_read("b_profile", TOWN, typed, typed) == story


@pytest.mark.parametrize(
    ("typed", "telling"),
    [
        ("estoy contando mi historia de vida y lo que pasa en mi casa", True),
        ("quiero que me contacten por favor mañana en la tarde", False),
        ("que me llamen", False),
    ],
)
def test_under_the_help_lines_a_long_story_chooses_nothing(typed: str, telling: bool) -> None:
    assert goes_on_telling(CARD, typed) == telling


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("I'm Mary, 29 years old and I live in Jalisco", "I'm Mary"),
        ("hola, soy Rosa; tengo 34", "hola, soy Rosa"),
        ("hello im Grace, i clean houses", "hello im Grace"),
        ("Soy", ""),
        ("Rosa", ""),
        ("tengo 34, soy Rosa", ""),
    ],
)
def test_a_name_is_found_at_the_beginning_of_a_longer_message(typed: str, said: str) -> None:
    assert introduction(typed) == said


def test_a_message_is_cut_where_she_begins_something_else() -> None:
    assert clauses("soy Yesenia, tengo 34 pero vivo en Puebla") == [
        "soy Yesenia",
        "tengo 34",
        "vivo en Puebla",
    ]
    assert clauses("I am 34 and I live in Oaxaca\n") == ["I am 34", "I live in Oaxaca"]
    assert clauses(" , ") == []


@pytest.mark.parametrize(
    ("typed", "lives"),
    [
        ("ahora vivo en Puebla", True),
        ("estoy en Iquique", True),
        ("soy de Oaxaca", False),
        ("trabajo en León", False),
    ],
)
def test_where_she_lives_is_told_from_where_she_is_from(typed: str, lives: bool) -> None:
    assert says_where_she_lives(typed) == lives
