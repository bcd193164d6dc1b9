"""Health, metrics, the front page, headers and errors."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from web_fakes import EchoBot, Ports, ask, settings

from bot.web.app import create_app
from bot.web.simulator import simulator_words


@pytest.fixture
def ports() -> Ports:
    return Ports(bot=EchoBot())


@pytest.fixture
def app(ports: Ports) -> Any:
    return create_app(ports.parts())


def test_health_says_that_the_process_answers(app: Any) -> None:
    answer = ask(app, "GET", "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("state", "status"),
    [({"database": True, "model": True}, 200), ({"database": True, "model": False}, 503), ({}, 503)],
)
def test_ready_names_the_parts(app: Any, ports: Ports, state: dict[str, bool], status: int) -> None:
    ports.state = state
    answer = ask(app, "GET", "/ready")
    assert (answer.status_code, answer.json()["parts"]) == (status, state)


def test_it_is_not_ready_when_that_cannot_be_asked(app: Any, ports: Ports) -> None:
    ports.broken = RuntimeError("no connection to host")
    answer = ask(app, "GET", "/ready")
    assert answer.status_code == 503
    assert "connection" not in answer.text


def test_metrics_are_prometheus_text(app: Any) -> None:
    ask(app, "GET", "/nowhere/+5215512345678")
    answer = ask(app, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'oportunidad_http_requests_total{route="other",status="404"} 1.0' in answer.text
    assert "5215512345678" not in answer.text


@pytest.mark.parametrize(
    ("language", "query", "lang", "word"),
    [
        ("", "", "es", "home_title"),
        ("en-GB,en;q=0.9", "", "en", "home_title"),
        ("fr-FR, en;q=0.5", "", "en", "home_title"),
        ("fr", "", "es", "home_title"),
        ("en", "?lang=es", "es", "home_title"),
        ("es", "?lang=xx", "es", "home_title"),
    ],
)
def test_the_front_page_speaks_the_browsers_language(
    app: Any, language: str, query: str, lang: str, word: str
) -> None:
    page = ask(app, "GET", f"/{query}", headers={"Accept-Language": language}).text
    assert f'<html lang="{lang}">' in page
    assert simulator_words()["languages"][lang][word] in page


def test_the_front_page_leads_to_the_simulator_only_where_there_is_one() -> None:
    assert 'href="/simulator"' in ask(create_app(Ports(bot=EchoBot()).parts()), "GET", "/").text
    production = Ports(bot=EchoBot(), settings=settings(environment="production"))
    assert 'href="/simulator"' not in ask(create_app(production.parts()), "GET", "/").text


@pytest.mark.parametrize(
    "path", ["/", "/simulator", "/health", "/static/base.css", "/nowhere", "/webhooks/whatsapp/webhook"]
)
def test_every_answer_carries_the_security_headers(app: Any, path: str) -> None:
    headers = ask(app, "GET", path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_static_files_are_kept_for_good_only_under_their_version(app: Any) -> None:
    page = ask(app, "GET", "/simulator").text
    link = page.split('href="/static/base.css')[1].split('"')[0]
    assert "immutable" in ask(app, "GET", f"/static/base.css{link}").headers["cache-control"]
    assert ask(app, "GET", "/static/base.css?v=older").headers["cache-control"] == "no-cache"
    assert ask(app, "GET", "/simulator").headers["cache-control"] == "no-store"
    assert ask(app, "GET", "/static/../app.py").status_code == 404


def test_the_pages_load_nothing_from_elsewhere_and_run_nothing_inline(app: Any) -> None:
    for path in ("/", "/simulator"):
        page = ask(app, "GET", path).text
        assert "http://" not in page and "https://" not in page
        assert "<style" not in page and "style=" not in page and " onclick" not in page
        for script in page.split("<script")[1:]:
            assert 'type="application/json"' in script or "src=" in script.split(">")[0]


def test_an_unexpected_error_is_a_plain_500_and_logs_no_personal_word(
    ports: Ports, caplog: pytest.LogCaptureFixture
) -> None:
    async def console(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/boom":
            raise KeyError("Rosa +5215512345678")
        await PlainTextResponse("ok")(scope, receive, send)

    app = create_app(replace(ports.parts(), console=console))
    with caplog.at_level(logging.DEBUG):
        answer = ask(app, "GET", "/boom")
    assert (answer.status_code, answer.text) == (500, "something went wrong here")
    assert "KeyError" in caplog.text and "test_front.py" in caplog.text
    assert "Rosa" not in caplog.text and "5512345678" not in caplog.text
    assert ask(app, "GET", "/fine").text == "ok"
    assert ask(app, "GET", "/health").status_code == 200


def test_both_languages_have_the_same_words() -> None:
    words = simulator_words()["languages"]
    assert words["es"].keys() == words["en"].keys()
    assert all(text.strip() and len(text) <= 300 for table in words.values() for text in table.values())
