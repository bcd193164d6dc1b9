from __future__ import annotations

import pytest

from bot.understanding import Understanding


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("quisiera saber cuándo empiezan las clases y si hay guardería", "es"),
        ("ando buscando pega hace rato y no me sale na", "es"),
        ("I would like to know when the classes start and if there is child care", "en"),
        ("my mother cannot watch the children on weekdays", "en"),
        ("mwen vle aprann men mwen pa gen timoun pou moun kenbe", "other"),
        ("bom dia, eu quero me inscrever, não tenho diploma", "other"),
        ("Bonjour, je voudrais savoir comment vous inscrire", "other"),
        ("привет, как записаться", "other"),
        ("你好我想学习", "other"),
    ],
)
def test_it_tells_the_language_of_a_sentence(understanding: Understanding, text: str, language: str) -> None:
    assert understanding.language(text) == language


@pytest.mark.parametrize("text", ["ok", "no", "Puebla", "2", "👍", "hi", "12:30", "jaja", "Ana Luisa"])
def test_it_does_not_guess_from_a_word_or_two(understanding: Understanding, text: str) -> None:
    assert understanding.language(text) is None
