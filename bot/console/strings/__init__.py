"""Texts of the console, one file a topic, each text in Spanish and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = ("es", "en")
Translate = Callable[..., str]


class StringsError(Exception):
    """A text file of the console is wrong; the message names file, key and mend."""


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """``topic.key`` → language → text. Raises StringsError for a text without both languages."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yml"):
            continue
        topic = file.name.removesuffix(".yml")
        for key, texts in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            for language in LANGUAGES:
                if not isinstance(texts, dict) or not str(texts.get(language) or "").strip():
                    raise StringsError(f"{file.name}: {key}: no text in {language}. Mend: add {language}:")
            if set(texts) != set(LANGUAGES):
                raise StringsError(
                    f"{file.name}: {key}: not only es: and en:. Mend: quote texts with a comma"
                )
            found[f"{topic}.{key}"] = {language: str(texts[language]).strip() for language in LANGUAGES}
    return found


def translator(language: str) -> Translate:
    """``t(key, **values)`` in a language. Raises KeyError for a key that no file has."""
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    texts = catalogue()

    def translate(key: str, /, **values: object) -> str:
        text = texts[key][chosen]
        return text.format(**values) if values else text

    return translate


def label(language: str, topic: str, code: str | None) -> str:
    """The label of one of our codes, or the code itself where nobody wrote one yet."""
    if not code:
        return "–"
    texts = catalogue().get(f"{topic}.{code}")
    return texts[language if language in LANGUAGES else LANGUAGES[0]] if texts else code.replace("_", " ")
