"""twilio-python with our address, a time-out, no repeats, and no way to any other host."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

TWILIO_API: Final = "api.twilio.com"
_TOO_MANY: Final = 429


class Throttled(Exception):
    """HTTP 429: the request was not processed. ``retry_after`` in seconds where Twilio said it."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


class WrongHost(Exception):
    """The client wanted to reach a host that no setting names."""


class GuardedHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Sends twilio-python's requests to configured origins only.

    ``origins`` maps Twilio's host names to bare origins. ``connect`` and ``read`` are seconds; twilio-python
    by itself waits for ever.
    """

    def __init__(self, origins: dict[str, str], *, connect: float, read: float, connections: int) -> None:
        super().__init__()
        self._origins = origins
        # requests takes the pair; the parent's constructor takes one number only
        self.timeout = (connect, read)
        # max_retries=0: a repeated POST is a second message
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """One request. Raises Throttled, WrongHost or what requests raises."""
        parts = urlsplit(url)
        origin = self._origins.get(parts.hostname or "")
        if origin is None:
            raise WrongHost(f"no setting names {parts.hostname}")
        base = urlsplit(origin)
        response = super().request(
            method, urlunsplit((base.scheme, base.netloc, parts.path, parts.query, "")), *args, **kwargs
        )
        if response.status_code == _TOO_MANY:
            raise Throttled(_seconds(response.headers.get("Retry-After")))
        return response

    def close(self) -> None:
        self.session.close()


def _seconds(header: str | None) -> float | None:
    # the other form, a date, is not used by Twilio; unread it falls back to the table's pause
    return float(header) if header and header.isascii() and header.isdigit() else None


def rest_client(account_sid: str, auth_token: str, http: GuardedHttpClient) -> Client:
    """A client for this account. What the environment says about edges and regions does not count:
    they would change the host behind our settings' back."""
    client = Client(account_sid, auth_token, http_client=http)
    client.edge = client.region = None
    return client
