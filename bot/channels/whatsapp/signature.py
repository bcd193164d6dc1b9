"""Is it really Twilio? https://www.twilio.com/docs/usage/security#validating-requests"""

from __future__ import annotations

from collections.abc import Mapping

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

SIGNATURE_HEADER = "X-Twilio-Signature"


def signed_url(public_url: str, path: str, raw_query: str = "") -> str:
    """The URL that Twilio signed: ours as configured, never the request's Host behind a proxy.

    ``path`` and ``raw_query`` as they came, not decoded and not re-ordered; no fragment.
    """
    return f"{public_url.rstrip('/')}{path}" + (f"?{raw_query}" if raw_query else "")


def verify(url: str, params: Mapping[str, str], signature: str | None, auth_token: str) -> bool:
    """Whether ``signature`` is Twilio's over ``url`` and every field of ``params``.

    ``params`` best as :class:`bot.channels.whatsapp.form.Form`, which keeps repeated fields; the token is
    the account's primary auth token, also where API keys are used for sending. A port in ``url`` does not
    matter. No signature, an empty one or an empty token is False; nothing raises.
    """
    if not signature or not auth_token:
        return False
    try:
        return bool(RequestValidator(auth_token).validate(url, params, signature))
    except ValueError:  # an address that is no URL, a field that is no text
        return False
