"""The component inside Rasa's pipeline, without a training of the whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

import bot.engine  # noqa: F401
from bot.engine.nlu.classifier import UnderstandingClassifier
from bot.understanding import Understanding

DEFAULTS = UnderstandingClassifier.get_default_config()


def component(understanding: Understanding | None, folder: Path, **config: int) -> UnderstandingClassifier:
    return UnderstandingClassifier(
        {**DEFAULTS, **config}, LocalModelStorage(folder), Resource("it"), understanding
    )


def test_it_sets_intent_ranking_and_entities(understanding: Understanding, tmp_path: Path) -> None:
    message = Message({"text": "quiero poner mi propio negocio de comida"})
    component(understanding, tmp_path, ranking_length=3).process([message])
    assert message.get("intent") == message.get("intent_ranking")[0]
    assert len(message.get("intent_ranking")) == 3
    assert {e["entity"] for e in message.get("entities")} <= {"pathway", "barrier"}
    assert all(e["start"] == 0 and e["end"] == len(message.get("text")) for e in message.get("entities"))


def test_it_keeps_the_entities_of_other_components(understanding: Understanding, tmp_path: Path) -> None:
    message = Message({"text": "hola", "entities": [{"entity": "reply", "value": "1"}]})
    component(understanding, tmp_path).process([message])
    assert message.get("entities")[0] == {"entity": "reply", "value": "1"}


@pytest.mark.parametrize("text", [None, "", "🌸"])
def test_a_message_without_text_has_no_intent(
    understanding: Understanding, tmp_path: Path, text: str | None
) -> None:
    message = Message({"text": text})
    component(understanding, tmp_path).process([message])
    assert message.get("intent")["name"] is None
    assert message.get("intent_ranking") == []


def test_what_it_saved_it_loads(understanding: Understanding, tmp_path: Path) -> None:
    storage = LocalModelStorage(tmp_path)
    with storage.write_to(Resource("it")) as folder:
        understanding.model.save(folder)
    loaded = UnderstandingClassifier.load(DEFAULTS, storage, Resource("it"), None)  # type: ignore[arg-type]
    message = Message({"text": "gracias"})
    assert loaded.process([message])[0].get("intent_ranking")


def test_its_fingerprint_covers_the_files_that_rasa_does_not_read() -> None:
    assert UnderstandingClassifier.fingerprint_addon(DEFAULTS)


def test_a_ranking_of_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="ranking_length"):
        UnderstandingClassifier.validate_config({"ranking_length": -1})
