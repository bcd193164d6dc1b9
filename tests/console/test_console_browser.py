"""The console in a real Chromium, at phone and desktop width, checked by axe on every main page.

``CONSOLE_SCREENSHOTS=folder`` also keeps a picture of each.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from conftest import PASSWORD, Office
from console_women import LUZ, PAZ, ROSA

from bot.console.app import build_console

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = ["color-contrast"]
LAID_OUT = [
    "color-contrast",
    "target-size",
    "scrollable-region-focusable",
    "region",
    "landmark-unique",
    "label",
]
WIDTHS = {"phone": (360, 760), "desktop": (1280, 860)}
PAGES = {
    "today": "/",
    "people": "/people",
    "person": f"/people/{ROSA}",
    "safe": f"/people/{LUZ}",
    "conversation": f"/people/{ROSA}/conversation",
    "referrals": "/referrals",
    "referral": "/referrals/1",
    "review": "/review",
    "corrections": "/review/corrections",
    "broadcasts": "/broadcasts",
    "broadcast": "/broadcasts/1",
    "broadcast-form": "/broadcasts/1/edit",
    "surveys": "/surveys",
    "survey": "/surveys/b_profile",
    "results": "/results",
    "programme": "/programme",
    "exports": "/exports",
    "staff": "/staff",
    "reads": "/logs/reads",
    "changes": "/logs/changes",
}

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: the browser tests are left out"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Ends with the module: while Playwright runs, no other test of this thread may run a loop of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(office: Office) -> Iterator[str]:
    """The console on a port of this machine."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(build_console(office.desk), port=port, log_level="error", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    started = threading.Event()
    while not server.started and thread.is_alive():
        started.wait(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def sign_in(page: Any, site: str, office: Office, who: str) -> None:
    page.goto(f"{site}/sign-in")
    page.fill("#email", f"{who}@example.org")
    page.fill("#password", PASSWORD)
    page.fill("#code", office.code(who))
    page.click("main button")
    page.wait_for_url(f"{site}/")


def faults(page: Any, rules: list[str] = RULES) -> list[str]:
    """What axe finds wrong, one line each."""
    page.evaluate(AXE)  # through the debugger, so that the page's own policy stays as strict as it is
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"][:3]
    ]


def keep(page: Any, name: str) -> None:
    folder = os.environ.get("CONSOLE_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits_its_width(
    chromium: Any, site: str, office: Office, width: str
) -> None:
    across, down = WIDTHS[width]
    context = chromium.new_context(viewport={"width": across, "height": down}, locale="es-MX")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{site}/sign-in")
    keep(page, f"sign-in-{width}")
    wrong = {"sign-in": faults(page)}
    sign_in(page, site, office, "everything")
    for name, path in PAGES.items():
        page.goto(f"{site}{path}")
        keep(page, f"{name}-{width}")
        # wide tables change between the two widths; the rest of the rules is the same at both
        wrong[name] = faults(page, RULES if width == "phone" else LAID_OUT)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            wrong[name].append(f"{wide} px wider than the window")
    assert {name: found for name, found in wrong.items() if found} == {}
    assert errors == []
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_questionnaire_is_talked_through(chromium: Any, site: str, office: Office, width: str) -> None:
    across, down = WIDTHS[width]
    context = chromium.new_context(viewport={"width": across, "height": down}, locale="es-MX")
    page = context.new_page()
    sign_in(page, site, office, "viewer")
    page.goto(f"{site}/surveys/e_survey")
    page.get_by_role("button", name="Hablarlo como en el chat").click()
    page.get_by_role("button", name="Sí, ahora", exact=True).click()
    page.get_by_text("can_now: now").wait_for()
    page.get_by_label("Tu respuesta").fill("cuido mi casa")
    page.keyboard.press("Enter")
    page.get_by_text("cuido mi casa").wait_for()
    keep(page, f"trial-{width}")
    assert faults(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    context.close()


def test_dark_mode_keeps_its_contrast(chromium: Any, site: str, office: Office) -> None:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 860}, color_scheme="dark", locale="es-MX"
    )
    page = context.new_page()
    sign_in(page, site, office, "everything")
    wrong = {}
    for name in ("today", "person", "conversation", "review", "results", "programme"):
        page.goto(f"{site}{PAGES[name]}")
        keep(page, f"{name}-dark")
        wrong[name] = faults(page, CONTRAST)
    assert {name: found for name, found in wrong.items() if found} == {}
    context.close()


def test_a_case_worker_answers_a_woman_by_keyboard_alone(chromium: Any, site: str, office: Office) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 760}, locale="es-MX", java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, site, office, "case_worker")
    page.goto(f"{site}/people/{ROSA}/conversation")
    page.get_by_role("button", name="Tomar la conversación").focus()
    page.keyboard.press("Enter")
    page.get_by_text("La conversación es tuya").wait_for()
    keep(page, "held-phone")
    page.get_by_label("Tu mensaje").focus()
    page.keyboard.type("Hola, soy Inés del centro. ¿A qué hora te llamo?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Tu mensaje va en camino").wait_for()
    assert page.get_by_text("Hola, soy Inés del centro").count() == 1
    page.get_by_role("radio", name="Está resuelto").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Devolver al bot").focus()
    page.keyboard.press("Enter")
    page.get_by_text("La conversación volvió al bot").wait_for()
    context.close()


def test_an_open_conversation_shows_new_messages_by_itself(chromium: Any, site: str, office: Office) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, locale="es-MX")
    page = context.new_page()
    sign_in(page, site, office, "case_worker")
    page.goto(f"{site}/people/{PAZ}/conversation")
    page.click("text=Tomar la conversación")
    with office.database.write() as session:
        office.women.says(session, PAZ, "ahora sí estoy", 0)
    page.get_by_text("ahora sí estoy").wait_for(timeout=15_000)
    context.close()
