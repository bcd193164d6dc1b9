"""Is it really Telegram? https://core.telegram.org/bots/api#setwebhook (secret_token)"""

from __future__ import annotations

import hmac

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def verify(secret: str, header: str | None) -> bool:
    """Whether ``header`` is the secret that we registered; False without one, and without a secret of ours.

    Compared as bytes and in constant time: ``compare_digest`` refuses text that is not ASCII.
    """
    if not secret or not header:
        return False
    return hmac.compare_digest(secret.encode("utf-8"), header.encode("utf-8", errors="replace"))
