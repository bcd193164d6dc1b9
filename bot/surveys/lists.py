"""The choice lists of a form: from its choices sheet, and from CSV files that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.surveys.catalogue import CatalogueError, find_catalogue, read_catalogue
from bot.surveys.model import Choice
from bot.surveys.problem import Problem, warning
from bot.surveys.sheets import Workbook
from bot.surveys.wording import Wording
from bot.surveys.words import words

_OTHER = re.compile(r"\s+or[ _](specify[ _])?other\s*$", re.IGNORECASE)
_NO_COLUMN = frozenset({"name", "label", "media", "list_name", "__row"})


class Lists:
    """The form's lists by name. A file's list has the file's name without its ending."""

    def __init__(self, book: Workbook, folder: Path, catalogues: Path | None, texts: Wording) -> None:
        self.folders = (folder, catalogues)
        self.texts = texts
        self.rows_with_other = {row for row, cells in book.rows.items() if _OTHER.search(_type_cell(cells))}
        """sheet rows whose type ends in ``or_other``"""
        self._with_other = {
            _OTHER.sub("", _type_cell(book.rows[row])).split()[-1] for row in self.rows_with_other
        }
        self._lists = {
            str(name): tuple(self._choice(str(name), row) for row in rows)
            for name, rows in (book.form.get("choices") or {}).items()
        }

    def of(self, child: Mapping[str, Any], row: int, problems: list[Problem]) -> tuple[str, bool]:
        """The name of a question's list, and whether the list is open because its file was not found."""
        source = str(child.get("itemset") or "")
        if not source or str(child.get("list_name") or "") == source:
            return source, False
        file = Path(source)
        if file.suffix != ".csv":
            message = f"the list '{source}' is not on the choices sheet and is no CSV file"
            problems.append(
                Problem(row, "type", message, "put the list on the choices sheet or in a CSV file")
            )
            return "", True
        found = find_catalogue(source, *self.folders)
        if found is None:
            self._lists.setdefault(file.stem, ())
            message = f"{source} is not there, so any text is taken as an answer"
            problems.append(
                warning(row, "type", message, f"put {source} beside the form or in the catalogues")
            )
            return file.stem, True
        if not self._lists.get(file.stem):
            try:
                self._lists[file.stem] = read_catalogue(
                    found, child.get("parameters") or {}, self.texts.plain
                )
            except CatalogueError as error:
                problems.append(Problem(row, "type", str(error), "correct the file"))
                self._lists[file.stem] = ()
        return file.stem, False

    def finished(self, languages: tuple[str, ...]) -> dict[str, tuple[Choice, ...]]:
        """All lists; the option that ``or_other`` adds speaks the form's languages, not pyxform's English."""
        other = words("other", languages)
        return {
            name: tuple(replace(c, labels=other) if self._generated(name, c) else c for c in choices)
            for name, choices in self._lists.items()
        }

    def _generated(self, list_name: str, choice: Choice) -> bool:
        return list_name in self._with_other and choice.name == "other" and not choice.labels

    def _choice(self, list_name: str, row: Mapping[str, Any]) -> Choice:
        columns = {
            str(key): str(value)
            for key, value in row.items()
            if key not in _NO_COLUMN and not isinstance(value, Mapping)
        }
        label = row.get("label")
        said = set(label.values()) if isinstance(label, Mapping) else {label}
        if list_name in self._with_other and row["name"] == "other" and said == {"Other"} and not columns:
            return Choice("other")  # pyxform's own; an author who wrote the option keeps its wording
        return Choice(str(row["name"]), self.texts.labels(label), columns)


def _type_cell(cells: Mapping[str, str]) -> str:
    named = {head.strip().lower(): cell for head, cell in cells.items()}
    return str(named.get("type") or named.get("command") or "")
