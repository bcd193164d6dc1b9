"""``select_multiple``: several choices in one reply."""

from __future__ import annotations

import re
from datetime import date

from bot.answers import labels
from bot.answers.choices import part_of_one, read_choice
from bot.answers.labels import ACCEPT, CONFIRM
from bot.answers.listing import Index, index
from bot.answers.phrases import asks
from bot.answers.picks import picks
from bot.answers.question import Asked
from bot.answers.reading import Outcome, Reading, answer, unsure
from bot.answers.reply import Reply, normal_words

_MARKS = re.compile(r"[,;/+&\n.]+")
_SURELY = 0.9
_ALONE = ("none", "pn", "dk", "skip", "any", "all", "both")
"""choices that do not go with others, so "todas" does not mean them"""


def read_choices(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    """Any number of choices; values in the order of the list, separated by a space."""
    among = index(asked.choices, reply.lexicon.language, country)
    if _is_one(reply, among):
        return read_choice(reply, asked, country, today)
    if not asks(reply) and not reply.opens("not_answers"):
        for step in (_all, _both, _picked, _named):
            positions = step(reply, among)
            if positions:
                return _answer(among, positions)
        doubtful = _doubtful(reply, among)
        if doubtful is not None:
            return doubtful
    return read_choice(reply, asked, country, today)


def _is_one(reply: Reply, among: Index) -> bool:
    """Whether the whole reply is one choice, whose label may hold a comma or "y"."""
    if any(said in among.exact for said in (reply.folded, *reply.trimmed)):
        return True
    both = reply.lexicon.roles["both"].said
    if "both" in among.roles and (reply.said in both or reply.core_said in both):
        return True
    if labels.nearly(reply.said, among, reply.lexicon) is not None:
        return True
    ranked = labels.best(reply.core or reply.words, among, reply.lexicon)
    return bool(ranked) and ranked[0].full and ranked[0].score > _SURELY and sum(m.full for m in ranked) == 1


def _answer(among: Index, positions: set[int]) -> Reading:
    values = tuple(among.choices[p].value for p in sorted(positions))
    return answer(" ".join(values), values)


def _picked(reply: Reply, among: Index) -> set[int] | None:
    found = picks(reply, among.choices, several=True)
    return set(found) if found else None


def _both(reply: Reply, among: Index) -> set[int] | None:
    """ "Las dos" of a list of two, where "dos" would otherwise be the second."""
    said = reply.lexicon.roles["both"].said
    ordinary = {i for i, choice in enumerate(among.choices) if choice.value not in _ALONE}
    return ordinary if len(ordinary) == 2 and (reply.said in said or reply.core_said in said) else None


def _all(reply: Reply, among: Index) -> set[int] | None:
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
    out = _picked(left_out, among) or _named(left_out, among) or _in_segment(left_out.words, left_out, among)
    return _each(among) - out if out else None


def _each(among: Index) -> set[int]:
    alone = {among.roles[name] for name in _ALONE if name in among.roles}
    return set(range(len(among.choices))) - alone


def _segments(reply: Reply) -> list[tuple[str, ...]]:
    """The reply cut where one thing ends and the next begins: commas, "y", "también"."""
    joiners = reply.lexicon.phrases("joiners")
    out: list[tuple[str, ...]] = []
    for part in _MARKS.split(reply.text):
        words: list[str] = []
        for word in normal_words(part, reply.lexicon):
            if word in joiners:
                out.append(tuple(words))
                # "ni" goes on denying what comes after it
                words = [word] if word == "ni" else []
            else:
                words.append(word)
        out.append(tuple(words))
    fillers = reply.lexicon.phrases("fillers")
    return [kept for kept in (fillers.without(s) or s for s in out) if kept]


def _named(reply: Reply, among: Index) -> set[int] | None:
    """Choices named by their labels, one in each part of the reply; parts that name none are let go."""
    if reply.lexicon.roles["none"].said.whole & {reply.said, reply.core_said}:
        return None
    segments = _segments(reply)
    found: set[int] = set()
    for segment in segments:
        found |= _in_segment(segment, reply, among)
    if any(s[0].isdigit() and len(s) == 1 and not _in_segment(s, reply, among) for s in segments):
        return None  # "1 y 9" where there is no 9
    if not found or (len(found) == 1 and len(segments) == 1):
        return None  # one thing only: read as one choice, with all its care
    alone = {among.roles[r] for r in ("none", "pn", "dk", "skip") if r in among.roles}
    return found - alone or found


def _in_segment(segment: tuple[str, ...], reply: Reply, among: Index) -> set[int]:
    said = " ".join(segment)
    if said in among.exact:
        return {among.exact[said]}
    picked = picks(Reply(said, reply.lexicon), among.choices, several=True)
    if picked:
        return set(picked)
    inside = part_of_one(segment, among)
    if inside is not None:
        return {inside}
    ranked = labels.best(segment, among, reply.lexicon)
    whole = {m.position for m in ranked if m.full}
    if len(whole) > 1 and _apart(whole, among):
        return whole
    if not ranked or ranked[0].score < ACCEPT:
        return set()
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < labels.MARGIN and ranked[1].score < 0.8:
        return set()
    return {m.position for m in ranked if m.score >= max(ACCEPT, ranked[0].score - 0.1)}


def _apart(positions: set[int], among: Index) -> bool:
    """Whether no label of these holds another: "tarde noche" is two, "celular propio" one."""
    own = [v.tokens for v in among.variants if v.own and v.position in positions]
    return len(positions) == len({t for tokens in own for t in tokens if len(tokens) == 1})


def _doubtful(reply: Reply, among: Index) -> Reading | None:
    """Nothing sure, but several parts that may each be a choice: worth confirming."""
    segments = _segments(reply)
    if len(segments) < 2:
        return None
    near = [
        m for s in segments for m in labels.best(s, among, reply.lexicon)[:1] if CONFIRM <= m.score < ACCEPT
    ]
    if not near or reply.opens("refuse") or reply.opens("dont_know"):
        return None
    values = tuple(dict.fromkeys(among.choices[m.position].value for m in near))
    shown = ", ".join(dict.fromkeys(among.choices[m.position].label for m in near))
    return unsure(" ".join(values), shown, values) if values else None


__all__ = ["Outcome", "read_choices"]
