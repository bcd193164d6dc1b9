"""Which Content resources the published questionnaires need, and which of them a message can use.

A question is fixed text but for her name and the like: those become variables. The same question may come after a
word of ours ("I did not understand …"), so each has a second form with one line of lead.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.channels.base import TEXT_LIMITS
from bot.channels.split import utf16_length
from bot.channels.whatsapp.interactive import BODY, ROW_DESCRIPTION, Content, kind_for, pages
from bot.core.messages import Channel, Outbound
from bot.surveys.model import Choice, Question, Survey
from bot.surveys.problem import Problem
from bot.surveys.render import ask
from bot.surveys.run import SurveyRun

_MARK = re.compile(r"\$\{\s*([^{}]+?)\s*\}|\{([^{}\s]+)\}")
_TOKEN = re.compile("\ue000([0-9]+)\ue001")
_VARIABLE = re.compile(r"\{\{([0-9]+)\}\}")
_UNSENDABLE = re.compile(r"[\n\r\t]| {4,}")
LEAD = "\n\n"
VALUE_LIMIT = 1024


def contents_of(surveys: Iterable[Survey]) -> list[Content]:
    """The resources for every question and language that buttons fit, the bare questions first; no repeats.

    A question whose options depend on her answers has none: it goes as text with numbers.
    """
    bare: dict[str, Content] = {}
    led: dict[str, Content] = {}
    for survey in surveys:
        for question in survey.questions:
            for language in survey.languages:
                for number, page in enumerate(_asked(survey, question, language)):
                    _add(bare, page, language)
                    if number == 0:
                        _add(led, replace(page, text=f"\ue0000\ue001{LEAD}{page.text}"), language)
    return [*bare.values(), *(c for digest, c in led.items() if digest not in bare)]


def fit_problems(survey: Survey) -> Iterator[Problem]:
    """What WhatsApp could not show of this questionnaire, an error for each question, language and reason.

    Long lists are no error: they leave in pages that keep their numbers.
    """
    for question in survey.questions:
        if question.asked:
            for language in survey.languages:
                yield from _fit(survey, question, language)


def _fit(survey: Survey, question: Question, language: str) -> Iterator[Problem]:
    of = f"'{question.name}' in {language}"
    message = _whole(survey, question, language)
    titles = _titles(survey, question, language, message)
    text = message.text.partition("\n1. ")[0] if titles else message.text
    if utf16_length(text) > TEXT_LIMITS[Channel.WHATSAPP]:
        what = f"{of} has {utf16_length(text)} characters, a message takes {TEXT_LIMITS[Channel.WHATSAPP]}"
        yield Problem(question.row, "label", what, "say it shorter, or put part of it in a note before it")
    elif message.options:
        longest = max(utf16_length(page.text) for page in pages(message))
        if longest > BODY:
            what = f"{of} has {longest} characters with its options, buttons and lists take {BODY}"
            yield Problem(
                question.row, "label", what, "say it shorter, or put part of it in a note before it"
            )
    for title in titles:
        if utf16_length(title) > ROW_DESCRIPTION:
            what = f"{of}: the option '{title[:30]}…' has {utf16_length(title)} characters"
            yield Problem(question.row, "label", what, f"at most {ROW_DESCRIPTION}, which is a row of a list")


def _titles(survey: Survey, question: Question, language: str, message: Outbound) -> list[str]:
    """What can be pressed; where that depends on her answers, every option of the list."""
    if question.choice_filter and question.type == "select_one" and not question.typed:
        return [c.labels.get(language, "") for c in survey.lists.get(question.list_name, ())]
    return [option.title for option in message.options]


def digest_of(content: Content, category: str = "") -> str:
    """Equal for resources that say the same."""
    whole = [content.kind, content.language, content.body, content.titles, content.press, category]
    return _digest(whole)


def titles_digest(titles: Sequence[str]) -> str:
    return _digest(list(titles))


def match(definition: Any, message: Outbound, outbox_id: int) -> tuple[str, ...] | None:
    """The variables with which the resource says exactly this message; None where it cannot.

    ``definition`` is what :func:`definition_of` gave. Nothing is guessed: one letter more and it does not fit.
    """
    if [option.title for option in message.options] != definition["titles"]:
        return None
    found = _pattern(definition["body"]).fullmatch(message.text)
    if found is None:
        return None
    values = found.groupdict()
    variables = [str(outbox_id)]
    for number in range(2, 2 + len(values)):
        value = values[f"v{number}"]
        if not value.strip() or _UNSENDABLE.search(value) or len(value) > VALUE_LIMIT:
            return None
        variables.append(value)
    return tuple(variables)


def definition_of(content: Content) -> dict[str, Any]:
    """What is kept of a resource to match messages against."""
    return {"body": content.body, "titles": list(content.titles)}


def _asked(survey: Survey, question: Question, language: str) -> tuple[Outbound, ...]:
    if question.choice_filter or not question.asked:
        return ()
    return pages(_whole(survey, question, language))


def _whole(survey: Survey, question: Question, language: str) -> Outbound:
    """The question as it is asked, its ``{marks}`` as numbered tokens from 1."""
    seen: dict[str, int] = {}

    def token(mark: re.Match[str]) -> str:
        name = mark[1] or mark[2]
        return f"\ue000{seen.setdefault(name, len(seen) + 1)}\ue001"

    def marked(texts: Any) -> dict[str, str]:
        return {lang: _MARK.sub(token, text) if lang == language else text for lang, text in texts.items()}

    asked = replace(question, labels=marked(question.labels), hints=marked(question.hints))
    lists = survey.lists
    if any(_MARK.search(text) for c in lists.get(question.list_name, ()) for text in c.labels.values()):
        lists = {**lists, question.list_name: _unlabelled(lists[question.list_name])}
    whole = replace(survey, questions=(asked,), lists=lists)
    return ask(SurveyRun(whole, {}, today=date(2000, 1, 1), language=language), asked, language)


def _unlabelled(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Options whose labels change from person to person get no buttons: blank titles never fit."""
    return tuple(replace(choice, labels={lang: "" for lang in choice.labels}) for choice in choices)


def _add(into: dict[str, Content], message: Outbound, language: str) -> None:
    titles = tuple(option.title for option in message.options)
    body, samples = _variables(message.text)
    kind = kind_for(message.options, message.text)
    if kind is None or "{{" in message.text:
        return
    content = Content(kind, language, body, titles, samples)
    into.setdefault(digest_of(content), content)


def _variables(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Tokens as Twilio's variables in order of appearance from {{2}}: {{1}} is the outbox id."""
    order: dict[str, int] = {}
    body = _TOKEN.sub(lambda m: f"{{{{{order.setdefault(m[1], len(order) + 2)}}}}}", text)
    return body, (("1", "1"), *((str(number), "…") for number in order.values()))


def _pattern(body: str) -> re.Pattern[str]:
    parts: list[str] = []
    end, seen = 0, set[str]()
    for variable in _VARIABLE.finditer(body):
        parts.append(re.escape(body[end : variable.start()]))
        name = f"v{variable[1]}"
        # one line each; the same variable again must say the same
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
        end = variable.end()
    return re.compile("".join([*parts, re.escape(body[end:])]))


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()
