"""Choices named by their printed number or their place: "la 2", "1 y 3", "la última", "todas menos la 4"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answers.question import AskedChoice
from bot.answers.reply import Reply
from bot.answers.spelled import spelled_as_digits

_TOKEN = re.compile(r"\d+|[a-z\u00f1]+|[,;.()?!:]")
_ORDINAL_MARK = re.compile(
    r"\b(\d{1,2})(?:ra|era|ro|er|da|do|ta|to|ma|mo|va|vo|na|no|st|nd|rd|th|[ao\u00aa\u00ba])\b"
)
_ARTICLE_UN = re.compile(r"\bun\b")
_ARTICLE_UNA = re.compile(r"(?<!la )(?<!opcion )(?<!el )\buna\b(?!$)|(?<=\w )(?<!la )(?<!opcion )\buna$")
_ONE_BEHIND = re.compile(
    r"(?<=[a-z] )(?<!option )(?<!number )(?<!choice )(?<!and )(?<!answer )(?<!is )(?<!or )ones?\b"
)
_MOST_SINGLE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Menu:
    """A list as it was printed."""

    choices: tuple[AskedChoice, ...]

    def position(self, written: str) -> int | None:
        """Where the choice with this printed number stands; three digits are an amount, no menu number."""
        if len(written) > 2 + (len(self.choices) > 99):
            return None
        number = int(written)
        return next((i for i, c in enumerate(self.choices) if c.number == number and number > 0), None)


def picks(reply: Reply, choices: tuple[AskedChoice, ...], *, several: bool) -> tuple[int, ...] | None:
    """Positions that the reply picks by number or place, when that is all it does; None otherwise."""
    words = _words(reply)
    if not words:
        return None
    if several:
        spread = _digits_side_by_side(words, choices)
        if spread is not None:
            return spread
        group = _first_or_last_few(reply, len(choices))
        if group is not None:
            return group
    known = reply.lexicon.phrases("pick_words")
    fillers = reply.lexicon.phrases("fillers")
    to = reply.lexicon.phrases("range_to") if several else None
    menu = Menu(choices)
    found: list[int] = []
    placed = _by_place(words, reply, len(choices))
    if placed is not None:
        return (placed,)
    for word in words:
        if word in ",;.()?!:":
            continue
        position = _position(word, reply, menu)
        if position is not None:
            found.append(position)
        elif word.isdigit() or not (word in known or word in fillers or (to and word in to)):
            return None
    if not found:
        return None
    if several:
        found = _filled(words, found, reply, menu)
    return tuple(dict.fromkeys(found))


def marked_pick(reply: Reply, choices: tuple[AskedChoice, ...]) -> int | None:
    """The one choice that a longer reply names with a mark: "la 2 porque tengo tiempo"."""
    words = _words(reply)
    menu = Menu(choices)
    marks, follow = reply.lexicon.phrases("pick_marks"), reply.lexicon.phrases("pick_follow")
    found: set[int] = set()
    for at, word in enumerate(words):
        position = _position(word, reply, menu)
        if position is None or at == 0 or words[at - 1] not in marks:
            continue
        after = words[at + 1] if at + 1 < len(words) else "."
        if after in ",;.()?!:" or after in follow:
            found.add(position)
    return found.pop() if len(found) == 1 else None


def _words(reply: Reply) -> list[str]:
    """Numbers, words and marks; "un" and the "one" of "the second one" are not numbers here."""
    if reply.lexicon.language == "es":
        text = _ARTICLE_UNA.sub(" ", _ARTICLE_UN.sub(" ", reply.plain))
    else:
        text = _ONE_BEHIND.sub(" ", reply.plain)
    text = spelled_as_digits(text, reply.lexicon) if text != reply.plain else reply.digits
    return _TOKEN.findall(_ORDINAL_MARK.sub(r"\1", text))


def _position(word: str, reply: Reply, menu: Menu) -> int | None:
    if word.isdigit():
        return menu.position(word)
    ordinal = reply.lexicon.numbers("ordinals").get(word)
    return menu.position(str(int(ordinal))) if ordinal is not None else None


def _by_place(words: list[str], reply: Reply, size: int) -> int | None:
    """ "La última", "la de en medio"."""
    said = " ".join(w for w in words if w not in ",;.()?!:")
    for name, phrases in reply.lexicon.table("position").items():
        for phrase in phrases:
            rest = re.sub(rf"\b{phrase}\b", " ", said).split()
            if len(rest) < len(said.split()) and all(w in reply.lexicon.phrases("pick_words") for w in rest):
                if name == "middle":
                    return size // 2 if size % 2 else None
                at = {"first": 0, "last": size - 1, "before_last": size - 2}[name]
                return at if 0 <= at < size else None
    return None


def _digits_side_by_side(words: list[str], choices: tuple[AskedChoice, ...]) -> tuple[int, ...] | None:
    """ "13" is 1 and 3 where no printed number has two digits and no digit is said twice."""
    numbers = [w for w in words if w not in ",;.()?!:"]
    if len(numbers) != 1 or not numbers[0].isdigit() or len(numbers[0]) < 2:
        return None
    at = {str(c.number): i for i, c in enumerate(choices) if c.number > 0}
    if max((c.number for c in choices), default=0) > _MOST_SINGLE_DIGITS:
        return None
    digits = numbers[0]
    if len(set(digits)) != len(digits) or not all(d in at for d in digits):
        return None
    return tuple(at[d] for d in digits)


def _first_or_last_few(reply: Reply, size: int) -> tuple[int, ...] | None:
    """ "Las dos primeras", "las últimas 3"."""
    first, last = reply.lexicon.phrases("first_of"), reply.lexicon.phrases("last_of")
    said = _TOKEN.findall(reply.plain)
    marks = [w for w in said if w in first or w in last]
    if len(marks) != 1:
        return None
    at = said.index(marks[0])
    beside = [spelled_as_digits(w, reply.lexicon) for w in said[max(0, at - 1) : at] + said[at + 1 : at + 2]]
    if not any(
        w.isdigit() and said_as not in reply.lexicon.numbers("ordinals")
        for w, said_as in zip(beside, said[max(0, at - 1) : at] + said[at + 1 : at + 2], strict=True)
    ):
        return None  # "first and third"
    # without the mark, which text2num would take for an ordinal
    words = _TOKEN.findall(spelled_as_digits(" ".join(w for w in said if w != marks[0]), reply.lexicon))
    counts = [int(w) for w in words if w.isdigit()]
    rest = [w for w in words if not w.isdigit() and w not in reply.lexicon.phrases("pick_words")]
    if len(counts) != 1 or rest or not 1 < counts[0] <= size:
        return None
    return tuple(range(counts[0])) if marks[0] in first else tuple(range(size - counts[0], size))


def _filled(words: list[str], found: list[int], reply: Reply, menu: Menu) -> list[int]:
    """ "De la 1 a la 3" is all three."""
    to = reply.lexicon.phrases("range_to")
    if len(found) != 2 or found[0] >= found[1] or not any(w in to for w in words):
        return found
    numbered = [at for at, word in enumerate(words) if _position(word, reply, menu) is not None]
    if any(w in to for w in words[numbered[0] : numbered[-1]]):
        return list(range(found[0], found[1] + 1))
    return found
