"""Scores of texts that the model that scored them has not seen.

Leave-one-batch-out: each writer's texts are scored by a model trained on all other writers'. It foretells
unseen writing far better than random folds, where the same hand is on both sides. Batches of nothing but safety
are left out four at a time, which spares time and is no kinder. The development sets of ``nlu/dev`` are scored
by a model of all training data. About half an hour on one core, a quarter on two; kept in ``var/cache`` until data or
code change. What the second opinion says is kept apart: after its training only that is asked anew, in three minutes;
after a change of the development sets only these are scored.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from rich.progress import track
from threadpoolctl import threadpool_limits

from bot.understanding import corpus
from bot.understanding.clauses import pieces
from bot.understanding.corpus import Example
from bot.understanding.encoder import Vectors, encode_corpus
from bot.understanding.linear import Scores
from bot.understanding.model import Model, Readings, fit
from bot.understanding.normalise import normalise
from bot.understanding.opinion import FOLDER, Opinion, Said, left_out

ROOT = Path(__file__).resolve().parents[1]
HEADS = ("intents", "pathways", "barriers", "languages")
SAFETY = ("alarm", "category")
CACHE = ROOT / "var" / "cache"
NOT_LEARNED = frozenset(
    {"thresholds.yml", "safety_patterns.yml", "languages.yml", "replies.yml", "replies.tsv"}
)
"""files of ``nlu/`` that change no score"""
LEARNING = (
    "clauses", "concepts", "corpus", "encoder", "features", "kernel", "linear", "model", "normalise",
)  # fmt: skip
"""modules of ``bot/understanding`` that change scores"""
WEIGHTS = FOLDER / "opinion.onnx"
_TOGETHER = 4
_AT_ONCE = 4
"""models that are trained at once, 1.4 GB each"""


@dataclass(frozen=True)
class Scored:
    """``readings`` has one row of the whole text, for safety one for each of its pieces."""

    example: Example
    readings: Readings
    said: Said | None
    """the second opinion of the whole; None of a text that it was trained on"""


@dataclass(frozen=True)
class Run:
    """``labels`` are the columns of the scores, by classifier."""

    labels: dict[str, tuple[str, ...]]
    lobo: list[Scored]
    development: list[Scored]


def run() -> Run:
    """Both judgements, from the cache when nothing changed."""
    examples, development = corpus.training(), corpus.development()
    learned, apart, opinion = (
        _learned(),
        _digest(sorted((corpus.NLU / "dev").rglob("*.*"))),
        _digest([WEIGHTS]),
    )
    arrays: dict[str, Scores] = {}
    with threadpool_limits(1):
        arrays |= _kept("lobo", learned, lambda: _left_out(examples))
        arrays |= _kept("dev", f"{learned}-{apart}", lambda: _set_apart(examples, development))
        seen = [e if e.batch in left_out() else None for e in examples]
        arrays |= _kept("said-lobo", f"{learned}-{opinion}", lambda: {"lobo-said": _said(seen)})
        arrays |= _kept("said-dev", f"{apart}-{opinion}", lambda: {"dev-said": _said(development)})
    labels = {head: tuple(map(str, arrays[f"labels-{head}"])) for head in (*HEADS, "category")}
    return Run(labels, _scored(arrays, "lobo", examples), _scored(arrays, "dev", development))


def _kept(kind: str, state: str, make: Callable[[], dict[str, Scores]]) -> dict[str, Scores]:
    file = CACHE / f"nlu-{kind}={state}.npz"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        for old in file.parent.glob(f"nlu-{kind}=*.npz"):
            old.unlink()
        np.savez(file, **make())
    with np.load(file, allow_pickle=False) as content:
        return {key: content[key] for key in content.files}


def _left_out(examples: Sequence[Example]) -> dict[str, Scores]:
    vectors = encode_corpus([normalise(e.text) for e in examples])
    folds = _folds(examples)
    scored = Parallel(n_jobs=min(len(os.sched_getaffinity(0)), _AT_ONCE), return_as="generator")(
        delayed(_fold)(examples, vectors, fold) for fold in folds
    )
    lobo: dict[int, Readings] = {}
    for found in track(scored, "leaving out each batch", len(folds), disable=not sys.stderr.isatty()):
        lobo.update(found)
    return _arrays("lobo", [lobo[i] for i in range(len(examples))])


def _fold(examples: Sequence[Example], vectors: Vectors, fold: tuple[str, ...]) -> dict[int, Readings]:
    kept = [i for i, e in enumerate(examples) if e.batch not in fold]
    out = [i for i, e in enumerate(examples) if e.batch in fold]
    with threadpool_limits(1):
        model = fit([examples[i] for i in kept], "-".join(fold), vectors=vectors[kept])
        return dict(zip(out, score(model, [examples[i] for i in out]), strict=True))


def _set_apart(examples: Sequence[Example], development: Sequence[Example]) -> dict[str, Scores]:
    model = fit(examples, "all")
    arrays = _arrays("dev", score(model, development))
    return arrays | {f"labels-{head}": np.array(getattr(model, head).labels) for head in (*HEADS, "category")}


def _said(examples: Sequence[Example | None]) -> Scores:
    asked = Opinion()
    unknown = (np.nan, np.nan)
    return np.array(
        [unknown if e is None else astuple(asked(normalise(e.text))) for e in examples], dtype=np.float32
    ).reshape(-1, 2)


def _folds(examples: Sequence[Example]) -> list[tuple[str, ...]]:
    whole = sorted({e.batch for e in examples if e.kind == "intents"})
    safety = sorted({e.batch for e in examples} - set(whole))
    together = [tuple(safety[start : start + _TOGETHER]) for start in range(0, len(safety), _TOGETHER)]
    return [*((batch,) for batch in whole), *together]


def score(model: Model, examples: Sequence[Example]) -> list[Readings]:
    """The readings of ``examples`` by ``model``."""
    parts = [pieces(normalise(e.text)) for e in examples]
    flat = [piece for some in parts for piece in some]
    vectors, start, found = encode_corpus(flat), 0, []
    for some in parts:
        found.append(model.read(some, vectors[start : start + len(some)], whole=1))
        start += len(some)
    return found


def _arrays(name: str, found: Sequence[Readings]) -> dict[str, Scores]:
    if not found:
        return {}
    arrays = {
        f"{name}-{head}": np.concatenate([getattr(r, head) for r in found]) for head in (*HEADS, *SAFETY)
    }
    arrays[f"{name}-pieces"] = np.array([len(r.alarm) for r in found])
    return arrays


def _scored(arrays: dict[str, Scores], name: str, examples: Sequence[Example]) -> list[Scored]:
    if f"{name}-pieces" not in arrays:
        return []
    ends = np.cumsum(arrays[f"{name}-pieces"])
    found = []
    for i, example in enumerate(examples):
        whole = {head: arrays[f"{name}-{head}"][i : i + 1] for head in HEADS}
        parts = {head: arrays[f"{name}-{head}"][ends[i - 1] if i else 0 : ends[i]] for head in SAFETY}
        said = Said(*map(float, arrays[f"{name}-said"][i]))
        found.append(Scored(example, Readings(**whole, **parts), None if np.isnan(said.alarm) else said))
    return found


def _learned() -> str:
    """The state of what a model learns from, and of the code that learns."""
    code = [ROOT / "bot" / "understanding" / f"{name}.py" for name in LEARNING]
    return _digest([*code, *(path for path in corpus.files() if path.name not in NOT_LEARNED)])


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
