"""``oportunidad serve``: the web server, the engine, the sender and the scheduler in one process."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

from rich.console import Console

from bot.bootstrap import Service, build_runner, build_service
from bot.services.followup_steps import EVERY_TICK, NOW_AND_THEN, run_steps
from bot.services.keeping import let_old_data_go
from bot.services.staff.holds import return_stale_handovers
from bot.settings import Settings
from bot.web.server import make_server
from bot.workers import EngineLoop, Loop, SenderLoop
from scheduler import Job, Scheduler

STOP_WITHIN = 10.0
"""seconds that loops and helpers get to end; SIGTERM must be done within 15"""

log = logging.getLogger(__name__)
console = Console(stderr=True)


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Run until SIGTERM or Ctrl-C. Messages are accepted from the first second, answered once the model is there."""
    quiet_logs()
    service = build_service(settings)
    base = f"http://{host}:{port}"
    engine = EngineLoop(service, lambda: _ready(service, base), lambda why: _no_engine(why))
    sender = SenderLoop(service, service.sender)
    scheduler = _scheduler(service)
    server = make_server(_web(service, engine, sender, scheduler), host, port)
    if not engine_has_model():
        console.print("First start: training the model, one to two minutes. Messages are kept meanwhile.")
    engine.start()
    sender.start()
    helpers = _helpers(workers - 1)
    # uvicorn raises the signal anew once it has drained; left to itself that would end the process there and
    # then, with the loops in the middle of a step
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
    try:
        server.run()
    finally:
        scheduler.shutdown()
        _stop([engine, sender], helpers)
        service.close()


def engine(settings: Settings) -> None:
    """One more engine over the same database, until SIGTERM."""
    quiet_logs()
    service = build_service(settings)
    runner = build_runner(service)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    while not stopped.is_set():
        if not runner.run_once():
            stopped.wait(0.1)
    service.close()


def quiet_logs() -> None:
    """Warnings and worse, one line each, no message texts; vendors' clients log addresses at lower levels."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    for name in ("httpx", "httpcore", "telegram", "twilio", "urllib3", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


def engine_has_model() -> bool:
    from bot.engine.training import model_path

    return model_path().exists()


def _ready(service: Service, base: str) -> None:
    from bot.console.wiring import setup_url

    first = setup_url(service, base)
    console.print(f"Ready. Staff console: {first or base + '/'}", highlight=False, soft_wrap=True)
    if service.settings.environment != "production":
        console.print(f"Talk to the bot: {base}/simulator", style="bold green", highlight=False)


def _no_engine(why: str) -> None:
    console.print(f"The dialogue engine did not start: {why}", style="red", highlight=False)


def _helpers(count: int) -> list[subprocess.Popen[bytes]]:
    return [subprocess.Popen([sys.executable, "-m", "bot.cli", "engine"]) for _ in range(count)]


def _web(service: Service, engine: EngineLoop, sender: SenderLoop, scheduler: Scheduler) -> Any:
    from bot.console.wiring import console_of
    from bot.web.wiring import build_app

    return build_app(
        service,
        console=console_of(service),
        engine_ready=lambda: engine.ready,
        answer_press=sender.answer_press,
        scheduler_ready=lambda: scheduler.last_tick is not None,
    )


def _scheduler(service: Service) -> Scheduler:
    """The clockwork over the follow-up steps; it only ticks, what is due lies in SQL."""
    world, clock = service.world, service.clock
    scheduler = Scheduler(
        [
            Job("nudges", lambda: run_steps(world, EVERY_TICK, clock())),
            Job("hand-overs", lambda: return_stale_handovers(world, clock()), timedelta(minutes=1)),
            Job("plans", lambda: run_steps(world, NOW_AND_THEN, clock()), timedelta(hours=1)),
            Job("keeping", lambda: let_old_data_go(world, clock()), timedelta(hours=6)),
        ],
        clock=clock,
    )
    scheduler.start()
    return scheduler


def _stop(loops: list[Loop], helpers: list[subprocess.Popen[bytes]]) -> None:
    for loop in loops:
        loop.stop()
    for helper in helpers:
        helper.terminate()
    for loop in loops:
        loop.join(STOP_WITHIN)
    for helper in helpers:
        try:
            helper.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            helper.kill()
