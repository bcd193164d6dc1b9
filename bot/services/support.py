"""When something is wrong: a warm word, where to call now where she lives, and a person if she wants one.

Offer, never ask (SAF-01). The first words of a message show on a locked screen, so none of them names the
matter (SAF-06). After a card nothing is sent by itself for 24 hours (SAF-07).
"""

from __future__ import annotations

from datetime import timedelta

from bot.core.messages import Outbound
from bot.programme.model import Purpose
from bot.services.handovers import open_handover
from bot.services.say import say, text
from bot.services.turn import Effects, Turn
from bot.store.tables import RestrictedAnswer

QUIET = timedelta(hours=24)
KINDS: dict[str, Purpose] = {"disclose_violence": "violence", "disclose_self_harm": "distress"}


def offer(turn: Turn) -> Effects:
    """The answer to a disclosure: acknowledged, lines, and what she prefers now."""
    purpose = KINDS.get(turn.judged.intent, "violence")
    return _with_choice(turn, acknowledged(turn, purpose))


def acknowledged(turn: Turn, purpose: Purpose) -> list[Outbound]:
    """That she is believed, and the help lines."""
    key = "support_distress" if purpose == "distress" else "support_violence"
    return [say(turn, key), card(turn, purpose)]


def show(turn: Turn) -> Effects:
    """The safe word: the card again, without a question about it."""
    return _with_choice(turn, [card(turn, "violence"), card(turn, "distress")])


def card(turn: Turn, purpose: Purpose) -> Outbound:
    """Help lines of her country that answer at this hour; both countries' when hers is not known."""
    programme = turn.world.programme_of(turn.participant)
    lines = []
    for line in programme.help_lines(purpose, turn.now, turn.participant.region):
        hours = line.hours.says.in_language(turn.language) if line.hours else ""
        lines.append(f"• {line.number}: {line.name.in_language(turn.language)} ({hours})")
    return Outbound("\n".join([text(turn, f"card_{purpose}"), *lines]))


def decided(turn: Turn, values: dict[str, str]) -> Effects:
    """What she chose under the card."""
    from bot.services.way import go_on

    choice = values.get("what", "leave")
    if choice == "not_that":
        turn.conversation.quiet_until = None
        return go_on(turn, [say(turn, "support_not_that")])
    if choice == "contact":
        keep_safe_contact(turn, "support", values)
        return Effects([say(turn, "support_contact"), say(turn, "support_end")], close=True)
    if choice == "course":
        return go_on(turn, [])
    return Effects([say(turn, "support_end")], close=True)


def keep_safe_contact(turn: Turn, survey: str, values: dict[str, str]) -> None:
    """A request for the focal point, and how to reach her without risk: in the restricted store only."""
    open_handover(turn, "focal_point", restricted=True)
    for question, value in values.items():
        if question != "what" and value:
            turn.session.add(
                RestrictedAnswer(
                    participant_id=turn.participant.id,
                    survey=survey,
                    wave=turn.now.strftime("%y%m%d%H%M%S"),
                    question=question,
                    value=value,
                    answered_at=turn.now,
                )
            )


def quiet(turn: Turn) -> None:
    """No automatic message for a day."""
    turn.conversation.quiet_until = turn.now + QUIET


def _with_choice(turn: Turn, messages: list[Outbound]) -> Effects:
    quiet(turn)
    conversation = turn.conversation
    # her open question is put aside, not lost: the way on is worked out from her answers when she goes on
    conversation.question = None
    conversation.misses = 0
    conversation.aside, conversation.aside_values = "support", {}
    return Effects(messages, open="support")
