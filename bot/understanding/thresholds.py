"""Where a score becomes a decision: ``nlu/thresholds.yml``, chosen on texts of batches left out of training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.understanding.corpus import BARRIERS

DATA = Path(__file__).resolve().parents[2] / "nlu" / "thresholds.yml"


@dataclass(frozen=True)
class Thresholds:
    """Scores are distances to a boundary, about -2 to 2; ``act`` and ``did_you_mean`` are probabilities.

    ``temperature`` makes an intent's confidence the share of such messages that are right. From ``act`` up
    the intent is acted upon, from ``did_you_mean`` up it is offered, below it was not understood.
    """

    temperature: float
    act: float
    did_you_mean: float
    pathway: float
    barriers: Mapping[str, float]
    disclosure: float
    language: float

    @classmethod
    def load(cls, path: Path = DATA) -> Thresholds:
        """Reads ``path``. Raises ValueError naming what is missing or out of order."""
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            found = cls(
                temperature=float(content["intents"]["temperature"]),
                act=float(content["intents"]["act"]),
                did_you_mean=float(content["intents"]["did_you_mean"]),
                pathway=float(content["pathways"]["least"]),
                barriers={name: float(content["barriers"][name]) for name in BARRIERS},
                disclosure=float(content["safety"]["least"]),
                language=float(content["languages"]["least"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path.name}: missing or malformed: {error}") from error
        if not (found.temperature > 0 and 0 < found.did_you_mean < found.act < 1):
            raise ValueError(
                f"{path.name}: intents: 0 < did_you_mean < act < 1 and temperature > 0 are expected"
            )
        return found
