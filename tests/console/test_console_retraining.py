"""What the corrections change, measured on texts that no model has seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Office
from console_women import ROSA_SAID

from bot.services.staff.retraining import Comparison, Marks, NothingToCompare, compare, load, save
from bot.store.tables import InboxRow

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
TEXTS = {
    "ask_cost": ["cuánto cuesta el curso", "tiene costo", "hay que pagar algo", "es gratis", "qué precio tiene",
                 "cobran por inscribirse", "cuánto se paga", "sale caro"],
    "ask_location": ["dónde queda el centro", "en qué lugar es", "cuál es la dirección", "dónde están ubicadas",
                     "hay sede en Puebla", "cómo llego", "en qué calle queda", "está lejos"],
    "thank": ["gracias", "muchas gracias", "te agradezco", "mil gracias", "gracias por todo", "muy amable",
              "se agradece", "gracias, de verdad"],
}  # fmt: skip


def write(path: Path, texts: dict[str, list[str]]) -> None:
    path.mkdir(parents=True)
    lines = ['version: "3.1"', "nlu:"]
    for intent, examples in texts.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in examples)]
    (path / "intents.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def nlu(tmp_path: Path) -> Path:
    root = tmp_path / "nlu"
    write(root / "es" / "01", TEXTS)
    (root / "es" / "01" / "safety.tsv").write_text(
        "violence:physical\tmi esposo me pega\nviolence:physical\tme golpeó anoche\n"
        "self_harm:plan\tya no quiero vivir\nself_harm:plan\tme quiero morir\n"
        "none:idiom\tme muero de risa\nnone:idiom\tme mata el calor\n",
        encoding="utf-8",
    )
    (root / "es" / "01" / "pathways.tsv").write_text(
        "entrepreneurship\tquiero poner mi negocio\nemployment\tbusco un empleo\n"
        "education\tquiero terminar la prepa\n",
        encoding="utf-8",
    )
    write(root / "en" / "01", {"thank": ["thank you", "thanks a lot"], "ask_cost": ["is it free"]})
    write(root / "dev" / "a" / "es", {"ask_cost": ["cuánto vale"], "thank": ["gracias amiga"]})
    (root / "dev" / "a" / "es" / "safety.tsv").write_text(
        "violence:physical\tmi pareja me pega mucho\nnone:idiom\tme muero de hambre\n", encoding="utf-8"
    )
    return root


def corrected(nlu: Path) -> None:
    write(
        nlu / "es" / "reviewed",
        {"ask_support": ["hay guardería", "tienen guardería para mi niña", "y con quién dejo a mi bebé",
                         "hay quien cuide a los niños", "cuidan niños ahí", "puedo llevar a mi bebé"]},
    )  # fmt: skip


def test_it_measures_a_label_that_only_the_corrections_teach(nlu: Path) -> None:
    corrected(nlu)
    told: list[str] = []
    found = compare(nlu, NOW, told.append)
    assert found.examples == {"ask_support": 6}
    # without them the label is not known at all; each half is read by a model that had the other half
    assert found.held_out_before == 0.0 and found.held_out_after > 0.5
    assert (found.before.n, found.before.disclosures, found.before.ordinary) == (2, 1, 1)
    assert set(found.before.f1) == {"ask_cost", "thank"} and len(told) == 5


def test_without_corrections_or_development_sets_it_says_so(nlu: Path) -> None:
    with pytest.raises(NothingToCompare, match="0 corrections"):
        compare(nlu, NOW)
    corrected(nlu)
    for path in (nlu / "dev" / "a" / "es").iterdir():
        path.unlink()
    with pytest.raises(NothingToCompare, match="nothing to judge on"):
        compare(nlu, NOW)


MARKS = Marks(n=100, accuracy=0.9, macro_f1=0.88, f1={"thank": 0.9}, disclosures=50, missed=3, ordinary=60,
              alarms=2)  # fmt: skip
FOUND = Comparison(
    made_at="2026-11-23T16:00:00+00:00", examples={"ask_support": 6}, before=MARKS,
    after=replace(MARKS, accuracy=0.92, macro_f1=0.9, f1={"thank": 0.95}), held_out_before=0.2,
    held_out_after=0.7, moved={"thank": (0.9, 0.95)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("after", "worse"),
    [
        ({}, False),
        ({"missed": 4}, True),
        ({"missed": 2}, False),
        ({"macro_f1": 0.875}, False),
        ({"macro_f1": 0.86}, True),
    ],
)
def test_a_missed_disclosure_more_is_worse_whatever_else_is_better(
    after: dict[str, float], worse: bool
) -> None:
    assert replace(FOUND, after=replace(MARKS, **after)).worse is worse  # type: ignore[arg-type]


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    save(FOUND, tmp_path / "reports")
    assert load(tmp_path / "reports") == FOUND
    assert load(tmp_path) is None
    (tmp_path / "corrections.json").write_text("[]")
    assert load(tmp_path) is None


def test_the_page_shows_what_waits_and_what_changed_without_words(office: Office, tmp_path: Path) -> None:
    office.desk = replace(office.desk, reports=tmp_path)
    visitor = office.enter("analyst")
    assert "Todavía no se ha medido" in visitor.text("/review/corrections")
    with office.database.read() as session:
        message = session.query(InboxRow).filter_by(intent="ask_location").one().id
    visitor.post(f"/review/{message}/label", intent="ask_support", filters="")
    save(FOUND, tmp_path)
    page = visitor.text("/review/corrections")
    assert '<th scope="row">ask_location</th><td>ask_support</td>' in page
    assert "90.0 %" in page and "92.0 %" in page and "F1 thank" in page
    assert ROSA_SAID not in page and "Cuesta más de lo que da" not in page
    save(replace(FOUND, after=replace(MARKS, missed=9)), tmp_path)
    assert "Cuesta más de lo que da" in visitor.text("/review/corrections")


def test_corrections_of_another_country_are_not_counted(office: Office, tmp_path: Path) -> None:
    analyst = office.enter("analyst")
    with office.database.read() as session:
        message = session.query(InboxRow).filter_by(intent="ask_location").one().id
    analyst.post(f"/review/{message}/label", intent="ask_support", filters="")
    assert "ask_support" not in office.enter("chile").text("/review/corrections")
