"""From an XLSForm to a :class:`~bot.surveys.model.Survey`: publishing's half, which alone needs pyxform.

pyxform reads the workbook and checks it; here its nested form is flattened into questions in form order, each
with the relevance of its groups, and whatever a chat cannot ask is named by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pyxform import aliases  # type: ignore[import-untyped]
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # type: ignore[import-untyped]

from bot.surveys import check
from bot.surveys.languages import PLAIN
from bot.surveys.lists import Lists
from bot.surveys.model import SELECT_TYPES, Question, Survey
from bot.surveys.problem import Problem, Severity, SurveyError, warning
from bot.surveys.sheets import SHEET_ROW, Workbook, read_workbook
from bot.surveys.wording import Wording
from bot.surveys.words import words

_INHERITED = ("sensitivity", "tier")
"""Columns of ours that a group passes on to its questions where they leave the cell empty."""

_GRID_HEADING = "reserved_name_for_field_list_labels_"


@dataclass(frozen=True)
class Examination:
    """What a look at a form found: the survey where one could be built, and every problem in sheet order."""

    survey: Survey | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)


def compile_xlsform(path: Path, *, catalogues: Path | None = None) -> Survey:
    """The form in ``path`` (``.xlsx .xlsm .xls .md .csv``) as a survey named like the file.

    A list file is looked for beside the form, then in ``catalogues``; a question whose file is in neither
    stays, with ``open_list`` set. Raises :class:`SurveyError` with every error found.
    """
    examination = examine(path, catalogues=catalogues)
    if examination.survey is None or examination.errors:
        raise SurveyError(examination.errors)
    return examination.survey


def examine(path: Path, *, catalogues: Path | None = None) -> Examination:
    """The form's errors and warnings, for ``survey check``; never raises for what a form may contain."""
    try:
        book = read_workbook(path)
    except SurveyError as error:
        return Examination(None, error.problems)
    draft = _Draft(book, path, catalogues)
    survey = draft.survey()
    found = {p.within(path.name): None for p in (*book.warnings, *draft.problems, *check.problems(survey))}
    ordered = sorted(found, key=lambda p: (p.sheet != "survey", p.row is None, p.row or 0))
    return Examination(survey, tuple(ordered))


@dataclass(frozen=True)
class _Around:
    """What a row inherits from the groups around it."""

    names: tuple[str, ...] = ()
    relevant: tuple[str, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)


class _Draft:
    """One form on its way from pyxform's nested rows to questions."""

    def __init__(self, book: Workbook, path: Path, catalogues: Path | None) -> None:
        self.book = book
        self.path = path
        self.catalogues = catalogues
        self.problems: list[Problem] = []
        self.texts = Wording(str(book.form.get("default_language") or PLAIN))
        self.generated: set[str] = set()
        self.lists = Lists(book, path.parent, catalogues, self.texts)

    def survey(self) -> Survey:
        form = self.book.form
        questions = _unique(self._walk(form.get("children") or (), _Around()), self.problems)
        languages, default = self.texts.languages, self.texts.default
        return Survey(
            name=self.path.stem,
            title=str(form.get("title") or self.path.stem),
            version=str(form.get("version") or ""),
            languages=languages,
            default_language=default,
            questions=tuple(
                replace(q, labels=words("specify_other", languages)) if q.name in self.generated else q
                for q in questions
            ),
            lists=self.lists.finished(languages),
        )

    # -- rows ---------------------------------------------------------------------------------------------

    def _walk(self, children: Any, around: _Around) -> Iterator[Question]:
        before: Question | None = None
        for child in children:
            kind, name = str(child.get("type", "")), str(child.get("name", ""))
            if name == "meta" and SHEET_ROW not in child:
                continue
            row = int(child.get(SHEET_ROW) or (before.row if before else 0))
            if kind in check.REFUSED:
                self.problems.append(check.refusal(kind, {}, row, name))
            elif kind == "group":
                yield from self._group(child, row, around)
            elif not self._heading_of_grid(child, row):
                generated = SHEET_ROW not in child
                question = self._question(child, row, around, before if generated else None)
                if question is not None:
                    yield question
                    before = question if not generated else before

    def _group(self, child: Mapping[str, Any], row: int, around: _Around) -> Iterator[Question]:
        name, bind = str(child["name"]), child.get("bind") or {}
        relevant = str(bind.get("relevant") or "")
        if relevant:
            self.problems += check.expression_problems(relevant, row, "relevant")
        inner = _Around(
            (*around.names, name),
            (*around.relevant, relevant) if relevant else around.relevant,
            {**around.extras, **{k: v for k, v in _extras(child).items() if k in _INHERITED}},
        )
        labels = self.texts.labels(child.get("label"))
        if labels:  # a section's heading is said once, where the section begins
            yield Question(name, "note", labels, relevant=inner.relevant, row=row, group=inner.names)
        yield from self._walk(child.get("children") or (), inner)

    def _heading_of_grid(self, child: Mapping[str, Any], row: int) -> bool:
        """Whether the row only prints the column heads of a grid (``appearance: label``)."""
        if str(child.get("name", "")).startswith(_GRID_HEADING):
            return True
        if (child.get("control") or {}).get("appearance") == "label" and "itemset" in child:
            self.problems.append(
                warning(
                    row, "appearance", "the heading row of a grid is left out", "nothing: each row is asked"
                )
            )
            return True
        return False

    def _question(
        self, child: Mapping[str, Any], row: int, around: _Around, source: Question | None
    ) -> Question | None:
        """The row as a question. ``source``: the select with ``or_other`` that made pyxform add this row."""
        name = str(child["name"])
        spec = QUESTION_TYPE_DICT.get(str(child["type"]), {})
        bind = {**spec.get("bind", {}), **(child.get("bind") or {})}
        kind = check.chat_type(str(child["type"]), spec)
        if kind is None:
            self.problems.append(check.refusal(str(child["type"]), spec, row, name))
            return None
        if "media" in child:
            self.problems.append(
                warning(
                    row, "media", f"'{name}' has a file that the chat does not send", "say it in the label"
                )
            )
        calculation = str(bind.get("calculate") or "")
        if child["type"] == "today":
            calculation = calculation or "today()"
        read_only = aliases.yes_no.get(str((child.get("bind") or {}).get("readonly", "")), False)
        if kind not in ("note", "hidden", "calculate") and (calculation or read_only):
            kind = "note" if read_only else "calculate"
            if not read_only:
                self.problems.append(
                    warning(
                        row,
                        "calculation",
                        f"'{name}' is worked out, so it is not asked",
                        "drop one of the two",
                    )
                )
        relevant = str(bind.get("relevant") or "")
        extras = {**around.extras, **_extras(child)}
        list_name, open_list = self.lists.of(child, row, self.problems)
        question = Question(
            name=name,
            type=kind,
            labels={} if source else self.texts.labels(child.get("label")),
            hints=self.texts.read(child.get("hint") or spec.get("hint")),
            guidance=self.texts.read(child.get("guidance_hint")),
            required=_truth(bind.get("required")),
            required_messages=self.texts.read(bind.get("jr:requiredMsg")),
            relevant=(*around.relevant, relevant) if relevant else around.relevant,
            constraint=str(bind.get("constraint") or ""),
            constraint_messages=self.texts.read(bind.get("jr:constraintMsg")),
            calculation=calculation,
            default=str(child.get("default") or ""),
            default_is_expression=bool(child.get("_dynamic_default")),
            choice_filter=str(child.get("choice_filter") or ""),
            list_name=list_name,
            appearance=str((child.get("control") or {}).get("appearance") or ""),
            read_only=read_only,
            row=row,
            group=around.names,
            sensitivity=extras.get("sensitivity", "ordinary"),
            tier=extras.get("tier", ""),
            reads_as=extras.get("reads_as", ""),
            indicators=tuple(re.findall(r"[^\s,;]+", extras.get("indicators", ""))),
            or_other=kind in SELECT_TYPES and row in self.lists.rows_with_other,
            open_list=open_list,
            parameters={str(k): str(v) for k, v in (child.get("parameters") or {}).items()},
        )
        if source is not None:  # what she writes under "other" is as private as the question itself
            self.generated.add(name)
            return replace(question, sensitivity=source.sensitivity, tier=source.tier)
        if kind == "note" and not (question.labels or question.hints or read_only):
            message = f"the note '{name}' has no text, so nothing is shown"
            self.problems.append(warning(row, "label", message, "write what the chat shall say"))
            return replace(question, type="calculate" if calculation else "hidden")
        return question


def _unique(questions: Iterable[Question], problems: list[Problem]) -> tuple[Question, ...]:
    """Answers are kept by name, so a name may stand once; a group's heading gives way to a question."""
    rows = tuple(questions)
    taken = {q.name for q in rows if not _is_heading(q)}
    seen: dict[str, Question] = {}
    for question in rows:
        if _is_heading(question) and question.name in taken:
            question = replace(question, name=f"{question.name}-heading")
        if question.name in seen:
            message = f"'{question.name}' is already the name of row {seen[question.name].row}"
            problems.append(
                Problem(question.row, "name", message, "give every question its own name, also across groups")
            )
            continue
        seen[question.name] = question
    return tuple(seen.values())


def _is_heading(question: Question) -> bool:
    return question.type == "note" and question.group[-1:] == (question.name,)


def _extras(child: Mapping[str, Any]) -> dict[str, str]:
    """The cells of our own columns, however their header is written."""
    wanted = (*_INHERITED, "reads_as", "indicators")
    named = {"_".join(str(key).split()).lower(): value for key, value in child.items()}
    found = {key: str(named[key]).strip() for key in wanted if named.get(key)}
    return {key: value if key == "indicators" else value.lower() for key, value in found.items()}


def _truth(given: Any) -> bool | str:
    """``required``: yes and no in their spellings, else an expression."""
    text = str(given or "").strip()
    return aliases.yes_no.get(text, text) if text else False
