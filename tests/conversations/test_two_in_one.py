"""What one message says about several questions is kept; corrections and short questions lose nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.golden import play_opening
from support.house import House
from support.talk import Woman, texts

from bot.store.tables import HandOver


def test_it_keeps_name_age_and_state_of_one_message(ana: Woman) -> None:
    play_opening(ana, "consent")
    answered = texts(ana.say("soy Rosa, tengo 34 y vivo en Puebla"))
    assert ana.answers("b_profile") == {
        "pref_name": "Rosa",
        "country": "MX",
        "state_mx": "21",
        "age": "30_39",
    }
    assert "Edad: 30 a 39" in answered and "¿En qué municipio" in answered
    assert ana.participant.region == "Puebla" and ana.participant.name == "Rosa"


def test_it_keeps_them_in_english_too(ana: Woman) -> None:
    play_opening(ana, "consent")
    ana.says("idioma", "English", "I'm Mary, 29 years old and I live in Jalisco")
    assert ana.answers("b_profile") == {
        "pref_name": "Mary",
        "country": "MX",
        "state_mx": "14",
        "age": "25_29",
    }


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("vivo en Talcahuano, Biobío, Chile", {"country": "CL", "region_cl": "08", "com_cl": "08110"}),
        ("Chile, Santiago", {"country": "CL", "region_cl": "13"}),
        ("soy de Puebla", {"country": "MX", "state_mx": "21"}),
        ("México", {"country": "MX"}),
        ("soy de Oaxaca pero vivo en Puebla", {"country": "MX", "state_mx": "21"}),
    ],
)
def test_it_takes_what_is_named_of_a_place_and_no_more(typed: str, kept: dict[str, str], ana: Woman) -> None:
    play_opening(ana, "consent")
    ana.says("Ana", typed)
    assert ana.answers("b_profile") == {"pref_name": "Ana", **kept}


@pytest.mark.parametrize("typed", ["Rosa", "me dicen la Rosa de Guadalupe", "Rosa y tengo 2 hijos"])
def test_it_takes_nothing_that_was_not_said(typed: str, ana: Woman) -> None:
    play_opening(ana, "consent")
    ana.say(typed)
    assert set(ana.answers("b_profile")) <= {"pref_name"}


@pytest.mark.parametrize("country", ["estados unidos", "vivo en Guatemala"])
def test_a_third_country_is_understood(country: str, ana: Woman) -> None:
    play_opening(ana, "consent")
    ana.say("Ana")
    assert "México y Chile" in texts(ana.say(country))


@pytest.mark.parametrize("typed", ["34", "1 2", "99", "…", "31 31"])
def test_figures_are_no_wish(typed: str, ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.say(typed)
    assert (ana.conversation.aside, ana.conversation.question) == (None, "place")


def test_where_she_works_corrects_nothing(ana: Woman) -> None:
    play_opening(ana, "enrolled_mx")
    before = ana.answers("c_pathway")
    ana.say("me equivoqué")
    ana.say("es que vivo en Zapopan pero trabajo en Guadalajara")
    assert ana.answers("c_pathway") == before


def test_no_under_the_list_chooses_no_answer_that_says_no(ana: Woman) -> None:
    play_opening(ana, "enrolled_mx")
    assert "Preguntas sobre ver, oír o moverte: No" in texts(ana.say("corregir"))
    ana.say("no")
    assert ana.conversation.survey is None and ana.answers("b_profile")["wg_go"] == "no"


def test_every_answer_can_be_reached_from_the_list(ana: Woman) -> None:
    play_opening(ana, "enrolled_mx")
    ana.say("corregir")
    pages = 0
    while "Tu nombre: Lupita" not in texts(ana.say("ver respuestas de antes")):
        pages += 1
        assert pages < 10
    ana.say("nombre")
    ana.say("Guadalupe")
    assert ana.participant.name == "Guadalupe"


def test_passing_a_correction_keeps_the_answer(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.says("corregir", "estado")
    assert "como estaba" in texts(ana.say("saltar"))
    assert ana.answers("b_profile")["state_mx"] == "14"
    assert ana.conversation.question == "place"


@pytest.mark.parametrize("over", ["persona", "corregir", "mis datos", "idioma"])
def test_a_short_question_is_left_by_answering_the_one_beneath(over: str, ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    ana.say(over)
    assert ana.conversation.aside is not None
    assert "¿Cuántos años tienes?" in texts(ana.say("pueblo"))
    assert ana.answers("b_profile")["place"] == "town" and ana.conversation.aside is None
    assert [row.reason for row in house.rows(HandOver)] == (["asked"] if over == "persona" else [])


@pytest.mark.parametrize("over", ["borrar mis datos", "baja"])
def test_what_erases_is_not_left_in_passing(over: str, ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.say(over)
    aside = ana.conversation.aside
    ana.say("pueblo")
    assert ana.conversation.aside == aside and "place" not in ana.answers("b_profile")


def test_a_wish_is_no_yes_to_deletion(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.says("borrar mis datos", "quiero una mentora")
    assert ana.participant.status != "deleted" and ana.participant.name == "Lupita"


def test_stopping_under_a_list_and_coming_back_is_no_dead_end(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    ana.say("corregir")
    assert "¿Qué quieres corregir?" not in texts(ana.say("luego sigo"))
    house.clock.advance("+6d")
    back = texts(ana.say("hola"))
    assert "Hola de nuevo, Lupita" in back and "¿Cómo es el lugar donde vives?" in back
    ana.say("pueblo")
    assert ana.conversation.question == "age"


def test_what_she_need_not_answer_is_passed_at_the_fourth_try(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    told = [texts(ana.say(typed)) for typed in ("xqzt", "blurp", "zzkw", "qwrt")]
    assert "¿Cómo es el lugar donde vives?" in told[2] and "¿Cuántos años tienes?" in told[3]
    assert ana.reply_kinds("b_profile")["skipped"] == ["place"]
    assert [row.reason for row in house.rows(HandOver)] == ["stuck"]
    for typed in ("xqzt", "blurp", "zzkw", "qwrt", "jjk"):  # her age is needed
        ana.say(typed)
    assert ana.conversation.question == "age"


def test_more_of_her_story_under_the_help_lines_chooses_nothing(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    ana.say("apoyo")
    heard = texts(
        ana.say("le sigo contando, primero fui a la feria con mis hijos y después a la casa de mi mamá")
    )
    assert "gracias por contarme" in heard and "no te entendí" not in heard
    assert ana.conversation.aside == "support" and not house.rows(HandOver)


@pytest.mark.parametrize(
    ("send", "says"),
    [
        (lambda ana: ana.is_at(20.6, -103.4), "No guardo tu ubicación"),
        (lambda ana: ana.say("mira https://example.org/premio"), "No puedo abrir enlaces"),
    ],
)
def test_what_is_no_answer_is_said_kindly(
    send: Callable[[Woman], list[object]], says: str, ana: Woman
) -> None:
    play_opening(ana, "place_mx")
    answered = texts(send(ana))  # type: ignore[arg-type]
    assert says in answered and "¿Cómo es el lugar donde vives?" in answered
    assert ana.conversation.misses == 0


def test_enrolled_she_is_told_what_comes_and_heard(ana: Woman, house: House) -> None:
    play_opening(ana, "enrolled_mx")
    assert "cuando empiece tu curso" in texts(ana.say("continuar"))
    assert "Hola de nuevo" not in texts(ana.say("hola"))
    assert "Hasta pronto" in texts(ana.say("no"))
    ana.say("no tengo con quien dejar a mis hijos")
    assert [row.reason for row in house.rows(HandOver)] == ["barrier"]
