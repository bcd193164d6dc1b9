"""A questionnaire talked through as in the chat, published or not yet. The page carries the talk; nothing is stored."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.console.pages.surveys import laid_out, problem_of
from bot.core.text import clean
from bot.services.fit import examine_for_chat
from bot.services.library import UnknownSurvey
from bot.services.staff.member import NotFound
from bot.services.staff.roles import Permission
from bot.services.texts import LANGUAGES
from bot.services.trial import Trial
from bot.surveys.model import Survey

MOST = 400
"""replies in one talk: every one is read again with the next"""
SAMPLE_NAME = "Marta"


def of_sheet(visit: Visit) -> Response:
    """The sheet that was just checked, carried by the page."""
    name = visit.field("name")
    try:
        content = base64.b64decode(visit.field("content"), validate=True)
    except ValueError:
        return visit.to("/surveys", failed="sheet")
    if problem_of(name, content):
        return visit.to("/surveys", failed="sheet")
    with tempfile.TemporaryDirectory() as folder:
        found = examine_for_chat(laid_out(Path(folder), name, content), catalogues=visit.desk.catalogues)
    if found.survey is None or found.errors:
        return visit.to("/surveys", failed="sheet")
    return _talk(visit, found.survey, "/surveys/try", name, visit.field("content"))


def of_published(visit: Visit) -> Response:
    """The version that is asked now."""
    try:
        survey = visit.desk.world.library.current(visit.path("name"))[1]
    except UnknownSurvey:
        raise NotFound("survey") from None
    return _talk(visit, survey, f"/surveys/{survey.name}/try", survey.name, "")


def _talk(visit: Visit, survey: Survey, action: str, name: str, content: str) -> Response:
    world, scope = visit.desk.world, visit.member.scope
    countries = (scope.country,) if scope.country else world.programmes.countries
    country = visit.field("country") if visit.field("country") in countries else str(countries[0])
    language = visit.field("language") if visit.field("language") in LANGUAGES else visit.language
    replies = [] if visit.field("again") else _replies(visit)
    values = world.programmes.get(country).placeholders(language)
    trial = Trial(
        survey,
        world.texts,
        language=language,
        country=country,
        now=visit.now,
        placeholders={
            **values,
            "nombre": SAMPLE_NAME,
            "name": SAMPLE_NAME,
            "nombre_coma": f", {SAMPLE_NAME}",
        },
    )
    for reply in replies:
        trial.hear(reply)
    last = trial.lines[-1] if trial.lines else None
    return visit.page(
        "survey_try.html",
        action=action,
        name=name,
        survey_title=survey.title,
        content=content,
        published=not content,
        lines=trial.lines,
        buttons=last.buttons if last and trial.question else (),
        replies=json.dumps(replies, ensure_ascii=False),
        open=trial.question is not None and len(replies) < MOST,
        answers=trial.values,
        country=country,
        countries=countries,
        chosen=language,
        languages=LANGUAGES,
        progress=trial.progress,
    )


def _replies(visit: Visit) -> list[str]:
    """What was said so far and what is said now. Anything that is no list of texts counts as nothing."""
    try:
        said = json.loads(visit.field("replies") or "[]")
    except (ValueError, RecursionError):
        said = []
    earlier = [clean(each) for each in said if isinstance(each, str)] if isinstance(said, list) else []
    now = clean(visit.field("press") or visit.field("reply"))
    return [*earlier, *([now] if now else [])][:MOST]


PAGES = (
    Page("POST", "/surveys/try", of_sheet, Permission.PUBLISH, "surveys"),
    Page("POST", "/surveys/{name}/try", of_published, Permission.SEE_OVERVIEW, "surveys"),
)
