"""Every page for every role: who may open it, who may not, and that nothing breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import MEMBERS, Office, Visitor
from console_women import LUZ, PAZ, ROSA

from bot.console.app import PAGES
from bot.console.gate import Page
from bot.services.staff.roles import Permission, permissions

IN_PATH = {"/people/{id}": ROSA, "/surveys/{name}": "b_profile", "/logs/{kind}": "reads"}


def address(page: Page) -> str:
    """The page's path with something that exists in its place."""
    for start, value in IN_PATH.items():
        if page.path.startswith(start):
            return page.path.replace(start[start.index("{") :], value)
    return page.path.replace("{id}", "1").replace("{token}", "no-such-token")


SHOWN = [page for page in PAGES if page.method == "GET" and page.needs != "public"]
DONE = [page for page in PAGES if page.method == "POST" and page.needs != "public"]


def may(who: str, page: Page) -> bool:
    if not isinstance(page.needs, Permission):
        return True
    member = MEMBERS[who]
    return page.needs in permissions(frozenset(member["roles"]), focal_point=member.get("focal_point", False))


@pytest.mark.parametrize("who", ["viewer", "case_worker", "analyst", "admin", "focal", "everything"])
def test_it_opens_a_page_for_the_roles_that_have_it_and_for_no_other(office: Office, who: str) -> None:
    visitor = office.enter(who)
    for page in SHOWN:
        expected = 200 if may(who, page) else 403
        assert visitor.get(address(page)).status_code == expected, (who, page.path)


@pytest.mark.parametrize("who", ["viewer", "case_worker", "analyst", "admin"])
def test_it_refuses_an_action_that_the_role_does_not_have(office: Office, who: str) -> None:
    visitor = office.enter(who)
    refused = [page for page in DONE if not may(who, page)]
    for page in refused:
        assert visitor.post(address(page)).status_code == 403, (who, page.path)
    assert len(refused) >= (0 if who == "everything" else 2)


def test_it_shows_nothing_to_who_is_not_signed_in(office: Office) -> None:
    visitor = Visitor(office.browser())
    for page in SHOWN:
        answer = visitor.get(address(page))
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), page.path
    token = visitor.token("/sign-in")
    for page in DONE:
        answer = visitor.client.post(address(page), data={"csrf": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), page.path


def test_it_takes_no_post_without_the_token_of_the_session(office: Office) -> None:
    visitor = office.enter("everything")
    stale = Visitor(office.browser()).token("/sign-in")
    for page in [p for p in PAGES if p.method == "POST"]:
        for token in ("", "0" * 64, stale):
            answer = visitor.client.post(address(page), data={"csrf": token})
            assert answer.status_code == 403, page.path


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_speaks_both_languages_on_every_page(office: Office, language: str) -> None:
    visitor = office.enter("everything")
    visitor.post("/language", language=language)
    for page in SHOWN:
        answer = visitor.get(address(page))
        assert answer.status_code == 200, page.path
        if not page.path.endswith("/lines"):
            assert f'<html lang="{language}">' in answer.text, page.path


def test_it_sends_security_headers_with_every_answer(office: Office) -> None:
    visitor = office.enter("everything")
    for path in ["/sign-in", "/", f"/people/{ROSA}", "/nowhere", "/people/nobody"]:
        headers = visitor.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path


def test_no_page_has_script_or_style_of_its_own(office: Office) -> None:
    visitor = office.enter("everything")
    for page in SHOWN:
        text = visitor.get(address(page)).text
        assert " style=" not in text and "<style" not in text, page.path
        assert "javascript:" not in text and " onclick" not in text, page.path
        assert text.count("<script") == text.count(
            '<script src="/console-static/htmx.min.js" defer></script>'
        ), page.path


class TestScope:
    """Whose women a member sees."""

    @pytest.mark.parametrize(
        ("who", "person", "seen"),
        [
            ("case_worker", ROSA, True),
            ("case_worker", PAZ, True),
            ("chile", PAZ, True),
            ("chile", LUZ, True),
            ("chile", ROSA, False),
            ("toluca", ROSA, True),
            ("toluca", PAZ, False),
        ],
    )
    def test_it_shows_a_woman_to_her_country_and_centre_only(
        self, enter: Callable[[str], Visitor], who: str, person: str, seen: bool
    ) -> None:
        visitor = enter(who)
        for path in (f"/people/{person}", f"/people/{person}/conversation"):
            assert visitor.get(path).status_code == (200 if seen else 404), path
        for action in ("reveal", "conversation/take"):
            answer = visitor.post(f"/people/{person}/{action}", what="content", reason="answer_her")
            assert answer.status_code == (303 if seen else 404), action

    def test_lists_hold_the_women_in_scope_only(self, enter: Callable[[str], Visitor]) -> None:
        for who, seen, hidden in [("chile", PAZ, ROSA), ("toluca", ROSA, PAZ)]:
            visitor = enter(who)
            pages = [visitor.text("/people"), visitor.text("/"), visitor.text("/referrals?status=all")]
            assert any(seen[:8] in page for page in pages), who
            assert not any(hidden[:8] in page for page in pages), who
            assert hidden[:8] not in visitor.text("/review"), who

    def test_a_country_answers_the_women_whose_country_is_not_known_yet(
        self, enter: Callable[[str], Visitor]
    ) -> None:
        from console_women import NEW

        assert enter("chile").get(f"/people/{NEW}").status_code == 200
        assert enter("toluca").get(f"/people/{NEW}").status_code == 404

    def test_work_on_somebody_out_of_scope_is_not_found(self, enter: Callable[[str], Visitor]) -> None:
        visitor = enter("toluca")
        assert visitor.post("/requests/1/close").status_code == 404
        assert visitor.get("/referrals/2").status_code == 404
        assert visitor.post("/referrals/2/step", after="reached").status_code == 404
        assert visitor.post("/handovers/3/close").status_code == 404

    def test_a_limited_administrator_gives_no_accounts(self, office: Office) -> None:
        from bot.store.console_tables import Staff

        with office.database.write() as session:
            for row in session.query(Staff):
                if row.email.startswith("admin@"):
                    row.country = "MX"
        visitor = office.enter("admin")
        assert visitor.get("/staff").status_code == 403
        assert visitor.get("/logs/reads").status_code == 403
        assert visitor.post("/staff", email="x@example.org", roles=["admin"]).status_code == 403
