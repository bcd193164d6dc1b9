"""Starts the providers' stand-ins on the loopback address, and catches what they post to us."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import yaml
from openapi import prepare

HERE = Path(__file__).parent
INSTALLED = Path(os.environ.get("STANDINS_DIR") or HERE.parent.parent / "var" / "standins")
ACCOUNT = "AC" + "a" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
SENDER = "whatsapp:+14155550100"
START_SECONDS = 60
NODE_MODULES = INSTALLED / "node_modules"
PRISM = NODE_MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
EMULATE = NODE_MODULES / "emulate" / "dist" / "index.js"
PYTHON = INSTALLED / "python" / "bin" / "python"
SPECS = NODE_MODULES / "@twilio" / "cli-core" / "src" / "services" / "twilio-api"


def wiremock_jar() -> Path | None:
    return next(
        reversed(sorted((NODE_MODULES / "wiremock" / "build").glob("wiremock-standalone-*.jar"))), None
    )


def missing() -> dict[str, str]:
    """The stand-ins that cannot run here, each with what it lacks."""
    node, java = shutil.which("node"), shutil.which("java")
    lacks = {
        "emulate": "" if node and EMULATE.exists() else "Node and npm ci",
        "Prism": "" if node and PRISM.exists() and SPECS.is_dir() else "Node and npm ci",
        "WireMock": "" if java and wiremock_jar() else "Java 11 and npm ci",
        "telemelya": "" if PYTHON.exists() else "a Python environment",
    }
    return {name: lack for name, lack in lacks.items() if lack}


def told() -> str:
    lacks = "; ".join(f"{name} ({lack})" for name, lack in missing().items())
    return f"providers' stand-ins that are not installed: {lacks}. Install: docs/standins.md"


def need(*names: str) -> None:
    """Skip the test where one of these stand-ins is missing."""
    if missing().keys() & set(names):
        pytest.skip("its stand-in is not installed")


NEEDS = {
    "emulate": {"emulate"},
    "contract": {"emulate", "Prism"},
    "content_contract": {"Prism"},
    "wiremock_process": {"WireMock"},
    "telemelya": {"telemelya"},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips before anything is started; what is missing is told once, in the summary."""
    lacks = missing().keys()
    for item in items:
        if HERE not in item.path.parents:
            continue
        wanted = set().union(*(NEEDS.get(name, set()) for name in getattr(item, "fixturenames", ())))
        if wanted & lacks:
            item.add_marker(pytest.mark.skip(reason="its stand-in is not installed"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    ours = sum(report.nodeid.startswith("tests/standins/") for report in skipped)
    if ours and missing():
        terminalreporter.write_line(f"tests/standins: {ours} tests skipped: {told()}", yellow=True)


@dataclass
class Posted:
    """A webhook as it came: path without and query without the question mark."""

    path: str
    query: str
    body: bytes
    headers: dict[str, str]


class Collector:
    """The web address that the stand-ins post to."""

    def __init__(self) -> None:
        posted: Queue[Posted] = Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                posted.put(Posted(path, query, body, dict(self.headers)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._posted = posted
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def next(self) -> Posted:
        return self._posted.get(timeout=20)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def run(command: list[str], url: str, log: Path, **more: Any) -> Iterator[str]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, **more)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(url, timeout=2, trust_env=False)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"the stand-in did not start:\n{log.read_text(errors='replace')[-2000:]}")
                Event().wait(0.1)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="session")
def emulate(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Twilio's Messages, stateful, with signed webhooks; the origin."""
    need("emulate")
    place = tmp_path_factory.mktemp("emulate")
    number = {
        "sid": "PN" + "a" * 32,
        "phone_number": SENDER,
        "sms_url": f"{collector.url}/webhooks/whatsapp/webhook",
        "sms_method": "POST",
    }
    account = {"sid": ACCOUNT, "auth_token": TOKEN, "friendly_name": "test"}
    seed = place / "seed.yml"
    seed.write_text(yaml.safe_dump({"twilio": {"account": account, "phone_numbers": [number]}}))
    port = free_port()
    command = ["node", "--require", str(HERE / "loopback.cjs"), str(EMULATE), "start"]
    command += ["--service", "twilio", "--port", str(port), "--seed", str(seed)]
    yield from run(command, f"http://127.0.0.1:{port}", place / "log")


@pytest.fixture(scope="session")
def telemelya(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A part of the Bot API, with webhooks; the origin."""
    need("telemelya")
    ports = [str(free_port()) for _ in range(3)]
    command = [str(PYTHON), str(HERE / "start_telemelya.py"), *ports]
    yield from run(command, f"http://127.0.0.1:{ports[0]}", tmp_path_factory.mktemp("telemelya") / "log")


MESSAGES = (
    "/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json",
)
CONTENT = (
    "/v1/Content",
    "/v1/Content/{Sid}/ApprovalRequests",
    "/v1/Content/{ContentSid}/ApprovalRequests/whatsapp",
)


def prism(place: Path, document: str, paths: tuple[str, ...], *mode: str) -> Iterator[str]:
    need("Prism")
    prepare(SPECS / document, place / document, *paths)
    port = free_port()
    kind, *behind = mode
    command = ["node", str(PRISM), kind, "-h", "127.0.0.1", "-p", str(port), "--errors"]
    yield from run([*command, str(place / document), *behind], f"http://127.0.0.1:{port}", place / "log")


@pytest.fixture(scope="session")
def contract(emulate: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """emulate behind Prism: what Twilio's own document does not allow never reaches it; the origin."""
    yield from prism(tmp_path_factory.mktemp("contract"), "twilio_api_v2010.json", MESSAGES, "proxy", emulate)


@pytest.fixture(scope="session")
def content_contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Twilio's Content API by its own document, with example answers and without a memory; the origin."""
    yield from prism(tmp_path_factory.mktemp("content"), "twilio_content_v1.json", CONTENT, "mock")


@pytest.fixture(scope="session")
def wiremock_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need("WireMock")
    place, port = tmp_path_factory.mktemp("wiremock"), free_port()
    command = ["java", "-jar", str(wiremock_jar()), "--bind-address", "127.0.0.1", "--port", str(port)]
    command += ["--root-dir", str(place), "--global-response-templating", "--disable-banner"]
    yield from run(command, f"http://127.0.0.1:{port}", place / "log")


class WireMock:
    """A Twilio that fails as told, and counts."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._admin("POST", "/reset")

    def _admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.url}/__admin{path}", json=body, timeout=20, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def stub(self, method: str, path: str, **response: Any) -> None:
        """One answer; with ``after`` and ``then`` it is a step of the one scenario."""
        step = {"scenarioName": "one"} if {"after", "then"} & response.keys() else {}
        if "after" in response:
            step["requiredScenarioState"] = response.pop("after")
        if "then" in response:
            step["newScenarioState"] = response.pop("then")
        listeners = response.pop("listeners", [])
        mapping = {"request": {"method": method, "urlPathPattern": path}, "response": response, **step}
        self._admin("POST", "/mappings", {**mapping, "serveEventListeners": listeners})

    def count(self, method: str, path: str) -> int:
        """How many such requests reached it."""
        found = self._admin("POST", "/requests/count", {"method": method, "urlPathPattern": path})
        return int(found["count"])


@pytest.fixture
def wiremock(wiremock_process: str) -> WireMock:
    return WireMock(wiremock_process)
