"""``oportunidad``: the command line. Exit 0 done, 1 the run failed, 2 the call was wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli_parts import Wrong, existing, iso_date
from bot.console.staff_cli import staff_app
from bot.content_cli import content_app
from bot.settings import Settings, SettingsError, load_settings
from bot.survey_cli import survey_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db_app = typer.Typer(no_args_is_help=True, help="The database: migrate, back up, restore.")
participants_app = typer.Typer(no_args_is_help=True, help="Completion lists.")
nudges_app = typer.Typer(no_args_is_help=True, help="Follow-up: what is due, one pass.")
app.add_typer(participants_app, name="participants")
app.add_typer(nudges_app, name="nudges")
app.add_typer(db_app, name="db")

out = Console()
err = Console(stderr=True)


def main() -> None:
    """The entry point. Every failure that an operator can mend is one line."""
    from bot.cli_parts import mendable

    try:
        # without its standalone mode, typer hands an exit code back instead of leaving
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except (Wrong, SettingsError) as error:
        err.print(str(error), style="red", highlight=False, soft_wrap=True)
        sys.exit(2)
    except Exception as error:
        usage = getattr(error, "format_message", None)  # a click error: the call was wrong
        if usage is not None:
            err.print(usage(), style="red", highlight=False, soft_wrap=True)
            sys.exit(2)
        if type(error).__name__ == "Abort":
            sys.exit(1)
        if isinstance(error, mendable()):
            err.print(str(error), style="red", highlight=False, soft_wrap=True)
            sys.exit(1)
        raise


def settings() -> Settings:
    return load_settings()


@contextmanager
def service() -> Iterator[Any]:
    """The service without an engine, closed afterwards."""
    from bot.bootstrap import build_service

    built = build_service(settings())
    try:
        yield built
    finally:
        built.close()


app.add_typer(survey_app(service, out, err), name="survey")
app.add_typer(staff_app(service, out), name="staff")
app.add_typer(content_app(service, out), name="content")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="dialogue engines; more than one adds processes")] = 1,
) -> None:
    """Run everything: channels, dialogue engine, sender, scheduler, simulator and console."""
    from bot.serving import serve as run

    run(settings(), host=host, port=port, workers=workers)


@app.command(hidden=True)
def engine() -> None:
    """One more dialogue engine, started by ``serve --workers``."""
    from bot.serving import engine as run

    run(settings())


@app.command()
def chat(
    channel: Annotated[str, typer.Option(help="whose look: whatsapp or telegram")] = "whatsapp",
    as_: Annotated[
        str, typer.Option("--as", help="who talks; the same id goes on where it was")
    ] = "terminal",
    script: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="one user message a line")
    ] = None,
) -> None:
    """Talk to the bot in the terminal, or let a script talk and print the transcript."""
    if channel not in ("whatsapp", "telegram"):
        raise Wrong(f"--channel: {channel} is not known; use whatsapp or telegram")
    from bot.terminal import talk

    with service() as built:
        talk(built, f"{channel}:{as_}", script, out)


@app.command()
def train(force: Annotated[bool, typer.Option(help="train even when nothing changed")] = False) -> None:
    """Train Rasa with the project's data; skipped when nothing changed."""
    from bot.engine.training import model_path
    from bot.engine.training import train as run

    if model_path().exists() and not force:
        out.print(f"Nothing changed: {model_path().name}")
        return
    with err.status("Training the model (about a minute) …"):
        path = run(force=force)
    out.print(f"Trained: {path.name}")


@app.command()
def parse() -> None:
    """Understand one text a line on standard input; write one JSON a line."""
    from bot.reading import parser

    understand = parser()
    for line in sys.stdin:
        print(json.dumps(understand(line.rstrip("\n")), ensure_ascii=False), flush=True)


@app.command(
    "rasa",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def rasa_command(context: typer.Context) -> None:
    """Rasa's own command line in this project: train, shell, test, data validate …"""
    from bot.engine.rasa_cli import run

    raise typer.Exit(run(context.args))


@app.command()
def export(
    tables: Annotated[
        list[str], typer.Argument(help="participants answers survey_<name> referrals messages …")
    ],
    format_: Annotated[str, typer.Option("--format", help="csv xlsx jsonl parquet sav dta")] = "csv",
    out_dir: Annotated[Path, typer.Option("--out", help="folder for the files")] = Path("exports"),
    identified: Annotated[bool, typer.Option(help="with names, addresses and exact times")] = False,
    since: Annotated[str | None, typer.Option(help="from this date, ISO")] = None,
    until: Annotated[str | None, typer.Option(help="up to this date, ISO")] = None,
    country: Annotated[str | None, typer.Option(help="MX or CL")] = None,
    centre: Annotated[str | None, typer.Option(help="centre code")] = None,
) -> None:
    """Write tables to files; de-identified unless asked otherwise."""
    from bot.cli_parts import progress_bar
    from bot.exports import run_export

    with service() as built, progress_bar(err) as progress:
        files = run_export(
            built.world,
            tables,
            format_,
            out_dir,
            identified=identified,
            since=iso_date("--since", since),
            until=iso_date("--until", until),
            country=country,
            centre=centre,
            progress=progress,
        )
    for path in files:
        out.print(str(path), highlight=False, soft_wrap=True)


@participants_app.command("import")
def participants_import(
    file: Annotated[Path, typer.Argument(help="a completion list: .csv or .xlsx")],
    apply: Annotated[bool, typer.Option("--apply", help="do it; without, a dry run")] = False,
) -> None:
    """Completions from a centre or an LMS: participant_id or phone, programme, completed_at."""
    existing(file)
    from bot.services.followup_import import import_completions

    with service() as built:
        report = import_completions(built.world, file, apply)
    for line in (*report.errors, *report.skipped):
        err.print(f"{file.name}: {line}", style="red" if line in report.errors else "yellow", highlight=False)
    out.print(
        f"{report.rows} rows: {report.new} new, {report.corrected} corrected, {report.same} known already"
    )
    if not report.ok:
        err.print(
            "Nothing was applied. Mend the rows named above and import the whole list again.", style="red"
        )
        raise typer.Exit(1)
    out.print(
        f"Applied; {report.planned} nudges planned." if report.applied else "Dry run. To do it: --apply"
    )


@nudges_app.command("list")
def nudges_list(
    due_before: Annotated[str | None, typer.Option(help="ISO date or instant")] = None,
) -> None:
    """What waits, soonest first."""
    from bot.exports import bound
    from bot.services.followup_steps import list_nudges

    with service() as built:
        for row in list_nudges(built.world, bound(due_before)):
            print(
                f"{row.nudge_id}\t{row.participant_id}\t{row.survey}\t{row.wave}\t{row.attempt}\t"
                f"{row.local_due_at}\t{row.state}\t{row.reason}"
            )


@nudges_app.command("run")
def nudges_run(once: Annotated[bool, typer.Option("--once", help="one pass")] = False) -> None:
    """One scheduler pass over what is due (or until nothing more may leave now)."""
    from bot.services.followup_steps import run_nudges

    with service() as built:
        worked = run_nudges(built.world, built.clock, once)
    for name, rows in worked.items():
        out.print(f"{name}: {rows if rows >= 0 else 'failed'}")
    if min(worked.values(), default=0) < 0:
        raise typer.Exit(1)


@nudges_app.command("forecast")
def nudges_forecast(
    days: Annotated[int, typer.Option(min=1, max=400, help="how far to look")] = 60,
    tier: Annotated[
        int | None,
        typer.Option(min=1, help="women a day that the account may write to first; none: no limit"),
    ] = None,
    per_minute: Annotated[float | None, typer.Option(min=0.1, help="the rate that is kept")] = None,
) -> None:
    """How many women each wave will be written to in the coming days, and how many days that takes."""
    from bot.services.followup_send import PER_MINUTE
    from bot.services.followup_steps import forecast

    with service() as built:
        since = built.clock()
        rate = PER_MINUTE if per_minute is None else per_minute
        found = forecast(built.world, since, since + timedelta(days=days), per_day=tier, per_minute=rate)
    for row in found:
        print(f"{row.wave}\t{row.people} women\t{row.days} days")
    if not found:
        out.print(f"Nothing is planned for the next {days} days.")


@app.command()
def indicators(
    country: Annotated[str | None, typer.Option(help="MX or CL")] = None,
    as_of: Annotated[str | None, typer.Option(help="ISO date; today without it")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="by centre, pathway, barrier … as well")] = False,
) -> None:
    """The published results, with intervals and small cells suppressed."""
    from bot.indicators.table import indicators_table, print_table

    with service() as built, built.database.read() as session:
        day = iso_date("--as-of", as_of) or built.clock().date()
        print_table(indicators_table(session, built.world.programmes, day, country), out, groups=groups)


@app.command("simulate")
def simulate_command(
    participants: Annotated[int, typer.Option(min=1, help="synthetic women")] = 100,
    months: Annotated[int, typer.Option(min=1, max=60, help="calendar months")] = 12,
    seed: Annotated[int, typer.Option(help="the same seed and start give the same report")] = 1,
    out_dir: Annotated[Path, typer.Option("--out", help="folder for demo.db and report.json")] = Path(
        "var/demo"
    ),
    engine_name: Annotated[
        str | None, typer.Option("--engine", help="rasa or direct; direct above 50 women")
    ] = None,
    kill_scheduler: Annotated[
        bool,
        typer.Option("--kill-scheduler", help="kill it at random, start it twice, leave it off for days"),
    ] = False,
    start: Annotated[str | None, typer.Option(help="first day, ISO; without, the last day is today")] = None,
) -> None:
    """Synthetic women through enrolment, course and follow-up on a simulated clock; exit 1 for a broken promise."""
    from bot.simulation.command import ENGINES, run

    if engine_name not in (None, *ENGINES):
        raise Wrong(f"--engine: {engine_name} is not known; use rasa or direct")
    report = run(
        settings(),
        participants=participants,
        months=months,
        seed=seed,
        out=out_dir,
        engine=engine_name,
        kill_scheduler=kill_scheduler,
        start=iso_date("--start", start),
        console=out,
    )
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def doctor() -> None:
    """Look at settings, database, model and data files; say what is wrong and how to mend it."""
    from bot.doctor import examine

    with service() as built:
        problems = examine(built, out)
    raise typer.Exit(1 if problems else 0)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date (the service does this by itself at start)."""
    with service():
        out.print("The schema is up to date.")


@db_app.command("downgrade")
def db_downgrade(revision: Annotated[str, typer.Argument(help="a revision, or base")]) -> None:
    """Take the schema back; ``base`` drops everything."""
    import sqlalchemy as sa

    from bot.store.migrate import downgrade

    engine_ = sa.create_engine(settings().database_url)
    typer.confirm(f"Take {engine_.url.render_as_string()} back to {revision}?", abort=True)
    downgrade(engine_, revision)


@db_app.command("backup")
def db_backup(target: Annotated[Path, typer.Argument(help="file to write")]) -> None:
    """Copy the embedded database while it is in use. The copy needs the same DATA_KEY."""
    from bot.store.backup import backup

    out.print(f"{backup(settings().database_url, target)} bytes: {target}")


@db_app.command("restore")
def db_restore(source: Annotated[Path, typer.Argument(exists=True, help="a copy that backup made")]) -> None:
    """Put a copy in place of the embedded database; the service must be stopped."""
    from bot.store.backup import restore

    typer.confirm("This replaces the present database. Go on?", abort=True)
    restore(settings().database_url, source)
    out.print("Restored.")


if __name__ == "__main__":
    main()
