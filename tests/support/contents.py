"""Small questionnaires, and the buttons that WhatsApp would show of them."""

from __future__ import annotations

from typing import Any

from bot.core.messages import Option
from bot.surveys.model import Choice, Question, Survey


def survey(*questions: Question, **lists: tuple[str, ...]) -> Survey:
    return Survey(
        "trial",
        "Trial",
        "1",
        ("es", "en"),
        "es",
        questions,
        {n: tuple(Choice(t, {"es": t, "en": f"{t} en"}) for t in titles) for n, titles in lists.items()},
    )


def ask(label: str, name: str = "q", **more: Any) -> Question:
    given = {"type": "select_one", "list_name": "l", "labels": {"es": label, "en": label}, **more}
    return Question(name, **given)


TRIAL = survey(ask("¿Vienes, {nombre}?"), l=("Sí", "No"))


def press(*titles: str) -> tuple[Option, ...]:
    return tuple(Option(title) for title in titles)
