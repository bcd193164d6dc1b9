"""Referrals: the list, and the way of one."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.gate import Page, Visit
from bot.services.staff import referring
from bot.services.staff.roles import Permission


def show_list(visit: Visit) -> Response:
    status = visit.asked("status") or "open"
    barrier = visit.asked("barrier")
    with visit.desk.database.read() as session:
        rows = referring.listed(session, visit.member, status, barrier)
    barriers = sorted({b for p in visit.desk.world.programmes for k in p.referrals for b in k.barriers})
    return visit.page(
        "referrals.html",
        rows=rows,
        status=status,
        barrier=barrier,
        barriers=barriers,
        statuses=referring.STATUSES,
    )


def show(visit: Visit) -> Response:
    return _page(visit)


def step(visit: Visit) -> Response:
    try:
        with visit.desk.database.write() as session:
            referring.step(
                session,
                visit.member,
                visit.number("id"),
                visit.field("after"),
                visit.now,
                outcome=visit.field("outcome"),
                eased=visit.field("eased"),
                note=visit.field("note"),
            )
    except referring.WrongStep as error:
        return _page(visit, problem=error.code, status=400)
    return visit.to(f"/referrals/{visit.number('id')}", done="referral_step")


def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    with visit.desk.database.read() as session:
        referral, person, steps = referring.get(session, visit.member, visit.number("id"))
    programme = visit.desk.world.programme_of(person)
    kind = programme.referral(referral.barrier)
    return visit.page(
        "referral.html",
        http_status=status,
        referral=referral,
        person=person,
        steps=steps,
        kind=kind,
        offer=kind.offer.in_language(visit.language),
        following=referring.next_statuses(referral.status),
        outcomes=referring.OUTCOMES,
        eased=referring.EASED,
        problem=problem,
    )


PAGES = (
    Page("GET", "/referrals", show_list, Permission.WORK_CASES, "referrals"),
    Page("GET", "/referrals/{id}", show, Permission.WORK_CASES, "referrals"),
    Page("POST", "/referrals/{id}/step", step, Permission.WORK_CASES, "referrals"),
)
