"""Chooses the thresholds of ``nlu/thresholds.yml``: ``python -m benchmarks.nlu_tune``.

All from leave-one-batch-out scores; the development sets have no say, so what the report says of them is fair.

- temperature: the one with the highest likelihood of the right intents.
- act: the lowest confidence about which three of four are right; did_you_mean: about which one of three is.
- barriers: for each, the threshold with the best F1 over texts judged for barriers.
- safety: one threshold, the lowest with at most the allowed share of alarms on the look-alikes of the batches that
  the second opinion has not seen either.
- pathways: best F1. languages: the lowest lead from which 99.5 % of ordinary messages are right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.nlu_scores import Scored, run
from bot.understanding.corpus import BARRIERS
from bot.understanding.linear import probabilities
from bot.understanding.model import NONE, pathway_label
from bot.understanding.safety import OPINION_WEIGHT, loudest
from bot.understanding.thresholds import DATA

FALSE_ALARMS = 0.013
"""of the look-alikes of whole batches, by the learned scores: strangers' raise about half as many again, 2 % in all"""
_GRID = np.round(np.arange(-1.6, 0.81, 0.02), 2)
Floats = npt.NDArray[np.floating]


def main() -> None:
    """Writes the file and prints it."""
    done = run()
    lines = [line for line in DATA.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines += _intents(done.lobo, done.labels["intents"])
    lines.append(f"pathways: {{least: {_pathways(done.lobo, done.labels['pathways'])}}}")
    lines.append("barriers:")
    lines += [f"  {name}: {least}" for name, least in _barriers(done.lobo, done.labels["barriers"]).items()]
    lines.append(f"safety: {{least: {_safety(done.lobo)}}}")
    lines.append(f"languages: {{least: {_languages(done.lobo, done.labels['languages'])}}}")
    text = "\n".join(lines) + "\n"
    DATA.write_text(text, encoding="utf-8")
    print(text)


def _intents(scored: Sequence[Scored], labels: Sequence[str]) -> list[str]:
    told = [s for s in scored if s.example.intent]
    scores = np.concatenate([s.readings.intents for s in told])
    gold = np.array([labels.index(str(s.example.intent)) for s in told])

    def loss(temperature: float) -> float:
        shares = probabilities(scores, temperature)[np.arange(len(gold)), gold]
        return float(-np.log(shares + 1e-9).mean())

    temperature = min((round(float(t), 2) for t in np.arange(0.05, 0.61, 0.01)), key=loss)
    shares = probabilities(scores, temperature)
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == gold
    act = _lowest_with(confidence, right, 0.75, width=0.1)
    ask = _lowest_with(confidence, right, 0.33, width=0.1)
    return [
        f"intents: {{temperature: {temperature}, act: {act}, did_you_mean: {min(ask, round(act - 0.1, 2))}}}"
    ]


def _lowest_with(confidence: Floats, right: npt.NDArray[np.bool_], share: float, width: float) -> float:
    # of the messages about as confident as this, not of all more confident ones: those flatter
    for low in np.arange(0.1, 0.95, 0.05):
        about = (confidence >= low) & (confidence < low + width)
        if about.sum() >= 20 and right[about].mean() >= share:
            return round(float(low), 2)
    return 0.9


def _best_f1(scores: Floats, gold: npt.NDArray[np.bool_]) -> float:
    def f1(least: float) -> float:
        said = scores >= least
        return float(2 * (said & gold).sum() / max((said.sum() + gold.sum()), 1))

    # the middle of the plateau: its edge is an accident of these texts
    values = np.array([f1(t) for t in _GRID])
    near = _GRID[values >= values.max() - 0.005]
    return round(float(np.median(near)), 2)


def _pathways(scored: Sequence[Scored], labels: Sequence[str]) -> float:
    asked = [s for s in scored if pathway_label(s.example) is not None]
    best = np.array([s.readings.pathways[0].argmax() for s in asked])
    named = best != labels.index(NONE)
    right = np.array([pathway_label(s.example) == labels[b] for s, b in zip(asked, best, strict=True)])
    top = np.array([s.readings.pathways[0].max() for s in asked])
    return _best_f1(top[named], right[named])


def _barriers(scored: Sequence[Scored], labels: Sequence[str]) -> dict[str, float]:
    judged = [s for s in scored if s.example.kind == "barriers"]
    chosen = {}
    for column, name in enumerate(labels):
        scores = np.array([s.readings.barriers[0, column] for s in judged])
        chosen[name] = _best_f1(scores, np.array([name in (s.example.barriers or ()) for s in judged]))
    return {name: chosen[name] for name in BARRIERS}


def _safety(scored: Sequence[Scored]) -> float:
    loud = np.array(
        [
            loudest(s.readings)[1] + OPINION_WEIGHT * s.said.alarm
            for s in scored
            if s.said is not None and s.example.kind == "safety" and s.example.disclosure == NONE
        ]
    )
    return _lowest(lambda least: float((loud >= least).mean()) <= FALSE_ALARMS)


def _languages(scored: Sequence[Scored], labels: Sequence[str]) -> float:
    told = [s for s in scored if s.example.kind == "intents"]
    rows = np.concatenate([s.readings.languages for s in told])
    lead = np.abs(rows[:, 0] - rows[:, 1])
    right = np.array(
        [labels[b] == s.example.language for s, b in zip(told, rows.argmax(axis=1), strict=True)]
    )
    for least in np.arange(0.0, 2.0, 0.05):
        if right[lead >= least].mean() >= 0.995:
            return round(float(least), 2)
    return 2.0


def _lowest(allowed: Callable[[float], bool]) -> float:
    return next((float(t) for t in _GRID if allowed(float(t))), float(_GRID[-1]))


if __name__ == "__main__":
    main()
