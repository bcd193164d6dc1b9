"""What follows from a provider's error code: an address that is closed, something for staff to mend.

The codes are data of each channel (``errors.yml``); this is what is done about them, whether they came with the
answer to a send or hours later in a status report.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.rulings import Ruling
from bot.channels.telegram.failures import ruling as telegram_ruling
from bot.channels.whatsapp.failures import ruling as twilio_ruling
from bot.core.messages import Channel, Outcome
from bot.store.channel_tables import ChannelAlert
from bot.store.tables import AddressRow, OutboxRow

# the provider could not be reached, or answered without a code: nothing is wrong with the message
_NO_CODE = frozenset({"connect", "connection", "timeout", "answer", ""})


def ruling_of(channel: str, code: str | None) -> Ruling | None:
    """The channel's ruling on ``code``; None for what is no provider's code."""
    if not code or code in _NO_CODE:
        return None
    if channel == Channel.WHATSAPP:
        return twilio_ruling(code) if code.isdigit() and len(code) > 3 else None
    return telegram_ruling(code) if channel == Channel.TELEGRAM else None


def note_failure(session: Session, row: OutboxRow, code: str | None, now: datetime) -> Ruling | None:
    """Do what ``code`` asks for besides the row itself; returns its ruling."""
    ruling = ruling_of(row.channel, code)
    if ruling is None:
        return None
    if ruling.blocks:
        close_address(session, row.channel, row.lane, now)
    if ruling.alert or ruling.outcome is Outcome.CONFIGURATION:
        raise_alert(session, row.channel, "send", ruling.code, f"{ruling.meaning} ({ruling.doc})", now)
    return ruling


def close_address(session: Session, channel: str, lane: str, now: datetime) -> None:
    """Nothing reaches this address until she writes again; what waits for it is closed."""
    session.execute(
        sa.update(AddressRow)
        .where(AddressRow.channel == channel, AddressRow.digest == lane)
        .values(blocked_at=now)
    )
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.lane == lane, OutboxRow.channel == channel, OutboxRow.state == "queued")
        .values(state="cancelled", error_code="blocked")
    )


def raise_alert(session: Session, channel: str, kind: str, code: str, detail: str, now: datetime) -> bool:
    """One open row a cause; True when it is new, so that it is told once."""
    row = session.scalar(
        sa.select(ChannelAlert).where(
            ChannelAlert.channel == channel, ChannelAlert.kind == kind, ChannelAlert.code == code[:60]
        )
    )
    if row is None:
        session.add(
            ChannelAlert(
                channel=channel,
                kind=kind,
                code=code[:60],
                detail=detail[:300],
                first_at=now,
                last_at=now,
                count=1,
            )
        )
        session.flush()
        return True
    was_cleared = row.cleared_at is not None
    row.first_at = now if was_cleared else row.first_at
    row.count = 1 if was_cleared else row.count + 1
    row.last_at, row.detail, row.cleared_at = now, detail[:300], None
    return was_cleared


def clear_alert(session: Session, channel: str, kind: str, code: str | None, now: datetime) -> None:
    """The cause is mended; without ``code`` all of that kind."""
    wanted = [ChannelAlert.channel == channel, ChannelAlert.kind == kind, ChannelAlert.cleared_at.is_(None)]
    if code is not None:
        wanted.append(ChannelAlert.code == code[:60])
    session.execute(sa.update(ChannelAlert).where(*wanted).values(cleared_at=now))


def open_alerts(session: Session) -> list[ChannelAlert]:
    """What staff must mend, oldest first: for the console and ``doctor``."""
    return list(
        session.scalars(
            sa.select(ChannelAlert).where(ChannelAlert.cleared_at.is_(None)).order_by(ChannelAlert.first_at)
        )
    )
