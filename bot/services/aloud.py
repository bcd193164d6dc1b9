"""AUDIO: she would rather listen than read. A person reads it to her; nothing here can speak."""

from __future__ import annotations

from bot.core.messages import InboundKind
from bot.core.text import fold
from bot.services.handovers import open_handover
from bot.services.inbound import opened
from bot.services.say import say
from bot.services.texts import LANGUAGES
from bot.services.turn import Judged, Turn, Verdict


def wants_to_listen(turn: Turn) -> bool:
    """Take her wish, if this is it: the team is told, she hears so, and the open question comes back."""
    if turn.inbound.kind is not InboundKind.TEXT:
        return False
    said = fold(turn.inbound.text)
    texts = turn.world.texts
    words = {fold(w) for lang in LANGUAGES for w in texts.render("audio_words", lang, {}).split(",")}
    if said not in words or _is_choice(turn, said):
        return False
    open_handover(turn, "audio")
    turn.said_first.append(say(turn, "audio_person"))
    turn.judged = Judged(Verdict.INTERRUPTION, intent="repeat")
    return True


def _is_choice(turn: Turn, said: str) -> bool:
    now_open = opened(turn)
    return now_open is not None and said in {fold(choice.label) for choice in now_open.asked.choices}
