"""Compiling: every column and kind of sheet arrives in the model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from survey_walks import Build, Write

from bot.surveys.compile import compile_xlsform, examine
from bot.surveys.languages import language_code
from bot.surveys.model import Choice, Survey
from bot.surveys.problem import SurveyError

# fmt: off
MARKET_COLUMNS = (
    "type", "name", "label::Español (es)", "label::English (en)", "hint::Español (es)",
    "guidance_hint::Español (es)", "required", "required_message::Español (es)", "relevant", "constraint",
    "constraint_message::English (en)", "calculation", "default", "choice_filter", "appearance",
    "Sensitivity", "tier", "READS_AS", "indicators",
)
MARKET_ROWS: tuple[dict[str, str], ...] = (
    {"type": "hidden", "name": "country"},
    {"type": "select_one yn", "name": "sells", "label::Español (es)": "¿Vendes algo?",
     "label::English (en)": "Do you sell?", "hint::Español (es)": "Lo que sea",
     "guidance_hint::Español (es)": "Para ti", "required": "yes",
     "required_message::Español (es)": "Falta esto",
     "default": "no", "appearance": "minimal", "tier": "must", "indicators": "I-1, I-2"},
    {"type": "begin_group", "name": "stall", "relevant": "${sells} = 'yes'"},
    {"type": "begin_group", "name": "money", "relevant": "${country} = 'MX'", "Sensitivity": "sensitive"},
    {"type": "decimal", "name": "earned", "label::Español (es)": "¿Cuánto ganas?",
     "label::English (en)": "How much?", "required": "${sells} = 'yes'", "relevant": "${country} != ''",
     "constraint": ". >= 0", "constraint_message::English (en)": "Not below zero", "READS_AS": "money"},
    {"type": "select_multiple goods", "name": "goods", "label::Español (es)": "¿Qué vendes?",
     "label::English (en)": "What?", "choice_filter": "kind = ${sells}", "Sensitivity": "restricted"},
    {"type": "end_group"},
    {"type": "end_group"},
    {"type": "calculate", "name": "double", "calculation": "${earned} * 2"},
    {"type": "date", "name": "since", "label::Español (es)": "¿Desde cuándo?",
     "label::English (en)": "Since?", "default": "today()"},
)
# fmt: on
MARKET = "\n".join(
    [
        "| settings |",
        "| | form_title | form_id | version | default_language |",
        "| | Mercado | market | 7 | Español (es) |",
        "| survey |",
        f"| | {' | '.join(MARKET_COLUMNS)} |",
        *(f"| | {' | '.join(row.get(column, '') for column in MARKET_COLUMNS)} |" for row in MARKET_ROWS),
        "| choices |",
        "| | list_name | name | label::Español (es) | label::English (en) | kind | menu_no |",
        "| | yn | yes | Sí | Yes | | |",
        "| | yn | no | No | No | | |",
        "| | goods | tamal | Tamales | Tamales | yes | 5 |",
        "| | goods | ropa | Ropa | Clothes | yes | 6 |",
    ]
)


def test_it_keeps_what_each_column_says(build: Build) -> None:
    survey = build(MARKET, "mercado.md")
    assert (survey.name, survey.title, survey.version) == ("mercado", "Mercado", "7")
    assert (survey.languages, survey.default_language) == (("es", "en"), "es")
    sells = survey.by_name["sells"]
    assert (sells.type, sells.list_name, sells.row, sells.required) == ("select_one", "yn", 3, True)
    assert sells.labels == {"es": "¿Vendes algo?", "en": "Do you sell?"}
    assert sells.hints == {"es": "Lo que sea"}
    assert sells.guidance == {"es": "Para ti"}
    assert sells.required_messages == {"es": "Falta esto"}
    assert (sells.default, sells.default_is_expression, sells.appearance) == ("no", False, "minimal")
    assert (sells.tier, sells.indicators, sells.sensitivity) == ("must", ("I-1", "I-2"), "ordinary")


def test_it_gives_a_question_the_relevance_and_sensitivity_of_its_groups(build: Build) -> None:
    survey = build(MARKET)
    earned, goods = survey.by_name["earned"], survey.by_name["goods"]
    assert earned.group == ("stall", "money")
    assert earned.relevant == ("${sells} = 'yes'", "${country} = 'MX'", "${country} != ''")
    assert (earned.required, earned.constraint) == ("${sells} = 'yes'", ". >= 0")
    assert earned.constraint_messages == {"en": "Not below zero"}
    assert (earned.reads_as, earned.sensitivity) == ("money", "sensitive")
    assert (goods.sensitivity, goods.choice_filter) == ("restricted", "kind = ${sells}")
    assert survey.by_name["since"].relevant == ()


def test_it_keeps_the_further_columns_of_choices(build: Build) -> None:
    assert build(MARKET).lists["goods"] == (
        Choice("tamal", {"es": "Tamales", "en": "Tamales"}, {"kind": "yes", "menu_no": "5"}),
        Choice("ropa", {"es": "Ropa", "en": "Clothes"}, {"kind": "yes", "menu_no": "6"}),
    )


def test_it_tells_a_computed_default_from_a_plain_one(build: Build) -> None:
    since = build(MARKET).by_name["since"]
    assert (since.default, since.default_is_expression) == ("today()", True)


def test_it_comes_back_equal_from_json(build: Build) -> None:
    survey = build(MARKET)
    assert Survey.from_json(json.loads(json.dumps(survey.to_json()))) == survey


def test_it_reads_the_same_form_from_a_workbook(write: Write, tmp_path: Path) -> None:
    path = write(MARKET)
    book = openpyxl.Workbook()
    sheet = book.active
    for line in MARKET.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0]:
            sheet = book.create_sheet(cells[0])
        else:
            sheet.append([cell or None for cell in cells[1:]])
    workbook = tmp_path / "sheets" / "form.xlsx"
    workbook.parent.mkdir()
    book.save(workbook)
    assert compile_xlsform(workbook) == compile_xlsform(path)


def test_it_reads_a_form_in_csv(build: Build) -> None:
    survey = build(
        """
        "survey",,,
        ,"type","name","label"
        ,"integer","children","¿Cuántas hijas o hijos tienes?"
        """,
        "family.csv",
    )
    assert [(q.name, q.type) for q in survey.questions] == [("children", "integer")]


def test_it_takes_a_form_without_languages_for_spanish(build: Build) -> None:
    survey = build(
        """
        | survey |
        | | type | name | label | hint |
        | | text | dream | ¿Qué sueñas? | Con tus palabras |
        """
    )
    assert (survey.languages, survey.default_language) == (("es",), "es")
    assert survey.by_name["dream"].labels == {"es": "¿Qué sueñas?"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("Español (es)", "es"), ("English (en-GB)", "en"), ("EN", "en"), ("inglés", "en"), ("Mapudungun", "arn"),
     ("default", "es"), ("", "es"), ("Lengua Nueva", "lengua_nueva")],
)  # fmt: skip
def test_it_reads_language_names_as_authors_write_them(name: str, code: str) -> None:
    assert language_code(name) == code


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("text", "text"), ("string", "text"), ("integer", "integer"), ("int", "integer"), ("decimal", "decimal"),
     ("date", "date"), ("time", "time"), ("note", "note"), ("acknowledge", "acknowledge"),
     ("trigger", "acknowledge"), ("geopoint", "geopoint"), ("image", "image"), ("photo", "image"),
     ("audio", "audio"), ("select_one a", "select_one"),
     ("select one from a", "select_one"), ("select_multiple a", "select_multiple"),
     ("select all that apply from a", "select_multiple"), ("username", "hidden"), ("start", "hidden")],
)  # fmt: skip
def test_it_knows_a_type_under_all_its_names(build: Build, typed: str, expected: str) -> None:
    survey = build(
        f"""
        | survey |
        | | type | name | label |
        | | {typed} | q | Pregunta |
        | | text | last | Otra |
        | choices |
        | | list_name | name | label |
        | | a | x | Equis |
        """
    )
    assert survey.by_name["q"].type == expected


def test_it_works_out_today_and_never_asks_for_it(build: Build) -> None:
    survey = build("| survey |\n| | type | name | label |\n| | today | day |\n| | text | t | Texto |")
    assert (survey.by_name["day"].type, survey.by_name["day"].calculation) == ("calculate", "today()")


def test_it_says_a_groups_heading_once_as_a_note(build: Build) -> None:
    survey = build(
        """
        | survey |
        | | type | name | label | relevant |
        | | text | a | A | |
        | | begin_group | home | Sobre tu casa | ${a} = 'x' |
        | | text | b | B | |
        | | end_group | | | |
        """
    )
    assert [(q.name, q.type) for q in survey.questions] == [("a", "text"), ("home", "note"), ("b", "text")]
    assert survey.by_name["home"].relevant == ("${a} = 'x'",)


def test_it_asks_for_the_other_answer_in_her_language_and_as_privately(build: Build) -> None:
    survey = build(
        """
        | survey |
        | | type | name | label::Español (es) | label::English (en) | sensitivity |
        | | select_one work or_other | job | ¿En qué trabajas? | Your work? | sensitive |
        | choices |
        | | list_name | name | label::Español (es) | label::English (en) |
        | | work | farm | Campo | Farm |
        """
    )
    job, other = survey.questions
    assert job.or_other
    assert [choice.name for choice in survey.lists["work"]] == ["farm", "other"]
    assert survey.lists["work"][1].labels["es"] != survey.lists["work"][1].labels["en"]
    assert (other.name, other.type, other.sensitivity) == ("job_other", "text", "sensitive")
    assert other.labels.keys() == {"es", "en"}
    assert survey.languages == ("es", "en")


def test_it_shows_a_read_only_field_and_never_asks_it(build: Build) -> None:
    survey = build(
        """
        | survey |
        | | type | name | label | read_only | calculation |
        | | integer | a | A | | |
        | | integer | shown | El doble | yes | ${a} * 2 |
        | | integer | counted | El triple | | ${a} * 3 |
        """
    )
    assert [q.type for q in survey.questions] == ["integer", "note", "calculate"]


def test_it_writes_mark_up_as_a_chat_shows_it(build: Build) -> None:
    survey = build(
        """
        | survey |
        | | type | name | label |
        | | text | a | **Hola**<br>¿qué <span style="color:red">tal</span>? 2 < 3 |
        """
    )
    assert survey.by_name["a"].labels["es"] == "*Hola*\n¿qué tal? 2 < 3"


TOWNS = """
    | survey |
    | | type | name | label | choice_filter | parameters |
    | | text | state | ¿Estado? | | |
    | | select_one_from_file towns.csv | town | ¿Municipio? | state=${state} | |
"""


def test_it_finds_a_list_beside_the_form_then_among_the_catalogues(write: Write, tmp_path: Path) -> None:
    path = write(TOWNS)
    catalogues = tmp_path / "catalogues"
    catalogues.mkdir()
    (catalogues / "towns.csv").write_text("\ufeffname,label,state\n29013,Huamantla,29\n", encoding="utf-8")
    survey = compile_xlsform(path, catalogues=catalogues)
    assert survey.lists["towns"] == (Choice("29013", {"es": "Huamantla"}, {"state": "29"}),)
    (tmp_path / "towns.csv").write_text("name,label,state\n21114,Puebla,21\n", encoding="utf-8")
    assert compile_xlsform(path, catalogues=catalogues).lists["towns"][0].name == "21114"


def test_it_leaves_a_list_open_while_its_file_is_missing(write: Write) -> None:
    examination = examine(write(TOWNS))
    assert examination.survey is not None
    assert examination.survey.by_name["town"].open_list
    assert [(p.row, p.column) for p in examination.warnings] == [(3, "type")]


def test_it_reads_value_and_label_columns_that_the_form_names(write: Write, tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text("code,town,state\n21114,Puebla,21\n", encoding="utf-8")
    survey = compile_xlsform(write(TOWNS.replace("${state} | |", "${state} | value=code label=town |")))
    assert survey.lists["towns"] == (Choice("21114", {"es": "Puebla"}, {"state": "21"}),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code,label\n1,Uno\n", "no column 'name'"),
        (b"name,label\n,Uno\n", "row 2"),
        (b"name,label\n1,\xff\n", "UTF-8"),
    ],
)
def test_it_names_the_fault_of_a_list_file(write: Write, tmp_path: Path, content: bytes, said: str) -> None:
    path = write(TOWNS)
    (tmp_path / "towns.csv").write_bytes(content)
    with pytest.raises(SurveyError) as refused:
        compile_xlsform(path)
    assert said in str(refused.value)
    assert "row 3" in str(refused.value)


def test_it_never_looks_for_a_list_outside_the_folders(write: Write, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.csv").write_text("name,label\na,A\n", encoding="utf-8")
    survey = compile_xlsform(write(TOWNS.replace("towns.csv", "../secret.csv")))
    assert survey.lists == {"secret": ()}


def test_it_serves_without_pyxform() -> None:
    code = "import sys, bot.surveys.run, bot.surveys.render; sys.exit('pyxform' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
