"""Ranges out of choice labels ("18 a 24", "Más de 800 mil"), and the choice that an amount falls in."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from bot.answers.lexicon import Lexicon
from bot.answers.question import AskedChoice
from bot.answers.reply import plain
from bot.answers.spelled import spelled_as_digits

_NUMBER = r"\$? ?\d[\d.,]*(?: ?(?:mil|millones|millon|thousand|million|k))?"
_SCALES = {"mil": 1000, "k": 1000, "thousand": 1000, "millon": 1e6, "millones": 1e6, "million": 1e6}
_TAIL = re.compile(r"[()!¡.;:]+$")
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Band:
    """A choice that stands for the amounts from ``low`` to ``high``, both inside; hours for times."""

    value: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bands:
    """The ranges of one list, lowest first; ``unit`` is ``hour`` for times, else as on the labels."""

    bands: tuple[Band, ...]
    unit: str

    def holding(self, amount: float, over: int = 0) -> str | None:
        """The value of the range that holds ``amount``; ``over`` 1 or -1 for just above or just below it.

        Between "18 a 24" and "25 a 29" there is no gap: 24.5 is still in the first. Below the lowest and
        above the highest bound there is no range.
        """
        amount += over * max(1.0, abs(amount)) * 1e-9
        best: Band | None = None
        for band in self.bands:
            if band.low <= amount:
                best = band
        if best is None:
            return None
        if amount <= best.high or best is not self.bands[-1]:
            return best.value
        return None

    @property
    def top(self) -> float:
        return self.bands[-1].low


@lru_cache(maxsize=512)
def bands(choices: tuple[AskedChoice, ...], lexicon: Lexicon) -> Bands | None:
    """The ranges that the labels state, or None when fewer than two of them do."""
    patterns = [re.compile(p.replace("NUM", _NUMBER)) for p in lexicon.table("range_labels")]
    zero = lexicon.phrases("zero_labels")
    found: list[Band] = []
    units: set[str] = set()
    for choice in choices:
        label = _label(choice.label, lexicon)
        if label in zero:
            found.append(Band(choice.value, 0, 0))
            continue
        for pattern in patterns:
            match = pattern.match(label)
            if match:
                unit = _unit(label, lexicon)
                low, high = _bounds(match.groupdict())
                scale = 1 / 60 if unit == "minute" else 1
                units.add("hour" if unit == "minute" else unit)
                found.append(Band(choice.value, low * scale, high * scale))
                break
    real = [b for b in found if b.high > 0]
    if len(real) < _FEWEST or len(real) * 2 < len(choices) - 2:
        return None
    units.discard("")
    return Bands(tuple(sorted(found, key=lambda b: (b.low, b.high))), units.pop() if len(units) == 1 else "")


def _label(written: str, lexicon: Lexicon) -> str:
    label = _TAIL.sub("", spelled_as_digits(plain(written), lexicon))
    # text2num makes "350 mil" into "350 1000"
    return re.sub(r"(?<=\d) 1000000\b", " millon", re.sub(r"(?<=\d) 1000\b", " mil", label))


def _unit(label: str, lexicon: Lexicon) -> str:
    return next((lexicon.unit_of[w] for w in re.findall(r"[a-z]+", label) if w in lexicon.unit_of), "")


def _bounds(groups: dict[str, str | None]) -> tuple[float, float]:
    number = {key: _number(text) for key, text in groups.items() if text}
    if "under" in number:
        return 0.0, math.nextafter(number["under"], 0)
    if "upto" in number:
        return math.nextafter(0, 1), number["upto"]
    if "over" in number:
        return math.nextafter(number["over"], math.inf), math.inf
    if "from" in number:
        return number["from"], math.inf
    if "exact" in number:
        return number["exact"], number["exact"]
    low, high = number["lo"], number["hi"]
    high_scale = _scale(groups["hi"] or "")
    if _scale(groups["lo"] or "") == 1 and high_scale > 1 and low < high / high_scale + 1:
        low *= high_scale  # "151 a 350 mil"
    return low, high


def _scale(written: str) -> float:
    word = re.search(r"[a-z]+", written)
    return _SCALES.get(word.group(), 1) if word else 1


def _number(written: str) -> float:
    """A number on a label: three digits behind a mark are always thousands there, whatever the country."""
    digits = re.sub(r"[^\d.,]", "", written).strip(".,")
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    return float(digits) * _scale(written)
