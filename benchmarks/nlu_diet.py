"""Rasa's DIET on the folds of ``benchmarks.nlu_compare``: ``python -m benchmarks.nlu_diet [BATCH …]``.

DIET needs TensorFlow and with it an environment of its own; ``benchmarks/diet/requirements.in`` says how to make
it in ``var/diet``. Prints its row, and that of the chosen classifier on the same folds, for the table of
``docs/adr/0003-understanding.md``. About twenty minutes of CPU a fold; all folds without arguments.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import yaml

from benchmarks.nlu_compare import FEW, figures
from benchmarks.nlu_scores import score
from bot.understanding import corpus
from bot.understanding.corpus import Example
from bot.understanding.model import fit
from bot.understanding.normalise import normalise

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / "var" / "diet" / "bin" / "python"


def main() -> None:
    """Prints the row; exit 1 when the environment is not there."""
    if not PYTHON.exists():
        sys.exit("var/diet is not there. Mend: make it as benchmarks/diet/requirements.in says")
    batches = sys.argv[1:] or list(FEW)
    training = corpus.training()
    examples = [e for e in training if e.intent]
    told: list[tuple[str, str, str]] = []
    chosen: list[tuple[str, str, str]] = []
    spent: list[float] = []
    seconds: list[float] = []
    for batch in batches:
        out = [e for e in examples if e.batch == batch and e.kind == "intents"]
        found = _fold([e for e in examples if e.batch != batch], out)
        told += [(str(e.intent), said, e.language) for e, said in zip(out, found["intents"], strict=True)]
        chosen += _ours([e for e in training if e.batch != batch], out)
        spent.append(found["ms"])
        seconds.append(found["seconds"])
    cost = f"{np.median(spent):.1f} | | {np.mean(seconds):.0f}"
    print(f"left out: {', '.join(batches)}")
    print(f"| DIET, 20 epochs, words and letters | {figures(told)} | {cost} |")
    print(f"| linear SVM, both (chosen) | {figures(chosen)} | | | |")


def _ours(kept: list[Example], out: list[Example]) -> list[tuple[str, str, str]]:
    model = fit(kept, "without one")
    found = score(model, out)
    return [
        (str(e.intent), model.intents.labels[int(readings.intents[0].argmax())], e.language)
        for e, readings in zip(out, found, strict=True)
    ]


def _fold(kept: list[Example], out: list[Example]) -> dict[str, list[str] | float]:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for example in kept:
        # one line an example, as Rasa's format wants it
        by_intent[str(example.intent)].append(" ".join(normalise(example.text).split()))
    nlu = [
        {"intent": name, "examples": "".join(f"- {t}\n" for t in some)} for name, some in by_intent.items()
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True)
        (folder / "nlu.yml").write_text(content, encoding="utf-8")
        texts = json.dumps([normalise(e.text) for e in out])
        (folder / "texts.json").write_text(texts, encoding="utf-8")
        script = Path(__file__).parent / "diet" / "fold.py"
        subprocess.run([PYTHON, script, folder], check=True, stdout=sys.stderr)
        found: dict[str, list[str] | float] = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
