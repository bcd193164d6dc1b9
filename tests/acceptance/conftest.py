"""The command line in this process, and a whole service in a process of its own."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Done, Run
from support.house import DATA_KEY
from support.served import Served
from support.telegram_api import BotApi


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """``run("survey", "check", FILE)`` is ``oportunidad survey check FILE`` on a database of its own."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'cli.db'}")
    monkeypatch.setenv("DATA_KEY", DATA_KEY)
    # what is printed shall not break at the width of whoever runs the tests
    monkeypatch.setenv("COLUMNS", "300")

    def runner(*words: str, stdin: str = "") -> Done:
        from bot.cli import main

        monkeypatch.setattr(sys, "argv", ["oportunidad", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as leave:
            main()
        printed = capsys.readouterr()
        return Done(int(leave.value.code or 0), printed.out, printed.err)

    return runner


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    api = BotApi()
    yield api
    api.close()


@pytest.fixture
def served(api: BotApi, tmp_path: Path, engine: object) -> Iterator[Served]:
    """A service that was not started yet; ``engine`` makes sure that the model is trained."""
    service = Served(tmp_path, api)
    yield service
    service.close()


@pytest.fixture(scope="module")
def running(api: BotApi, tmp_path_factory: pytest.TempPathFactory, engine: object) -> Iterator[Served]:
    """A service that runs: starting one takes longer than all that is asked of it."""
    service = Served(tmp_path_factory.mktemp("running"), api)
    service.start()
    yield service
    service.close()
