"""A reply that takes back its own beginning: "Jalisco no, perdón, Michoacán", "quince mil, no, dieciséis"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answers.quantities import quantities
from bot.answers.reply import Reply
from bot.core.text import fold

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_PAUSE = re.compile(r"\s*[,.;\n]")
_NO = "no"
_NUMBER = re.compile(r"\d[\d.,]*")
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class SecondThought:
    """``first`` is what she takes back, ``then`` what she says instead; ``plainly`` when a word such as
    "perdón" says so and not only a "no" between two pauses."""

    first: Reply
    then: Reply
    plainly: bool


def second_thought(reply: Reply, country: str | None) -> SecondThought | None:
    """Where the reply corrects itself, or None. Whether both sides answer the question is for the caller to see.

    What is said once holds for both: in "quince mil, no, dieciséis" the thousands, in "3 horas, digo 6" the hours.
    """
    found = list(_WORD.finditer(reply.text))
    words = tuple(fold(m.group().replace("'", "").replace("\u2019", "")) for m in found)
    cues = reply.lexicon.phrases("second_thoughts")
    if cues.opening(words):
        return None  # nothing is said before it: "me equivoqué, soy de Puebla" takes back an earlier answer
    for at in range(1, len(words)):
        size = 0 if _is_said_of(words[at - 1], found[at - 1].end(), reply) else cues.opening(words[at:])
        plainly = size > 0
        if not plainly and not (words[at] == _NO and _PAUSE.match(reply.text, found[at].end())):
            continue
        start, end = at, at + (size or 1)
        while start > 1 and words[start - 1] == _NO:
            start -= 1
        while end < len(words) and (words[end] == _NO or cues.opening(words[end:])):
            more = cues.opening(words[end:])
            plainly, end = plainly or more > 0, end + (more or 1)
        if end == len(words):
            return None
        first = Reply(reply.text[: found[start].start()].rstrip(" ,.;"), reply.lexicon)
        then = Reply(reply.text[found[end].start() :], reply.lexicon)
        return SecondThought(first, _completed(first, then, country), plainly)
    return None


def _is_said_of(word: str, end: int, reply: Reply) -> bool:
    """Whether "digo" goes on from the word before it: "no se lo digo", "como te digo"."""
    return word in reply.lexicon.phrases("goes_into_a_verb") and not _PAUSE.match(reply.text, end)


def _completed(first: Reply, then: Reply, country: str | None) -> Reply:
    """``then`` with the thousand or the unit that was said with ``first`` only."""
    before = quantities(first.digits, first.lexicon, country)
    after = quantities(then.digits, then.lexicon, country)
    if len(before) != 1 or len(after) != 1 or after[0].unit or after[0].noun or after[0].scaled:
        return then
    said, missing = before[0], []
    if said.value >= _THOUSAND > after[0].value and (said.scaled or said.value % _THOUSAND == 0):
        missing.append("1000")
    if said.unit:
        missing.append(said.noun)
    if not missing:
        return then
    return Reply(_NUMBER.sub(lambda m: " ".join([m.group(), *missing]), then.digits, count=1), then.lexicon)
