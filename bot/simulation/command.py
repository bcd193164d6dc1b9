"""``oportunidad simulate``: what the command line runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bot.services.runner import Engine
from bot.settings import Settings
from bot.simulation.report import Report, show
from bot.simulation.run import Mind, NotEmpty, simulate

ENGINES = ("direct", "rasa")
RASA_UP_TO = 50
"""so many women are simulated with Rasa itself where nothing else is asked for"""
FILE = "demo.db"
DAWN = time(6, tzinfo=UTC)


def run(
    settings: Settings,
    *,
    participants: int,
    months: int,
    seed: int,
    out: Path,
    engine: str | None,
    kill_scheduler: bool,
    start: date | None,
    console: Console,
) -> Report:
    """Simulate into the configured database, or into ``out/demo.db`` where none is configured.

    Raises NotEmpty where that file or database holds people already.
    """
    chosen = engine or ("rasa" if participants <= RASA_UP_TO else "direct")
    configured = "database_url" in settings.model_fields_set
    final, part = out / FILE, out / f"{FILE}.part"
    if not configured:
        if final.exists():
            raise NotEmpty(f"{final}: is there already. Remove it, or name another folder with --out")
        out.mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{FILE}.part*"):
            left.unlink()  # of a run that was broken off
        settings = settings.model_copy(update={"database_url": f"sqlite:///{part}"})
    with console.status("Loading the model …"):
        mind = build_mind(chosen)
    began = datetime.combine(start, DAWN) if start is not None else None
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(f"{participants} women, {months} months", total=1.0)
        report = simulate(
            settings,
            mind,
            participants=participants,
            months=months,
            seed=seed,
            out=out,
            kill_scheduler=kill_scheduler,
            start=began,
            progress=lambda share: bar.update(task, completed=share),
        )
    if not configured:
        # only a whole year gets the name that others look for
        part.replace(final)
        console.print(f"Database: {final}", highlight=False)
    show(report, console)
    console.print(f"Report: {out / 'report.json'}", highlight=False)
    return report


def build_mind(engine: str) -> Mind:
    """What understands a text, trained when there is no model yet; with ``rasa`` also Rasa's dialogue."""
    from bot.bootstrap import build_understanding
    from bot.engine.parsing import ParseOnly

    parser = ParseOnly()
    mind = Mind(parser.parse, build_understanding(parser.model))
    return replace(mind, engine=_rasa(parser.model)) if engine == "rasa" else mind


def _rasa(model: Path) -> Engine:
    from bot.actions import build_executor
    from bot.engine.agent import DialogueEngine
    from bot.services.say import say
    from bot.services.turn import current
    from bot.surveys.files import survey_names

    return DialogueEngine(
        model,
        build_executor(survey_names()),
        session=lambda: current().session,
        now=lambda: current().now.timestamp(),
        say=lambda key: say(current(), key),
    )
