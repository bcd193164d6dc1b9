"""Nothing is stored twice, one person at a time and in order: on both databases, under threads."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from support.house import House
from support.talk import Woman, count

from bot.core.messages import InboundKind, Outbound
from bot.services.claims import LEASE, claim_inbox, release_dead, still_mine
from bot.store.tables import AddressRow, Conversation, InboxRow, OutboxRow, Participant

WAIT = 20
"""seconds after which a thread that should have ended has failed"""


def waiting(woman: Woman, *texts: str) -> None:
    """Deliver messages without anybody handling them."""
    for text in texts:
        woman.house.service.receiver.receive(woman.inbound(InboundKind.TEXT, text=text))


def claim(house: House, worker: str) -> int | None:
    with house.database.write() as session:
        return claim_inbox(house.database, session, worker, house.clock())


def test_it_stores_a_message_once_however_often_it_is_delivered_at_once(ana: Woman, house: House) -> None:
    messages = [ana.inbound(InboundKind.TEXT, text=f"uno {n}") for n in range(4)]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(house.service.receiver.receive, messages * 4))
    assert sorted(stored) == [False] * 12 + [True] * 4
    assert count(house, InboxRow) == 4
    assert [count(house, table) for table in (Participant, AddressRow, Conversation)] == [1, 1, 1]


def test_it_meets_one_new_person_once_when_two_messages_arrive_together(ana: Woman, house: House) -> None:
    first, second = (ana.inbound(InboundKind.TEXT, text=text) for text in ("hola", "buenas"))
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(house.service.receiver.receive, [first, second]))
    assert count(house, Participant) == 1 and count(house, InboxRow) == 2


def test_it_claims_the_oldest_message_of_a_person_who_has_none_under_way(
    woman: Callable[..., Woman], house: House
) -> None:
    ana, bea = woman("ana"), woman("bea")
    waiting(ana, "uno", "dos")
    waiting(bea, "tres")
    rows = [row.id for row in house.rows(InboxRow)]
    assert [claim(house, "w1"), claim(house, "w2"), claim(house, "w3")] == [rows[0], rows[2], None]


def test_it_lets_another_worker_take_over_after_the_lease(ana: Woman, house: House) -> None:
    waiting(ana, "uno")
    first = claim(house, "w1")
    assert claim(house, "w2") is None
    house.clock.advance(LEASE + timedelta(seconds=1))
    assert claim(house, "w2") == first
    [row] = house.rows(InboxRow)
    assert still_mine(row, "w2") and not still_mine(row, "w1")


def test_it_frees_at_once_what_a_dead_process_of_this_machine_held(
    ana: Woman, house: House, gone_worker: str
) -> None:
    waiting(ana, "uno")
    claim(house, gone_worker)
    assert claim(house, "w2") is None
    with house.database.write() as session:
        assert release_dead(session) == 1
    assert claim(house, "w2") is not None


@pytest.fixture
def gone_worker() -> str:
    """The name of a worker of this machine whose process has ended."""
    import socket
    import subprocess
    import sys

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(WAIT)
    return f"{socket.gethostname()[:40]}/{ended.pid}/engine"


class Echo:
    """An engine that answers at once and notes who was handled when."""

    def __init__(self, log: list[tuple[str, str, str]], lock: threading.Lock) -> None:
        self._log, self._lock = log, lock

    def handle(self, sender_id: str, text: str, data: dict[str, object] | None) -> list[Outbound]:
        self._note(sender_id, "begins", text)
        self._note(sender_id, "ends", text)
        return [Outbound(f"eco: {text}")]

    def parse(self, text: str) -> dict[str, Any]:
        return {"intent": {"name": "greet", "confidence": 1.0}}

    def _note(self, sender_id: str, what: str, text: str) -> None:
        with self._lock:
            self._log.append((sender_id, what, text))

    def committed(self) -> None: ...

    def rolled_back(self) -> None: ...


def test_it_handles_a_person_in_order_and_one_at_a_time_with_two_runners(
    woman: Callable[..., Woman], house: House
) -> None:
    said = [f"mensaje {n}" for n in range(8)]
    for key in ("ana", "bea", "caro"):
        waiting(woman(key), *said)
    log: list[tuple[str, str, str]] = []
    lock = threading.Lock()
    runners = [house.another_runner(f"w{n}", Echo(log, lock)) for n in range(2)]
    threads = [threading.Thread(target=_until_nothing_waits, args=(house, runner)) for runner in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT * 3)

    assert not any(thread.is_alive() for thread in threads)
    assert [error for runner in runners for error in runner.errors] == []
    of_person: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for person, what, text in log:
        of_person[person].append((what, text))
    assert len(of_person) == 3
    for steps in of_person.values():
        assert steps == [(what, text) for text in said for what in ("begins", "ends")]


def _until_nothing_waits(house: House, runner: Any) -> None:
    while house.waiting() and not runner.errors:
        runner.run_once()


def test_it_handles_other_people_while_one_turn_is_under_way(
    woman: Callable[..., Woman], house: House
) -> None:
    if house.database.is_sqlite:
        pytest.skip("SQLite has one writer: turns there follow each other")
    ana, bea = woman("ana"), woman("bea")
    waiting(ana, "uno", "dos")
    waiting(bea, "tres")
    inside, go_on = threading.Event(), threading.Event()

    class Held(Echo):
        def handle(self, sender_id: str, text: str, data: dict[str, object] | None) -> list[Outbound]:
            inside.set()
            assert go_on.wait(WAIT)
            return super().handle(sender_id, text, data)

    log: list[tuple[str, str, str]] = []
    lock = threading.Lock()
    held = threading.Thread(target=house.another_runner("w1", Held(log, lock)).run_once)
    held.start()
    assert inside.wait(WAIT)
    other = house.another_runner("w2", Echo(log, lock))
    assert other.run_once() is True
    assert other.run_once() is False, "the second message of the first person waits for her first"
    go_on.set()
    held.join(WAIT)
    assert other.run_once() is True
    assert [text for _, what, text in log if what == "ends"] == ["tres", "uno", "dos"]
    assert count(house, OutboxRow) == 3
