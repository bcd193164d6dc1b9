"""Options as Rasa button payloads, and back. Only a tap carries one; typed text never does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.messages import Option, Outbound


def payload(means: Mapping[str, str]) -> str:
    """``{"intent": "resume"}`` → ``/resume``; an answer → ``/answer{"survey": …, "reply": …}``."""
    if "intent" in means:
        return f"/{means['intent']}"
    return "/answer" + json.dumps(dict(means), ensure_ascii=False)


def means(text: str) -> dict[str, str]:
    """What a payload stands for; the inverse of :func:`payload`."""
    name, brace, rest = text.removeprefix("/").partition("{")
    return {str(k): str(v) for k, v in json.loads(brace + rest).items()} if brace else {"intent": name}


def buttons(options: Iterable[Option]) -> list[dict[str, str]]:
    """Rasa's shape of the options."""
    return [{"title": o.title, "payload": payload(o.means)} for o in options]


def outbound(message: Mapping[str, Any]) -> Outbound:
    """A message that Rasa's collecting channel holds, as ours."""
    options = tuple(Option(b["title"], means(b["payload"])) for b in message.get("buttons") or ())
    extra = message.get("custom") or {}
    return Outbound(
        text=message.get("text") or extra.get("text", ""),
        options=options,
        ask_contact=bool(extra.get("ask_contact")),
        ask_location=bool(extra.get("ask_location")),
    )


def parse_data(
    text: str, intent: str, entities: Mapping[str, str] | None = None, confidence: float = 1.0
) -> Any:
    """What Rasa's understanding would return, for a message that was understood before it."""
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": intent, "confidence": confidence}],
        "entities": [
            {"entity": k, "value": v, "start": 0, "end": len(text)} for k, v in (entities or {}).items()
        ],
    }
