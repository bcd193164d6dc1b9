from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.normalise import Normaliser, normalise


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("K onda", "que onda"),
        ("xq no kieren", "porque no quieren"),
        ("dnd keda la sede xfa", "dónde queda la sede por favor"),
        ("toy en la micro pa la pega", "estoy en la micro para la pega"),
        ("holaaaaa", "hola"),
        ("nooooo!!!!", "no!"),
        ("la calle llena", "la calle llena"),
        ("tengo 1000000 de deudas", "tengo 1000000 de deudas"),
        ("a las 6pm", "a las 6pm"),
        ("👍🏽", "sí ok"),
        ("🙏🏾", "gracias por favor"),
        ("jajajajaja ya", "jaja ya"),
        ("m1 mar1do", "m1 marido"),
        ("i dont know", "i don't know"),
        ("u there pls", "you there please"),
        ("x favor", "por favor"),
        ("🌸", ""),
        ("\u200b\u202e \ufeff", ""),
    ],
)
def test_it_spells_out_what_is_typed(typed: str, normal: str) -> None:
    assert normalise(typed).casefold() == normal.casefold()


@given(st.text(max_size=300))
def test_it_is_settled_after_any_text(text: str) -> None:
    normal = normalise(text)
    assert normal == normal.strip()
    assert "\n" not in normal


@pytest.mark.parametrize("typed", ["q me dices, xq no", "ke tal", "tb kiero", "pls dont"])
def test_it_leaves_nothing_to_spell_out(typed: str) -> None:
    assert normalise(normalise(typed)) == normalise(typed)


def test_it_refuses_a_table_whose_value_is_not_text(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "normalise.yml"
    path.write_text("words: {nop: no}\nphrases: {}\nemoji: {}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="words"):
        Normaliser.load(path)
