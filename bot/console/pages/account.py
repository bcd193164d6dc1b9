"""Signing in and out, setting up an account, choosing the language."""

from __future__ import annotations

import segno
from starlette.responses import RedirectResponse, Response

from bot.console.gate import COOKIE, Page, Visit, set_cookie
from bot.services.staff import accounts, sign_in


def show_sign_in(visit: Visit) -> Response:
    if visit.known is not None:
        return RedirectResponse("/", status_code=303)
    return visit.page("sign_in.html", problem="")


def do_sign_in(visit: Visit) -> Response:
    client = visit.request.client
    try:
        token = sign_in.sign_in(
            visit.desk.database,
            visit.desk.clock,
            visit.field("email"),
            visit.field("password"),
            visit.field("code"),
            client.host if client else "",
            code_optional=visit.desk.development,
        )
    except sign_in.Refused as refused:
        status = 429 if refused.code == "wait" else 401
        return visit.page("sign_in.html", problem=refused.code, http_status=status)
    response = RedirectResponse("/", status_code=303)
    # a token that was there before signing in is worth nothing afterwards
    set_cookie(visit, response, token)
    return response


def do_sign_out(visit: Visit) -> Response:
    sign_in.sign_out(visit.desk.database, visit.token)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response


def show_setup(visit: Visit) -> Response:
    return _setup(visit, visit.path("token"), "")


def do_setup(visit: Visit) -> Response:
    token = visit.path("token")
    later = visit.desk.development and visit.field("later") == "yes"
    if visit.field("password") != visit.field("again"):
        return _setup(visit, token, "differ")
    try:
        staff_id = accounts.finish_setup(
            visit.desk.database,
            visit.desk.clock,
            token,
            visit.field("password"),
            visit.field("code"),
            without_code=later,
        )
    except accounts.AccountError as error:
        return _setup(visit, token, error.code)
    response = RedirectResponse("/", status_code=303)
    set_cookie(visit, response, sign_in.open_session(visit.desk.database, visit.desk.clock, staff_id))
    return response


def _setup(visit: Visit, token: str, problem: str) -> Response:
    found = accounts.open_setup(visit.desk.database, visit.desk.clock, token)
    if found is None:
        return visit.page("problem.html", http_status=404, code="bad_link")
    picture = segno.make(found.uri, error="m").svg_data_uri(scale=5, border=2)
    return visit.page(
        "set_up.html",
        http_status=400 if problem else 200,
        setup=found,
        picture=picture,
        problem=problem,
        token_value=token,
        shortest=accounts.SHORTEST_PASSWORD,
    )


def set_language(visit: Visit) -> Response:
    accounts.set_language(visit.desk.database, visit.member.id, visit.field("language"))
    back = visit.field("back")
    # only a path of ours: never another site
    return RedirectResponse(
        back if back.startswith("/") and not back.startswith("//") else "/", status_code=303
    )


PAGES = (
    Page("GET", "/sign-in", show_sign_in, "public"),
    Page("POST", "/sign-in", do_sign_in, "public"),
    Page("POST", "/sign-out", do_sign_out, "signed_in"),
    Page("GET", "/set-up/{token}", show_setup, "public"),
    Page("POST", "/set-up/{token}", do_setup, "public"),
    Page("POST", "/language", set_language, "signed_in"),
)
