"""Places: a state, a region, a comuna out of a list, or the name of a town."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.answers import labels
from bot.answers.lexicon import in_every_language, sound
from bot.answers.listing import Index, candidate, chosen, index
from bot.answers.phrases import asks, is_command
from bot.answers.place_numbers import numbered
from bot.answers.question import Asked
from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading, answer
from bot.answers.reply import Reply
from bot.core.text import fold

_MOST_LETTERS = 80
_MOST_WORDS = 8
_SURE = 88.0
_MAYBE = 76.0
_LEAST_BEGINNING = 5
_LEAST_APART = 3
_LEAST_SOUND = 7
"""letters of a name, or of each of its words, that is known inside a sentence although not written as it is"""
_CLAUSE = re.compile(r"[,;.\n]+")
_AHEAD = 6.0


def read_place_of_list(reply: Reply, asked: Asked, country: str | None) -> Reading | None:
    """The place of the list that the reply names; None when it names none of them.

    The longest name wins ("Baja California Sur" over "Baja California"), where she lives over where she is
    from. Abbreviations that are words ("sin", "ver") count only as the whole reply. One typo in a name of
    five letters and two in longer ones are taken; what is less sure comes back ``unsure`` with the
    candidates.
    """
    among = index(asked.choices, reply.lexicon.language, country)
    bare = _bare(reply.words, reply)
    unarticled = bare[1:] if bare[:1] in (("el",), ("la",), ("the",)) else bare
    for said in (reply.folded, reply.said, " ".join(bare), " ".join(unarticled)):
        if said in among.exact:
            return chosen(among, among.exact[said])
        if said in among.whole_only:
            return chosen(among, among.whole_only[said])
    almost = labels.nearly(" ".join(bare), among, reply.lexicon) or labels.nearly(
        reply.said, among, reply.lexicon
    )
    if almost is not None:
        return chosen(among, almost)
    by_number = numbered(bare, among, reply)
    if by_number is not None:
        return chosen(among, by_number)
    named = _named(reply, among)
    if named:
        return named
    whole = _by_likeness(bare, among) if bare and len(bare) <= _MOST_WORDS else None
    return whole or _by_clause(reply, among)


def _bare(words: tuple[str, ...], reply: Reply) -> tuple[str, ...]:
    """The words without "vivo en", "soy de", "región"."""
    words = tuple(w for w in words if w not in ("pues", "pos", "po", "hola", "gracias", "aca", "oye", "mire"))
    words = words[_lead_in(words, reply) :]
    while (
        len(words) > 1
        and words[-1] in ("region", "estado", "comuna", "state", "mexico", "chile", "municipio", "mx", "cl")
        and words[0] != "estado"
    ):
        words = words[:-1]
    return words


def _lead_in(words: tuple[str, ...], reply: Reply) -> int:
    """How many words lead to the name: "vivo en la alcaldía | Iztapalapa", "en la | ciudad de México"."""
    cues, names = reply.lexicon.phrases("place_cues"), in_every_language("begin_as_a_cue")
    at = 0
    while size := cues.opening(words[at:]):
        inside = next((i for i in range(size) if names.opening(words[at + i :])), None)
        if inside is not None:
            return at + inside
        at += size
    return at


def _named(reply: Reply, among: Index) -> Reading | None:
    """Names that stand inside a longer reply."""
    words = reply.words
    longest = max((said.count(" ") + 1 for said in among.exact), default=0)
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            said = " ".join(words[at : at + size])
            if said in among.exact and said not in among.whole_only and len(said) >= 3:
                found.append((at, among.exact[said]))
                at += size - 1
                break
        at += 1
    positions = list(dict.fromkeys(p for _, p in found))
    if asks(reply):
        return None
    if len(positions) <= 1:
        apart = _said_apart(words, positions, among)
        if apart is not None:
            return chosen(among, apart)
        return chosen(among, positions[0]) if positions else _misspelt(words, among)
    origin = reply.lexicon.phrases("origin_cues")
    elsewhere = {
        p for at, p in found if any(origin.opening(words[at - n : at]) == n for n in (1, 2, 3) if at >= n)
    }
    left = [p for p in positions if p not in elsewhere]
    if elsewhere and len(left) == 1:
        return chosen(among, left[0])
    lives = reply.lexicon.phrases("lives_cues")
    where = [
        p for at, p in found if any(lives.opening(words[at - n : at]) == n for n in (1, 2, 3) if at >= n)
    ]
    if len(set(where)) == 1:
        return chosen(among, where[0])
    return candidate(among, positions[:3])


def _said_apart(words: tuple[str, ...], found: list[int], among: Index) -> int | None:
    """The one name whose words all stand in the reply, not side by side: "Baja California, la del sur"."""
    said = set(words)
    shorter = {name for name in among.exact if among.exact[name] in found}
    longer = {
        among.exact[name]
        for name in among.exact
        if " " in name
        and among.exact[name] not in found
        and all(len(word) >= _LEAST_APART and word in said for word in name.split())
        and (not found or any(name.startswith(each + " ") for each in shorter))
    }
    return longer.pop() if len(longer) == 1 else None


def _misspelt(words: tuple[str, ...], among: Index) -> Reading | None:
    """A long name inside the reply, written as it sounds: "acá en veracrus por la costa"."""
    by_sound: dict[str, int] = {}
    for name, position in among.exact.items():
        if len(name) >= _LEAST_SOUND and name not in among.whole_only:
            by_sound.setdefault(sound(name), position)
    found = {
        by_sound[said]
        for at in range(len(words))
        for size in (1, 2, 3)
        if (said := sound(" ".join(words[at : at + size]))) in by_sound
    }
    return chosen(among, found.pop()) if len(found) == 1 else None


def _by_clause(reply: Reply, among: Index) -> Reading | None:
    """The place that one clause names: "quintana ro, allá por Bacalar"."""
    parts = [part for part in _CLAUSE.split(reply.text) if part.strip()]
    if len(parts) < 2 or asks(reply) or reply.lexicon.phrases("second_thoughts").opening(reply.words):
        return None
    read = [_by_likeness(_bare(Reply(part, reply.lexicon).words, reply), among) for part in parts]
    sure = {reading.value for reading in read if reading is not None and reading.outcome is Outcome.ANSWER}
    return next((r for r in read if r is not None and r.value in sure), None) if len(sure) == 1 else None


def _by_likeness(bare: tuple[str, ...], among: Index) -> Reading | None:
    said = " ".join(bare)
    if len(said) < 4:
        return None
    names = tuple(among.exact)
    starting = {among.exact[n] for n in names if n.startswith(said + " ") or f" {said} " in f" {n} "}
    if len(starting) == 1:
        position = starting.pop()
        label = fold(among.choices[position].label)
        return chosen(among, position) if len(said) * 2 >= len(label) else candidate(among, [position])
    if 1 < len(starting) <= 5:
        return candidate(among, sorted(starting))
    if starting:
        return None
    beginning = (
        {among.exact[n] for n in names if n.startswith(said)} if len(said) >= _LEAST_BEGINNING else set()
    )
    if len(beginning) == 1:
        return chosen(among, beginning.pop())
    close = process.extract(said, names, scorer=fuzz.ratio, score_cutoff=_MAYBE, limit=6)
    if not close:
        return None
    best: dict[int, float] = {}
    for name, score, _ in close:
        best[among.exact[name]] = max(best.get(among.exact[name], 0.0), _score(said, name, score))
    ranked = sorted(best.items(), key=lambda item: -item[1])
    first = ranked[0][1]
    ahead = first - (ranked[1][1] if len(ranked) > 1 else 0.0)
    if first >= _SURE and ahead >= _AHEAD:
        return chosen(among, ranked[0][0])
    return candidate(among, [p for p, s in ranked if first - s < _AHEAD][:3]) if first >= _MAYBE else None


def _score(said: str, name: str, ratio: float) -> float:
    """One slip of the finger in five letters or more is sure; swapped letters are one slip."""
    slips = OSA.distance(said, name)
    if slips == 1 and len(name) >= 5:
        return max(ratio, 95.0)
    if slips == 2 and len(name) >= 8:
        return max(ratio, 90.0)
    return min(ratio, _SURE - 1) if len(name) < 8 else ratio


def read_town(reply: Reply) -> Reading:
    """The name of a place where there is no list: cleaned of "vivo en", capitals as typed."""
    text = re.sub(r"[^\w\s.,'\u2019\-/#]", " ", reply.text)
    words = text.split()
    folded = tuple(fold(w) for w in words)
    if reply.lexicon.phrases("second_thoughts").opening(folded) > 1:
        return NOT_AN_ANSWER  # "me equivoqué, soy de Puebla" takes back an earlier answer
    size = _lead_in(folded, reply)
    words = words[size:]
    name = " ".join(words).strip(" .,-")
    unlike = reply.lexicon.phrases("refuse_place")
    if (
        not name
        or asks(reply)
        or is_command(reply)
        or len(name) > _MOST_LETTERS
        or len(words) > 2 * _MOST_WORDS
    ):
        return NOT_AN_ANSWER
    if not re.search(r"[^\W\d_]{2}", name) or fold(name) in unlike:
        return NOT_AN_ANSWER
    return answer(name.title() if name.islower() and len(words) <= 2 else name)
