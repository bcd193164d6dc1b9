"""What the search for due nudges costs, by how many are stored: ``python -m benchmarks.due_scan``.

Stores 10,000 and 1,000,000 planned nudges, a hundred of them due, and times the very statement that the
scheduler runs, on SQLite and, with ``TEST_POSTGRES_URL`` set to an empty database, on PostgreSQL. Exits 1
when a scan does not go by the index (state, not_before) or takes more than ten times as long for a hundred
times as many rows.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from bot.services.followup_send import BATCH, due
from bot.store.database import Database
from bot.store.followup_tables import Nudge
from bot.store.tables import Participant

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
DUE = 100
SIZES = (10_000, 1_000_000)
ROUNDS = 60
CHUNK = 20_000
INDEX = "ix_nudges_due"
RATIO = 10.0


def fill(database: Database, have: int, want: int) -> None:
    """Bring the table from ``have`` to ``want`` rows; the first hundred are due, a fifth is over."""
    for start in range(have, want, CHUNK):
        numbers = range(start, min(start + CHUNK, want))
        with database.write() as session:
            session.execute(sa.insert(Participant), [_person(n) for n in numbers if n % 4 == 0])
            session.execute(sa.insert(Nudge), [_nudge(n) for n in numbers])
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def _person(number: int) -> dict[str, Any]:
    return {
        "id": f"{number // 4:032x}", "status": "completed", "language": "es", "channel": "whatsapp",
        "discreet": False, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def _nudge(number: int) -> dict[str, Any]:
    at = NOW - timedelta(minutes=number) if number < DUE else NOW + timedelta(minutes=1 + number % 250_000)
    over = number >= DUE and number % 5 == 0
    return {
        "participant_id": f"{number // 4:032x}", "survey": "e_survey", "wave": "m6",
        "attempt": number % 4 + 1, "asked": False, "due_at": at, "not_before": at,
        "local_due_at": at.isoformat(),
        "closes_at": at + timedelta(days=60), "state": "answered" if over else "scheduled",
        "reason": "planned", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def plan(database: Database) -> str:
    """The database's own account of how it runs the scan."""
    statement = due(NOW).limit(BATCH)
    text = str(statement.compile(database.engine, compile_kwargs={"literal_binds": True}))
    how = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        return " / ".join(str(row[-1]).strip() for row in connection.execute(sa.text(how + text)))


def median_ms(database: Database) -> float:
    times = []
    for _ in range(ROUNDS):
        with database.read() as session:
            begin = time.perf_counter()
            rows = session.scalars(due(NOW).limit(BATCH)).all()
            times.append((time.perf_counter() - begin) * 1e3)
        assert len(rows) == BATCH
    return statistics.median(times)


def measure(name: str, database: Database) -> bool:
    stored, found = 0, []
    for size in SIZES:
        fill(database, stored, size)
        stored = size
        found.append(median_ms(database))
        print(f"{name:<10} {size:>9,} stored, {DUE} due: {found[-1]:.2f} ms for the next {BATCH}")
    how = plan(database)
    ratio = found[1] / found[0]
    print(f"{name:<10} ratio {ratio:.2f} for {SIZES[1] // SIZES[0]} times as many\n{name:<10} plan: {how}\n")
    return INDEX in how and ratio < RATIO


def main() -> int:
    key = Fernet.generate_key().decode()
    good = []
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'due.db'}", key)
        good.append(measure("sqlite", database))
        database.close()
    if url := os.environ.get("TEST_POSTGRES_URL"):
        database = Database(url, key)
        good.append(measure("postgresql", database))
        database.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
