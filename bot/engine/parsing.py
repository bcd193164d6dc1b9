"""Understanding alone: the trained pipeline without a conversation."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from rasa.core.agent import Agent

from bot.core.text import clean, is_payload
from bot.engine import patches
from bot.engine.agent import quiet_logs
from bot.engine.training import train
from bot.understanding.corpus import DISCLOSURES
from bot.understanding.ranking import without_disclosures


class Understanding(Protocol):
    def disclosure(self, text: str) -> Any: ...

    def language(self, text: str) -> str | None: ...


class ParseOnly:
    """The model of the present data, trained when there is none."""

    def __init__(self) -> None:
        quiet_logs()
        patches.apply()
        self._loop = asyncio.new_event_loop()
        self.model = train()
        self._agent = Agent.load(str(self.model))
        patches.apply_to(self._agent)

    def parse(self, text: str) -> dict[str, Any]:
        """Rasa's understanding of ``text``; a leading slash is never an intent."""
        result: dict[str, Any] = self._loop.run_until_complete(
            self._agent.parse_message(clean(text).lstrip("/ ") or ".")
        )
        return result

    def describe(self, text: str, understanding: Understanding) -> dict[str, Any]:
        """What ``oportunidad parse`` prints: the safety detector first, as in a conversation."""
        parsed = self.parse(text)
        intent = {
            "name": parsed["intent"]["name"],
            "confidence": round(float(parsed["intent"]["confidence"]), 4),
        }
        disclosed = understanding.disclosure(clean(text))
        if disclosed is not None:
            intent = {"name": DISCLOSURES[disclosed.category], "confidence": round(float(disclosed.score), 4)}
        elif intent["name"] in DISCLOSURES.values():
            ranking = without_disclosures((r["name"], r["confidence"]) for r in parsed["intent_ranking"])
            name, confidence = ranking[0] if ranking else ("out_of_scope", 0.0)
            intent = {"name": name, "confidence": round(confidence, 4)}
        entities = [{"entity": e["entity"], "value": e["value"]} for e in parsed.get("entities", [])]
        if is_payload(text) and disclosed is None:
            intent, entities = {"name": "out_of_scope", "confidence": 0.0}, []
        if intent["name"] == "nlu_fallback":
            intent["name"] = "out_of_scope"
        return {
            "text": text,
            "intent": intent,
            "entities": entities,
            "language": understanding.language(text),
        }
