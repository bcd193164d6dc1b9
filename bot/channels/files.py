"""Fetching what she sent from where a provider keeps it, and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

import httpx

REDIRECTS: Final = 3
# no name before the host, and no sign that two readers of addresses may take for different things
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_CLEAN: Final = re.compile(r"[!-\[\]-~]*")


class FileRefused(Exception):
    """This file is not taken, now or later. The message is a word: ``host size type gone``."""


class FileUnavailable(Exception):
    """The file could not be fetched this time."""


class FileSource(Protocol):
    """A channel whose files can be fetched."""

    async def fetch(self, ref: str, limit: int) -> bytes:
        """The file's bytes, at most ``limit``. Raises FileRefused or FileUnavailable."""
        ...


async def download(
    client: httpx.AsyncClient,
    url: str,
    limit: int,
    *,
    allowed: Callable[[str], bool],
    auth: tuple[str, str] | None = None,
) -> bytes:
    """The bytes at ``url``, whose host and every host that it leads to must be ``allowed`` (an origin).

    ``auth`` goes to the first origin only. Nothing over ``limit`` bytes is read. Raises FileRefused
    (``host size gone``) or FileUnavailable.
    """
    first = origin_of(url)
    for _ in range(REDIRECTS + 1):
        if not allowed(origin_of(url)):
            raise FileRefused("host")
        try:
            async with client.stream("GET", url, auth=auth if origin_of(url) == first else None) as answer:
                if answer.is_redirect:
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                if answer.status_code in (404, 410):
                    raise FileRefused("gone")
                if not answer.is_success:
                    raise FileUnavailable(f"HTTP {answer.status_code}")
                return await _read(answer, limit)
        except httpx.HTTPError as error:
            raise FileUnavailable(type(error).__name__) from error
        except httpx.InvalidURL as error:
            raise FileRefused("host") from error
    raise FileRefused("host")


async def _read(answer: httpx.Response, limit: int) -> bytes:
    told = answer.headers.get("Content-Length", "")
    if told.isdigit() and int(told) > limit:
        raise FileRefused("size")
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        # the header is the other side's word; what counts is what comes
        if len(data) > limit:
            raise FileRefused("size")
    return bytes(data)


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` in lower case; empty for what has none, or is no plain address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not (parts.scheme and _CLEAN.fullmatch(url) and _AUTHORITY.fullmatch(parts.netloc)):
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
