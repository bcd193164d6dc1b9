"""The definitions file: complete, of one mind with the questionnaires, and plain about its own mistakes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.indicators import COLUMNS, Definitions, load_definitions
from bot.indicators.definition import Condition, Only, Reading
from bot.programme import ProgrammeError
from bot.surveys.compile import examine
from bot.surveys.model import Survey

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "programmes" / "indicators"
GUIDE = ROOT / "docs" / "indicators.md"
PROFILE = {"status", "course", "pathway", "level", "centre", "region", "municipality"}
STATES = {"due", "answered", "finished", "silent"}


@pytest.fixture(scope="module")
def surveys() -> list[Survey]:
    names = ("e_survey", "b_profile", "c_pathway", "d_barriers")
    found = [examine(ROOT / "dialogues" / "surveys" / f"{name}.md").survey for name in names]
    return [survey for survey in found if survey is not None]


@pytest.fixture
def spoil(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A copy of the definitions with one text replaced."""

    def replace(name: str, old: str, new: str) -> Path:
        folder = Path(shutil.copytree(FOLDER, tmp_path / "indicators"))
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return replace


def named(reading: Reading) -> Iterator[tuple[str, frozenset[str]]]:
    """Every name in the reading's conditions with the values it is compared with."""
    conditions: list[Condition | None] = [
        reading.numerator,
        reading.denominator,
        reading.helped,
        reading.before,
        reading.after,
    ]
    for clause in (clause for condition in conditions if condition for clause in condition):
        for name, test in clause.items():
            values = test.only if isinstance(test, Only) else () if test == "answered" else test
            yield name, frozenset(values)
    if reading.scale is not None:
        yield reading.scale.question, frozenset(reading.scale.of)
    for name, values in (reading.each or {}).items():
        yield name, frozenset(values)
    if reading.distinct is not None:
        yield reading.distinct, frozenset()


def test_it_defines_every_published_indicator(shipped: Definitions) -> None:
    wanted = [f"MX-{n:02}" for n in range(1, 20)] + [f"CL-{n:02}" for n in range(1, 15)]
    wanted += [f"X-{n:02}" for n in range(1, 5)]
    assert sorted(shipped.by_id) == sorted(wanted)
    elsewhere = {identity for identity, indicator in shipped.by_id.items() if indicator.elsewhere}
    assert elsewhere == {"MX-16", "MX-17", "MX-19", "CL-14"}


def test_it_names_only_questions_and_choices_of_the_questionnaires(
    shipped: Definitions, surveys: list[Survey]
) -> None:
    choices: dict[str, set[str]] = {}
    for survey in surveys:
        for question in survey.questions:
            listed = survey.lists.get(question.list_name or "", ())
            choices.setdefault(question.name, set()).update(choice.name for choice in listed)
    checked = 0
    for _, indicator in shipped.indicators:
        for reading in indicator.readings:
            for name, values in named(reading):
                place, _, rest = name.rpartition(".")
                if place == "participant":
                    assert rest in PROFILE, name
                elif name == "wave":
                    assert values <= STATES, values
                elif place != "record":
                    assert values <= choices[rest], f"{indicator.id}: {name}: {values - choices[rest]}"
                    checked += 1
    assert checked > 80


def test_it_counts_enrolment_answers_that_enrolment_asks(shipped: Definitions, surveys: list[Survey]) -> None:
    asked = {survey.name: set(survey.by_name) for survey in surveys}
    enrolment = shipped.settings.enrolment
    for name, questions in [*enrolment.baseline.items(), *enrolment.other.items()]:
        assert set(questions) <= asked[name]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("mexico.yml", "numerator: {biz_has", "numerater: {biz_has", r"mexico.yml: line \d+: .*numerater"),
        ("mexico.yml", "id: MX-02", "id: MX-01", r"'MX-01' is already in"),
        ("mexico.yml", "id: MX-02", "id: two", r"mexico.yml: line \d+: 'indicators.2.id'"),
        ("mexico.yml", '        before: {seek: ["no"]}\n', "", r"transition without its ends"),
        ("mexico.yml", "designs: {each_wave: [baseline]}", "designs: {}", r"has no design"),
        ("chile.yml", "        out_of: 346\n", "", r"without 'out_of'"),
        ("chile.yml", "country: CL", "country: Chile", r"chile.yml: line 3"),
        (
            "common.yml",
            "under: 5,",
            "under: one,",
            r"common.yml: line \d+: 'settings.suppression.staff.under'",
        ),
    ],
)
def test_it_says_where_a_definition_is_wrong(
    spoil: Callable[[str, str, str], Path], name: str, old: str, new: str, says: str
) -> None:
    with pytest.raises(ProgrammeError, match=says):
        load_definitions(spoil(name, old, new))


def test_it_takes_a_third_country_without_code(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "indicators"))
    text = (folder / "chile.yml").read_text(encoding="utf-8")
    (folder / "peru.yml").write_text(text.replace("country: CL", "country: PE").replace("id: CL-", "id: PE-"))
    assert load_definitions(folder).countries == ("CL", "MX", "PE")


def test_the_guide_explains_every_name(shipped: Definitions) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    settings = shipped.settings
    names = {*COLUMNS, *shipped.by_id, *(group.name for group in settings.groups)}
    names |= {name for name in Reading.model_fields if name not in ("key", "says", "designs")}
    names |= set(Reading.model_fields["designs"].annotation.model_fields)  # type: ignore[union-attr]
    unexplained = {name for name in names if not re.search(rf"\b{re.escape(name)}\b", guide)}
    assert not unexplained
