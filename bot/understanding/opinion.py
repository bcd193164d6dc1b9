"""A second opinion on whether a text discloses violence or self-harm, asked where the first one wavers.

A small multilingual encoder (twelve layers, 384 dimensions), trained on our examples as a whole: it reads order
and context, which n-grams and a fixed sentence vector miss, and finds most of what is only hinted at. It costs
about 15 ms of CPU a text where everything else takes 9, so it is asked only where its answer can change the
verdict. Its weights are in ``nlu/opinion``, made by ``training/`` (README there), not by ``oportunidad train``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import threading
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.understanding.corpus import NLU

FOLDER = NLU / "opinion"
BOUND = 6.0
"""log odds at which it is as sure as it may be: one witness does not decide alone"""
LONGEST = 96
"""pieces of words that it was trained to read, marks of beginning and end included"""
_BEGIN, _END = 0, 2
_KEPT = 256


@dataclass(frozen=True)
class Said:
    """``alarm`` is the bounded log odds of a disclosure against none, ``violence`` those of violence against
    self-harm.
    """

    alarm: float
    violence: float


class Opinion:
    """Asked with normal forms, the latest answers remembered. Safe to share between threads."""

    def __init__(self, folder: Path = FOLDER, kept: int = _KEPT) -> None:
        self._folder = folder
        self._kept = kept
        self._loaded: tuple[Any, Any] | None = None
        self._memory: OrderedDict[str, Said] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, text: str) -> Said:
        """What it says of ``text``; of a long one it reads the beginning."""
        with self._lock:
            said = self._memory.pop(text, None) or self._ask(text)
            self._memory[text] = said  # the latest last
            while len(self._memory) > self._kept:
                self._memory.popitem(last=False)
            return said

    def _ask(self, text: str) -> Said:
        pieces, network = self._parts()
        ids = [_BEGIN, *pieces.encode(unicodedata.normalize("NFKC", text))[: LONGEST - 2], _END]
        (said,) = network.run(None, {"ids": np.array([ids], dtype=np.int64)})
        none, violence, self_harm = (float(number) for number in said[0])
        alarm = float(np.logaddexp(violence, self_harm)) - none
        return Said(min(max(alarm, -BOUND), BOUND), violence - self_harm)

    def _parts(self) -> tuple[Any, Any]:
        if self._loaded is None:
            import onnxruntime
            from sentencepiece import SentencePieceProcessor

            options = onnxruntime.SessionOptions()
            # one thread, as everything that reads a message: cores are for other women's messages
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            network = onnxruntime.InferenceSession(
                str(self._folder / "opinion.onnx"), options, providers=["CPUExecutionProvider"]
            )
            pieces = SentencePieceProcessor(model_file=str(self._folder / "pieces.model"))
            self._loaded = (pieces, network)
            _give_back()
        return self._loaded


def _give_back() -> None:
    # widening the weights leaves 200 MB behind that the C library would keep for later
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


@lru_cache(maxsize=1)
def opinion() -> Opinion:
    """The process's only one: its weights take about 110 MB."""
    return Opinion()


def left_out(folder: Path = FOLDER) -> frozenset[str]:
    """The batches of ``nlu/`` that it never saw: what it says of them foretells what it says of strangers."""
    return frozenset(json.loads((folder / "about.json").read_text(encoding="utf-8"))["left_out"])
