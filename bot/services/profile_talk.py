"""The talk about who is writing, on a telephone that several women share.

It comes before the dialogue, because until it is over there is nobody whose dialogue it could be. What is said in it
is emptied once sent, so that no nickname stays in somebody else's record, and a PIN is never kept as it was written.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from rapidfuzz import fuzz

from bot.answers.question import Asked, AskedChoice
from bot.answers.read import read
from bot.answers.reading import Outcome
from bot.core.messages import Inbound, InboundKind, Option, Outbound
from bot.core.text import clean, fold
from bot.services.handovers import open_handover
from bot.services.inbound import RESTRICTED_ASIDES
from bot.services.judge import Judge
from bot.services.profile_pin import is_closed, opens, pin_in, set_pin
from bot.services.profiles import profile_of, profiles_on, root, step_in, step_out
from bot.services.say import say, text
from bot.services.support import card
from bot.services.texts import LANGUAGES
from bot.services.turn import Judged, Turn, Verdict, begin_session
from bot.store.channel_tables import Profile, SharedPhone
from bot.store.tables import AddressRow, Conversation, InboxRow, Participant

AT_MOST = 6
"""women on one telephone"""
MISSES = 2
SURE = 0.75
LONGEST = 20
NEW, UNDO = "new", "undo"
# what a command means to someone of whom it is not known who she is, and still means once it is
WAITS = frozenset(
    {"stop", "access_data", "delete_data", "correct_answer", "change_language", "show_menu", "restart"}
)
CARDS = {"disclose_violence": "violence", "disclose_self_harm": "distress", "show_support": "violence"}
_ALIKE = 92


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
    phone = turn.phone or _share(turn)
    mine = profile_of(turn.session, phone.address_id, turn.participant.id)
    if not change and mine is not None:
        return _ask_nickname(turn, phone, mine) if mine.nickname is None else _ask_new_pin(turn, phone, mine)
    first = turn.phone is None
    turn.phone = phone
    step_out(phone)
    return [_who(turn, phone, text(turn, "profile_intro") if first else "")]


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
    return fold(said) in {fold(title) for _, title in _choices(turn, phone)}


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
        return _pin(turn, phone, row, said)
    if phone.asking == "nickname":
        return _nickname(turn, phone, row, said)
    if phone.asking == "new_pin":
        return _new_pin(turn, phone, row, said)
    return _pick(turn, phone, row, said)


def _intent(turn: Turn, phone: SharedPhone, said: str) -> str:
    """What she wants, as far as it counts here: a nickname or a PIN is not taken for a wish by a guess."""
    judged = turn.judged
    if judged.intent in CARDS and judged.intent != "show_support":
        return judged.intent
    command = turn.world.commands.get(fold(said))
    if command is not None:
        return command
    sure = phone.asking == "who" and judged.confidence >= SURE and _picked(turn, phone, said) is None
    return judged.intent if sure and judged.intent in ("request_human", "stop") else ""


def _by_command(turn: Turn, phone: SharedPhone, row: InboxRow, intent: str) -> list[Outbound] | None:
    if intent in CARDS:
        row.intent = "restricted"
        purpose = CARDS[intent]
        lead = {"violence": "support_violence", "distress": "support_distress"}[purpose]
        said = [] if intent == "show_support" else [say(turn, lead)]
        return [
            *said,
            card(turn, "distress" if purpose == "distress" else "violence"),
            say(turn, "profile_support"),
        ]
    if intent == "quick_exit":
        step_out(phone)
        return [say(turn, "quick_exit")]
    if intent == "request_human":
        return _person(turn, phone)
    if intent == "correct_answer" and phone.asking != "who":
        step_out(phone)
        return [_who(turn, phone)]
    if intent == "stop":
        phone.then = "stop"
        return [_who(turn, phone, text(turn, "profile_silent"), hello=False)]
    if intent in WAITS and phone.asking == "who":
        phone.then = intent
        return [_who(turn, phone)]
    return None


# -- who -------------------------------------------------------------------------------------------------------


def _who(turn: Turn, phone: SharedPhone, lead: str = "", *, hello: bool = True) -> Outbound:
    phone.asking, phone.candidate = "who", None
    phone.misses += 1
    choices = _choices(turn, phone)
    lines = [f"{number}. {title}" for number, (_, title) in enumerate(choices, 1)]
    asked = text(turn, "profile_who") if hello else ""
    head = "\n\n".join(part for part in (lead, asked) if part)
    # a press brings the title back, which is read like what she types
    options = tuple(Option(title, {"intent": "resume"}) for _, title in choices)
    return Outbound("\n".join([head, *lines] if head else lines), options)


def _choices(turn: Turn, phone: SharedPhone) -> list[tuple[str, str]]:
    """Participant id, ``new`` or ``undo``, with what stands in the list."""
    there = profiles_on(turn.session, phone.address_id)
    found = [(p.participant_id, p.nickname or text(turn, "profile_first")) for p in there]
    if len(there) < AT_MOST:
        found.append((NEW, text(turn, "profile_new")))
    if len(there) == 1 and there[0].nickname is None:
        found.append((UNDO, text(turn, "profile_undo")))
    return found


def _pick(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    if not phone.misses:
        # not asked yet: a "1" that answers a notice must not choose the first of the list
        return [_who(turn, phone)]
    picked = _picked(turn, phone, said)
    if picked is None:
        return [_who(turn, phone, text(turn, "profile_again"), hello=False)]
    if picked == NEW:
        phone.asking, phone.candidate = "nickname", None
        return [say(turn, "profile_nickname")]
    if picked == UNDO:
        (only,) = profiles_on(turn.session, phone.address_id)
        _become(turn, phone, row, only)
        turn.session.delete(only)
        turn.session.delete(phone)
        turn.phone = None
        return [say(turn, "profile_undone")]
    profile = profile_of(turn.session, phone.address_id, picked)
    assert profile is not None
    if profile.pin is not None:
        phone.asking, phone.candidate = "pin", picked
        if is_closed(profile, turn.now):
            step_out(phone)
            return [say(turn, "profile_pin_locked")]
        return [say(turn, "profile_pin", nickname=profile.nickname or "")]
    if profile.nickname is None:
        return _ask_nickname(turn, phone, profile)
    return _enter(turn, phone, row, profile)


def _picked(turn: Turn, phone: SharedPhone, said: str) -> str | None:
    choices = _choices(turn, phone)
    asked = Asked(
        "who",
        "select_one",
        tuple(AskedChoice(value, title, n) for n, (value, title) in enumerate(choices, 1)),
    )
    exact = [value for value, title in choices if fold(title) == fold(said)]
    if exact:
        return exact[0]
    found = read(asked, said, country=turn.participant.country, language=turn.language, today=turn.today)
    # a guess is no answer to this question
    return found.value if found.outcome is Outcome.ANSWER else None


# -- nickname --------------------------------------------------------------------------------------------------


def _ask_nickname(turn: Turn, phone: SharedPhone, profile: Profile) -> list[Outbound]:
    phone.asking, phone.candidate = "nickname", profile.participant_id
    turn.phone = phone
    return [say(turn, "profile_nickname")]


def _nickname(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    others = profiles_on(turn.session, phone.address_id)
    taken = {fold(p.nickname) for p in others if p.nickname and p.participant_id != phone.candidate}
    taken |= {fold(text(turn, key)) for key in ("profile_new", "profile_first", "profile_undo")}
    name = " ".join(said.split())
    if not re.search(r"[^\W\d_]", name) or len(name) > LONGEST or fold(name) in taken:
        return [say(turn, "profile_nickname_again")]
    if phone.candidate is None:
        profile = _newcomer(turn, phone)
    else:
        found = profile_of(turn.session, phone.address_id, phone.candidate)
        if found is None:
            return [_who(turn, phone)]
        profile = found
    profile.nickname = name
    row.participant_id = profile.participant_id
    return _ask_new_pin(turn, phone, profile)


def _newcomer(turn: Turn, phone: SharedPhone) -> Profile:
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
    return _profile(turn, phone, person.id)


# -- PIN -------------------------------------------------------------------------------------------------------


def _ask_new_pin(turn: Turn, phone: SharedPhone, profile: Profile) -> list[Outbound]:
    phone.asking, phone.candidate, phone.misses = "new_pin", profile.participant_id, 0
    turn.phone = phone
    return [say(turn, "profile_new_pin", nickname=profile.nickname or "")]


def _new_pin(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    _forget_words(turn, row)
    profile = profile_of(turn.session, phone.address_id, phone.candidate or "")
    if profile is None:
        return [_who(turn, phone)]
    pin = pin_in(said)
    if pin is not None:
        set_pin(turn.world.database, profile, pin)
    elif fold(said) in ("no", "sin pin", "no gracias", "no thanks", "2") or turn.judged.intent in (
        "skip",
        "deny",
    ):
        set_pin(turn.world.database, profile, None)
    elif phone.misses < MISSES:
        phone.misses += 1
        return [say(turn, "profile_pin_again")]
    ready = say(turn, "profile_ready", nickname=profile.nickname or "")
    turn.said_first.append(ready)
    return _enter(turn, phone, row, profile)


def _pin(turn: Turn, phone: SharedPhone, row: InboxRow, said: str) -> list[Outbound] | None:
    _forget_words(turn, row)
    profile = profile_of(turn.session, phone.address_id, phone.candidate or "")
    if profile is None:
        return [_who(turn, phone)]
    if opens(turn.world.database, profile, said, turn.now):
        return _enter(turn, phone, row, profile)
    if is_closed(profile, turn.now):
        _wants_pin(turn, profile)
        step_out(phone)
        return [say(turn, "profile_pin_locked")]
    return [say(turn, "profile_pin_wrong")]


def _forget_words(turn: Turn, row: InboxRow) -> None:
    """What may be a PIN is not kept: not in the inbox, not in the dialogue's memory."""
    turn.inbound = replace(turn.inbound, text="••••", tap="")
    row.payload = turn.inbound.to_json()


def _person(turn: Turn, phone: SharedPhone) -> list[Outbound]:
    profile = profile_of(turn.session, phone.address_id, phone.candidate or "")
    if phone.asking == "pin" and profile is not None:
        _wants_pin(turn, profile)
        step_out(phone)
        return [say(turn, "profile_pin_lost")]
    # nobody knows who she is: the request stands with the one who was last there, whose page names the others
    open_handover(turn, "asked")
    return [say(turn, "profile_person")]


def _wants_pin(turn: Turn, profile: Profile) -> None:
    before, turn.participant = turn.participant, turn.session.get_one(Participant, profile.participant_id)
    open_handover(turn, "pin")
    turn.participant = before


# -- in and out ------------------------------------------------------------------------------------------------


def _enter(turn: Turn, phone: SharedPhone, row: InboxRow, profile: Profile) -> list[Outbound] | None:
    _become(turn, phone, row, profile)
    if turn.conversation.held_by != "bot":
        return [*turn.said_first, say(turn, "profile_here", nickname=profile.nickname or "")]
    return None


def _become(turn: Turn, phone: SharedPhone, row: InboxRow, profile: Profile) -> None:
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


def _share(turn: Turn) -> SharedPhone:
    """The address becomes one of several; who wrote from it so far is the first of them."""
    address = turn.session.get_one(AddressRow, turn.conversation.address_id)
    phone = SharedPhone(address_id=root(address), misses=0, created_at=turn.now)
    turn.session.add(phone)
    turn.session.flush()
    _profile(turn, phone, turn.participant.id)
    return phone


def _profile(turn: Turn, phone: SharedPhone, participant_id: str) -> Profile:
    profile = Profile(
        address_id=phone.address_id, participant_id=participant_id, wrong_pins=0, created_at=turn.now
    )
    turn.session.add(profile)
    turn.session.flush()
    return profile


def _is_one_of(turn: Turn, said: str, key: str) -> bool:
    for language in LANGUAGES:
        for word in turn.world.texts.render(key, language, {}).split(","):
            known = fold(word)
            if said == known or (len(known) > 12 and fuzz.ratio(said, known) >= _ALIKE):
                return True
    return False
