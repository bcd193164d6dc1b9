"""Choices that cannot go together, said in one reply: "nada de esto y mi negocio", "subió y también bajó"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.answers import labels
from bot.answers.by_label import by_its_name
from bot.answers.lexicon import Phrases, in_every_language
from bot.answers.listing import Index, chosen
from bot.answers.polarity import polar
from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading
from bot.answers.reply import Reply, normal_words
from bot.answers.schooling import is_of_levels
from bot.answers.segments import named_in
from bot.answers.wording import asks_for_a_wish

_MARKS = re.compile(r"[,;/+&.\n]+")
_ALONE = ("none", "any")
"""choices that no other one goes with"""
_OUT = ("dk", "pn", "skip", "other")
_MIXED = ("both", "hybrid")
_PARTLY = ("sometimes", "some")
_LEAST_SAID = 3
"""letters of a part that is a choice of its own: "y ya" is none"""
_MOST_PARTS = 12
"""of a reply that is looked at; no one names more"""
_SURELY = 0.9
_OF_A_LABEL = 2
"""words from which the label of "none of these" is plainly that, and no mere "nada" before the answer"""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the reply, ``added`` to the one before it by an "y" or an "and"."""

    words: tuple[str, ...]
    added: bool
    fillers: Phrases

    @property
    def spoken(self) -> tuple[tuple[str, ...], ...]:
        """The words, and again without those that carry no answer."""
        return self.words, self.fillers.without(self.words) or self.words


def alone_with_others(reply: Reply, among: Index) -> Reading | None:
    """The choice that stands alone together with another one: she is asked which it is.

    "Nada, solo el transporte" is that one; so is "a cualquier hora, mejor en la tarde".
    """
    roles = {among.roles[name]: name for name in _ALONE if name in among.roles}
    if not roles or reply.folded in among.exact or reply.said in among.exact:
        return None
    parts = list(_parts(reply))
    if not 1 < len(parts) <= _MOST_PARTS or in_every_language("but_for").find(reply.words) is not None:
        return None
    for at, part in enumerate(parts):
        role = next(filter(None, (_alone_in(said, reply, among, roles) for said in part.spoken)), "")
        if not role:
            continue
        others = [each for i, each in enumerate(parts) if i != at]
        found = set().union(*(named_in(each.spoken[1], reply, among) for each in others)) - set(roles)
        beside = part.added or (at + 1 < len(parts) and parts[at + 1].added)
        plainly = role == "any" or beside or any(_is_label(said, among) for said in part.spoken)
        if found and plainly:
            near = sorted({among.roles[role], *found})
            return Reading(Outcome.NO, near=tuple(among.choices[p].value for p in near))
    return None


def nothing_but(reply: Reply, among: Index) -> Reply | None:
    """What is left of "nada más que la plata" and "nothing but the bus", where the list has a choice for none."""
    if "none" not in among.roles:
        return None
    return _behind("nothing_but", reply.words, reply)


def any_of_one(reply: Reply, among: Index) -> Reply | None:
    """ "A cualquier hora | de la tarde": any time of one part of the day, where the list has that part."""
    return _behind("any_of_it", reply.core or reply.words, reply) if "any" in among.roles else None


def _behind(key: str, words: tuple[str, ...], reply: Reply) -> Reply | None:
    """What follows the phrases under ``key``, however often they are said; None without them, or without more."""
    rest = words
    while size := in_every_language(key).opening(rest):
        rest = rest[size:]
    return Reply(" ".join(rest), reply.lexicon) if rest and len(rest) < len(words) else None


def two_at_once(reply: Reply, among: Index) -> Reading | None:
    """Two choices of a list that takes one, each said word for word: "subió y también bajó".

    The choice for both, where there is one for the only two that are left.
    """
    if by_its_name(reply, among) is not None or is_of_levels(among):
        return None  # "primaria y secundaria" is as far as she got
    parts, both = list(_parts(reply)), reply.lexicon.roles["both"].said
    kept = [part for part in parts if not any(" ".join(said) in both for said in part.spoken)]
    if not any(part.added for part in parts) or not 1 < len(kept) <= _MOST_PARTS:
        return None
    found = [_said_outright(part, reply, among) for part in kept]
    positions = {position for position in found if position is not None}
    outs = {among.roles[name] for name in _OUT if name in among.roles}
    if None in found or len(positions) < 2 or positions & outs:
        return None
    mixed = [i for i, choice in enumerate(among.choices) if choice.value in _MIXED]
    if len(mixed) == 1 and set(range(len(among.choices))) - outs - set(mixed) == positions:
        return chosen(among, mixed[0])
    return Reading(Outcome.NO, near=tuple(among.choices[p].value for p in sorted(positions)))


def both_suit(reply: Reply, wording: str, among: Index) -> int | None:
    """The choice for both, where both or either of them suits her: "las 2 cosas me acomodan", "either is fine"."""
    mixed = [i for i, choice in enumerate(among.choices) if choice.value in _MIXED]
    if len(mixed) != 1:
        return None
    suits = in_every_language("suits")
    rest = suits.without(in_every_language("fillers").without(suits.without(reply.words)))
    said = " ".join(rest)
    either = (
        said in in_every_language("either_of_two") and asks_for_a_wish(wording) and "any" not in among.roles
    )
    return mixed[0] if said in reply.lexicon.roles["both"].said or either else None


def yes_and_no(reply: Reply, among: Index) -> Reading | None:
    """ "Unos meses sí y otros no": now and then, where the list has it; neither yes nor no."""
    words, phrases = reply.words, reply.lexicon.phrases
    some = in_every_language("some_times").find(words)
    if some is None or in_every_language("other_times").find(words[some[1] :]) is None:
        return None
    denials = phrases("negations").whole
    if in_every_language("plain_yes").find(words) is None or denials.isdisjoint(words):
        return None
    partly = [i for value in _PARTLY for i, choice in enumerate(among.choices) if choice.value == value]
    if partly:
        return chosen(among, partly[0])
    return NOT_AN_ANSWER if polar(among, "yes") or polar(among, "no") else None


def _parts(reply: Reply) -> Iterator[_Part]:
    adds, fillers = in_every_language("adds"), in_every_language("fillers")
    added = False
    for text in _MARKS.split(reply.text):
        words: list[str] = []
        for word in (*normal_words(text, reply.lexicon), ""):
            if word and word not in adds:
                words.append(word)
                continue
            if words:
                yield _Part(tuple(words), added, fillers)
                words, added = [], False
            added = added or bool(word)


def _alone_in(words: tuple[str, ...], reply: Reply, among: Index, roles: dict[int, str]) -> str:
    """Which of the choices that stand alone is all that ``words`` say; empty when none is."""
    said = " ".join(words)
    named = roles.get(among.exact.get(said, -1), "")
    return named or next((name for name in roles.values() if said in reply.lexicon.roles[name].said), "")


def _is_label(words: tuple[str, ...], among: Index) -> bool:
    said = " ".join(words)
    return len(words) >= _OF_A_LABEL and any(
        variant.own and variant.said == said for variant in among.variants
    )


def _said_outright(part: _Part, reply: Reply, among: Index) -> int | None:
    leading = reply.lexicon.phrases("leading")
    for words in part.spoken:
        for said in (" ".join(words), " ".join(words[words[0] in leading :])):
            if len(said) >= _LEAST_SAID and said in among.exact:
                return among.exact[said]
    ranked = labels.best(part.spoken[1], among, reply.lexicon)
    surely = [match.position for match in ranked if match.full and match.score > _SURELY]
    return surely[0] if len(surely) == 1 else None
