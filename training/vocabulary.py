"""The pieces of words that are kept: an eighth of the encoder's, those of Spanish and English as women write them.

Rows of pieces that no text of ours and no common word needs would be nine tenths of the file. A word that is not
covered is read in smaller pieces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as schema
from wordfreq import top_n_list

from training.base import Base
from training.network import BEGIN, END, LONGEST

COMMON = 30_000
"""words of each language"""
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_PRINTABLE = [chr(c) for c in range(0x21, 0x250) if unicodedata.category(chr(c))[0] != "C"]


def kept(base: Base, texts: Iterable[str]) -> list[int]:
    """The ids of ``base`` that are kept, the special ones first."""
    every = tokeniser(base, range(len(base.pieces)))
    words = {word for language in ("es", "en") for word in top_n_list(language, COMMON)}
    words |= {_plain(word) for word in words}
    needed = {i for text in (*texts, *words) for i in every.encode(text)}
    single = {
        i for i, piece in enumerate(base.pieces) if piece.strip("\u2581") in _PRINTABLE or piece == "\u2581"
    }
    return [*range(len(SPECIAL)), *sorted((needed | single) - set(range(len(SPECIAL))))]


def tokeniser(base: Base, ids: Sequence[int]) -> sentencepiece.SentencePieceProcessor:
    """A tokeniser of the pieces ``ids``, numbered anew in that order."""
    model = schema.ModelProto()
    kinds = schema.ModelProto.SentencePiece
    for row, i in enumerate(ids):
        special = row < len(SPECIAL)
        kind = kinds.UNKNOWN if row == SPECIAL.index("<unk>") else kinds.CONTROL if special else kinds.NORMAL
        model.pieces.add(
            piece=SPECIAL[row] if special else base.pieces[i], score=float(base.scores[i]), type=kind
        )
    model.trainer_spec.model_type = schema.TrainerSpec.UNIGRAM
    model.trainer_spec.bos_id, model.trainer_spec.pad_id = SPECIAL.index("<s>"), SPECIAL.index("<pad>")
    model.trainer_spec.eos_id, model.trainer_spec.unk_id = SPECIAL.index("</s>"), SPECIAL.index("<unk>")
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = True
    return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())


def sequence(pieces: sentencepiece.SentencePieceProcessor, text: str) -> list[int]:
    """``text``, a normal form, as the encoder reads it."""
    return [BEGIN, *pieces.encode(unicodedata.normalize("NFKC", text))[: LONGEST - 2], END]


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
