"""How fast messages leave, and in how much memory: streamed, against reading every row as an object.

    .venv/bin/python benchmarks/export.py [--messages 50000] [--format csv] [--url URL] [--streamed]

Each way runs in a process of its own on the same made-up database. Says seconds, messages a second, the
peak of resident memory, the same over what the libraries take, and CPU time and memory as ratios. ``--url`` is
an empty database to use (PostgreSQL, say) instead of a new SQLite file; ``--streamed`` leaves the other way out,
which at a million messages takes gigabytes.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.orm import Session

from bot.core.clock import Clock, system_clock
from bot.exports import run_export
from bot.programme.load import Programmes, load_programmes
from bot.services.journey import Journey
from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow, Participant

PROGRAMMES = Path(__file__).parents[1] / "programmes"
START = datetime(2026, 1, 5, 15, tzinfo=UTC)
A_WOMAN = 60
"""messages that one woman and the service exchange"""


@dataclass(frozen=True)
class Source:
    database: Database
    journey: Journey
    programmes: Programmes
    clock: Clock = system_clock


def fill(database: Database, messages: int) -> None:
    """Half inbound, half outbound, every text sealed on its own."""
    with Progress(transient=True) as progress:
        task = progress.add_task("filling", total=messages)
        for first in range(0, messages, 5_000):
            with database.write() as session:
                _insert(database, session, range(first, min(first + 5_000, messages)))
            progress.update(task, completed=first + 5_000)


def _insert(database: Database, session: Session, numbers: range) -> None:
    people, came, went = [], [], []
    for number in numbers:
        person, at = f"{number // A_WOMAN:032d}", START + timedelta(seconds=7 * number)
        if number % A_WOMAN == 0:
            people.append(
                {
                    "id": person,
                    "channel": "whatsapp",
                    "created_at": at,
                    "updated_at": at,
                    "status": "enrolled",
                }
            )
        text = f"Mensaje {number}: quiero inscribirme, puedo por las tardes"
        if number % 2:
            row = {"participant_id": person, "channel": "whatsapp", "lane": "l", "created_at": at}
            went.append({**row, "not_before": at, "sent_at": at, "content": {"text": text}, "state": "read"})
        else:
            row = {
                "participant_id": person,
                "channel": "whatsapp",
                "external_id": f"SM{number}",
                "kind": "text",
            }
            came.append(
                {**row, "payload": {"kind": "text", "text": text}, "received_at": at, "state": "done"}
            )
    for table, rows in ((Participant, people), (InboxRow, came), (OutboxRow, went)):
        if rows:
            session.execute(sa.insert(table), rows)


def streamed(url: str, key: str, out: Path, fmt: str, identified: bool) -> None:
    """What ``oportunidad export messages`` does."""
    journey = Journey.model_construct(profile={}, hidden={})
    source = Source(Database(url, key), journey, load_programmes(PROGRAMMES))
    run_export(source, ["messages"], fmt, out, identified=identified)


def by_object(url: str, key: str, out: Path, fmt: str, identified: bool) -> None:
    """The plain way: all rows as mapped objects in a list, sorted, then written."""
    out.mkdir(exist_ok=True)
    with Database(url, key).read() as session, (out / "naive.csv").open("w", newline="") as file:
        came = [(row.received_at, row.payload["text"]) for row in session.scalars(sa.select(InboxRow)).all()]
        went = [(row.created_at, row.content["text"]) for row in session.scalars(sa.select(OutboxRow)).all()]
        csv.writer(file).writerows(sorted(came + went))


WAYS: dict[str, tuple[Callable[[str, str, Path, str, bool], None], bool]] = {
    "objects, identified": (by_object, True),
    "streamed, identified": (streamed, True),
    "streamed": (streamed, False),
}


def measure(way: str, url: str, key: str, out: Path, fmt: str) -> tuple[float, float, float, float]:
    """Seconds by the clock and of the processor, megabytes over the start and in all; for a new process."""
    run, identified = WAYS[way]
    Database(url, key).close()  # imports the migrations
    before, started, cpu = peak(), time.perf_counter(), time.process_time()
    run(url, key, out, fmt, identified)
    most = peak()
    return time.perf_counter() - started, time.process_time() - cpu, most - before, most


def peak() -> float:
    """The most resident memory that this process has had, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent had when it started this process
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--format", default="csv")
    parser.add_argument("--url")
    parser.add_argument("--streamed", action="store_true")
    asked = parser.parse_args()
    console, key = Console(), Fernet.generate_key().decode()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite:///{folder}/bench.db"
        database = Database(url, key)
        fill(database, asked.messages)
        database.close()
        table = Table(
            "way",
            "seconds",
            "CPU s",
            "messages/s",
            "resident MB",
            "over libraries MB",
            "CPU ratio",
            "memory ratio",
        )
        found: dict[str, tuple[float, float, float, float]] = {}
        ways = [way for way in WAYS if not asked.streamed or way.startswith("streamed")]
        for way in ways:
            # spawned, so that the peak is of this way and not of filling the database
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found[way] = pool.apply(measure, (way, url, key, Path(folder) / "out", asked.format))
            base, (seconds, cpu, memory, most) = found[ways[0]], found[way]
            table.add_row(
                way,
                f"{seconds:.1f}",
                f"{cpu:.1f}",
                f"{asked.messages / seconds:,.0f}",
                f"{most:.0f}",
                f"{memory:.0f}",
                f"{cpu / base[1]:.2f}",
                f"{memory / base[2]:.2f}",
            )
        console.print(table)
        console.print_json(
            json.dumps(
                {
                    way: {"s": s, "cpu_s": cpu, "mb": mb, "resident_mb": most}
                    for way, (s, cpu, mb, most) in found.items()
                }
            )
        )


if __name__ == "__main__":
    main()
