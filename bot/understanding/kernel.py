"""Kernel ridge regression over sentence vectors: near what she said, were there more cries for help or fewer?

Beside the linear classifier it brings what a plane through 512 dimensions cannot: small neighbourhoods of
meaning. It keeps its examples' vectors, reduced to their main axes, never their texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve

from bot.understanding.encoder import Vectors

GAMMA = 1.0
RIDGE = 0.3
AXES = 256
"""half of the encoder's dimensions: as good on texts not seen, in half of the time"""
MOST = 12_000
"""examples kept: time and memory of training grow with their square, and more found nothing more"""


@dataclass(frozen=True)
class KernelModel:
    """``axes`` is ``(512, 256)`` and reduces a vector; ``supports`` are reduced, one row an example; ``shares``
    is how much each speaks for or against.
    """

    axes: Vectors
    supports: Vectors
    shares: Vectors

    @classmethod
    def fit(cls, vectors: Vectors, positive: npt.NDArray[np.bool_]) -> KernelModel:
        """Targets +1 for ``positive`` rows and -1 for the rest."""
        axes = _main_axes(vectors)
        if len(vectors) > MOST:
            chosen = np.random.default_rng(0).choice(len(vectors), MOST, replace=False)
            vectors, positive = vectors[chosen], positive[chosen]
        supports = vectors @ axes
        gram = _gram(supports, supports)
        gram[np.diag_indices_from(gram)] += RIDGE
        targets = np.where(positive, 1.0, -1.0).astype(np.float32)
        # symmetric, so its transpose is itself in the order that LAPACK takes without a copy
        shares = solve(gram.T, targets, assume_a="pos", overwrite_a=True, check_finite=False)
        # half precision for the vectors: a tenth of a percent of a score, half of the memory
        return cls(axes, supports.astype(np.float16), shares.astype(np.float32))

    def scores(self, vectors: Vectors) -> Vectors:
        """About -1 to 1 for each row of ``vectors``."""
        found: Vectors = np.asarray(_gram(vectors @ self.axes, self._wide) @ self.shares, dtype=np.float32)
        return found

    @property
    def _wide(self) -> Vectors:
        # numpy computes nothing fast in half precision; widened once
        wide: Vectors | None = self.__dict__.get("wide")
        if wide is None:
            wide = self.supports.astype(np.float32)
            self.__dict__["wide"] = wide
        return wide

    def save(self, path: Path) -> None:
        """Writes arrays, nothing that runs code on loading."""
        np.savez(path, axes=self.axes, supports=self.supports, shares=self.shares)

    @classmethod
    def load(cls, path: Path) -> KernelModel:
        """What :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as content:
            return cls(content["axes"], content["supports"], content["shares"])


def _main_axes(vectors: Vectors) -> Vectors:
    # not centred: only differences of vectors matter to the kernel
    values, axes = np.linalg.eigh(np.cov(vectors, rowvar=False))
    return np.asarray(axes[:, np.argsort(-values)[:AXES]], dtype=np.float32)


def _gram(left: Vectors, right: Vectors) -> Vectors:
    distances: Vectors = left @ right.T
    distances *= -2
    distances += np.einsum("ij,ij->i", left, left)[:, None]
    distances += np.einsum("ij,ij->i", right, right)[None]
    distances *= -GAMMA
    return np.asarray(np.exp(distances, out=distances), dtype=np.float32)
