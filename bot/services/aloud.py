"""AUDIO: she would rather listen than read. A person reads it to her; nothing here can speak."""

from __future__ import annotations

from bot.core.messages import InboundKind
from bot.core.text import fold
from bot.services.handovers import open_handover
from bot.services.inbound import opened
from bot.services.judge import is_choice
from bot.services.say import say
from bot.services.turn import Judged, Turn, Verdict


def wants_to_listen(turn: Turn) -> bool:
    """Take her wish, if this is it: the team is told, she hears so, and the open question comes back."""
    if turn.inbound.kind is not InboundKind.TEXT:
        return False
    said = turn.inbound.text
    if fold(said) not in turn.world.texts.words("audio_words") or is_choice(opened(turn), said):
        return False
    open_handover(turn, "audio")
    turn.said_first.append(say(turn, "audio_person"))
    turn.judged = Judged(Verdict.INTERRUPTION, intent="repeat")
    return True
