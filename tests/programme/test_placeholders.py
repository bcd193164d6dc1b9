"""Values for the braces of forms and messages, under their Spanish and English names."""

from __future__ import annotations

import re

import pytest

from bot.programme import Programmes
from bot.programme.programme import PLACEHOLDERS

NOTICE = "🔒 Tus datos (1 de 4). Los cuida {responsable}, {domicilio}. Sirven para inscribirte y apoyarte."


@pytest.mark.parametrize("country", ["MX", "CL", None])
@pytest.mark.parametrize("language", ["es", "en", "fr"])
def test_every_brace_has_a_value_in_every_language(
    programmes: Programmes, country: str | None, language: str
) -> None:
    values = programmes.get(country).placeholders(language)
    assert set(values) == {*PLACEHOLDERS, *PLACEHOLDERS.values()}
    assert all(value and not re.search(r"[{}]", value) for value in values.values())


@pytest.mark.parametrize(
    ("country", "language", "name", "value"),
    [
        ("MX", "es", "programa", "Segunda Oportunidad"),
        ("CL", "en", "programme", "Tu Oportunidad"),
        (None, "es", "programa", "Segunda Oportunidad / Tu Oportunidad"),
        ("MX", "es", "emergencia", "911"),
        (None, "es", "emergencia", "911 en México o 133 en Chile"),
        (None, "en", "emergency", "911 in Mexico or 133 in Chile"),
        ("CL", "es", "meses_seg", "3 y 6"),
        ("CL", "en", "fu_months", "3 and 6"),
        ("MX", "es", "meses_seg", "6"),
        ("MX", "es", "meses", "24"),
    ],
)
def test_values_are_those_of_her_country(
    programmes: Programmes, country: str | None, language: str, name: str, value: str
) -> None:
    assert programmes.get(country).placeholders(language)[name] == value


@pytest.mark.parametrize("country", ["MX", "CL", None])
def test_a_notice_reads_well_while_its_controller_is_not_confirmed(
    programmes: Programmes, country: str | None
) -> None:
    filled = NOTICE.format(**programmes.get(country).placeholders("es"))
    assert "por confirmar" in filled
    assert len(filled) <= 300


def test_the_address_of_the_notice_is_given_once_it_exists(programmes: Programmes) -> None:
    mexico = programmes.get("MX")
    assert "PERSONA" in mexico.placeholders("es")["url"]
    consent = mexico.consent.model_copy(update={"notice_url": "https://example.org/aviso"})
    assert (
        mexico.model_copy(update={"consent": consent}).placeholders("es")["url"]
        == "https://example.org/aviso"
    )
