"""The console over a running service."""

from __future__ import annotations

import yaml
from starlette.applications import Starlette

from bot.bootstrap import CATALOGUES, DIALOGUES, Service, parts_of
from bot.console.app import build_console
from bot.console.desk import Desk, signing_key
from bot.console.staff_cli import REPORTS
from bot.services.content_templates import Templates
from bot.services.staff.accounts import first_setup

_NOT_LABELS = frozenset({"answer", "send_media", "show_support", "show_menu"})
"""intents that nobody types: presses, and what a question's answer is called"""


def build_desk(service: Service) -> Desk:
    """What the console needs, from the service's parts."""
    settings = service.settings
    secret = settings.secret_key or settings.data_key
    return Desk(
        world=service.world,
        secret=signing_key(secret.get_secret_value()),
        parts=parts_of(service.adapters),
        development=settings.environment != "production",
        secure=(settings.public_url or "").startswith("https://"),
        public_url=settings.public_url or "",
        wake_sender=service.post.set,
        wake_engine=service.work.set,
        catalogues=CATALOGUES,
        reports=REPORTS,
        private_words=Templates.load(DIALOGUES / "templates").private_words,
        intents=intents(),
    )


def console_of(service: Service) -> Starlette:
    """The application to mount at ``/``."""
    return build_console(build_desk(service))


def intents() -> tuple[str, ...]:
    """The labels that a message can have, as ``dialogues/domain.yml`` lists them."""
    domain = yaml.safe_load((DIALOGUES / "domain.yml").read_text(encoding="utf-8"))
    named = (next(iter(entry)) if isinstance(entry, dict) else str(entry) for entry in domain["intents"])
    return tuple(name for name in named if name not in _NOT_LABELS)


def setup_url(service: Service, base: str) -> str | None:
    """The one-time link for the first account, to print at the start of a development service.

    None in production, where accounts are made on the command line, and once somebody has signed up.
    ``base`` is the address that the server listens on, without a path.
    """
    if service.settings.environment == "production":
        return None
    token = first_setup(service.database, service.clock)
    return f"{base.rstrip('/')}/set-up/{token}" if token else None
