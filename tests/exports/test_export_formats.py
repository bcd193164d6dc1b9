"""The same cells in every format, opened by the tools that staff use."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from export_rows import START, Rows, header, read_csv, read_jsonl, survey

from bot.exports.columns import Column, Kind
from bot.exports.writers import workbook, writers

INSTANT = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)

COLUMNS = (
    Column("who", label="Quién"),
    Column("works", label="¿Trabajas?", values={"yes": "Sí", "no": "No"}),
    Column("device/own", Kind.WHOLE, "¿Qué usas? :: Celular", {"0": "No", "1": "Sí"}),
    Column("children", Kind.WHOLE, "¿Cuántos hijos tienes?"),
    Column("income", Kind.NUMBER, "¿Cuánto ganaste?"),
    Column("at", Kind.INSTANT, "Cuándo"),
    Column("born", Kind.DATE, "Nació"),
    Column("month", Kind.MONTH, "Mes"),
)
ROWS: Sequence[Sequence[Any]] = (
    ("Ñusta “Peña”", "yes", 1, 3, 1250.5, INSTANT, date(1991, 2, 28), "2026-11"),
    ("=1+1", "no", 0, 0, -2.0, INSTANT, date(2000, 1, 1), "2026-10"),
    ("dos\nlíneas, con coma", None, None, None, None, None, None, None),
)

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(fmt: str, rows: Sequence[Sequence[Any]] = ROWS, columns: Sequence[Column] = COLUMNS) -> Path:
        path = tmp_path / f"t.{fmt}"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writers()[fmt](path, "t", columns, iter(rows))
        return path

    return write


def test_it_writes_csv_that_csv_and_pandas_read_alike(written: Written) -> None:
    path = written("csv")
    first, second, third = read_csv(path)
    assert list(first.values()) == [
        "Ñusta “Peña”",
        "yes",
        "1",
        "3",
        "1250.5",
        "2026-11-22T15:04:05Z",
        "1991-02-28",
        "2026-11",
    ]
    assert (second["who"], second["income"]) == ("'=1+1", "-2.0")
    assert third["who"] == "dos\nlíneas, con coma"
    assert not any(list(third.values())[1:])
    frame = pd.read_csv(path, parse_dates=["at"])
    assert list(frame.columns) == [column.name for column in COLUMNS]
    assert frame["at"][0] == INSTANT
    assert frame["income"][:2].tolist() == [1250.5, -2.0]


def test_it_writes_csv_without_a_byte_order_mark(written: Written) -> None:
    assert written("csv").read_bytes().startswith(b"who,works,device/own,")


def test_it_writes_jsonl_with_every_column_in_every_row(written: Written) -> None:
    found = read_jsonl(written("jsonl"))
    assert found[0] == {
        "who": "Ñusta “Peña”",
        "works": "yes",
        "device/own": 1,
        "children": 3,
        "income": 1250.5,
        "at": "2026-11-22T15:04:05Z",
        "born": "1991-02-28",
        "month": "2026-11",
    }
    assert found[1]["who"] == "=1+1"  # no spreadsheet reads this format
    assert list(found[2].values())[1:] == [None] * 7


def test_it_writes_xlsx_cells_by_type(written: Written) -> None:
    sheet = openpyxl.load_workbook(written("xlsx")).active
    assert [cell.value for cell in sheet[1]] == [column.name for column in COLUMNS]
    assert [cell.value for cell in sheet[2]] == [
        "Ñusta “Peña”",
        "yes",
        1,
        3,
        1250.5,
        datetime(2026, 11, 22, 15, 4, 5),  # a workbook knows no zones: UTC
        datetime(1991, 2, 28),
        "2026-11",
    ]
    assert next((cell.value, cell.data_type) for cell in sheet[3]) == ("=1+1", "s")
    assert "f" not in {cell.data_type for row in sheet for cell in row}
    assert [cell.value for cell in sheet[4]][1:] == [None] * 7


def test_it_writes_xlsx_text_that_xml_cannot_hold(written: Written) -> None:
    path = written("xlsx", [["a\x00\x0bb\ufffe"], ["x" * 40_000], [10**20]], [Column("who")])
    values = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True)]
    assert values == ["ab", "x" * 32_767, str(10**20)]


def test_it_goes_on_in_a_second_sheet(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 4)
    book = openpyxl.load_workbook(written("xlsx", [[str(n)] for n in range(6)], [Column("n")]))
    assert [sheet.title for sheet in book] == ["t", "t (2)"]
    assert [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book] == [
        ["n", "0", "1", "2"],
        ["n", "3", "4", "5"],
    ]


def test_it_writes_parquet_with_types_and_labels(written: Written) -> None:
    table = pq.read_table(written("parquet"))
    assert [str(table.schema.field(c.name).type) for c in COLUMNS] == [
        "string",
        "string",
        "int64",
        "int64",
        "double",
        "timestamp[us, tz=UTC]",
        "date32[day]",
        "string",
    ]
    assert [list(row.values()) for row in table.to_pylist()] == [list(row) for row in ROWS]
    assert table.schema.field("income").metadata[b"label"].decode() == "¿Cuánto ganaste?"


def test_it_writes_parquet_a_row_group_at_a_time(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.exports.writers import parquet

    monkeypatch.setattr(parquet, "GROUP", 2)
    file = pq.ParquetFile(written("parquet"))
    assert (file.num_row_groups, file.metadata.num_rows) == (2, 3)


def test_it_writes_spss_with_labels(written: Written) -> None:
    frame, meta = pyreadstat.read_sav(written("sav"))
    assert list(frame.columns) == [
        "who",
        "works",
        "device_own",
        "children",
        "income",
        "at",
        "born",
        "month",
    ]
    assert meta.column_names_to_labels["works"] == "¿Trabajas?"
    assert meta.variable_value_labels == {
        "works": {"yes": "Sí", "no": "No"},
        "device_own": {0.0: "No", 1.0: "Sí"},
    }
    assert frame["who"].tolist() == [row[0] for row in ROWS]
    assert frame["works"].tolist() == ["yes", "no", ""]
    assert frame["device_own"].fillna(-1).tolist() == [1, 0, -1]
    assert frame["income"].fillna(-1).tolist() == [1250.5, -2, -1]
    assert pd.to_datetime(frame["at"])[0] == INSTANT.replace(tzinfo=None)
    assert pd.to_datetime(frame["born"])[1] == datetime(2000, 1, 1)


def test_it_writes_stata_with_labels(written: Written) -> None:
    frame, meta = pyreadstat.read_dta(written("dta"))
    assert meta.column_names_to_labels["children"] == "¿Cuántos hijos tienes?"
    assert meta.variable_value_labels == {
        "works": {1: "Sí", 2: "No"},
        "device_own": {0: "No", 1: "Sí"},
    }
    assert frame["works"].fillna(-1).tolist() == [1, 2, -1]
    assert frame["who"].tolist() == [row[0] for row in ROWS]
    assert pd.to_datetime(frame["at"])[0] == INSTANT.replace(tzinfo=None)
    labelled = pd.read_stata(written("dta"))
    assert labelled["works"].tolist()[:2] == ["Sí", "No"]


@pytest.mark.parametrize("fmt", ["sav", "dta"])
def test_it_keeps_labels_and_names_within_the_formats_limits(written: Written, fmt: str) -> None:
    columns = [
        Column("q" * 40, label="¿" + "ñ" * 300, values={"a": "é" * 200, "b" * 40: "B"}),
        Column("Q" * 40, label="otra"),
        Column("float"),
        Column("1/2"),
    ]
    path = written(fmt, [["a", "x" * 3_000, "ñ", ""], ["b" * 40, "", "", ""]], columns)
    frame, meta = (pyreadstat.read_sav if fmt == "sav" else pyreadstat.read_dta)(path)
    assert list(frame.columns) == ["q" * 32, "Q" * 30 + "_2", "float_", "v1_2"]
    assert frame["Q" * 30 + "_2"][0] == "x" * 3_000
    assert str(meta.column_names_to_labels["q" * 32]).startswith("¿ñññ")
    assert list(meta.variable_value_labels["q" * 32].values())[1] == "B"


@pytest.mark.parametrize("fmt", list(writers()))
def test_it_writes_an_empty_table(written: Written, fmt: str) -> None:
    path = written(fmt, [])
    names = [column.name for column in COLUMNS]
    read: dict[str, Callable[[], list[Any]]] = {
        "csv": lambda: header(path),
        "jsonl": lambda: [*names, *read_jsonl(path)],
        "xlsx": lambda: [cell.value for cell in openpyxl.load_workbook(path).active[1]],
        "parquet": lambda: pq.read_schema(path).names,
        "sav": lambda: [n.replace("_", "/", n == "device_own") for n in pyreadstat.read_sav(path)[0].columns],
        "dta": lambda: [n.replace("_", "/", n == "device_own") for n in pyreadstat.read_dta(path)[0].columns],
    }
    assert read[fmt]() == names


@pytest.mark.parametrize("fmt", ["parquet", "sav", "dta"])
def test_it_leaves_out_what_does_not_fit_a_columns_type(written: Written, fmt: str) -> None:
    columns = [Column("n", Kind.WHOLE), Column("x", Kind.NUMBER), Column("d", Kind.DATE)]
    path = written(fmt, [["doce", "mil", "ayer"], [10**30, 2, date(2026, 1, 2)]], columns)
    frame = {
        "parquet": lambda: pd.read_parquet(path),
        "sav": lambda: pyreadstat.read_sav(path)[0],
        "dta": lambda: pyreadstat.read_dta(path)[0],
    }[fmt]()
    assert frame["n"].isna().tolist() == [True, True]
    assert frame["x"].isna().tolist() == [True, False]
    assert frame["d"].isna().tolist() == [True, False]


@pytest.mark.parametrize("fmt", list(writers()))
def test_it_exports_stored_rows_in_every_format(rows: Rows, tmp_path: Path, fmt: str) -> None:
    rows.version(survey())
    person = rows.woman(name="Itzel", municipality="Puebla", consented_at=START)
    rows.run(person, nickname="Itzel", works="yes", uses="phone", children="2", born_on="1991-02-28")
    rows.inbound(person, "hola")
    for identified in (True, False):
        out = tmp_path / str(identified)
        made = rows.export(
            out, "participants", "answers", "survey_profile", "messages", fmt=fmt, identified=identified
        )
        assert [path.name for path in made] == [
            f"participants.{fmt}",
            f"answers.{fmt}",
            f"survey_profile.{fmt}",
            f"messages.{fmt}",
            "codebook.csv",
            "codebook.json",
        ]
        assert all(path.stat().st_size for path in made)
    sav_or_dta = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}.get(fmt)
    if sav_or_dta:
        frame, meta = sav_or_dta(tmp_path / "True" / f"survey_profile.{fmt}")
        assert frame["uses_phone"][0] == 1
        assert meta.column_names_to_labels["uses_phone"] == "¿Qué usas? :: Celular"
        assert list(meta.variable_value_labels["works"].values()) == ["Sí", "No"]
