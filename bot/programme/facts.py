"""Answers to what women ask about the programme, each with the facts it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from bot.core.text import fold
from bot.programme.fact_files import (
    ASK_INTENTS,
    BRACES,
    CENTRES,
    Answer,
    FactsFile,
    IntentAnswers,
    read_fact_files,
)
from bot.programme.load import Programmes
from bot.programme.programme import Programme
from bot.programme.text import Text

_WHOLE_WORD_UNDER = 4
"""Match words shorter than this are compared whole: as beginnings they would be found everywhere."""

_CENTRES_SHOWN = 3


@dataclass(frozen=True)
class FactAnswer:
    """An answer ready to send. Not ``known``: it says so and offers a person."""

    text: str
    known: bool
    facts: tuple[str, ...]


class Facts:
    """Answers by intent and country, and reasons by question."""

    def __init__(self, programmes: Programmes, files: Mapping[str | None, FactsFile]) -> None:
        self._programmes = programmes
        self._files = dict(files)

    def answer(
        self,
        intent: str,
        country: str | None,
        language: str,
        text: str = "",
        *,
        region: str | None = None,
        municipality: str | None = None,
        on: date | None = None,
    ) -> FactAnswer:
        """The answer to a question of this intent, narrowed by the words of ``text`` and by where she lives.

        Raises ``LookupError`` for an intent that is not a question about the programme.
        """
        if intent not in ASK_INTENTS:
            raise LookupError(f"'{intent}' is not a question about the programme")
        programme = self._programmes.get(country)
        general = self._file(programme).answers.get(intent) or self._files[None].answers[intent]
        centres = _centres(programme, region, municipality, on)
        chosen = _narrowest(general, text, bool(centres))
        values = {**programme.placeholders(language), **dict.fromkeys(CENTRES, centres)}
        return FactAnswer(_fill(chosen.says.in_language(language), values), chosen.known, chosen.facts)

    def why(self, question: str, country: str | None, language: str) -> str:
        """Why this question is asked; a general reason for a question that has none of its own."""
        programme = self._programmes.get(country)
        general = self._files[None]
        for reason in (*self._file(programme).why, *general.why):
            if any(fnmatchcase(question, pattern) for pattern in reason.questions):
                return _fill(reason.says.in_language(language), programme.placeholders(language))
        assert general.why_default is not None
        return _fill(general.why_default.in_language(language), programme.placeholders(language))

    def texts(self) -> Iterator[tuple[str, Answer]]:
        """Every answer with the place where it stands, for checks over all of them."""
        for country, file in self._files.items():
            for intent, general in file.answers.items():
                yield f"{country}/{intent}", general
                for i, topic in enumerate(general.topics):
                    yield f"{country}/{intent}/{i + 1}", topic

    def reasons(self) -> Iterator[tuple[str, Text]]:
        """Every reason with its place."""
        for country, file in self._files.items():
            for reason in file.why:
                yield f"{country}/why/{reason.questions[0]}", reason.says
            if file.why_default:
                yield f"{country}/why/default", file.why_default

    def _file(self, programme: Programme) -> FactsFile:
        return self._files.get(programme.country, self._files[None])


def load_facts(folder: Path, programmes: Programmes, fact_list: Path) -> Facts:
    """Answers of ``dialogues/facts``; ``fact_list`` is ``programmes/facts.yml``. Raises ``ProgrammeError``.

    A country without a file gets the general answers of ``unknown.yml``.
    """
    return Facts(programmes, read_fact_files(folder, programmes, fact_list))


def _narrowest(general: IntentAnswers, text: str, has_centres: bool) -> Answer:
    """The topic with the most words found in the message, the first of equals; else the general answer."""
    words = fold(text).split()
    best: Answer = general
    most = 0
    for topic in general.topics:
        if topic.centres and not has_centres:
            continue
        found = sum(_count(fold(phrase).split(), words) for phrase in topic.match)
        if found > most:
            best, most = topic, found
    return best


def _count(phrase: list[str], words: list[str]) -> int:
    """Words of the phrase if it stands in the message, each as the beginning of a word, else 0."""
    for start in range(len(words) - len(phrase) + 1):
        if all(_begins(word, part) for word, part in zip(words[start:], phrase, strict=False)):
            return len(phrase)
    return 0


def _begins(word: str, part: str) -> bool:
    return word.startswith(part) if len(part) >= _WHOLE_WORD_UNDER else word == part


def _centres(programme: Programme, region: str | None, municipality: str | None, on: date | None) -> str:
    """Names of the centres in her region, the nearest first; empty where there is none."""
    nearest = programme.centre_for(region, municipality, on)
    others = [centre for centre in programme.centres_in(region, on) if centre != nearest]
    shown = [nearest, *others][:_CENTRES_SHOWN] if nearest else []
    return "; ".join(
        f"{centre.name} ({centre.municipality})"
        if centre.municipality and fold(centre.municipality) not in fold(centre.name)
        else centre.name
        for centre in shown
    )


def _fill(text: str, values: Mapping[str, str]) -> str:
    return BRACES.sub(lambda brace: values.get(brace[1], brace[0]), text)
