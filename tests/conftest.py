"""The test suite's common ground: no network but this machine, one trained model, a fresh database a test."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-goldens",
        action="store_true",
        help="write the transcripts of tests/conversations anew instead of comparing them",
    )


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """A test that reaches for the network fails: connections may go to the loopback address alone."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """The dialogue engine over the trained model, one for all tests: its state is a cache."""
    from support.parity import build_engine

    built = build_engine()
    yield built
    built.close()


@pytest.fixture(scope="session")
def understanding(engine: Any) -> Any:
    """Safety and language, from the same model."""
    from bot.engine.training import model_path
    from bot.understanding import Understanding

    return Understanding.load(model_path())


@pytest.fixture(scope="session")
def template(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with every questionnaire published, to be copied."""
    from support.house import House, NothingUnderstood

    path = tmp_path_factory.mktemp("template") / "template.db"
    House(f"sqlite:///{path}", engine, NothingUnderstood()).close()
    return path


@pytest.fixture
def house(engine: Any, understanding: Any, template: Path, tmp_path: Path) -> Iterator[Any]:
    """A service on a database of its own, with a clock that stands still."""
    from support.house import House

    path = tmp_path / "oportunidad.db"
    shutil.copyfile(template, path)
    built = House(f"sqlite:///{path}", engine, understanding)
    yield built
    built.close()


@pytest.fixture
def woman(house: Any) -> Callable[..., Any]:
    """``woman("ana")`` is a person in the simulator; ``channel=`` puts her on another one."""
    from support.talk import Woman

    def make(key: str = "ana", **more: Any) -> Woman:
        return Woman(house, key, **more)

    return make


@pytest.fixture
def ana(woman: Callable[..., Any]) -> Any:
    return woman("ana")
