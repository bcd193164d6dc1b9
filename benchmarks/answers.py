"""How long a reply takes to read: ``python -m benchmarks.answers``.

Prints the median per reply on lists of a dozen and on Chile's 346 comunas, beside a naive reader that takes
the label most like the reply by rapidfuzz's WRatio, and how often each is right on the cases under
``tests/answers/cases``. ``python -m benchmarks.answers --whole`` takes the replies to the real questionnaires the
whole way, as ``survey read`` does, and prints how many are right and those that are not; it needs the model.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from rapidfuzz import fuzz, process, utils

from tests.answers.corpus import Case, cases, question
from tests.answers.unseen import SETS, judged_wrong, replies

ROUNDS = 5
FILES = ("heldout.tsv", "choices.tsv", "amounts.tsv", "texts.tsv", "later.tsv")


def naive(case: Case) -> str:
    """The value whose label is most like the reply; nothing under 60 of 100."""
    asked = question(case.question, case.language)
    labels = [c.label for c in asked.choices]
    found = process.extractOne(
        case.text, labels, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=60
    )
    return asked.choices[found[2]].value if found else ""


def ours(case: Case) -> str:
    reading = case.reading()
    return reading.value if reading.outcome.value == "answer" else ""


def median_ms(read: Callable[[Case], str], of: list[Case]) -> float:
    times = []
    for _ in range(ROUNDS):
        for case in of:
            start = time.perf_counter()
            read(case)
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def right(read: Callable[[Case], str], of: list[Case]) -> float:
    return sum(read(c) == (c.value if c.outcome == "answer" else "") for c in of) / len(of)


def whole() -> None:
    from bot.reading import reader_for

    reader = reader_for()
    for name in SETS:
        every, wrong = replies(name), list(judged_wrong(name, reader))
        print(f"{name}: {1 - len(wrong) / len(every):.3f} of {len(every)}")
        for reply, got in wrong:
            print(f"  {reply.question}: {reply.text!r} is {reply.value or reply.outcome!r}, not {got}")


def main() -> None:
    if "--whole" in sys.argv:
        whole()
        return
    every = [c for name in FILES for c in cases(name)]
    lists = [c for c in every if question(c.question, c.language).choices]
    groups = {
        "lists of up to 12": [c for c in lists if len(question(c.question, c.language).choices) <= 12],
        "states and regions": [c for c in lists if c.question in ("state", "region")],
        "346 comunas": [c for c in lists if c.question == "comuna"],
    }
    for case in every:  # load data and libraries, fill the indexes
        case.reading()
    print(
        f"{'':22}{'ours ms':>9}{'naive ms':>10}{'ratio':>8}{'ours right':>12}{'naive right':>13}{'cases':>7}"
    )
    for name, group in groups.items():
        mine, plain = median_ms(ours, group), median_ms(naive, group)
        print(
            f"{name:22}{mine:>9.3f}{plain:>10.3f}{mine / plain:>8.1f}"
            f"{right(ours, group):>12.3f}{right(naive, group):>13.3f}{len(group):>7}"
        )
    for name in ("integer", "decimal", "date", "text"):
        group = [c for c in every if question(c.question, c.language).type == name]
        print(f"{name:22}{median_ms(ours, group):>9.3f}{'':>30}{len(group):>20}")


if __name__ == "__main__":
    main()
