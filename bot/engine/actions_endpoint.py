"""Actions in process: Rasa's action endpoint calls the SDK's executor, without a server in between.

Rasa swallows an action's exception and goes on with the conversation. The turn must not: the first error
is handed to ``on_error`` so that the whole turn is rolled back and tried again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.actions import ActionRejected, Executor


class InProcessActions(EndpointConfig):
    """An ``EndpointConfig`` whose ``request`` runs the action here and now."""

    def __init__(self, executor: Executor, on_error: Callable[[BaseException], None]) -> None:
        super().__init__(url="inproc://")
        self._executor = executor
        self._on_error = on_error

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        try:
            return await self._executor.run(kwargs["json"])
        except ActionRejected as rejection:
            body = json.dumps({"error": rejection.message, "action_name": rejection.action_name})
            raise ClientResponseError(400, "rejected", body) from rejection
        except BaseException as error:
            self._on_error(error)
            raise
