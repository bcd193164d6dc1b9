"""What holds for any reply and any list, not only for the ones we thought of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answers import Asked, AskedChoice, Outcome, is_question_like, read
from tests.answers.corpus import names, question, today

LANGUAGES = ("es", "en")
COUNTRIES = ("MX", "CL", None)
LISTS = [name for name in names() if question(name, "es").choices]
NOT_NUMBERED = ("comuna",)
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
ORDINALS = (
    *("primera", "segunda", "tercera", "cuarta", "quinta", "sexta"),
    *("séptima", "octava", "novena", "décima", "undécima", "duodécima"),
)
quick = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", LISTS)
def test_every_printed_number_reads_to_its_choice(name: str, country: str | None, language: str) -> None:
    asked = question(name, language)
    for choice in asked.choices if name not in NOT_NUMBERED else ():
        for written in (
            f"{choice.number}",
            f"{choice.number}.",
            f"opción {choice.number}",
            f"la {choice.number}",
        ):
            if language == "en" and not written[0].isdigit():
                continue
            reading = read(asked, written, country=country, language=language, today=today())
            assert (reading.outcome, reading.value) == (Outcome.ANSWER, choice.value), written


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LISTS)
def test_every_label_reads_to_its_choice_in_any_case_and_without_accents(name: str, language: str) -> None:
    asked = question(name, language)
    for choice in asked.choices:
        for written in (choice.label, choice.label.upper(), choice.label.lower(), f" {choice.label}. "):
            reading = read(asked, written, country="CL", language=language, today=today())
            assert (reading.outcome, reading.value) == (Outcome.ANSWER, choice.value), written


@quick
@given(st.integers(min_value=0, max_value=10**9))
def test_an_integer_reads_to_itself(number: int) -> None:
    reading = read(Asked("n", "integer"), str(number), country="MX", language="es", today=today())
    assert (reading.outcome, reading.value) == (Outcome.ANSWER, str(number))


@quick
@given(st.integers(min_value=0, max_value=10**9))
def test_a_number_grouped_as_her_country_groups_reads_to_itself(number: int) -> None:
    mexican = f"{number:,}"
    for written, country in ((mexican, "MX"), (mexican.replace(",", "."), "CL")):
        reading = read(Asked("n", "integer"), written, country=country, language="es", today=today())
        assert reading.value == str(number)


@quick
@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2035, 12, 31)))
def test_a_full_date_reads_to_itself_in_each_usual_form(day: date) -> None:
    for written in (
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day}-{day.month:02}-{day.year}",
        f"{day.day} de {MONTHS[day.month - 1]} de {day.year}",
        f"el {day.day} de {MONTHS[day.month - 1]} del {day.year}",
    ):
        reading = read(Asked("d", "date"), written, country="MX", language="es", today=today())
        assert reading.value == day.isoformat(), written


@quick
@given(st.integers(min_value=1, max_value=400))
def test_days_ago_are_counted_back_from_today(days: int) -> None:
    reading = read(Asked("d", "date"), f"hace {days} días", country="CL", language="es", today=today())
    assert reading.value == (today() - timedelta(days=days)).isoformat()


@quick
@given(
    st.sets(st.integers(min_value=1, max_value=5), min_size=2),
    st.sampled_from([", ", " y ", " ", ",", "\n", " - "]),
)
def test_several_numbers_read_to_their_choices_in_list_order(numbers: set[int], between: str) -> None:
    asked = question("device", "es")
    written = between.join(str(n) for n in sorted(numbers, reverse=True))
    reading = read(asked, written, country="MX", language="es", today=today())
    assert reading.choices == tuple(c.value for c in asked.choices if c.number in numbers), written


NASTY = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="0123456789.,-/: +$'%ºª", max_size=40),
    st.text(alphabet="\u200b\u200e\u202e\u2066🙂👍🏽❤️\ufe0f1️⃣مرحبا", max_size=40),
    st.sampled_from(
        ["'; DROP TABLE answers; --", "/restart{}", "{{7*7}}", "<script>", "\x00\x01", "%s%n", "9" * 400,
         "a" * 2000, "mil " * 300, "1,2," * 300, "el " * 500, "de 8 a " * 100,
         "0/0/0000", "hace 999999999 años", "+", "¿?", "²", "٣"]
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(NASTY, st.sampled_from(LANGUAGES), st.sampled_from(COUNTRIES))
def test_it_never_raises_and_answers_only_with_what_the_list_has(
    text: str, language: str, country: str | None
) -> None:
    for name in names():
        asked = question(name, language)
        reading = read(asked, text, country=country, language=language, today=today())
        if asked.choices and reading.outcome is Outcome.ANSWER:
            assert set(reading.choices) <= {c.value for c in asked.choices}
    assert is_question_like(text) in (True, False)


@quick
@given(st.integers(min_value=2, max_value=12), st.integers(min_value=1, max_value=12))
def test_an_ordinal_is_the_printed_number(size: int, place: int) -> None:
    choices = tuple(AskedChoice(f"v{n}", f"Cosa {chr(96 + n) * 4}", n) for n in range(1, size + 1))
    reading = read(
        Asked("q", "select_one", choices),
        f"la {ORDINALS[place - 1]}",
        country="MX",
        language="es",
        today=today(),
    )
    assert (reading.value == f"v{place}") is (place <= size)
