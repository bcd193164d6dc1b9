"""``oportunidad doctor``: looks at everything an operator can mend, and says how."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from rich.console import Console
from sqlalchemy.orm import Session

from bot.bootstrap import CATALOGUES, Service
from bot.services.reconcile_failures import open_alerts
from bot.services.staff.accounts import accounts
from bot.store.tables import HandOver, InboxRow, OutboxRow

Finding = tuple[bool, str]
"""whether it is a problem (or only worth knowing), and one line that names the mend"""


def examine(service: Service, out: Console) -> int:
    """Print every finding; returns how many are problems."""
    problems = 0
    for check in (_settings, _model, _focal_points, _lines, _queues, _catalogues):
        for bad, line in check(service):
            problems += bad
            out.print(
                f"{'✗' if bad else '·'} {line}", style="red" if bad else "", highlight=False, soft_wrap=True
            )
    out.print("Nothing to mend." if not problems else f"{problems} to mend.", style="bold")
    return problems


def _settings(service: Service) -> Iterator[Finding]:
    settings = service.settings
    yield False, f"environment {settings.environment}, database {service.database.url.get_backend_name()}"
    if settings.telegram_bot_token is None and settings.twilio_account_sid is None:
        bad = settings.environment == "production"
        yield bad, "no channel is configured. Mend: set TELEGRAM_BOT_TOKEN or the TWILIO_ variables"
    if settings.environment == "production" and service.database.is_sqlite:
        yield False, "production on SQLite: one machine only. For more set DATABASE_URL to PostgreSQL"


def _model(service: Service) -> Iterator[Finding]:
    from bot.engine.training import model_path

    path = model_path()
    if not path.exists():
        yield True, "no model for the present data. Mend: oportunidad train (serve does it by itself)"
    else:
        yield False, f"model {path.name}"


def _focal_points(service: Service) -> Iterator[Finding]:
    staff = [a for a in accounts(service.database) if a.focal_point and a.state == "active"]
    for programme in service.world.programmes:
        if programme.country and not any(a.country in (None, programme.country) for a in staff):
            # who asks for help after a disclosure is shown to the focal point alone
            yield (
                service.settings.environment == "production",
                f"{programme.key}: nobody sees who asks for help after a disclosure. "
                f"Mend: oportunidad staff add EMAIL --role case_worker --focal-point --country {programme.country}",
            )


def _lines(service: Service) -> Iterator[Finding]:
    today = service.clock().date()
    for programme in service.world.programmes:
        for line in programme.stale_lines(today):
            yield (
                True,
                f"{programme.key}: help line {line.number} was last checked on {line.checked_on}. "
                f"Mend: call it, then set checked_on in programmes/{programme.key}.yml",
            )


def _queues(service: Service) -> Iterator[Finding]:
    with service.database.read() as session:
        counts: list[tuple[str, Callable[[], int | None], bool]] = [
            ("messages set aside", lambda: _count(session, InboxRow.state == "set_aside"), True),
            (
                "sends whose outcome is not known",
                lambda: _count(session, OutboxRow.state == "unknown"),
                False,
            ),
            ("hand-overs open", lambda: _count(session, HandOver.state == "open"), False),
        ]
        for what, count, bad in counts:
            number = count() or 0
            if number:
                yield bad, f"{number} {what}. Mend: look at them in the console"
        for alert in open_alerts(session):
            yield True, f"{alert.channel}: {alert.detail or alert.code}. Mend: docs/whatsapp.md"


def _count(session: Session, condition: sa.ColumnElement[bool]) -> int | None:
    return session.scalar(sa.select(sa.func.count()).where(condition))


def _catalogues(service: Service) -> Iterator[Finding]:
    if not (CATALOGUES / "mx_municipios.csv").exists():
        yield False, f"no catalogue of Mexican municipalities in {CATALOGUES.name}/: names are taken as typed"
