"""What a woman sees of the bot: its last message, the options printed in it, and what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.messages import Outbound
from bot.services.library import Library
from bot.store.database import Database
from bot.store.tables import AddressRow, Conversation, Participant
from bot.surveys.model import Question, in_language

_OPTION = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Heard:
    """A message on her phone."""

    message: Outbound
    outbox_id: int

    def printed(self) -> dict[str, int]:
        """Its options as printed: text → number."""
        return {text.strip(): int(number) for number, text in _OPTION.findall(self.message.text)}


@dataclass(frozen=True)
class View:
    """Where her conversation stands: what a woman knows who has read the chat."""

    participant_id: str
    status: str
    enrolled: bool
    language: str
    held: bool
    aside: str | None
    survey: str | None
    question: str | None
    wave: str | None
    form_open: bool
    """a question of a questionnaire about her waits, be it below an aside"""

    @property
    def asks(self) -> tuple[str, str] | None:
        """The questionnaire and the question that wait for an answer."""
        name = self.aside or self.survey
        return (name, self.question) if name and self.question else None


class Eye:
    """Looks conversations up. It stands for her reading, so it only reads."""

    def __init__(self, database: Database, library: Library) -> None:
        self._database = database
        self._library = library
        self._who = sa.select(AddressRow.participant_id).where(AddressRow.digest == sa.bindparam("digest"))

    def view(self, digest: str) -> View | None:
        """The conversation of the address with that digest; None where she is not known (any more)."""
        with self._database.read() as session:
            person = session.get(Participant, session.scalar(self._who, {"digest": digest}) or "")
            if person is None:
                return None
            conversation = session.get(Conversation, person.id)
            if conversation is None:
                return None
            question = conversation.question
            if conversation.aside is not None:
                question = (conversation.aside_values or {}).get("open")
            return View(
                person.id, person.status, person.enrolled_at is not None, person.language,
                conversation.held_by != "bot", conversation.aside, conversation.survey, question, conversation.wave,
                bool(conversation.survey and conversation.question),
            )  # fmt: skip

    def question(self, survey: str, name: str) -> Question | None:
        """The question as published today."""
        return self._library.current(survey)[1].by_name.get(name)

    def labels(self, survey: str, question: Question, language: str) -> dict[str, str]:
        """Choice → what it is called in her language."""
        form = self._library.current(survey)[1]
        choices = form.lists.get(question.list_name, ())
        return {c.name: in_language(c.labels, language, form.default_language) for c in choices}

    def aliases(self, survey: str, question: Question, value: str) -> Sequence[str]:
        """Other names of a choice."""
        form = self._library.current(survey)[1]
        found = form.choices_by_name.get(question.list_name, {}).get(value)
        return found.aliases if found else ()
