"""A linear classifier over :class:`~bot.understanding.features.Texts`: fitted by liblinear, kept as arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.svm import LinearSVC

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LinearModel:
    """One column of ``weights`` and one of ``bias`` for each of ``labels``."""

    labels: tuple[str, ...]
    weights: Scores
    bias: Scores

    @classmethod
    def fit_classes(cls, rows: sp.csr_matrix, labels: Sequence[str], cost: float) -> LinearModel:
        """One label a row, each label against the rest. Raises ValueError for fewer than two labels."""
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError(f"two labels at least are needed, found {names}")
        targets = np.array([[label == name for name in names] for label in labels])
        return cls._fit(rows, names, targets, cost, None)

    @classmethod
    def fit_one(
        cls, rows: sp.csr_matrix, positive: npt.NDArray[np.bool_], label: str, cost: float
    ) -> LinearModel:
        """One label, its boundary at zero."""
        return cls._fit(rows, [label], positive[:, None], cost, None)

    @classmethod
    def fit_labels(
        cls, rows: sp.csr_matrix, labels: Sequence[frozenset[str]], names: Sequence[str], cost: float
    ) -> LinearModel:
        """Any number of labels a row. Rare labels weigh as much as the frequent ones."""
        targets = np.array([[name in given for name in names] for given in labels])
        return cls._fit(rows, names, targets, cost, "balanced")

    @classmethod
    def _fit(
        cls,
        rows: sp.csr_matrix,
        names: Sequence[str],
        targets: npt.NDArray[np.bool_],
        cost: float,
        class_weight: str | None,
    ) -> LinearModel:
        weights = np.zeros((rows.shape[1], len(names)), dtype=np.float32)
        bias = np.full(len(names), -1.0, dtype=np.float32)
        # what liblinear wants, made once and settled: scipy sorts indices in place, which two threads must not
        rows = rows.astype(np.float64)
        rows.sum_duplicates()

        def fit(column: int) -> None:
            machine = LinearSVC(C=cost, class_weight=class_weight, random_state=0)
            machine.fit(rows, targets[:, column])
            weights[:, column] = machine.coef_[0]
            bias[column] = machine.intercept_[0]

        # liblinear works outside the interpreter's lock: two at a time on two cores
        columns = [c for c in range(len(names)) if targets[:, c].any() and not targets[:, c].all()]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(fit, columns))
        return cls(tuple(names), weights, bias)

    def scores(self, rows: sp.csr_matrix) -> Scores:
        """Distances to the boundaries, ``(rows, labels)``: above zero on the side of the label."""
        found: Scores = np.asarray(rows @ self.weights + self.bias, dtype=np.float32)
        return found

    def save(self, path: Path) -> None:
        """Writes arrays, nothing that runs code on loading."""
        np.savez(path, labels=np.array(self.labels), weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """What :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as content:
            return cls(tuple(map(str, content["labels"])), content["weights"], content["bias"])


def probabilities(scores: Scores, temperature: float) -> Scores:
    """Softmax of each row of ``scores`` over ``temperature``."""
    scaled = scores / temperature
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares: Scores = exponentials / exponentials.sum(axis=1, keepdims=True)
    return shares
