"""One address, two keys: WhatsApp's user id beside a telephone number."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.store.database import Database
from bot.store.tables import AddressRow


def note_other_key(session: Session, database: Database, row: AddressRow, other_key: str) -> None:
    """WhatsApp's user id came beside a number: the same person by both, whichever comes alone next time."""
    digest = database.cipher.digest(f"{row.channel}:{other_key}")
    known = session.scalar(
        sa.select(AddressRow).where(AddressRow.channel == row.channel, AddressRow.digest == digest)
    )
    # known as somebody else's: two records that staff may merge; a message is no proof for that
    if known is None:
        session.add(
            AddressRow(
                participant_id=row.participant_id,
                channel=row.channel,
                digest=digest,
                key=other_key,
                reply_to=f"whatsapp:{other_key}",
                same_as=row.same_as or row.id,
                created_at=row.last_inbound_at or row.created_at,
            )
        )
