"""Rendering: a question as a message with numbers, and buttons where a press can answer."""

from __future__ import annotations

import pytest
from survey_walks import walk

from bot.core.messages import Outbound
from bot.surveys.model import Choice, Question, Survey
from bot.surveys.render import ask, choice_by_number, note, number_of, numbering
from bot.surveys.run import SurveyRun


def choices(count: int, **columns: list[str]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            f"c{n}",
            {"es": f"Opción {n}", "en": f"Option {n}"},
            {key: each[n] for key, each in columns.items()},
        )
        for n in range(count)
    )


def survey_of(question: Question, rows: tuple[Choice, ...] = ()) -> tuple[SurveyRun, Question]:
    survey = Survey("feria", "Feria", "1", ("es", "en"), "es", (question,), {"list": rows})
    return walk(survey), question


def asked(kind: str, rows: tuple[Choice, ...] = (), language: str = "es", **given: object) -> Outbound:
    question = Question(
        "q", kind, {"es": "¿Cuál?", "en": "Which?"}, list_name="list" if rows else "", **given
    )  # type: ignore[arg-type]
    return ask(*survey_of(question, rows), language)


def test_it_prints_numbers_and_gives_buttons_that_answer() -> None:
    message = asked("select_one", choices(2))
    assert message.text == "¿Cuál?\n1. Opción 0\n2. Opción 1"
    assert [option.title for option in message.options] == ["Opción 0", "Opción 1"]
    assert message.options[1].means == {"survey": "feria", "question": "q", "value": "c1"}


def test_it_puts_the_hint_under_the_label() -> None:
    assert asked("text", hints={"es": "Con tus palabras"}).text == "¿Cuál?\nCon tus palabras"
    assert asked("text", language="en").text == "Which?"


def test_it_prints_several_answers_without_buttons() -> None:
    message = asked("select_multiple", choices(3))
    assert message.text.endswith("3. Opción 2")
    assert message.options == ()


@pytest.mark.parametrize(
    ("count", "given", "printed", "buttons"),
    [
        (8, {}, True, 8),
        (12, {}, True, 12),
        (13, {}, True, 0),
        (40, {}, True, 0),
        (41, {}, False, 0),
        (5, {"appearance": "autocomplete"}, False, 0),
        (5, {"appearance": "minimal autocomplete"}, False, 0),
        (5, {"open_list": True}, False, 0),
    ],
)
def test_it_prints_what_a_screen_can_hold(
    count: int, given: dict[str, object], printed: bool, buttons: int
) -> None:
    message = asked("select_one", choices(count), **given)
    assert ("\n1. " in message.text) is printed
    assert len(message.options) == buttons


def test_it_numbers_by_the_menu_column_so_that_a_number_keeps_its_meaning() -> None:
    rows = choices(3, menu_no=["15", "1", "8"])
    assert asked("select_one", rows).text == "¿Cuál?\n15. Opción 0\n1. Opción 1\n8. Opción 2"
    assert number_of(rows[2], rows) == 8
    assert choice_by_number(8, rows) == rows[2]
    assert choice_by_number(2, rows) is None


@pytest.mark.parametrize("given", [["1", "", "3"], ["1", "1", "2"], ["a", "b", "c"]])
def test_it_ignores_a_menu_column_that_is_not_one(given: list[str]) -> None:
    assert numbering(choices(3, menu_no=given)) == [1, 2, 3]


def test_every_printed_number_finds_its_choice() -> None:
    for rows in (choices(7), choices(4, menu_no=["9", "4", "2", "7"])):
        assert [choice_by_number(number_of(choice, rows), rows) for choice in rows] == list(rows)


def test_it_asks_for_an_acknowledgement_with_one_button_in_her_language() -> None:
    spanish, english = asked("acknowledge"), asked("acknowledge", language="en")
    assert [option.means["value"] for option in spanish.options] == ["OK"]
    assert spanish.options[0].title != english.options[0].title


def test_it_asks_for_a_location() -> None:
    assert asked("geopoint").ask_location
    assert not asked("text").ask_location


def test_it_fills_placeholders() -> None:
    run, question = survey_of(Question("q", "text", {"es": "Hola {nombre}"}, {"es": "({programa})"}))
    assert ask(run, question, "es", {"nombre": "Ana", "programa": "SCE"}).text == "Hola Ana\n(SCE)"


def test_a_note_shows_the_value_of_a_read_only_field() -> None:
    question = Question("q", "note", {"es": "Tu total"}, calculation="2 * 21", read_only=True)
    assert note(*survey_of(question), "es").text == "Tu total\n42"
    assert note(*survey_of(Question("q", "note", {"es": "Hola"})), "es").text == "Hola"
