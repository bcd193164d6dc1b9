"""The pipeline's classifier: intents, barriers and pathways from one reading of the message.

Intents are learned from the training data that Rasa hands over, so that ``rasa test nlu --cross-validation``
judges them fairly. Barriers, pathways, disclosures and languages have labels that Rasa's format has no place
for; they are learned from ``nlu/`` directly, which is part of the component's fingerprint.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_CONFIDENCE,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import bot.engine  # noqa: F401  (before anything of Rasa: it settles the order of imports)
from bot.understanding import Understanding, UnderstandingMissing, corpus
from bot.understanding.model import fit

logger = logging.getLogger(__name__)

BARRIER = "barrier"
PATHWAY = "pathway"


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class UnderstandingClassifier(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Sets ``intent``, ``intent_ranking`` and the entities ``barrier`` and ``pathway``.

    Needs no tokenizer and no featurizer before it. ``ranking_length`` bounds the ranking, 0 keeps it whole.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"ranking_length": 10}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises ValueError for a ranking of negative length."""
        if int(config.get("ranking_length", 0)) < 0:
            raise ValueError("UnderstandingClassifier: ranking_length must be 0 or more")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """What it reads beside Rasa's training data."""
        return corpus.fingerprint()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        understanding: Understanding | None = None,
    ) -> None:
        self._ranking_length = int(config["ranking_length"])
        self._model_storage = model_storage
        self._resource = resource
        self._understanding = understanding

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> UnderstandingClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits every classifier and writes them into the model."""
        pairs = sorted({(m.get(TEXT), m.get(INTENT)) for m in training_data.intent_examples if m.get(TEXT)})
        if len({intent for _, intent in pairs}) < 2:
            logger.warning("fewer than two intents: UnderstandingClassifier is not trained")
            return self._resource
        fingerprint = f"{corpus.fingerprint()}-{training_data.fingerprint()}"
        model = fit(corpus.training(), fingerprint, intents=pairs, replies=corpus.replies())
        with self._model_storage.write_to(self._resource) as folder:
            model.save(folder)
        self._understanding = Understanding(model)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> UnderstandingClassifier:
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, Understanding.load(folder))
        except (ValueError, UnderstandingMissing):
            logger.warning("UnderstandingClassifier: this model was trained without examples")
            return cls(config, model_storage, resource)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._read(message)
        return messages

    def _read(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        ranking: list[dict[str, Any]] = []
        entities: list[dict[str, Any]] = []
        if self._understanding is not None:
            ranked = self._understanding.intents(text)[: self._ranking_length or None]
            ranking = [{"name": r.intent, PREDICTED_CONFIDENCE_KEY: r.confidence} for r in ranked]
            found = [(BARRIER, name) for name in self._understanding.barriers(text)]
            if pathway := self._understanding.pathway(text):
                found.append((PATHWAY, pathway))
            entities = [_entity(kind, value, text) for kind, value in found]
        best = ranking[0] if ranking else {"name": None, PREDICTED_CONFIDENCE_KEY: 0.0}
        message.set(INTENT, best, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(
            ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(entities), add_to_output=True
        )


def _entity(kind: str, value: str, text: str) -> dict[str, Any]:
    # what she says of herself is spread over the message: the entity is the whole of it
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_VALUE: value,
        ENTITY_ATTRIBUTE_START: 0,
        ENTITY_ATTRIBUTE_END: len(text),
        ENTITY_ATTRIBUTE_CONFIDENCE: 1.0,
    }
