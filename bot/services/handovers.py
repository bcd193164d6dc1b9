"""Handing over to a person: one open request a reason, never with her words in it."""

from __future__ import annotations

import sqlalchemy as sa

from bot.services.turn import Turn
from bot.store.tables import HandOver


def open_handover(turn: Turn, reason: str, *, route: str | None = None, restricted: bool = False) -> HandOver:
    """The open request for this reason, made if there is none; ``route`` is how she wants to be reached."""
    found = turn.session.scalar(
        sa.select(HandOver).where(
            HandOver.participant_id == turn.participant.id,
            HandOver.reason == reason,
            HandOver.state == "open",
        )
    )
    if found is None:
        found = HandOver(
            participant_id=turn.participant.id,
            reason=reason,
            restricted=restricted,
            opened_at=turn.now,
            state="open",
        )
        turn.session.add(found)
        turn.session.flush()
    if route is not None:
        found.route = route
    return found
