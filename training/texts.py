"""Writes what the second opinion learns from and is looked at with: ``python -m training.texts``.

In the project's own environment. ``var/training/texts.json`` holds every example of ``nlu/`` in normal form, with
its labels, replies to the questionnaires as harmless ones; the development sets apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.understanding import corpus
from bot.understanding.corpus import Example, ReplyExample
from bot.understanding.model import barrier_labels, safety_label
from bot.understanding.normalise import normalise
from bot.understanding.patterns import Patterns
from training import TEXTS

ORDINARY = "none:ordinary"
NEAR_HER_SAFETY = (
    "safe_", "phone_shared", "discreet", "consent_refer", "consent_follow", "family", "legal", "health", "need",
)  # fmt: skip
"""beginnings of the names of questions"""


def main() -> None:
    """Writes the file and says how many texts are in it."""
    training = [*_rows(corpus.training()), *_harmless(corpus.replies())]
    found = {"training": training, "development": _rows(corpus.development())}
    TEXTS.parent.mkdir(parents=True, exist_ok=True)
    TEXTS.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    print(f"{TEXTS.name}: {len(found['training'])} to train on, {len(found['development'])} to look at")


def _harmless(replies: Sequence[ReplyExample]) -> list[dict[str, Any]]:
    """Replies in her own words as ordinary messages: "contraté a mi sobrina", "ya nada me detiene". Left out are
    those that may hint at something: what she would not tell, what is asked near her safety, any known wording.
    """
    patterns = Patterns.load()
    calm = [
        reply
        for reply in replies
        if reply.values != ("pn",)
        and not reply.question.partition(".")[2].startswith(NEAR_HER_SAFETY)
        and patterns.search(reply.text) is None
    ]
    return _rows([Example(r.text, r.language, r.batch, "safety", safety=ORDINARY) for r in calm])


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
