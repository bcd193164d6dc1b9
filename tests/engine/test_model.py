"""The model: trained once, refused when it cannot work, and every action of the domain is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.actions import build_executor
from bot.surveys.files import survey_names


@pytest.fixture
def training(engine: Any) -> Any:
    from bot.engine import training

    return training


def test_it_does_not_train_again_when_nothing_changed(training: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "rasa_train", None)
    assert training.train() == training.model_path()


def test_the_wording_of_questions_and_messages_is_no_training_data(training: Any) -> None:
    read = {path.relative_to(training.ROOT).as_posix() for path in training.inputs()}
    assert not [
        path
        for path in read
        if path.startswith(("dialogues/surveys", "dialogues/messages", "dialogues/facts"))
    ]
    assert {"config.yml", "dialogues/domain.yml", "dialogues/rules/journey.yml"} <= read
    assert any(path.startswith("nlu/es/") for path in read) and any(
        path.startswith("nlu/en/") for path in read
    )
    assert not [path for path in read if path.startswith("nlu/dev/")], (
        "the development sets are never trained on"
    )


@pytest.mark.parametrize(
    "component", ["DIETClassifier", "rasa.nlu.classifiers.diet_classifier.DIETClassifier"]
)
def test_it_refuses_a_pipeline_that_needs_tensorflow(
    component: str, training: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bot.engine.tensorflow_free import TensorFlowMissing

    config = tmp_path / "config.yml"
    config.write_text(yaml.safe_dump({"pipeline": [{"name": "WhitespaceTokenizer"}, {"name": component}]}))
    monkeypatch.setattr(training, "CONFIG", config)
    monkeypatch.setattr(training, "model_path", lambda: tmp_path / "none.tar.gz")
    with pytest.raises(TensorFlowMissing, match="DIETClassifier needs TensorFlow"):
        training.train()


def test_a_training_that_fails_leaves_no_model(
    training: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(training, "MODELS", tmp_path)

    def killed(*args: Any, output: str, fixed_model_name: str, **more: Any) -> None:
        (Path(output) / f"{fixed_model_name}.tar.gz").write_bytes(b"half a model")
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "rasa_train", killed)
    with pytest.raises(KeyboardInterrupt):
        training.train()
    assert list(tmp_path.rglob("*.tar.gz")) == []


def test_it_says_which_model_cannot_be_loaded(engine: Any, tmp_path: Path) -> None:
    from bot.engine.agent import DialogueEngine, EngineError

    broken = tmp_path / "oportunidad-0.tar.gz"
    broken.write_bytes(b"no archive")
    with pytest.raises(EngineError, match=r"oportunidad-0\.tar\.gz.*Run: oportunidad train"):
        DialogueEngine(broken, build_executor([]), session=None, now=None, say=None)  # type: ignore[arg-type]


def test_every_action_of_the_domain_is_registered_and_every_registered_one_is_used(engine: Any) -> None:
    domain = engine._agent.domain
    registered = set(build_executor(survey_names()).actions)
    wanted = {name for name in domain.user_actions if name.startswith(("action_", "validate_"))}
    assert wanted <= registered
    assert registered - {"action_session_start"} <= wanted


def test_every_intent_leads_somewhere(engine: Any) -> None:
    """An intent without a rule would be answered by the fallback alone."""
    rules = Path(__file__).resolve().parents[2] / "dialogues" / "rules"
    named = {
        step["intent"]
        for path in rules.glob("*.yml")
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
        for step in rule["steps"]
        if "intent" in step
    }
    builtin = {"back", "restart", "session_start", "nlu_fallback"}
    assert set(engine._agent.domain.intents) - builtin - named == set()


@pytest.mark.parametrize(
    ("typed", "handed_on"),
    [("/restart", "restart"), ("//x", "x"), ("/", "."), ("hola / adiós", "hola / adiós")],
)
def test_no_typed_slash_reaches_rasa(typed: str, handed_on: str) -> None:
    from bot.engine.agent import _neutral

    assert _neutral(typed) == handed_on
