"""Checking: a form's author learns what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from survey_walks import Write

from bot.surveys.compile import compile_xlsform, examine
from bot.surveys.problem import Problem, SurveyError

HEAD = """| survey |
| | type | name | label | relevant | constraint | calculation | sensitivity | tier | reads_as |
"""
EMPTY_LISTS = "\n| choices |\n| | list_name | name | label |"
LISTS = EMPTY_LISTS + "\n| | yn | yes | Sí |\n| | yn | no | No |"
COUNT = EMPTY_LISTS + "\n| | c | a | 0 |\n| | c | b | 1 |"
BIG = EMPTY_LISTS + "".join(f"\n| | big | o{n} | Opción {n:02d}a |" for n in range(41))


def found(write: Write, rows: str, lists: str = LISTS) -> tuple[list[str], list[str]]:
    """Errors and warnings of a form whose first question is on row 2."""
    table = HEAD + "| | integer | n | ¿Cuántas? |\n" + "\n".join(f"| | {row} |" for row in rows.splitlines())
    examination = examine(write(table + lists, "feria.md"))
    return [str(p) for p in examination.errors], [str(p) for p in examination.warnings]


@pytest.mark.parametrize(
    ("rows", "row", "words"),
    [
        ("begin_repeat | kids | Hijos\ntext | kid | Nombre\nend_repeat", 3, "repeat"),
        ("rank yn | r | Ordena", 3, "ranking"),
        ("range | r | Del 1 al 10", 3, "range"),
        ("video | v | Video", 3, "video"),
        ("file | f | Archivo", 3, "file"),
        ("barcode | b | Código", 3, "barcode"),
        ("geotrace | g | Camino", 3, "geopoint"),
        ("dateTime | d | Cuándo", 3, "two questions"),
        ("background-audio | b", 3, "recording"),
        ("xml-external | x", 3, "XML"),
        ("calculate | c | | | | pulldata('a', 'b', 'c', 'd')", 3, "pulldata()"),
        ("text | t | Texto | mystery(${n}) > 1", 3, "mystery()"),
        ("text | t | Texto | | . > = 2", 3, "cannot be read"),
        ("text | t | Texto | /data/nowhere = 1", 3, "'nowhere' is no question"),
        ("text | t | Texto | count(instance('void')/root/item) > 1", 3, "no list 'void'"),
        ("begin_group | g | | random() > 1\ntext | t | Texto\nend_group", 3, "random()"),
        ("text | t | Texto | | | | secret", 3, "'secret' is not known"),
        ("text | t | Texto | | | | | maybe", 3, "must, should, may"),
        ("text | t | Texto | | | | | | shoe_size", 3, "'shoe_size' is not known"),
        ("text | t |", 3, "no label or hint"),
        ("text | t | Texto | ${u} = 'x'\ntext | u | Texto | ${t} = 'x'", 3, "depends on itself"),
        ("begin_group | g | | \ntext | t | Uno\nend_group\ntext | t | Dos", 6, "already the name of row 4"),
        # pyxform's own findings keep their row
        ("select_one nothing | s | Elige", 3, "nothing"),
        ("text | 2nd name | Texto", 3, "Names must begin"),
        ("text | t | Texto | ${ghost} = 1", 3, "ghost"),
        ("begin_group | g | Grupo\ntext | t | Texto", 3, "begin"),
    ],
)
def test_it_refuses_by_row_and_says_how_to_mend(write: Write, rows: str, row: int, words: str) -> None:
    errors, _ = found(write, rows)
    assert len(errors) >= 1
    assert errors[0].startswith(f"feria.md: row {row}: ")
    assert words in errors[0]
    assert ". Mend: " in errors[0]
    assert "\n" not in errors[0]


LONG = "Una opción que de veras no cabe en un botón"


@pytest.mark.parametrize(
    ("rows", "lists", "words"),
    [
        ("text | t | " + "palabra " * 40, LISTS, "characters"),
        ("select_one yn | s | Elige", LISTS + f"\n| | yn | long | {LONG} |", "answered by its number"),
        ("select_one yn | s | Elige", LISTS + "\n| | yn | si | ¡SI! |", "read the same"),
        ("select_one c | s | ¿Cuántas?", COUNT, "could mean two options"),
        ("select_one big | s | Elige", BIG, "not printed"),
        ("select_one_from_file gone.csv | s | Elige", LISTS, "gone.csv is not there"),
        ("integer | c | Doble | | | ${n} * 2", LISTS, "worked out"),
    ],
)  # fmt: skip
def test_it_warns_where_the_chat_will_look_different(write: Write, rows: str, lists: str, words: str) -> None:
    errors, warnings = found(write, rows, lists)
    assert errors == []
    assert any(words in line and line.startswith("feria.md: row 3: ") for line in warnings)


def test_it_has_nothing_to_say_about_a_sound_form(write: Write) -> None:
    assert found(write, "select_one yn | s | ¿Vienes? | ${n} > 1") == ([], [])


def test_it_passes_over_a_note_that_is_only_a_picture(write: Write) -> None:
    table = HEAD.replace("relevant", "media::image") + "| | text | a | A |\n| | note | map | | map.png |"
    examination = examine(write(table))
    assert examination.survey is not None
    assert examination.survey.by_name["map"].type == "hidden"
    assert [(p.row, p.column) for p in examination.warnings] == [(3, "media"), (3, "label")]


def test_it_asks_the_rows_of_a_grid_one_by_one(write: Write) -> None:
    errors, _ = found(
        write, "begin_group | g\nselect_one yn | a | ¿Lees?\nselect_one yn | b | ¿Escribes?\nend_group"
    )
    grid = HEAD.replace("relevant", "appearance") + (
        "| | begin_group | g | Mesa | table-list |\n| | select_one yn | a | ¿Lees? |\n"
        "| | select_one yn | b | ¿Escribes? |\n| | end_group |"
    )
    survey = compile_xlsform(write(grid + LISTS))
    assert errors == []
    assert [q.name for q in survey.questions if q.asked] == ["a", "b"]


def test_it_names_a_missing_translation(write: Write) -> None:
    table = """
        | survey |
        | | type | name | label::Español (es) | label::English (en) |
        | | text | a | Uno | One |
        | | text | b | Dos | |
    """
    assert [(p.row, "en" in p.message) for p in examine(write(table)).warnings] == [(3, True)]


def test_it_reports_every_error_at_once_in_sheet_order(write: Write) -> None:
    errors, _ = found(write, "video | v | Video\ntext | t | Texto | | | | secret\nrank yn | r | Ordena")
    assert [line.split(":")[1].strip() for line in errors] == ["row 3", "row 4", "row 5"]


def test_it_stops_compiling_with_the_errors_alone(write: Write) -> None:
    path = write(HEAD + "| | video | v | " + "palabra " * 40 + "|")
    with pytest.raises(SurveyError) as refused:
        compile_xlsform(path)
    assert [p.row for p in refused.value.problems] == [2]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.xlsx", b"not a workbook"),
        ("broken.md", b"no table here"),
        ("broken.md", b"\xff\xfe|"),
        ("form.pdf", b"%PDF"),
    ],
)
def test_it_names_a_file_that_is_no_form(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    examination = examine(path)
    assert examination.survey is None
    assert [p.file for p in examination.errors] == [name]


def test_it_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "no such file" in str(examine(tmp_path / "none.md").errors[0])


def test_a_problem_is_one_line() -> None:
    problem = Problem(4, "relevant", "it cannot be read.", "mend it.", file="f.md")
    assert str(problem) == "f.md: row 4: relevant: it cannot be read. Mend: mend it."
    assert str(Problem(None, "", "gone", "find it")) == "gone. Mend: find it."
