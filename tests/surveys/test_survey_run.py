"""Walking: which question is next, what it says, and what an answer changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from survey_walks import TODAY, Build, walk

from bot.surveys.model import Choice, Question, Survey
from bot.surveys.run import SurveyRun, Verdict

FAIR = """
    | settings |
    | | default_language |
    | | Español (es) |
    | survey |
    | | type | name | label::Español (es) | label::English (en) | required | \
required_message::Español (es) | relevant | constraint | constraint_message::Español (es) | \
calculation | default | choice_filter |
    | | hidden | country | |
    | | note | hello | Hola, {nombre}. | Hello, {nombre}. |
    | | select_one yn | sells | ¿Vendes? | Do you sell? | yes | Dime sí o no. |
    | | note | great | ¡Qué bien! | Great! | | | ${sells} = 'yes' |
    | | begin_group | stall | | | | | ${sells} = 'yes' |
    | | integer | days | ¿Cuántos días? | How many days? | | | | . > 0 and . <= 7 | De 1 a 7 días. |
    | | decimal | price | ¿A cuánto? | At what price? | ${days} > 3 | |
    | | begin_group | where | | | | | ${days} > 1 |
    | | select_one state | state | ¿Estado? | State? |
    | | select_one town | town | ¿Municipio? | Town? | | | | | | | | state = ${state} |
    | | end_group |
    | | note | sum_up | Ganas ${week} por semana en ${town}. | You earn ${week} in ${town}. | | | \
${week} != '' |
    | | end_group |
    | | calculate | week | | | | | | | | ${days} * ${price} |
    | | select_multiple goods | goods | ¿Qué te gusta? | What do you like? | | | | \
not(selected(., 'none') and count-selected(.) > 1) | Nada va solo. |
    | | date | since | ¿Desde cuándo? | Since? | | | | . <= today() | Todavía no llega ese día. | | today() |
    | | note | bye | Gracias. | Thanks. |
    | choices |
    | | list_name | name | label::Español (es) | label::English (en) | state |
    | | yn | yes | Sí | Yes |
    | | yn | no | No | No |
    | | state | 21 | Puebla | Puebla |
    | | state | 29 | Tlaxcala | Tlaxcala |
    | | town | atlixco | Atlixco | Atlixco | 21 |
    | | town | apizaco | Apizaco | Apizaco | 29 |
    | | town | tlaxco | Tlaxco | Tlaxco | 29 |
    | | goods | bread | Pan | Bread |
    | | goods | cloth | Telas | Cloth |
    | | goods | none | Nada | Nothing |
"""


@pytest.fixture
def fair(build: Build) -> Survey:
    return build(FAIR, "fair.md")


def notes_and_question(run: SurveyRun, after: str | None = None) -> tuple[list[str], str | None]:
    step = run.step(after)
    return [note.name for note in step.notes], step.question.name if step.question else None


def test_it_begins_with_the_notes_before_the_first_question(fair: Survey) -> None:
    assert notes_and_question(walk(fair)) == (["hello"], "sells")


def test_it_goes_from_question_to_question_and_says_each_note_once(fair: Survey) -> None:
    answers = {
        "sells": "yes",
        "days": "2",
        "price": "50",
        "state": "29",
        "town": "tlaxco",
        "goods": "",
        "since": "",
    }
    values: dict[str, str] = {}
    said, asked, after = [], [], None
    while True:
        notes, question = notes_and_question(walk(fair, values), after)
        said += notes
        if question is None:
            break
        asked.append(question)
        values[question], after = answers[question], question
    assert asked == list(answers)
    assert said == ["hello", "great", "sum_up", "bye"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"sells": "no"}, ([], "goods")),
        ({"sells": ""}, ([], "goods")),
        ({"sells": "yes"}, (["great"], "days")),
        ({"sells": "yes", "days": ""}, ([], "price")),
        ({"sells": "yes", "days": "1", "price": ""}, ([], "goods")),
        ({"sells": "yes", "days": "2", "price": ""}, ([], "state")),
        ({"sells": "no", "goods": "", "since": ""}, (["bye"], None)),
    ],
)
def test_it_asks_only_what_applies(
    fair: Survey, values: dict[str, str], expected: tuple[list[str], str | None]
) -> None:
    assert notes_and_question(walk(fair, values), list(values)[-1]) == expected


def test_it_does_not_repeat_notes_when_an_early_answer_is_corrected(fair: Survey) -> None:
    values = {"sells": "yes", "days": "2", "price": "8", "state": "21", "town": "atlixco", "goods": "bread"}
    assert notes_and_question(walk(fair, values), "sells") == ([], "since")


def test_it_goes_back_for_a_question_that_a_correction_opened(fair: Survey) -> None:
    values = {"sells": "yes", "days": "3", "price": "8", "goods": "bread", "since": ""}
    assert notes_and_question(walk(fair, values), "days") == ([], "state")


def test_it_resumes_at_the_open_question(fair: Survey) -> None:
    step = walk(fair, {"sells": "yes", "days": "2"}).step("days")
    assert (step.notes, step.question) == ((), fair.by_name["price"])


def test_it_passes_over_a_list_that_is_empty_for_her(fair: Survey) -> None:
    values = {"sells": "yes", "days": "2", "price": "5", "state": ""}
    assert notes_and_question(walk(fair, values), "state")[1] == "goods"


def test_it_takes_irrelevant_answers_as_empty(fair: Survey) -> None:
    run = walk(fair, {"sells": "no", "days": "2", "price": "50"})
    assert (run.value("days"), run.value("week"), run.relevant("town")) == ("", "", False)


def test_it_works_out_calculations_and_leaves_unknown_ones_empty(fair: Survey) -> None:
    assert walk(fair, {"sells": "yes", "days": "2", "price": "1.50"}).calculations() == {"week": "3"}
    assert walk(fair, {"sells": "yes", "days": "2"}).calculations() == {}


def test_it_names_the_answers_that_a_correction_made_stale(fair: Survey) -> None:
    values = {"sells": "yes", "days": "2", "price": "5", "state": "21", "town": "tlaxco", "goods": "bread"}
    assert walk(fair, values).stale() == ("town",)
    assert walk(fair, {**values, "state": "29"}).stale() == ()
    assert walk(fair, {**values, "sells": "no"}).stale() == ("days", "price", "state", "town")


def test_it_filters_the_choices_by_an_earlier_answer(fair: Survey) -> None:
    town = fair.by_name["town"]
    run = walk(fair, {"sells": "yes", "days": "2", "state": "29"})
    assert [choice.name for choice in run.choices(town)] == ["apizaco", "tlaxco"]
    assert walk(fair, {"sells": "yes", "days": "2"}).choices(town) == ()


@pytest.mark.parametrize(
    ("name", "value", "ok", "reason", "message"),
    [
        ("sells", "yes", True, "", ""),
        ("sells", "perhaps", False, "choice", ""),
        ("sells", "", False, "required", "Dime sí o no."),
        ("sells", "yes no", False, "choice", ""),
        ("days", "7", True, "", ""),
        ("days", "8", False, "constraint", "De 1 a 7 días."),
        ("days", "seven", False, "type", ""),
        ("days", "2.5", False, "type", ""),
        ("days", "", True, "", ""),
        ("price", "2.5", True, "", ""),
        ("price", "2,5", False, "type", ""),
        ("price", "", False, "required", ""),
        ("town", "tlaxco", True, "", ""),
        ("town", "atlixco", False, "choice", ""),
        ("goods", "bread cloth", True, "", ""),
        ("goods", "bread none", False, "constraint", "Nada va solo."),
        ("goods", "bread gold", False, "choice", ""),
        ("since", "2027-03-09", True, "", ""),
        ("since", "2027-03-10", False, "constraint", "Todavía no llega ese día."),
        ("since", "2027-02-30", False, "type", ""),
    ],
)
def test_it_judges_an_answer(
    fair: Survey, name: str, value: str, ok: bool, reason: str, message: str
) -> None:
    run = walk(fair, {"sells": "yes", "days": "5", "state": "29"})
    verdict = run.check(fair.by_name[name], value)
    assert verdict == Verdict(ok, reason, {"es": message} if message else {})


def test_it_suggests_from_the_context_before_the_form(fair: Survey) -> None:
    since = fair.by_name["since"]
    assert walk(fair).default(since) == TODAY.isoformat()
    assert walk(fair, since="2026-01-01").default(since) == "2026-01-01"
    assert walk(fair).value("since") == ""


def test_it_fills_hidden_fields_from_the_context_unless_stored(fair: Survey) -> None:
    assert walk(fair, country="MX").value("country") == "MX"
    assert walk(fair, {"country": "CL"}, country="MX").value("country") == "CL"


def test_it_puts_answers_into_labels_as_words(fair: Survey) -> None:
    values = {"sells": "yes", "days": "2", "price": "50", "state": "29", "town": "tlaxco"}
    run, note = walk(fair, values), fair.by_name["sum_up"]
    assert run.label(note, "es") == "Ganas 100 por semana en Tlaxco."
    assert run.label(note, "en") == "You earn 100 in Tlaxco."
    assert run.label(note, "fr") == "Ganas 100 por semana en Tlaxco."


def test_it_joins_several_choices_and_turns_dates_round(fair: Survey) -> None:
    run = walk(fair, {"goods": "bread cloth", "since": "2026-12-01"})
    assert run.answer("goods", "es") == "Pan, Telas"
    assert run.answer("since", "es") == "01/12/2026"
    assert run.choice_label(fair.by_name["goods"], "bread gold", "en") == "Bread, gold"


def test_it_fills_known_placeholders_and_leaves_others_readable(fair: Survey) -> None:
    hello = fair.by_name["hello"]
    assert walk(fair).label(hello, "es", {"nombre": "Rosa"}) == "Hola, Rosa."
    assert walk(fair).label(hello, "es") == "Hola, {nombre}."


def test_it_never_fills_marks_that_she_wrote_herself(fair: Survey) -> None:
    hello = fair.by_name["hello"]
    assert walk(fair).label(hello, "es", {"nombre": "{url} ${sells}", "url": "x"}) == "Hola, {url} ${sells}."


@given(st.text("${}ab \n", max_size=25))
def test_it_survives_any_braces_in_a_label(text: str) -> None:
    survey = Survey("s", "S", "", ("es",), "es", (Question("a", "note", {"es": text}),))
    label = walk(survey, {"a": "x"}).label(survey.questions[0], "es", {"b": "y"})
    if "{" not in text:
        assert label == text


def test_it_counts_what_may_yet_open_as_half(fair: Survey) -> None:
    assert walk(fair).progress() == (0, 3 + 4 // 2)
    assert walk(fair, {"sells": "no"}).progress() == (1, 3)
    assert walk(fair, {"sells": "yes", "days": "1", "price": "", "goods": "", "since": ""}).progress() == (
        5,
        5,
    )


def test_it_says_the_choice_in_the_language_of_the_walk(build: Build) -> None:
    survey = build(
        """
        | survey |
        | | type | name | label::Español (es) | label::English (en) | calculation |
        | | select_one yn | q | ¿Sí? | Yes? | |
        | | calculate | said | | | jr:choice-name(${q}, '${q}') |
        | choices |
        | | list_name | name | label::Español (es) | label::English (en) |
        | | yn | yes | Sí | Yes |
        """
    )
    run = SurveyRun(survey, {"q": "yes"}, today=TODAY, language="en")
    assert (run.value("said"), walk(survey, {"q": "yes"}).value("said")) == ("Yes", "Sí")


def test_it_ends_a_ring_that_a_form_should_not_have() -> None:
    ring = (
        Question("a", "calculate", calculation="${b} + 1"),
        Question("b", "calculate", calculation="${a} + 1"),
        Question("c", "text", {"es": "C"}, relevant=("${d} = ''",)),
        Question("d", "text", {"es": "D"}, relevant=("${c} = ''",)),
    )
    survey = Survey("ring", "Ring", "", ("es",), "es", ring)
    assert walk(survey).value("a") == ""
    assert walk(survey).step().question is not None


def test_it_takes_any_text_for_an_open_list() -> None:
    town = Question("town", "select_one", {"es": "¿Dónde?"}, list_name="towns", open_list=True, required=True)
    survey = Survey("s", "S", "", ("es",), "es", (town,), {"towns": ()})
    run = walk(survey)
    assert run.step().question == town
    assert run.check(town, "San Andrés Cholula").ok
    assert not run.check(town, "").ok


def test_it_finds_choices_by_index_exactly_as_by_walking() -> None:
    rows = tuple(Choice(f"t{n}", {"es": f"T{n}"}, {"state": f"{n % 7:02d}"}) for n in range(400))
    state = Question("state", "text")
    quick = Question("quick", "select_one", list_name="towns", choice_filter="state = ${state}")
    slow = Question("slow", "select_one", list_name="towns", choice_filter="(state = ${state})")
    survey = Survey("s", "S", "", ("es",), "es", (state, quick, slow), {"towns": rows})
    for value in ("00", "03", "3", "", "x"):
        run = walk(survey, {"state": value})
        assert run.choices(quick) == run.choices(slow)
        assert len(run.choices(quick)) == len([row for row in rows if row.columns["state"] == value])
