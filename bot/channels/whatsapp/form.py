"""Twilio's form bodies, read so that the signature over them still holds."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

# Twilio sends about forty; a flood of names costs sorting and hashing before anything is verified
MOST_FIELDS: Final = 500


class Form(dict[str, str]):
    """Field to value; where a name was sent more than once the last value counts.

    The signature is over all values, so they are kept for :meth:`getlist`, which Twilio's validator looks
    for by that name.
    """

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._all: dict[str, list[str]] = {}
        for name, value in pairs:
            self._all.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        """Every value of ``name``, as received and in order; empty if it was not sent."""
        return list(self._all.get(name, ()))


def parse_form(raw: bytes) -> Form:
    """The body of a webhook, with blank fields (a photo's ``Body=``) and unknown ones: all are signed over.

    Raises ValueError for bytes that are not UTF-8, plain or percent-encoded, and for over 500 fields.
    """
    text = raw.decode("utf-8")
    return Form(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
