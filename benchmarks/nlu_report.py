"""How well messages are understood: ``make nlu-report``. Writes ``var/reports/nlu/report.md`` and a plot.

On texts that the model has not seen: each writer's batch left out in turn, and the development sets. Reads the
thresholds and wordings as they are; run ``python -m benchmarks.nlu_tune`` first after new data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np

from benchmarks.nlu_scores import ROOT, Run, Scored, run
from bot.understanding import safety
from bot.understanding.corpus import LANGUAGES
from bot.understanding.linear import probabilities
from bot.understanding.patterns import CATEGORIES, Patterns
from bot.understanding.thresholds import Thresholds

FOLDER = ROOT / "var" / "reports" / "nlu"

# Where a reader of the guide would accept either: the gold label on the left, what else passes on the right.
# Kept short and open: lenient accuracy is reported beside the strict one, never instead of it.
NEIGHBOURS: dict[str, frozenset[str]] = {
    "goodbye": frozenset({"pause", "thank"}),
    "pause": frozenset({"goodbye"}),
    "ask_programme": frozenset({"ask_pathways", "ask_bot"}),
    "ask_pathways": frozenset({"ask_programme"}),
    "ask_bot": frozenset({"ask_programme"}),
    "ask_why": frozenset({"ask_privacy"}),
    "ask_privacy": frozenset({"ask_why"}),
    "request_human": frozenset({"request_mentor"}),
    "request_mentor": frozenset({"request_human"}),
    "skip": frozenset({"deny"}),
    "resume": frozenset({"greet"}),
    "quick_exit": frozenset({"pause", "disclose_violence"}),
    "tell_barrier": frozenset({"disclose_violence"}),
    "enrol": frozenset({"choose_pathway"}),
    "choose_pathway": frozenset({"enrol"}),
}


MIRRORING = ("dev/c",)
"""sets whose look-alikes repeat disclosures nearly word by word, as nobody writes: told apart, and not counted"""


class Judged:
    """A run with the project's thresholds applied."""

    def __init__(self, done: Run) -> None:
        self.labels = done.labels
        self.thresholds = Thresholds.load()
        self._patterns = Patterns.load()

    def intent(self, scored: Scored) -> tuple[str, float]:
        shares = probabilities(scored.readings.intents, self.thresholds.temperature)[0]
        best = int(shares.argmax())
        return self.labels["intents"][best], float(shares[best])

    def barriers(self, scored: Scored) -> set[str]:
        over = zip(self.labels["barriers"], scored.readings.barriers[0], strict=True)
        return {name for name, score in over if score >= self.thresholds.barriers[name]}

    def disclosure(self, scored: Scored) -> safety.Disclosure | None:
        labels, said = self.labels["category"], scored.said
        assert said is not None, "asked only of texts that the second opinion has not seen"
        return safety.judge(
            scored.example.text, scored.readings, labels, self._patterns, self.thresholds, lambda _: said
        )


def main() -> None:
    """Writes the report and says where."""
    done = run()
    judged = Judged(done)
    parts = [("Leave-one-batch-out", done.lobo)]
    for name in sorted({s.example.batch for s in done.development}):
        parts.append((f"Development set {name}", [s for s in done.development if s.example.batch == name]))
    lines = ["# Understanding, on texts not trained on", ""]
    for title, scored in parts:
        lines += [f"## {title}", ""]
        lines += _intents(judged, scored) + _safety(judged, scored) + _barriers(judged, scored)
    lines += _together(judged, [s for s in done.development if s.example.batch not in MIRRORING])
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines += ["## Calibration", "", "![Confidence against share right](calibration.png)", ""]
    _calibration(judged, [(title, scored) for title, scored in parts], FOLDER / "calibration.png")
    path = FOLDER / "report.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    print(f"written to {path.relative_to(ROOT)}")


def _intents(judged: Judged, scored: Sequence[Scored]) -> list[str]:
    told = [s for s in scored if s.example.intent and s.example.kind != "safety"]
    pairs = [(str(s.example.intent), judged.intent(s)[0], s.example.language) for s in told]
    lines = ["| intents | n | accuracy | lenient | macro-F1 |", "|---|---|---|---|---|"]
    for language in LANGUAGES:
        some = [(g, p) for g, p, spoken in pairs if spoken == language]
        if some:
            strict = _share(g == p for g, p in some)
            lenient = _share(g == p or p in NEIGHBOURS.get(g, ()) for g, p in some)
            macro = float(np.mean([f1 for _, f1 in _f1(some).values()]))
            lines.append(f"| {language} | {len(some)} | {strict:.3f} | {lenient:.3f} | {macro:.3f} |")
    by_intent = _f1([(g, p) for g, p, _ in pairs])
    lines += ["", "| intent | n | F1 |", "|---|---|---|"]
    lines += [
        f"| {name} | {n} | {f1:.2f} |" for name, (n, f1) in sorted(by_intent.items(), key=lambda i: i[1][1])
    ]
    wrong = Counter((g, p) for g, p, _ in pairs if g != p).most_common(15)
    lines += ["", "| gold | taken for | n |", "|---|---|---|"]
    return [*lines, *(f"| {g} | {p} | {n} |" for (g, p), n in wrong), ""]


def _f1(pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[int, float]]:
    gold, said = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    right = Counter(g for g, p in pairs if g == p)
    return {name: (n, 2 * right[name] / (n + said[name])) for name, n in gold.items()}


def _safety(judged: Judged, scored: Sequence[Scored]) -> list[str]:
    rows: dict[str, list[safety.Disclosure | None]] = defaultdict(list)
    for s in scored:
        if s.said is None:
            continue
        e = s.example
        key = str(e.safety) if e.kind == "safety" else f"{e.kind} (ordinary messages)"
        if e.kind != "barriers" or "violence" not in (e.barriers or ()):
            rows[key].append(judged.disclosure(s))
    lines = ["| safety | n | alarms | right category |", "|---|---|---|---|"]
    for group in (*CATEGORIES, "none"):
        found = [d for key, some in rows.items() if key.partition(":")[0] == group for d in some]
        if found:
            lines.append(_row(f"**{group}**", group, found))
    return [*lines, *(_row(key, key.partition(":")[0], rows[key]) for key in sorted(rows)), ""]


def _together(judged: Judged, scored: Sequence[Scored]) -> list[str]:
    """Of the development sets as one, at the threshold in use and at those around it."""
    told = [s for s in scored if s.example.kind == "safety"]
    groups = [[s for s in told if s.example.disclosure == group] for group in (*CATEGORIES, "none")]
    lines = [f"## Safety, all development sets but {', '.join(MIRRORING)}: {len(told)} texts", ""]
    titles = [f"{name} ({len(some)})" for name, some in zip((*CATEGORIES, "none"), groups, strict=True)]
    lines += [f"| threshold | {' | '.join(titles)} |", "|---|---|---|---|"]
    in_use = judged.thresholds
    for step in (-0.08, -0.04, 0.0, 0.04, 0.08):
        judged.thresholds = replace(in_use, disclosure=in_use.disclosure + step)
        shares = [f"{_share(judged.disclosure(s) is not None for s in some):.4f}" for some in groups]
        lines.append(f"| {judged.thresholds.disclosure:.2f} | {' | '.join(shares)} |")
    judged.thresholds = in_use
    return [*lines, ""]


def _row(title: str, category: str, found: Sequence[safety.Disclosure | None]) -> str:
    alarms = _share(d is not None for d in found)
    right = (
        f"{_share(d is not None and d.category == category for d in found):.3f}"
        if category in CATEGORIES
        else ""
    )
    return f"| {title} | {len(found)} | {alarms:.3f} | {right} |"


def _barriers(judged: Judged, scored: Sequence[Scored]) -> list[str]:
    told = [
        (s.example.barriers or frozenset(), judged.barriers(s))
        for s in scored
        if s.example.kind == "barriers"
    ]
    if not told:
        return []
    lines = ["| barrier | n | precision | recall | F1 |", "|---|---|---|---|---|"]
    for name in (None, *judged.labels["barriers"]):
        both = sum(len(g & p) if name is None else name in g and name in p for g, p in told)
        gold = sum(len(g) if name is None else name in g for g, _ in told)
        said = sum(len(p) if name is None else name in p for _, p in told)
        precision, recall = both / max(said, 1), both / max(gold, 1)
        f1 = 2 * both / max(gold + said, 1)
        lines.append(f"| {name or '**micro**'} | {gold} | {precision:.2f} | {recall:.2f} | {f1:.2f} |")
    quiet = [s for s in scored if s.example.kind == "intents" and s.example.intent not in ("ask_support",)]
    spoken = _share(bool(judged.barriers(s)) for s in quiet)
    return [*lines, "", f"Barriers heard in messages of other intents: {spoken:.3f} of {len(quiet)}.", ""]


def _calibration(judged: Judged, parts: Sequence[tuple[str, Sequence[Scored]]], path: Path) -> None:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for title, scored in parts:
        told = [s for s in scored if s.example.intent and s.example.kind == "intents"]
        answers = [judged.intent(s) for s in told]
        confidence = np.array([c for _, c in answers])
        right = np.array([name == s.example.intent for (name, _), s in zip(answers, told, strict=True)])
        bins = np.clip((confidence * 10).astype(int), 0, 9)
        kept = [b for b in range(10) if (bins == b).sum() >= 5]
        axes.plot(
            [confidence[bins == b].mean() for b in kept],
            [right[bins == b].mean() for b in kept],
            "o-",
            label=title,
        )
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")
    plt.close(figure)


def _share(values: Iterable[bool]) -> float:
    given = list(values)
    return sum(given) / max(len(given), 1)


if __name__ == "__main__":
    main()
