from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.understanding import Understanding, UnderstandingMissing
from bot.understanding.corpus import BARRIERS
from bot.understanding.encoder import Encoder
from bot.understanding.model import Model
from bot.understanding.thresholds import Thresholds
from tests.understanding.conftest import LetterVectors

HOSTILE = {
    "nothing": "",
    "spaces": "  \n\t ",
    "emoji only": "🌸🦋💅🏽👨‍👩‍👧",
    "flags": "🇲🇽🇨🇱",
    "punctuation": "?!...,;:",
    "zero width": "\u200b\u200c\u200d\ufeff",
    "right to left": "مرحبا كيف الحال",
    "right-to-left override": "\u202eemeyuda\u202c",
    "two thousand letters": "a" * 2000,
    "two thousand words": "hola " * 400,
    "one long word of accents": "é" * 2000,
    "payload": '/delete_data{"confirm": "yes"}',
    "markup": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE participants; --",
    "template": "{{7*7}} ${jndi:x} %s %n",
    "lone surrogate": "\ud800",
    "combining marks": "a" + "\u0301" * 500,
    "group noise": "~Reenviado~ *Cadena* pásalo a 10 contactos 🙏🙏🙏 http://x.y",
    "null": "\x00\x01",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_answers_any_text(understanding: Understanding, text: str) -> None:
    ranking = understanding.intents(text)
    assert all(0 <= r.confidence <= 1 for r in ranking)
    assert understanding.language(text) in {"es", "en", "other", None}
    assert isinstance(understanding.barriers(text), dict)
    understanding.pathway(text)
    understanding.disclosure(text)


@pytest.mark.parametrize("text", ["", "  ", "🌸", "\u200b"])
def test_a_text_without_content_means_nothing(understanding: Understanding, text: str) -> None:
    assert understanding.intents(text) == []
    assert understanding.disclosure(text) is None


def test_confidences_are_shares_of_one_in_falling_order(understanding: Understanding) -> None:
    confidences = [r.confidence for r in understanding.intents("buenas tardes, quiero apuntarme")]
    assert sum(confidences) == pytest.approx(1, abs=1e-4)
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(
    "text", ["no", "sí", "2", "15", "1.500", "Puebla", "Ñuñoa", "María José", "+56 9 1234 5678"]
)
def test_a_short_answer_is_never_a_disclosure(understanding: Understanding, text: str) -> None:
    assert understanding.disclosure(text) is None


def test_a_disclosure_is_found_between_other_things(understanding: Understanding) -> None:
    found = understanding.disclosure(
        "disculpe la demora maestra es que mi marido me pega cuando me ve con el teléfono ¿qué tarea dejaron hoy?"
    )
    assert found is not None
    assert found.category == "violence"


def test_what_is_disclosed_does_not_carry_her_words(understanding: Understanding) -> None:
    found = understanding.disclosure("ya no quiero vivir")
    assert found is not None
    assert "vivir" not in repr(found)
    assert 0.5 <= found.score <= 1


def test_one_message_is_encoded_once_for_every_question_about_it(small_model: Model) -> None:
    vectors = LetterVectors()
    understanding = Understanding(small_model, sentence_encoder=Encoder(vectors))
    text = "no tengo con quién dejar al niño"
    understanding.disclosure(text)
    understanding.intents(text)
    understanding.barriers(text)
    understanding.pathway(text)
    understanding.language(text)
    assert vectors.calls == 1


def test_several_barriers_come_from_one_text(small_model: Model) -> None:
    # few examples make timid classifiers: the project's thresholds are for the whole data
    lenient = replace(Thresholds.load(), barriers=dict.fromkeys(BARRIERS, -0.8))
    understanding = Understanding(small_model, thresholds=lenient, sentence_encoder=Encoder(LetterVectors()))
    assert {"care", "money"} <= understanding.barriers(
        "no tengo quien me cuide a los niños ni dinero para el pasaje"
    ).keys()


def test_a_saved_model_answers_as_before(small_model: Model, tmp_path: Path) -> None:
    small_model.save(tmp_path)
    loaded = Model.load(tmp_path)
    texts = ["quiero entrar", "me da pena preguntar"]
    vectors = LetterVectors().encode(texts)
    before, after = (model.read(texts, vectors) for model in (small_model, loaded))
    assert np.allclose(before.intents, after.intents, atol=1e-5)
    # the kernel's vectors are kept in half precision before and after alike
    assert np.allclose(before.alarm, after.alarm, atol=1e-5)


def test_rasa_and_the_service_share_one_copy(small_model: Model, tmp_path: Path) -> None:
    inside = tmp_path / "model" / "components" / "train_classifier"
    inside.mkdir(parents=True)
    small_model.save(inside)
    archive = tmp_path / "oportunidad.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        content.add(tmp_path / "model", arcname=".")
    assert Understanding.load(archive) is Understanding.load(inside)


@pytest.mark.parametrize("content", [b"", b"not an archive"], ids=["empty", "damaged"])
def test_a_model_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "oportunidad-0.tar.gz"
    path.write_bytes(content)
    with pytest.raises(UnderstandingMissing, match="oportunidad train"):
        Understanding.load(path)


def test_a_model_of_another_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text("{}", encoding="utf-8")
    archive = tmp_path / "other.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        content.add(tmp_path / "metadata.json", arcname="metadata.json")
    with pytest.raises(UnderstandingMissing, match=r"other\.tar\.gz"):
        Understanding.load(archive)
