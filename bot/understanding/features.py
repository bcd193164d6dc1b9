"""What every classifier reads of a text: n-grams of its words and letters, and its sentence vector.

One vocabulary serves all of them, so a message is taken apart once. N-grams are read without accents, which
half of the messages lack; the sentence encoder gets them as typed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.understanding.encoder import DIMENSIONS, Vectors
from bot.understanding.normalise import strip_accents

# beside tf-idf rows of length 1.4 (words and letters each of length 1); chosen in docs/adr/0003-understanding.md
DENSE_SCALE = 0.6
_FILE = "vocabulary.json"


@dataclass(frozen=True)
class Texts:
    """Features of some texts, one row each: ``rows`` n-grams and vector side by side, ``vectors`` alone."""

    rows: sp.csr_matrix
    vectors: Vectors


def _words(vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="word",
        ngram_range=(1, 2),
        token_pattern=r"(?u)\w+|[^\w\s]",
        lowercase=False,
        sublinear_tf=True,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


def _letters(vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    # a letter n-gram seen once is a typo of one writer
    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 5),
        min_df=1 if vocabulary else 2,
        lowercase=False,
        sublinear_tf=True,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


class Featurizer:
    """Fitted vocabularies. Input texts are normal forms (:func:`~bot.understanding.normalise.normalise`)."""

    def __init__(self, words: TfidfVectorizer, letters: TfidfVectorizer) -> None:
        self._words = words
        self._letters = letters

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Featurizer:
        """Vocabularies and weights of ``texts``."""
        folded = [strip_accents(text) for text in texts]
        return cls(_words().fit(folded), _letters().fit(folded))

    def transform(self, texts: Sequence[str], vectors: Vectors) -> Texts:
        """Features of ``texts`` whose sentence vectors are ``vectors``."""
        folded = [strip_accents(text) for text in texts]
        blocks = [
            self._words.transform(folded),
            self._letters.transform(folded),
            sp.csr_matrix(vectors * DENSE_SCALE),
        ]
        return Texts(sp.hstack(blocks, format="csr", dtype=np.float32), vectors)

    @property
    def columns(self) -> int:
        """How many features a text has."""
        return len(self._words.vocabulary_) + len(self._letters.vocabulary_) + DIMENSIONS

    def save(self, folder: Path, prefix: str = "") -> None:
        """Writes the vocabularies into ``folder``, files beginning with ``prefix``: JSON and plain arrays, nothing
        that runs code on loading.
        """
        content = {"words": _ordered(self._words), "letters": _ordered(self._letters)}
        (folder / f"{prefix}{_FILE}").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / f"{prefix}idf.npz", words=self._words.idf_, letters=self._letters.idf_)

    @classmethod
    def load(cls, folder: Path, prefix: str = "") -> Featurizer:
        """What :meth:`save` wrote."""
        content: dict[str, list[str]] = json.loads((folder / f"{prefix}{_FILE}").read_text(encoding="utf-8"))
        words = _words({term: column for column, term in enumerate(content["words"])})
        letters = _letters({term: column for column, term in enumerate(content["letters"])})
        with np.load(folder / f"{prefix}idf.npz", allow_pickle=False) as idf:
            words.idf_, letters.idf_ = idf["words"], idf["letters"]
        return cls(words, letters)


def _ordered(vectorizer: TfidfVectorizer) -> list[str]:
    return [str(term) for term in vectorizer.get_feature_names_out()]
