"""The one gate that every request passes: signed cookie, CSRF token, permission, headers.

A page is declared with what it needs (:class:`Page`), so that no handler decides by itself who may see it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, Signer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Message

from bot.console.desk import Desk
from bot.console.rendering import UTC_ZONE, render
from bot.services.staff.member import Member, NotAllowed, NotFound
from bot.services.staff.roles import Permission
from bot.services.staff.sign_in import member_of_session

log = logging.getLogger(__name__)

COOKIE = "oportunidad_staff"
CSRF_FIELD = "csrf"
_NUMBER = re.compile(r"[0-9]{1,19}")
LARGEST_BODY = 6 * 1024 * 1024
LARGEST_STRANGER = 64 * 1024
"""bytes from somebody who is not signed in: an address, a password and a code"""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # a page about a woman stays in no cache of a shared computer
    "Cache-Control": "no-store",
}


@dataclass
class Visit:
    """One request as a handler sees it. ``member`` is there on every page that is not public."""

    request: Request
    desk: Desk
    now: datetime
    token: str
    language: str
    known: Member | None = None
    form: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    active: str = ""
    her_zone: ZoneInfo | None = None
    """on a page about one woman: her clock, on which everything there is told"""

    @property
    def member(self) -> Member:
        assert self.known is not None, "a page that needs somebody signed in is declared public"
        return self.known

    @property
    def csrf(self) -> str:
        return hmac.new(self.desk.secret, f"csrf:{self.token}".encode(), hashlib.sha256).hexdigest()

    @property
    def zone(self) -> ZoneInfo:
        """The clock on which this page is told: hers, else the member's country's, else UTC."""
        if self.her_zone is not None:
            return self.her_zone
        country = self.known.scope.country if self.known else None
        programme = self.desk.world.programmes.get(country or self.desk.world.default_country)
        return ZoneInfo(programme.default_zone) if programme.country else UTC_ZONE

    def path(self, name: str) -> str:
        return storable(str(self.request.path_params[name]))

    def number(self, name: str) -> int:
        """A numeric part of the path. Raises NotFound."""
        found = row_number(self.path(name))
        if found is None:
            raise NotFound(name)
        return found

    def asked(self, name: str) -> str:
        """A query parameter, at most 80 characters; queries carry codes and dates only."""
        return storable(self.request.query_params.get(name, "")).strip()[:80]

    def field(self, name: str) -> str:
        """The last value of a form field; empty when it was not sent."""
        return storable((self.form.get(name) or [""])[-1])

    def page(self, template: str, *, http_status: int = 200, **values: Any) -> Response:
        """The template, with what every page needs."""
        base = {
            "me": self.known,
            "csrf": self.csrf,
            "active": self.active,
            "zone": str(self.zone),
            "development": self.desk.development,
            "path": self.request.url.path,
            "done": self.asked("done"),
            "failed": self.asked("failed"),
        }
        html = render(template, self.language, self.now, self.zone, {**base, **values})
        return HTMLResponse(html, status_code=http_status)

    def to(self, path: str, *, done: str = "", failed: str = "", **query: str) -> Response:
        """A redirect after a POST; ``done`` and ``failed`` are codes of texts, never text."""
        marks = {k: v for k, v in {**query, "done": done, "failed": failed}.items() if v}
        return RedirectResponse(f"{path}?{urlencode(marks)}" if marks else path, status_code=303)


def row_number(text: str) -> int | None:
    """The id of a row; None for what is none, or is larger than any database counts."""
    number = int(text) if _NUMBER.fullmatch(text) else 0
    return number if 0 < number < 2**63 else None


def storable(text: str) -> str:
    """Without the sign that PostgreSQL takes in no text."""
    return text.replace("\x00", "")


Handler = Callable[[Visit], Response]
Method = Literal["GET", "POST"]


@dataclass(frozen=True)
class Page:
    """A route. ``needs``: a permission, ``signed_in`` for anybody with an account, or ``public``."""

    method: Method
    path: str
    handler: Handler
    needs: Permission | Literal["signed_in", "public"]
    section: str = ""


def endpoint(page: Page, desk: Desk) -> Callable[[Request], Any]:
    """The Starlette endpoint of a page."""

    async def answer(request: Request) -> Response:
        try:
            response = await _answer(page, desk, request)
        except HTTPException as error:
            response = Response(status_code=error.status_code)
        response.headers.update({k: v for k, v in HEADERS.items() if k not in response.headers})
        return response

    return answer


async def _answer(page: Page, desk: Desk, request: Request) -> Response:
    token = _token(desk, request)
    fresh = token is None
    token = token or secrets.token_urlsafe(32)
    member = None
    if not fresh:
        # htmx asks for nothing but the lines of an open conversation: a screen that was left must not stay open
        by_hand = "HX-Request" not in request.headers
        member = await run_in_threadpool(member_of_session, desk.database, desk.clock, token, by_hand=by_hand)
    language = member.language if member else _preferred(request)
    visit = Visit(request, desk, desk.clock(), token, language, member, active=page.section)
    if page.needs != "public" and member is None:
        return _sign_in_first(visit)
    if page.method == "POST":
        largest = LARGEST_STRANGER if page.needs == "public" else LARGEST_BODY
        visit.form, visit.files = await _form(request, largest)
        if not secrets.compare_digest(visit.field(CSRF_FIELD).encode(), visit.csrf.encode()):
            return visit.page("problem.html", http_status=403, code="csrf")
    response = await run_in_threadpool(_handled, page, visit)
    if fresh and page.needs == "public" and not _sets_cookie(response):
        set_cookie(visit, response, token)
    return response


def _handled(page: Page, visit: Visit) -> Response:
    try:
        if isinstance(page.needs, Permission):
            visit.member.need(page.needs)
        return page.handler(visit)
    except NotAllowed:
        return visit.page("problem.html", http_status=403, code="not_allowed")
    except NotFound:
        return visit.page("problem.html", http_status=404, code="not_found")


def set_cookie(visit: Visit, response: Response, token: str) -> None:
    """The signed session cookie: not readable by scripts, not sent from other sites, gone with the browser."""
    response.set_cookie(
        COOKIE,
        _signer(visit.desk).sign(token).decode(),
        httponly=True,
        samesite="lax",
        secure=visit.desk.secure or visit.request.url.scheme == "https",
        path="/",
    )


def _signer(desk: Desk) -> Signer:
    return Signer(desk.secret, salt="staff-session", digest_method=hashlib.sha256)


def _token(desk: Desk, request: Request) -> str | None:
    try:
        return _signer(desk).unsign(request.cookies.get(COOKIE, "")).decode()
    except BadSignature:
        return None


def _sets_cookie(response: Response) -> bool:
    return "set-cookie" in response.headers


def _sign_in_first(visit: Visit) -> Response:
    if visit.request.headers.get("HX-Request"):
        # the poll of a page that was left open: the browser goes to the sign-in page by itself
        return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse("/sign-in", status_code=303)


def _preferred(request: Request) -> str:
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "es"


async def _form(request: Request, largest: int) -> tuple[dict[str, list[str]], dict[str, tuple[str, bytes]]]:
    """The form's fields and files. Raises HTTPException 413 for a body over ``largest`` bytes."""
    if int(request.headers.get("content-length") or 0) > largest:
        raise HTTPException(413)
    limited = Request(request.scope, _limited(request, largest))
    fields: dict[str, list[str]] = {}
    uploads: dict[str, tuple[str, bytes]] = {}
    async with limited.form(max_files=2, max_fields=200) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = (value.filename or "", await value.read())
            else:
                fields.setdefault(name, []).append(value)
    return fields, uploads


def _limited(request: Request, largest: int) -> Callable[[], Any]:
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            raise HTTPException(413)
        return message

    return receive
