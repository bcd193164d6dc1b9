"""``oportunidad staff …``: accounts, and the corrections that reviewers made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.services.staff import accounts
from bot.services.staff.corrections import write_corrections
from bot.settings import ROOT

REPORTS = ROOT / "var" / "reports"
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
        report: Annotated[
            bool, typer.Option("--report", help="train without and with them and say what changed; minutes")
        ] = False,
    ) -> None:
        """Write the labels that reviewers corrected to nlu/<language>/reviewed, to be looked at as a diff."""
        with service() as built:
            written, now = write_corrections(built.database, nlu, built.clock), built.clock()
        for path in written.files:
            out.print(str(path), highlight=False, soft_wrap=True)
        out.print(f"{sum(written.examples.values())} examples added", highlight=False)
        for (before, after), count in written.changes.most_common():
            out.print(f"  {before or '–'} → {after}: {count}", highlight=False)
        for why, count in written.left_out.items():
            out.print(f"left out ({why.replace('_', ' ')}): {count}", highlight=False)
        if report:
            _compare(nlu, now, out)

    return app


def _compare(nlu: Path, now: datetime, out: Console) -> None:
    from bot.services.staff import retraining

    with out.status("Training …") as status:
        try:
            found = retraining.compare(nlu, now, lambda what: status.update(f"{what} …"))
        except retraining.NothingToCompare as error:
            out.print(str(error), style="yellow", highlight=False, soft_wrap=True)
            raise typer.Exit(1) from None
    table = Table("", "without", "with the corrections", box=None)
    before, after = found.before, found.after
    table.add_row(f"accuracy ({before.n} texts)", f"{before.accuracy:.3f}", f"{after.accuracy:.3f}")
    table.add_row("macro-F1", f"{before.macro_f1:.3f}", f"{after.macro_f1:.3f}")
    table.add_row(f"disclosures missed of {before.disclosures}", str(before.missed), str(after.missed))
    table.add_row(f"alarms for nothing of {before.ordinary}", str(before.alarms), str(after.alarms))
    table.add_row(
        f"corrected texts read right ({sum(found.examples.values())})",
        f"{found.held_out_before:.3f}",
        f"{found.held_out_after:.3f}",
    )
    for intent, (old, new) in found.moved.items():
        table.add_row(f"F1 {intent}", f"{old:.3f}", f"{new:.3f}")
    out.print(table)
    path = retraining.save(found, REPORTS)
    out.print(f"Kept for the console: {path}", highlight=False, soft_wrap=True)
    if found.worse:
        out.print(
            "It costs more than it gives: look at the labels before they are committed.", style="bold red"
        )
        raise typer.Exit(1)


def _print_link(built: Any, token: str, out: Console) -> None:
    base = built.settings.public_url or "http://127.0.0.1:8000"
    out.print("Set-up link, works once and for 24 hours. Hand it over in person or by a safe means:")
    out.print(f"{base}/set-up/{token}", highlight=False, soft_wrap=True)
