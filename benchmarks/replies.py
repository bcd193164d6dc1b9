"""How well replies are read by example: ``python -m benchmarks.replies``, about five minutes on one core.

Each writer's replies are read by machines that learned from the other writers' alone. Prints how often the likeliest
choice is right, how often what is as sure as each threshold is, and what becomes of every reply the whole way (rules,
safety, model, examples), beside what would without examples. Interruptions of the whole way are the requests of the
development sets, which nothing was trained on, each put under a question by chance.

``--tune`` writes ``nlu/replies.yml``: how scores become shares, by logistic regression over the replies of writers
left out and the requests of intent batches left out with them, these weighed as one message in five.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from bot.bootstrap import DIALOGUES, build_understanding, load_commands
from bot.reading import may_be_stored, open_question
from bot.services.judge import Judge, Open
from bot.services.own_words import ANSWER_FROM
from bot.services.turn import Judged, Verdict
from bot.services.wishes import REQUESTS
from bot.surveys.model import Question
from bot.surveys.run import SurveyRun
from bot.understanding import Understanding, corpus
from bot.understanding.corpus import Example, ReplyExample
from bot.understanding.encoder import encode_corpus
from bot.understanding.normalise import normalise
from bot.understanding.replies import DATA, Calibration, Meaning, Replies, Scores, interrupts, measured

TODAY = date(2026, 11, 27)
SEVERAL = 0.3
"""chosen on these folds: exact sets of choices 0.80 at 0.3, 0.79 at 0.25 and 0.4"""
ASIDES = 0.2
"""share of messages under a question that answer nothing, as the calibration takes it"""
CERTAIN = (0.3, ANSWER_FROM, 0.7, 0.9)
DRAWN = 1500


@dataclass(frozen=True)
class Fold:
    """Machines without one writer, and what that writer and the intent batches left out with her say to them."""

    machines: Replies
    replies: list[tuple[ReplyExample, Scores]]
    asides: list[Scores]
    anywhere: tuple[list[float], list[float]]
    """of her replies and of the asides: the score of an aside whatever was asked"""


def folds() -> list[Fold]:
    """One for each writer of replies."""
    examples = corpus.replies()
    ordinary = [e for e in corpus.training() if e.kind == "intents"]
    writers, batches = sorted({e.batch for e in examples}), sorted({e.batch for e in ordinary})
    found = []
    for number, writer in enumerate(
        track(writers, "leaving out each writer", disable=not sys.stderr.isatty())
    ):
        out = set(batches[number :: len(writers)])
        machines = Replies.fit(
            [e for e in examples if e.batch != writer], [e for e in ordinary if e.batch not in out]
        )
        hers = [e for e in examples if e.batch == writer and e.question in machines.questions]
        asides = [e for e in ordinary if e.batch in out and interrupts(e)]
        found.append(_fold(machines, hers, asides))
    return found


def _fold(machines: Replies, hers: Sequence[ReplyExample], asides: Sequence[Example]) -> Fold:
    chance, questions = random.Random(0), sorted(machines.questions)
    said = [normalise(e.text) for e in hers]
    wanted = [normalise(e.text) for e in asides]
    replies = [
        (e, machines.read(text, vector, e.question))
        for e, text, vector in zip(hers, said, encode_corpus(said), strict=True)
    ]
    vectors = encode_corpus(wanted)
    under = [machines.read(t, v, chance.choice(questions)) for t, v in zip(wanted, vectors, strict=True)]
    anywhere = (
        [machines.aside(t, v) for t, v in zip(said, encode_corpus(said), strict=True)],
        [machines.aside(t, v) for t, v in zip(wanted, vectors, strict=True)],
    )
    return Fold(machines, replies, under, anywhere)


def tune(done: Sequence[Fold]) -> None:
    """Writes the calibration and prints it."""
    none = (0.0, 0.0, 0.0, 0.0, 0.0)
    choose = Calibration(SEVERAL, none, none, (1.0, 0.0)).chosen
    rows, kinds = [], []
    for fold in done:
        for example, scores in fold.replies:
            values = choose(scores)
            rows.append(measured(scores, values))
            kinds.append("right" if set(values) == set(example.values) else "unclear")
        rows += [measured(scores, choose(scores)) for scores in fold.asides]
        kinds += ["aside"] * len(fold.asides)
    machine = LogisticRegression(C=100, max_iter=1000).fit(rows, kinds, sample_weight=_weights(kinds))
    names = list(machine.classes_)
    odds = np.column_stack([machine.coef_, machine.intercept_])
    odds -= odds[names.index("unclear")]
    measures = [[x] for fold in done for side in fold.anywhere for x in side]
    sides = ["aside" if side else "reply" for fold in done for side in (0, 1) for _ in fold.anywhere[side]]
    plain = LogisticRegression(C=100).fit(measures, sides, sample_weight=_weights(sides))
    weight, constant = (
        -float(plain.coef_[0, 0]),
        -float(plain.intercept_[0]),
    )  # "aside" is the first of the two
    lines = [line for line in DATA.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines.append(f"several: {SEVERAL}")
    for name in ("right", "aside"):
        lines.append(f"{name}: {[round(float(x), 2) for x in odds[names.index(name)]]}")
    lines.append(f"anywhere: {[round(weight, 2), round(constant, 2)]}")
    text = "\n".join(lines) + "\n"
    DATA.write_text(text, encoding="utf-8")
    print(text)


def _weights(kinds: Sequence[str]) -> npt.NDArray[np.float64]:
    aside = np.array([kind == "aside" for kind in kinds])
    return np.where(aside, ASIDES / (1 - ASIDES) * (~aside).sum() / aside.sum(), 1.0)


def likeliest(done: Sequence[Fold], calibration: Calibration) -> None:
    """Prints how often the likeliest choice is right, and what is as sure as each threshold."""
    every = [(e, calibration.meaning(scores)) for fold in done for e, scores in fold.replies]
    mean = [(e, m) for e, m in every if e.values]
    print(f"the likeliest choice is right: {_right(mean):.3f} of {len(mean)} replies that mean one")
    for language in corpus.LANGUAGES:
        by = {w: [(e, m) for e, m in mean if (e.batch, e.language) == (w, language)] for w in _writers(mean)}
        told = "  ".join(f"{writer} {_right(some):.3f}" for writer, some in by.items())
        print(f"  {language} {_right([x for some in by.values() for x in some]):.3f}  by writer: {told}")
    vague = [m for e, m in every if not e.values]
    asides = [calibration.meaning(scores) for fold in done for scores in fold.asides]
    print("as sure as   stored rightly   wrongly   of vague ones   of asides")
    for least in CERTAIN:
        sure = [(e, m) for e, m in mean if m.confidence >= least]
        right, wrong = _right(sure) * len(sure) / len(mean), (1 - _right(sure)) * len(sure) / len(mean)
        loose = [sum(m.confidence >= least for m in some) / len(some) for some in (vague, asides)]
        print(f"{least:10.2f}{right:17.3f}{wrong:10.3f}{loose[0]:16.3f}{loose[1]:12.3f}")


def _right(some: Sequence[tuple[ReplyExample, Meaning]]) -> float:
    return sum(set(m.values) == set(e.values) for e, m in some) / max(len(some), 1)


def _writers(some: Sequence[tuple[ReplyExample, Meaning]]) -> list[str]:
    return sorted({e.batch for e, _ in some})


def whole(done: Sequence[Fold], calibration: Calibration) -> None:
    """Prints what becomes of replies and of requests, with examples and without."""
    from bot.engine.parsing import ParseOnly

    engine = ParseOnly()
    understanding = build_understanding(engine.model)
    commands = load_commands(DIALOGUES / "commands.yml")

    def judge(reply: Callable[[str, str], Meaning | None]) -> Judge:
        return Judge(commands, understanding.disclosure, engine.parse, understanding.language, reply)

    plain = judge(lambda text, question: None)
    learned = [judge(_reader(fold.machines, calibration, understanding)) for fold in done]
    chance = random.Random(1)
    hers = [(e, fold) for fold, f in enumerate(done) for e, _ in f.replies]
    hers = chance.sample(hers, min(DRAWN * 2, len(hers)))
    asked = [e for e in corpus.development() if e.kind == "intents" and e.intent in REQUESTS]
    asked = chance.sample(asked, min(DRAWN, len(asked)))
    questions = sorted(done[0].machines.questions)
    put = [(e, chance.choice(questions)) for e in asked]
    for name, readers in (("without examples", [plain] * len(done)), ("with examples", learned)):
        print(name)
        told = [(e, _became(readers[fold], e.text, e.question, e.language)) for e, fold in hers]
        for kind, some in (
            ("mean a choice", [x for x in told if x[0].values]),
            ("vague", [x for x in told if not x[0].values]),
        ):
            counts = Counter(_verdict(e, judged) for e, judged in some)
            print(f"  replies, {kind:14}", _shares(counts, len(some)))
        counts = Counter(
            _granted(e, _became(readers[n % len(done)], e.text, question, e.language))
            for n, (e, question) in enumerate(put)
        )
        print(f"  {'requests':23}", _shares(counts, len(put)))


def _reader(
    machines: Replies, calibration: Calibration, understanding: Understanding
) -> Callable[[str, str], Meaning | None]:
    return Understanding(replace(understanding.model, replies=machines), calibration=calibration).reply


def _became(judge: Judge, text: str, question: str, language: str) -> Judged:
    form, _, name = question.partition(".")
    country = "CL" if name.endswith("_cl") else "MX"
    opened, run, asked = _open(form, name, country, language)
    judged = judge.judge_typed(text, opened, country=country, language=language, today=TODAY)
    if judged.verdict is Verdict.ANSWER and not may_be_stored(run, asked, judged.value):
        return Judged(Verdict.REASK)
    return judged


@cache
def _open(form: str, name: str, country: str, language: str) -> tuple[Open, SurveyRun, Question]:
    return open_question(DIALOGUES / "surveys" / f"{form}.md", name, country, language, TODAY)


def _verdict(example: ReplyExample, judged: Judged) -> str:
    if judged.verdict is Verdict.ANSWER:
        return "right" if set(judged.value.split()) == set(example.values) else "wrong"
    if judged.verdict is Verdict.INTERRUPTION:
        return "disclosure" if judged.intent.startswith("disclose_") else "something else"
    return {Verdict.UNSURE: "confirmed", Verdict.REASK: "asked again"}.get(judged.verdict, "passed")


def _granted(example: Example, judged: Judged) -> str:
    if judged.verdict is Verdict.INTERRUPTION:
        return "granted" if judged.intent == example.intent else "taken for another"
    return {Verdict.ANSWER: "stored", Verdict.UNSURE: "confirmed", Verdict.REASK: "asked again"}.get(
        judged.verdict, "passed"
    )


def _shares(counts: Counter[str], of: int) -> str:
    return "  ".join(f"{name} {count / of:.3f}" for name, count in sorted(counts.items())) + f"  of {of}"


def cost(done: Sequence[Fold]) -> None:
    """Prints the milliseconds of CPU of one reply, its sentence vector made before."""
    texts = [(normalise(e.text), e.question) for fold in done for e, _ in fold.replies[::20]]
    vectors, spent = encode_corpus([text for text, _ in texts]), []
    for (text, question), vector in zip(texts, vectors, strict=True):
        started = time.process_time()
        done[0].machines.read(text, vector, question)
        spent.append(1000 * (time.process_time() - started))
    print(f"one reply: {np.median(spent):.1f} ms, 95 % {np.percentile(spent, 95):.1f} ms, of {len(spent)}")


def main() -> None:
    with threadpool_limits(1):
        done = folds()
        if "--tune" in sys.argv:
            tune(done)
        calibration = Calibration.load()
        likeliest(done, calibration)
        cost(done)
        if "--tune" not in sys.argv:
            whole(done, calibration)


if __name__ == "__main__":
    main()
