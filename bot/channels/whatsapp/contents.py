"""Twilio's Content API: https://www.twilio.com/docs/content/content-api-resources. Blocking; run it in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from bot.channels.quiet import keep_vendors_quiet
from bot.channels.whatsapp.client import GuardedHttpClient, rest_client
from bot.channels.whatsapp.interactive import Content

TWILIO_CONTENT: Final = "content.twilio.com"
PAGE: Final = 500

T = TypeVar("T")

# https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses
_STATUSES: Final = {
    "approved": "approved",
    "rejected": "rejected",
    "paused": "paused",
    "disabled": "rejected",
    "pending": "pending",
    "received": "pending",
    "unsubmitted": "created",
}


class ContentsUnavailable(Exception):
    """The Content API did not do it. The message names the HTTP status and Twilio's code, nothing personal.

    ``refused``: this one request was at fault, and others may well succeed.
    """

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Approval:
    """Where a template stands: ``created`` (not submitted) ``pending approved rejected paused``."""

    status: str
    reason: str = ""
    category: str = ""


class _Request:
    """What twilio-python sends as JSON; its own classes fill in every type that there is with null."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def to_dict(self) -> dict[str, Any]:
        return self._body


class TwilioContents:
    """The Content resources of one account. Every method raises ContentsUnavailable."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        content_url: str = f"https://{TWILIO_CONTENT}",
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
    ) -> None:
        keep_vendors_quiet()
        self._http = GuardedHttpClient(
            {TWILIO_CONTENT: content_url}, connect=connect_timeout, read=read_timeout, connections=2
        )
        self._contents = rest_client(account_sid, auth_token, self._http).content.v1.contents

    def names(self) -> dict[str, str]:
        """Friendly name to sid of everything that the account has; of two with one name the first listed."""

        def listed() -> dict[str, str]:
            found: dict[str, str] = {}
            for one in self._contents.stream(page_size=PAGE):
                if one.friendly_name and one.sid:
                    found.setdefault(one.friendly_name, one.sid)
            return found

        return _asked(listed)

    def create(self, name: str, content: Content) -> str:
        """Make the resource; its sid."""
        request = _Request(
            {
                "friendly_name": name,
                "language": content.language,
                "variables": dict(content.samples),
                "types": content.types(),
            }
        )
        sid = _asked(lambda: self._contents.create(request).sid)
        if not isinstance(sid, str) or not sid:
            raise ContentsUnavailable("the answer has no sid")
        return sid

    def submit(self, sid: str, name: str, category: str) -> None:
        """Ask WhatsApp to approve it as a template; ``name`` in lower case, digits and underscores."""
        request = _Request({"name": name, "category": category.upper()})
        _asked(lambda: self._contents(sid).approval_create.create(request))

    def approval(self, sid: str) -> Approval:
        """Where the template stands."""
        try:
            answer = _asked(lambda: self._contents(sid).approval_fetch().fetch().whatsapp) or {}
        except ContentsUnavailable as error:
            if getattr(error.__cause__, "status", None) != 404:
                raise
            answer = {}  # nobody has asked for an approval yet
        status = str(answer.get("status") or "unsubmitted").lower()
        return Approval(
            _STATUSES.get(status, "pending"),
            str(answer.get("rejection_reason") or "")[:300],
            str(answer.get("category") or "").lower()[:20],
        )

    def close(self) -> None:
        self._http.close()


def _asked(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except Exception as error:
        status, code = getattr(error, "status", ""), getattr(error, "code", "")
        # 401 and 403 are about the account, and 429 (Throttled) about the moment
        refused = status in (400, 404, 409, 422)
        raise ContentsUnavailable(
            f"{type(error).__name__} {status} {code}".strip(), refused=refused
        ) from error
