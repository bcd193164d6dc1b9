"""Trains the second opinion on safety: ``python -m training.train``. See README.md; about 15 minutes on two cores.

Besides whether a text discloses violence or self-harm it learns its facet, its intent and its barriers, where they
are known: what an ordinary message is about helps to see that nothing is disclosed. The lower half of the layers
stays as it is, so their output is computed once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from training import TEXTS
from training.base import load
from training.network import LAYERS, Network, padded
from training.vocabulary import kept, sequence, tokeniser

OUT = TEXTS.with_name("opinion.pt")

LEFT_OUT = ("02", "05", "06")
"""batches never trained on: the threshold is chosen on them (benchmarks/nlu_tune.py)"""
FROZEN = 6
"""layers that stay as they are"""
EPOCHS, BATCH, RATE, HEAD_RATE, DROPOUT, WARM = 4, 32, 1e-4, 1e-3, 0.1, 0.06
FACETS = 0.5
"""how much the facet counts beside the category"""
DISCLOSURES = ("none", "violence", "self_harm")
Row = dict[str, Any]


class Answers:
    """Which of the network's numbers means what, and what each text should say."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.intents = sorted({r["intent"] for r in rows if r["intent"]})
        self.facets = sorted({r["facet"] for r in rows if r["facet"]})
        self.barriers = sorted({b for r in rows for b in r["barriers"] or ()})
        self.sizes = [len(DISCLOSURES), len(self.facets), len(self.intents), len(self.barriers)]
        self._disclosure = torch.tensor([DISCLOSURES.index(r["disclosure"]) for r in rows])
        self._facet = _indices(self.facets, [r["facet"] for r in rows])
        self._intent = _indices(self.intents, [r["intent"] for r in rows])
        self._judged = torch.tensor([float(r["barriers"] is not None) for r in rows])
        self._barriers = torch.tensor(
            [[float(b in (r["barriers"] or ())) for b in self.barriers] for r in rows]
        )

    def loss(self, said: Tensor, rows: list[int]) -> Tensor:
        """How wrong ``said`` is of the texts ``rows``."""
        disclosure, facet, intent, barriers = said.split(self.sizes, dim=1)
        each = functional.binary_cross_entropy_with_logits(barriers, self._barriers[rows], reduction="none")
        return (
            functional.cross_entropy(disclosure, self._disclosure[rows])
            + FACETS * _known(facet, self._facet[rows])
            + _known(intent, self._intent[rows])
            + (each.sum(1) * self._judged[rows]).mean()
        )


def main() -> None:
    """Writes the trained network to ``var/training/opinion.pt``."""
    torch.manual_seed(0)
    random.seed(0)
    rows = [
        r for r in json.loads(TEXTS.read_text(encoding="utf-8"))["training"] if r["batch"] not in LEFT_OUT
    ]
    base = load()
    ids = kept(base, [r["text"] for r in rows])
    pieces = tokeniser(base, ids)
    answers = Answers(rows)
    network = Network(replace(base, words=base.words[ids]), sum(answers.sizes))
    for parameter in (network.places, network.kind, *network.norm.parameters()):
        parameter.requires_grad = False
    for layer in network.layers[:FROZEN]:
        layer.requires_grad_(False)
    _train(network, answers, [sequence(pieces, r["text"]) for r in rows])
    torch.save({"network": network.state_dict(), "ids": ids, "pieces": pieces.serialized_model_proto()}, OUT)


def _train(network: Network, answers: Answers, sequences: list[list[int]]) -> None:
    lower = _lower(network, sequences)
    upper = [p for layer in network.layers[FROZEN:] for p in layer.parameters()]
    steps = EPOCHS * len(_batches([len(s) for s in sequences]))
    optimiser = torch.optim.AdamW(
        [{"params": upper, "lr": RATE}, {"params": network.answer.parameters(), "lr": HEAD_RATE}],
        weight_decay=0.01,
        fused=True,
    )
    pace = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(step / (WARM * steps), (steps - step) / steps)
    )
    network.train()
    for epoch in range(EPOCHS):
        running = 0.0
        for rows in track(_batches([len(s) for s in sequences]), f"epoch {epoch + 1} of {EPOCHS}"):
            tokens, counted = _stacked([lower[row] for row in rows])
            # for texts this short plain products are quicker than the kernels made for long ones
            with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
                said = network.say(network.climb(tokens, counted, FROZEN, LAYERS, DROPOUT), counted, DROPOUT)
            loss = answers.loss(said.float(), rows)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(upper, 1.0)
            optimiser.step()
            pace.step()
            running = 0.98 * running + 0.02 * loss.item()
        print(f"epoch {epoch + 1}: loss {running:.3f}")


@torch.no_grad()
def _lower(network: Network, sequences: list[list[int]]) -> list[Tensor]:
    """What the frozen layers make of each text, in half precision."""
    network.eval()
    found: dict[int, Tensor] = {}
    order = sorted(range(len(sequences)), key=lambda row: len(sequences[row]))
    for start in track(range(0, len(order), 128), "lower layers"):
        some = order[start : start + 128]
        ids, counted = padded([sequences[row] for row in some])
        made = network.climb(network.embed(ids), counted, 0, FROZEN).half()
        found.update({row: made[i, : len(sequences[row])].clone() for i, row in enumerate(some)})
    return [found[row] for row in range(len(sequences))]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    # texts of about the same length together: padding costs as much as text
    order = random.sample(range(len(lengths)), len(lengths))
    found: list[list[int]] = []
    for start in range(0, len(order), BATCH * 50):
        some = sorted(order[start : start + BATCH * 50], key=lambda row: lengths[row])
        found += [some[at : at + BATCH] for at in range(0, len(some), BATCH)]
    return random.sample(found, len(found))


def _stacked(texts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    counted = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.bool)
    tokens = torch.zeros(*counted.shape, texts[0].shape[1])
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = text.float()
        counted[row, : len(text)] = True
    return tokens, counted


def _indices(names: Sequence[str], told: Sequence[str | None]) -> Tensor:
    return torch.tensor([-100 if name is None else names.index(name) for name in told])


def _known(said: Tensor, wanted: Tensor) -> Tensor:
    # texts that nobody judged for it (-100) teach nothing, and weigh nothing
    if not (wanted >= 0).any():
        return said.sum() * 0
    return functional.cross_entropy(said, wanted) * (wanted >= 0).float().mean()


if __name__ == "__main__":
    main()
