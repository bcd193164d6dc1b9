"""The report of a simulated year: figures, promises kept or broken, one fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from bot.simulation.audit import MUST_BE_ZERO, Findings
from bot.simulation.woman import Woman
from bot.store.followup_tables import Nudge
from bot.store.tables import Answer, HandOver, InboxRow, OutboxRow, Participant, Referral


@dataclass
class Report:
    """Plain data, the same for the same seed. ``zones``: zone → counts; ``seconds`` is left out of the hash."""

    participants: int
    months: int
    seed: int
    engine: str
    chaos: bool
    start: str
    end: str
    must_be_zero: dict[str, int]
    examples: dict[str, list[str]]
    happened: dict[str, int]
    tally: dict[str, dict[str, int]]
    zones: dict[str, dict[str, int]]
    plan_hash: str
    seconds: float = 0.0
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        same = {k: v for k, v in self.__dict__.items() if k not in ("seconds", "fingerprint")}
        self.fingerprint = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()

    @property
    def ok(self) -> bool:
        """Whether every figure that must be zero is zero."""
        return not any(self.must_be_zero.values())

    def write(self, path: Path) -> None:
        """The report as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def plan_hash(session: Session) -> str:
    """Digest of every nudge: whose, when, in which state and why."""
    digest = hashlib.sha256()
    columns = (
        Nudge.participant_id, Nudge.wave, Nudge.attempt, Nudge.local_due_at, Nudge.state, Nudge.reason, Nudge.sent_at,
    )  # fmt: skip
    for row in session.execute(sa.select(*columns).order_by(Nudge.participant_id, Nudge.wave, Nudge.attempt)):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def tally(session: Session) -> dict[str, dict[str, int]]:
    """What there is to look at: counts by status, state and reason."""

    def by(column: Any, *where: Any) -> dict[str, int]:
        rows = session.execute(
            sa.select(column, sa.func.count()).where(*where).group_by(column).order_by(column)
        )
        return {str(key): count for key, count in rows}

    waves = session.execute(
        sa.select(Nudge.wave, Nudge.state, sa.func.count())
        .group_by(Nudge.wave, Nudge.state)
        .order_by(Nudge.wave, Nudge.state)
    )
    answered = session.execute(
        sa.select(Answer.wave, sa.func.count(sa.distinct(Answer.participant_id)))
        .group_by(Answer.wave)
        .order_by(Answer.wave)
    )
    return {
        "participants": by(Participant.status),
        "nudges": {f"{wave} {state}": count for wave, state, count in waves},
        "nudge_reasons": by(Nudge.reason),
        "answered_waves": {str(wave): count for wave, count in answered},
        "referrals": by(Referral.status),
        "handovers": {f"{k} open": v for k, v in by(HandOver.reason, HandOver.state == "open").items()},
        "outbox": by(OutboxRow.state),
        "inbox": by(InboxRow.state),
    }


def by_zone(session: Session, women: Sequence[Woman]) -> dict[str, dict[str, int]]:
    """For every zone: women, nudges that left, and the earliest and latest minute of the local day of these."""
    whose = {lane: woman for woman in women for lane in woman.told.lanes}
    zones: dict[str, Counter[str]] = defaultdict(Counter)
    hours: dict[str, list[datetime]] = defaultdict(list)
    for woman in women:
        zones[woman.person.place.zone]["women"] += 1
    rows = session.execute(
        sa.select(OutboxRow.lane, OutboxRow.sent_at)
        .where(OutboxRow.kind == "nudge", OutboxRow.sent_at.is_not(None))
        .order_by(OutboxRow.id)
    )
    for lane, at in rows:
        if lane in whose and at is not None:
            place = whose[lane].person.place
            zones[place.zone]["nudges"] += 1
            hours[place.zone].append(at.astimezone(place.tz))
    for zone, counts in zones.items():
        minutes = [at.hour * 60 + at.minute for at in hours[zone]]
        if minutes:
            counts["earliest_minute"], counts["latest_minute"] = min(minutes), max(minutes)
    return {zone: dict(counts) for zone, counts in sorted(zones.items())}


def must_be_zero(findings: Findings, more: Mapping[str, int]) -> dict[str, int]:
    """The promises with their figures, in the order of the list."""
    return {name: findings.counts[name] + more.get(name, 0) for name in MUST_BE_ZERO}


def show(report: Report, console: Console) -> None:
    """The report in the terminal."""
    console.print(
        f"{report.participants} women, {report.months} months, seed {report.seed}, engine {report.engine}, "
        f"{'a scheduler that is killed at random' if report.chaos else 'a scheduler that runs'}"
    )
    zones = Table("zone", "women", "nudges sent", "earliest", "latest", title="By zone, on her clock")
    for zone, counts in report.zones.items():
        edges = [_clock(counts.get(name)) for name in ("earliest_minute", "latest_minute")]
        zones.add_row(zone, str(counts.get("women", 0)), str(counts.get("nudges", 0)), *edges)
    console.print(zones)
    for name, counts in report.tally.items():
        console.print(
            f"{name}: " + ", ".join(f"{key} {count}" for key, count in counts.items()), soft_wrap=True
        )
    console.print(
        "happened: " + ", ".join(f"{k} {v}" for k, v in sorted(report.happened.items())), soft_wrap=True
    )
    promises = Table("must be zero", "", "rows", title="Promises")
    for name, count in report.must_be_zero.items():
        style = "red" if count else "green"
        promises.add_row(name, f"[{style}]{count}[/]", "; ".join(report.examples.get(name, ())))
    console.print(promises)
    console.print(f"fingerprint {report.fingerprint[:16]}, {report.seconds:.0f} seconds", highlight=False)


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
