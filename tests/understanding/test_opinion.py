from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import corpus, safety
from bot.understanding.model import Readings
from bot.understanding.opinion import BOUND, Opinion, Said, left_out, opinion
from bot.understanding.patterns import Patterns
from bot.understanding.thresholds import Thresholds
from tests.understanding.test_understanding import HOSTILE

LABELS = ("self_harm", "violence")
THRESHOLDS, PATTERNS = Thresholds.load(), Patterns.load()
REACH = safety.OPINION_WEIGHT * BOUND
CALM = "quiero aprender a coser"


def readings(*over: float) -> Readings:
    """Of the whole and its pieces, each so far over the threshold."""
    alarm = np.array(over) + THRESHOLDS.disclosure
    alarm[1:] += safety.PIECE_HANDICAP
    none = np.zeros((1, 1), dtype=np.float32)
    return Readings(none, none, none, none, alarm, np.tile([1.0, 0.0], (len(over), 1)))


def judged(over: float, said: Said, text: str = CALM) -> tuple[safety.Disclosure | None, list[str]]:
    asked: list[str] = []

    def ask(about: str) -> Said:
        asked.append(about)
        return said

    return safety.judge(text, readings(over), LABELS, PATTERNS, THRESHOLDS, ask), asked


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("desde que vivo con él aprendí a caminar sin hacer ruido", "violence"),
        ("me revisa el celular y si no contesto se pone como loco", "violence"),
        ("i keep the car keys in my sock in case he starts again", "violence"),
        ("a veces pienso que todos estarían mejor si yo no estuviera", "self_harm"),
        ("mi niña dice que quisiera dormirse y ya no despertar", "self_harm"),
    ],
)
def test_it_hears_what_is_only_hinted_at(text: str, category: str) -> None:
    said = opinion()(text)
    assert said.alarm > 1
    assert ("violence" if said.violence >= 0 else "self_harm") == category


@pytest.mark.parametrize(
    "text",
    [
        "me muero de risa con tus mensajes",
        "ya no puedo más con los trámites",
        "mi hijo le pega a la pelota todo el día",
        "mi marido trabaja de noche y yo cuido a los niños",
        "i'm killing it with my sales",
        "hola",
    ],
)
def test_it_lets_pass_what_only_sounds_so(text: str) -> None:
    assert opinion()(text).alarm < -1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_gets_a_bounded_answer(text: str) -> None:
    from bot.understanding.normalise import normalise

    said = opinion()(normalise(text))
    assert -BOUND <= said.alarm <= BOUND
    assert math.isfinite(said.violence)


@given(over=st.floats(-6, 6), alarm=st.floats(-BOUND, BOUND))
def test_it_is_asked_only_where_it_can_change_the_verdict(over: float, alarm: float) -> None:
    disclosure, asked = judged(over, Said(alarm, 1.0))
    together = over + safety.OPINION_WEIGHT * alarm
    if over > REACH + 1e-6 or over < safety.ASKED_FROM - 1e-6:
        assert not asked
        assert (disclosure is not None) == (over > 0)
    elif abs(together) > 1e-6 and safety.ASKED_FROM + 1e-6 < over < REACH - 1e-6:
        assert asked
        assert (disclosure is not None) == (together > 0)


@pytest.mark.parametrize(("violence", "category"), [(6.0, "violence"), (2.0, "self_harm")])
def test_both_together_say_which_it_is(violence: float, category: str) -> None:
    heard, _ = judged(0.1, Said(BOUND, violence))  # the readings above lean to self-harm by one
    assert heard is not None
    assert heard.category == category


def test_where_it_is_not_asked_it_does_not_say_which() -> None:
    heard, asked = judged(REACH + 1, Said(BOUND, 6.0))
    assert not asked
    assert heard is not None
    assert heard.category == "self_harm"


def test_of_a_long_message_it_reads_the_piece_that_cries_loudest() -> None:
    long = ", ".join(
        ["fui a la feria y compré manzanas y también unas peras muy ricas"] * 8 + ["me quiero morir"]
    )
    from bot.understanding.clauses import pieces

    parts = pieces(long)
    over = [-3.0] * len(parts)
    over[-1] = 0.1
    asked: list[str] = []

    def ask(about: str) -> Said:
        asked.append(about)
        return Said(0.0, 0.0)

    safety.judge(long, readings(*over), LABELS, Patterns([]), THRESHOLDS, ask)
    assert asked == [parts[-1]]


def test_the_latest_answers_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    short = Opinion(kept=2)
    monkeypatch.setattr(short, "_ask", lambda text: asked.append(text) or Said(1.0, 0.0))
    for text in ("a", "b", "a", "c", "a", "b"):
        short(text)
    assert asked == ["a", "b", "c", "b"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"opinion\.onnx|pieces\.model"):
        Opinion(tmp_path)("hola")


def test_the_batches_left_out_of_its_training_are_there_and_hold_look_alikes() -> None:
    judged_on = [e for e in corpus.training() if e.batch in left_out() and e.kind == "safety"]
    assert {e.batch for e in judged_on} == left_out()
    assert sum(e.disclosure == "none" for e in judged_on) >= 300
