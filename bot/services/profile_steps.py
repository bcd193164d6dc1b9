"""What is asked of her on a shared telephone once she is picked from the list: a nickname, a PIN to set, her PIN."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.answers.phrases import says_no
from bot.core.messages import Inbound, Outbound
from bot.core.text import fold
from bot.services.handovers import open_handover
from bot.services.profile_entry import add_newcomer, enter
from bot.services.profile_list import ask_who
from bot.services.profile_pin import is_closed, opens, pin_in, set_pin
from bot.services.profiles import profile_of, profiles_on, step_out
from bot.services.say import say, text
from bot.services.turn import Turn
from bot.store.channel_tables import Profile, SharedPhone
from bot.store.tables import InboxRow, Participant

MISSES = 2
"""so often a PIN is asked for again before she goes on without one"""
LONGEST = 20
"""letters of a nickname, so that it fits a button"""


def ask_nickname(turn: Turn, phone: SharedPhone, profile: Profile) -> list[Outbound]:
    """What shall stand in the list; the answer is for :func:`take_nickname`."""
    phone.asking, phone.candidate = "nickname", profile.participant_id
    turn.phone = phone
    return [say(turn, "profile_nickname")]


def take_nickname(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    """Keep the nickname, of a newcomer too, and offer a PIN; ask again where it is none or taken."""
    others = profiles_on(turn.session, phone.address_id)
    taken = {fold(p.nickname) for p in others if p.nickname and p.participant_id != phone.candidate}
    taken |= {fold(text(turn, key)) for key in ("profile_new", "profile_first", "profile_undo")}
    name = " ".join(said.split())
    if not re.search(r"[^\W\d_]", name) or len(name) > LONGEST or fold(name) in taken:
        return [say(turn, "profile_nickname_again")]
    if phone.candidate is None:
        profile = add_newcomer(turn, phone)
    else:
        found = profile_of(turn.session, phone.address_id, phone.candidate)
        if found is None:
            return [ask_who(turn, phone)]
        profile = found
    profile.nickname = name
    row.participant_id = profile.participant_id
    return ask_new_pin(turn, phone, profile)


def ask_new_pin(turn: Turn, phone: SharedPhone, profile: Profile) -> list[Outbound]:
    """Offer a PIN; the answer is for :func:`take_new_pin`."""
    phone.asking, phone.candidate, phone.misses = "new_pin", profile.participant_id, 0
    turn.phone = phone
    return [say(turn, "profile_new_pin", nickname=profile.nickname or "")]


def take_new_pin(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    """Set the PIN, or none; the turn is hers then (None: the dialogue goes on with it)."""
    _forget_words(turn, row)
    profile = profile_of(turn.session, phone.address_id, phone.candidate or "")
    if profile is None:
        return [ask_who(turn, phone)]
    pin = pin_in(said)
    if pin is not None:
        set_pin(turn.world.database, profile, pin)
    elif says_no(said, "no_pin") or turn.judged.intent in ("skip", "deny"):
        set_pin(turn.world.database, profile, None)
    elif phone.misses < MISSES:
        phone.misses += 1
        return [say(turn, "profile_pin_again")]
    ready = say(turn, "profile_ready", nickname=profile.nickname or "")
    turn.said_first.append(ready)
    return enter(turn, phone, row, profile)


def take_pin(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    """Open her conversation if the PIN is right (None: the dialogue goes on with it); count it if it is not."""
    _forget_words(turn, row)
    profile = profile_of(turn.session, phone.address_id, phone.candidate or "")
    if profile is None:
        return [ask_who(turn, phone)]
    if opens(turn.world.database, profile, said, turn.now):
        return enter(turn, phone, row, profile)
    if is_closed(profile, turn.now):
        ask_team_for_pin(turn, profile)
        step_out(phone)
        return [say(turn, "profile_pin_locked")]
    return [say(turn, "profile_pin_wrong")]


def keep_no_pin(phone: SharedPhone | None, row: InboxRow) -> None:
    """What may be a PIN is not kept in a message that nobody took for an answer, being put off or failed."""
    if phone is not None and phone.asking in ("pin", "new_pin") and row.payload is not None:
        row.payload = _masked(Inbound.from_json(row.payload)).to_json()


def _forget_words(turn: Turn, row: InboxRow) -> None:
    """What may be a PIN is not kept: not in the inbox, not in the dialogue's memory."""
    turn.inbound = _masked(turn.inbound)
    row.payload = turn.inbound.to_json()


def _masked(inbound: Inbound) -> Inbound:
    return replace(inbound, text="••••", tap="")


def ask_for_person(turn: Turn, phone: SharedPhone) -> list[Outbound]:
    """A person is wanted: for a lost PIN, or by somebody of whom it is not known who she is."""
    profile = profile_of(turn.session, phone.address_id, phone.candidate or "")
    if phone.asking == "pin" and profile is not None:
        ask_team_for_pin(turn, profile)
        step_out(phone)
        return [say(turn, "profile_pin_lost")]
    # nobody knows who she is: the request stands with the one who was last there, whose page names the others
    open_handover(turn, "asked")
    return [say(turn, "profile_person")]


def ask_team_for_pin(turn: Turn, profile: Profile) -> None:
    """The hand-over stands with her whose PIN it is, not with whoever wrote last."""
    before, turn.participant = turn.participant, turn.session.get_one(Participant, profile.participant_id)
    open_handover(turn, "pin")
    turn.participant = before
