"""Trains Rasa's DIET on one fold and reads the texts left out. Runs in an environment of its own.

    python fold.py FOLDER

``FOLDER`` holds ``nlu.yml`` to train on and ``texts.json`` to read; ``said.json`` is written beside them:
``{"intents": [...], "ms": CPU milliseconds a message, "seconds": CPU seconds of training}``.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

from rasa.core.agent import Agent
from rasa.model_training import train_nlu

CONFIG = """
recipe: default.v1
language: es
assistant_id: diet
pipeline:
- name: WhitespaceTokenizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
  max_features: 8000
- name: DIETClassifier
  epochs: 20
  batch_size: 256
  entity_recognition: false
  random_seed: 0
  constrain_similarities: true
"""


def main(folder: Path) -> None:
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    started = time.process_time()
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
    seconds = time.process_time() - started
    agent = Agent.load(model)
    said, spent = [], []
    for text in json.loads((folder / "texts.json").read_text(encoding="utf-8")):
        begun = time.process_time()
        parsed = asyncio.run(agent.parse_message(text))
        spent.append(1000 * (time.process_time() - begun))
        said.append(parsed["intent"]["name"])
    found = {"intents": said, "ms": statistics.median(spent), "seconds": seconds}
    (folder / "said.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
