"""What ``{braces}`` in a text stand for, for one person in one turn."""

from __future__ import annotations

from bot.services.turn import Turn
from bot.surveys.run import SurveyRun


def placeholders(turn: Turn, run: SurveyRun | None = None, /, **extra: str) -> dict[str, str]:
    """The programme's values, her name, and what the open questionnaire makes known."""
    language = turn.language
    values = dict(turn.world.programme_of(turn.participant).placeholders(language))
    name = turn.participant.name or ""
    values |= {"nombre": name, "name": name, "nombre_coma": f", {name}" if name else ""}
    if run is not None:
        values |= _of_run(turn, run)
    return values | extra


def named_placeholders(turn: Turn) -> dict[str, str]:
    """The same, where she gave no name with a word that stands for one.

    A template takes no empty variable, and "Hola ," reads badly.
    """
    values = placeholders(turn)
    if not values["nombre"]:
        values["nombre"] = values["name"] = turn.world.texts.render("nudge_no_name", turn.language, {})
    return values


def _of_run(turn: Turn, run: SurveyRun) -> dict[str, str]:
    language = turn.language
    done, total = run.progress()
    values = {"n": str(done + 1), "total": str(max(total, done + 1))}
    by_name = run.survey.by_name
    if "need" in by_name:
        needs = run.choice_label("need", run.value("need"), language)
        values |= {"lista": needs, "list": needs}
    if "suggest" in by_name:
        label = pathway_label(run, run.value("suggest"), language)
        values |= {"camino": label, "pathway": label}
    return values


def pathway_label(run: SurveyRun, value: str, language: str) -> str:
    """A pathway as the choice list of the form calls it."""
    for question in ("path_mx", "path_cl"):
        label = run.choice_label(question, value, language)
        if label != value:
            return label
    return value
