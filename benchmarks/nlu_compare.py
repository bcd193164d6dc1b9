"""The table of ``docs/adr/0003-understanding.md``: ``python -m benchmarks.nlu_compare [--every]``.

Candidate intent classifiers, each trained without one writer's batch and judged on it. Three batches by
default (about fifteen minutes on one core), all with ``--every``. Milliseconds are CPU a message, features and
sentence vector included, one at a time on one thread; megabytes are what the classifier adds in memory. With
``--random`` the folds are random and stratified instead: what such folds promise is too good.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC
from threadpoolctl import threadpool_limits

from benchmarks.nlu_report import NEIGHBOURS
from bot.understanding import corpus
from bot.understanding.encoder import DIMENSIONS, encode_corpus, encoder
from bot.understanding.features import DENSE_SCALE, Featurizer
from bot.understanding.normalise import normalise

FEW = ("02", "05", "06")
TIMED = 200


@dataclass(frozen=True)
class Candidate:
    """``scale`` of the dense part beside n-grams; None leaves a part out."""

    name: str
    machine: Callable[[], Any]
    sparse: bool
    scale: float | None
    normal: bool = True
    per_language: bool = False


def svm() -> Any:
    return LinearSVC(C=1.0, random_state=0)


def regression() -> Any:
    return LogisticRegression(C=5.0, solver="liblinear", random_state=0)


CANDIDATES = (
    Candidate("linear SVM, n-grams", svm, sparse=True, scale=None),
    Candidate("logistic regression, n-grams", regression, sparse=True, scale=None),
    Candidate("logistic regression, sentence vectors", regression, sparse=False, scale=5.0),
    Candidate("SVM with RBF kernel, sentence vectors", lambda: SVC(C=5, gamma=1.0), sparse=False, scale=1.0),
    Candidate(
        "perceptron (256), sentence vectors",
        lambda: MLPClassifier((256,), alpha=1e-3, max_iter=30, learning_rate_init=2e-3, random_state=0),
        sparse=False,
        scale=5.0,
    ),
    Candidate("logistic regression, both, vectors x5", regression, sparse=True, scale=5.0),
    Candidate("linear SVM, both, vectors x2", svm, sparse=True, scale=2.0),
    Candidate("linear SVM, both, without normalisation", svm, sparse=True, scale=DENSE_SCALE, normal=False),
    Candidate("linear SVM, both, one a language", svm, sparse=True, scale=DENSE_SCALE, per_language=True),
    Candidate("**linear SVM, both** (chosen)", svm, sparse=True, scale=DENSE_SCALE),
)


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true", help="leave out every batch in turn")
    parser.add_argument("--random", action="store_true", help="random stratified folds instead of batches")
    parser.add_argument("--only", default="", help="candidates whose name contains this")
    options = parser.parse_args()
    examples = [e for e in corpus.training() if e.intent]
    print("| candidate | es strict | es lenient | en strict | en lenient | macro-F1 | ms | MB | fit s |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    with threadpool_limits(1):
        for candidate in CANDIDATES:
            if options.only in candidate.name:
                print(_row(candidate, examples, list(_folds(examples, options))), flush=True)


def _folds(examples: Sequence[corpus.Example], options: argparse.Namespace) -> Iterator[Any]:
    if options.random:
        yield from StratifiedKFold(3, shuffle=True, random_state=0).split(
            examples, [e.intent for e in examples]
        )
        return
    batches = np.array([e.batch for e in examples])
    for batch in sorted(set(batches)) if options.every else FEW:
        if (batches == batch).any():
            yield np.flatnonzero(batches != batch), np.flatnonzero(batches == batch)


def _row(candidate: Candidate, examples: Sequence[corpus.Example], folds: Sequence[Any]) -> str:
    texts = [normalise(e.text) if candidate.normal else e.text.lower() for e in examples]
    vectors = encode_corpus(texts)
    gold = np.array([e.intent for e in examples])
    spoken = np.array([e.language for e in examples])
    told: list[tuple[str, str, str]] = []
    fitting, milliseconds, megabytes = 0.0, 0.0, 0.0
    for train, test in folds:
        groups = (
            [spoken == language for language in corpus.LANGUAGES]
            if candidate.per_language
            else [spoken != ""]
        )
        for group in groups:
            kept, judged = (
                train[group[train]],
                [i for i in test[group[test]] if examples[i].kind == "intents"],
            )
            if not judged:
                continue
            featurizer = Featurizer.fit([texts[i] for i in kept])
            started = time.process_time()
            machine = candidate.machine().fit(
                _features(candidate, featurizer, texts, vectors, kept), gold[kept]
            )
            fitting += (time.process_time() - started) / len(folds)
            said = machine.predict(_features(candidate, featurizer, texts, vectors, judged))
            told += zip(gold[judged], said, spoken[judged], strict=True)
        milliseconds = _milliseconds(candidate, featurizer, machine, texts[:TIMED])
        megabytes = _megabytes(machine)
    scores = figures(told)
    return f"| {candidate.name} | {scores} | {milliseconds:.1f} | {megabytes:.0f} | {fitting:.0f} |"


def figures(told: Sequence[tuple[str, str, str]]) -> str:
    """The cells of a row: ``(right, said, language)`` of each message to strict and lenient shares and macro-F1."""
    cells = []
    for language in corpus.LANGUAGES:
        some = [(g, p) for g, p, s in told if s == language]
        cells.append(np.mean([g == p for g, p in some]))
        cells.append(np.mean([g == p or p in NEIGHBOURS.get(g, ()) for g, p in some]))
    gold_labels = [g for g, _, _ in told]
    labels = sorted(set(gold_labels))
    cells.append(f1_score(gold_labels, [p for _, p, _ in told], labels=labels, average="macro"))
    return " | ".join(f"{cell:.3f}" for cell in cells)


def _features(candidate: Candidate, featurizer: Featurizer, texts: Any, vectors: Any, at: Any) -> Any:
    dense = vectors[at]
    if not candidate.sparse:
        return dense * candidate.scale
    rows = featurizer.transform([texts[i] for i in at], dense).rows
    grams = rows[:, : -dense.shape[1]]
    return grams if candidate.scale is None else sp.hstack([grams, dense * candidate.scale], format="csr")


def _milliseconds(candidate: Candidate, featurizer: Featurizer, machine: Any, texts: Sequence[str]) -> float:
    spent = []
    for text in texts:
        started = time.process_time()
        # past the encoder's memory, which would give the second candidate its vectors for nothing
        needed = candidate.scale is not None
        vector = encoder()._compute([text]) if needed else np.zeros((1, DIMENSIONS), dtype=np.float32)
        machine.predict(_features(candidate, featurizer, [text], vector, [0]))
        spent.append(1000 * (time.process_time() - started))
    return float(np.median(spent))


def _megabytes(machine: Any) -> float:
    arrays = [getattr(machine, name, None) for name in ("coef_", "support_vectors_", "dual_coef_")]
    arrays += list(getattr(machine, "coefs_", []))
    return sum(a.nbytes for a in arrays if isinstance(a, np.ndarray)) / 2**20


if __name__ == "__main__":
    main()
