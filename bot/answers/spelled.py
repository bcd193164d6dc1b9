"""Numbers in words to digits: text2num does the grammar, we do what it leaves.

What it leaves (measured, see docs/adr/0004): misspelt words ("sincuenta"), unaccented "veintidos", "veinte y
uno", digits before a multiplier ("3 mil" becomes "3 1000") and slang multipliers.
"""

from __future__ import annotations

import re

from text_to_num import alpha2digit  # type: ignore[import-untyped]

from bot.answers.lexicon import Lexicon

_WORD = re.compile(r"[a-z\u00f1]+")
_TENS_AND = re.compile(r"\b([2-9]0) y ([1-9])\b")
_SPLIT_TWENTY = re.compile(r"\b[bv]einti (?=[a-z])")
_FIGURE_TIMES = re.compile(r"(?<=\d) (mil|thousand|mill[o\u00f3]n(?:es)?|millions?)\b")
_SCALES = {"mil": " 1000", "thousand": " 1000"}
_LETTER = re.compile(r"[a-z]")
_ORDINAL = re.compile(r"(\d+)(?:[ºª]|st\b|nd\b|rd\b|th\b)")


def spelled_as_digits(plain: str, lexicon: Lexicon) -> str:
    """``plain`` with its numbers in words as digits; ordinals lose their mark.

    >>> spelled_as_digits("tengo sincuenta y dos", lexicon("es"))
    'tengo 52'
    """
    if not _LETTER.search(plain):
        return plain
    spellings = lexicon.table("number_spellings")
    tens = lexicon.table("tens")
    text = _SPLIT_TWENTY.sub("veinte y ", plain)
    text = _WORD.sub(lambda m: _mended(m.group(), spellings, tens), text)
    # else text2num joins the thousand to what follows it: "3 mil quinientos" would be "3 1500"
    text = _FIGURE_TIMES.sub(lambda m: _SCALES.get(m.group(1), " 1000000"), text)
    # threshold 0: "dos" alone counts too. Its ordinals come out as "3ª", which the menu reader knows by word.
    text = str(alpha2digit(text, lexicon.language, 0.0))
    text = _ORDINAL.sub(r"\1", text)
    return _TENS_AND.sub(lambda m: str(int(m.group(1)) + int(m.group(2))), text)


def _mended(word: str, spellings: dict[str, str], tens: dict[str, str]) -> str:
    if word in spellings:
        return spellings[word]
    for ten in tens:  # "treintaicinco", "cuarentaydos"
        rest = word[len(ten) :]
        if word.startswith(ten) and rest[:1] in ("i", "y") and len(rest) > 2:
            return f"{ten} y {spellings.get(rest[1:], rest[1:])}"
    return word
