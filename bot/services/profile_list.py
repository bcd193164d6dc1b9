"""The list of who writes from a shared telephone: as it is shown, and as a reply to it is read."""

from __future__ import annotations

from bot.answers.question import Asked, AskedChoice
from bot.answers.read import read
from bot.answers.reading import Outcome
from bot.core.messages import Option, Outbound
from bot.core.text import fold
from bot.services.profiles import profiles_on
from bot.services.say import text
from bot.services.turn import Turn
from bot.store.channel_tables import SharedPhone

AT_MOST = 6
"""women on one telephone"""
NEW, UNDO = "new", "undo"


def ask_who(turn: Turn, phone: SharedPhone, lead: str = "", *, hello: bool = True) -> Outbound:
    """The question who she is, with the list under it. ``hello``: greeted, not only asked again."""
    phone.asking, phone.candidate = "who", None
    phone.misses += 1
    there = listed(turn, phone)
    lines = [f"{number}. {title}" for number, (_, title) in enumerate(there, 1)]
    asked = text(turn, "profile_who") if hello else ""
    head = "\n\n".join(part for part in (lead, asked) if part)
    # a press brings the title back, which is read like what she types
    options = tuple(Option(title, {"intent": "resume"}) for _, title in there)
    return Outbound("\n".join([head, *lines] if head else lines), options)


def listed(turn: Turn, phone: SharedPhone) -> list[tuple[str, str]]:
    """Participant id, ``new`` or ``undo``, with what stands in the list."""
    there = profiles_on(turn.session, phone.address_id)
    found = [(p.participant_id, p.nickname or text(turn, "profile_first")) for p in there]
    if len(there) < AT_MOST:
        found.append((NEW, text(turn, "profile_new")))
    if len(there) == 1 and there[0].nickname is None:
        found.append((UNDO, text(turn, "profile_undo")))
    return found


def picked(turn: Turn, phone: SharedPhone, said: str) -> str | None:
    """The participant id, ``new`` or ``undo`` that ``said`` picks; None when it picks none for certain."""
    there = listed(turn, phone)
    asked = Asked(
        "who",
        "select_one",
        tuple(AskedChoice(value, title, n) for n, (value, title) in enumerate(there, 1)),
    )
    exact = [value for value, title in there if fold(title) == fold(said)]
    if exact:
        return exact[0]
    found = read(asked, said, country=turn.participant.country, language=turn.language, today=turn.today)
    # a guess is no answer to this question
    return found.value if found.outcome is Outcome.ANSWER else None
