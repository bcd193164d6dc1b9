"""A reply of several clauses under one choice: the answer first and a remark behind it."""

from __future__ import annotations

import re

from bot.answers.listing import Index
from bot.answers.reply import Reply

_END = re.compile(r"[,;.:!\n]+")
_ROLES = ("none", "dk", "pn", "skip")


def first_clause(reply: Reply) -> tuple[Reply, tuple[Reply, ...]] | None:
    """The first clause and the others, or None where there is one only.

    >>> from bot.answers.lexicon import lexicon
    >>> first_clause(Reply("español porfa, el inglés no se me da", lexicon("es")))[0].text
    'español porfa'
    """
    parts = [part for part in _END.split(reply.text) if part.strip()]
    if len(parts) < 2:
        return None
    first, *others = (Reply(part, reply.lexicon) for part in parts)
    return first, tuple(others)


def says_outright(clause: Reply, among: Index) -> bool:
    """Whether the clause is a choice word for word, but for "porfa" and the like."""
    return any(said in among.exact for said in (clause.folded, *clause.trimmed))


def stands_alone(position: int, among: Index, yes_or_no: list[int]) -> bool:
    """Whether the choice is a yes, a no or a way out: what follows on those often turns them round."""
    return position in yes_or_no or position in {among.roles.get(role) for role in _ROLES}
