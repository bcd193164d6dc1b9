"""Accounts and signing in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from conftest import PASSWORD, Office, Visitor
from rich.console import Console
from typer.testing import CliRunner

from bot.console.staff_cli import staff_app
from bot.console.wiring import setup_url
from bot.services.staff import accounts, sign_in
from bot.store.console_tables import SignInFailure, Staff, StaffSession

WHO = "viewer@example.org"


def enter(visitor: Visitor, **fields: str) -> int:
    return visitor.post("/sign-in", page="/sign-in", **fields).status_code


def test_it_signs_in_with_password_and_code_and_out_again(office: Office) -> None:
    visitor = office.enter("viewer")
    assert visitor.get("/").status_code == 200
    visitor.post("/sign-out")
    assert visitor.get("/").headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "otra cosa larga"},
        {"code": "000000"},
        {"code": ""},
        {"email": "nobody@example.org"},
        {"email": "viewer@example.org'--"},
    ],
    ids=["password", "code", "no code", "unknown", "hostile"],
)
def test_it_gives_one_answer_for_everything_that_is_wrong(office: Office, wrong: dict[str, str]) -> None:
    fields = {"email": WHO, "password": PASSWORD, "code": office.code("viewer"), **wrong}
    answer = Visitor(office.browser()).post("/sign-in", page="/sign-in", **fields)
    assert answer.status_code == 401
    assert "no coinciden" in answer.text
    assert fields["email"] not in answer.text


def test_a_code_works_once(office: Office) -> None:
    code = office.code("viewer")
    assert enter(Visitor(office.browser()), email=WHO, password=PASSWORD, code=code) == 303
    assert enter(Visitor(office.browser()), email=WHO, password=PASSWORD, code=code) == 401


def test_a_code_of_a_clock_half_a_minute_off_is_taken(office: Office) -> None:
    code = office.code("viewer")
    office.clock.advance(timedelta(seconds=30))
    assert enter(Visitor(office.browser()), email=WHO, password=PASSWORD, code=code) == 303


def test_it_makes_who_fails_five_times_wait(office: Office) -> None:
    for _ in range(5):
        assert enter(Visitor(office.browser()), email=WHO, password="no es esta", code="1") == 401
    right = {"email": WHO, "password": PASSWORD, "code": office.code("viewer")}
    assert enter(Visitor(office.browser()), **right) == 429
    other = {"email": "analyst@example.org", "password": PASSWORD, "code": office.code("analyst")}
    assert enter(Visitor(office.browser()), **other) == 303
    office.clock.advance(timedelta(minutes=16))
    assert enter(Visitor(office.browser()), **{**right, "code": office.code("viewer")}) == 303


def test_failures_keep_neither_the_mail_nor_the_network_address(office: Office) -> None:
    enter(Visitor(office.browser()), email="somebody@example.org", password="x", code="1")
    with office.database.read() as session:
        keys = {row.key for row in session.query(SignInFailure)}
    assert len(keys) == 2 and all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)


def test_the_session_is_another_one_after_signing_in(office: Office) -> None:
    visitor = Visitor(office.browser())
    visitor.get("/sign-in")
    before = visitor.client.cookies["oportunidad_staff"]
    enter(visitor, email=WHO, password=PASSWORD, code=office.code("viewer"))
    assert visitor.client.cookies["oportunidad_staff"] != before


def test_the_cookie_is_kept_from_scripts_and_other_sites(office: Office) -> None:
    header = Visitor(office.browser()).get("/sign-in").headers["set-cookie"].lower()
    assert "httponly" in header and "samesite=lax" in header and "secure" not in header
    office.desk = replace(office.desk, secure=True)
    assert "secure" in Visitor(office.browser()).get("/sign-in").headers["set-cookie"].lower()


def test_a_cookie_that_was_changed_is_nobody(office: Office) -> None:
    visitor = office.enter("viewer")
    cookie = visitor.client.cookies["oportunidad_staff"]
    visitor.client.cookies.clear()
    signed, _, signature = cookie.rpartition(".")
    # its first letter: the last one of base64 has bits that mean nothing
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    visitor.client.cookies["oportunidad_staff"] = f"{signed}.{changed}"
    assert visitor.get("/").status_code == 303


def test_half_an_hour_of_nothing_ends_the_session_and_work_does_not(office: Office) -> None:
    visitor = office.enter("viewer")
    for _ in range(4):
        office.clock.advance(timedelta(minutes=20))
        assert visitor.get("/").status_code == 200
    office.clock.advance(timedelta(minutes=31))
    assert visitor.get("/").status_code == 303


def test_a_session_ends_after_twelve_hours_at_work(office: Office) -> None:
    visitor = office.enter("viewer")
    for _ in range(36):
        office.clock.advance(timedelta(minutes=20))
        visitor.get("/")
    office.clock.advance(timedelta(minutes=1))
    assert visitor.get("/").status_code == 303


def test_a_disabled_account_is_out_at_once(office: Office) -> None:
    visitor = office.enter("viewer")
    accounts.disable(office.database, office.clock, accounts.find(office.database, WHO))
    assert visitor.get("/").status_code == 303
    fields = {"email": WHO, "password": PASSWORD, "code": office.code("viewer")}
    assert enter(Visitor(office.browser()), **fields) == 401


def test_sessions_and_secrets_are_not_stored_in_the_clear(office: Office) -> None:
    visitor = office.enter("viewer")
    token = visitor.client.cookies["oportunidad_staff"].rpartition(".")[0]
    raw = office.database.url.database
    assert raw is not None
    from pathlib import Path

    stored = b"".join(path.read_bytes() for path in Path(raw).parent.glob("console.db*"))
    for secret in (token, PASSWORD, office.secrets["viewer"], WHO):
        assert secret.encode() not in stored, secret


class TestSetUp:
    """From a link that works once to a signed-in account."""

    def invite(self, office: Office) -> str:
        return accounts.add(office.database, office.clock, "nueva@example.org", ["viewer"])

    def secret(self, office: Office, token: str) -> str:
        setup = accounts.open_setup(office.database, office.clock, token)
        assert setup is not None
        return setup.secret

    def finish(self, office: Office, token: str, **changed: str) -> int:
        code = pyotp.TOTP(self.secret(office, token)).at(int(office.clock().timestamp()))
        fields = {"password": PASSWORD, "again": PASSWORD, "code": code, **changed}
        page = f"/set-up/{token}"
        return Visitor(office.browser()).post(page, page=page, **fields).status_code

    def test_it_sets_password_and_authenticator_and_works_once(self, office: Office) -> None:
        token = self.invite(office)
        page = Visitor(office.browser()).text(f"/set-up/{token}")
        assert "data:image/svg+xml" in page and self.secret(office, token) in page
        assert self.finish(office, token) == 303
        assert Visitor(office.browser()).get(f"/set-up/{token}").status_code == 404

    @pytest.mark.parametrize(
        "changed",
        [{"password": "corta", "again": "corta"}, {"again": "no es la misma"}, {"code": "123"}],
        ids=["short", "different", "wrong code"],
    )
    def test_the_link_stays_open_after_a_slip(self, office: Office, changed: dict[str, str]) -> None:
        token = self.invite(office)
        assert self.finish(office, token, **changed) == 400
        assert self.finish(office, token) == 303

    def test_a_link_of_yesterday_is_closed(self, office: Office) -> None:
        token = self.invite(office)
        office.clock.advance(timedelta(hours=24, seconds=1))
        assert Visitor(office.browser()).get(f"/set-up/{token}").status_code == 404

    def test_a_new_link_ends_the_old_password_and_its_sessions(self, office: Office) -> None:
        visitor = office.enter("viewer")
        accounts.invite_again(office.database, office.clock, accounts.find(office.database, WHO))
        assert visitor.get("/").status_code == 303
        fields = {"email": WHO, "password": PASSWORD, "code": office.code("viewer")}
        assert enter(Visitor(office.browser()), **fields) == 401

    def test_the_authenticator_can_wait_in_development_and_only_there(self, office: Office) -> None:
        token = self.invite(office)
        assert self.finish(office, token, code="", later="yes") == 400
        office.desk = replace(office.desk, development=True)
        assert self.finish(office, token, code="", later="yes") == 303
        fields = {"email": "nueva@example.org", "password": PASSWORD, "code": ""}
        assert enter(Visitor(office.browser()), **fields) == 303
        office.desk = replace(office.desk, development=False)
        assert enter(Visitor(office.browser()), **fields) == 401


class TestFirstStart:
    """A development service without staff prints a link; any other does not."""

    def test_it_gives_a_link_until_somebody_used_one(self, office: Office) -> None:
        with office.database.write() as session:
            session.query(Staff).delete()
        first = setup_url(office.service, "http://127.0.0.1:8000/")
        again = setup_url(office.service, "http://127.0.0.1:8000")
        assert first and again and first != again
        token = again.rpartition("/")[2]
        assert Visitor(office.browser()).get(f"/set-up/{first.rpartition('/')[2]}").status_code == 404
        setup = accounts.open_setup(office.database, office.clock, token)
        assert setup is not None
        accounts.finish_setup(office.database, office.clock, token, PASSWORD, "", without_code=True)
        assert setup_url(office.service, "http://127.0.0.1:8000") is None

    def test_it_gives_none_where_there_is_staff_or_in_production(self, office: Office) -> None:
        assert setup_url(office.service, "http://x") is None
        with office.database.write() as session:
            session.query(Staff).delete()
        production = office.service.settings.model_copy(update={"environment": "production"})
        assert setup_url(replace(office.service, settings=production), "https://x") is None


class TestCommandLine:
    """``oportunidad staff …``."""

    def run(self, office: Office, *words: str) -> tuple[int, str]:
        from contextlib import contextmanager
        from io import StringIO

        @contextmanager
        def service():  # type: ignore[no-untyped-def]
            yield office.service

        out = StringIO()
        result = CliRunner().invoke(staff_app(service, Console(file=out, width=120)), list(words))
        return result.exit_code, out.getvalue()

    def test_it_adds_lists_invites_and_disables(self, office: Office) -> None:
        words = ("add", "Ines@Example.org", "--role", "case_worker", "--role", "analyst", "--country", "mx")
        code, said = self.run(office, *words, "--centre", "toluca", "--focal-point")
        assert code == 0 and "/set-up/" in said
        _, listed = self.run(office, "list")
        line = next(line for line in listed.splitlines() if "ines@example.org" in line)
        assert [w for w in ("case_worker analyst", "yes", "MX", "toluca", "invited") if w in line] == [
            "case_worker analyst",
            "yes",
            "MX",
            "toluca",
            "invited",
        ]
        assert "/set-up/" in self.run(office, "invite", "ines@example.org")[1]
        assert self.run(office, "disable", "ines@example.org")[0] == 0
        assert "disabled" in self.run(office, "list")[1]

    @pytest.mark.parametrize(
        "words",
        [
            ("add", "not a mail", "--role", "viewer"),
            ("add", "x@example.org", "--role", "queen"),
            ("add", WHO, "--role", "viewer"),
            ("add", "x@example.org", "--role", "viewer", "--focal-point"),
            ("disable", "x@example.org"),
        ],
    )
    def test_it_refuses_what_makes_no_account(self, office: Office, words: tuple[str, ...]) -> None:
        assert self.run(office, *words)[0] != 0


def test_nobody_gets_a_session_for_an_account_that_is_gone(office: Office) -> None:
    token = sign_in.open_session(office.database, office.clock, accounts.find(office.database, WHO))
    assert sign_in.member_of_session(office.database, office.clock, token) is not None
    with office.database.write() as session:
        session.query(StaffSession).delete()
    assert sign_in.member_of_session(office.database, office.clock, token) is None
