"""The stack that Rasa never promised to run on: each override has a test that would notice it break.

``[tool.uv] override-dependencies`` of pyproject.toml, one test a line (docs/adr/0001).
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import threading
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OVERRIDES = [Requirement(line) for line in PROJECT["tool"]["uv"]["override-dependencies"]]
LEFT_OUT = [r for r in OVERRIDES if r.marker is not None and not r.marker.evaluate()]
PUT_IN = [r for r in OVERRIDES if r not in LEFT_OUT]
DIRECT = [Requirement(line) for line in PROJECT["project"]["dependencies"]]


def locked() -> dict[str, Version]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [
        line.split(";")[0].rstrip(" \\") for line in lines if "==" in line and not line.startswith((" ", "#"))
    ]
    return {
        name.split("[")[0].lower(): Version(version)
        for name, _, version in (pin.partition("==") for pin in pins)
    }


def test_it_runs_on_the_python_that_rasa_does_not_name() -> None:
    assert sys.version_info[:2] == (3, 11)


@pytest.mark.parametrize("requirement", [*PUT_IN, *DIRECT], ids=str)
def test_the_installed_release_is_the_one_that_was_asked_for(requirement: Requirement) -> None:
    installed = importlib.metadata.version(requirement.name)
    assert requirement.specifier.contains(installed, prereleases=True)


@pytest.mark.parametrize("requirement", [*PUT_IN, *DIRECT], ids=str)
def test_the_lock_holds_what_was_asked_for(requirement: Requirement) -> None:
    pinned = locked()
    assert requirement.specifier.contains(pinned[requirement.name.lower()], prereleases=True)


def test_what_is_installed_is_what_the_lock_says() -> None:
    # uv applies the overrides to an install too: in sight of them it takes the newest release that they admit
    found = {name: Version(importlib.metadata.version(name)) for name in locked() if _needed(name)}
    assert {name: found[name] for name, pin in locked().items() if name in found and found[name] != pin} == {}
    assert len(found) > 150


def _needed(name: str) -> bool:
    # a few of the lock's lines are for other systems
    try:
        return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False


@pytest.mark.parametrize("requirement", LEFT_OUT, ids=lambda r: r.name)
def test_tensorflow_is_neither_installed_nor_locked(requirement: Requirement) -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version(requirement.name)
    assert requirement.name not in locked()


def test_the_lock_names_no_index_and_has_a_hash_for_everything() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "index-url" not in text and "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_rasa_imports_with_a_stand_in_for_tensorflow() -> None:
    program = (
        "import bot.engine, sys, rasa, importlib.util\n"
        "from bot.engine import tensorflow_free as t\n"
        "assert not t.available()\n"
        "import tensorflow; assert not getattr(tensorflow, '__file__', None)\n"
        "from rasa.nlu.classifiers.diet_classifier import DIETClassifier\n"
        "print(rasa.__version__)"
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert (done.stdout.strip(), done.returncode) == ("3.6.21", 0), done.stderr[-1000:]


def test_rasa_trains_and_predicts_on_this_numpy_scipy_and_scikit_learn(engine: Any) -> None:
    parsed = engine.parse("¿cuánto cuesta el curso?")
    assert parsed["intent"]["name"] == "ask_cost" and 0 < parsed["intent"]["confidence"] <= 1


def test_sqlalchemy_2_serves_rasas_own_tracker_store_module() -> None:
    import sqlalchemy

    import bot.engine  # noqa: F401
    from rasa.core.tracker_store import SQLTrackerStore  # isort: skip

    store = SQLTrackerStore(dialect="sqlite", db="", query={})
    assert sqlalchemy.__version__.startswith("2.")
    with store.session_scope() as session:
        assert session.query(store.SQLEvent).count() == 0
    store.engine.dispose()


def test_twilio_9_sends_through_a_client_of_ours() -> None:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.http.response import Response
    from twilio.request_validator import RequestValidator
    from twilio.rest import Client

    asked: list[tuple[str, str, dict[str, Any]]] = []

    class Loopback(TwilioHttpClient):
        def request(self, method: str, url: str, *args: Any, data: Any = None, **more: Any) -> Response:
            asked.append((method, url, dict(data)))
            return Response(201, '{"sid": "SM1", "status": "queued"}')

    client = Client("AC" + "0" * 32, "token", http_client=Loopback())
    sent = client.messages.create(to="whatsapp:+525512345678", from_="whatsapp:+14155550100", body="Hola")
    assert (sent.sid, asked[0][0], asked[0][2]["Body"]) == ("SM1", "POST", "Hola")
    validator = RequestValidator("token")
    signature = validator.compute_signature("https://x.org/a", {"Body": "Hola"})
    assert validator.validate("https://x.org/a", {"Body": "Hola"}, signature)


def test_apscheduler_3_11_runs_a_job() -> None:
    from apscheduler.events import EVENT_JOB_REMOVED
    from apscheduler.schedulers.background import BackgroundScheduler

    ran, removed = threading.Event(), threading.Event()
    scheduler = BackgroundScheduler(timezone=UTC)
    # however late a busy machine is: what is tested is that it runs
    scheduler.add_job(ran.set, "date", run_date=datetime.now(UTC), misfire_grace_time=None)
    scheduler.add_listener(lambda event: removed.set(), EVENT_JOB_REMOVED)
    scheduler.start()
    # a scheduler that is shut down before it has put its job away complains in its own thread
    assert ran.wait(10) and removed.wait(10)
    scheduler.shutdown()


def test_pydantic_2_lies_beside_rasa() -> None:
    import pydantic

    import bot.engine  # noqa: F401
    from rasa_sdk.executor import ActionExecutor  # isort: skip

    assert Version(pydantic.VERSION) >= Version("2")
    assert ActionExecutor().actions == {}


def test_matplotlib_draws_rasas_reports(tmp_path: Path) -> None:
    import bot.engine  # noqa: F401
    from rasa.utils.plotting import plot_paired_histogram  # isort: skip

    out = tmp_path / "histogram.png"
    plot_paired_histogram([[0.1, 0.9], [0.5]], "confidence", str(out))
    assert out.stat().st_size > 1000
