"""Reading a data file so that whoever edits it is told the line, what is wrong and how to mend it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

Loc = Sequence[int | str]

# libyaml where the wheel has it: ten times faster, and the files are read at every start
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One mistake in a data file, in the words shown to the person who edits it."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}: {self.what}. Mend: {self.mend}"


class ProgrammeError(Exception):
    """A data file that stops the start. The message is one line; ``problems`` holds all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        super().__init__(f"{self.problems[0]}" + (f" (and {more} more)" if more else ""))


def wrong(what: str, mend: str) -> PydanticCustomError:
    """An error for a pydantic validator that carries its own mend."""
    return PydanticCustomError("data_file", "{what}", {"what": what, "mend": mend})


@dataclass(frozen=True)
class Document:
    """A YAML file's data, all scalars as text, with the line of every value."""

    file: str
    data: Any
    node: yaml.Node = field(repr=False)

    def line_of(self, loc: Loc) -> int:
        """Line of the value at ``loc``, or of the deepest part of the path that exists (1-based)."""
        line, node = self.node.start_mark.line, self.node
        for step in loc:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return line + 1

    def problem(self, loc: Loc, what: str, mend: str) -> Problem:
        """A problem at ``loc`` of this file."""
        return Problem(self.file, self.line_of(loc), what, mend)


def read_document(path: Path) -> Document:
    """The file's data with lines. Raises ``ProgrammeError`` for YAML that does not parse.

    Scalars stay text: YAML 1.1 would read the hour ``20:00`` as 1200, the country ``NO`` as
    false and the state ``01`` as a number. The model gives each value its type.
    """
    file = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ProgrammeError([Problem(file, line, "is not UTF-8", "save the file as UTF-8")]) from error
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"is not YAML ({error.problem or error.context})"
        raise ProgrammeError([Problem(file, line, what, "check indents, colons and quotes there")]) from error
    except yaml.YAMLError as error:
        raise ProgrammeError([Problem(file, 1, f"is not YAML ({error})", "remove that character")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise ProgrammeError([Problem(file, 1, "holds no names with values", "start it with country: XX")])
    if twice := list(_twice(file, node)):
        raise ProgrammeError(twice)
    return Document(file, _plain(node), node)


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def _twice(file: str, node: yaml.Node) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                # YAML would silently keep the last one
                what = f"'{key.value}' is there twice"
                yield Problem(file, key.start_mark.line + 1, what, "keep one of them")
            seen.add(key.value)
            yield from _twice(file, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(file, value)


def validate(document: Document, model: type[Model]) -> Model:
    """The document as ``model``. Raises ``ProgrammeError`` with one problem for each mistake."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ProgrammeError([_problem(document, details) for details in error.errors()]) from error


def _problem(document: Document, details: ErrorDetails) -> Problem:
    loc = details["loc"]
    name = ".".join(str(step + 1) if isinstance(step, int) else step for step in loc) or "the file"
    kind, given = details["type"], details.get("input")
    if kind == "data_file":
        context = details["ctx"]
        return document.problem(loc, f"'{name}' {context['what']}", context["mend"])
    if kind == "missing":
        return document.problem(loc, f"'{name}' is missing", f"add '{loc[-1]}:' under that line")
    if kind == "extra_forbidden":
        return document.problem(
            loc,
            f"'{name}' is not a known name",
            "correct its spelling, remove it, or put a text with commas in quotes",
        )
    said = details["msg"].partition(", unable")[0]
    said = said[:1].lower() + said[1:]
    shown = f", not '{given}'" if isinstance(given, str) else ""
    return document.problem(loc, f"'{name}': {said}{shown}", "write a value of that kind")


def read_table(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file as (line, row). Raises ``ProgrammeError`` when the file or a column is missing."""
    file = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        raise ProgrammeError([Problem(file, 1, "is not there", "add the file or correct its name")])
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            mend = f"the first line must name {', '.join(columns)}"
            raise ProgrammeError([Problem(file, 1, f"has no column {', '.join(missing)}", mend)])
        return [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
