"""Vendors' error codes as data: what a code means to us, read from a channel's ``errors.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.core.messages import Outcome

_FIELDS: Final = {"code", "says", "outcome", "retry_after", "alert", "blocks", "meaning", "doc"}


@dataclass(frozen=True, slots=True)
class Ruling:
    """One code. ``retry_after`` in seconds; ``alert``: staff must mend something; ``blocks``: nothing more can
    reach this address until she writes again; ``known`` is false for a code that the table does not have."""

    code: str
    outcome: Outcome
    meaning: str
    doc: str = ""
    retry_after: float | None = None
    alert: bool = False
    blocks: bool = False
    known: bool = True


def read_rulings(path: Path, key: str = "code") -> Mapping[str, Ruling]:
    """The table, by the column ``key``. Raises ValueError that names the file, the row and what is wrong."""
    rulings: dict[str, Ruling] = {}
    for number, row in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), start=1):
        try:
            name, ruling = _ruling(row, key)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}: row {number}: {error}") from error
        if name in rulings:
            raise ValueError(f"{path.name}: row {number}: {name} is there twice")
        rulings[name] = ruling
    return rulings


def _ruling(row: Mapping[str, Any], key: str) -> tuple[str, Ruling]:
    if unknown := set(row) - _FIELDS:
        raise ValueError(f"unknown column {', '.join(sorted(unknown))}")
    outcome = Outcome(row["outcome"])
    after = row.get("retry_after")
    if (outcome is not Outcome.RETRY and after is not None) or outcome is Outcome.ACCEPTED:
        raise ValueError("retry_after goes with retry only, and no error is accepted")
    if row.get("blocks") and outcome is not Outcome.PERMANENT:
        raise ValueError("blocks goes with permanent only")
    return str(row[key]), Ruling(
        code=str(row["code"]),
        outcome=outcome,
        meaning=str(row["meaning"]),
        doc=str(row["doc"]),
        retry_after=None if after is None else float(after),
        alert=bool(row.get("alert", False)),
        blocks=bool(row.get("blocks", False)),
    )
