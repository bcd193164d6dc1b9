"""Fixtures: the world is built once, its database copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.bootstrap import build_world
from bot.channels.simulator import SimulatorAdapter
from bot.core.messages import Channel
from bot.services.followup_send import guard
from bot.services.library import Library
from bot.services.receiving import Receiver
from bot.services.sending import Sender
from bot.services.world import World
from bot.settings import Settings
from bot.store.database import Database
from tests.followup.service import KEY, Clock, Forms, Service


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A database with every questionnaire published, copied for each test."""
    path = tmp_path_factory.mktemp("world") / "template.db"
    settings = Settings(data_key=KEY, database_url=f"sqlite:///{path}")  # type: ignore[arg-type]
    database = Database(settings.database_url, KEY)
    world = build_world(settings, database, Clock())
    database.close()
    return world, path


@pytest.fixture
def service(template: tuple[World, Path], tmp_path: Path) -> Iterator[Service]:
    world, path = template
    shutil.copy(path, tmp_path / "test.db")
    database = Database(f"sqlite:///{tmp_path / 'test.db'}", KEY)
    clock = Clock()
    mine = replace(world, database=database, clock=clock, library=Library(database))
    adapters = {Channel.SIMULATOR: SimulatorAdapter()}
    yield Service(
        mine,
        clock,
        Receiver(database, clock, "es"),
        Sender(database, adapters, clock, "test/1/sender", guard=guard(mine)),
    )
    database.close()


@pytest.fixture
def forms(service: Service) -> Forms:
    return Forms(service)
