"""Questionnaires: their versions and drop-off, and publishing a new version from a sheet."""

from __future__ import annotations

import base64
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.services.fit import examine_for_chat
from bot.services.staff import forms, logs
from bot.services.staff.roles import Permission
from bot.surveys.compile import Examination
from bot.surveys.files import DIALOGUES, SUFFIXES
from bot.surveys.model import Survey
from bot.surveys.render import ask, note
from bot.surveys.run import SurveyRun

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
LARGEST = 600_000
"""bytes of a sheet: a questionnaire of hundreds of questions is a tenth of it"""


@dataclass(frozen=True)
class Bubble:
    """A question as the chat would say it."""

    name: str
    row: int
    text: str
    buttons: tuple[str, ...]
    asked: bool
    sensitivity: str
    when: str


def show_list(visit: Visit) -> Response:
    with visit.desk.database.read() as session:
        rows = forms.listed(session, visit.desk.world, visit.member)
    return visit.page("surveys.html", rows=rows)


def show(visit: Visit) -> Response:
    with visit.desk.database.read() as session:
        detail = forms.detail(
            session, visit.desk.world, visit.member, visit.path("name"), visit.asked("wave")
        )
    _, survey = visit.desk.world.library.current(detail.name)
    return visit.page(
        "survey.html", detail=detail, bubbles=preview(visit, survey), language_shown=visit.language
    )


def check(visit: Visit) -> Response:
    """What the chat can make of an uploaded sheet, by row, with a preview. Nothing is stored."""
    name, content = visit.files.get("sheet", ("", b""))
    return _report(visit, name, content)


def publish(visit: Visit) -> Response:
    """The sheet that was just checked, carried by the page, becomes the version that is asked."""
    name = visit.field("name")
    try:
        content = base64.b64decode(visit.field("content"), validate=True)
    except ValueError:
        return visit.to("/surveys", failed="sheet")
    if problem_of(name, content):
        return _report(visit, name, content)
    with tempfile.TemporaryDirectory() as folder:
        path = laid_out(Path(folder), name, content)
        if examine_for_chat(path, catalogues=visit.desk.catalogues).errors:
            return _report(visit, name, content)
        version = visit.desk.world.library.publish(path.stem, path, visit.now, visit.desk.catalogues)
    with visit.desk.database.write() as session:
        logs.note_change(
            session, visit.member.id, "survey_published", visit.now, of=path.stem, version=version
        )
    return visit.to(f"/surveys/{path.stem}", done="published")


def _report(visit: Visit, name: str, content: bytes) -> Response:
    problem = problem_of(name, content)
    examination: Examination | None = None
    if not problem:
        with tempfile.TemporaryDirectory() as folder:
            examination = examine_for_chat(
                laid_out(Path(folder), name, content), catalogues=visit.desk.catalogues
            )
    survey = examination.survey if examination else None
    sound = examination is not None and not examination.errors and survey is not None
    return visit.page(
        "survey_check.html",
        http_status=200 if sound else 422,
        name=name,
        problem=problem,
        examination=examination,
        bubbles=preview(visit, survey) if sound and survey else [],
        content=base64.b64encode(content).decode() if sound else "",
        sound=sound,
        is_new=bool(survey) and Path(name).stem not in _known(visit),
    )


def _known(visit: Visit) -> set[str]:
    with visit.desk.database.read() as session:
        return {row.name for row in forms.listed(session, visit.desk.world, visit.member)}


def problem_of(name: str, content: bytes) -> str:
    if not content:
        return "no_file"
    path = Path(name)
    if path.suffix.lower() not in SUFFIXES:
        return "bad_suffix"
    if not _NAME.fullmatch(path.stem):
        return "bad_name"
    return "too_large" if len(content) > LARGEST else ""


def laid_out(folder: Path, name: str, content: bytes) -> Path:
    """The sheet in a folder of its own, with the lists that the shipped questionnaires read beside it."""
    path = folder / Path(name).name
    path.write_bytes(content)
    for lists in (DIALOGUES / "surveys").glob("*.csv"):
        shutil.copy(lists, folder / lists.name)
    return path


def preview(visit: Visit, survey: Survey) -> list[Bubble]:
    """Every message of the questionnaire in form order, whether or not it would apply to everybody."""
    run = SurveyRun(survey, {}, today=visit.now.date(), now=visit.now, language=visit.language)
    programme = visit.desk.world.programmes.get(
        visit.member.scope.country or visit.desk.world.default_country
    )
    values = programme.placeholders(visit.language)
    found = []
    for question in survey.questions:
        if not question.asked and question.type != "note":
            continue
        said = (ask if question.asked else note)(run, question, visit.language, values)
        found.append(
            Bubble(
                question.name,
                question.row,
                said.text,
                tuple(option.title for option in said.options[:3]),
                question.asked,
                question.sensitivity,
                " · ".join(question.relevant),
            )
        )
    return found


PAGES = (
    Page("GET", "/surveys", show_list, Permission.SEE_OVERVIEW, "surveys"),
    Page("POST", "/surveys/check", check, Permission.PUBLISH, "surveys"),
    Page("POST", "/surveys/publish", publish, Permission.PUBLISH, "surveys"),
    Page("GET", "/surveys/{name}", show, Permission.SEE_OVERVIEW, "surveys"),
)
