"""Replies by example: what their files may say, and that it is of the questionnaires as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bootstrap import CATALOGUES
from bot.surveys.compile import compile_xlsform
from bot.surveys.files import survey_files
from bot.understanding import corpus
from bot.understanding.corpus import CorpusError


def write(root: Path, content: str, folder: str = "es/01") -> None:
    (root / folder).mkdir(parents=True)
    (root / folder / "replies.tsv").write_text(content, encoding="utf-8")


def test_a_line_has_a_question_its_choices_and_a_text(tmp_path: Path) -> None:
    write(
        tmp_path,
        "d_barriers.trans\tcost far\tqueda lejos y sale caro\nd_barriers.trans\t-\tlos camiones son azules\n",
    )
    write(tmp_path, "d_barriers.trans\tfar\ttwo hours away\n", "en/02")
    several, none, english = corpus.replies(tmp_path)
    assert (several.question, several.values) == ("d_barriers.trans", ("cost", "far"))
    assert (none.values, none.language, none.batch) == ((), "es", "01")
    assert (english.language, english.batch) == ("en", "02")


def test_they_teach_no_intent(tmp_path: Path) -> None:
    write(tmp_path, "d_barriers.trans\tfar\tqueda lejos\n")
    assert corpus.training(tmp_path) == []
    assert [path.name for path in corpus.files(tmp_path)] == ["replies.tsv"]  # yet a model must be made anew


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("d_barriers.trans far queda lejos", "tabs"),
        ("d_barriers.trans\tfar", "tabs"),
        ("trans\tfar\tqueda lejos", "trans"),
        ("d_barriers.trans\t- far\tqueda lejos", "- far"),
        ("d_barriers.trans\tfar far\tqueda lejos", "far far"),
        ("d_barriers.trans\t\tqueda lejos", "choices"),
    ],
)
def test_a_line_that_says_something_else_is_refused_with_its_place(
    tmp_path: Path, line: str, told: str
) -> None:
    write(tmp_path, f"d_barriers.trans\tfar\tdemasiado lejos\n{line}\n")
    with pytest.raises(CorpusError, match=r"replies\.tsv:2") as error:
        corpus.replies(tmp_path)
    assert told in str(error.value)


def test_every_line_is_of_a_question_and_of_choices_that_there_are() -> None:
    surveys = {
        name: compile_xlsform(file, catalogues=CATALOGUES) for name, file in survey_files("surveys").items()
    }
    unknown = []
    for example in corpus.replies():
        form, _, name = example.question.partition(".")
        question = surveys[form].by_name.get(name) if form in surveys else None
        choices = {c.name for c in surveys[form].lists.get(question.list_name, ())} if question else set()
        several = question is not None and question.type == "select_multiple"
        if (
            not choices >= set(example.values)
            or (len(example.values) > 1 and not several)
            or question is None
        ):
            unknown.append((example.batch, example.language, example.question, example.values))
    assert not unknown
