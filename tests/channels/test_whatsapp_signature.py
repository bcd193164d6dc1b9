"""Twilio's signature, against HMAC computed here as Twilio documents it and not by its library."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest

from bot.channels.whatsapp import parse_form, signed_url, verify

TOKEN = "0f0e0d0c0b0a09080706050403020100"
URL = "https://inscribe.example.org/webhooks/whatsapp/webhook"
FIELDS = {
    "MessageSid": "SM0000000000000000000000000000000a",
    "From": "whatsapp:+525550001111",
    "Body": "¿Cuánto cuesta? 100% & más + ñ 👍",
    "ProfileName": "Rosa",
    "NumMedia": "0",
    "SomethingNew": "",
}


def sign(url: str, pairs: list[tuple[str, str]], token: str = TOKEN) -> str:
    """The URL, then each name and value in the order of the names; HMAC-SHA1, base64."""
    said = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


SIGNATURE = sign(URL, list(FIELDS.items()))


def received(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def test_it_accepts_what_twilio_signed_with_blank_and_unknown_fields() -> None:
    assert verify(URL, parse_form(received(FIELDS)), SIGNATURE, TOKEN)


def test_it_accepts_the_vector_of_twilios_documentation() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert verify(url, parse_form(received(fields)), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")


def test_it_accepts_a_field_that_was_sent_twice() -> None:
    pairs = [("To", "x"), ("Digits", "5"), ("Digits", "1"), ("Digits", "1")]
    form = parse_form(urlencode(pairs).encode())
    assert form["Digits"] == "1" and form.getlist("Digits") == ["5", "1", "1"]
    assert verify(URL, form, sign(URL, pairs), TOKEN)


def test_it_accepts_the_status_callback_with_its_query() -> None:
    url = signed_url("https://inscribe.example.org", "/webhooks/whatsapp/status", "o=17")
    assert url == "https://inscribe.example.org/webhooks/whatsapp/status?o=17"
    pairs = [("MessageSid", "SM1"), ("MessageStatus", "sent")]
    form = parse_form(urlencode(pairs).encode())
    assert verify(url, form, sign(url, pairs), TOKEN)
    assert not verify(url.replace("17", "18"), form, sign(url, pairs), TOKEN)


def test_it_accepts_a_default_port_that_a_proxy_wrote_out() -> None:
    with_port = URL.replace("example.org", "example.org:443")
    assert verify(URL, parse_form(received(FIELDS)), sign(with_port, list(FIELDS.items())), TOKEN)


@pytest.mark.parametrize(
    ("url", "fields", "signature", "token"),
    [
        pytest.param(URL, FIELDS, None, TOKEN, id="no header"),
        pytest.param(URL, FIELDS, "", TOKEN, id="blank header"),
        pytest.param(URL, FIELDS, SIGNATURE[:-2] + "x=", TOKEN, id="one letter off"),
        pytest.param(URL, FIELDS, SIGNATURE + "=", TOKEN, id="too long"),
        pytest.param(URL, FIELDS, "ñ" * 28, TOKEN, id="not ascii"),
        pytest.param(URL, FIELDS, sign(URL, list(FIELDS.items()), "other"), TOKEN, id="another token"),
        pytest.param(URL, FIELDS, sign(URL, list(FIELDS.items()), ""), "", id="no token of ours"),
        pytest.param(URL, FIELDS | {"Body": "otra cosa"}, SIGNATURE, TOKEN, id="changed field"),
        pytest.param(URL, FIELDS | {"Extra": ""}, SIGNATURE, TOKEN, id="added blank field"),
        pytest.param(URL, {k: v for k, v in FIELDS.items() if v}, SIGNATURE, TOKEN, id="lost blank field"),
        pytest.param(URL.replace("https", "http"), FIELDS, SIGNATURE, TOKEN, id="scheme seen behind a proxy"),
        pytest.param(URL + "/", FIELDS, SIGNATURE, TOKEN, id="trailing slash"),
        pytest.param(URL + "?a=1", FIELDS, SIGNATURE, TOKEN, id="added query"),
        pytest.param("https://a:b/", FIELDS, SIGNATURE, TOKEN, id="a URL that is none"),
    ],
)
def test_it_refuses(url: str, fields: dict[str, str], signature: str | None, token: str) -> None:
    assert verify(url, parse_form(received(fields)), signature, token) is False


@pytest.mark.parametrize("raw", [b"Body=%ff%fe", b"Body=\xff", b"Body=%ed%a0%80", b"a=1&" * 600])
def test_it_refuses_a_body_that_cannot_be_a_form(raw: bytes) -> None:
    with pytest.raises(ValueError):
        parse_form(raw)


def test_it_keeps_a_blank_field_and_takes_the_last_of_two() -> None:
    assert parse_form(b"Body=&From=a&From=b") == {"Body": "", "From": "b"}
