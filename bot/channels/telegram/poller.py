"""Long polling, for a machine that Telegram cannot reach: https://core.telegram.org/bots/api#getupdates"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter

from bot.channels.telegram.update import ALLOWED_UPDATES
from bot.channels.wire import integer, mapping

log = logging.getLogger(__name__)

OnUpdate = Callable[[dict[str, Any]], Awaitable[None]]
_BATCH: Final = 100
_BREATH: Final = 0.3


class LongPoller:
    """Hands every update to ``on_update``, in order, and acknowledges it only once that has returned.

    ``on_update`` must have stored the update when it returns. If it raises, the same update is handed over
    again after a pause: a database that is away for a while loses nothing. Updates may come twice after a
    restart; storing them under their id makes that harmless. ``hold``, ``pause`` and ``longest_pause`` are
    seconds: how long Telegram waits for news, the first pause after trouble, and the last.
    """

    def __init__(
        self,
        bot: Bot,
        on_update: OnUpdate,
        *,
        hold: int = 25,
        pause: float = 1.0,
        longest_pause: float = 60.0,
    ) -> None:
        self._bot = bot
        self._on_update = on_update
        self._hold = hold
        self._first_pause = pause
        self._longest_pause = longest_pause
        self._offset: int | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End :meth:`run`: an update being stored is let end, a request waiting for news is given up."""
        self._stop.set()

    async def run(self) -> None:
        """Poll until :meth:`stop`. Raises nothing that Telegram or ``on_update`` does."""
        pause = self._first_pause
        webhook_is_off = False
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            try:
                if not webhook_is_off:
                    # a webhook left over from elsewhere would refuse polling; what waits there is kept
                    await self._or_stop(self._bot.delete_webhook())
                    webhook_is_off = True
                began = loop.time()
                if not await self.step() and loop.time() - began < _BREATH:
                    # a server that answers at once instead of holding must not be asked without end
                    await self._rest(_BREATH)
                pause = self._first_pause
            except RetryAfter as error:
                after = error.retry_after
                await self._rest(after.total_seconds() if isinstance(after, timedelta) else after)
            except Exception as error:
                self._report(error)
                # another poller or a webhook set meanwhile: take it off again
                webhook_is_off = webhook_is_off and not isinstance(error, Conflict)
                await self._rest(pause)
                pause = min(pause * 2, self._longest_pause)

    async def step(self) -> int:
        """Ask once and store what came; how many updates were stored. Raises what goes wrong."""
        updates = await self._or_stop(self._ask())
        stored = 0
        for update in updates if isinstance(updates, list) else ():
            update_id = integer(mapping(update).get("update_id"))
            if self._stop.is_set():
                break
            if update_id is None:
                log.warning("Telegram sent something that is no update; it is left out")
                continue
            await self._on_update(dict(update))
            self._offset = update_id + 1
            stored += 1
        return stored

    async def _ask(self) -> Any:
        # raw, so that one update of a shape unknown to the library cannot keep the others away
        arguments: dict[str, Any] = {
            "timeout": self._hold,
            "limit": _BATCH,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            arguments["offset"] = self._offset
        # spelled so that the library does not point at its parsing get_updates; it becomes getUpdates
        return await self._bot.do_api_request("get_Updates", arguments, read_timeout=self._hold + 10)

    async def _or_stop(self, work: Awaitable[Any]) -> Any:
        """What ``work`` returns, or None if :meth:`stop` comes first; the request is then given up."""
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for waiting in (task, stopped):
                waiting.cancel()
            await asyncio.gather(task, stopped, return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            pass

    def _report(self, error: Exception) -> None:
        if isinstance(error, InvalidToken):
            log.error("Telegram refuses TELEGRAM_BOT_TOKEN; still trying")
        elif isinstance(error, Conflict):
            log.error("another process polls with this bot's token, or a webhook is set; still trying")
        else:
            log.warning("polling Telegram failed (%s); still trying", type(error).__name__)
