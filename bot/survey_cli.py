"""``oportunidad survey``: check, try, read and publish questionnaires (XLSForm)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli_parts import existing, iso_date


def survey_app(service: Callable[[], AbstractContextManager[Any]], out: Console, err: Console) -> typer.Typer:
    """The commands; ``service`` opens the service without an engine."""
    app = typer.Typer(no_args_is_help=True, help="Check, try, read and publish questionnaires (XLSForm).")

    @app.command("check")
    def check(file: Annotated[Path, typer.Argument(help="an XLSForm: .xlsx or .md")]) -> None:
        """Validate an XLSForm and say by row what a chat cannot ask."""
        existing(file)
        from bot.bootstrap import CATALOGUES
        from bot.services.fit import examine_for_chat

        found = examine_for_chat(file, catalogues=CATALOGUES)
        for problem in found.warnings:
            out.print(f"warning: {problem}", style="yellow", highlight=False, soft_wrap=True)
        for problem in found.errors:
            err.print(str(problem), style="red", highlight=False, soft_wrap=True)
        if found.errors:
            raise typer.Exit(1)
        asked = sum(q.asked for q in found.survey.questions) if found.survey else 0
        out.print(f"{file.name}: {asked} questions, nothing a chat cannot ask")

    @app.command("run")
    def run(
        file: Annotated[Path, typer.Argument(help="an XLSForm: .xlsx or .md")],
        language: Annotated[str, typer.Option(help="es or en")] = "es",
        answers: Annotated[
            Path | None, typer.Option(exists=True, dir_okay=False, help="one reply a line")
        ] = None,
        out_file: Annotated[Path | None, typer.Option("--out", help="write {question: value} here")] = None,
        country: Annotated[str | None, typer.Option(help="whose number formats: MX or CL")] = None,
    ) -> None:
        """Hold the questionnaire in the terminal, or with one reply a line from a file."""
        existing(file)
        from bot.reading import hold_survey

        values = hold_survey(file, language, country, answers, out)
        text = json.dumps(values, ensure_ascii=False, indent=2)
        if out_file is not None:
            out_file.write_text(text + "\n", encoding="utf-8")
        else:
            print(text)

    @app.command("read")
    def read(
        file: Annotated[Path, typer.Argument(help="an XLSForm: .xlsx or .md")],
        question: Annotated[str, typer.Option(help="the question's name")],
        country: Annotated[str | None, typer.Option(help="MX or CL")] = None,
        language: Annotated[str, typer.Option(help="es or en")] = "es",
        today: Annotated[str | None, typer.Option(help="ISO date for relative dates")] = None,
    ) -> None:
        """How the chat would read replies to a question: one text a line in, one JSON a line out."""
        existing(file)
        from bot.reading import reader

        reads = reader(file, question, country, language, iso_date("--today", today) or date.today())
        for line in sys.stdin:
            print(json.dumps(reads(line.rstrip("\n")), ensure_ascii=False), flush=True)

    @app.command("publish")
    def publish(file: Annotated[Path, typer.Argument(help="an XLSForm: .xlsx or .md")]) -> None:
        """Make the questionnaire a version that can be asked."""
        existing(file)
        from bot.bootstrap import CATALOGUES

        with service() as built:
            version = built.world.library.publish(file.stem, file, built.clock(), CATALOGUES)
        out.print(f"{file.stem}: version {version}")

    return app
