"""A tiny understanding, for a model without the project's own component."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.text import fold


@dataclass(frozen=True)
class _Disclosure:
    category: str
    score: float = 1.0


class StubUnderstanding:
    def disclosure(self, text: str) -> _Disclosure | None:
        folded = fold(text)
        if "me pega" in folded or "hits me" in folded:
            return _Disclosure("violence")
        return _Disclosure("self_harm") if "quiero morir" in folded else None

    def language(self, text: str) -> str | None:
        words = set(fold(text).split())
        if words & {"hello", "the", "want", "please", "i"}:
            return "en"
        return "es" if words & {"hola", "quiero", "buenas", "el", "la"} else None
