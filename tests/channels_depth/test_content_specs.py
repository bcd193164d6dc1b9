"""What WhatsApp can show of a question: pages, fixed texts with variables, and what would not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.contents import TRIAL, ask, press, survey

from bot.channels.whatsapp.interactive import Content, kind_for, pages, row_title
from bot.core.messages import Outbound
from bot.services.content_specs import contents_of, fit_problems, match
from bot.surveys.model import Question


@pytest.mark.parametrize(
    ("titles", "body", "kind"),
    [
        (("Sí", "No"), "x", "quick_reply"),
        (("a" * 20,), "x", "quick_reply"),
        (("a" * 21, "b"), "x", "list_picker"),
        (("a", "b", "c", "d"), "x", "list_picker"),
        (tuple("abcdefghij"), "x", "list_picker"),
        (tuple("abcdefghijk"), "x", None),
        (("a" * 72, "b"), "x", "list_picker"),
        (("a" * 73, "b"), "x", None),
        (("a" * 30 + "1", "a" * 30 + "2"), "x", None),  # cut, they would look the same
        (("Sí", "Sí"), "x", None),
        (("", "No"), "x", None),
        (("Sí", "No"), "x" * 1025, None),
        ((), "x", None),
    ],
)
def test_it_knows_what_whatsapp_can_show(titles: tuple[str, ...], body: str, kind: str | None) -> None:
    assert kind_for(press(*titles), body) == kind


def test_it_keeps_within_a_row_and_says_the_rest_below() -> None:
    long = "Preparatoria o bachillerato terminado"
    content = Content("list_picker", "es", "x", (long, "Otro"))
    rows = content.types()["twilio/list-picker"]["items"]
    assert rows[0] == {"item": row_title(long), "id": "{{1}}.0", "description": long}
    assert len(rows[0]["item"]) <= 24 and rows[1] == {"item": "Otro", "id": "{{1}}.1"}


def test_it_pages_a_long_list_and_keeps_its_numbers() -> None:
    titles = [f"opción {letter}" for letter in "abcdefghijkl"]
    lines = [f"{n}. {title}" for n, title in enumerate(titles, start=1)]
    message = Outbound("\n".join(["¿Cuál?", *lines]), press(*titles))
    first, second = pages(message)
    assert first.text.split("\n") == ["¿Cuál?", *lines[:10]] and second.text.split("\n") == lines[10:]
    assert [o.title for o in (*first.options, *second.options)] == titles
    loose = replace(message, text="¿Cuál? " + ", ".join(titles))
    assert pages(loose) == (loose,)


# -- what is made ahead --------------------------------------------------------------------------------------


def test_it_makes_a_question_fixed_text_but_for_what_changes() -> None:
    bare, *_ = contents_of([TRIAL])
    assert bare.body == "¿Vienes, {{2}}?\n1. Sí\n2. No"
    assert dict(bare.samples).keys() == {"1", "2"}
    assert [c.language for c in contents_of([TRIAL])] == ["es", "en", "es", "en"]


def test_it_makes_one_resource_for_what_two_questionnaires_say_alike() -> None:
    other = replace(TRIAL, name="other")
    assert len(contents_of([TRIAL, other])) == len(contents_of([TRIAL]))


@pytest.mark.parametrize(
    "question", [ask("¿Cuál?", choice_filter="x = 1"), ask("Escribe", type="text"), ask("Nota", type="note")]
)
def test_it_makes_none_where_options_depend_on_her_or_there_are_none(question: Question) -> None:
    assert contents_of([survey(question, l=("Sí", "No"))]) == []


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("¿Vienes, Marta?\n1. Sí\n2. No", ("7", "Marta")),
        ("Perdón, no entendí.\n\n¿Vienes, Marta?\n1. Sí\n2. No", None),
        ("¿Vienes, Marta\nJosé?\n1. Sí\n2. No", None),
        ("¿Vienes, ?\n1. Sí\n2. No", None),
        ("¿Vienes, Marta!\n1. Sí\n2. No", None),
    ],
)
def test_it_says_exactly_the_message_or_nothing(text: str, variables: tuple[str, ...] | None) -> None:
    bare = contents_of([TRIAL])[0]
    definition = {"body": bare.body, "titles": list(bare.titles)}
    assert match(definition, Outbound(text, press("Sí", "No")), 7) == variables


def test_it_finds_the_question_after_a_line_of_lead() -> None:
    led = contents_of([TRIAL])[2]
    text = "Perdón, no entendí.\n\n¿Vienes, Marta?\n1. Sí\n2. No"
    found = match({"body": led.body, "titles": list(led.titles)}, Outbound(text, press("Sí", "No")), 7)
    assert found == ("7", "Perdón, no entendí.", "Marta")


@pytest.mark.parametrize(
    ("question", "titles", "says"),
    [
        (ask("¿Cuál?" + "x" * 1600), ("Sí", "No"), "a message takes 1600"),
        (ask("¿Cuál?" + "x" * 1100), ("Sí", "No"), "buttons and lists take 1024"),
        (ask("¿Cuál?"), ("a" * 73, "No"), "at most 72"),
    ],
)
def test_it_refuses_a_question_that_would_not_fit(
    question: Question, titles: tuple[str, ...], says: str
) -> None:
    assert any(says in str(p) for p in fit_problems(survey(question, l=titles)))
    assert list(fit_problems(TRIAL)) == []
