"""The simulator in a real browser, at the width of a small phone and of a desk."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from web_fakes import EchoBot, Ports

from bot.web.app import create_app
from bot.web.server import make_server

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium: set CHROMIUM to its path to run these")

HOSTILE = '<img src=x onerror="document.title=1"> *fuerte* https://example.org/a?b=1. <b>no</b>'
SCRIPT = [
    (
        "¡Hola! Soy *Oportunidad*. ¿En qué idioma prefieres que hablemos?\n1. Español\n2. English",
        ["Español", "English"],
    ),
    (
        "¿Qué camino te gustaría seguir?\n1. Emprender\n2. Empleo\n3. Volver a estudiar\n4. Aún no sé",
        ["Emprender", "Empleo", "Volver a estudiar", "Aún no sé"],
    ),
    ("Oí: {heard}", []),
]
BUSY = "503"  # the browser reports the refusal that a test plans
SIZES = {"phone": (360, 740), "desk": (1280, 800)}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        app = create_app(Ports(bot=EchoBot(SCRIPT), poll_seconds=10).parts())
        server = make_server(app, "127.0.0.1", port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        pause = threading.Event()
        while not server.started and thread.is_alive():
            pause.wait(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(15)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def page(browser: Any, site: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="es-MX", base_url=site, reduced_motion="reduce"
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: problems.append(said.text) if said.type == "error" and BUSY not in said.text else None,
    )
    page.on(
        "request",
        lambda asked: problems.append(asked.url) if not asked.url.startswith((site, "data:")) else None,
    )
    yield page
    context.close()
    assert problems == [], "the page had errors or asked for something elsewhere"


def say(page: Any, text: str) -> None:
    page.get_by_role("textbox", name=re.compile("mensaje|message")).fill(text)
    page.keyboard.press("Enter")


def open_desk(page: Any) -> None:
    menu = page.get_by_role("button", name="Personas y opciones")
    if menu.is_visible():
        menu.click()


def choose_look(page: Any, name: str) -> None:
    open_desk(page)
    page.get_by_role("radio", name=name).check(force=True)
    close = page.get_by_role("button", name="Cerrar")
    if close.is_visible():
        close.click()


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("look", ["WhatsApp", "Telegram"])
def test_a_conversation_is_written_and_pressed(page: Any, look: str) -> None:
    page.goto("/simulator")
    choose_look(page, look)
    log = page.get_by_role("log")
    log.get_by_role("button", name="Hola" if look == "WhatsApp" else "Iniciar").click()
    expect(log.get_by_text("¿En qué idioma prefieres")).to_be_visible()
    expect(log.locator(".mine .ticks").first).to_have_text("✓✓")
    log.get_by_role("button", name="Español").click()
    expect(log.locator(".mine .text").last).to_have_text("Español")
    expect(log.get_by_text("¿Qué camino te gustaría seguir?")).to_be_visible()
    listed = log.get_by_text("Ver opciones", exact=True)
    assert listed.count() == (1 if look == "WhatsApp" else 0)
    if listed.count():
        listed.click()
    log.get_by_role("button", name="Volver a estudiar").click()
    expect(log.get_by_text("Oí: Volver a estudiar")).to_be_visible()
    assert fits(page)


def test_what_is_said_stays_text(page: Any) -> None:
    page.goto("/simulator")
    for text in ("uno", "dos", HOSTILE):
        say(page, text)
    log = page.get_by_role("log")
    answer = log.locator(".theirs .text").last
    expect(answer).to_contain_text('<img src=x onerror="document.title=1">')
    expect(answer.locator("strong")).to_have_text("fuerte")
    expect(answer.locator("a")).to_have_attribute("href", "https://example.org/a?b=1")
    assert log.locator("img, b").count() == 0
    assert "Oportunidad" in page.title()


def test_a_conversation_is_there_again_after_a_reload(page: Any) -> None:
    page.goto("/simulator")
    say(page, "hola")
    log = page.get_by_role("log")
    expect(log.locator(".row")).to_have_count(2)
    page.reload()
    expect(log.locator(".row")).to_have_count(2)
    expect(log.locator(".mine .ticks")).to_have_text("✓✓")


def test_each_person_has_a_conversation_of_her_own(page: Any) -> None:
    page.goto("/simulator")
    say(page, "soy la primera")
    log = page.get_by_role("log")
    expect(log.get_by_text("soy la primera")).to_be_visible()
    open_desk(page)
    page.get_by_role("button", name="Nueva persona").click()
    expect(log.get_by_text("Aún no hay mensajes.")).to_be_visible()
    open_desk(page)
    people = page.locator("#people .person")
    expect(people).to_have_count(2)
    people.first.click()
    expect(log.get_by_text("soy la primera")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "word"), [("Foto", "image"), ("Audio", "audio"), ("Puebla, MX", "location")]
)
def test_files_and_places_are_sent_by_stand_ins(page: Any, button: str, word: str) -> None:
    page.goto("/simulator")
    for text in ("uno", "dos"):
        say(page, text)
    expect(page.locator(".theirs")).to_have_count(2)
    page.locator("#attach summary").click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("log").get_by_text(f"Oí: {word}")).to_be_visible()


def test_a_start_code_arrives_as_the_channel_carries_it(page: Any) -> None:
    page.goto("/simulator")
    open_desk(page)
    page.get_by_label("Código de llegada").fill("FERIA21")
    page.get_by_role("button", name="Abrir enlace").click()
    expect(page.get_by_role("textbox", name="Escribe un mensaje")).to_have_value(
        re.compile(r"\(código: FERIA21\)$")
    )
    choose_look(page, "Telegram")
    open_desk(page)
    page.get_by_role("button", name="Abrir enlace").click()
    expect(page.get_by_role("log").get_by_text("/start FERIA21")).to_be_visible()


def test_a_message_that_did_not_leave_can_be_sent_again(page: Any) -> None:
    page.goto("/simulator")
    failing = {"on": True}
    page.route("**/api/send", lambda route: route.fulfill(status=503) if failing["on"] else route.continue_())
    say(page, "hola")
    log = page.get_by_role("log")
    expect(log.get_by_text("No se envió.")).to_be_visible()
    failing["on"] = False
    log.get_by_role("button", name="Reintentar").click()
    expect(log.get_by_text("¿En qué idioma prefieres")).to_be_visible()
    expect(log.locator(".mine")).to_have_count(1)


def test_the_page_speaks_english_too(page: Any) -> None:
    page.goto("/simulator")
    open_desk(page)
    page.get_by_role("radio", name="English").check(force=True)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page.locator("#text")).to_have_attribute("placeholder", "Write a message")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_everything_that_can_be_pressed_is_large_enough_and_named(page: Any) -> None:
    page.goto("/simulator")
    say(page, "hola")
    expect(page.locator(".theirs .options button")).to_have_count(2)
    open_desk(page)
    page.wait_for_timeout(300)
    for control in page.locator("button:visible, summary:visible").all():
        box = control.bounding_box()
        assert box["height"] >= 40 and box["width"] >= 40, control.inner_text()
        assert control.get_attribute("aria-label") or control.inner_text().strip()


def test_a_conversation_needs_the_keyboard_only(page: Any) -> None:
    page.goto("/simulator")
    expect(page.get_by_role("log").get_by_role("button", name="Hola")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("hola")
    page.keyboard.press("Enter")
    option = page.get_by_role("log").get_by_role("button", name="English")
    expect(option).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if option.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".mine .text").last).to_have_text("English")
