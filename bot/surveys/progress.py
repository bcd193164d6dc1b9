"""How far along she is, for "3 of about 12": an estimate, because answers open and close questions."""

from __future__ import annotations

from collections.abc import Callable, Container

from bot.surveys.model import Question, Survey
from bot.surveys.xpath import compile_expression


def progress(survey: Survey, answered: Container[str], relevant: Callable[[str], bool]) -> tuple[int, int]:
    """Questions answered, and how many there will be about: those that may yet open up count half."""
    done = sure = maybe = 0
    possible: set[str] = set()
    for question in survey.questions:
        if not question.asked:
            continue
        if relevant(question.name):
            if question.name in answered:
                done += 1
            else:
                sure += 1
                possible.add(question.name)
        elif not possible.isdisjoint(_hinges(survey, question)):
            maybe += 1
            possible.add(question.name)
    return done, done + sure + maybe // 2


def _hinges(survey: Survey, question: Question) -> frozenset[str]:
    """The asked questions on which the question's relevance hangs, calculations followed through."""
    known: dict[str, frozenset[str]] = survey.derived.setdefault("hinges", {})
    found = known.get(question.name)
    if found is None:
        found = known[question.name] = frozenset(_followed(survey, question.relevant, set()))
    return found


def _followed(survey: Survey, sources: tuple[str, ...], seen: set[str]) -> set[str]:
    names: set[str] = set()
    for source in sources:
        for name in compile_expression(source).references - seen:
            seen.add(name)
            question = survey.by_name.get(name)
            if question is None:
                continue
            if question.asked:
                names.add(name)
            elif question.calculation:
                names |= _followed(survey, (question.calculation, *question.relevant), seen)
    return names
