"""AUDIO is promised in the texts: a person reads it to her, once, in both languages."""

from __future__ import annotations

import pytest
from support.golden import play_opening
from support.talk import Woman, texts

from bot.store.tables import HandOver


@pytest.mark.parametrize("word", ["AUDIO", "no sé leer", "listen"])
def test_a_person_is_told_once_and_the_question_comes_back(ana: Woman, word: str) -> None:
    play_opening(ana, "consent")
    for _ in range(2):
        said = texts(ana.say(word))
        assert "de viva voz" in said and "¿Cómo quieres que te llame?" in said
    rows = ana.house.rows(HandOver, participant_id=ana.participant.id)
    assert [(row.reason, row.state) for row in rows] == [("audio", "open")]
    assert not ana.answers("b_profile")
