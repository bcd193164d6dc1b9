"""What disclosures are made of, as features: who, what is done, to what, how it is hidden, what it is not.

A few thousand examples cannot show every wording, so the lists of ``nlu/safety_concepts.yml`` say what wordings
have in common. Each concept of a sentence is a feature, and so is each pair of concepts: the classifier learns
that *he* and *my phone* and *checks* weigh more together than apart, and that *hit* and *ball* weigh nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import yaml

from bot.core.text import fold

DATA = Path(__file__).resolve().parents[2] / "nlu" / "safety_concepts.yml"


@dataclass(frozen=True)
class Concepts:
    """The lists, in the order of the file: columns depend on it."""

    names: tuple[str, ...]
    expressions: tuple[re.Pattern[str], ...]

    @classmethod
    def load(cls, path: Path = DATA) -> Concepts:
        """Reads ``path``. Raises ValueError naming the concept whose expression does not compile."""
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        compiled = []
        for name, alternatives in content.items():
            try:
                compiled.append(re.compile("|".join(rf"\b(?:{a})\b" for a in alternatives)))
            except re.error as error:
                raise ValueError(f"{path.name}: {name}: {error}") from error
        return cls(tuple(content), tuple(compiled))

    def found_in(self, text: str) -> list[int]:
        """Indices of the concepts that ``text``, a normal form, names."""
        folded = fold(text)
        return [i for i, expression in enumerate(self.expressions) if expression.search(folded)]

    @property
    def columns(self) -> int:
        """How many features there are: concepts and their pairs."""
        count = len(self.names)
        return count + count * (count - 1) // 2

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """One row a text, of length one unless it names nothing."""
        count = len(self.names)
        indices: list[int] = []
        ends = [0]
        values: list[float] = []
        for text in texts:
            found = self.found_in(text)
            # the pair (a, b) with a < b has the column after all concepts and all pairs that start earlier
            pairs = [count + a * (2 * count - a - 1) // 2 + b - a - 1 for a, b in combinations(found, 2)]
            indices += [*found, *pairs]
            size = len(found) + len(pairs)
            values += [1 / max(size, 1) ** 0.5] * size
            ends.append(len(indices))
        shape = (len(texts), self.columns)
        return sp.csr_matrix((np.array(values, dtype=np.float32), indices, ends), shape=shape)
