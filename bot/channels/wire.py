"""Reading untrusted values from a provider's request: a wrong type counts as absent, never as an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

NAME_LENGTH: Final = 120
# what PostgreSQL and UTF-8 cannot store: null and half of a surrogate pair (JSON can spell one)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TAP = re.compile(r"[0-9]{1,19}\.[0-9]{1,3}")


def plain(value: object, limit: int | None = None) -> str:
    """``value`` if it is text, without what no store can hold; else empty."""
    if not isinstance(value, str):
        return ""
    return _UNSTORABLE.sub("", value)[:limit]


def integer(value: object) -> int | None:
    """``value`` if it is an integer of at most 64 bits; in JSON ``true`` is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -(2**63) <= value < 2**63 else None


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def place(latitude: object, longitude: object) -> tuple[float, float] | None:
    """A point in degrees (WGS 84), or None where the two are no point on Earth."""
    try:
        where = float(latitude), float(longitude)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    if isinstance(latitude, bool) or isinstance(longitude, bool):
        return None
    # a comparison with NaN is false, so this refuses it too
    return where if -90 <= where[0] <= 90 and -180 <= where[1] <= 180 else None


def tap_id(value: object) -> str:
    """``value`` if it is the id of an option that we sent (``<outbox id>.<option index>``), else empty.

    The one door by which a request can become a press. See :attr:`Inbound.tap`.
    """
    return value if isinstance(value, str) and _TAP.fullmatch(value) else ""


def option_id(outbox_id: int, index: int) -> str:
    """The id under which option ``index`` (from 0, as in ``Outbound.options``) of a message is pressed."""
    return f"{outbox_id}.{index}"
