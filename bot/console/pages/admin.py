"""For administrators: accounts, and the two logs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from bot.console.gate import Page, Visit, row_number
from bot.exports.writers.neutral import neutralise
from bot.services.staff import accounts, logs
from bot.services.staff.member import NotAllowed, NotFound
from bot.services.staff.roles import ROLES, Permission

SIZE = 100
EXPORTED_AT_ONCE = 1000
COLUMNS = {
    "reads": ("id", "at", "staff_id", "participant_id", "what", "reason", "note", "until"),
    "changes": ("id", "at", "staff_id", "action", "object", "participant_id", "detail"),
}


def show_staff(visit: Visit) -> Response:
    return _staff(visit)


def add(visit: Visit) -> Response:
    _whole_scope(visit)
    try:
        token = accounts.add(
            visit.desk.database,
            visit.desk.clock,
            visit.field("email"),
            visit.form.get("roles", []),
            country=visit.field("country") or None,
            centre=visit.field("centre") or None,
            focal_point=visit.field("focal_point") == "yes",
            by=visit.member.id,
        )
    except accounts.AccountError as error:
        return _staff(visit, problem=error.code, status=400)
    return _staff(visit, link=f"/set-up/{token}")


def invite(visit: Visit) -> Response:
    _whole_scope(visit)
    try:
        token = accounts.invite_again(
            visit.desk.database, visit.desk.clock, visit.path("id"), by=visit.member.id
        )
    except accounts.AccountError as error:
        raise NotFound("staff") from error
    return _staff(visit, link=f"/set-up/{token}")


def disable(visit: Visit) -> Response:
    _whole_scope(visit)
    if visit.path("id") == visit.member.id:
        return visit.to("/staff", failed="not_yourself")
    try:
        accounts.disable(visit.desk.database, visit.desk.clock, visit.path("id"), by=visit.member.id)
    except accounts.AccountError as error:
        raise NotFound("staff") from error
    return visit.to("/staff", done="staff_disabled")


def _staff(visit: Visit, *, problem: str = "", link: str = "", status: int = 200) -> Response:
    _whole_scope(visit)
    base = visit.desk.public_url or str(visit.request.base_url).rstrip("/")
    return visit.page(
        "staff.html",
        http_status=status,
        rows=accounts.accounts(visit.desk.database),
        roles=tuple(ROLES),
        countries=visit.desk.world.programmes.countries,
        centres=[(c.code, c.name) for p in visit.desk.world.programmes for c in p.centres],
        problem=problem,
        link=f"{base}{link}" if link else "",
    )


def show_log(visit: Visit) -> Response:
    kind = visit.path("kind")
    before = row_number(visit.asked("before"))
    with visit.desk.database.read() as session:
        rows = logs.page_of_log(session, visit.member, kind, before=before, size=SIZE + 1)
    more = len(rows) > SIZE
    return visit.page(
        "log.html",
        kind=kind,
        rows=rows[:SIZE],
        following=rows[SIZE - 1].id if more else 0,
        names={account.id: account.email for account in accounts.accounts(visit.desk.database)},
    )


def export_log(visit: Visit) -> Response:
    kind = visit.path("kind")
    with visit.desk.database.write() as session:
        logs.page_of_log(session, visit.member, kind, before=None, size=1)
        logs.note_change(session, visit.member.id, "log_exported", visit.now, of=kind)
    headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
    return StreamingResponse(_csv(visit, kind), media_type="text/csv; charset=utf-8", headers=headers)


def _csv(visit: Visit, kind: str) -> Iterator[str]:
    yield "\ufeff" + _line(COLUMNS[kind])
    before: int | None = None
    while True:
        with visit.desk.database.read() as session:
            rows = logs.page_of_log(session, visit.member, kind, before=before, size=EXPORTED_AT_ONCE)
        for row in rows:
            yield _line([_cell(getattr(row, column)) for column in COLUMNS[kind]])
        if len(rows) < EXPORTED_AT_ONCE:
            return
        before = rows[-1].id


def _line(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> object:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    text = value.isoformat() if hasattr(value, "isoformat") else value
    # a note that begins like a formula would run in a spreadsheet
    return neutralise(text) if isinstance(text, str) else text


def _whole_scope(visit: Visit) -> None:
    """Accounts are given by who has no limit of country or centre: else somebody could widen their own."""
    if not visit.member.scope.everybody:
        raise NotAllowed("scope")


PAGES = (
    Page("GET", "/staff", show_staff, Permission.ADMINISTER, "staff"),
    Page("POST", "/staff", add, Permission.ADMINISTER, "staff"),
    Page("POST", "/staff/{id}/invite", invite, Permission.ADMINISTER, "staff"),
    Page("POST", "/staff/{id}/disable", disable, Permission.ADMINISTER, "staff"),
    Page("GET", "/logs/{kind}", show_log, Permission.ADMINISTER, "logs"),
    Page("POST", "/logs/{kind}/export", export_log, Permission.ADMINISTER, "logs"),
)
