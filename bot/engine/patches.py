"""What makes Rasa 3.6.21 cheap enough: removals from a frozen release, each with its reason.

Nothing here changes what Rasa decides or stores; ``tests/engine/test_parity.py`` holds whole conversations
with and without and compares texts, buttons and stored events. ``benchmarks/turn.py`` reports what they buy.
Pinned: :func:`apply` refuses another version of Rasa.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

import rasa
import rasa.core.actions.action as rasa_action
import rasa.core.actions.forms as rasa_forms
import rasa.core.nlg.interpolator as rasa_interpolator
import rasa.core.policies.rule_policy as rasa_rule_policy
import rasa.core.processor as rasa_processor
import rasa.shared.core.events as rasa_events
from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.interface import GraphRunner
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

PINNED = "3.6.21"
_applied = False


def apply() -> None:
    """Patch the classes, once a process. Raises RuntimeError for a Rasa other than the pinned one."""
    global _applied
    if rasa.__version__ != PINNED:
        raise RuntimeError(f"bot.engine.patches knows Rasa {PINNED}, found {rasa.__version__}")
    if _applied:
        return
    _applied = True
    _check_action_results_cheaply()
    _resolve_event_types_once()
    _copy_trackers_by_structure()
    _no_session_replay()
    _no_deepcopy_for_debug_logs()
    _send_actions_this_turn_only()


def apply_to(agent: Agent) -> None:
    """Run the agent's graph directly: Dask plans each message anew (12 % of a turn)."""
    processor = agent.processor
    if processor is not None:
        processor.graph_runner = DirectRunner(processor.graph_runner)  # type: ignore[assignment]


def _check_action_results_cheaply() -> None:
    # 60 % of a stock turn: jsonschema compiles and checks its own schema for every action result
    def check(self: Any, result: Any) -> bool:
        if not isinstance(result, dict):
            raise ValueError("an action returned no object")
        events, responses = result.get("events") or (), result.get("responses") or ()
        if not all(isinstance(e, dict) and isinstance(e.get("event"), str) for e in events):
            raise ValueError("an action returned an event without a type")
        if not all(isinstance(r, dict) for r in responses):
            raise ValueError("an action returned a response that is no object")
        return True

    rasa_action.RemoteAction._validate_action_result = check


def _resolve_event_types_once() -> None:
    # half of a tracker load: all subclasses of Event are walked for every stored event
    original = rasa_events.Event.resolve_by_type
    rasa_events.Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(original))


def _copy_trackers_by_structure() -> None:
    # tracker.copy() replays the whole session, once an action; forms do the same for their look-ahead
    def structural_copy(self: DialogueStateTracker) -> DialogueStateTracker:
        twin = copy.copy(self)
        twin.events = copy.copy(self.events)
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        return twin

    def look_ahead(
        self: Any, tracker: DialogueStateTracker, additional: list[Event], domain: Domain
    ) -> DialogueStateTracker:
        twin = tracker.copy()
        for event in [
            SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(tracker)),
            ActionExecuted(self.name()),
            *additional,
        ]:
            twin.update(event, domain)
        return twin

    DialogueStateTracker.copy = structural_copy
    rasa_forms.FormAction._temporary_tracker = look_ahead


def _no_session_replay() -> None:
    # our store bounds sessions itself (session_expiration_time: 0), so only a new person needs Rasa's check
    original = MessageProcessor._update_tracker_session

    async def update(self: Any, tracker: DialogueStateTracker, channel: Any, metadata: Any = None) -> None:
        if tracker.events and not self.domain.session_config.are_sessions_enabled():
            return
        await original(self, tracker, channel, metadata)

    MessageProcessor._update_tracker_session = update


class _ShallowCopy:
    """Stands for the ``copy`` module where deep copies are made only to be logged at debug level."""

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)

    @staticmethod
    def deepcopy(value: Any, memo: Any = None) -> Any:
        return value


class _NoDebug:
    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def debug(self, *args: Any, **kwargs: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)


def _no_deepcopy_for_debug_logs() -> None:
    modules: tuple[Any, ...] = (rasa_processor, rasa_forms, rasa_rule_policy, rasa_interpolator, rasa_action)
    for module in modules:
        if hasattr(module, "structlogger"):
            module.structlogger = _NoDebug(module.structlogger)
        if hasattr(module, "copy") and module is not rasa_action:
            module.copy = _ShallowCopy()
    MessageProcessor._log_slots = staticmethod(lambda tracker: None)


def _send_actions_this_turn_only() -> None:
    # the tracker state handed to an action repeats every event of the session; ours read the turn's
    def call(self: Any, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        events: list[dict[str, Any]] = []
        for event in reversed(tracker.events):
            events.append(event.as_dict())
            if isinstance(event, UserUttered):
                break
        state = tracker.current_state(EventVerbosity.NONE)
        state["events"] = events[::-1]
        return {
            "next_action": self._name,
            "sender_id": tracker.sender_id,
            "tracker": state,
            "version": rasa.__version__,
        }

    rasa_action.RemoteAction._action_call_format = call


class DirectRunner:
    """Runs a graph's nodes in dependency order, without Dask."""

    def __init__(self, runner: GraphRunner) -> None:
        self._nodes: dict[str, Any] = runner._instantiated_nodes
        # Agent and the processor look at it
        self._instantiated_nodes = self._nodes
        self._schema = runner._graph_schema
        self._graph_schema = self._schema
        self._plans: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = self._plan(wanted)
        results: dict[str, tuple[str, Any]] = {k: (k, v) for k, v in (inputs or {}).items()}
        for name, needs in self._plans[wanted]:
            results[name] = self._nodes[name](*[results[need] for need in needs])
        return {name: results[name][1] for name in wanted}

    def _plan(self, targets: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        schema = self._schema.minimal_graph_schema(list(targets))
        order: list[str] = []

        def visit(name: str) -> None:
            if name in order:
                return
            for need in schema.nodes[name].needs.values():
                if need in schema.nodes:
                    visit(need)
            order.append(name)

        for name in schema.nodes:
            visit(name)
        return [(name, list(schema.nodes[name].needs.values())) for name in order]
