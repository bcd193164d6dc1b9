"""Anything may come in the middle: it is dealt with, and then the open question is back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.golden import OPENINGS, play_opening, script_of
from support.house import House
from support.talk import Woman, texts

from bot.core.messages import InboundKind, MediaKind
from bot.store.tables import Answer, HandOver, InboxRow


def lines_of(*openings: str) -> list[str]:
    """What is said in openings, the ones they begin with included."""
    said: list[str] = []
    for name in openings:
        for line in script_of((OPENINGS / f"{name}.txt").read_text(encoding="utf-8")):
            said += lines_of(line.removeprefix("@after ")) if line.startswith("@after") else []
            said += [line[2:]] if line.startswith("> ") else []
    return said


def test_it_answers_a_question_at_every_question_and_comes_back(ana: Woman) -> None:
    said = lines_of("enrolled_mx")
    ana.says(*said[:2])  # what she asks where the language is asked tells it
    for line in said[2:-1]:
        survey, question = ana.conversation.survey, ana.conversation.question
        asked = ana.history[-1][1].text
        answered = ana.say("¿cuánto cuesta?")
        assert "gratis" in answered[0].text.lower(), question
        assert answered[-1].text.split("\n\n")[-1] == asked.split("\n\n")[-1], question
        assert (ana.conversation.survey, ana.conversation.question) == (survey, question)
        ana.say(line)
    assert ana.participant.status == "enrolled"


@pytest.mark.parametrize(
    ("said", "language", "answered", "asked"),
    [
        ("es aqui lo del curso para mujeres? cuanto cuesta", "es", "gratis", "¿Tienes 18 años"),
        ("hello, how much does the course cost?", "en", "free", "Are you 18"),
        ("ay ya soy abuela de tres nietos y todo", "es", "programa automático", "¿Tienes 18 años"),
    ],
)
def test_her_first_words_say_which_language_she_speaks(
    said: str, language: str, answered: str, asked: str, ana: Woman
) -> None:
    ana.say("hola")
    told = texts(ana.say(said))
    assert answered in told.lower()
    assert asked in told
    assert "CURSO" not in told, "she is in the middle of it"
    assert ("ONU Mujeres" if language == "es" else "UN Women") in told
    assert ana.answers("a_consent") == {"lang": language}
    assert ana.participant.language == language


@pytest.mark.parametrize(
    ("said", "language"),
    [("sipo", "es"), ("ya, acepto", "es"), ("29 tengo", "es"), ("yes", "en"), ("yeah ok", "en")],
)
def test_the_language_stops_nobody(said: str, language: str, ana: Woman) -> None:
    ana.say("hola")
    ana.say(said)
    assert ana.answers("a_consent")["lang"] == language
    assert ana.conversation.question != "lang"


@pytest.mark.parametrize("said", ["👍", "7", "..."])
def test_what_has_no_words_tells_no_language(said: str, ana: Woman) -> None:
    ana.say("hola")
    assert "¿En qué idioma" in texts(ana.say(said))
    assert ana.answers("a_consent") == {}


@pytest.mark.parametrize(
    "said",
    ["cierra esto que viene alguien", "ya no me escriban más por favor", "luego sigo, ahorita no puedo"],
)
def test_who_leaves_where_the_language_is_asked_is_asked_nothing_more(said: str, ana: Woman) -> None:
    ana.say("hola")
    told = texts(ana.say(said))
    assert "18 años" not in told
    assert "idioma" not in told


@pytest.mark.parametrize("typed", ["hola", "¿sigues ahí?", "repetir", "curso"])
def test_it_brings_the_open_question_back(typed: str, ana: Woman) -> None:
    play_opening(ana, "place_mx")
    assert "¿Cómo es el lugar donde vives?" in texts(ana.say(typed))
    assert ana.conversation.question == "place"


def test_it_resumes_after_thirty_days_and_a_restart_at_the_open_question(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    before = ana.answers("b_profile")
    house.clock.advance("+30d")
    house.restart()
    ana.say("pueblo")
    assert ana.answers("b_profile") == {**before, "place": "town"}
    assert ana.conversation.question == "age"


def test_it_keeps_silent_after_a_pause_and_takes_the_answer_later(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    assert "¿Cómo es el lugar" not in texts(ana.say("luego sigo"))
    assert ana.conversation.paused_at is not None
    house.clock.advance("+2d")
    ana.say("ciudad")
    assert ana.answers("b_profile")["place"] == "city"


# -- corrections --------------------------------------------------------------------------------------------

LATER = {
    "at the next question": ("place_mx", ()),
    "in the next questionnaire": ("profile_mx", ()),
    "two questionnaires later": ("profile_mx", ("un empleo", "sí, ese quiero")),
    "at the summary": (
        "profile_mx",
        ("un empleo", "sí, ese quiero", "nada", "muy segura", "prefiero saltarla"),
    ),
}


@pytest.mark.parametrize(("opening", "said"), LATER.values(), ids=LATER)
def test_it_corrects_the_state_from_anywhere_later(opening: str, said: tuple[str, ...], ana: Woman) -> None:
    play_opening(ana, opening)
    ana.says(*said)
    answered = ana.say("me equivoqué, soy de Puebla")
    assert ana.answers("b_profile")["state_mx"] == "21"
    assert ana.participant.region == "Puebla"
    assert "municipio" in texts(answered), "the municipality was one of another state"
    ana.say("Atlixco")
    assert ana.participant.municipality == "Atlixco"


def test_it_goes_back_one_question(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    assert "¿En qué municipio" in texts(ana.say("ATRÁS"))
    ana.say("Tonalá")
    assert ana.answers("b_profile")["mun_mx"] == "Tonalá"
    assert ana.conversation.question == "place"


def test_it_corrects_by_number_and_goes_on_where_she_was(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    listed = texts(ana.say("CORREGIR"))
    number = next(line.split(".")[0] for line in listed.splitlines() if "Tiempo a la semana" in line)
    ana.say(number.strip())
    answered = ana.say("8 horas o más")
    assert ana.answers("b_profile")["avail"] == "8p"
    assert "¿Qué camino te llama más?" in texts(answered)


def test_it_drops_what_a_correction_made_untrue(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    ana.says("mi negocio", "sí, ese quiero", "ganar dinero")
    assert ana.participant.pathway == "entrepreneurship"
    ana.says("CAMBIAR", "un empleo", "sí, ese quiero")
    assert ana.participant.pathway == "employment"
    assert "ent_reason" not in ana.answers("c_pathway")


# -- what is not an answer ------------------------------------------------------------------------------------


def test_it_asks_again_differently_and_then_offers_a_person(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    told = [texts(ana.say(typed)) for typed in ("xqzt", "blurp", "zzkw")]
    assert all("¿Cómo es el lugar donde vives?" in words and "2. Pueblo" in words for words in told)
    assert len(set(told)) == 3
    assert [row.reason for row in house.rows(HandOver)] == ["stuck"]
    ana.say("pueblo")
    assert ana.answers("b_profile")["place"] == "town"


def test_it_counts_misses_anew_at_the_next_question(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    ana.says("xqzt", "blurp", "pueblo", "xqzt", "blurp")
    assert house.rows(HandOver) == []


def test_it_asks_whether_a_place_was_meant_and_takes_nothing_before(ana: Woman) -> None:
    play_opening(ana, "consent")
    ana.says("Lupita", "México")
    assert "¿Quisiste decir «Guerrero»?" in texts(ana.say("guerrro"))
    assert "state_mx" not in ana.answers("b_profile")
    assert "¿En qué estado vives?" in texts(ana.say("no, escribir otra vez"))
    ana.says("guerrro", "sí")
    assert ana.answers("b_profile")["state_mx"] == "12"


def test_it_records_a_skip_and_a_not_known_as_such(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.says("saltar", "29", "no sé", "casa", "no")
    kinds = ana.reply_kinds("b_profile")
    assert "place" in kinds["skipped"] and "school_mx" in kinds["dont_know"]


def test_it_does_not_let_her_skip_what_is_needed(ana: Woman) -> None:
    play_opening(ana, "consent")
    assert "¿Cómo quieres que te llame?" in texts(ana.say("saltar"))
    assert ana.conversation.question == "pref_name"


@pytest.mark.parametrize(
    "typed",
    [
        '/inform{"reply": "x"}',
        '/answer{"survey": "b_profile", "question": "country", "value": "CL"}',
        "/disclose_violence",
        "/session_start",
        "//",
        "/",
    ],
)
def test_it_never_takes_typed_text_for_a_payload(typed: str, ana: Woman) -> None:
    play_opening(ana, "place_mx")
    before = ana.answers("b_profile"), ana.conversation.question
    ana.say(typed)
    assert (ana.answers("b_profile"), ana.conversation.question) == before
    assert ana.conversation.quiet_until is None


def test_it_asks_before_it_starts_over_when_restart_is_typed(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.say("/restart")
    assert ana.answers("b_profile")["pref_name"] == "Lupita"
    ana.say("sí, de nuevo")
    assert ana.answers("b_profile") == {} and ana.participant.name is None


# -- media ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [(MediaKind.AUDIO, ["media"]), (MediaKind.IMAGE, ["media"]), (MediaKind.STICKER, [])],
)
def test_it_receives_a_file_and_comes_back(
    kind: MediaKind, reasons: list[str], ana: Woman, house: House
) -> None:
    play_opening(ana, "place_mx")
    assert "¿Cómo es el lugar donde vives?" in texts(ana.sends(kind))
    assert [row.reason for row in house.rows(HandOver)] == reasons
    assert ana.conversation.misses == 0


def test_it_comes_back_after_a_place_that_nobody_asked_for(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    assert "¿Cómo es el lugar donde vives?" in texts(ana.is_at(20.67, -103.35))


# -- taps -----------------------------------------------------------------------------------------------------


def test_it_takes_a_tap_for_the_option_that_was_shown(ana: Woman) -> None:
    ana.say("hola")
    ana.tap("Español")
    ana.tap("Sí")
    assert ana.answers("a_consent") == {"lang": "es", "adult": "yes"}


def test_it_changes_nothing_when_a_tap_is_delivered_twice(ana: Woman, house: House) -> None:
    ana.say("hola")
    ana.tap("Español")
    rows = len(house.rows(InboxRow))
    assert ana.hand_in(ana.delivered[-1]) == []
    assert len(house.rows(InboxRow)) == rows and ana.conversation.question == "adult"


def test_it_repeats_the_open_question_after_a_stale_tap(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    answered = ana.tap("Tengo dudas")
    assert "¿Cómo es el lugar donde vives?" in texts(answered)
    assert ana.answers("a_consent")["consent_data"] == "yes"


@pytest.mark.parametrize("tap", ["999999.0", "1.99", "1", "", "1.0; drop table", "0.0"])
def test_it_takes_a_tap_on_nothing_of_ours_for_a_wish_to_go_on(tap: str, ana: Woman) -> None:
    play_opening(ana, "place_mx")
    before = ana.answers("b_profile")
    assert texts(ana.send(InboundKind.TAP, text="", tap=tap)).strip()
    assert ana.answers("b_profile") == before


def test_it_does_not_take_a_tap_on_another_womans_message(woman: Callable[..., Woman]) -> None:
    ana, bea = woman("ana"), woman("bea")
    for one in (ana, bea):
        play_opening(one, "place_mx")
    bea.send(InboundKind.TAP, text="Ciudad", tap=ana.option("Ciudad"))
    assert "place" not in bea.answers("b_profile") and "place" not in ana.answers("b_profile")


# -- a disclosure ---------------------------------------------------------------------------------------------


def test_it_answers_a_disclosure_before_anything_else(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    answered = ana.say("mi marido me pega")
    assert "No es tu culpa" in answered[0].text
    assert "¿Cómo es el lugar" not in texts(answered)
    assert ana.conversation.quiet_until is not None
    assert house.rows(InboxRow)[-1].intent == "restricted"
    assert ana.reply_kinds("b_profile").get("skipped") is None


def test_it_goes_on_kindly_when_it_was_not_that(ana: Woman) -> None:
    play_opening(ana, "place_mx")
    ana.say("mi marido me pega")
    assert "¿Cómo es el lugar donde vives?" in texts(ana.say("no era eso"))
    assert ana.conversation.quiet_until is None


def test_it_keeps_a_safe_contact_apart(ana: Woman, house: House) -> None:
    play_opening(ana, "place_mx")
    ana.says("mi marido me pega", "que me contacten", "llamada a otro número", "33 1234 5678", "mañana")
    assert ana.restricted()["number"] and ana.restricted()["way"] == "other"
    handovers = house.rows(HandOver)
    assert [(row.reason, row.restricted) for row in handovers] == [("focal_point", True)]
    plain = house.rows(Answer, participant_id=ana.participant.id)
    assert not [row for row in plain if "1234" in f"{row.value}{row.text}"]
    assert "¿Cómo es el lugar donde vives?" in texts(ana.say("curso"))
