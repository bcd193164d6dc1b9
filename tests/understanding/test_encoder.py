from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.understanding.encoder import DIMENSIONS, Encoder, encode_corpus
from tests.understanding.conftest import LetterVectors


def test_a_message_is_encoded_once_for_all_its_readers() -> None:
    model = LetterVectors()
    encoder = Encoder(model)
    first = encoder.encode(["quiero entrar", "quiero entrar"])
    again = encoder.encode(["quiero entrar"])
    assert model.calls == 1
    assert np.array_equal(first[0], again[0])


def test_it_forgets_the_oldest_text_first() -> None:
    model = LetterVectors()
    encoder = Encoder(model, kept=2)
    encoder.encode(["uno", "dos"])
    encoder.encode(["tres"])
    encoder.encode(["dos", "tres"])
    assert model.calls == 2
    encoder.encode(["uno"])
    assert model.calls == 3


def test_more_texts_at_once_than_are_kept_are_all_encoded() -> None:
    texts = [f"texto {i}" for i in range(9)]
    assert np.linalg.norm(Encoder(LetterVectors(), kept=2).encode(texts), axis=1).min() > 0.9


def test_a_text_without_content_is_a_zero_row() -> None:
    assert not Encoder(LetterVectors()).encode([""]).any()


def test_a_corpus_is_encoded_once_across_runs(tmp_path: Path) -> None:
    store, model = tmp_path / "cache" / "vectors.npz", LetterVectors()
    first = encode_corpus(["a", "b"], store=store, model=Encoder(model))
    second = encode_corpus(["b", "a", "c"], store=store, model=Encoder(model))
    assert model.calls == 2
    assert np.array_equal(first, second[[1, 0]])


def test_a_damaged_store_is_made_again(tmp_path: Path) -> None:
    store = tmp_path / "vectors.npz"
    store.write_bytes(b"not an archive")
    assert encode_corpus(["a"], store=store, model=Encoder(LetterVectors())).shape == (1, DIMENSIONS)


def test_it_works_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = tmp_path / "file" / "vectors.npz"
    assert encode_corpus(["a"], store=store, model=Encoder(LetterVectors())).shape == (1, DIMENSIONS)
