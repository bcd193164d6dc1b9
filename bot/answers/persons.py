"""How many persons a reply lists: "mi mamá, dos primas y una vecina" is four."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answers.amounts import Amount
from bot.answers.lexicon import any_of, in_every_language
from bot.answers.reply import Reply
from bot.answers.wording import asks_how_many_people
from bot.core.text import fold

_TOKEN = re.compile(r"\d+|[a-z\u00f1]+")
_PART = re.compile(r"[,;.&+\n]+")
_FEWEST_OF_SOME, _MOST_OF_SOME = 2, 4
"""persons that "mis hermanas" may be"""
_REACH = 2
"""words in which the one comes whom a number or a "mi" is said of: "siete buenas amigas" """
_FEW_WORDS = 4
"""words of a part in which "una" is a person"""


@dataclass(slots=True)
class _Count:
    """Persons listed so far: at least, at most, and how many times a word or a name for a person was said."""

    least: int = 0
    most: int = 0
    named: int = 0

    def add(self, least: int, most: int, *, named: bool = True) -> None:
        self.least, self.most, self.named = self.least + least, self.most + most, self.named + named


def persons_named(reply: Reply, wording: str) -> Amount | None:
    """How many she lists, where the question asks for that; ``ends`` where a plural leaves it open.

    None where she lists none, or says the number herself ("o sea cuatro personas").
    """
    if not asks_how_many_people(wording):
        return None
    counted, denials, fillers = _Count(), in_every_language("negations"), in_every_language("fillers")
    for place, part in enumerate(_PART.split(reply.digits.replace("'", ""))):
        words = _TOKEN.findall(part)
        spoken = [word for word in words if word not in fillers]
        if not place and " ".join(spoken) in in_every_language("nobody"):
            return None
        if counted.named and len(spoken) == 1 and spoken[0].isdigit():
            return None  # "mi mamá y mi tía, 2"
        if any(word in denials for word in words):
            continue
        if not _adds(words, counted):
            return None
    by_name = len(_names(reply))
    if counted.named or by_name > 1:  # "el Señor" alone is no help to count on
        counted.add(by_name, by_name)
    if not counted.named:
        return None
    least, most = float(counted.least), float(counted.most)
    if least == most:
        return Amount(least, marked=True)
    return Amount(least, marked=True, spoken_range=True, ends=(least, most))


def _adds(words: list[str], counted: _Count) -> bool:
    """Counts the persons among ``words``; False where a number there counts something else, or all of them."""
    whose, hers = in_every_language("said_of_one"), in_every_language("hers")
    at = 0
    while at < len(words):
        word, after = words[at], words[at + 1 : at + 1 + _REACH]
        noun = next((place for place, each in enumerate(after) if _kin(each)), None)
        if word.isdigit():
            if (noun is None and word != "1") or any(each.isdigit() for each in after):
                return False  # "1 o 2 vecinas" too
            if noun is not None:
                counted.add(int(word), int(word))
            elif len(words) <= _FEW_WORDS:
                counted.add(0, 1, named=False)  # "una del grupo", not "cuando una anda bien"
        elif word in whose and noun == 0 and not _belongs(words, at):
            counted.add(*_how_many(after[0]))
        elif word in hers and not (after and after[0].isdigit()) and not _belongs(words, at):
            counted.add(*(_how_many(after[noun]) if noun is not None else (0, 1)), named=noun is not None)
        else:
            noun = None
        at += 1 if noun is None else noun + 2
    return True


def _belongs(words: list[str], at: int) -> bool:
    """Whether the person is there only to say whose another is: "la hermana | de mi mamá"."""
    return at > 0 and words[at - 1] in in_every_language("of")


def _kin(word: str) -> bool:
    kin = in_every_language("kin")
    return word in kin or word in in_every_language("two_persons") or _one_of(word) in kin


def _one_of(plural: str) -> str:
    """The singular of ``plural``: hermanas, mujeres."""
    one = plural.removesuffix("s")
    return one if one in in_every_language("kin") else one.removesuffix("e")


def _how_many(word: str) -> tuple[int, int]:
    if word in in_every_language("two_persons"):
        return 2, 2
    return (1, 1) if word in in_every_language("kin") else (_FEWEST_OF_SOME, _MOST_OF_SOME)


def _names(reply: Reply) -> list[str]:
    """Names with an article: "la Paty"."""
    said = re.findall(rf"(?i:\b(?<!de )(?:{any_of('before_a_name')})) ([A-Z\u00c1-\u00da]\w+)", reply.text)
    return [name for name in said if not _kin(fold(name))]
