"""What understanding one message costs: ``python -m benchmarks.nlu_cost``.

CPU milliseconds on one thread, each text once and unknown to every cache, the best of three rounds: everything
that is read of a message (normal form, sentence vector, n-grams, intents, entities, language, safety with the
second opinion where it is asked), beside the sentence vector alone in the same run. Messages are every fourth of
the development sets, once all of them and once those that are not about safety: real ones are nearly all of the
second kind. Prints medians, 95th percentiles, their ratio and the memory of the process.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from rich.progress import track
from threadpoolctl import threadpool_limits

from bot.understanding import Understanding, corpus
from bot.understanding.encoder import Encoder
from bot.understanding.normalise import normalise
from bot.understanding.opinion import Opinion

ROUNDS = 3
EVERY = 4


def main() -> None:
    """Prints the figures."""
    examples = corpus.development()[::EVERY]
    texts = [example.text for example in examples]
    ordinary = np.array([example.kind != "safety" for example in examples])
    with threadpool_limits(1):
        forgetful, opinion, model = Encoder(kept=0), Opinion(kept=0), Understanding.load().model
        forgetful.warm()
        opinion("hola")
        alone = _best(texts, lambda: lambda text: forgetful.encode([normalise(text)]))
        everything = _best(
            texts,
            lambda: _reader(Understanding(model, sentence_encoder=forgetful, second_opinion=opinion)),
        )
    for name, spent in (
        ("sentence vector alone", alone),
        ("everything", everything),
        ("everything, ordinary", everything[ordinary]),
    ):
        median, high = np.median(spent), np.percentile(spent, 95)
        print(f"{name:22} n={len(spent)}  median {median:5.1f} ms  95 % {high:5.1f} ms")
    print(f"ratio of the medians   {np.median(everything) / np.median(alone):.2f}")
    print(f"resident at the most   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _reader(understanding: Understanding) -> Callable[[str], object]:
    def read(text: str) -> object:
        found = understanding.disclosure(text)
        return found, understanding.intents(text), understanding.barriers(text), understanding.pathway(text)

    return read


def _best(texts: Sequence[str], make: Callable[[], Callable[[str], object]]) -> npt.NDArray[np.floating]:
    rounds = []
    for _ in track(range(ROUNDS), "reading", transient=True):
        do, spent = make(), []  # anew each round: an understanding remembers its latest texts
        for text in texts:
            started = time.process_time()
            do(text)
            spent.append(1000 * (time.process_time() - started))
        rounds.append(spent)
    best: npt.NDArray[np.floating] = np.min(np.array(rounds), axis=0)
    return best


if __name__ == "__main__":
    main()
