"""Signing in: password and one-time code together, throttled in SQL, the same answer for every failure."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from bot.core.clock import Clock
from bot.services.staff.accounts import HASHER, code_step
from bot.services.staff.logs import note_change
from bot.services.staff.member import Member, member_of
from bot.store.console_tables import SignInFailure, Staff, StaffSession
from bot.store.database import Database

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 30
TOUCH = timedelta(minutes=1)
"""the last-seen instant is written at most this often"""
# verified against when there is no such account, so that time does not tell which e-mails have one
_NOBODY = HASHER.hash(secrets.token_urlsafe(16))


class Refused(Exception):
    """Not signed in. ``code`` is ``wrong`` or ``wait``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sign_in(
    database: Database,
    clock: Clock,
    email: str,
    password: str,
    code: str,
    address: str,
    *,
    code_optional: bool,
) -> str:
    """A new session's token. ``address`` is the browser's network address, kept as a keyed digest only.

    ``code_optional``: an account without an authenticator may sign in (development). Raises Refused.
    """
    now = clock()
    email = email.strip().lower()
    keys = {
        database.cipher.digest(f"sign-in:{email}"): PER_ACCOUNT,
        database.cipher.digest(f"sign-in-from:{address}"): PER_ADDRESS,
    }
    with database.write() as session:
        if any(_failures(session, key, now) >= most for key, most in keys.items()):
            raise Refused("wait")
        # counted before it is tried: guesses that come at the same moment do not pass the throttle together
        tries = [SignInFailure(key=key, at=now) for key in keys]
        session.add_all(tries)
        session.execute(sa.delete(SignInFailure).where(SignInFailure.at < now - WINDOW))
        digest = database.cipher.digest(f"staff:{email}")
        row = session.scalar(sa.select(Staff).where(Staff.email_digest == digest))
        known = row.password_hash if row is not None and row.disabled_at is None else None
    # hashing takes a tenth of a second: not with the database's one writer held
    right = _matches(known or _NOBODY, password) and known is not None
    with database.write() as session:
        row = session.get(Staff, row.id) if row is not None else None
        if not right or row is None or not _code_right(row, code, now, code_optional):
            refused = True
        else:
            refused = False
            mine = [row.id for row in tries]
            session.execute(
                sa.delete(SignInFailure).where(
                    sa.or_(SignInFailure.key == next(iter(keys)), SignInFailure.id.in_(mine))
                )
            )
            session.execute(sa.delete(StaffSession).where(StaffSession.seen_at < now - LONGEST))
            token = _open(session, row.id, now)
            note_change(session, row.id, "signed_in", now, of=row.id)
    if refused:
        raise Refused("wrong")
    return token


def open_session(database: Database, clock: Clock, staff_id: str) -> str:
    """A session for somebody who just proved who they are by setting up the account."""
    with database.write() as session:
        return _open(session, staff_id, clock())


def member_of_session(database: Database, clock: Clock, token: str, *, by_hand: bool = True) -> Member | None:
    """Who is signed in with this token; None when nobody, idle for half an hour, or disabled.

    ``by_hand``: a person did something; what an open page asks for by itself is no sign of one.
    """
    now = clock()
    with database.read() as session:
        row = session.get(StaffSession, _digest(token))
        if row is None or row.seen_at < now - IDLE or row.created_at < now - LONGEST:
            return None
        staff = session.get(Staff, row.staff_id)
        if staff is None or staff.disabled_at is not None:
            return None
    if by_hand and now - row.seen_at > TOUCH:
        with database.write() as session:
            session.execute(
                sa.update(StaffSession).where(StaffSession.digest == row.digest).values(seen_at=now)
            )
    return member_of(staff)


def sign_out(database: Database, token: str) -> None:
    with database.write() as session:
        session.execute(sa.delete(StaffSession).where(StaffSession.digest == _digest(token)))


def _open(session: Session, staff_id: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(digest=_digest(token), staff_id=staff_id, created_at=now, seen_at=now))
    return token


def _failures(session: Session, key: str, now: datetime) -> int:
    statement = sa.select(sa.func.count()).where(SignInFailure.key == key, SignInFailure.at > now - WINDOW)
    return session.scalar(statement) or 0


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password[:1000])
    except (VerificationError, InvalidHashError):
        return False


def _code_right(row: Staff, code: str, now: datetime, optional: bool) -> bool:
    if row.totp_secret is None:
        return optional
    step = code_step(row.totp_secret, code, now)
    if step is None or step <= row.totp_step:
        return False
    row.totp_step = step
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
