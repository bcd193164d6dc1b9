"""Sending by the Bot API with python-telegram-bot, and the bot's own set-up."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
from telegram import Bot, Message
from telegram.error import BadRequest, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import TEXT_LIMITS
from bot.channels.files import FileRefused, FileUnavailable, download, origin_of
from bot.channels.quiet import keep_vendors_quiet
from bot.channels.split import split_message, utf16_length
from bot.channels.telegram.commands import menus
from bot.channels.telegram.failures import failed
from bot.channels.telegram.render import keyboard, text_and_bold
from bot.channels.telegram.update import ALLOWED_UPDATES
from bot.core.messages import Channel, Outbound, Outcome, SendResult

TELEGRAM_API: Final = "https://api.telegram.org"
_DONE: Final = SendResult(Outcome.ACCEPTED)


class TelegramAdapter:
    """One bot. ``api_url`` is a bare origin; time-outs are in seconds; no request is ever repeated here.

    Made without a request, so a wrong token shows with the first one.
    """

    channel: Final = Channel.TELEGRAM
    text_limit: Final = TEXT_LIMITS[Channel.TELEGRAM]

    def __init__(
        self,
        token: str,
        api_url: str = TELEGRAM_API,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 15.0,
        pool_timeout: float = 5.0,
        connections: int = 32,
    ) -> None:
        keep_vendors_quiet()
        # the library's switch to the type that its next version returns (RetryAfter.retry_after); without it
        # reading that value warns
        os.environ.setdefault("PTB_TIMEDELTA", "true")

        def request(size: int) -> HTTPXRequest:
            return HTTPXRequest(
                connection_pool_size=size,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                write_timeout=read_timeout,
                pool_timeout=pool_timeout,
            )

        self._files_at = origin_of(api_url)
        # polling holds a connection for its whole time-out, so it has one to itself
        self._requests = (request(connections), request(1))
        self.bot = Bot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )

    def parts(self, message: Outbound) -> tuple[Outbound, ...]:
        """See :meth:`bot.channels.base.ChannelAdapter.parts`."""
        return split_message(message, self.text_limit)

    async def send(self, to: str, message: Outbound, *, outbox_id: int) -> SendResult:
        """See :meth:`bot.channels.base.ChannelAdapter.send`.

        ``external_id`` is the message id, which is unique within the chat only. Refused without a request:
        blank text (``empty``), over the limit (``too_long``), a recipient that is no chat id (``address``).
        """
        if not message.text.strip():
            return SendResult(Outcome.PERMANENT, code="empty")
        if utf16_length(message.text) > self.text_limit:
            return SendResult(Outcome.PERMANENT, code="too_long")
        if not to.removeprefix("-").isdecimal():
            return SendResult(Outcome.PERMANENT, code="address")
        text, bold = text_and_bold(message.text)
        try:
            sent: Message = await self.bot.send_message(
                int(to), text, entities=bold or None, reply_markup=keyboard(message, outbox_id)
            )
        except Exception as error:
            return failed(error)
        return SendResult(Outcome.ACCEPTED, external_id=str(sent.message_id))

    async def answer_press(self, press_id: str, text: str = "") -> SendResult:
        """Stop the progress shown on a pressed button, with a line of up to 200 characters if given.

        Telegram forgets a press after about two and a half minutes, so this goes before everything else.
        """
        return await self._do(lambda: self.bot.answer_callback_query(press_id, text[:200] or None))

    async def remove_keyboard(self, chat_id: str, message_id: str) -> SendResult:
        """Take the buttons off a message of ours that was answered; one without buttons is left as it is."""
        if not (chat_id.removeprefix("-").isdecimal() and message_id.isdecimal()):
            return SendResult(Outcome.PERMANENT, code="address")
        return await self._do(
            lambda: self.bot.edit_message_reply_markup(chat_id=int(chat_id), message_id=int(message_id))
        )

    async def fetch(self, ref: str, limit: int) -> bytes:
        """See :meth:`bot.channels.files.FileSource.fetch`; ``ref`` is a file id. Telegram gives up to 20 MB."""
        try:
            file = await self.bot.get_file(ref)
        except BadRequest as error:
            raise FileRefused("size" if "too big" in error.message.lower() else "gone") from error
        except TelegramError as error:
            raise FileUnavailable(type(error).__name__) from error
        url = file.file_path or ""
        async with httpx.AsyncClient(timeout=httpx.Timeout(15.0, connect=5.0), trust_env=False) as client:
            return await download(client, url, limit, allowed=lambda origin: origin == self._files_at)

    async def register_webhook(self, url: str, secret: str) -> SendResult:
        """Have updates sent to ``url`` with ``secret`` in their header; what is waiting is kept."""
        return await self._do(
            lambda: self.bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        )

    async def set_commands(self) -> SendResult:
        """Register the menu of every language of ``commands.yml``; stops at the first that fails."""
        for menu in menus():
            result = await self._do(
                lambda menu=menu: self.bot.set_my_commands(  # type: ignore[misc]
                    menu.commands, language_code=menu.language or None
                )
            )
            if result.outcome is not Outcome.ACCEPTED:
                return result
        return _DONE

    async def aclose(self) -> None:
        """See :meth:`bot.channels.base.ChannelAdapter.aclose`."""
        for request in self._requests:
            await request.shutdown()

    async def _do(self, call: Callable[[], Awaitable[object]]) -> SendResult:
        try:
            await call()
        except Exception as error:
            return failed(error)
        return _DONE
