"""The five questionnaires that ship: sound, short, and safe under hundreds of made-up respondents."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping

import pytest
from survey_walks import FORMS, NOW, TODAY

from bot.surveys.compile import examine
from bot.surveys.model import READINGS, Question, Survey
from bot.surveys.problem import Severity
from bot.surveys.render import ask, choice_by_number, note
from bot.surveys.run import SurveyRun

NAMES = ("a_consent", "b_profile", "c_pathway", "d_barriers", "e_survey")
WALKS = 300

CONTEXTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "a_consent": {},
    "b_profile": {"consent_sens": ("yes", "no", "")},
    "c_pathway": {"country": ("MX", "CL"), "biz_has": ("yes", "starting", "no", "pn", "")},
    "d_barriers": {
        "country": ("MX", "CL"), "modality": ("online", "face", ""), "consent_sens": ("yes", "no", ""),
    },
    "e_survey": {
        "wave": ("baseline", "m3", "m6"), "country": ("MX", "CL"), "consent_sens": ("yes", "no", ""),
        "prefill": ("1", "0"), "fin_module": ("1", "0"), "biz_base": ("yes", "starting", "no"),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def surveys() -> dict[str, Survey]:
    found = {name: examine(FORMS / f"{name}.md").survey for name in NAMES}
    return {name: survey for name, survey in found.items() if survey is not None}


def an_answer(run: SurveyRun, question: Question, luck: random.Random) -> str:
    """An acceptable answer; one question in twelve is skipped where it may be."""
    if not run.required(question) and luck.random() < 1 / 12:
        return ""
    names = [choice.name for choice in run.choices(question)]
    if question.open_list or not names:
        return {"integer": "3", "decimal": "2.5", "date": TODAY.isoformat()}.get(question.type, "Lupita")
    for _ in range(50):
        chosen = luck.sample(names, k=min(len(names), luck.choice((1, 1, 2, 3))))
        value = " ".join(chosen) if question.type == "select_multiple" else chosen[0]
        if run.check(question, value).ok:
            return value
    raise AssertionError(f"no acceptable answer to {question.name}")


def walks(survey: Survey, count: int = WALKS) -> Iterator[tuple[SurveyRun, list[Question], list[Question]]]:
    """Finished walks: the last state, the questions asked and the notes shown."""
    luck = random.Random(survey.name)
    for _ in range(count):
        context = {name: luck.choice(values) for name, values in CONTEXTS[survey.name].items()}
        values: dict[str, str] = {}
        asked: list[Question] = []
        shown: list[Question] = []
        after: str | None = None
        while True:
            run = SurveyRun(survey, values, context=context, today=TODAY, now=NOW)
            step = run.step(after)
            shown += step.notes
            if step.question is None:
                break
            asked.append(step.question)
            values[step.question.name] = an_answer(run, step.question, luck)
            after = step.question.name
        yield run, asked, shown


@pytest.mark.parametrize("name", NAMES)
def test_every_form_compiles_without_errors(name: str) -> None:
    examination = examine(FORMS / f"{name}.md")
    assert [str(p) for p in examination.problems if p.severity is Severity.ERROR] == []
    # the only warning there may be is the catalogue that operators load
    assert [p.message for p in examination.warnings if "mx_municipios.csv" not in p.message] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_reached_and_none_twice(surveys: dict[str, Survey], name: str) -> None:
    reached: set[str] = set()
    for _, asked, shown in walks(surveys[name]):
        said = [question.name for question in (*asked, *shown)]
        assert len(said) == len(set(said))
        reached.update(said)
    everything = {q.name for q in surveys[name].questions if q.asked or q.type == "note"}
    assert everything - reached == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_sensitive_question_is_asked_without_its_consent(surveys: dict[str, Survey], name: str) -> None:
    refusals = 0
    for run, asked, _ in walks(surveys[name]):
        if run.context.get("consent_sens", "") != "yes":
            refusals += 1
            assert [q.name for q in asked if q.sensitivity == "sensitive"] == []
    assert refusals > 0


def test_nothing_is_asked_after_a_refused_consent(surveys: dict[str, Survey]) -> None:
    refused = 0
    for run, asked, _ in walks(surveys["a_consent"]):
        if run.value("consent_data") != "yes":
            refused += 1
            assert {q.name for q in asked} <= {"lang", "adult", "consent_data"}
    assert refused > 0


def test_no_help_with_violence_is_shown_unless_the_place_is_safe(surveys: dict[str, Survey]) -> None:
    unsafe = 0
    for run, asked, shown in walks(surveys["d_barriers"]):
        if run.value("safe_now") != "yes":
            unsafe += 1
            names = {q.name for q in (*asked, *shown)}
            assert {n for n in names if n.startswith("safe_") and n != "safe_now"} == set()
    assert unsafe > 0


@pytest.mark.parametrize("name", NAMES)
def test_finished_walks_leave_nothing_stale_and_are_complete(surveys: dict[str, Survey], name: str) -> None:
    for run, asked, _ in walks(surveys[name], 60):
        assert run.stale() == ()
        assert run.progress() == (len(asked), len(asked))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_message_is_short_and_every_number_answers(
    surveys: dict[str, Survey], name: str, language: str
) -> None:
    for run, asked, shown in walks(surveys[name], 40):
        for question in shown:
            assert 0 < len(note(run, question, language).text) <= 300
        for question in asked:
            message = ask(run, question, language)
            label, *options = re.split(r"\n(?=\d+\. )", message.text)
            assert 0 < len(label) <= 300
            assert "${" not in message.text
            for line in options:
                number, title = line.split(". ", 1)
                choice = choice_by_number(int(number), run.choices(question))
                assert choice is not None
                assert choice.labels[language] == title


def test_a_correction_of_the_state_makes_the_municipality_stale(surveys: dict[str, Survey]) -> None:
    values = {"country": "CL", "region_cl": "08", "com_cl": "08101"}
    survey = surveys["b_profile"]
    assert SurveyRun(survey, values, today=TODAY).stale() == ()
    corrected = SurveyRun(survey, {**values, "region_cl": "09"}, today=TODAY)
    assert corrected.stale() == ("com_cl",)
    assert SurveyRun(survey, {**values, "country": "MX"}, today=TODAY).stale() == ("region_cl", "com_cl")


def test_a_region_keeps_its_official_number(surveys: dict[str, Survey]) -> None:
    survey = surveys["b_profile"]
    regions = SurveyRun(survey, {}, today=TODAY).choices(survey.by_name["region_cl"])
    eighth = choice_by_number(8, regions)
    assert eighth is not None
    assert eighth.labels["es"] == "Biobío"
    assert "Concepción" in eighth.aliases


def test_her_main_activity_is_one_of_those_she_named(surveys: dict[str, Survey]) -> None:
    survey = surveys["b_profile"]
    run = SurveyRun(survey, {"country": "MX", "work_status": "biz home"}, today=TODAY)
    assert [choice.name for choice in run.choices(survey.by_name["work_main"])] == ["biz", "home"]


@pytest.mark.parametrize(
    ("answers", "suggest"),
    [
        ({"path_mx": "edu"}, "edu"),
        ({"path_mx": "dk", "goal": "own", "where": "out", "sold": "no", "had_job": "no"}, "ent"),
        ({"path_mx": "dk", "goal": "fixed", "where": "out", "sold": "no", "had_job": "yes"}, "emp"),
        ({"path_mx": "dk", "goal": "school", "where": "any", "sold": "no", "had_job": "yes"}, "edu"),
        ({"path_mx": "dk", "goal": "dk", "where": "any", "sold": "no", "had_job": "no"}, "person"),
    ],
)
def test_the_pathway_helper_suggests_and_leaves_a_tie_to_a_person(
    surveys: dict[str, Survey], answers: dict[str, str], suggest: str
) -> None:
    run = SurveyRun(surveys["c_pathway"], answers, context={"country": "MX", "biz_has": "no"}, today=TODAY)
    assert run.value("suggest") == suggest


@pytest.mark.parametrize(("yes", "level"), [(0, "basic"), (1, "basic"), (2, "advanced"), (3, "advanced")])
def test_the_level_in_chile_follows_experience(surveys: dict[str, Survey], yes: int, level: str) -> None:
    steps = ("lv_job", "lv_cv", "lv_apply")
    answers = {
        "path_cl": "emp",
        "confirm": "yes",
        **{step: "yes" if n < yes else "no" for n, step in enumerate(steps)},
    }
    run = SurveyRun(surveys["c_pathway"], answers, context={"country": "CL"}, today=TODAY)
    assert run.value("level") == level


@pytest.mark.parametrize(
    ("go", "value", "counted"),
    [
        ("yes", "2", "0"),
        ("yes", "3", "1"),
        ("yes", "4", "1"),
        ("yes", "pn", "0"),
        ("yes", "", "0"),
        ("no", "4", ""),
    ],
)
def test_a_difficulty_counts_from_a_lot_and_only_when_asked(
    surveys: dict[str, Survey], go: str, value: str, counted: str
) -> None:
    answers = {"country": "CL", "wg_go": go, "wg_see": "1", "wg_walk": value}
    run = SurveyRun(surveys["b_profile"], answers, context={"consent_sens": "yes"}, today=TODAY)
    assert run.value("wg_disab") == counted


def test_the_columns_of_ours_are_set_where_answers_need_them(surveys: dict[str, Survey]) -> None:
    read = {q.name: q.reads_as for survey in surveys.values() for q in survey.questions if q.reads_as}
    assert set(read.values()) <= set(READINGS)
    expected = {"pref_name": "person_name", "age": "age", "com_cl": "place", "avail": "hours_per_week",
                "care_h": "hours_per_day", "income_cl": "money", "safe_num": "phone"}  # fmt: skip
    assert expected.items() <= read.items()
    restricted = {q.name for q in surveys["d_barriers"].questions if q.sensitivity == "restricted"}
    assert {"safe_now", "safe_offer", "safe_way", "safe_num", "safe_time", "safe_if"} <= restricted


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_in_both_languages(surveys: dict[str, Survey], name: str) -> None:
    survey = surveys[name]
    assert survey.languages == ("es", "en")
    for question in survey.questions:
        if question.asked or question.type == "note":
            assert question.labels.keys() == {"es", "en"}
        if question.constraint:
            assert question.constraint_messages.keys() == {"es", "en"}


def test_the_comunas_of_chile_are_complete(surveys: dict[str, Survey]) -> None:
    rows = surveys["b_profile"].lists["cl_comunas"]
    assert len(rows) == len({row.name for row in rows}) == 346
    assert len({row.column("region") for row in rows}) == 16
    assert all(row.name.startswith(row.column("region")) for row in rows)
