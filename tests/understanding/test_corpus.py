from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding import corpus
from bot.understanding.corpus import BARRIERS, PATHWAYS, CorpusError


def batch(root: Path, folder: str, **files: str) -> None:
    place = root / folder
    place.mkdir(parents=True)
    for name, content in files.items():
        suffix = "yml" if name == "intents" else "tsv"
        (place / f"{name}.{suffix}").write_text(content, encoding="utf-8")


INTENTS = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - buenas\n    - hola\n'


def test_it_never_trains_on_the_development_sets(tmp_path: Path) -> None:
    batch(tmp_path, "es/01", intents=INTENTS)
    batch(tmp_path, "dev/a/es", intents=INTENTS.replace("hola", "apartado"))
    assert {e.text for e in corpus.training(tmp_path)} == {"buenas", "hola"}
    assert {e.text for e in corpus.development(tmp_path)} == {"buenas", "apartado"}


def test_the_projects_own_training_data_holds_no_folder_of_the_development_sets() -> None:
    assert not [p for p in corpus.files() if "dev" in p.relative_to(corpus.NLU).parts]
    assert {e.batch for e in corpus.training()}.isdisjoint({e.batch for e in corpus.development()})


def test_every_line_of_the_projects_data_has_a_known_label() -> None:
    examples = corpus.training()
    assert {e.pathway for e in examples} - {None} == set(PATHWAYS)
    assert {b for e in examples for b in e.barriers or ()} == set(BARRIERS)
    assert {e.disclosure for e in examples} == {"violence", "self_harm", "none"}


def test_it_reads_several_barriers_from_one_line(tmp_path: Path) -> None:
    batch(tmp_path, "es/01", barriers="care money\tni guardería ni pasaje\n-\tme encanta todo\n")
    told, nothing = corpus.training(tmp_path)
    assert (told.barriers, told.intent) == ({"care", "money"}, "tell_barrier")
    assert (nothing.barriers, nothing.intent) == (frozenset(), None)


def test_a_barrier_of_violence_is_a_disclosure(tmp_path: Path) -> None:
    batch(tmp_path, "es/01", barriers="violence time\tno me suelta ni un minuto, me da miedo\n")
    assert corpus.training(tmp_path)[0].intent == "disclose_violence"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("barriers", "care sin tabulador\n", "barriers.tsv:1"),
        ("barriers", "care hambre\tno hay\n", "hambre"),
        ("safety", "grave:mucho\ttexto\n", "grave:mucho"),
        ("pathways", "deporte\tfutbol\n", "deporte"),
        ("intents", "nlu:\n- intent: greet\n  examples: |\n    hola\n", "greet"),
    ],
)
def test_it_names_what_cannot_be_read(tmp_path: Path, name: str, content: str, told: str) -> None:
    batch(tmp_path, "es/01", **{name: content})
    with pytest.raises(CorpusError, match=told):
        corpus.training(tmp_path)


def test_the_fingerprint_changes_with_a_label(tmp_path: Path) -> None:
    batch(tmp_path, "es/01", barriers="care\tla niña\n")
    before = corpus.fingerprint(tmp_path)
    (tmp_path / "es/01/barriers.tsv").write_text("time\tla niña\n", encoding="utf-8")
    assert corpus.fingerprint(tmp_path) != before
