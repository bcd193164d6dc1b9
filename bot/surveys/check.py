"""What a chat cannot ask, or asks less well than the form hopes, named by row.

An *error* would lose or falsify an answer, so the form is not published; a *warning* says what will look
different from the author's intention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.core.text import fold
from bot.surveys.model import READINGS, SENSITIVITIES, TIERS, Choice, Question, Survey
from bot.surveys.problem import Problem, warning
from bot.surveys.render import BUTTONS_AT_MOST, PRINTED_AT_MOST, numbering, prints_options
from bot.surveys.xpath import Expression, UnsupportedExpression, compile_expression

TITLE_LIMIT = 24
"""Characters of a WhatsApp list row; a longer title is answered by its number."""

TEXT_LIMIT = 300
"""Characters of a message that is still read on a small screen (the project's own rule)."""

MESSAGE_LIMIT = 1600
"""Characters of a WhatsApp message through Twilio; longer ones leave in parts."""

# pyxform's name for the type: (what it is to the author, what to write instead)
REFUSED: Mapping[str, tuple[str, str]] = {
    "repeat": ("a repeat", "ask for the first few in numbered questions, each relevant after the one before"),
    "loop": ("a loop", "write its questions out one by one"),
    "rank": ("a ranking", "ask 'which comes first' and 'which comes next' as select_one"),
    "range": ("a range slider", "use integer with a constraint such as . >= 0 and . <= 10"),
    "select one external": (
        "an external select",
        "use select_one or select_one_from_file with choice_filter",
    ),
    "video": ("a video", "use image or audio, or ask for a text"),
    "file": ("a file", "use image or audio, or ask for a text"),
    "barcode": ("a barcode", "use text"),
    "osm": ("an OpenStreetMap question", "use geopoint or text"),
    "geotrace": ("a line on a map", "use geopoint"),
    "geoshape": ("an area on a map", "use geopoint"),
    "dateTime": ("a date with a time", "ask for a date and a time in two questions"),
    "xml-external": ("external data in XML", "save the list as CSV and use select_one_from_file"),
    "csv-external": ("external data without a question", "use select_one_from_file"),
    "background-audio": ("a background recording", "leave it out: a chat records nothing unasked"),
    "background-geopoint": ("a background location", "use geopoint, so that she decides to share it"),
    "start-geopoint": ("a background location", "use geopoint, so that she decides to share it"),
}

_INPUTS = {
    "string": "text",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "geopoint": "geopoint",
}
_UPLOADS = {"image/*": "image", "audio/*": "audio", "video/*": "video"}


_EXPRESSION_MEND = (
    "keep to the XLSForm functions that need neither repeats nor a device; "
    "data from outside comes in hidden fields or select_one_from_file"
)


def chat_type(name: str, spec: Mapping[str, Any]) -> str | None:
    """Our name for pyxform's type, by the entry of pyxform's own dictionary; ``None`` for one we refuse."""
    control, bind = spec.get("control") or {}, spec.get("bind") or {}
    tag, data = control.get("tag"), bind.get("type", "string")
    kind: str | None = None
    if tag in ("select1", "select"):
        kind = "select_one" if tag == "select1" else "select_multiple"
    elif tag == "trigger" and data == "string":
        kind = "acknowledge"
    elif tag == "upload":
        kind = _UPLOADS.get(control.get("mediatype", ""))
    elif tag == "input":
        kind = "note" if bind.get("readonly") == "true()" else _INPUTS.get(data)
    elif tag is None and spec:
        # what a phone knows of itself (start, deviceid, username) is empty here unless the context fills it
        kind = "calculate" if "calculate" in name or name.endswith("today") else "hidden"
    return None if kind == "video" else kind


def refusal(kind: str, spec: Mapping[str, Any], row: int, name: str) -> Problem:
    """The error for a type that a chat cannot ask; ``spec`` as for :func:`chat_type`."""
    media = str((spec.get("control") or {}).get("mediatype", "")).partition("/")[0]
    names = (kind, str((spec.get("bind") or {}).get("type", "")), "file" if media == "application" else media)
    known = next((REFUSED[alias] for alias in names if alias in REFUSED), None)
    what, mend = known or (f"a question of type '{kind}'", "use a type that a chat can ask")
    return Problem(row, "type", f"'{name}' is {what}, which a chat cannot ask", mend)


def expression_problems(source: str, row: int, column: str, *, filtering: bool = False) -> list[Problem]:
    """What is wrong with one expression, by itself."""
    try:
        compile_expression(source, filtering=filtering)
    except UnsupportedExpression as error:
        return [Problem(row, column, str(error), _EXPRESSION_MEND)]
    return []


def problems(survey: Survey) -> list[Problem]:
    """Every error and warning that the compiled form shows."""
    found: list[Problem] = []
    for question in survey.questions:
        found += _column_values(question)
        found += _expressions(survey, question)
        found += _texts(survey, question)
        if question.has_choices:
            found += _options(survey, question)
    found += _lists(survey)
    return [*found, *_rings(survey)]


def _column_values(question: Question) -> Iterator[Problem]:
    allowed = (
        ("sensitivity", question.sensitivity, SENSITIVITIES),
        ("tier", question.tier, TIERS),
        ("reads_as", question.reads_as, READINGS),
    )
    for column, value, known in allowed:
        if value and value not in known:
            yield Problem(question.row, column, f"'{value}' is not known", f"use one of: {', '.join(known)}")


def _sources(question: Question) -> Iterator[tuple[str, str]]:
    """The question's expressions with their columns."""
    yield from (("relevant", source) for source in question.relevant)
    for column in ("constraint", "calculation", "choice_filter"):
        source = getattr(question, column)
        if source:
            yield column, source
    if isinstance(question.required, str):
        yield "required", question.required
    if question.default_is_expression:
        yield "default", question.default


def _compiled(question: Question) -> Iterator[tuple[str, Expression]]:
    for column, source in _sources(question):
        try:
            yield column, compile_expression(source, filtering=column == "choice_filter")
        except UnsupportedExpression:
            continue


def _expressions(survey: Survey, question: Question) -> Iterator[Problem]:
    inherited = _inherited(survey, question)
    for column, source in _sources(question):
        if column == "relevant" and source in inherited:
            continue  # a group's own row carries the finding
        yield from expression_problems(source, question.row, column, filtering=column == "choice_filter")
    for column, expression in _compiled(question):
        for name in sorted(expression.references - survey.by_name.keys()):
            yield Problem(question.row, column, f"'{name}' is no question of this form", "check the name")
        for name in sorted(expression.lists - survey.lists.keys()):
            yield Problem(question.row, column, f"there is no list '{name}'", "check the name of the list")


def _inherited(survey: Survey, question: Question) -> frozenset[str]:
    """Relevance that the row shares with an earlier row of the same group: said once."""
    if not question.group:
        return frozenset()
    for other in survey.questions:
        if other.name == question.name:
            break
        if other.group[:1] == question.group[:1]:
            return frozenset(other.relevant) & frozenset(question.relevant)
    return frozenset()


def _texts(survey: Survey, question: Question) -> Iterator[Problem]:
    if question.type in ("calculate", "hidden"):
        return
    if not question.labels and not question.hints:
        yield Problem(
            question.row, "label", f"'{question.name}' has no label", "write what the chat shall say"
        )
        return
    missing = [language for language in survey.languages if not question.labels.get(language)]
    if missing:
        message = f"'{question.name}' has no label in {', '.join(missing)}"
        yield warning(question.row, "label", message, "translate it: another language is shown until then")
    for language, label in question.labels.items():
        hint = question.hints.get(language, "")
        if len(label) + len(hint) > TEXT_LIMIT:
            message = f"the text in {language} has {len(label) + len(hint)} characters"
            yield warning(question.row, "label", message, f"say it in {TEXT_LIMIT} or in two notes")


def _options(survey: Survey, question: Question) -> Iterator[Problem]:
    choices = survey.lists.get(question.list_name, ())
    if not choices and not question.open_list:
        yield Problem(question.row, "type", f"the list '{question.list_name}' is empty", "give it choices")
        return
    if question.typed or question.choice_filter:
        return
    if not prints_options(question, choices):
        message = f"{len(choices)} options are not printed (the most is {PRINTED_AT_MOST})"
        yield warning(
            question.row, "type", message, "say in the label that she writes the answer, or split the list"
        )
        return
    for language in survey.languages:
        titles = [choice.labels.get(language, "") for choice in choices]
        long = [title for title in titles if len(title) > TITLE_LIMIT]
        if long and question.type == "select_one" and len(choices) <= BUTTONS_AT_MOST:
            message = f"the option '{long[0]}' has {len(long[0])} characters, so it is answered by its number"
            yield warning(question.row, "label", message, f"shorten it to {TITLE_LIMIT}")
        length = len(question.labels.get(language, "")) + sum(len(title) + 5 for title in titles)
        if length > MESSAGE_LIMIT:
            message = f"question and options have {length} characters in {language}, so they leave in parts"
            yield warning(
                question.row, "label", message, "shorten the options or let her type (autocomplete)"
            )


def _lists(survey: Survey) -> Iterator[Problem]:
    """Lists in which one reply could mean two options."""
    shown = {q.list_name: q.row for q in reversed(survey.questions) if q.has_choices and not q.choice_filter}
    for name, row in shown.items():
        choices = survey.lists.get(name, ())
        for language in survey.languages:
            yield from _ambiguous(name, choices, language, row)
        unlabelled = [choice.name for choice in choices if not choice.labels]
        if unlabelled:
            message = f"the option '{unlabelled[0]}' of list '{name}' has no label"
            yield warning(row, "choices", message, "write one: its name is shown until then")


def _ambiguous(name: str, choices: Iterable[Choice], language: str, row: int) -> Iterator[Problem]:
    rows = tuple(choices)
    seen: dict[str, str] = {}
    for choice, number in zip(rows, numbering(rows), strict=True):
        text = choice.labels.get(language, "")
        folded = fold(text)
        if folded and folded in seen:
            message = f"list '{name}': '{seen[folded]}' and '{text}' read the same"
            yield warning(row, "choices", message, "make the labels differ by more than accents and signs")
        seen.setdefault(folded, text)
        if folded.isdecimal() and int(folded) != number and int(folded) in numbering(rows):
            message = (
                f"list '{name}': the option '{text}' is number {number}, so '{text}' could mean two options"
            )
            yield warning(row, "choices", message, "give the list a menu_no column, or ask for an integer")


def _rings(survey: Survey) -> Iterator[Problem]:
    """Questions whose relevance or calculation hangs on themselves, by whatever way."""
    hangs = {
        question.name: {
            name
            for column, expression in _compiled(question)
            if column in ("relevant", "calculation")
            for name in expression.references
        }
        for question in survey.questions
    }
    for question in survey.questions:
        seen: set[str] = set()
        ahead = set(hangs[question.name])
        while ahead:
            name = ahead.pop()
            if name == question.name:
                message = f"'{question.name}' depends on itself"
                yield Problem(
                    question.row, "relevant", message, "take the reference out of relevant or calculation"
                )
                break
            if name not in seen:
                seen.add(name)
                ahead |= hangs.get(name, set())
