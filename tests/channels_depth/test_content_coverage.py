"""The questionnaires that ship: every question that buttons fit has its resource, and none is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.channels.whatsapp.interactive import BODY, ROWS, kind_for, pages
from bot.core.messages import Outbound
from bot.services.content_specs import contents_of, definition_of, fit_problems, match
from bot.surveys.compile import compile_xlsform
from bot.surveys.model import Survey
from bot.surveys.render import ask
from bot.surveys.run import SurveyRun

FILES = ["surveys/a_consent.md", "surveys/b_profile.md", "surveys/e_survey.md", "asides/invitation.md"]
SAID = {
    "said": "Hola Marta, ¿nos cuentas?",
    "nombre": "Marta",
    "name": "Marta",
    "min": "8",
    "programa": "Curso",
}


@pytest.fixture(scope="module", params=FILES)
def survey(request: pytest.FixtureRequest) -> Survey:
    return compile_xlsform(Path("dialogues") / request.param, catalogues=Path("var/catalogues"))


def asked(survey: Survey) -> list[Outbound]:
    """Every question in every language, as she gets it."""
    return [
        page
        for language in survey.languages
        for question in survey.questions
        if question.asked and not question.choice_filter
        for page in pages(
            ask(SurveyRun(survey, {}, today=date(2026, 11, 23), language=language), question, language, SAID)
        )
    ]


def test_it_has_a_resource_for_every_question_with_options(survey: Survey) -> None:
    made = [definition_of(content) for content in contents_of([survey])]
    with_options = [message for message in asked(survey) if message.options]
    assert with_options
    for message in with_options:
        assert kind_for(message.options, message.text) is not None, message.text
        found = [match(definition, message, 7) for definition in made]
        assert any(v is not None and v[0] == "7" for v in found), message.text


def test_it_refuses_none_of_them(survey: Survey) -> None:
    assert list(fit_problems(survey)) == []


def test_it_keeps_within_whatsapps_limits(survey: Survey) -> None:
    for content in contents_of([survey]):
        ((kind, shown),) = content.types().items()
        assert len(shown["body"]) <= BODY
        if kind == "twilio/quick-reply":
            assert 1 <= len(shown["actions"]) <= 3 and all(len(a["title"]) <= 20 for a in shown["actions"])
        else:
            assert 1 <= len(shown["items"]) <= ROWS and len(shown["button"]) <= 20
            assert all(len(i["item"]) <= 24 and len(i.get("description", "")) <= 72 for i in shown["items"])
            assert len({i["item"] for i in shown["items"]}) == len(shown["items"])


def test_it_has_the_numbers_in_the_text_beside_the_buttons(survey: Survey) -> None:
    for content in contents_of([survey]):
        lines = content.body.split("\n")
        for title in content.titles:
            assert any(line.endswith(f". {title}") for line in lines) or len(content.titles) == 1
