"""The engine of large simulations says what Rasa says: every golden conversation, word for word."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import golden
from support.golden import Script, goldens, script_of
from support.house import House

from bot.bootstrap import DIALOGUES
from bot.simulation.direct import DirectEngine, RuleError, load_rules

TALKED = Path(__file__).parents[1] / "conversations"
GOLDENS = goldens(TALKED)


class WithoutRasa(DirectEngine):
    """The direct engine where a house expects Rasa's: the model's parse, and no tracker to forget."""

    def __init__(self, rasa: Any) -> None:
        super().__init__(load_rules(DIALOGUES / "rules"))
        self.parse = rasa.parse
        self.store = SimpleNamespace(_hot={})


@pytest.fixture
def direct_house(
    engine: Any, understanding: Any, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    # the other tests put openings that Rasa held in place; this engine must hold them itself, and keep them to itself
    monkeypatch.setattr(golden, "_OPENED", {})
    shutil.copyfile(template, tmp_path / "direct.db")
    house = House(f"sqlite:///{tmp_path / 'direct.db'}", WithoutRasa(engine), understanding)  # type: ignore[arg-type]
    yield house
    house.close()


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_it_talks_as_rasa_does(path: Path, direct_house: House) -> None:
    written = path.read_text(encoding="utf-8")
    assert Script(direct_house).play(script_of(written)) == written


def test_the_rules_of_the_service_can_all_be_played() -> None:
    rules = load_rules(DIALOGUES / "rules")
    assert rules["ask_cost"].startswith(("utter_", "action_")) and len(rules) > 30


@pytest.mark.parametrize(
    "steps",
    [
        "[{intent: greet}, {action: utter_hi}, {action: utter_more}]",
        "[{action: utter_hi}]",
        "[{intent: greet}, {checkpoint: later}]",
    ],
)
def test_it_refuses_a_rule_that_it_cannot_play(steps: str, tmp_path: Path) -> None:
    (tmp_path / "new.yml").write_text(f"rules: [{{rule: says hello, steps: {steps}}}]", encoding="utf-8")
    with pytest.raises(RuleError, match=r"new\.yml: says hello"):
        load_rules(tmp_path)


def test_a_turn_that_never_was_leaves_her_form_where_it_stood() -> None:
    engine = DirectEngine({}, turn=lambda: None)  # type: ignore[arg-type, return-value]
    engine._open["rosa"] = "b_profile"
    with pytest.raises(LookupError):
        engine._before = ("rosa", "b_profile")
        del engine._open["rosa"]
        engine._action("greet")
    engine.rolled_back()
    assert engine.open_forms() == {"rosa": "b_profile"}
    engine._before = ("ana", None)
    engine._open["ana"] = "a_consent"
    engine.rolled_back()
    assert engine.open_forms() == {"rosa": "b_profile"}
    engine._before = ("rosa", None)
    engine.committed()
    engine.rolled_back()
    assert engine.open_forms() == {"rosa": "b_profile"}
