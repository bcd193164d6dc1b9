"""How long a provider waits for our acknowledgement while turns are running.

    python benchmarks/ack.py [--messages 200]

Starts `oportunidad serve` on a fresh database with Twilio settings, posts signed WhatsApp forms of several
women at once and times two things in the same run: our acknowledgement, and the moment the reply has been
worked out. The second is what a connector that acknowledges after the turn (as Rasa's own does) would make
the provider wait at least. Prints medians, 95th percentiles and the ratio.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from twilio.request_validator import RequestValidator

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://bot.example.org"
PATH = "/webhooks/whatsapp/webhook"
SAID = ("hola", "1", "si", "si acepto", "si", "si", "si", "no, solo yo", "1 3", "Lupita", "mexico", "Puebla")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=200)
    count = options.parse_args().messages
    with tempfile.TemporaryDirectory() as folder:
        report(run(Path(folder), count))


def run(folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Acknowledgement and full-turn times in milliseconds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = folder / "bench.db"
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{database}",
        "DATA_KEY": key,
        "PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
        # nothing listens there: sends fail at once and are not what is timed
        "TWILIO_API_URL": "http://127.0.0.1:9",
        "TWILIO_CONTENT_URL": "http://127.0.0.1:9",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "serve", "--port", str(port)], cwd=ROOT, env=environment
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_ready(base, process)
        with httpx.Client(base_url=base) as client:
            send(client, 0, 0, 0)  # warm
            with ThreadPoolExecutor(4) as pool:
                acks = list(pool.map(lambda n: send(client, 1 + n % 4, n // 4, n), range(count)))
        wait_done(database)
        return acks, turn_times(database)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{base}/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SystemExit("the service was not ready within 240 s")


def send(client: httpx.Client, woman: int, turn: int, number: int) -> float:
    form = {
        "MessageSid": f"SM{number:032x}" if turn or woman else "SM" + "f" * 32,
        "From": f"whatsapp:+52155123456{woman:02d}",
        "To": "whatsapp:+14155238886",
        "Body": SAID[turn % len(SAID)],
        "NumMedia": "0",
    }
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + PATH, form)
    began = time.perf_counter()
    answer = client.post(PATH, data=form, headers={"X-Twilio-Signature": signature})
    took = (time.perf_counter() - began) * 1e3
    answer.raise_for_status()
    return took


def wait_done(database: Path) -> None:
    import sqlite3

    deadline = time.monotonic() + 120
    with sqlite3.connect(database) as connection:
        while time.monotonic() < deadline:
            if not connection.execute("SELECT count(*) FROM inbox WHERE state = 'waiting'").fetchone()[0]:
                return
            time.sleep(0.2)
    raise SystemExit("not every message was handled within 120 s")


def turn_times(database: Path) -> list[float]:
    """From stored to answered, by the service's own clock."""
    import sqlite3

    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT (julianday(done_at) - julianday(received_at)) * 86400000.0 FROM inbox WHERE state = 'done'"
        ).fetchall()
    return [row[0] for row in rows]


def report(times: tuple[list[float], list[float]]) -> None:
    acks, turns = times
    for name, values in (("acknowledged", acks), ("reply worked out", turns)):
        values.sort()
        middle, late = statistics.median(values), values[int(len(values) * 0.95)]
        print(f"{name:18} n={len(values):4}  median {middle:8.1f} ms   95 % {late:8.1f} ms")
    ratio = statistics.median(turns) / statistics.median(acks)
    print(f"a connector that answers after the turn would make the provider wait {ratio:.1f} times as long")


if __name__ == "__main__":
    main()
