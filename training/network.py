"""The encoder in PyTorch with what it is asked: layers of :mod:`training.base`, mean of tokens, a linear layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.base import Base

LAYERS, HEADS, EPSILON = 12, 12, 1e-12
LONGEST = 96
"""tokens of a text, marks of beginning and end included"""
BEGIN, PAD, END = 0, 1, 2


class Layer(nn.Module):
    """One layer of a BERT encoder, normalised after each half."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()

        def linear(*names: str) -> nn.Linear:
            weights = [_tensor(base, f"l{number}.{name}.w") for name in names]
            biases = [_tensor(base, f"l{number}.{name}.b") for name in names]
            rows, width = sum(map(len, biases)), len(weights[0]) // len(biases[0])
            made = nn.Linear(width, rows)
            made.weight.data, made.bias.data = torch.cat(weights).view(rows, width), torch.cat(biases)
            return made

        self.asked = linear("q", "k", "v")
        self.attended = linear("ao")
        self.norm = _norm(base, f"l{number}.aln")
        self.inner, self.outer = linear("fi"), linear("fo")
        self.last = _norm(base, f"l{number}.oln")

    def forward(self, tokens: Tensor, mask: Tensor | None, dropout: float = 0.0) -> Tensor:
        texts, length, width = tokens.shape
        query, key, value = (
            self.asked(tokens).view(texts, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        )
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        attended = self.attended(seen.transpose(1, 2).reshape(texts, length, width))
        tokens = self.norm(tokens + functional.dropout(attended, dropout, self.training))
        inner = self.outer(functional.gelu(self.inner(tokens)))
        return self.last(tokens + functional.dropout(inner, dropout, self.training))


class Network(nn.Module):
    """``answers`` numbers for each text."""

    def __init__(self, base: Base, answers: int) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(base.words), freeze=True)
        width = base.words.shape[1]
        self.places = nn.Parameter(_tensor(base, "emb.pos").view(-1, width)[:LONGEST])
        self.kind = nn.Parameter(_tensor(base, "emb.type").view(-1, width)[0])
        self.norm = _norm(base, "emb.ln")
        self.layers = nn.ModuleList(Layer(base, number) for number in range(LAYERS))
        self.answer = nn.Linear(width, answers)

    def embed(self, ids: Tensor) -> Tensor:
        """What the first layer reads."""
        return self.norm(self.words(ids) + self.places[: ids.shape[1]] + self.kind)

    def climb(self, tokens: Tensor, kept: Tensor, first: int, last: int, dropout: float = 0.0) -> Tensor:
        """``tokens`` through layers ``first`` to ``last`` (not included)."""
        mask = torch.zeros(kept.shape).masked_fill(~kept, -1e4)[:, None, None, :]
        for layer in self.layers[first:last]:
            tokens = layer(tokens, mask, dropout)
        return tokens

    def say(self, tokens: Tensor, kept: Tensor, dropout: float = 0.0) -> Tensor:
        """The answers, from what the last layer made of each token."""
        share = kept[..., None].float()
        mean = (tokens * share).sum(1) / share.sum(1)
        return self.answer(functional.dropout(mean, dropout, self.training))


def padded(sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and which of them count, one row a text."""
    longest = max(map(len, sequences))
    ids = torch.full((len(sequences), longest), PAD)
    kept = torch.zeros(len(sequences), longest, dtype=torch.bool)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        kept[row, : len(sequence)] = True
    return ids, kept


def _tensor(base: Base, name: str) -> Tensor:
    return torch.from_numpy(np.array(base.tensors[name]))


def _norm(base: Base, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(len(base.tensors[f"{name}.w"]), EPSILON)
    made.weight.data, made.bias.data = _tensor(base, f"{name}.w"), _tensor(base, f"{name}.b")
    return made
