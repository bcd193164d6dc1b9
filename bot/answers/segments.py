"""The parts of a reply that names several things, and the choices that each of them names."""

from __future__ import annotations

import re

from bot.answers import labels
from bot.answers.by_fact import told_by
from bot.answers.labels import ACCEPT, CONFIRM
from bot.answers.listing import Index, content
from bot.answers.naming import head_of, part_of_one, said_inside
from bot.answers.picks import picks
from bot.answers.reading import Reading, unsure
from bot.answers.reply import Reply, normal_words

_MARKS = re.compile(r"[,;/+&\n.]+")
_DEGREES = ("mas", "plus")


def segments_of(reply: Reply) -> list[tuple[str, ...]]:
    """The reply cut where one thing ends and the next begins: commas, "y", "también"."""
    joiners = reply.lexicon.phrases("joiners")
    out: list[tuple[str, ...]] = []
    for part in _MARKS.split(reply.text):
        words: list[str] = []
        every = normal_words(part, reply.lexicon)
        for at, word in enumerate(every):
            # "gano más y …": a degree, which joins nothing
            degree = word in _DEGREES and (at + 1 == len(every) or every[at + 1] in joiners)
            if word in joiners and not degree:
                out.append(tuple(words))
                # "ni" goes on denying what comes after it
                words = [word] if word == "ni" else []
            else:
                words.append(word)
        out.append(tuple(words))
    fillers = reply.lexicon.phrases("fillers")
    return [kept for kept in (fillers.without(s) or s for s in out) if kept]


def picked(reply: Reply, among: Index) -> set[int] | None:
    found = picks(reply, among.choices, several=True)
    return set(found) if found else None


def named(reply: Reply, among: Index) -> set[int] | None:
    """Choices named by their labels, one in each part of the reply; parts that name none are let go."""
    if reply.lexicon.roles["none"].said.whole & {reply.said, reply.core_said}:
        return None
    said = segments_of(reply)
    segments = [s for s in said if s[-1:] != ("no",) and s[-2:] != ("no", "puedo")]
    found: set[int] = set()
    for segment in segments:
        found |= named_in(segment, reply, among)
    if any(s[0].isdigit() and len(s) == 1 and not named_in(s, reply, among) for s in segments):
        return None  # "1 y 9" where there is no 9
    if not found or (len(found) == 1 and len(said) == 1):
        return None  # one thing only: read as one choice, with all its care
    alone = {among.roles[r] for r in ("none", "pn", "dk", "skip", "any") if r in among.roles}
    return found - alone or found


def named_in(segment: tuple[str, ...], reply: Reply, among: Index) -> set[int]:
    """The choices that one part of the reply names."""
    now_and_then = reply.lexicon.phrases("sometimes").opening(segment)
    if " ".join(segment) not in among.exact:
        segment = segment[now_and_then:] or segment  # "y a veces la laptop"
    said = " ".join(segment)
    if said in among.exact:
        return {among.exact[said]}
    by_number = picked(Reply(said, reply.lexicon), among)
    if by_number:
        return by_number
    told = told_by(segment, among, reply)
    if told:
        return told
    inside = part_of_one(segment, among)
    if inside is None:
        inside = head_of(segment, among, reply)
    if inside is not None:
        return {inside}
    ranked = labels.best(segment, among, reply.lexicon)
    whole = {m.position for m in ranked if m.full}
    if len(whole) > 1 and _apart(whole, among):
        return whole
    doubtful = len(ranked) > 1 and ranked[0].score - ranked[1].score < labels.MARGIN
    if not ranked or ranked[0].score < ACCEPT or doubtful:
        inside = said_inside(segment, among, reply)
        if inside is not None:
            return {inside}
    if not ranked or ranked[0].score < ACCEPT:
        return set()
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < labels.MARGIN and ranked[1].score < 0.8:
        return _by_first_word(segment, {m.position for m in ranked}, reply, among)
    return {m.position for m in ranked if m.score >= max(ACCEPT, ranked[0].score - 0.1)}


def _by_first_word(segment: tuple[str, ...], tied: set[int], reply: Reply, among: Index) -> set[int]:
    """Of choices as near as each other the one that the first word names: "cuidar a mi suegra" is care."""
    first = content(segment, reply.lexicon)[:1]  # "my tablet" is no phone for its "my"
    found = {
        v.position for v in among.variants if v.own and v.position in tied and v.tokens.issuperset(first)
    }
    return found if len(found) == 1 else set()


def _apart(positions: set[int], among: Index) -> bool:
    """Whether no label of these holds another: "tarde noche" is two, "celular propio" one."""
    own = [v.tokens for v in among.variants if v.own and v.position in positions]
    return len(positions) == len({t for tokens in own for t in tokens if len(tokens) == 1})


def perhaps_named(reply: Reply, among: Index) -> Reading | None:
    """Nothing sure, but several parts that may each be a choice: worth confirming."""
    segments = segments_of(reply)
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
