"""Which one choice a part of a reply names by its very words: where labels are looked for inside a sentence."""

from __future__ import annotations

from bot.answers.listing import Index
from bot.answers.reply import Reply

_LEAST_PART = 3
LEAST_HEAD = 4
_LEAST_INSIDE = 7
"""letters from which a part of a label, a whole one before a reason, or one inside a sentence says something"""
_SAYS_NOTHING = ("que", "con", "por", "para", "the", "and")


def said_inside(words: tuple[str, ...], among: Index, reply: Reply) -> int | None:
    """The one choice of which a name of two words or more stands in the reply: "limpio casas por día"."""
    said, found = f" {' '.join(words)} ", set()
    for variant in among.variants:
        at = (
            said.find(f" {variant.said} ")
            if " " in variant.said and len(variant.said) >= _LEAST_INSIDE
            else -1
        )
        if at < 0:
            continue
        if not reply.lexicon.phrases("negations").whole.isdisjoint(said[:at].split()[-2:]):
            return None
        found.add(variant.position)
    return found.pop() if len(found) == 1 else None


def head_of(words: tuple[str, ...], among: Index, reply: Reply) -> int | None:
    """The choice said whole before a place, an owner or a reason: "trabajo | en una tienda"."""
    cuts, fillers = reply.lexicon.phrases("tails_of_answers"), reply.lexicon.phrases("fillers")
    leading = reply.lexicon.phrases("leading")
    for at in range(1, len(words)):
        if not cuts.opening(words[at:]) and not reply.lexicon.phrases("relatives").opening(words[at:]):
            continue
        head = fillers.without(words[:at]) or words[:at]
        for said in (" ".join(words[:at]), " ".join(head), " ".join(head[head[0] in leading :])):
            if len(said) >= LEAST_HEAD and said in among.exact:
                return among.exact[said]
        return None
    return None


def opens_with_no_answer(reply: Reply, among: Index) -> bool:
    """Whether it begins as what answers nothing ("no entiendo", "no sé leer") and no choice is called that."""
    size = reply.lexicon.phrases("not_answers").opening(reply.words)
    return bool(size) and " ".join(reply.words[:size]) not in among.exact


def part_of_one(words: tuple[str, ...], among: Index) -> int | None:
    """The choice whose label has these words in a row, when only one has and they say something."""
    said = " ".join(words)
    if len(said) < _LEAST_PART:
        return None
    found = {v.position for v in among.variants if v.own and f" {said} " in f" {v.said} "}
    if len(found) != 1 or said in _SAYS_NOTHING:
        return None
    return found.pop()
