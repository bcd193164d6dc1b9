"""libfaketime: a process whose wall clock stands elsewhere, and goes on from there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

LIBRARIES = [Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"), Path("/opt/homebrew/lib")]
NAME = "libfaketimeMT.so.1"


def library() -> Path | None:
    """The library where the system's package (Debian: ``faketime``) puts it; None without it."""
    found = (path for folder in LIBRARIES for path in sorted(folder.glob(f"**/faketime/{NAME}")))
    return next(found, None)


def clock_at(start: datetime) -> dict[str, str]:
    """The variables of a process that begins at ``start`` (aware). Raises LookupError without the library."""
    path = library()
    if path is None:
        raise LookupError(NAME)
    return {
        "LD_PRELOAD": str(path),
        "FAKETIME": f"@{start.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "TZ": "UTC",
        # how long something takes is not what is shifted: loops and waits keep to the machine's own seconds
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
