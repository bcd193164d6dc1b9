"""The same dialogue without Rasa's machinery, for simulations of thousands of conversations.

This is no second dialogue engine: what leads to what is read from ``dialogues/rules``, the actions are the
registered ones of ``bot.actions``, and a form's step is the very function its validation action calls. What is
left here is the loop that Rasa's rule policy and form action play around them, and
``tests/simulation/test_direct.py`` holds whole conversations of both against each other. The service itself
never uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.actions.executor import ACTIONS
from bot.core.messages import Outbound
from bot.services.questionnaire import hold
from bot.services.say import say
from bot.services.turn import Effects, Turn, current

STEPS_AT_MOST = 10
"""predictions in one turn, as Rasa's own limit (MAX_NUMBER_OF_PREDICTIONS)"""
SUBMIT = "action_submit"
ANSWER = "answer"
UTTER = "utter_"


class RuleError(ValueError):
    """A rule that is more than one intent and one action; the message names file and rule."""


def load_rules(folder: Path) -> dict[str, str]:
    """Intent → action, from the rule files of a folder. Raises RuleError."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.yml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            steps: list[Mapping[str, Any]] = rule["steps"]
            if set(rule) - {"rule", "steps"} or [*map(set, steps)] != [{"intent"}, {"action"}]:
                raise RuleError(
                    f"{path.name}: {rule['rule']}: only rules of one intent and one action are played"
                )
            found[steps[0]["intent"]] = steps[1]["action"]
    return found


class DirectEngine:
    """An ``Engine`` of :mod:`bot.services.runner`. Where each form stands is kept in memory, turn by turn."""

    def __init__(self, rules: Mapping[str, str], turn: Callable[[], Turn] = current) -> None:
        self._rules = rules
        self._turn = turn
        self._open: dict[str, str] = {}
        self._before: tuple[str, str | None] | None = None

    def handle(self, sender_id: str, text: str, data: dict[str, object] | None) -> list[Outbound]:
        """One turn of the conversation. Raises what an action raises, LookupError for an intent without a rule."""
        intent = _intent(data)
        self._before = (sender_id, self._open.get(sender_id))
        said: list[Outbound] = []
        if sender_id not in self._open:
            said += self._act(sender_id, self._action(intent))
        for _ in range(STEPS_AT_MOST):
            form = self._open.get(sender_id)
            if form is None:
                break
            held = hold(self._turn(), form)
            said += held.messages
            if held.rejected or held.confirm:
                # the form gives the message back and the rule of its intent answers it
                said += self._act(sender_id, self._action(intent))
            elif held.question is None:
                del self._open[sender_id]
                said += self._act(sender_id, SUBMIT)
            else:
                break
        return said

    def committed(self) -> None:
        self._before = None

    def rolled_back(self) -> None:
        """The turn never was: her form stands where it stood."""
        if self._before is not None:
            sender_id, form = self._before
            if form is None:
                self._open.pop(sender_id, None)
            else:
                self._open[sender_id] = form
        self._before = None

    def open_forms(self) -> dict[str, str]:
        """Participant id → the questionnaire whose form is active."""
        return dict(self._open)

    def _action(self, intent: str) -> str:
        if intent not in self._rules:
            raise LookupError(f"no rule for the intent {intent}")
        return self._rules[intent]

    def _act(self, sender_id: str, action: str) -> list[Outbound]:
        turn = self._turn()
        effects = Effects([say(turn, action)]) if action.startswith(UTTER) else ACTIONS[action](turn)
        if effects.open is not None:
            self._open[sender_id] = effects.open
        elif effects.close:
            self._open.pop(sender_id, None)
        return effects.messages


def _intent(data: Mapping[str, Any] | None) -> str:
    return str(((data or {}).get("intent") or {}).get("name") or ANSWER)
