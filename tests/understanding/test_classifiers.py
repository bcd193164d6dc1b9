"""The pieces that learn: linear, kernel, concepts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from bot.understanding.concepts import Concepts
from bot.understanding.kernel import KernelModel
from bot.understanding.linear import LinearModel, probabilities

CORNERS = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32)


def test_the_linear_model_tells_classes_apart_and_survives_saving(tmp_path: Path) -> None:
    rows = sp.csr_matrix(np.repeat(CORNERS, 5, axis=0))
    model = LinearModel.fit_classes(rows, [name for name in "abcd" for _ in range(5)], cost=10)
    model.save(tmp_path / "m.npz")
    scores = LinearModel.load(tmp_path / "m.npz").scores(sp.csr_matrix(CORNERS))
    assert [model.labels[i] for i in scores.argmax(axis=1)] == ["a", "b", "c", "d"]


def test_a_label_that_nobody_has_is_never_said() -> None:
    rows = sp.csr_matrix(CORNERS)
    labels = [frozenset({"care"}), frozenset(), frozenset({"care"}), frozenset()]
    model = LinearModel.fit_labels(rows, labels, ["care", "money"], cost=1)
    assert (model.scores(rows)[:, 1] < 0).all()


def test_one_class_alone_cannot_be_learned() -> None:
    with pytest.raises(ValueError, match="two labels"):
        LinearModel.fit_classes(sp.csr_matrix(CORNERS), ["a"] * 4, cost=1)


def test_a_higher_temperature_makes_less_sure() -> None:
    scores = np.array([[1.0, -1.0, -1.0]], dtype=np.float32)
    sure, unsure = probabilities(scores, 0.2)[0, 0], probabilities(scores, 2.0)[0, 0]
    assert sure > unsure > 1 / 3


def test_the_kernel_learns_what_no_plane_can(tmp_path: Path) -> None:
    positive = np.array([True, False, True, False])
    model = KernelModel.fit(CORNERS, positive)
    model.save(tmp_path / "k.npz")
    assert ((KernelModel.load(tmp_path / "k.npz").scores(CORNERS) > 0) == positive).all()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mi marido me revisa el celular", {"partner", "control", "my_things"}),
        ("my husband checks my phone", {"partner", "control", "my_things"}),
        ("quiero desaparecer de este mundo", {"die", "live"}),
        ("le pega a la pelota", {"hit", "thing"}),
        ("", set()),
    ],
)
def test_concepts_are_found_in_both_languages(text: str, named: set[str]) -> None:
    concepts = Concepts.load()
    assert named <= {concepts.names[i] for i in concepts.found_in(text)}


def test_every_pair_of_concepts_has_a_column_of_its_own() -> None:
    concepts = Concepts.load()
    rows = concepts.transform(["mi marido me revisa el celular", "mi marido grita", ""])
    assert rows.shape == (3, concepts.columns)
    assert np.allclose(np.sqrt(rows.multiply(rows).sum(axis=1)).ravel(), [1, 1, 0])
    assert rows.indices.max() < concepts.columns
    assert (rows[0] != rows[1]).nnz > 0


def test_a_concept_that_does_not_compile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "concepts.yml"
    path.write_text("hit: ['peg(']\n", encoding="utf-8")
    with pytest.raises(ValueError, match="hit"):
        Concepts.load(path)
