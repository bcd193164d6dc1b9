"""What women ask is answered briefly, in both languages, from listed facts, and honestly where unknown."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.core.text import fold
from bot.programme import Facts, ProgrammeError, Programmes, load_facts
from bot.programme.fact_files import ASK_INTENTS

ROOT = Path(__file__).resolve().parents[2]
FACT_LIST = ROOT / "programmes" / "facts.yml"
TODAY = date(2026, 11, 22)
COUNTRIES = ("MX", "CL", None)
NO_PLACE_IN_A_PREVIEW = re.compile(r"violen|maltrat|abuso|golpe|suicid|abuse|assault|threat")
FORMAL = re.compile(r"\b(ustede?s?|vosotr\w+|vos|dígame|le pedimos|su respuesta)\b", re.IGNORECASE)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_question_has_an_answer_that_fits(
    facts: Facts, programmes: Programmes, country: str | None, language: str
) -> None:
    regions = programmes.get(country).place_index.regions
    for intent in ASK_INTENTS:
        for region in (None, *(region.code for region in regions)):
            typed = "donde queda el centro cerca de mi" if intent == "ask_location" else ""
            answer = facts.answer(intent, country, language, typed, region=region, on=TODAY)
            assert 0 < len(answer.text) <= 300, answer.text
            assert not re.search(r"[{}]", answer.text), answer.text


def test_every_topic_fits_once_its_braces_are_filled(facts: Facts, programmes: Programmes) -> None:
    for where, answer in facts.texts():
        programme = programmes.get(where.split("/")[0])
        for language in ("es", "en"):
            filled = answer.says.in_language(language)
            for name, value in programme.placeholders(language).items():
                filled = filled.replace("{" + name + "}", value)
            assert len(filled) <= 300, where


def test_texts_are_warm_and_show_nothing_on_a_shared_screen(facts: Facts) -> None:
    texts = [(where, answer.says) for where, answer in facts.texts()] + list(facts.reasons())
    assert len(texts) > 80
    for where, says in texts:
        spanish = says.in_language("es")
        assert not FORMAL.search(spanish), where
        assert not NO_PLACE_IN_A_PREVIEW.search(fold(spanish + " " + says.in_language("en"))), where


def test_what_is_not_known_is_said_and_a_person_is_offered(facts: Facts) -> None:
    unknown = [(where, answer.says) for where, answer in facts.texts() if not answer.known]
    assert len(unknown) >= 10
    for where, says in unknown:
        assert "PERSONA" in says.in_language("es"), where
        assert "PERSON*" in says.in_language("en"), where
        assert re.search(r"no l[ao]s? tengo|no tengo|no puedo", says.in_language("es").lower()), where


def test_what_is_said_to_be_known_rests_on_facts(facts: Facts) -> None:
    assert not [where for where, answer in facts.texts() if answer.known and not answer.facts]


def test_every_listed_fact_is_used_or_comes_from_data(facts: Facts) -> None:
    listed = set(yaml.safe_load(FACT_LIST.read_text(encoding="utf-8"))["facts"])
    used = {fact for _, answer in facts.texts() for fact in answer.facts}
    data = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "programmes").glob("[mcu]*.yml"))
    assert listed == {fact for fact in listed if fact in used or fact in data}
    sources = set(re.findall(r"source: ((?:G|MX-F|CL-F)-?\d+)\b", data))
    assert sources and sources <= listed


@pytest.mark.parametrize("country", COUNTRIES)
def test_it_is_free(facts: Facts, country: str | None) -> None:
    assert "gratis" in facts.answer("ask_cost", country, "es").text
    assert "free" in facts.answer("ask_cost", country, "en").text


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_assistant_says_that_it_is_no_person(facts: Facts, country: str | None) -> None:
    assert "no una persona" in facts.answer("ask_bot", country, "es").text
    assert "not a person" in facts.answer("ask_bot", country, "en").text


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("intent", ["ask_certificate", "ask_schedule"])
def test_certificates_and_dates_are_not_invented(facts: Facts, country: str | None, intent: str) -> None:
    assert not facts.answer(intent, country, "es").known


@pytest.mark.parametrize(
    ("intent", "country", "text", "has"),
    [
        ("ask_support", "MX", "tienen guardería para mis niños?", "hijas o hijos"),
        ("ask_support", "MX", "me ayudan con los PASAJES", "pasajes"),
        ("ask_support", "CL", "y con quien dejo a la guagua", "cuidado"),
        ("ask_support", "CL", "ayudan con la micro?", "no gastas en pasajes"),
        ("ask_support", "CL", "hay algún bono o beca", "capital semilla"),
        ("ask_support", "MX", "can you help with childcare?", "hijas o hijos"),
        ("ask_requirements", "MX", "tengo 54 años, puedo?", "límite de edad"),
        ("ask_requirements", "CL", "soy venezolana y no tengo papeles", "migrantes"),
        ("ask_requirements", "MX", "no terminé la secundaria", "escuela"),
        ("ask_requirements", "CL", "no tengo computador", "celular"),
        ("ask_schedule", "MX", "cuánto dura?", "duración"),
        ("ask_schedule", "CL", "cuando empieza", "fecha de inicio"),
        ("ask_schedule", "MX", "hay los sábados", "turnos"),
        ("ask_location", "MX", "es en línea?", "Sí, puedes tomarlo en línea"),
        ("ask_location", "CL", "tienen sede presencial", "no hay clases presenciales"),
        ("ask_pathways", "CL", "puedo terminar el colegio", "no tiene un camino"),
        ("ask_pathways", "MX", "que es lo de emprender", "negocio"),
        ("ask_bot", "MX", "esto no será una estafa", "Nunca te pediré dinero"),
        ("ask_privacy", "CL", "mi marido lo puede leer?", "familia"),
        ("ask_cost", "MX", "gasta muchos datos?", "compañía"),
    ],
)
def test_a_narrower_question_gets_a_narrower_answer(
    facts: Facts, intent: str, country: str, text: str, has: str
) -> None:
    assert has in facts.answer(intent, country, "es", text).text


def test_words_are_matched_by_their_beginning_and_short_ones_whole(facts: Facts) -> None:
    general = facts.answer("ask_requirements", "MX", "es").text
    assert (
        facts.answer("ask_requirements", "MX", "es", "es en medicine").text == general
    )  # "ine" inside a word
    assert facts.answer("ask_requirements", "MX", "es", "piden INE").text != general


def test_her_centres_are_named_the_nearest_first(facts: Facts) -> None:
    answer = facts.answer(
        "ask_location", "MX", "es", "dónde está el centro", region="15", municipality="Toluca", on=TODAY
    )
    assert answer.text.index("Toluca") < answer.text.index("Huixquilucan")
    elsewhere = facts.answer("ask_location", "MX", "es", "dónde está el centro", region="31", on=TODAY)
    assert "Toluca" not in elsewhere.text and "en línea" in elsewhere.text


def test_an_intent_that_is_no_question_is_refused(facts: Facts) -> None:
    with pytest.raises(LookupError):
        facts.answer("greet", "MX", "es")


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "question",
    [
        "age", "country", "state_mx", "com_cl", "indig", "born", "income_cl", "wg_see", "care_h",
        "phone_shared", "consent_sens", "family", "health", "safe_now", "fin_save", "lv_cv",
        "path_mx", "adult",
    ],
)  # fmt: skip
def test_delicate_questions_have_their_own_reason(facts: Facts, question: str, language: str) -> None:
    reason = facts.why(question, "MX", language)
    assert reason != facts.why("a question of another survey", "MX", language)
    assert len(reason) <= 300


def test_a_reason_for_chile_wins_over_the_general_one(facts: Facts) -> None:
    assert "En Chile" in facts.why("modality_cl", "CL", "es")
    assert "En Chile" not in facts.why("modality_mx", "MX", "es")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("facts: [G-01, CL-F22, P-01]", "facts: [G-77]", "the fact 'G-77' is not in the list"),
        ("de {programa}", "de {programe}", "nothing fills '{programe}'"),
        ("  ask_bot:", "  ask_robot:", "'answers.ask_robot"),
        ("why_default:", "why_defalt:", "'why_defalt' is not a known name"),
        ("Es gratis.", "Es gratis." + " muy" * 80, "characters in 'es'"),
    ],
)
def test_a_wrong_facts_file_names_its_line(
    tmp_path: Path, programmes: Programmes, old: str, new: str, said: str
) -> None:
    text = (ROOT / "dialogues" / "facts" / "unknown.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "unknown.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProgrammeError, match=r"line \d+: .*Mend: ") as stop:
        load_facts(tmp_path, programmes, FACT_LIST)
    assert any(said in str(problem) for problem in stop.value.problems)


def test_a_country_without_its_own_answers_gets_the_general_ones(
    tmp_path: Path, programmes: Programmes
) -> None:
    source = ROOT / "dialogues" / "facts" / "unknown.yml"
    (tmp_path / "unknown.yml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    general = load_facts(tmp_path, programmes, FACT_LIST)
    assert "gratis" in general.answer("ask_cost", "MX", "es").text
