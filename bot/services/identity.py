"""One woman, several addresses: a code from one channel, typed on the other, joins her two records.

She starts it herself ("vincular"), and the code is shown only in her own chat. It is good for 15 minutes and for one
use, its digest is all that is kept, and guessing is counted.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import sqlalchemy as sa

from bot.core.messages import Channel, InboundKind, Outbound
from bot.core.text import fold
from bot.services.abuse import guard_of
from bot.services.identity_merge import CannotMerge, merge, which_stays
from bot.services.say import say
from bot.services.turn import Turn
from bot.store.channel_tables import LinkCode
from bot.store.database import Database
from bot.store.tables import AddressRow, Conversation, OutboxRow, Participant

VALID = timedelta(minutes=15)
WRONG_CODES = 5
"""so many wrong codes from one address, and none is looked at for a while"""
WRONG_FOR = timedelta(hours=1)
# no 0 O 1 I L U: they are mistaken for each other, or make words
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 6
_CODE = re.compile(rf"\s*op\s*-\s*([{ALPHABET}]{{{LENGTH}}})\s*[.!]?\s*", re.IGNORECASE)


def link(turn: Turn, *, token: str | None = None) -> list[Outbound] | None:
    """What she is told if her message is about joining two addresses; None for every other message.

    ``token`` replaces the random part of a new code.
    """
    if turn.inbound.kind is not InboundKind.TEXT:
        return None
    typed = turn.inbound.text
    found = _CODE.fullmatch(typed)
    if found is not None:
        return _join(turn, found[1].upper())
    if fold(typed) in turn.world.texts.words("link_words"):
        return [_new_code(turn, token or _token())]
    return None


def _token() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _new_code(turn: Turn, token: str) -> Outbound:
    session = turn.session
    # one open code a person: a second request replaces the first
    session.execute(
        sa.delete(LinkCode).where(
            sa.or_(LinkCode.participant_id == turn.participant.id, LinkCode.expires_at < turn.now)
        )
    )
    assert turn.conversation.address_id is not None
    session.add(
        LinkCode(
            digest=_digest(turn.world.database, token),
            participant_id=turn.participant.id,
            address_id=turn.conversation.address_id,
            expires_at=turn.now + VALID,
        )
    )
    return say(turn, "link_code", code=f"OP-{token}")


def _join(turn: Turn, token: str) -> list[Outbound]:
    session = turn.session
    guard = guard_of(turn)
    if guard.wrong_from is None or turn.now - guard.wrong_from >= WRONG_FOR:
        guard.wrong_from, guard.wrong_codes = turn.now, 0
    if guard.wrong_codes >= WRONG_CODES:
        return [say(turn, "link_unknown")]
    code = session.get(LinkCode, _digest(turn.world.database, token))
    if code is None or code.used_at is not None or code.expires_at < turn.now:
        guard.wrong_codes += 1
        return [say(turn, "link_unknown")]
    guard.wrong_codes = 0
    code.used_at = turn.now
    other = session.get(Participant, code.participant_id)
    address = session.get(AddressRow, code.address_id)
    if other is None or address is None or other.id == turn.participant.id:
        return [say(turn, "link_same")]
    kept, merged = which_stays(other, turn.participant)
    here = turn.conversation.address_id
    try:
        merge(session, kept, merged, "code", turn.now)
    except CannotMerge:
        return [say(turn, "link_unknown")]
    turn.participant = kept
    conversation = session.get(Conversation, kept.id)
    assert conversation is not None
    turn.conversation = conversation
    conversation.address_id = here
    _tell(turn, address)
    return [say(turn, "link_done")]


def _tell(turn: Turn, address: AddressRow) -> None:
    """The chat that showed the code hears of it too: if it was not her, she must know."""
    turn.session.add(
        OutboxRow(
            participant_id=turn.participant.id,
            channel=Channel(address.channel).value,
            lane=address.digest,
            send_to=address.reply_to,
            kind="reply",
            part=0,
            content=say(turn, "link_done_there").to_json(),
            state="queued",
            created_at=turn.now,
            not_before=turn.now,
        )
    )


def _digest(database: Database, token: str) -> str:
    return database.cipher.digest(f"link:{token}")
