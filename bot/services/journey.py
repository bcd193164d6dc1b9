"""The journey file: which questionnaires, in which order, and what an answer leads to.

``dialogues/journey.yml`` is read once and checked; a condition that does not parse stops the start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.surveys.model import Survey


class JourneyError(Exception):
    """``dialogues/journey.yml`` is wrong; the message names the place and the mend."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Enrolment(_Strict):
    wave: str
    surveys: list[str]


class ProfileField(_Strict):
    """The first of ``questions`` that has an answer fills the column."""

    questions: list[str]
    label: bool = False
    only: list[str] | None = None
    values: dict[str, str] | None = None
    when: str | None = None


class Grant(_Strict):
    granted: list[str]
    refused: list[str]


class Outcome(_Strict):
    """``finish`` ends the questionnaire there; ``ask_again`` forgets those answers so they are asked anew;
    with ``before`` it counts only once that question would be next."""

    when: str
    then: Literal["turn_away", "person", "again"]
    reason: str = ""
    message: str = ""
    ask_again: list[str] = Field(default_factory=list)
    finish: bool = False
    before: str = ""


class NeedRule(_Strict):
    when: str
    need: str | None = None
    needs_of: str | None = None
    except_: list[str] = Field(default_factory=list, alias="except")


class SafeBlock(_Strict):
    survey: str
    questions: list[str]
    keep_when: str
    contact_when: str
    card_when: str


class Journey(_Strict):
    """See the comments of ``dialogues/journey.yml``."""

    enrolment: Enrolment
    hidden: dict[str, list[str]]
    profile: dict[str, ProfileField]
    consents: dict[str, dict[str, Grant]]
    outcomes: dict[str, list[Outcome]]
    referrals: list[NeedRule]
    information: list[NeedRule]
    safe_block: SafeBlock
    discreet_when: str
    heard: dict[str, dict[str, dict[str, str]]]
    ahead: dict[str, list[str]] = Field(default_factory=dict)
    implied: dict[str, dict[str, str]] = Field(default_factory=dict)
    summary: list[str]

    @property
    def wave(self) -> str:
        return self.enrolment.wave

    @property
    def surveys(self) -> list[str]:
        return self.enrolment.surveys

    def profile_fields_of(self, question: str) -> list[str]:
        """The participant's columns that an answer to ``question`` may change."""
        touched = [c for c, f in self.profile.items() if question in f.questions]
        # a column with a condition may change by any answer of the same questionnaire
        return touched + [c for c, f in self.profile.items() if f.when and c not in touched]

    def asks_consent(self, survey: Survey) -> bool:
        """Whether one of its questions grants or refuses a consent (others only carry the answer along)."""
        asked = {question.name for question in survey.questions if question.asked}
        return not asked.isdisjoint(self.consents)


def load_journey(path: Path) -> Journey:
    """Raises JourneyError."""
    try:
        return Journey.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise JourneyError(f"{path.name}: line {line}: {error.problem}. Mend: it must be YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise JourneyError(
            f"{path.name}: {where}: {first['msg']}. Mend: see the comments of the file"
        ) from None
