"""The list of women and the page of one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot.answers.phones import number_of
from bot.console.gate import Page, Visit
from bot.services.followup_plan import SHE_TOLD
from bot.services.staff import course, logs, people, sharing
from bot.services.staff.member import person_in_scope
from bot.services.staff.roles import Permission


def show_list(visit: Visit) -> Response:
    filters = people.Filters(
        status=visit.asked("status"),
        country=visit.asked("country"),
        centre=visit.asked("centre"),
        pathway=visit.asked("pathway"),
        after=visit.asked("after"),
    )
    with visit.desk.database.read() as session:
        rows, following = people.listed(session, visit.member, filters)
    return visit.page(
        "people.html",
        rows=rows,
        filters=filters,
        following=following,
        statuses=people.STATUSES,
        countries=visit.desk.world.programmes.countries,
    )


def find(visit: Visit) -> Response:
    """By telephone number or chat id: sent in the body, never kept in an address bar."""
    with visit.desk.database.write() as session:
        found = people.find_by_address(
            visit.desk.database, session, visit.member, _keys(visit.field("number"), visit), visit.now
        )
    return visit.to(f"/people/{found}") if found else visit.to("/people", failed="not_found_number")


def show(visit: Visit) -> Response:
    with visit.desk.database.read() as session:
        page = people.page(session, visit.desk.world, visit.member, visit.path("id"), visit.now)
    visit.her_zone = visit.desk.world.zone_of(page.person)
    return visit.page(
        "person.html",
        page=page,
        person=page.person,
        reasons=logs.REASONS,
        may_begin=page.person.status in course.BEFORE_COURSE,
        may_complete=page.person.status in course.MAY_COMPLETE,
        she_told=any(h.reason == SHE_TOLD and h.state == "open" for h in page.handovers),
    )


def reveal(visit: Visit) -> Response:
    person_id = visit.path("id")
    what = visit.field("what")
    with visit.desk.database.write() as session:
        person_in_scope(session, visit.member, person_id)
        try:
            logs.reveal(
                session,
                visit.member,
                [person_id],
                what,
                visit.field("reason"),
                visit.now,
                visit.field("note"),
            )
        except ValueError:
            return visit.to(_back(visit, person_id), failed="reason")
    return visit.to(_back(visit, person_id))


def remove_pin(visit: Visit) -> Response:
    person_id = visit.path("id")
    with visit.desk.database.write() as session:
        sharing.remove_pin(session, visit.desk.database, visit.member, person_id, visit.now)
    return visit.to(f"/people/{person_id}", done="pin_removed")


def begin_course(visit: Visit) -> Response:
    return _course(
        visit, "course_begun", lambda session, who: course.begin(session, visit.member, who, visit.now)
    )


def complete_course(visit: Visit) -> Response:
    typed, world = visit.field("completed_on"), visit.desk.world
    return _course(
        visit,
        "completion_noted",
        lambda session, who: course.complete(session, world, visit.member, who, typed, visit.now),
    )


def _course(visit: Visit, done: str, note: Callable[[Session, str], object]) -> Response:
    person_id = visit.path("id")
    try:
        with visit.desk.database.write() as session:
            note(session, person_id)
    except course.CannotNote as error:
        return visit.to(f"/people/{person_id}", failed=f"course_{error.code}")
    return visit.to(f"/people/{person_id}", done=done)


def _back(visit: Visit, person_id: str) -> str:
    return (
        f"/people/{person_id}/conversation"
        if visit.field("back") == "conversation"
        else f"/people/{person_id}"
    )


def _keys(typed: str, visit: Visit) -> list[str]:
    """The forms under which a typed number may be stored: E.164 for each country, or a chat id."""
    text = typed.strip()[:40]
    keys = {text} if text else set()
    for country in (visit.member.scope.country, *visit.desk.world.programmes.countries):
        number = number_of(text, country)
        if number is not None:
            keys.add(number)
    return sorted(keys)


PAGES = (
    Page("GET", "/people", show_list, Permission.SEE_PEOPLE, "people"),
    Page("POST", "/people/find", find, Permission.READ_IDENTITY, "people"),
    Page("GET", "/people/{id}", show, Permission.SEE_PEOPLE, "people"),
    Page("POST", "/people/{id}/reveal", reveal, Permission.READ_CONTENT, "people"),
    Page("POST", "/people/{id}/course/begin", begin_course, Permission.WORK_CASES, "people"),
    Page("POST", "/people/{id}/course/complete", complete_course, Permission.WORK_CASES, "people"),
    Page("POST", "/people/{id}/pin/remove", remove_pin, Permission.WORK_CASES, "people"),
)
