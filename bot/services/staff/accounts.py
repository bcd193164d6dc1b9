"""Accounts of staff: added by an administrator, opened by a link that works once.

A new account has no password. Its owner follows a set-up link, chooses a password and connects an
authenticator; the link then no longer works. The same link is how a lost password is mended.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from bot.core.clock import Clock
from bot.services.staff.logs import note_change
from bot.services.staff.roles import ROLES
from bot.store.console_tables import Staff, StaffSession
from bot.store.database import Database

SETUP_FOR = timedelta(hours=24)
SHORTEST_PASSWORD = 12
"""NIST SP 800-63B asks for length, not for kinds of characters"""
LONGEST_PASSWORD = 200
ISSUER = "Oportunidad"
HASHER = PasswordHasher()
"""argon2id with the parameters of RFC 9106's low-memory profile, the library's default"""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,24}|[^@\s]{1,64}@localhost")


class AccountError(ValueError):
    """The account cannot be made or changed; ``code`` is a text of the console, the message says the mend."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Account:
    """An account as lists show it."""

    id: str
    email: str
    roles: tuple[str, ...]
    focal_point: bool
    country: str | None
    centre: str | None
    state: str
    """``active invited disabled``"""


def add(
    database: Database,
    clock: Clock,
    email: str,
    roles: list[str],
    *,
    country: str | None = None,
    centre: str | None = None,
    focal_point: bool = False,
    by: str | None = None,
) -> str:
    """Make an account and return its set-up token. Raises AccountError."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise AccountError("bad_email", f"'{email}' is no e-mail address; write name@organisation.org")
    chosen = list(dict.fromkeys(roles))
    if not chosen or any(role not in ROLES for role in chosen):
        raise AccountError("bad_role", f"roles: choose one or more of {', '.join(ROLES)}")
    if focal_point and "case_worker" not in chosen:
        raise AccountError("bad_focal", "a focal point needs the role case_worker too")
    now, token = clock(), secrets.token_urlsafe(32)
    with database.write() as session:
        digest = database.cipher.digest(f"staff:{email}")
        if session.scalar(sa.select(Staff.id).where(Staff.email_digest == digest)) is not None:
            raise AccountError("known_email", f"{email} has an account already")
        row = Staff(
            id=uuid.uuid4().hex,
            email=email,
            email_digest=digest,
            roles=" ".join(chosen),
            focal_point=focal_point,
            country=country or None,
            centre=centre or None,
            language="es",
            totp_step=0,
            created_at=now,
        )
        session.add(row)
        _invite(row, token, now)
        note_change(session, by, "staff_added", now, of=row.id, roles=chosen, country=country, centre=centre)
    return token


def invite_again(database: Database, clock: Clock, staff_id: str, *, by: str | None = None) -> str:
    """A new set-up token; until it is used the old password no longer signs in. Raises AccountError."""
    now, token = clock(), secrets.token_urlsafe(32)
    with database.write() as session:
        row = _existing(session, staff_id)
        row.password_hash = row.totp_secret = row.disabled_at = None
        _invite(row, token, now)
        _sign_out_everywhere(session, row.id)
        note_change(session, by, "staff_invited", now, of=row.id)
    return token


def disable(database: Database, clock: Clock, staff_id: str, *, by: str | None = None) -> None:
    """The account signs in no more and is signed out now. Raises AccountError."""
    now = clock()
    with database.write() as session:
        row = _existing(session, staff_id)
        row.disabled_at, row.setup_digest, row.setup_until = now, None, None
        _sign_out_everywhere(session, row.id)
        note_change(session, by, "staff_disabled", now, of=row.id)


def find(database: Database, email: str) -> str:
    """The account's id. Raises AccountError."""
    digest = database.cipher.digest(f"staff:{email.strip().lower()}")
    with database.read() as session:
        found = session.scalar(sa.select(Staff.id).where(Staff.email_digest == digest))
    if found is None:
        raise AccountError("unknown_account", f"{email} has no account; see: oportunidad staff list")
    return found


def accounts(database: Database) -> list[Account]:
    """Every account, by e-mail."""
    with database.read() as session:
        rows = session.scalars(sa.select(Staff)).all()
    found = [
        Account(r.id, r.email, tuple(r.roles.split()), r.focal_point, r.country, r.centre, _state(r))
        for r in rows
    ]
    return sorted(found, key=lambda account: account.email)


def first_setup(database: Database, clock: Clock) -> str | None:
    """A set-up token for the first account of a new installation; None when there is staff already.

    For development only: the account has every role, so that one person can look at everything. Called at
    every start, it gives a new token until one was used.
    """
    with database.read() as session:
        rows = session.scalars(sa.select(Staff)).all()
    if any(row.password_hash for row in rows):
        return None
    for row in rows:
        if row.email == FIRST:
            return invite_again(database, clock, row.id)
    if rows:
        return None
    return add(database, clock, FIRST, ["admin", "case_worker", "analyst"], focal_point=True)


FIRST = "admin@localhost"


@dataclass(frozen=True)
class Setup:
    """An open set-up: whose, and the secret that the authenticator shall keep."""

    staff_id: str
    email: str
    secret: str

    @property
    def uri(self) -> str:
        """What an authenticator reads from the QR picture."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=self.email, issuer_name=ISSUER)


def open_setup(database: Database, clock: Clock, token: str) -> Setup | None:
    """The set-up that this token opens; None when it is unknown, used or too old."""
    now = clock()
    with database.write() as session:
        row = _by_token(session, token, now)
        if row is None:
            return None
        if row.setup_secret is None:
            row.setup_secret = pyotp.random_base32()
        return Setup(row.id, row.email, row.setup_secret)


def finish_setup(
    database: Database, clock: Clock, token: str, password: str, code: str, *, without_code: bool = False
) -> str:
    """Set the password and connect the authenticator; returns the account's id.

    ``without_code`` leaves the authenticator for later (development only; the caller knows). Raises
    AccountError, which keeps the link open.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError("bad_password", f"the password needs {SHORTEST_PASSWORD} characters or more")
    now = clock()
    hashed = HASHER.hash(password)
    with database.write() as session:
        row = _by_token(session, token, now)
        if row is None or row.setup_secret is None:
            raise AccountError("bad_link", "this link was used or is too old; ask for a new one")
        if not without_code:
            step = code_step(row.setup_secret, code, now)
            if step is None:
                raise AccountError("bad_code", "the code does not match; check the clock of your phone")
            row.totp_secret, row.totp_step = row.setup_secret, step
        row.password_hash = hashed
        row.setup_digest = row.setup_until = row.setup_secret = None
        _sign_out_everywhere(session, row.id)
        note_change(session, row.id, "staff_set_up", now, of=row.id)
        return row.id


def set_language(database: Database, staff_id: str, language: str) -> None:
    if language in ("es", "en"):
        with database.write() as session:
            session.execute(sa.update(Staff).where(Staff.id == staff_id).values(language=language))


def code_step(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step at which ``code`` is right, one step of clock difference either way; else None."""
    typed = re.sub(r"\s", "", code)
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // totp.interval
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(totp.at(step * totp.interval).encode(), typed.encode()):
            return step
    return None


def _invite(row: Staff, token: str, now: datetime) -> None:
    row.setup_digest = _digest(token)
    row.setup_until = now + SETUP_FOR
    row.setup_secret = None


def _digest(token: str) -> str:
    # a random token of 256 bits needs no slow hash
    return hashlib.sha256(token.encode()).hexdigest()


def _by_token(session: Session, token: str, now: datetime) -> Staff | None:
    return session.scalar(
        sa.select(Staff).where(
            Staff.setup_digest == _digest(token), Staff.setup_until > now, Staff.disabled_at.is_(None)
        )
    )


def _existing(session: Session, staff_id: str) -> Staff:
    row = session.get(Staff, staff_id)
    if row is None:
        raise AccountError("unknown_account", "there is no such account")
    return row


def _sign_out_everywhere(session: Session, staff_id: str) -> None:
    session.execute(sa.delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _state(row: Staff) -> str:
    if row.disabled_at is not None:
        return "disabled"
    return "active" if row.password_hash else "invited"
