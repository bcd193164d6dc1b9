"""The linter of templates: what Meta refuses or moves to "marketing" is found before it is submitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.services.content_templates import Template, TemplateError, Templates, Variable

FOLDER = Path("dialogues/templates")
WORDS = {"marketing": ["gratis", "promocion*"], "sensitive": ["violencia", "golpe*"]}
GOOD = Template(
    name="tpl_trial",
    purpose="trial",
    category="utility",
    variables=(
        Variable("name", "Eva", {"es": "amiga", "en": "friend"}),
        Variable("course", "Costura", {"es": "tu curso", "en": "your course"}),
    ),
    bodies={
        "es": "Hola {{1}}, mañana empieza {{2}} a las nueve. Responde *1* si vienes.",
        "en": "Hello {{1}}, tomorrow {{2}} begins at nine. Reply *1* if you come.",
    },
    buttons={"es": ("Voy", "No puedo"), "en": ("I will come", "I cannot")},
)
REGISTRY = Templates({GOOD.name: GOOD}, WORDS)


def spanish(body: str) -> Template:
    return replace(GOOD, bodies={**GOOD.bodies, "es": body})


def test_it_has_nothing_against_our_templates() -> None:
    templates = Templates.load(FOLDER)
    assert templates.problems == () and len(list(templates)) >= 5


def test_it_has_nothing_against_a_good_one() -> None:
    assert REGISTRY.lint(GOOD) == []


@pytest.mark.parametrize(
    ("template", "says"),
    [
        (spanish("{{1}}, mañana empieza {{2}} a las nueve. Responde uno."), "begins with a variable"),
        (spanish("¡{{1}}, mañana empieza {{2}} a las nueve! Responde uno."), "begins with a variable"),
        (spanish("Hola, mañana empieza {{2}} a las nueve. Te espera {{1}}."), "ends with a variable"),
        (spanish("Hola {{1}} {{2}}, mañana empieza el curso a las nueve."), "side by side"),
        (spanish("Hola {{1}}, {{2}} empieza mañana a las nueve y media."), "side by side"),
        (spanish("Hola {{1}}, va {{2}} hoy."), "words for 2 variables"),
        (spanish("Hola {{1}}, mañana empieza {{3}} a las nueve. Ven."), "the variables are 1, 3"),
        (spanish("Hola {{1}}, mañana empieza el curso a las nueve."), "the variables are 1"),
        (spanish("Hola {{1}}, mañana empieza {{name}} a las nueve."), "the variables are 1, name"),
        (spanish("Hola {{1}}, mañana empieza {{2}} gratis a las nueve."), "'gratis' is a marketing word"),
        (
            spanish("Hola {{1}}, la promoción de {{2}} empieza a las nueve."),
            "'promocion*' is a marketing word",
        ),
        (spanish("Hola {{1}}, el taller de violencia de {{2}} es a las nueve."), "a sensitive word"),
        (spanish("Hola {{1}}, si él te golpea en {{2}} escríbenos hoy mismo."), "a sensitive word"),
        (spanish("Hola {{1}}, mañana\n\n\nempieza {{2}} a las nueve en punto."), "blank line"),
        (spanish("Hola {{1}}, mañana empieza {{2}}. " + "Ven con tiempo. " * 60), "at most 1024"),
        (
            replace(GOOD, variables=(replace(GOOD.variables[0], sample=""), GOOD.variables[1])),
            "has no sample",
        ),
        (replace(GOOD, variables=(replace(GOOD.variables[0], otherwise={}), GOOD.variables[1])), "otherwise"),
        (replace(GOOD, category="urgent"), "category 'urgent'"),
        (replace(GOOD, name="Trial-1"), "the name takes"),
        (replace(GOOD, bodies={"es": GOOD.bodies["es"]}), "en: no text"),
        (replace(GOOD, buttons={"es": ("a", "b", "c", "d")}), "4 buttons"),
        (replace(GOOD, buttons={"es": ("Quiero empezar la encuesta",)}), "does not fit"),
        (replace(GOOD, buttons={"es": ("Voy", "Voy")}), "two buttons are the same"),
    ],
)
def test_it_finds_what_would_be_refused(template: Template, says: str) -> None:
    assert any(says in line and "Mend:" in line for line in REGISTRY.lint(template)), REGISTRY.lint(template)


def test_it_lets_a_marketing_template_use_marketing_words() -> None:
    free = "Hola {{1}}, mañana empieza {{2}} gratis a las nueve."
    assert REGISTRY.lint(replace(spanish(free), category="marketing")) == []


def test_it_finds_whole_words_only() -> None:
    assert REGISTRY.lint(spanish("Hola {{1}}, la agratisada de {{2}} empieza a las nueve.")) == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("Eva", "Costura"), ("Eva", "Costura")),
        (("", "Costura"), ("amiga", "Costura")),
        ((), ("amiga", "tu curso")),
        (("Eva\nMaría", "a" * 400), ("Eva María", "a" * 250)),
    ],
)
def test_it_sends_no_variable_that_twilio_refuses(given: tuple[str, ...], sent: tuple[str, ...]) -> None:
    assert GOOD.values(given, "es") == sent


@pytest.mark.parametrize("row", [{"category": "utility"}, "text", {"purpose": "p", "category": "c", "es": 3}])
def test_it_names_the_file_and_the_template_that_is_wrong(tmp_path: Path, row: Any) -> None:
    (tmp_path / "odd.yml").write_text(yaml.safe_dump({"tpl_odd": row}))
    with pytest.raises(TemplateError, match=r"odd\.yml: tpl_odd: .*Mend"):
        Templates.load(tmp_path)
