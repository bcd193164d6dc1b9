"""The console over a database with a few women in it, driven through ASGI or by a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher
from console_women import Women
from starlette.testclient import TestClient
from support.clock import FakeClock

from bot.bootstrap import Service, build_service
from bot.channels.simulator import SimulatorAdapter
from bot.console.app import build_console
from bot.console.desk import Desk
from bot.console.wiring import build_desk
from bot.core.messages import Channel
from bot.services.library import Library
from bot.services.staff import accounts, sign_in
from bot.settings import load_settings
from bot.store.database import Database

DATA_KEY = "Y29uc29sZS10ZXN0cy1rZXktMzItYnl0ZXMtbG9uZyE="
PASSWORD = "tres tristes tigres comen"
MEMBERS: dict[str, dict[str, Any]] = {
    "viewer": {"roles": ["viewer"]},
    "case_worker": {"roles": ["case_worker"]},
    "analyst": {"roles": ["analyst"]},
    "admin": {"roles": ["admin"]},
    "focal": {"roles": ["case_worker"], "focal_point": True},
    "chile": {"roles": ["case_worker", "analyst"], "country": "CL"},
    "toluca": {"roles": ["case_worker"], "country": "MX", "centre": "toluca"},
    "everything": {"roles": ["case_worker", "analyst", "admin"], "focal_point": True},
}


@dataclass
class Office:
    """The console with its database, its clock and everybody's accounts."""

    service: Service
    desk: Desk
    clock: FakeClock
    women: Women
    secrets: dict[str, str] = field(default_factory=dict)
    woken: list[str] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.service.database

    def browser(self) -> TestClient:
        return TestClient(build_console(self.desk), base_url="http://console.test", follow_redirects=False)

    def code(self, who: str) -> str:
        """A one-time code that was not used yet: the clock goes on by a step."""
        self.clock.advance(timedelta(seconds=60))
        return pyotp.TOTP(self.secrets[who]).at(int(self.clock().timestamp()))

    def enter(self, who: str) -> Visitor:
        visitor = Visitor(self.browser())
        answer = visitor.post(
            "/sign-in", page="/sign-in", email=f"{who}@example.org", password=PASSWORD, code=self.code(who)
        )
        assert answer.status_code == 303, answer.text
        return visitor


@dataclass
class Visitor:
    """A browser that takes the CSRF token from the page it is on."""

    client: TestClient
    known: tuple[str, str] = ("", "")

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.client.get(page).text)
        assert found, f"{page} has no form"
        return found[1]

    def post(self, path: str, *, page: str = "/", files: Any = None, **fields: Any) -> httpx.Response:
        # the token is of the session: one look at a page is enough until the cookie changes
        cookie = self.client.cookies.get("oportunidad_staff", "")
        if self.known[0] != cookie or not cookie:
            token = self.token(page)
            self.known = (self.client.cookies.get("oportunidad_staff", ""), token)
        return self.client.post(path, data={"csrf": self.known[1], **fields}, files=files)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return unescape(answer.text)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The real hash takes a tenth of a second on purpose, a few hundred times in this suite."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(accounts, "HASHER", quick)
        patch.setattr(sign_in, "HASHER", quick)
        yield


@pytest.fixture(scope="session")
def filled(
    quick_hashes: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Service, FakeClock, dict[str, str]]:
    """A database with the questionnaires published, women and staff, to be copied for each test."""
    path = tmp_path_factory.mktemp("console") / "filled.db"
    clock = FakeClock()
    settings = load_settings(
        {"DATABASE_URL": f"sqlite:///{path}", "DATA_KEY": DATA_KEY}, root=Path("/nonexistent")
    )
    service = build_service(settings, clock=clock, adapters={Channel.SIMULATOR: SimulatorAdapter()})
    Women(service.world).fill()
    secrets: dict[str, str] = {}
    for who, more in MEMBERS.items():
        token = accounts.add(service.database, clock, f"{who}@example.org", **more)
        setup = accounts.open_setup(service.database, clock, token)
        assert setup is not None
        secrets[who] = setup.secret
        clock.advance(timedelta(seconds=30))
        accounts.finish_setup(
            service.database, clock, token, PASSWORD, pyotp.TOTP(setup.secret).at(int(clock().timestamp()))
        )
    # the last connection to close writes the log into the file that tests copy
    service.close()
    return path, service, clock, secrets


@pytest.fixture
def office(filled: tuple[Path, Service, FakeClock, dict[str, str]], tmp_path: Path) -> Iterator[Office]:
    source, built, started, secrets = filled
    path = tmp_path / "console.db"
    shutil.copyfile(source, path)
    database = Database(f"sqlite:///{path}", DATA_KEY)
    clock = FakeClock(started())
    world = replace(built.world, database=database, clock=clock, library=Library(database))
    service = replace(built, database=database, clock=clock, world=world)
    woken: list[str] = []
    desk = replace(
        build_desk(service),
        wake_sender=lambda: woken.append("sender"),
        wake_engine=lambda: woken.append("engine"),
        development=False,
    )
    yield Office(service, desk, clock, Women(world), dict(secrets), woken)
    database.close()


@pytest.fixture
def enter(office: Office) -> Callable[[str], Visitor]:
    return office.enter
