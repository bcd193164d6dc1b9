"""Corrected labels become training examples in a file of ``nlu/`` that a person reviews before it counts.

The file is written for a review in version control, so it must not say who wrote: digits, links and mail
addresses are masked, and disclosures are never written at all.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from bot.core.clock import Clock
from bot.services.staff.logs import note_change
from bot.services.staff.member import Member
from bot.services.staff.roles import Permission
from bot.services.staff.secrecy import DISCLOSED
from bot.services.staff.transcripts import said
from bot.store.console_tables import LabelCorrection
from bot.store.database import Database
from bot.store.tables import InboxRow

BATCH = "reviewed"
NEVER_WRITTEN = frozenset({"disclose_violence", "disclose_self_harm", DISCLOSED})
LONGEST = 300
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_MAIL = re.compile(r"\S+@\S+")
_DIGITS = re.compile(r"\d(?:[\s.\-()]*\d){3,}")


@dataclass
class Written:
    """What was written: texts by language, left out by why, and each change of label with its count."""

    files: list[Path] = field(default_factory=list)
    examples: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)


def write_corrections(database: Database, nlu: Path, clock: Clock) -> Written:
    """Add the corrections not yet written to ``nlu/<language>/reviewed/intents.yml``.

    Repeats nothing that stands in the file already. The diff of those files is what is reviewed.
    """
    now, report = clock(), Written()
    fresh: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with database.write() as session:
        rows = session.execute(
            sa.select(LabelCorrection, InboxRow)
            .join(InboxRow, InboxRow.id == LabelCorrection.inbox_id)
            .where(LabelCorrection.written_at.is_(None))
            .order_by(LabelCorrection.id)
        ).all()
        for correction, message in rows:
            correction.written_at = now
            why = _unfit(correction, message)
            text = masked(said(message)) if not why else ""
            if why or not text:
                report.left_out[why or "empty"] += 1
                continue
            language = message.language if message.language in ("es", "en") else "es"
            fresh[language][correction.after].append(text)
            report.changes[correction.before or "", correction.after] += 1
        for language, by_intent in fresh.items():
            path = nlu / language / BATCH / "intents.yml"
            report.examples[language] = _add(path, by_intent)
            report.files.append(path)
        note_change(session, None, "corrections_written", now, written=sum(report.examples.values()))
    return report


def waiting(session: Session, member: Member) -> list[tuple[str, str, int]]:
    """Corrections in scope that no file has yet: before, after, how many; the most frequent first."""
    member.need(Permission.REVIEW)
    count = sa.func.count()
    rows = session.execute(
        sa.select(LabelCorrection.before, LabelCorrection.after, count)
        .join(InboxRow, InboxRow.id == LabelCorrection.inbox_id)
        .where(
            LabelCorrection.written_at.is_(None),
            LabelCorrection.after.not_in(NEVER_WRITTEN),
            *member.scope.hers(InboxRow.participant_id),
        )
        .group_by(LabelCorrection.before, LabelCorrection.after)
        .order_by(count.desc(), LabelCorrection.after)
    )
    return [(before or "", after, number) for before, after, number in rows]


def masked(text: str) -> str:
    """The text on one line without links, mail addresses and longer numbers; at most 300 characters."""
    line = " ".join(text.split())
    for pattern in (_LINK, _MAIL, _DIGITS):
        line = pattern.sub("…", line)
    line = line[:LONGEST].strip()
    return line if line.strip(" …") else ""


def _unfit(correction: LabelCorrection, message: InboxRow) -> str:
    if correction.after in NEVER_WRITTEN or message.intent == DISCLOSED:
        return "disclosure"
    return "no_longer_kept" if message.payload is None else ""


def _add(path: Path, by_intent: dict[str, list[str]]) -> int:
    known: dict[str, list[str]] = {}
    if path.exists():
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for block in content.get("nlu") or ():
            lines = str(block.get("examples", "")).splitlines()
            known[block["intent"]] = [line.removeprefix("- ").strip() for line in lines if line.strip()]
    added = 0
    for intent, texts in by_intent.items():
        held = known.setdefault(intent, [])
        for text in texts:
            if text not in held:
                held.append(text)
                added += 1
    lines = ['version: "3.1"', "nlu:"]
    for intent in sorted(known):
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in known[intent])]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return added
