"""Today: what needs a person."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.services.staff import cases, holds, today
from bot.services.staff.roles import Permission


def show(visit: Visit) -> Response:
    with visit.desk.database.read() as session:
        queues = today.today(session, visit.member, visit.now)
        figures = today.figures(session, visit.member, visit.now)
    return visit.page("today.html", queues=queues, figures=figures, waiting=sum(q.count for q in queues))


def close_handover(visit: Visit) -> Response:
    with visit.desk.database.write() as session:
        holds.close_handover(session, visit.member, visit.number("id"), visit.now)
    return visit.to("/", done="handover_closed")


def close_request(visit: Visit) -> Response:
    with visit.desk.database.write() as session:
        cases.close_request(session, visit.member, visit.number("id"), visit.now)
    return visit.to("/", done="request_closed")


def settle_set_aside(visit: Visit) -> Response:
    with visit.desk.database.write() as session:
        cases.settle_set_aside(session, visit.member, visit.number("id"), visit.field("action"), visit.now)
    visit.desk.wake_engine()
    return visit.to("/", done="set_aside_settled")


def clear_alert(visit: Visit) -> Response:
    with visit.desk.database.write() as session:
        cases.clear_alert(session, visit.member, visit.number("id"), visit.now)
    return visit.to("/", done="alert_cleared")


def attend_send(visit: Visit) -> Response:
    with visit.desk.database.write() as session:
        cases.attend_send(session, visit.member, visit.number("id"), visit.now)
    return visit.to("/", done="send_attended")


PAGES = (
    Page("GET", "/", show, Permission.SEE_OVERVIEW, "today"),
    Page("POST", "/handovers/{id}/close", close_handover, Permission.WORK_CASES, "today"),
    Page("POST", "/requests/{id}/close", close_request, Permission.WORK_CASES, "today"),
    Page("POST", "/set-aside/{id}", settle_set_aside, Permission.WORK_CASES, "today"),
    Page("POST", "/alerts/{id}/clear", clear_alert, Permission.SEE_OVERVIEW, "today"),
    Page("POST", "/sends/{id}/attend", attend_send, Permission.WORK_CASES, "today"),
)
