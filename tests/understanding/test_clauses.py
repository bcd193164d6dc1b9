from __future__ import annotations

import pytest

from bot.understanding.clauses import MOST, WINDOW, pieces, sentences


@pytest.mark.parametrize("text", ["", "no", "2", "Puebla", "sí, claro"])
def test_a_short_answer_is_one_piece(text: str) -> None:
    assert pieces(text) == [text]


def test_a_cry_for_help_between_other_things_is_a_piece_of_its_own() -> None:
    text = "perdón por la demora, anoche otra vez me corrió de la casa, qué tarea dejaron"
    assert "anoche otra vez me corrió de la casa" in pieces(text)


def test_dictated_speech_without_punctuation_is_read_in_overlapping_windows() -> None:
    words = [f"palabra{i}" for i in range(60)]
    found = pieces(" ".join(words))
    assert found[0] == " ".join(words)
    assert all(
        any(" ".join(words[i : i + WINDOW // 2]) in p for p in found[1:]) for i in range(60 - WINDOW // 2)
    )


def test_a_very_long_message_has_a_bounded_number_of_pieces() -> None:
    found = pieces(". ".join(f"frase número {i} del mensaje" for i in range(400)))
    assert len(found) <= MOST
    assert "399" in found[-1]


def test_sentences_end_where_she_ended_them() -> None:
    assert sentences("hola. ¿me ayudan? gracias") == ["hola", "¿me ayudan", "gracias"]
