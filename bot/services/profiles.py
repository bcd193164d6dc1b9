"""Several women on one telephone: whose turn it is, and what follows for everyone who asks for an address.

An address belongs to one participant at a time. Where it is shared, each woman has a *profile* on it, and
``addresses.participant_id`` names the one who was last known to write. Between two of them nobody is known: the
phone is *asking*, and :mod:`bot.services.profile_talk` holds that talk.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.store.channel_tables import Profile, SharedPhone
from bot.store.tables import AddressRow, InboxRow

FORGETS_AFTER = timedelta(hours=6)
"""so long without a message, and whoever writes next is asked who she is"""
OTHERS_TALK = timedelta(minutes=30)
"""somebody else on the phone wrote so lately: what is sent by itself waits"""
SILENCED = timedelta(days=1)
"""for so long at a time nothing is sent by itself, while nobody has said who it was that asked for silence"""


def root(address: AddressRow) -> int:
    """The address on which the profiles hang."""
    return address.same_as or address.id


def phone_of(session: Session, address: AddressRow) -> SharedPhone | None:
    """The shared telephone that this address is; None for a woman who has hers to herself."""
    return session.get(SharedPhone, root(address))


def profiles_on(session: Session, address_id: int) -> list[Profile]:
    """Who is on it, the first first."""
    return list(
        session.scalars(sa.select(Profile).where(Profile.address_id == address_id).order_by(Profile.id))
    )


def profile_of(session: Session, address_id: int, participant_id: str) -> Profile | None:
    """Hers on that telephone, if she is one of those who write from it."""
    return session.scalar(
        sa.select(Profile).where(Profile.address_id == address_id, Profile.participant_id == participant_id)
    )


def same_phone(address_id: int) -> sa.ColumnElement[bool]:
    """Every key of that chat."""
    return sa.or_(AddressRow.id == address_id, AddressRow.same_as == address_id)


def addresses_of(session: Session, participant_id: str) -> list[AddressRow]:
    """Where she can be reached, also on a telephone on which it is somebody else's turn."""
    found = {
        row.id: row
        for row in session.scalars(sa.select(AddressRow).where(AddressRow.participant_id == participant_id))
    }
    shared = session.scalars(sa.select(Profile.address_id).where(Profile.participant_id == participant_id))
    for address_id in shared.all():
        found |= {row.id: row for row in session.scalars(sa.select(AddressRow).where(same_phone(address_id)))}
    return [found[row_id] for row_id in sorted(found)]


def moved_on(session: Session, row: InboxRow) -> bool:
    """Whether it is somebody else's turn since this message came in: then it waits in her queue."""
    address = session.get(AddressRow, row.address_id) if row.address_id is not None else None
    if address is None or address.participant_id == row.participant_id:
        return False
    row.participant_id = address.participant_id
    row.claimed_by = row.claimed_until = None
    row.attempts -= 1  # nothing failed: it was only not hers
    return True


def asks_who(session: Session, phone: SharedPhone, row: InboxRow) -> bool:
    """Whether nobody knows who wrote ``row``. Notes from which message on, so that she gets them all."""
    if phone.asking is None:
        before = session.scalar(
            sa.select(sa.func.max(InboxRow.received_at)).where(
                InboxRow.address_id.in_(sa.select(AddressRow.id).where(same_phone(phone.address_id))),
                InboxRow.id < row.id,
            )
        )
        if before is None or row.received_at - before <= FORGETS_AFTER:
            return False
        step_out(phone)
    if phone.since_inbox is None:
        phone.since_inbox = row.id
    return True


def step_out(phone: SharedPhone) -> None:
    """From now on nobody is known: the neutral start."""
    phone.asking, phone.candidate, phone.then = "who", None, None
    phone.since_inbox, phone.misses = None, 0


def step_out_of(session: Session, address_id: int | None) -> None:
    """The same for an address, where it is shared; nothing where it is not."""
    address = session.get(AddressRow, address_id) if address_id is not None else None
    phone = phone_of(session, address) if address is not None else None
    if phone is not None:
        step_out(phone)


def step_in(session: Session, phone: SharedPhone, participant_id: str, row_id: int | None) -> None:
    """It is her turn: the address is hers, and so are the messages of whom nobody knew who wrote them."""
    chat = sa.select(AddressRow.id).where(same_phone(phone.address_id))
    since = phone.since_inbox if phone.since_inbox is not None else row_id
    unowned = InboxRow.participant_id.is_(None), InboxRow.id >= (since or 0), InboxRow.payload.is_not(None)
    later = InboxRow.state == "waiting", InboxRow.id >= (row_id or 0)
    for which in (unowned, later):
        _update(session, InboxRow, InboxRow.address_id.in_(chat), *which, participant_id=participant_id)
    _update(session, AddressRow, same_phone(phone.address_id), participant_id=participant_id)
    phone.asking = phone.candidate = phone.then = phone.since_inbox = None
    phone.misses = 0


def not_now(session: Session, address: AddressRow, participant_id: str, now: datetime) -> datetime | None:
    """Until when nothing may be sent by itself to ``participant_id`` on this address, if it is shared."""
    phone = phone_of(session, address)
    if phone is None:
        return None
    if phone.then == "stop":
        return now + SILENCED  # somebody asked for silence and did not say who she is
    last = address.last_inbound_at
    if (address.participant_id != participant_id or phone.asking) and last and now - last < OTHERS_TALK:
        return last + OTHERS_TALK
    return None


def is_shared(session: Session, address: AddressRow) -> bool:
    """Whether several women write from it, so that others may read what is sent to it."""
    return phone_of(session, address) is not None


def is_her_turn(session: Session, address: AddressRow, participant_id: str, now: datetime) -> bool:
    """Whether she is known to be the one who writes from this address now."""
    phone = phone_of(session, address)
    if phone is None:
        return True
    last = address.last_inbound_at
    lately = last is not None and now - last <= FORGETS_AFTER
    return lately and phone.asking is None and address.participant_id == participant_id


def let_go(session: Session, participant_id: str) -> None:
    """She is forgotten: the telephones she shared stay with the others, who are asked anew who they are."""
    held = session.scalars(sa.select(AddressRow).where(AddressRow.participant_id == participant_id)).all()
    for address in held:
        others = [p for p in profiles_on(session, root(address)) if p.participant_id != participant_id]
        phone = phone_of(session, address)
        if phone is None or not others:
            # what nobody was known to have written goes with the address
            _update(
                session,
                InboxRow,
                InboxRow.address_id == address.id,
                InboxRow.participant_id.is_(None),
                payload=None,
                address_id=None,
            )
            continue
        step_out(phone)
        heir = others[0].participant_id
        _update(
            session,
            InboxRow,
            InboxRow.address_id == address.id,
            InboxRow.participant_id == participant_id,
            InboxRow.state == "waiting",
            InboxRow.claimed_by.is_(None),
            participant_id=heir,
        )
        address.participant_id = heir
    session.execute(sa.delete(Profile).where(Profile.participant_id == participant_id))
    session.flush()


def _update(session: Session, table: Any, *where: sa.ColumnElement[bool], **values: Any) -> None:
    session.execute(
        sa.update(table).where(*where).values(**values).execution_options(synchronize_session="fetch")
    )
