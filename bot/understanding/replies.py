"""Which choice of a closed question a reply in her own words means, learned from replies by example.

The rules of ``bot.answers`` read numbers, labels and known words. "A ratos me los ve mi comadre" shares no word with
"A veces": such replies are read by their likeness to those of ``nlu/<language>/<batch>/replies.tsv``. Each question
has a machine of its own, kernel ridge regression over n-grams and sentence vectors, with a column for each choice
and two more: nothing that can be stored, and something else that she wants. It learns from

- the question's own examples, in both languages,
- those of questions with the same choices (the many that are answered by yes or no), at a tenth of their weight,
- vague replies to other questions, and ordinary interruptions (requests, questions, greetings from the examples of
  intents), which every machine shares.

Kept are rows of features and coefficients, never texts. The words of its features are its own: adding a question
changes nothing that the other classifiers read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import yaml
from scipy.linalg import solve

from bot.understanding.corpus import NLU, Example, ReplyExample
from bot.understanding.encoder import DIMENSIONS, Vectors, encode_corpus
from bot.understanding.features import Featurizer
from bot.understanding.linear import LinearModel
from bot.understanding.normalise import normalise

RIDGE = 1.0
VECTOR_WEIGHT = 1.5
"""of the likeness of two sentence vectors, beside the likeness of words and that of letters at 1 each"""
AXES = 128
"""of the sentence vectors' 512, kept for the examples: as good on writers left out, a quarter of the memory"""
RELATED = 0.1
"""weight of an example of another question with the same choices, where the question's own have 1"""
RELATED_MOST = 2500
"""such examples that one machine uses: the many questions answered by yes or no have thousands"""
ASIDE = 0.2
VAGUE = 0.2
ASIDES = 1000
VAGUES = 600
"""examples of each kind that all machines share; twice as many found nothing more"""
ALONE = frozenset({"pn", "dk", "none"})
"""choices that stand alone where several may be ticked"""
ANYWHERE_COST = 0.3
MEASURES = 4
DATA = NLU / "replies.yml"
FREE = frozenset({"pn", "dk"})
"""choices that a list may have or not and still ask the same"""

# these answer questions, or stay away from them: nothing to tell apart from an answer
_ANSWERS = frozenset(
    {
        "affirm", "deny", "choose_pathway", "tell_barrier", "share_result", "skip", "dont_know", "out_of_scope",
        "disclose_violence", "disclose_self_harm",
    }
)  # fmt: skip
_FILE, _ANYWHERE, _WORDS = "replies.npz", "replies-anywhere.npz", "replies-"
Matrix = npt.NDArray[np.float32]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Scores:
    """What a machine says of one reply: about 1 for what it means, about 0 for the rest."""

    choices: tuple[str, ...]
    scores: tuple[float, ...]
    vague: float
    aside: float
    several: bool
    """whether the question takes more than one choice"""


@dataclass(frozen=True)
class Meaning:
    """What a reply most likely means. Of the replies with a ``confidence`` of 0.8 eight in ten mean exactly
    ``values``; ``aside`` is the share of those that answer nothing, because she wants something else.
    """

    values: tuple[str, ...]
    confidence: float
    aside: float


@dataclass(frozen=True)
class Calibration:
    """How scores become shares: ``nlu/replies.yml``. ``right`` and ``aside`` are log odds against a reply that means
    something else or nothing, linear in the scores of what is chosen, of the best that is not, vague and aside.
    """

    several: float
    """the score from which a further choice is taken where a question takes several"""
    right: tuple[float, ...]
    aside: tuple[float, ...]
    anywhere: tuple[float, float]
    """the same for what is no learned question: log odds of an aside, linear in :meth:`Replies.aside`"""

    @classmethod
    def load(cls, path: Path = DATA) -> Calibration:
        """Reads ``path``. Raises ValueError naming what is missing or malformed."""
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            weight, constant = content["anywhere"]
            found = cls(
                float(content["several"]),
                tuple(map(float, content["right"])),
                tuple(map(float, content["aside"])),
                (float(weight), float(constant)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}: missing or malformed: {error}") from error
        if not len(found.right) == len(found.aside) == MEASURES + 1:
            raise ValueError(f"{path.name}: right and aside: {MEASURES} weights and a constant are expected")
        return found

    def meaning(self, scores: Scores) -> Meaning:
        values = self.chosen(scores)
        measures = np.array([*measured(scores, values), 1.0])
        odds = np.exp(np.clip([0.0, measures @ self.right, measures @ self.aside], -30, 30))
        shares = odds / odds.sum()
        return Meaning(values, float(shares[1]), float(shares[2]))

    def unasked(self, score: float) -> Meaning:
        """For a question that was not learned, from :meth:`Replies.aside`: nothing but the share of asides."""
        odds = self.anywhere[0] * score + self.anywhere[1]
        return Meaning((), 0.0, float(1 / (1 + np.exp(-odds))))

    def chosen(self, scores: Scores) -> tuple[str, ...]:
        """The best choice, and where several are welcome the others that are clear."""
        ranked = sorted(zip(scores.scores, scores.choices, strict=True), reverse=True)
        best = ranked[0][1]
        if not scores.several or best in ALONE:
            return (best,)
        return (best, *(c for score, c in ranked[1:] if score >= self.several and c not in ALONE))


def measured(scores: Scores, values: Sequence[str]) -> tuple[float, ...]:
    """What the calibration looks at: the least of the ``values``, the best of the rest, vague, aside."""
    by_choice = dict(zip(scores.choices, scores.scores, strict=True))
    rest = [score for choice, score in by_choice.items() if choice not in values]
    return (min(by_choice[v] for v in values), max(rest, default=0.0), scores.vague, scores.aside)


@dataclass(frozen=True)
class _Machine:
    """``rows`` of the supports, then all that are shared, have a row each in ``shares``; its columns are ``choices``,
    vague, aside."""

    choices: tuple[str, ...]
    rows: slice
    shares: Matrix
    several: bool


class Replies:
    """Machines by question (``form.question``). Built by :meth:`fit` or :meth:`load`."""

    def __init__(
        self,
        featurizer: Featurizer | None,
        rows: sp.csr_matrix,
        axes: Vectors,
        vectors: Vectors,
        shared: npt.NDArray[np.int64],
        machines: dict[str, _Machine],
        anywhere: LinearModel | None = None,
    ) -> None:
        self._featurizer = featurizer
        self._rows, self._axes, self._vectors = rows, axes, vectors
        self._shared, self._machines, self._anywhere = shared, machines, anywhere
        self._shared_rows, self._shared_vectors = rows[shared], vectors[shared]

    @property
    def questions(self) -> frozenset[str]:
        return frozenset(self._machines)

    @classmethod
    def fit(cls, examples: Sequence[ReplyExample], ordinary: Sequence[Example]) -> Replies:
        """Machines for every question with examples; interruptions are drawn from ``ordinary``."""
        if not examples:
            nothing = np.zeros((0, DIMENSIONS), dtype=np.float32)
            return cls(None, sp.csr_matrix((0, 0)), nothing, nothing, np.zeros(0, np.int64), {})
        groups = _groups(examples)
        order = [e for group in groups for question in group for e in examples if e.question == question]
        asides = _drawn([e.text for e in ordinary if interrupts(e)], ASIDES)
        texts = [normalise(text) for text in [*(e.text for e in order), *asides]]
        featurizer, whole = Featurizer.fit(texts), encode_corpus(texts)
        rows, axes = _ngrams(featurizer, texts, whole), _main_axes(whole)
        vectors = whole @ axes
        vague = [i for i, e in enumerate(order) if not e.values]
        shared = np.array([*_drawn(vague, VAGUES), *range(len(order), len(texts))], dtype=np.int64)
        machines: dict[str, _Machine] = {}
        start = 0
        for group in groups:
            own = slice(start, start + sum(e.question in group for e in order))
            supports = np.concatenate([np.arange(own.start, own.stop), shared])
            gram = _likeness(rows[supports], vectors[supports])
            for question in group:
                machines[question] = _machine(question, order, own, shared, gram)
            start = own.stop
        is_aside = np.arange(len(texts)) >= len(order)
        anywhere = LinearModel.fit_one(_beside(rows, vectors), is_aside, "aside", ANYWHERE_COST)
        return cls(featurizer, rows, axes, vectors, shared, machines, anywhere)

    def aside(self, text: str, vector: Vectors) -> float:
        """How much ``text`` looks like something else that she wants, whatever was asked: above 0 more than not."""
        if self._anywhere is None or self._featurizer is None:
            return 0.0
        row = _ngrams(self._featurizer, [text], vector[None])
        return float(self._anywhere.scores(_beside(row, vector[None] @ self._axes))[0, 0])

    def read(self, text: str, vector: Vectors, question: str) -> Scores:
        """What ``text``, a normal form with its sentence vector, says to ``question``, one of :attr:`questions`."""
        machine = self._machines[question]
        assert self._featurizer is not None  # there are no machines without
        row = np.asarray(_ngrams(self._featurizer, [text], vector[None]).todense(), dtype=np.float32).ravel()
        reduced = VECTOR_WEIGHT * (vector @ self._axes)
        near = np.concatenate(
            [
                self._rows[machine.rows] @ row + self._vectors[machine.rows] @ reduced,
                self._shared_rows @ row + self._shared_vectors @ reduced,
            ]
        )
        found = [float(score) for score in near @ machine.shares]
        return Scores(machine.choices, tuple(found[:-2]), found[-2], found[-1], machine.several)

    def save(self, folder: Path) -> None:
        """Writes arrays, nothing that runs code on loading; in half precision, which changes no verdict."""
        if self._featurizer is None or self._anywhere is None:
            return
        self._featurizer.save(folder, _WORDS)
        self._anywhere.save(folder / _ANYWHERE)
        names = sorted(self._machines)
        machines = [self._machines[name] for name in names]
        np.savez_compressed(
            folder / _FILE,
            questions=np.array(names),
            choices=np.array([" ".join(m.choices) for m in machines]),
            several=np.array([m.several for m in machines]),
            slices=np.array([(m.rows.start, m.rows.stop) for m in machines]),
            shares=np.concatenate([m.shares.ravel() for m in machines]).astype(np.float16),
            shared=self._shared,
            data=self._rows.data.astype(np.float16),
            indices=self._rows.indices,
            indptr=self._rows.indptr,
            axes=self._axes,
            vectors=self._vectors.astype(np.float16),
        )

    @classmethod
    def load(cls, folder: Path) -> Replies:
        """What :meth:`save` wrote; no machines where it wrote nothing."""
        if not (folder / _FILE).exists():
            return cls.fit([], [])
        featurizer = Featurizer.load(folder, _WORDS)
        with np.load(folder / _FILE, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        vectors = arrays["vectors"].astype(np.float32)
        rows = sp.csr_matrix(
            (arrays["data"].astype(np.float32), arrays["indices"], arrays["indptr"]),
            shape=(len(vectors), featurizer.columns - DIMENSIONS),
        )
        machines: dict[str, _Machine] = {}
        at, shared = 0, arrays["shared"]
        for name, choices, several, (start, end) in zip(
            arrays["questions"], arrays["choices"], arrays["several"], arrays["slices"], strict=True
        ):
            named = tuple(str(choices).split())
            shape = (int(end - start) + len(shared), len(named) + 2)
            shares = arrays["shares"][at : at + shape[0] * shape[1]].astype(np.float32).reshape(shape)
            machines[str(name)] = _Machine(named, slice(int(start), int(end)), shares, bool(several))
            at += shares.size
        anywhere = LinearModel.load(folder / _ANYWHERE)
        return cls(featurizer, rows, arrays["axes"], vectors, shared, machines, anywhere)


def interrupts(example: Example) -> bool:
    """Whether ``example`` says what is no answer to any question: a request, a question, a greeting."""
    return example.kind == "intents" and example.intent is not None and example.intent not in _ANSWERS


def _machine(
    question: str,
    order: Sequence[ReplyExample],
    own: slice,
    shared: npt.NDArray[np.int64],
    gram: Matrix,
) -> _Machine:
    mine = [e for e in order[own] if e.question == question]
    choices = tuple(dict.fromkeys(value for e in mine for value in e.values))
    inside = order[own]
    weights = np.array([float(e.question == question) for e in inside])
    weights[_drawn([i for i, e in enumerate(inside) if e.question != question], RELATED_MOST)] = RELATED
    targets = np.array([[float(c in e.values) for c in choices] + [float(not e.values), 0.0] for e in inside])
    # a vague reply that is among its own examples already counts there
    aside = shared >= len(order)
    inside_already = (shared >= own.start) & (shared < own.stop)
    weights = np.concatenate([weights, np.where(aside, ASIDE, np.where(inside_already, 0.0, VAGUE))])
    told = np.zeros((len(shared), len(choices) + 2))
    told[~aside, -2], told[aside, -1] = 1.0, 1.0
    targets = np.concatenate([targets, told])
    used = weights > 0
    shares = np.zeros_like(targets)
    shares[used] = solve(
        gram[np.ix_(used, used)] + np.diag(RIDGE / weights[used]).astype(np.float32),
        targets[used].astype(np.float32),
        assume_a="pos",
        check_finite=False,
    )
    return _Machine(choices, own, shares.astype(np.float32), any(len(e.values) > 1 for e in mine))


def _groups(examples: Sequence[ReplyExample]) -> list[list[str]]:
    # questions with the same choices lie next to each other, so that a machine's supports are one slice
    choices: dict[str, set[str]] = {}
    for example in examples:
        choices.setdefault(example.question, set()).update(example.values)
    groups: dict[frozenset[str], list[str]] = {}
    for question, values in choices.items():
        groups.setdefault(frozenset(values - FREE), []).append(question)
    return list(groups.values())


def _drawn(items: Sequence[Item], most: int) -> list[Item]:
    # evenly over the whole, so that every writer and every intent is among them
    step = max(1.0, len(items) / most)
    return [items[int(i * step)] for i in range(min(most, len(items)))]


def _ngrams(featurizer: Featurizer, texts: Sequence[str], vectors: Vectors) -> sp.csr_matrix:
    return featurizer.transform(texts, vectors).rows[:, : featurizer.columns - DIMENSIONS].tocsr()


def _beside(rows: sp.csr_matrix, vectors: Vectors) -> sp.csr_matrix:
    return sp.hstack([rows, sp.csr_matrix(vectors * VECTOR_WEIGHT**0.5)], format="csr", dtype=np.float32)


def _likeness(rows: sp.csr_matrix, vectors: Vectors) -> Matrix:
    found: Matrix = np.asarray((rows @ rows.T).todense(), dtype=np.float32)
    found += VECTOR_WEIGHT * (vectors @ vectors.T)
    return found


def _main_axes(vectors: Vectors) -> Vectors:
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return np.asarray(axes[:, ::-1][:, :AXES], dtype=np.float32)
