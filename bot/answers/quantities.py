"""Amounts in a reply: the number, what it counts, and what was said around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.answers.lexicon import Lexicon

_TOKEN = re.compile(r"\d+(?:[.,'\u2019]\d+)*|[a-z\u00f1]+|[^\s\w]")
_THOUSANDS = ("1000", "1000000")
_POINT_IS_THOUSANDS = frozenset({"CL", "AR", "CO", "VE", "EC", "UY", "PY", "BO", "BR"})
"""Countries that write 1.500 for one thousand five hundred; the others of the region write 1,500 (CLDR)."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount: ``unit`` is our name of what it counts (``hour``, ``year`` …), ``noun`` the word itself.

    ``high`` is the other end of "2 o 3", ``other`` what the digits mean in the other number format.
    ``scaled`` says a multiplier was said ("3 mil"), ``about`` that words such as "unas" stood before it,
    ``start`` and ``end`` are its places among the tokens.
    """

    value: float
    start: int
    end: int
    unit: str = ""
    noun: str = ""
    high: float | None = None
    other: float | None = None
    scaled: bool = False
    about: bool = False

    @property
    def middle(self) -> float:
        return self.value if self.high is None else (self.value + self.high) / 2

    @property
    def ends(self) -> tuple[float, float] | None:
        return None if self.high is None else (self.value, self.high)


def number(written: str, country: str | None) -> tuple[float, float | None]:
    """A number in digits as her country writes it, and its other possible reading.

    ``1.500`` is 1500 in Chile and 1.5 in Mexico. A mark that cannot group thousands is a decimal mark
    wherever she is: ``2,5`` is 2.5 in Mexico too.
    """
    text = written.replace("\u2019", "'")
    if "'" in text:  # 1'200,000: millions as written by hand in Mexico
        return float(re.sub(r"'|[.,](?=\d{3}(?!\d))", "", text).replace(",", ".")), None
    marks = [c for c in text if c in ".,"]
    if not marks:
        return float(text), None
    if len(set(marks)) == 2:  # both marks: the last one is the decimal mark
        last = marks[-1]
        grouping = "," if last == "." else "."
        return float(text.replace(grouping, "").replace(last, ".", 1)) if marks.count(last) == 1 else _bare(
            text
        ), None
    mark = marks[0]
    head, *groups = text.split(mark)
    grouped = all(len(g) == 3 for g in groups) and 1 <= len(head) <= 3 and head != "0"
    if len(groups) > 1:
        return _bare(text), None
    as_decimal = float(f"{head}.{groups[0]}")
    if not grouped:
        return as_decimal, None
    as_thousands = float(head + groups[0])
    groups_by = "." if (country or "") in _POINT_IS_THOUSANDS else ","
    return (as_thousands, as_decimal) if mark == groups_by else (as_decimal, as_thousands)


def _bare(text: str) -> float:
    return float(re.sub(r"[.,]", "", text))


def tokens(text: str) -> list[str]:
    """Numbers, words and marks of ``text``, which is plain and has digits for number words."""
    return _TOKEN.findall(text)


def quantities(text: str, lexicon: Lexicon, country: str | None) -> list[Quantity]:
    """The amounts in ``text``, in order, spoken ranges ("2 o 3", "entre 4 y 6") joined.

    ``text`` is plain, with digits for number words (``Reply.digits``).
    """
    parts = tokens(text)
    found: list[Quantity] = []
    at = 0
    while at < len(parts):
        quantity = _one(parts, at, lexicon, country)
        if quantity is None:
            at += 1
        else:
            found.append(quantity)
            at = quantity.end
    return _joined(parts, found)


def _one(parts: list[str], at: int, lexicon: Lexicon, country: str | None) -> Quantity | None:
    part = parts[at]
    multipliers, fractions, couples = (
        lexicon.numbers("multipliers"),
        lexicon.numbers("fractions"),
        lexicon.numbers("couples"),
    )
    end = at + 1
    scaled = False
    other: float | None = None
    if part[0].isdigit():
        value, other = number(part, country)
        while end < len(parts) and parts[end] in _THOUSANDS:
            value *= float(parts[end])  # "3 mil" reached us as "3 1000"
            scaled, end = True, end + 1
    elif part in fractions and _follows(parts, at, lexicon):
        value = fractions[part]
        if end < len(parts) and parts[end] in ("a", "an"):
            end += 1
        if end < len(parts) and parts[end] in _THOUSANDS:
            value, scaled, end = value * float(parts[end]), True, end + 1
    elif part in couples:
        value = couples[part]
        if end < len(parts) and parts[end] in ("de", "of"):
            end += 1
    elif part in lexicon.phrases("article_one") and _is_of_clock(parts[end : end + 1], lexicon):
        value = 1.0  # "an hour"; "a day" says how often
    elif lexicon.unit_of.get(part) and parts[at + 1 : at + 3] in (["y", "media"], ["and", "half"]):
        return Quantity(1.5, at, at + 3, lexicon.unit_of[part], part)  # "hora y media"
    elif part in lexicon.phrases("slang_amounts") and _one_of_it(parts, at):
        value, scaled = multipliers[part], True  # "luca y media", "palo y medio"
        value, end = _with_half(parts, end, value, multipliers[part], lexicon)
    else:
        return None
    if end < len(parts) and parts[end] in couples and part[0].isdigit():  # "un par", "dos docenas"
        value, end = value * couples[parts[end]], end + 1
        end += end < len(parts) and parts[end] in ("de", "of")
    if end < len(parts) and parts[end] in multipliers:
        value *= multipliers[parts[end]]
        noun = parts[end]
        scaled, end = True, end + 1
        value, end = _with_half(parts, end, value, multipliers[noun], lexicon)
    elif scaled and part[0].isdigit():
        value, end = _with_half(parts, end, value, 1000.0, lexicon)
    else:
        value, end = _with_half(parts, end, value, 1.0, lexicon)
    if (
        scaled
        and end < len(parts)
        and parts[end].isdigit()
        and float(parts[end]) < (1e6 if value >= 1e6 else 1e3)
    ):
        smaller = _one(parts, end, lexicon, country)  # "3 mil 500", "2 millones 300 mil", "3 mil quinientos"
        if smaller is not None and smaller.value < value:
            if value >= 1e6 and smaller.value < 1000 and not smaller.scaled:
                smaller = replace(smaller, value=smaller.value * 1000)  # "un millón 200" leaves out "mil"
            value, end = value + smaller.value, smaller.end
    unit = noun = ""
    if end < len(parts) and parts[end][0].isalpha():
        if (
            parts[end] in ("de", "of")
            and scaled
            and end + 1 < len(parts)
            and parts[end + 1] in lexicon.unit_of
        ):
            end += 1
        word = parts[end]
        unit = lexicon.unit_of.get(word, "")
        if unit:
            noun, end = word, end + 1
            value, end = _with_half(parts, end, value, 1.0, lexicon)
        elif word not in lexicon.phrases("no_unit") and word not in lexicon.phrases("fillers"):
            noun = word
    if not unit and scaled:
        unit = "peso" if any(p in lexicon.phrases("money_words") for p in parts[at:end]) else unit
    return Quantity(value, at, end, unit, noun, None, other, scaled, _about(parts, at, lexicon))


def _one_of_it(parts: list[str], at: int) -> bool:
    """ "Luca y media": one of them, because a half follows and no number stands before."""
    return parts[at + 1 : at + 3] in (["y", "media"], ["y", "medio"]) and not (
        at and (parts[at - 1][0].isdigit() or parts[at - 1] in ("media", "medio"))
    )


def _is_of_clock(parts: list[str], lexicon: Lexicon) -> bool:
    return bool(parts) and lexicon.unit_of.get(parts[0]) in ("hour", "minute")


def _follows(parts: list[str], at: int, lexicon: Lexicon) -> bool:
    """A half counts only before a thing that can be halved: "media hora", not "media" the school."""
    rest = [p for p in parts[at + 1 : at + 3] if p not in ("a", "an")]
    return (
        bool(rest)
        and (
            rest[0] in lexicon.unit_of
            or rest[0] in lexicon.numbers("multipliers")
            or rest[0] in _THOUSANDS  # "medio millón" reached us as "medio 1000000"
        )
        and lexicon.unit_of.get(rest[0]) != "day"
    )


def _with_half(parts: list[str], end: int, value: float, scale: float, lexicon: Lexicon) -> tuple[float, int]:
    rest = parts[end : end + 3]
    if rest[:1] in (["y"], ["and"]):
        half = rest[1:2] if rest[1:2] != ["a"] else rest[2:3]
        if half and half[0] in lexicon.numbers("fractions"):
            return value + scale * 0.5, end + (2 if rest[1] != "a" else 3)
        if half == ["cuarto"]:
            return value + scale * 0.25, end + 2
    return value, end


def _about(parts: list[str], at: int, lexicon: Lexicon) -> bool:
    before = tuple(p for p in parts[max(0, at - 3) : at] if p[0].isalpha())
    return any(lexicon.phrases("about").opening(before[i:]) for i in range(len(before)))


def _left_out(low: float, high: float) -> float:
    """The thousand or million that is said once for both: "entre seis y siete mil" is 6000 to 7000."""
    for scale in (1e6, 1e3):
        if high >= scale and high % (scale / 10) == 0 and low < high / scale:
            return scale
    return 1.0


def _joined(parts: list[str], found: list[Quantity]) -> list[Quantity]:
    """Two amounts with "o", "a" or "-" between are one spoken range; so are two after "entre"."""
    out: list[Quantity] = []
    for q in found:
        last = out[-1] if out else None
        if last is not None and last.high is None and q.value > last.value:
            between = [p for p in parts[last.end : q.start] if p not in ("unas", "como")]
            before = parts[max(0, last.start - 1) : last.start]
            is_range = between in (["o"], ["u"], ["a"], ["-"], ["or"], ["to"], ["al"], ["hasta"]) or (
                between in (["y"], ["and"]) and before in (["entre"], ["between"])
            )
            if is_range and (not last.unit or last.unit == q.unit):
                value = last.value if last.scaled else last.value * _left_out(last.value, q.value)
                out[-1] = Quantity(
                    value, last.start, q.end, q.unit, q.noun, q.value, None, q.scaled, last.about
                )
                continue
        out.append(q)
    return out
