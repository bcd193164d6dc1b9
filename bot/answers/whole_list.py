"""Replies that speak of the whole list: "todas", "las dos", "todas menos la 2", "la última no, las demás sí"."""

from __future__ import annotations

from bot.answers.listing import Index
from bot.answers.reply import Reply
from bot.answers.segments import named, named_in, picked

_ALONE = ("none", "pn", "dk", "skip", "any", "all", "both", "other")
"""choices that do not go with others, or mean something else, so "todas" does not mean them"""


def all_of_them(reply: Reply, among: Index) -> set[int] | None:
    """ "Todas", "todas menos la 2": every choice but those that stand alone, such as "ninguna"."""
    said = reply.lexicon.roles["all"].said
    words = reply.core or reply.words
    size = said.opening(words)
    if not size:
        return None
    rest = words[size:]
    if not rest:
        if "all" in among.roles:
            return {among.roles["all"]}
        if "any" in among.roles:
            return {among.roles["any"]}
        return _each(among)
    but = reply.lexicon.phrases("all_but").opening(rest)
    if not but:
        return None
    left_out = Reply(" ".join(rest[but:]), reply.lexicon)
    out = picked(left_out, among) or named(left_out, among) or named_in(left_out.words, left_out, among)
    return _each(among) - out if out else None


def both_of_two(reply: Reply, among: Index) -> set[int] | None:
    """ "Las dos" of a list of two, where "dos" would otherwise be the second."""
    said = reply.lexicon.roles["both"].said
    ordinary = {i for i, choice in enumerate(among.choices) if choice.value not in _ALONE}
    return ordinary if len(ordinary) == 2 and (reply.said in said or reply.core_said in said) else None


def all_but_the_denied(reply: Reply, among: Index) -> set[int] | None:
    """ "La última no, las demás sí": every choice but the one that is denied."""
    words, yes = reply.words, reply.lexicon.phrases("yes")
    found = reply.lexicon.phrases("the_others").find(words)
    if found is None or (words[found[1] :] and " ".join(words[found[1] :]) not in yes):
        return None
    before = [w for w in words[: found[0]] if w not in reply.lexicon.phrases("joiners")]
    said = [w for w in before if w not in reply.lexicon.phrases("negations") and w not in ("pero", "but")]
    if not said or not set(before) & reply.lexicon.phrases("negations").whole:
        return None
    denied = Reply(" ".join(said), reply.lexicon)
    out = picked(denied, among) or named(denied, among) or named_in(denied.words, denied, among)
    return _each(among) - out if out else None


def _each(among: Index) -> set[int]:
    alone = {among.roles[name] for name in _ALONE if name in among.roles}
    return set(range(len(among.choices))) - alone
