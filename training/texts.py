"""Writes what the second opinion learns from and is looked at with: ``python -m training.texts``.

In the project's own environment. ``var/training/texts.json`` holds every example of ``nlu/`` in normal form, with
its labels; the development sets apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.understanding import corpus
from bot.understanding.corpus import Example
from bot.understanding.model import barrier_labels, safety_label
from bot.understanding.normalise import normalise
from training import TEXTS


def main() -> None:
    """Writes the file and says how many texts are in it."""
    found = {"training": _rows(corpus.training()), "development": _rows(corpus.development())}
    TEXTS.parent.mkdir(parents=True, exist_ok=True)
    TEXTS.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    print(f"{TEXTS.name}: {len(found['training'])} to train on, {len(found['development'])} to look at")


def _rows(examples: Sequence[Example]) -> list[dict[str, Any]]:
    return [
        {
            "text": normalise(e.text),
            "language": e.language,
            "batch": e.batch,
            "kind": e.kind,
            "intent": e.intent,
            "disclosure": safety_label(e),
            "facet": e.safety,
            "barriers": sorted(barriers) if (barriers := barrier_labels(e)) is not None else None,
        }
        for e in examples
    ]


if __name__ == "__main__":
    main()
