"""What women write when it is not a good time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.schedule_phrases import asks_for_later, names_a_time, read_when
from bot.core.text import fold

ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 19, 11, 20, tzinfo=ZONE)  # a Thursday

CASES = [
    ("recuérdame mañana", (20, 9, 0)),
    ("mañana en la tarde porfa", (20, 15, 0)),
    ("mañana por la mañana", (20, 9, 0)),
    ("por la mañana", (20, 9, 0)),
    ("en la tarde", (19, 15, 0)),
    ("escríbeme en la nochecita no, mejor en la noche", (19, 19, 0)),
    ("al medio día", (19, 12, 0)),
    ("el lunes", (23, 9, 0)),
    ("mejor el lunes en la tarde", (23, 15, 0)),
    ("el jueves", (26, 9, 0)),
    ("pasado mañana", (21, 9, 0)),
    ("el fin de semana", (21, 9, 0)),
    ("el finde", (21, 9, 0)),
    ("la próxima semana", (23, 9, 0)),
    ("la otra semana", (23, 9, 0)),
    ("en dos horas", (19, 13, 20)),
    ("en 30 minutos", (19, 11, 50)),
    ("en media hora", (19, 11, 50)),
    ("dentro de una hora", (19, 12, 20)),
    ("en 3 días", (22, 11, 20)),
    ("al ratito", (19, 13, 20)),
    ("más tarde", (19, 13, 20)),
    ("ahorita no puedo", (19, 13, 20)),
    ("otro día", (20, 9, 0)),
    ("remind me tomorrow", (20, 9, 0)),
    ("on Monday please", (23, 9, 0)),
    ("in two hours", (19, 13, 20)),
    ("in an hour", (19, 12, 20)),
    ("tomorrow afternoon", (20, 15, 0)),
    ("later", (19, 13, 20)),
]


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_it_reads_when_she_wants_to_be_reminded(words: str, expected: tuple[int, int, int]) -> None:
    day, hour, minute = expected
    assert read_when(fold(words), NOW, ZONE) == datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    "words", ["sí", "no", "1", "vendo tamales", "¿cuánto cuesta?", "mi hija", "", "in 0 hours"]
)
def test_it_reads_no_time_where_none_is_named(words: str) -> None:
    assert read_when(fold(words), NOW, ZONE) is None


def test_it_takes_an_afternoon_that_is_past_for_the_next_day() -> None:
    evening = datetime(2026, 11, 19, 16, 0, tzinfo=ZONE)
    assert read_when("en la tarde", evening, ZONE) == datetime(2026, 11, 20, 15, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("recuérdame el lunes por favor", True),
        ("mañana", True),
        ("mejor te contesto el lunes que descanso", True),
        ("el lunes empezó a trabajar mi hermana en una tienda", False),
    ],
)
def test_it_tells_a_request_from_a_story(words: str, expected: bool) -> None:
    assert asks_for_later(fold(words)) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("otro día", False),
        ("más tarde", False),
        ("luego", False),
        ("más tarde, el lunes", True),
        ("mañana", True),
    ],
)
def test_it_tells_a_time_from_a_mere_later(words: str, expected: bool) -> None:
    assert names_a_time(fold(words)) is expected


@given(
    st.sampled_from([words for words, _ in CASES]), st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1))
)
def test_it_never_answers_with_the_past(words: str, now: datetime) -> None:
    at = read_when(fold(words), now.replace(tzinfo=UTC), ZONE)
    assert at is not None and at > now.replace(tzinfo=UTC)
