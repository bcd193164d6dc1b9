"""Responses from our message catalogue: Rasa asks for ``utter_…``, the turn says it in her language.

A natural-language generator is a supported seam of Rasa. With it a text is edited in
``dialogues/messages/`` and needs no training, and one key serves every language and country.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

from bot.core.messages import Outbound
from bot.core.payloads import buttons


class CatalogueGenerator(NaturalLanguageGenerator):
    """``say`` renders a catalogue key for the turn under way."""

    def __init__(self, say: Callable[[str], Outbound]) -> None:
        self._say = say

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        message = self._say(utter_action)
        return {"text": message.text, "buttons": buttons(message.options)}
