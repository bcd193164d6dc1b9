"""The templates that WhatsApp needs after 24 hours: read from data, and judged before anybody submits them.

A refusal by Meta takes days and a move to "marketing" costs four times as much, so what they are refused for is
looked for here. Rules: https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses and
https://www.twilio.com/docs/content/using-variables-with-content-api.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from bot.channels.whatsapp.interactive import BODY, BUTTON_TITLE, BUTTONS, Content
from bot.core.text import fold
from bot.services.texts import LANGUAGES

CATEGORIES = frozenset({"utility", "marketing", "authentication"})
VALUE_LIMIT = 250
_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_VARIABLE = re.compile(r"\{\{(.*?)\}\}")
_ADJACENT = re.compile(r"\}\}[\s.,;:!?()-]*\{\{")


class TemplateError(Exception):
    """A template file is wrong; the message names file, template and mend."""


@dataclass(frozen=True, slots=True)
class Variable:
    """``sample`` is for the reviewer, ``otherwise`` (by language) for when nothing is known."""

    name: str
    sample: str
    otherwise: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """One text in its languages: ``bodies`` and ``buttons`` by language."""

    name: str
    purpose: str
    category: str
    variables: tuple[Variable, ...]
    bodies: Mapping[str, str]
    buttons: Mapping[str, tuple[str, ...]]

    def content(self, language: str) -> Content:
        """The resource that says it in ``language``."""
        titles = self.buttons.get(language, ())
        return Content(
            "quick_reply" if titles else "text",
            language,
            self.bodies[language],
            titles,
            tuple((str(n), v.sample) for n, v in enumerate(self.variables, start=1)),
            press="title",
        )

    def values(self, given: Sequence[str], language: str) -> tuple[str, ...]:
        """The variables as they may be sent: one line each, none empty, none missing."""
        found: list[str] = []
        for n, variable in enumerate(self.variables):
            value = " ".join(given[n].split())[:VALUE_LIMIT] if n < len(given) else ""
            found.append(value or variable.otherwise.get(language) or variable.sample)
        return tuple(found)


class Templates:
    """The registry. ``load`` raises TemplateError for a file that is not of the shape."""

    def __init__(self, templates: Mapping[str, Template], words: Mapping[str, Sequence[str]]) -> None:
        self._templates = templates
        self._words = words

    @classmethod
    def load(cls, folder: Path) -> Templates:
        """Every ``*.yml`` of the folder; ``words.yml`` holds the words to avoid."""
        templates: dict[str, Template] = {}
        words: dict[str, list[str]] = {}
        for path in sorted(folder.glob("*.yml")):
            data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            if path.stem == "words":
                words = {kind: str(text).split() for kind, text in data.items()}
                continue
            for name, row in data.items():
                if name in templates:
                    raise TemplateError(f"{path.name}: {name} is there twice. Mend: rename one")
                templates[name] = _read(path.name, str(name), row)
        return cls(templates, words)

    def __iter__(self) -> Iterator[Template]:
        return iter(self._templates.values())

    def get(self, name: str) -> Template | None:
        return self._templates.get(name)

    @property
    def private_words(self) -> frozenset[str]:
        """Words that no message may show to whoever else reads her screen; ``*`` for any ending."""
        return frozenset(self._words.get("sensitive", ()))

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What would be refused or re-categorised, a line each; a template with none may be submitted."""
        return tuple(line for template in self for line in self.lint(template))

    def lint(self, template: Template) -> list[str]:
        """The problems of one template, each naming it, its language and the mend."""
        found = [f"{template.name}: {what}" for what in _of_whole(template)]
        for language in LANGUAGES:
            body = template.bodies.get(language)
            if body is None:
                found.append(f"{template.name}: {language}: no text. Mend: add it")
                continue
            where = f"{template.name}: {language}: "
            found += [where + what for what in _of_body(template, body)]
            found += [where + what for what in self._of_words(template, language)]
            found += [where + what for what in _of_buttons(template.buttons.get(language, ()))]
        return found

    def _of_words(self, template: Template, language: str) -> Iterator[str]:
        text = " ".join([template.bodies[language], *template.buttons.get(language, ())])
        words = f" {' '.join(re.findall(r'[a-z0-9ñ]+', fold(text)))} "
        for kind, phrases in self._words.items():
            if kind == "marketing" and template.category != "utility":
                continue
            for phrase in phrases:
                pattern = re.escape(phrase.removesuffix("*"))
                if re.search(rf" {pattern}{'' if phrase.endswith('*') else ' '}", words):
                    yield f"'{phrase}' is a {kind} word. Mend: say it without"


def _of_whole(template: Template) -> Iterator[str]:
    if not _NAME.fullmatch(template.name):
        yield "the name takes a to z, digits and _, 3 to 40. Mend: rename it"
    if template.category not in CATEGORIES:
        yield f"category '{template.category}' is not known. Mend: utility"
    for variable in template.variables:
        if not variable.sample.strip():
            yield f"variable '{variable.name}' has no sample. Mend: write what a reviewer may read"
        if any(not variable.otherwise.get(language, "").strip() for language in LANGUAGES):
            yield f"variable '{variable.name}' has no 'otherwise'. Mend: say what stands there when unknown"


def _of_body(template: Template, body: str) -> Iterator[str]:
    names = _VARIABLE.findall(body)
    if sorted(set(names)) != [str(n) for n in range(1, len(template.variables) + 1)]:
        yield f"the variables are {', '.join(names) or 'none'}. Mend: number them {{{{1}}}} to {{{{n}}}} as listed"
        return
    bare = body.strip(" \n.,;:!?¡¿*_")
    if bare.startswith("{{"):
        yield "it begins with a variable. Mend: put a word before it"
    if bare.endswith("}}"):
        yield "it ends with a variable. Mend: put a word after it"
    if _ADJACENT.search(body):
        yield "two variables stand side by side. Mend: put a word between them"
    words = len(_VARIABLE.sub(" ", body).split())
    if words < 2 * len(names) + 1:
        yield f"{words} words for {len(names)} variables. Mend: at least {2 * len(names) + 1}"
    if re.search(r"\n{3,}|\t| {4,}", body):
        yield "blank lines, tabs or long gaps. Mend: at most one blank line"
    longest = len(body) + VALUE_LIMIT * len(names)
    if longest > BODY:
        yield f"up to {longest} characters with its variables. Mend: at most {BODY}"


def _of_buttons(titles: Sequence[str]) -> Iterator[str]:
    if len(titles) > BUTTONS:
        yield f"{len(titles)} buttons. Mend: at most {BUTTONS}"
    for title in titles:
        if not 1 <= len(title) <= BUTTON_TITLE or "{{" in title:
            yield f"the button '{title}' does not fit. Mend: up to {BUTTON_TITLE} characters, no variable"
    if len(set(titles)) != len(titles):
        yield "two buttons are the same. Mend: change one"


def _read(file: str, name: str, row: Any) -> Template:
    try:
        languages = [key for key in row if key not in ("purpose", "category", "variables")]
        return Template(
            name=name,
            purpose=str(row["purpose"]),
            category=str(row["category"]),
            variables=tuple(
                Variable(str(v["name"]), str(v.get("sample", "")), dict(v.get("otherwise", {})))
                for v in row.get("variables", ())
            ),
            bodies={language: str(row[language]["body"]).strip() for language in languages},
            buttons={
                language: tuple(str(t) for t in row[language].get("buttons", ())) for language in languages
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise TemplateError(f"{file}: {name}: {error}. Mend: see the top of the file") from error
