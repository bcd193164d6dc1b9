"""A small understanding, trained in about a second on a fixed part of ``nlu/``, with stand-in vectors."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import Any

import numpy as np
import pytest

from bot.understanding import Understanding, corpus
from bot.understanding.corpus import Example
from bot.understanding.encoder import DIMENSIONS, Encoder
from bot.understanding.model import Model, fit
from bot.understanding.normalise import normalise

EACH = 12


class LetterVectors:
    """Stands in for the sentence encoder: counts letter trigrams by hash. Counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: list[str]) -> Any:
        self.calls += 1
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            for i in range(len(text)):
                rows[row, zlib.crc32(text[i : i + 3].encode()) % DIMENSIONS] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    taken: Counter[tuple[str, str, str | None]] = Counter()
    chosen = []
    for example in corpus.training():
        key = (example.kind, example.language, example.intent or example.safety)
        taken[key] += 1
        if taken[key] <= EACH:
            chosen.append(example)
    return chosen


@pytest.fixture(scope="session")
def small_model(examples: list[Example]) -> Model:
    vectors = LetterVectors().encode([normalise(e.text) for e in examples])
    return fit(examples, "small", vectors=vectors)


@pytest.fixture
def understanding(small_model: Model) -> Understanding:
    return Understanding(small_model, sentence_encoder=Encoder(LetterVectors()))
