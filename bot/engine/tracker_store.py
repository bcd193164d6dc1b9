"""Rasa's tracker in our tables, written through the turn's own transaction.

Rasa's ``SQLTrackerStore`` opens its own engine, commits by itself, reads every row a person ever made and
keeps nothing sealed. This store implements the same seam (``TrackerStore``) over ``bot.store``: events are
rows of ``events``, saved append-only in the session of the current turn, so they commit or vanish with the
answers and the outbox.

The session is bounded: past ``MAX_EVENTS`` events or ``MAX_AGE`` seconds the stored events give way to a
fresh session that carries the open form and the slots, so a turn costs the same in month six as on day one.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session

from bot.store.tables import TrackerEvent

MAX_EVENTS = 120
MAX_AGE = 6 * 3600.0
_HOT = 2000


class TurnTrackerStore(TrackerStore):
    """``session`` gives the open session of the turn; ``now`` the turn's time in seconds.

    A tracker kept hot in memory is used only when nobody wrote since (its last event id is still the
    highest), and is put back only by :meth:`keep` after the turn has committed.
    """

    def __init__(self, session: Callable[[], Session], now: Callable[[], float]) -> None:
        super().__init__(Domain.empty())
        self._session = session
        self._now = now
        self._hot: OrderedDict[str, tuple[DialogueStateTracker, int]] = OrderedDict()
        self._saved: tuple[DialogueStateTracker, int] | None = None

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        session = self._session()
        last = session.scalar(
            sa.select(sa.func.max(TrackerEvent.id)).where(TrackerEvent.sender_id == sender_id)
        )
        hot = self._hot.pop(sender_id, None)
        if last is None:
            return None
        if hot is not None and hot[1] == last:
            tracker = hot[0]
        else:
            rows = session.execute(
                sa.select(TrackerEvent.data)
                .where(TrackerEvent.sender_id == sender_id)
                .order_by(TrackerEvent.id)
            ).scalars()
            tracker = DialogueStateTracker.from_dict(sender_id, list(rows), self.domain.slots)
            _mark_stored(tracker, len(tracker.events))
        if self._is_due(tracker):
            session.execute(sa.delete(TrackerEvent).where(TrackerEvent.sender_id == sender_id))
            tracker = self._fresh(tracker)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        session = self._session()
        rows = []
        for event in itertools.islice(tracker.events, _stored(tracker), None):
            # Rasa reads the wall clock; the turn has its own, by which a session's age is told
            event.timestamp = self._now()
            data = event.as_dict()
            rows.append(
                {
                    "sender_id": tracker.sender_id,
                    "type_name": event.type_name,
                    "timestamp": data.get("timestamp") or 0.0,
                    "data": data,
                }
            )
        if rows:
            session.execute(sa.insert(TrackerEvent), rows)
        last = session.scalar(
            sa.select(sa.func.max(TrackerEvent.id)).where(TrackerEvent.sender_id == tracker.sender_id)
        )
        self._saved = (tracker, last or 0)

    def keep(self) -> None:
        """The turn has committed: its tracker may serve the next one from memory."""
        if self._saved is None:
            return
        tracker, last = self._saved
        self._saved = None
        _mark_stored(tracker, len(tracker.events))
        self._hot[tracker.sender_id] = (tracker, last)
        while len(self._hot) > _HOT:
            self._hot.popitem(last=False)

    def drop(self) -> None:
        """The turn was rolled back: what it saved never was."""
        self._saved = None

    async def keys(self) -> Iterable[str]:
        """Raises RuntimeError: Rasa's callers would scan every person."""
        raise RuntimeError("keys() would read every person; use bot.store instead")

    def _is_due(self, tracker: DialogueStateTracker) -> bool:
        if tracker.latest_action_name != ACTION_LISTEN_NAME or tracker.followup_action or tracker.is_paused():
            return False
        too_old = bool(tracker.events) and self._now() - tracker.events[-1].timestamp > MAX_AGE
        return len(tracker.events) > MAX_EVENTS or too_old

    def _fresh(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        fresh = DialogueStateTracker(tracker.sender_id, self.domain.slots)
        fresh.model_id, fresh.assistant_id = tracker.model_id, tracker.assistant_id
        events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
        events += [SlotSet(k, s.value) for k, s in tracker.slots.items() if s.value != s.initial_value]
        if tracker.active_loop_name:
            events.append(ActiveLoop(tracker.active_loop_name))
        events.append(ActionExecuted(ACTION_LISTEN_NAME))
        for index, event in enumerate(events):
            event.timestamp = self._now() + index * 1e-6
            fresh.update(event)
        _mark_stored(fresh, 0)
        return fresh


def _mark_stored(tracker: DialogueStateTracker, count: int) -> None:
    tracker.stored_events = count  # type: ignore[attr-defined]


def _stored(tracker: DialogueStateTracker) -> int:
    count: Any = getattr(tracker, "stored_events", 0)
    return int(count)
