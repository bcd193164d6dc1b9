"""The store's contract runs on SQLite and, where a server is named, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.databases import BACKENDS, empty, fresh_url
from support.house import House


@pytest.fixture(scope="session", params=BACKENDS)
def contract_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One migrated database a backend for all tests: migrating takes longer than any of them."""
    with fresh_url(request.param, tmp_path_factory.mktemp("contract")) as url:
        yield url


@pytest.fixture
def house(contract_url: str, engine: Any, understanding: Any) -> Iterator[House]:
    """The service over each backend, emptied after the test."""
    built = House(contract_url, engine, understanding)
    yield built
    empty(built.database)
    built.close()


@pytest.fixture(params=BACKENDS)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nobody has used."""
    with fresh_url(request.param, tmp_path) as url:
        yield url
