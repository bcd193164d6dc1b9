"""``oportunidad content``: the Content resources and templates of WhatsApp."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress


def content_app(service: Callable[[], AbstractContextManager[Any]], out: Console) -> typer.Typer:
    """The commands; ``service`` opens the service without an engine."""
    app = typer.Typer(no_args_is_help=True, help="WhatsApp's buttons and templates: keep in step, check.")

    @app.command("sync")
    def sync() -> None:
        """Make what is missing at Twilio, submit templates, look up approvals. The service does this at start."""
        from bot.chores import sync_content

        with service() as built, Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Content resources", total=None)
            report = sync_content(built, lambda done, of: progress.update(task, completed=done, total=of))
        for line in report.lines():
            out.print(line, highlight=False, soft_wrap=True)
        if report.problems:
            raise typer.Exit(1)

    @app.command("lint")
    def lint() -> None:
        """Say what Meta would refuse in ``dialogues/templates`` or take for advertising."""
        from bot.chores import lint_templates

        problems = lint_templates()
        for line in problems:
            out.print(line, style="red", highlight=False, soft_wrap=True)
        if problems:
            raise typer.Exit(1)
        out.print("Every template may be submitted.")

    return app
