"""What the service does beside sending: looking after uncertain sends, missed messages, Content resources, files.

Composition only: the steps are in ``bot.services``, the settings are the operator's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.services.content_choice import warn_before_waves
from bot.services.content_sync import ContentSync, Report
from bot.services.content_templates import Templates
from bot.services.media import MediaStore
from bot.services.reconcile import Reconciler
from bot.store.database import Database

if TYPE_CHECKING:
    from bot.bootstrap import Service

log = logging.getLogger(__name__)

EVERY = 20.0
"""seconds between looks; each chore knows itself when it is due"""


SWEEP_EVERY = 90


def media_folder(database: Database) -> Path:
    """Where her files lie: beside the embedded database, else in ``var/media`` of the project."""
    from bot.settings import ROOT

    if database.is_sqlite and database.url.database:
        return Path(database.url.database).resolve().parent / "media"
    return ROOT / "var" / "media"


class NotConfigured(RuntimeError):
    """WhatsApp is not set up; the message says what is missing."""


def build_content_sync(service: Service) -> ContentSync | None:
    """The sync with Twilio's Content API; None without WhatsApp."""
    from bot.bootstrap import DIALOGUES
    from bot.channels.whatsapp.contents import TwilioContents
    from bot.surveys.files import survey_names

    settings, library = service.settings, service.world.library
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        return None
    contents = TwilioContents(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        content_url=settings.twilio_content_url,
    )
    return ContentSync(
        service.database,
        contents,
        Templates.load(DIALOGUES / "templates"),
        lambda: [library.current(name)[1] for name in survey_names()],
        service.clock,
    )


def sync_content(service: Service, told: Callable[[int, int], None] = lambda done, of: None) -> Report:
    """``oportunidad content sync``: all of it, now. Raises NotConfigured or ContentsUnavailable."""
    sync = build_content_sync(service)
    if sync is None:
        raise NotConfigured("TWILIO_ACCOUNT_SID: missing; content lives in a Twilio account")
    return sync.sync(told)


def lint_templates() -> list[str]:
    """``oportunidad content lint``: what would be refused, a line each."""
    from bot.bootstrap import DIALOGUES

    return list(Templates.load(DIALOGUES / "templates").problems)


class Chores:
    """``run`` goes on until it is cancelled, in the channels' event loop. No chore's failure ends another."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._reconciler = Reconciler(
            service.database, service.adapters, service.clock, service.receiver.receive
        )
        self._media = MediaStore(
            service.database,
            service.adapters,
            service.clock,
            media_folder(service.database),
            receive=service.receiver.receive,
        )
        self._swept = 0
        self._stopped = threading.Event()

    async def run(self) -> None:
        # a thread that nobody waits for: the sync may take minutes, and the end of the service must not
        threading.Thread(target=self._content, name="content", daemon=True).start()
        try:
            while True:
                try:
                    if await self._reconciler.step():
                        self._service.post.set()
                    await self._media.step()
                    self._swept += 1
                    if self._swept % SWEEP_EVERY == 1:
                        self._media.sweep()
                except Exception as error:
                    log.error("chores: %s", type(error).__name__)
                await asyncio.sleep(EVERY)
        finally:
            self._stopped.set()

    def _content(self) -> None:
        sync, pause = build_content_sync(self._service), 0.0
        while sync is not None and not self._stopped.wait(pause):
            pause = EVERY
            try:
                if sync.step():
                    with self._service.database.write() as session:
                        warn_before_waves(session, sync.templates, self._service.clock())
            except Exception as error:
                # at the end of the service its database goes away under this thread
                if not self._stopped.is_set():
                    log.error("content: %s", type(error).__name__)
