"""A woman who talks to the service: what she types, taps and sends, and what she gets back."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from bot.core.messages import Address, Channel, Inbound, InboundKind, Media, MediaKind, Outbound
from bot.store.tables import AddressRow, Answer, Conversation, Participant, RestrictedAnswer
from support.capture import Sent
from support.house import House

BETWEEN = timedelta(seconds=20)
"""from one message of hers to the next"""

_UNFILLED = re.compile(r"\{\w+\}")
_numbers = itertools.count(1)


@dataclass
class Woman:
    """One person on one channel. Each method returns what the bot answered, in order."""

    house: House
    key: str
    channel: Channel = Channel.SIMULATOR
    display_name: str = ""
    history: list[tuple[int, Outbound]] = field(default_factory=list)
    """every message she got, with its outbox id"""
    delivered: list[Inbound] = field(default_factory=list)
    seen: int = 0

    def say(self, text: str) -> list[Outbound]:
        return self.send(InboundKind.TEXT, text=text)

    def says(self, *texts: str) -> list[Outbound]:
        """Several messages one after the other; the answer to the last one."""
        answers: list[Outbound] = []
        for text in texts:
            answers = self.say(text)
        return answers

    def tap(self, title: str) -> list[Outbound]:
        """Press the newest button of that title, old messages included."""
        return self.send(InboundKind.TAP, text=title, tap=self.option(title))

    def option(self, title: str) -> str:
        """The short id of the newest button with that title. Raises LookupError."""
        for outbox_id, message in reversed(self.history):
            for index, option in enumerate(message.options):
                if option.title.casefold() == title.casefold():
                    return f"{outbox_id}.{index}"
        raise LookupError(f"she was never shown a button {title!r}")

    def start(self, code: str = "") -> list[Outbound]:
        return self.send(InboundKind.START, text="/start", start_code=code)

    def sends(self, kind: MediaKind, caption: str = "") -> list[Outbound]:
        return self.send(InboundKind.MEDIA, text=caption, media=(Media(kind, "file-1"),))

    def is_at(self, latitude: float, longitude: float) -> list[Outbound]:
        return self.send(InboundKind.LOCATION, latitude=latitude, longitude=longitude)

    def shares(self, phone: str) -> list[Outbound]:
        return self.send(InboundKind.CONTACT, phone=phone)

    def send(self, kind: InboundKind, **details: object) -> list[Outbound]:
        """Deliver one inbound and hear the answer."""
        return self.hand_in(self.inbound(kind, **details))

    def inbound(self, kind: InboundKind, **details: object) -> Inbound:
        """The next thing she does, not delivered yet."""
        address = Address(self.channel, self.key, self.key, self.display_name)
        return Inbound(f"in-{next(_numbers)}", address, kind, **details)  # type: ignore[arg-type]

    def hand_in(self, inbound: Inbound) -> list[Outbound]:
        """Deliver ``inbound``, as often as a provider may; raises what a turn raised."""
        self.house.clock.advance(BETWEEN)
        self.delivered.append(inbound)
        self.house.service.receiver.receive(inbound)
        self.house.answer_all()
        if self.house.runner.errors:
            raise self.house.runner.errors[0]
        return self.heard()

    def heard(self) -> list[Outbound]:
        """What reached her since she last looked; erased messages were seen by her and by nobody after."""
        rows = self.house.outbox_since(self.seen, self.lane)
        self.seen = max([self.seen, *(row for row, _ in rows)])
        erased = {sent.outbox_id: sent.message for sent in self._left()}
        news = [(row, message or erased[row]) for row, message in rows if message or row in erased]
        for _, message in news:
            assert message.text.strip(), "an empty message reached her"
            assert not _UNFILLED.search(message.text), f"nothing filled the braces in {message.text!r}"
        self.history += news
        return [message for _, message in news]

    def _left(self) -> list[Sent]:
        channels = self.house.channels
        captured = {Channel.WHATSAPP: channels.whatsapp.sent, Channel.TELEGRAM: channels.telegram.sent}
        return captured.get(self.channel, channels.simulated)

    # -- what is known of her -------------------------------------------------------------------------------

    @property
    def lane(self) -> str:
        return self.house.database.cipher.digest(f"{self.channel.value}:{self.key}")

    @property
    def participant(self) -> Participant:
        """Her row. Raises IndexError when there is none."""
        address = self.house.rows(AddressRow, digest=self.lane)[0]
        found: Participant = self.house.rows(Participant, id=address.participant_id)[0]
        return found

    @property
    def conversation(self) -> Conversation:
        found: Conversation = self.house.rows(Conversation, participant_id=self.participant.id)[0]
        return found

    def answers(self, survey: str) -> dict[str, str]:
        """Her answers to a survey as the export has them; what she passed or was not asked is left out."""
        rows = self.house.rows(Answer, participant_id=self.participant.id, survey=survey)
        return {
            row.question: (row.text if row.text is not None else row.value) or ""
            for row in rows
            if row.reply_kind == "answered"
        }

    def reply_kinds(self, survey: str) -> dict[str, list[str]]:
        """Questions by how they were answered: ``answered skipped dont_know not_asked``."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.house.rows(Answer, participant_id=self.participant.id, survey=survey):
            found[row.reply_kind].append(row.question)
        return dict(found)

    def restricted(self) -> dict[str, str]:
        rows = self.house.rows(RestrictedAnswer, participant_id=self.participant.id)
        return {row.question: row.value for row in rows}


def texts(messages: list[Outbound]) -> str:
    """The words of an answer, its messages one under the other."""
    return "\n".join(message.text for message in messages)


def count(house: House, table: type) -> int:
    """How many rows a table has."""
    statement = sa.select(sa.func.count()).select_from(table)
    return house.read(lambda session: session.scalar(statement) or 0)
