"""A profile comes to be, and the turn becomes hers who has it."""

from __future__ import annotations

import uuid

from bot.core.messages import Inbound, InboundKind, Outbound
from bot.services.profiles import root, step_in
from bot.services.say import say
from bot.services.turn import Judged, Turn, Verdict, begin_session
from bot.store.channel_tables import Profile, SharedPhone
from bot.store.tables import AddressRow, Conversation, InboxRow, Participant


def share(turn: Turn) -> SharedPhone:
    """The address becomes one of several; who wrote from it so far is the first of them."""
    address = turn.session.get_one(AddressRow, turn.conversation.address_id)
    phone = SharedPhone(address_id=root(address), misses=0, created_at=turn.now)
    turn.session.add(phone)
    turn.session.flush()
    add_profile(turn, phone, turn.participant.id)
    return phone


def add_profile(turn: Turn, phone: SharedPhone, participant_id: str) -> Profile:
    """One more on that telephone, without a nickname or a PIN yet."""
    profile = Profile(
        address_id=phone.address_id, participant_id=participant_id, wrong_pins=0, created_at=turn.now
    )
    turn.session.add(profile)
    turn.session.flush()
    return profile


def add_newcomer(turn: Turn, phone: SharedPhone) -> Profile:
    """A participant of her own: nothing of the others is hers."""
    person = Participant(
        id=uuid.uuid4().hex,
        status="new",
        language=turn.language,
        channel=turn.participant.channel,
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(person)
    turn.session.flush()
    turn.session.add(Conversation(participant_id=person.id, held_by="bot", misses=0, unclear=0))
    return add_profile(turn, phone, person.id)


def enter(turn: Turn, phone: SharedPhone, row: InboxRow, profile: Profile) -> list[Outbound] | None:
    """The turn becomes hers. What to say where a person of the team holds it; None: the dialogue goes on."""
    become(turn, phone, row, profile)
    if turn.conversation.held_by != "bot":
        return [*turn.said_first, say(turn, "profile_here", nickname=profile.nickname or "")]
    return None


def become(turn: Turn, phone: SharedPhone, row: InboxRow, profile: Profile) -> None:
    """Make this turn hers, with the wish that waited, or else a greeting, as what she said."""
    session, then = turn.session, phone.then
    address_id = turn.conversation.address_id
    row.participant_id = profile.participant_id
    step_in(session, phone, profile.participant_id, row.id)
    turn.participant = session.get_one(Participant, profile.participant_id)
    # another chat of hers may be in a turn of its own just now
    turn.conversation = session.get_one(Conversation, profile.participant_id, with_for_update=True)
    turn.conversation.address_id = address_id
    begin_session(turn.conversation, turn.now)
    row.session_id = turn.conversation.session_id
    turn.known_values.clear()
    turn.judged = Judged(Verdict.INTERRUPTION, intent=then or "greet")
    turn.inbound = Inbound(turn.inbound.external_id, turn.inbound.address, InboundKind.TEXT)
