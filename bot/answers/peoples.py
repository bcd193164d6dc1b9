"""A people or a language where there is no list: "hablo zapoteco", "soy de los mazatecos"."""

from __future__ import annotations

import re

from bot.answers.lexicon import in_every_language
from bot.answers.reading import Reading, answer
from bot.answers.reply import Reply
from bot.core.text import fold

_AROUND = " .,;:-!"
_A_REMARK = 4
"""words behind a comma that are no second name"""


def read_people(reply: Reply) -> Reading:
    """The name alone, as typed, without what leads to it; the whole reply where nothing else is left.

    "Soy de Oaxaca, hablo mixe" is "mixe": what she says she speaks goes before where she is from.
    """
    words = re.sub(r"[,;]", r" \g<0> ", reply.text).split()
    folded = tuple(fold(word).replace(" ", "") for word in words)  # "I'm" is one word
    start = _behind_what_she_speaks(folded)
    leads = in_every_language("leads_to_a_people")
    while start < len(words):
        size = 1 if not folded[start] else leads.opening(folded[start:])
        if not size:
            break
        start += size
    name, _, remark = " ".join(words[start:]).partition(" , ")
    if len(remark.split()) < _A_REMARK:
        name = re.sub(r" ([,;])", r"\1", " ".join(words[start:]))
    name = name.strip(_AROUND)
    return answer(name or reply.text)


def _behind_what_she_speaks(folded: tuple[str, ...]) -> int:
    """Where the name begins behind "hablo"; 0 where she says no such thing, or that she does not speak it."""
    speaks, denials = in_every_language("speaks_it"), in_every_language("negations")
    named_before = in_every_language("objects")  # "Mam, we speak it at home"
    for at in range(len(folded)):
        size = speaks.opening(folded[at:])
        behind = folded[at + size :]
        if size and behind and behind[0] not in named_before and not (at and folded[at - 1] in denials):
            return at + size
    return 0
