"""A questionnaire as the channels could show it: what the form itself says wrong, and what would not fit on WhatsApp.

WhatsApp is the narrower channel (https://www.twilio.com/docs/content/twiliolist-picker), so what fits there fits
everywhere.
"""

from __future__ import annotations

from pathlib import Path

from bot.services.content_specs import fit_problems
from bot.surveys.compile import Examination, examine
from bot.surveys.model import Survey
from bot.surveys.problem import SurveyError


def examine_for_chat(path: Path, *, catalogues: Path | None = None) -> Examination:
    """The form's errors and warnings, in sheet order, with what would not fit a button, a list or a message."""
    found = examine(path, catalogues=catalogues)
    if found.survey is None:
        return found
    fit = {problem.within(path.name): None for problem in fit_problems(found.survey)}
    ordered = sorted((*found.problems, *fit), key=lambda p: (p.sheet != "survey", p.row is None, p.row or 0))
    return Examination(found.survey, tuple(ordered))


def compile_for_chat(path: Path, *, catalogues: Path | None = None) -> Survey:
    """As :func:`bot.surveys.compile.compile_xlsform`, refusing what would not fit too. Raises SurveyError."""
    found = examine_for_chat(path, catalogues=catalogues)
    if found.survey is None or found.errors:
        raise SurveyError(found.errors)
    return found.survey
