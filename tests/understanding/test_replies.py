"""Replies by example: their data, the machines, what is made of their scores."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.bootstrap import DIALOGUES
from bot.reading import open_question
from bot.understanding import corpus
from bot.understanding.corpus import CorpusError, Example, ReplyExample
from bot.understanding.encoder import encode_corpus
from bot.understanding.normalise import normalise
from bot.understanding.replies import Calibration, Replies, Scores, interrupts

TODAY = date(2026, 11, 27)
QUESTION = "d_barriers.care_cover"
COVERED = (
    ("yes", "mi mamá me los cuida siempre"),
    ("yes", "se quedan con su abuela toda la mañana"),
    ("yes", "mi hermana los ve mientras estudio"),
    ("no", "no tengo con quién dejarlos"),
    ("no", "estoy sola con los niños, nadie me los ve"),
    ("no", "aquí no conozco a nadie que los cuide"),
    ("", "el pan sale a las seis"),
    ("", "hoy llovió mucho"),
)
WISHES = (
    "cuánto cuesta el curso",
    "quiero hablar con una persona",
    "dónde queda la sede",
    "ya no me escriban",
)


@pytest.fixture(scope="module")
def small() -> Replies:
    """Machines for one question, from a handful of examples."""
    examples = [
        ReplyExample(text, "es", "28", QUESTION, (value,) if value else ()) for value, text in COVERED
    ]
    return Replies.fit(examples, [Example(text, "es", "01", "intents", intent="ask_cost") for text in WISHES])


def _read(machines: Replies, text: str) -> Scores:
    normal = normalise(text)
    return machines.read(normal, encode_corpus([normal])[0], QUESTION)


def test_every_example_names_a_question_and_choices_of_the_questionnaires() -> None:
    shown: dict[str, frozenset[str] | None] = {}
    for example in corpus.replies():
        form, _, name = example.question.partition(".")
        if example.question not in shown:
            country = "CL" if name.endswith("_cl") else "MX"
            opened, _, asked = open_question(DIALOGUES / "surveys" / f"{form}.md", name, country, "es", TODAY)
            shown[example.question] = frozenset(choice.value for choice in opened.asked.choices)
            assert asked.type in ("select_one", "select_multiple"), example.question
        unknown = set(example.values) - (shown[example.question] or frozenset())
        assert not unknown, f"{example.batch}: {example.question}: {unknown} in {example.text!r}"


def test_several_writers_wrote_of_every_question_in_both_languages() -> None:
    writers = Counter(
        (question, language)
        for question, language, _ in {(e.question, e.language, e.batch) for e in corpus.replies()}
    )
    assert min(writers.values()) >= 4


def test_the_first_of_two_alike_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "es" / "28"
    folder.mkdir(parents=True)
    (folder / "replies.tsv").write_text(
        "f.q\tyes\tclaro\nf.q\tno\tclaro\nf.q\t-\tquién sabe\n", encoding="utf-8"
    )
    assert [(e.values, e.text) for e in corpus.replies(tmp_path)] == [(("yes",), "claro"), ((), "quién sabe")]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("f.q\tyes", "with tabs between them"),
        ("fq\tyes\tclaro", "form.question"),
        ("f.q\tyes -\tclaro", "choices once each"),
        ("f.q\tyes yes\tclaro", "choices once each"),
        ("f.q\t\tclaro", "choices once each"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    folder = tmp_path / "es" / "28"
    folder.mkdir(parents=True)
    (folder / "replies.tsv").write_text(f"# a note\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"replies\.tsv:2") as raised:
        corpus.replies(tmp_path)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("me los cuida mi mamá en la mañana", "yes"), ("nadie me los puede ver, estoy sola", "no")],
)
def test_a_reply_is_read_by_its_likeness(small: Replies, text: str, value: str) -> None:
    scores = _read(small, text)
    best = max(zip(scores.scores, scores.choices, strict=True))[1]
    assert best == value
    assert max(scores.scores) > max(scores.vague, scores.aside)


def test_a_wish_looks_like_an_aside(small: Replies) -> None:
    scores = _read(small, "cuánto cuesta")
    assert scores.aside > max(scores.scores)


def test_saved_and_loaded_they_say_the_same(small: Replies, tmp_path: Path) -> None:
    small.save(tmp_path)
    again = Replies.load(tmp_path)
    for _, text in COVERED:
        before, after = _read(small, text), _read(again, text)
        assert after.choices == before.choices
        assert np.allclose(after.scores, before.scores, atol=0.01)
    assert again.questions == {QUESTION}


def test_without_examples_there_are_no_machines(tmp_path: Path) -> None:
    none = Replies.fit([], [])
    none.save(tmp_path)
    assert Replies.load(tmp_path).questions == frozenset()
    assert none.aside("hola", np.zeros(512, dtype=np.float32)) == 0.0


CALIBRATION = Calibration(0.3, (10.0, -8.0, -2.0, 0.0, 0.0), (-6.0, -12.0, -2.0, 7.0, -2.0), (3.0, 0.0))


def test_a_clear_lead_is_sure_and_a_narrow_one_is_not() -> None:
    clear = CALIBRATION.meaning(Scores(("yes", "no"), (0.9, 0.0), 0.0, 0.0, several=False))
    narrow = CALIBRATION.meaning(Scores(("yes", "no"), (0.5, 0.45), 0.1, 0.0, several=False))
    assert clear.values == narrow.values == ("yes",)
    assert clear.confidence > 0.9 > 0.8 > narrow.confidence


def test_several_are_chosen_only_where_several_are_welcome_and_none_stands_alone() -> None:
    scores = (0.6, 0.5, 0.4)
    several = Scores(("care", "money", "none"), scores, 0.0, 0.0, several=True)
    assert CALIBRATION.chosen(several) == ("care", "money")
    one = Scores(("care", "money", "none"), scores, 0.0, 0.0, several=False)
    assert CALIBRATION.chosen(one) == ("care",)
    alone = Scores(("none", "care", "money"), scores, 0.0, 0.0, several=True)
    assert CALIBRATION.chosen(alone) == ("none",)


def test_a_malformed_calibration_is_named(tmp_path: Path) -> None:
    path = tmp_path / "replies.yml"
    path.write_text("several: 0.3\nright: [1]\naside: [1]\nanywhere: [1, 2]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"replies\.yml: right and aside"):
        Calibration.load(path)
    path.write_text("several: 0.3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"replies\.yml: missing"):
        Calibration.load(path)


def test_answers_and_disclosures_do_not_interrupt() -> None:
    def said(intent: str) -> Example:
        return Example("x", "es", "01", "intents", intent=intent)

    assert interrupts(said("ask_cost")) and interrupts(said("stop"))
    assert not interrupts(said("affirm")) and not interrupts(said("disclose_violence"))
