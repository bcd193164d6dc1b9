"""The talk about who is writing, on a telephone that several women share.

It comes before the dialogue, because until it is over there is nobody whose dialogue it could be. What is said in it
is emptied once sent, so that no nickname stays in somebody else's record, and a PIN is never kept as it was written.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from bot.core.messages import InboundKind, Outbound
from bot.core.text import clean, fold
from bot.services.inbound import RESTRICTED_ASIDES
from bot.services.judge import Judge
from bot.services.profile_entry import become, enter, share
from bot.services.profile_list import NEW, UNDO, ask_who, listed, picked
from bot.services.profile_pin import is_closed
from bot.services.profile_steps import (
    ask_for_person,
    ask_new_pin,
    ask_nickname,
    take_new_pin,
    take_nickname,
    take_pin,
)
from bot.services.profiles import profile_of, profiles_on, step_out
from bot.services.say import say, text
from bot.services.support import KINDS, acknowledged, card
from bot.services.turn import Judged, Turn, Verdict
from bot.store.channel_tables import SharedPhone
from bot.store.tables import InboxRow

SURE = 0.75
"""the model's confidence from which a wish is heard before it is known who has it"""
# what a command means to someone of whom it is not known who she is, and still means once it is
WAITS = frozenset(
    {"stop", "access_data", "delete_data", "correct_answer", "change_language", "show_menu", "restart"}
)
_ALIKE, _LONG = 92, 13
"""from this likeness (rapidfuzz, 0 to 100) and length in letters on, a phrase with a slip of the finger is meant"""


def asks_to_change(turn: Turn) -> list[Outbound] | None:
    """Her wish to let somebody else write, or for a PIN; None for every other message."""
    if turn.inbound.kind is not InboundKind.TEXT:
        return None
    said = fold(turn.inbound.text)
    change = _is_one_of(turn, said, "profile_words")
    if not change and not (turn.phone is not None and _is_one_of(turn, said, "pin_words")):
        return None
    if _in_safe_block(turn):
        return [say(turn, "profile_not_now")]
    phone = turn.phone or share(turn)
    mine = profile_of(turn.session, phone.address_id, turn.participant.id)
    if not change and mine is not None:
        return ask_nickname(turn, phone, mine) if mine.nickname is None else ask_new_pin(turn, phone, mine)
    first = turn.phone is None
    turn.phone = phone
    step_out(phone)
    return [ask_who(turn, phone, text(turn, "profile_intro") if first else "")]


def _in_safe_block(turn: Turn) -> bool:
    """There it is closed first (quick exit), so that it is not what the next woman finds open."""
    conversation, block = turn.conversation, turn.world.journey.safe_block
    if conversation.aside is not None:
        return conversation.aside in RESTRICTED_ASIDES
    return conversation.survey == block.survey and conversation.question in block.questions


def judged_at_the_door(turn: Turn, judge: Judge) -> Judged:
    """Danger and commands; nothing is an answer to anybody's question."""
    said = clean(turn.inbound.text)
    # words of ours, sent back as they were offered, disclose nothing; digits are a choice or a PIN
    if not re.search(r"[^\W\d_]", said) or _is_title(turn, said):
        return Judged(Verdict.INTERRUPTION, intent="greet")
    country = turn.participant.country or turn.world.default_country
    return judge.judge_typed(said, None, country=country, language=turn.language, today=turn.today)


def _is_title(turn: Turn, said: str) -> bool:
    phone = turn.phone
    if phone is None or phone.asking != "who":
        return False
    return fold(said) in {fold(title) for _, title in listed(turn, phone)}


def at_the_door(turn: Turn, row: InboxRow) -> list[Outbound] | None:
    """What to say to whoever writes; None once it is known who she is, and the turn has become hers."""
    phone = turn.phone
    assert phone is not None
    # nobody's yet: it becomes hers who turns out to have written it
    row.participant_id = None
    said = clean(turn.inbound.text)
    intent = _intent(turn, phone, said)
    known = _by_command(turn, phone, row, intent)
    if known is not None:
        return known
    if phone.asking == "pin":
        return take_pin(turn, phone, row, said)
    if phone.asking == "nickname":
        return take_nickname(turn, phone, row, said)
    if phone.asking == "new_pin":
        return take_new_pin(turn, phone, row, said)
    return _pick(turn, phone, row, said)


def _intent(turn: Turn, phone: SharedPhone, said: str) -> str:
    """What she wants, as far as it counts here: a nickname or a PIN is not taken for a wish by a guess."""
    judged = turn.judged
    if judged.intent in KINDS:
        return judged.intent
    command = turn.world.commands.get(fold(said))
    if command is not None:
        return command
    sure = phone.asking == "who" and judged.confidence >= SURE and picked(turn, phone, said) is None
    return judged.intent if sure and judged.intent in ("request_human", "stop") else ""


def _by_command(turn: Turn, phone: SharedPhone, row: InboxRow, intent: str) -> list[Outbound] | None:
    if intent in KINDS:
        row.intent = "restricted"
        return [*acknowledged(turn, KINDS[intent]), say(turn, "profile_support")]
    if intent == "show_support":
        row.intent = "restricted"
        return [card(turn, "violence"), say(turn, "profile_support")]
    if intent == "quick_exit":
        step_out(phone)
        return [say(turn, "quick_exit")]
    if intent == "request_human":
        return ask_for_person(turn, phone)
    if intent == "correct_answer" and phone.asking != "who":
        step_out(phone)
        return [ask_who(turn, phone)]
    if intent == "stop":
        phone.then = "stop"
        return [ask_who(turn, phone, text(turn, "profile_silent"), hello=False)]
    if intent in WAITS and phone.asking == "who":
        phone.then = intent
        return [ask_who(turn, phone)]
    return None


def _pick(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    if not phone.misses:
        # not asked yet: a "1" that answers a notice must not choose the first of the list
        return [ask_who(turn, phone)]
    which = picked(turn, phone, said)
    if which is None:
        return [ask_who(turn, phone, text(turn, "profile_again"), hello=False)]
    if which == NEW:
        phone.asking, phone.candidate = "nickname", None
        return [say(turn, "profile_nickname")]
    if which == UNDO:
        (only,) = profiles_on(turn.session, phone.address_id)
        become(turn, phone, row, only)
        turn.session.delete(only)
        turn.session.delete(phone)
        turn.phone = None
        return [say(turn, "profile_undone")]
    profile = profile_of(turn.session, phone.address_id, which)
    assert profile is not None
    if profile.pin is not None:
        phone.asking, phone.candidate = "pin", which
        if is_closed(profile, turn.now):
            step_out(phone)
            return [say(turn, "profile_pin_locked")]
        return [say(turn, "profile_pin", nickname=profile.nickname or "")]
    if profile.nickname is None:
        return ask_nickname(turn, phone, profile)
    return enter(turn, phone, row, profile)


def _is_one_of(turn: Turn, said: str, key: str) -> bool:
    known = turn.world.texts.words(key)
    return said in known or any(
        len(phrase) >= _LONG and fuzz.ratio(said, phrase) >= _ALIKE for phrase in known
    )
