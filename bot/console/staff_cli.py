"""``oportunidad staff …``: accounts, and the corrections that reviewers made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.services.staff import accounts
from bot.services.staff.corrections import write_corrections

Open = Callable[[], AbstractContextManager[Any]]
"""gives the service (its ``database``, ``clock`` and ``settings``), closed afterwards"""


def staff_app(service: Open, out: Console) -> typer.Typer:
    """The command group, over the caller's way of opening the service."""
    app = typer.Typer(no_args_is_help=True, help="Staff accounts of the console.")

    @app.command("add")
    def add(
        email: Annotated[str, typer.Argument(help="who signs in")],
        role: Annotated[list[str], typer.Option(help="viewer case_worker analyst admin; may be repeated")],
        country: Annotated[str | None, typer.Option(help="MX or CL; everywhere if left out")] = None,
        centre: Annotated[str | None, typer.Option(help="code of one centre")] = None,
        focal_point: Annotated[
            bool, typer.Option(help="trained for disclosures; sees what is restricted")
        ] = False,
    ) -> None:
        """Make an account and print its set-up link, which works once."""
        with service() as built:
            token = accounts.add(
                built.database,
                built.clock,
                email,
                role,
                country=country.upper() if country else None,
                centre=centre,
                focal_point=focal_point,
            )
            _print_link(built, token, out)

    @app.command("invite")
    def invite(email: Annotated[str, typer.Argument(help="whose account")]) -> None:
        """A new set-up link, for a lost password or telephone. The old password stops working."""
        with service() as built:
            token = accounts.invite_again(built.database, built.clock, accounts.find(built.database, email))
            _print_link(built, token, out)

    @app.command("list")
    def list_() -> None:
        """Every account with its roles and scope."""
        table = Table("e-mail", "roles", "focal point", "country", "centre", "state", box=None)
        with service() as built:
            for a in accounts.accounts(built.database):
                focal = "yes" if a.focal_point else ""
                table.add_row(a.email, " ".join(a.roles), focal, a.country or "", a.centre or "", a.state)
        out.print(table)

    @app.command("disable")
    def disable(email: Annotated[str, typer.Argument(help="whose account")]) -> None:
        """The account signs in no more, and is signed out now."""
        with service() as built:
            accounts.disable(built.database, built.clock, accounts.find(built.database, email))
        out.print(f"{email}: disabled")

    @app.command("corrections")
    def corrections(
        nlu: Annotated[
            Path, typer.Option(exists=True, file_okay=False, help="folder of training data")
        ] = Path("nlu"),
    ) -> None:
        """Write the labels that reviewers corrected to nlu/<language>/reviewed, to be looked at as a diff."""
        with service() as built:
            report = write_corrections(built.database, nlu, built.clock)
        for path in report.files:
            out.print(str(path), highlight=False, soft_wrap=True)
        out.print(f"{sum(report.examples.values())} examples added", highlight=False)
        for (before, after), count in report.changes.most_common():
            out.print(f"  {before or '–'} → {after}: {count}", highlight=False)
        for why, count in report.left_out.items():
            out.print(f"left out ({why.replace('_', ' ')}): {count}", highlight=False)

    return app


def _print_link(built: Any, token: str, out: Console) -> None:
    base = built.settings.public_url or "http://127.0.0.1:8000"
    out.print("Set-up link, works once and for 24 hours. Hand it over in person or by a safe means:")
    out.print(f"{base}/set-up/{token}", highlight=False, soft_wrap=True)
