"""Behaviour that one row of a table does not show."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot import answers
from bot.answers import Asked, AskedChoice, Outcome, is_question_like, read
from bot.answers.lexicon import LANGUAGES, lexicon
from bot.answers.quantities import number
from bot.answers.ranges import bands
from tests.answers.corpus import question, today


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿para qué quieren mi nombre?", True),
        ("para que quieren mi nombre", True),
        ("cuánto cuesta el curso", True),
        ("cuesta algo?", False),  # two words: may be a hesitant answer, the classifier decides
        ("tiene algún costo para mí?", True),
        ("me pueden ayudar con otra cosa", True),
        ("la 2?", False),
        ("Puebla?", False),
        ("como 10 horas", False),
        ("como unas 6", False),
        ("que va", False),
        ("cuando pueda", False),
        ("what is this for", True),
        ("can you call me", True),
        ("", False),
        ("❓", False),
    ],
)
def test_it_tells_questions_from_answers(text: str, expected: bool) -> None:
    assert is_question_like(text) is expected


@pytest.mark.parametrize(
    ("written", "mexico", "chile"),
    [
        ("1.500", 1.5, 1500), ("1,500", 1500, 1.5), ("1.5", 1.5, 1.5), ("1,5", 1.5, 1.5), ("0.500", 0.5, 0.5),
        ("1.234.567", 1234567, 1234567), ("1,234.50", 1234.5, 1234.5), ("1.234,50", 1234.5, 1234.5),
        ("1500", 1500, 1500),
    ],
)  # fmt: skip
def test_it_reads_digits_as_her_country_writes_them(written: str, mexico: float, chile: float) -> None:
    assert number(written, "MX")[0] == mexico
    assert number(written, "CL")[0] == chile


@pytest.mark.parametrize(
    ("name", "amount", "value"),
    [
        ("age_band", 17.9, None), ("age_band", 24.5, "18_24"), ("age_band", 99, "60p"),
        ("hours_week", 0, "lt2"),
        ("hours_week", 2, "2_4"), ("hours_week", 4.5, "2_4"), ("income_mx", 0, "0"), ("income_mx", 2000, "1"),
        ("income_mx", 2000.5, "1"), ("income_mx", 12000, "4"), ("income_mx", 12001, "5"),
        ("income_cl", 150_500, "1"),
        ("income_cl", 151_000, "2"), ("income_cl", 900_000, "5"), ("minutes", 0.5, "b"), ("helpers", 0, "0"),
    ],
)  # fmt: skip
def test_it_takes_ranges_from_labels_in_either_language(name: str, amount: float, value: str | None) -> None:
    for language in ("es", "en"):
        ranges = bands(question(name, language).choices, lexicon(language))
        assert ranges is not None
        assert ranges.holding(amount) == value


@pytest.mark.parametrize("name", ["yn", "path", "school_mx", "device", "hours_ok", "state", "sure"])
def test_it_sees_no_ranges_where_labels_state_none(name: str) -> None:
    assert bands(question(name, "es").choices, lexicon("es")) is None


def test_an_unsure_reading_carries_what_to_show_and_what_to_offer() -> None:
    reading = read(question("contract", "es"), "sí", country="MX", language="es", today=today())
    assert reading.outcome is Outcome.UNSURE
    assert reading.confirm == "Sí, indefinido"
    assert reading.near == ("open", "fixed")


def test_two_picks_for_one_choice_are_asked_again_and_offered() -> None:
    reading = read(question("path", "es"), "1 y 3", country="MX", language="es", today=today())
    assert (reading.outcome, reading.near) == (Outcome.NO, ("ent", "edu"))


def test_a_choice_is_known_by_the_aliases_that_the_survey_gives() -> None:
    asked = Asked(
        "q",
        "select_one",
        (
            AskedChoice("a", "Taller de costura", 1, ("corte y confección",)),
            AskedChoice("b", "Repostería", 2),
        ),
    )
    assert read(asked, "corte y confeccion", country="MX", language="es", today=today()).value == "a"


def test_an_open_list_takes_a_place_that_it_does_not_have() -> None:
    asked = Asked("q", "select_one", (AskedChoice("1", "Maipú", 1),), "place", open_list=True)
    assert read(asked, "vivo en Batuco", country="CL", language="es", today=today()).value == "Batuco"


@pytest.mark.parametrize("kind", ["dk", "pn"])
def test_ways_out_are_outcomes_where_the_list_has_no_choice_for_them(kind: str) -> None:
    text, outcome = {"dk": ("no sé", Outcome.DONT_KNOW), "pn": ("prefiero no decir", Outcome.REFUSE)}[kind]
    without = read(question("yn", "es"), text, country="CL", language="es", today=today())
    assert (without.outcome, without.value) == (outcome, "")
    having = read(question("yn_dk_pn", "es"), text, country="CL", language="es", today=today())
    assert (having.outcome, having.value) == (Outcome.ANSWER, kind)


def test_slow_libraries_wait_for_the_question_that_needs_them() -> None:
    code = "import sys, bot.answers; print([m for m in ('dateparser', 'phonenumbers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["corrections", "lexicon", "listing", "phones", "phrases"])
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"bot.answers.{module}"))
    assert (failed, tried > 0) == (0, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_words_that_the_file_does_not_have_is_an_error(language: str) -> None:
    with pytest.raises(KeyError, match=rf"'relativs' in {language}\.yml"):
        lexicon(language).phrases("relativs")
    assert lexicon("en").phrases("before_a_place").whole == frozenset()  # said to be empty


def test_the_languages_have_the_same_lists() -> None:
    files = [Path(answers.__file__).parent / "data" / f"{language}.yml" for language in LANGUAGES]
    spanish, english = (yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader) for file in files)
    assert spanish.keys() == english.keys()


@pytest.mark.parametrize("text", ["la primera y la última", "la primera y la ultima"])
def test_the_first_and_a_way_out_are_asked_again(text: str) -> None:
    with_way_out = read(question("barriers", "es"), text, country="MX", language="es", today=today())
    assert (with_way_out.outcome, with_way_out.near) == (Outcome.NO, ("care", "pn"))
    ordinary = read(question("digital", "es"), text, country="MX", language="es", today=today())
    assert ordinary.choices == ("chat", "pay")
