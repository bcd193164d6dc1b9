"""Sending by Twilio's Messages resource: https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

import httpx
from requests import RequestException
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]

from bot.channels.base import TEXT_LIMITS, HistoryUnavailable, Sent
from bot.channels.files import download
from bot.channels.quiet import keep_vendors_quiet
from bot.channels.split import split_message, utf16_length
from bot.channels.whatsapp import history
from bot.channels.whatsapp.client import TWILIO_API, GuardedHttpClient, Throttled, WrongHost, rest_client
from bot.channels.whatsapp.failures import broken, refused
from bot.channels.whatsapp.identity import PREFIX
from bot.channels.whatsapp.interactive import pages
from bot.core.messages import Channel, Inbound, Outbound, Outcome, SendResult

log = logging.getLogger(__name__)

T = TypeVar("T")

TEXT_LIMIT: Final = TEXT_LIMITS[Channel.WHATSAPP]
_CONTENT: Final = re.compile(r"HX[0-9A-Za-z]{8,62}")
# the resource or its variables are not taken: nothing was sent, and the text alone says the same
_CONTENT_CODES: Final = frozenset({"21654", "21655", "21656", "21658", "92007"})
STATUS_PATH: Final = "/webhooks/whatsapp/status"


class WhatsAppAdapter:
    """One WhatsApp sender of one Twilio account.

    ``sender`` (``whatsapp:+…``) or ``service_sid`` (``MG…``); the service wins where both are given, since
    it may choose among senders. ``api_url`` and ``public_url`` are bare origins; without ``public_url`` no
    status is asked for. Raises ValueError without a sender.
    """

    channel: Final = Channel.WHATSAPP
    text_limit: Final = TEXT_LIMIT

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        sender: str | None = None,
        service_sid: str | None = None,
        api_url: str = f"https://{TWILIO_API}",
        public_url: str | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 15.0,
        connections: int = 16,
    ) -> None:
        if not (sender or service_sid):
            raise ValueError("WhatsApp needs a sender number or a messaging service")
        keep_vendors_quiet()
        self._from = {"messaging_service_sid": service_sid} if service_sid else {"from_": sender}
        self._sender = sender
        self._api_url = api_url.rstrip("/")
        self._auth = (account_sid, auth_token)
        self._public_url = public_url.rstrip("/") if public_url else None
        self._http = GuardedHttpClient(
            {TWILIO_API: api_url}, connect=connect_timeout, read=read_timeout, connections=connections
        )
        self._client = rest_client(account_sid, auth_token, self._http)
        # threads of our own: a provider that hangs must not use up those that the rest of the process shares
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="twilio")

    def parts(self, message: Outbound) -> tuple[Outbound, ...]:
        """See :meth:`bot.channels.base.ChannelAdapter.parts`. More options than a list shows make pages."""
        return tuple(part for page in pages(message) for part in split_message(page, self.text_limit))

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        """See :meth:`bot.channels.base.ChannelAdapter.send`.

        Options are in the text, numbered. Where the service chose a Content resource for the message (buttons,
        or a template after 24 hours), ``message.template`` is its ``HX…`` sid and ``variables`` its variables
        from ``{{1}}``; ``text`` is then what she will read, and is not sent. Refused without a request: blank
        text (``empty``), over the limit (``too_long``), a recipient that is no WhatsApp address (``address``:
        Twilio would send a text message instead), what is no content id or a blank variable (``content``).
        """
        if not message.text.strip():
            return SendResult(Outcome.PERMANENT, code="empty")
        if utf16_length(message.text) > self.text_limit:
            return SendResult(Outcome.PERMANENT, code="too_long")
        if not to.startswith(PREFIX):
            return SendResult(Outcome.PERMANENT, code="address")
        if message.template and not (_CONTENT.fullmatch(message.template) and all(message.variables)):
            return SendResult(Outcome.PERMANENT, code="content")
        fields = self._fields(to, message, outbox_id)
        result = await asyncio.get_running_loop().run_in_executor(self._threads, self._create, fields)
        if message.template and message.options and result.code in _CONTENT_CODES:
            log.warning("Twilio refused the buttons of a message (%s): it goes as text", result.code)
            return await self.send(to, replace(message, template="", variables=()), outbox_id=outbox_id)
        return result

    async def sent_to(self, to: str, since: datetime) -> tuple[Sent, ...]:
        """See :meth:`bot.channels.base.History.sent_to`."""
        return await self._ask(lambda: history.sent_to(self._client, to, since))

    async def received(self, since: datetime, until: datetime) -> tuple[Inbound, ...]:
        """See :meth:`bot.channels.base.History.received`."""
        return await self._ask(lambda: history.received(self._client, self._sender, since, until))

    async def fetch(self, ref: str, limit: int) -> bytes:
        """See :meth:`bot.channels.files.FileSource.fetch`; ``ref`` is a ``MediaUrl`` as received."""
        path = ref.removeprefix(f"https://{TWILIO_API}")
        url = f"{self._api_url}{path}" if path != ref else ref
        async with httpx.AsyncClient(timeout=httpx.Timeout(15.0, connect=5.0), trust_env=False) as client:
            return await download(client, url, limit, allowed=self._keeps_files, auth=self._auth)

    def _keeps_files(self, origin: str) -> bool:
        # Twilio answers with a redirect to its content network, the address of which it may change
        host = origin.removeprefix("https://")
        return origin == self._api_url.lower() or (
            host != origin and host.endswith((".twilio.com", ".twiliocdn.com"))
        )

    async def aclose(self) -> None:
        """See :meth:`bot.channels.base.ChannelAdapter.aclose`. Requests under way are let end."""
        await asyncio.to_thread(self._threads.shutdown)
        self._http.close()

    async def _ask(self, question: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except HistoryUnavailable:
            raise
        except Exception as error:
            raise HistoryUnavailable(type(error).__name__) from error

    def _fields(self, to: str, message: Outbound, outbox_id: int) -> dict[str, Any]:
        fields = {"to": to, **self._from}
        if message.template:
            # a body beside a content id would be taken for free text: https://www.twilio.com/docs/api/errors/63016
            fields["content_sid"] = message.template
            if message.variables:
                numbered = {str(n): value for n, value in enumerate(message.variables, start=1)}
                fields["content_variables"] = json.dumps(numbered, ensure_ascii=False)
        else:
            fields["body"] = message.text
        if self._public_url:
            # the id brings the message back to its row even if the answer to this request is lost
            fields["status_callback"] = f"{self._public_url}{STATUS_PATH}?o={outbox_id}"
        return fields

    def _create(self, fields: dict[str, Any]) -> SendResult:
        try:
            created = self._client.messages.create(**fields)
        except Throttled as error:
            return refused(429, "20429", error.retry_after)
        except TwilioException as error:
            return refused(getattr(error, "status", 0) or 0, _code(error))
        except RequestException as error:
            return broken(error)
        except WrongHost:
            log.error("the Twilio client was about to reach a host that is not configured")
            return SendResult(Outcome.CONFIGURATION, code="host")
        except Exception as error:  # an answer that is no JSON, or not of a message's shape
            log.warning("Twilio's answer could not be read: %s", type(error).__name__)
            return SendResult(Outcome.UNKNOWN, code="answer")
        sid = getattr(created, "sid", None)
        if not isinstance(sid, str) or not sid:
            return SendResult(Outcome.UNKNOWN, code="answer")
        return SendResult(Outcome.ACCEPTED, external_id=sid)


def _code(error: Exception) -> str:
    """Twilio's own code; where an answer has none, twilio-python puts the HTTP status there."""
    code = getattr(error, "code", None)
    if code is None or code == getattr(error, "status", None):
        return ""
    return str(code)[:40]
