"""Completion lists from a centre or a learning platform: a dry run with row numbers, then all or nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.answers.phones import number_of
from bot.channels.phones import canonical_phone
from bot.core.messages import Channel
from bot.core.text import fold
from bot.services.followup_plan import record_completion
from bot.services.world import World
from bot.store.tables import AddressRow, Participant

COLUMNS = ("participant_id", "phone", "programme", "completed_at")
MAX_ROWS = 100_000
WHERE_PHONES_ARE_KEYS = (Channel.WHATSAPP, Channel.SIMULATOR)
NOT_YET = frozenset({"new", "consented"})
LEFT = frozenset({"withdrawn", "refused", "deleted"})
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")


class ImportRefused(ValueError):
    """The file as a whole cannot be read; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one row; ``row`` is its number in the file, the header being row 1."""

    row: int
    message: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}"


@dataclass(slots=True)
class Report:
    """What an import does, or would do. ``new`` and ``corrected`` count women, ``same`` those known already.

    ``skipped`` are rows of women who left: no error, and nothing happens with them.
    """

    rows: int = 0
    errors: list[RowError] = field(default_factory=list)
    skipped: list[RowError] = field(default_factory=list)
    new: int = 0
    corrected: int = 0
    same: int = 0
    planned: int = 0
    """nudges planned or moved; only when applied"""
    applied: bool = False

    @property
    def ok(self) -> bool:
        return not self.errors


def import_completions(world: World, path: Path, apply: bool = False) -> Report:
    """Read the list (CSV or XLSX) and say what it would do; with ``apply`` do it, if no row is wrong.

    Columns: ``participant_id`` or ``phone``, ``programme`` (``mexico``, ``chile``), ``completed_at`` (ISO
    date). Importing the same list again changes nothing; another date corrects the earlier one and plans
    anew what has not been sent. Raises ImportRefused for a file that is no such list.
    """
    rows = read_rows(path)
    source = "import:" + hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    now = world.clock()
    report = Report(rows=len(rows))
    if not apply:
        with world.database.read() as session:
            _checked(session, world, rows, report, now)
        return report
    with world.database.write() as session:
        for person, completed_on in _checked(session, world, rows, report, now):
            if report.ok:
                report.planned += record_completion(session, world, person, completed_on, source, now)
        report.applied = report.ok
        if not report.ok:
            session.rollback()
    return report


Row = tuple[int, Mapping[str, str]]


def read_rows(path: Path) -> list[Row]:
    """The rows with their numbers, every cell as text, dates in ISO form. Raises ImportRefused."""
    try:
        table = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    except OSError as error:
        raise ImportRefused(
            f"{path.name}: cannot be opened ({error.strerror or type(error).__name__})"
        ) from None
    header, *body = table or [[]]
    names = ["_".join(fold(cell).split()) for cell in header]
    twice = [name for name in COLUMNS if names.count(name) > 1]
    missing = [name for name in ("programme", "completed_at") if name not in names]
    if "participant_id" not in names and "phone" not in names:
        missing.insert(0, "participant_id or phone")
    if missing or twice:
        what = f"lacks the column {', '.join(missing)}" if missing else f"has {', '.join(twice)} twice"
        raise ImportRefused(f"{path.name}: {what}. The first row must name {', '.join(COLUMNS)}")
    if len(body) > MAX_ROWS:
        raise ImportRefused(f"{path.name}: has more than {MAX_ROWS} rows. Split it")
    rows = [(number, dict(zip(names, cells, strict=False))) for number, cells in enumerate(body, start=2)]
    return [(number, row) for number, row in rows if any(row.values())]


def _csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # what Excel writes on a Spanish Windows
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return [
        [cell.strip() for cell in row]
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    ]


def _xlsx(path: Path) -> list[list[str]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise ImportRefused(
            f"{path.name}: is no workbook that can be read ({type(error).__name__})"
        ) from None
    try:
        return [[_cell(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone number that a spreadsheet took for a quantity
    return str(value).strip()


def _checked(
    session: Session, world: World, rows: Iterable[Row], report: Report, now: datetime
) -> list[tuple[Participant, date]]:
    """The rows that say something, as (person, local date); what is wrong goes into ``report``."""
    found: dict[str, tuple[Participant, date]] = {}
    for number, row in rows:
        result = _row(session, world, row, now)
        if isinstance(result, str):
            report.errors.append(RowError(number, result))
            continue
        person, completed_on = result
        if person.status in LEFT:
            report.skipped.append(RowError(number, "she left the programme; the row is passed over"))
            continue
        before = found.get(person.id)
        if before is not None and before[1] != completed_on:
            report.errors.append(
                RowError(
                    number, f"the same person is above with {before[1].isoformat()}; keep one of the two"
                )
            )
            continue
        if before is None:
            found[person.id] = (person, completed_on)
            _count(world, person, completed_on, report)
    return list(found.values())


def _count(world: World, person: Participant, completed_on: date, report: Report) -> None:
    if person.completed_at is None:
        report.new += 1
    elif person.completed_at.astimezone(world.zone_of(person)).date() == completed_on:
        report.same += 1
    else:
        report.corrected += 1


def _row(
    session: Session, world: World, row: Mapping[str, str], now: datetime
) -> tuple[Participant, date] | str:
    """The person and the day, or what is wrong with the row."""
    try:
        programme = world.programmes.by_key(row.get("programme", ""))
    except LookupError:
        keys = ", ".join(p.key for p in world.programmes)
        return f"programme '{row.get('programme', '')}' is unknown; write one of {keys}"
    completed_on = _date(row.get("completed_at", ""))
    if completed_on is None:
        return f"completed_at '{row.get('completed_at', '')}' is no date; write it as 2026-08-31"
    if completed_on > now.date() + timedelta(days=1):
        return f"completed_at {completed_on.isoformat()} lies in the future"
    person = _person(session, world, row, programme.country or "", programme.phone_code or "")
    if isinstance(person, str):
        return person
    if person.status in LEFT:
        return person, completed_on
    if person.status in NOT_YET:
        return "she has not finished enrolling, so she cannot have completed the course"
    if person.country != programme.country:
        return f"she is enrolled in {person.country or 'no country'}, not in programme '{programme.key}'"
    return person, completed_on


def _date(text: str) -> date | None:
    match = _ISO.fullmatch(text.strip())
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _person(
    session: Session, world: World, row: Mapping[str, str], country: str, phone_code: str
) -> Participant | str:
    by_id, by_phone = row.get("participant_id", ""), row.get("phone", "")
    if not by_id and not by_phone:
        return "neither participant_id nor phone is given"
    person = session.get(Participant, by_id) if by_id else None
    if by_id and person is None:
        return f"participant_id '{by_id}' is unknown"
    if not by_phone:
        return person or "participant_id is missing"
    number = read_number(by_phone, country, phone_code)
    if number is None:
        # the number itself is not repeated: error lists are mailed about
        return "phone is no telephone number; write it as +5215512345678 or with ten digits"
    called = _by_number(session, world, number)
    if person is None:
        return called or "no woman writes from that phone"
    if called is not None and called.id != person.id:
        return "participant_id and phone belong to two different women"
    return person


def read_number(text: str, country: str, phone_code: str) -> str | None:
    """A typed number in the one form in which addresses are kept: E.164 without Mexico's legacy 1."""
    digits = re.sub(r"[^\d+]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    code = phone_code.lstrip("+")
    if not digits.startswith("+") and code and digits.startswith(code) and len(digits) >= len(code) + 9:
        digits = "+" + digits
    number = number_of(digits, country or None)
    return canonical_phone(number) if number is not None and 8 <= len(number) <= 16 else None


def _by_number(session: Session, world: World, number: str) -> Participant | None:
    digest = world.database.cipher.digest
    digests = [
        digest(f"{channel.value}:{key}") for channel in WHERE_PHONES_ARE_KEYS for key in (number, number[1:])
    ]
    found = session.scalars(
        sa.select(AddressRow.participant_id).where(AddressRow.digest.in_(digests))
    ).first()
    return session.get(Participant, found) if found is not None else None
