"""What a woman reads of a broadcast, and what her reply leads to.

On Telegram, and within WhatsApp's 24 hours, she gets the notice itself. Otherwise, and always on a phone that others
see, she first gets one line that says nothing of it (a template where free text is not taken) and the notice when
she replies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from bot.core.messages import Outbound
from bot.core.text import clean, fold
from bot.services import record
from bot.services.followup_plan import move
from bot.services.followup_rules import INVITATION, Reason
from bot.services.placeholders import named_placeholders
from bot.services.profiles import is_shared
from bot.services.say import say, text
from bot.services.texts import fill
from bot.services.turn import Effects, Turn
from bot.services.window import takes_free_text
from bot.store.broadcast_tables import SURVEY, Broadcast, broadcast_of
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import AddressRow

LONGEST = 240
"""characters of a notice: with the line under it, and her name in it, it stays within 300"""
KNOWN = frozenset({"nombre", "name", "programa", "programme"})
MARGIN = timedelta(minutes=10)
"""so long before her 24 hours end the one line goes instead: the notice might leave too late"""
_BRACES = re.compile(r"\{([^{}]*)\}")


def problems(body: str, private: frozenset[str] = frozenset()) -> list[str]:
    """What keeps a notice from being sent, as codes of the console: ``empty long braces private``.

    ``private`` are words that no screen may show (``dialogues/templates/words.yml``), folded, ``*`` for any end.
    """
    said = clean(body)
    found = [] if said else ["empty"]
    if len(said) > LONGEST:
        found.append("long")
    if any(name not in KNOWN for name in _BRACES.findall(said)) or said.count("{") != said.count("}"):
        found.append("braces")
    words = f" {' '.join(re.findall(r'[a-z0-9ñ]+', fold(said)))} "
    if any(f" {word.removesuffix('*')}{'' if word.endswith('*') else ' '}" in words for word in private):
        found.append("private")
    return found


def notice(body: str, values: Mapping[str, str], footer: str) -> str:
    """The notice as she reads it."""
    return f"{fill(clean(body), values)}\n\n{footer}"


def outbound(turn: Turn, row: Nudge, address: AddressRow) -> Outbound:
    """The message of this row to that address now. Raises LookupError when its broadcast is gone."""
    broadcast = broadcast_of(turn.session, row.wave)
    if broadcast is None:
        raise LookupError("no such broadcast")
    # a telephone that several women share is read by the others
    discreet = turn.participant.discreet or is_shared(turn.session, address)
    free = takes_free_text(address.channel, address.last_inbound_at, turn.now + MARGIN)
    if free and not discreet:
        return Outbound(full(turn, broadcast))
    key, template = ("nudge_discreet", "tpl_discreet")
    variables: tuple[str, ...] = ()
    values = named_placeholders(turn)
    if not discreet:
        key, template = "broadcast_ping", "tpl_notice"
        variables = (values["nombre"], values["programa"])
    said = turn.world.texts.render(key, turn.language, values)
    conversation = turn.conversation
    # the follow-up's own short question: a bare "1" is read against it, and "4" ends these messages
    conversation.aside = INVITATION
    conversation.misses = 0
    conversation.aside_values = {
        "nudge": str(row.id),
        "survey": SURVEY,
        "wave": row.wave,
        "said": said,
        "open": "reply",
    }
    return Outbound(said, template=template, variables=variables)


def is_whole(content: Mapping[str, object]) -> bool:
    """Whether an outbox row carries the notice itself, which only leaves where free text may be sent."""
    return not content.get("template")


def full(turn: Turn, broadcast: Broadcast) -> str:
    """The notice in her language, with the line under it."""
    body = broadcast.text_en if turn.language == "en" else broadcast.text_es
    return notice(body, named_placeholders(turn), text(turn, "broadcast_footer"))


def read_it(turn: Turn, wave: str, rows: list[Nudge]) -> Effects:
    """She wants to read it: the notice, or that it is over, after its last day or once it was called off."""
    broadcast = broadcast_of(turn.session, wave)
    if broadcast is None or broadcast.state != "approved" or turn.now >= rows[-1].closes_at:
        return Effects([say(turn, "broadcast_over")], close=True)
    for row in rows:
        if row.state in ("sent", "delivered", "unknown", "failed"):
            move(row, "answered", Reason.HER_REPLY, turn.now)
    return Effects([Outbound(full(turn, broadcast))], close=True)


def no_more(turn: Turn) -> Effects:
    """No more notices: into the consent ledger; what was planned of them is closed. Surveys go on."""
    template = turn.world.texts.render("broadcast_refused", turn.language, {})
    record.record_consent(turn, "broadcast", "refused", template)
    waiting = turn.session.scalars(
        sa.select(Nudge).where(
            Nudge.participant_id == turn.participant.id, Nudge.survey == SURVEY, Nudge.state.in_(WAITING)
        )
    )
    for row in waiting.all():
        move(row, "refused", Reason.HER_CHOICE, turn.now)
    return Effects([say(turn, "broadcast_refused")], close=True)
