"""Settings from the environment or ``.env``: one typed object, validated once at start.

Every variable is documented in ``docs/operations.md``; a value that does not parse stops the start with one
line that names the variable and the mend. Secrets are never printed.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

ROOT = Path(__file__).resolve().parent.parent
_PREFIXES = ("TELEGRAM_", "TWILIO_")


class SettingsError(Exception):
    """A setting that stops the start; the message is one line: variable, what is wrong, the mend."""


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{reason}", {"reason": message})


def _origin(value: Any) -> str:
    text = str(value).rstrip("/")
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", text):
        raise _wrong("is not a bare origin; write it as https://host, without a path")
    return text


def _keys(value: Any) -> SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    for key in text.split(","):
        try:
            sound = len(base64.urlsafe_b64decode(key.strip().encode())) == 32
        except ValueError:
            sound = False
        if not sound:
            raise _wrong("must be 32 bytes in urlsafe base64 (several separated by commas)")
    return SecretStr(text)


def _sender(value: Any) -> str:
    if not re.fullmatch(r"whatsapp:\+[1-9]\d{6,14}", str(value)):
        raise _wrong("must look like whatsapp:+5215512345678 (whatsapp: and the number in E.164)")
    return str(value)


def _bot_token(value: Any) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{3,}", str(value)):
        raise _wrong("is not a bot token; it looks like 123456:ABC-def and comes from BotFather")
    return SecretStr(str(value))


def _webhook_secret(value: Any) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", str(value)):
        raise _wrong("takes 1 to 256 letters, digits, _ or -")
    return SecretStr(str(value))


def _database(value: Any) -> str:
    if not re.match(r"(sqlite|postgresql(\+psycopg2)?)://", str(value)):
        raise _wrong("must start with sqlite:/// or postgresql+psycopg2://")
    return str(value)


Origin = Annotated[str, BeforeValidator(_origin)]
Keys = Annotated[SecretStr, BeforeValidator(_keys)]


class Settings(BaseModel):
    """What the environment may set; attribute names are the variables' names in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: Literal["development", "production"] = "development"
    database_url: Annotated[str, BeforeValidator(_database)] = "sqlite:///var/oportunidad.db"
    data_key: Keys
    secret_key: SecretStr | None = None
    public_url: Origin | None = None
    telegram_bot_token: Annotated[SecretStr, BeforeValidator(_bot_token)] | None = None
    telegram_webhook_secret: Annotated[SecretStr, BeforeValidator(_webhook_secret)] | None = None
    telegram_api_url: Origin = "https://api.telegram.org"
    twilio_account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")] | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_whatsapp_from: Annotated[str, BeforeValidator(_sender)] | None = None
    twilio_messaging_service_sid: Annotated[str, Field(pattern=r"^MG[0-9a-fA-F]{32}$")] | None = None
    twilio_api_url: Origin = "https://api.twilio.com"
    twilio_content_url: Origin = "https://content.twilio.com"
    default_language: Literal["es", "en"] = "es"
    default_country: Literal["MX", "CL"] | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Settings:
        if self.twilio_account_sid and not self.twilio_auth_token:
            raise _wrong("TWILIO_AUTH_TOKEN is missing; it goes with TWILIO_ACCOUNT_SID")
        if self.twilio_account_sid and not (self.twilio_whatsapp_from or self.twilio_messaging_service_sid):
            raise _wrong(
                "TWILIO_WHATSAPP_FROM is missing (or TWILIO_MESSAGING_SERVICE_SID); we need a sender"
            )
        if self.twilio_account_sid and not self.public_url:
            raise _wrong("PUBLIC_URL is missing; Twilio's signatures are computed over it")
        if self.telegram_bot_token and self.public_url and not self.telegram_webhook_secret:
            raise _wrong("TELEGRAM_WEBHOOK_SECRET is missing; a webhook without it could be forged")
        if self.environment == "production" and self.public_url and self.public_url.startswith("http://"):
            raise _wrong("PUBLIC_URL must be https in production")
        return self

    @property
    def telegram_by_webhook(self) -> bool:
        return self.telegram_bot_token is not None and self.public_url is not None


def load_settings(environ: Mapping[str, str] | None = None, *, root: Path = ROOT) -> Settings:
    """The settings. ``environ`` wins over ``.env`` in ``root``; empty values count as not set.

    Without ``DATA_KEY`` in development a key is made once in ``var/data.key``. Raises SettingsError.
    """
    environ = os.environ if environ is None else environ
    known = {name.upper(): name for name in Settings.model_fields}
    from_file = {k: v or "" for k, v in dotenv_values(root / ".env").items()}
    for name in from_file:
        if name not in known:
            raise SettingsError(f"{name}: unknown setting in .env; see docs/operations.md for the names")
    for name in environ:
        if name.startswith(_PREFIXES) and name not in known:
            raise SettingsError(f"{name}: unknown setting; see docs/operations.md for the names")
    merged = {**from_file, **{k: v for k, v in environ.items() if k in known}}
    values: dict[str, Any] = {known[k]: v for k, v in merged.items() if v != ""}
    if "data_key" not in values:
        if values.get("environment") == "production":
            raise SettingsError("DATA_KEY: missing; production needs one: 32 bytes in urlsafe base64")
        values["data_key"] = _development_key(root / "var" / "data.key")
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][0]).upper() + ": " if first["loc"] else ""
        # pydantic's own messages may quote the value: never for a secret, so none is printed
        reason = first["msg"] if first["type"] == "setting" else _plain(first)
        raise SettingsError(f"{where}{reason}") from None


def _plain(error: Any) -> str:
    if error["type"] == "literal_error":
        return f"must be one of {error['ctx']['expected']}"
    if error["type"] == "string_pattern_mismatch":
        return f"must match {error['ctx']['pattern']}"
    return "cannot be read; see docs/operations.md"


def _development_key(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
    return path.read_text().strip()
