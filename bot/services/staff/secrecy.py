"""Which messages are restricted: a disclosure, the safe block, and what was said in answer to either.

The stored rows do not say so by themselves, so it is worked out from the conversation's order. Where it is
not clear a message counts as restricted: hiding one too many costs less than showing one.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Outbound
from bot.services.library import UnknownSurvey
from bot.services.world import World
from bot.store.tables import InboxRow, OutboxRow

DISCLOSED = "restricted"
"""the intent under which a disclosure is stored"""
RESTRICTED_ASIDES = frozenset({"support"})


@dataclass(frozen=True)
class Restricted:
    """Ids of the messages that only the focal point reads."""

    inbox: frozenset[int]
    outbox: frozenset[int]


def restricted_messages(session: Session, world: World, participant_id: str) -> Restricted:
    """Walks her messages in order: a restricted question makes its reply restricted, and the reply to that."""
    inbound = session.execute(
        sa.select(InboxRow.id, InboxRow.received_at, InboxRow.intent).where(
            InboxRow.participant_id == participant_id
        )
    ).all()
    outbound = session.execute(
        sa.select(
            OutboxRow.id, OutboxRow.created_at, OutboxRow.inbox_id, OutboxRow.content, OutboxRow.kind
        ).where(OutboxRow.participant_id == participant_id)
    ).all()
    steps = [(row.received_at, 0, row.id, row) for row in inbound]
    steps += [(row.created_at, 1, row.id, row) for row in outbound]
    hidden_in: set[int] = set()
    hidden_out: set[int] = set()
    asked_secret = False
    for _, side, row_id, row in sorted(steps, key=lambda step: step[:3]):
        if side == 0:
            if asked_secret or row.intent == DISCLOSED:
                hidden_in.add(row_id)
            continue
        asks = _asks(row.content)
        asked_secret = any(_is_restricted(world, *question) for question in asks)
        # a message without options does not say what it is; in answer to a restricted one it may be the next question
        if not asks and row.inbox_id in hidden_in and row.kind != "staff":
            asked_secret = True
        if asked_secret or row.inbox_id in hidden_in:
            hidden_out.add(row_id)
    return Restricted(frozenset(hidden_in), frozenset(hidden_out))


def _asks(content: object) -> list[tuple[str, str]]:
    """The (questionnaire, question) pairs that the message's options answer."""
    if not isinstance(content, dict):
        return []
    options = Outbound.from_json(content).options
    return [(o.means["survey"], o.means.get("question", "")) for o in options if "survey" in o.means]


def _is_restricted(world: World, survey: str, question: str) -> bool:
    if survey in RESTRICTED_ASIDES:
        return True
    try:
        found = world.library.current(survey)[1].by_name.get(question)
    except UnknownSurvey:
        return True
    return found is None or found.sensitivity == "restricted"
