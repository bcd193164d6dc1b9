"""One woman as the indicators see her: no name, no address, only what the definitions ask about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Woman:
    """One row of the computation.

    ``profile`` holds what the definitions call ``participant.…`` (``status``, ``pathway``, ``centre`` …).
    ``answers`` is wave → question → value as stored: choice names, several separated by a space.
    ``responded`` are the waves in which she gave at least one answer of substance, ``finished`` those whose
    survey she went through to its end. ``due`` is wave → day on which its survey falls due. ``records`` are
    rows of which she may have many, by kind (``referrals``).
    """

    country: str
    profile: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    responded: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()
    due: Mapping[str, date] = field(default_factory=dict)
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)

    def states(self, wave: str, as_of: date) -> frozenset[str]:
        """How she stands towards a wave's survey: ``due``, and ``answered``, ``finished`` or ``silent``."""
        found = {"answered" if wave in self.responded else "silent"}
        if wave in self.responded and wave in self.finished:
            found.add("finished")
        if wave in self.due and self.due[wave] <= as_of:
            found.add("due")
        return frozenset(found)
