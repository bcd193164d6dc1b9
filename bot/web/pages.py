"""HTML from templates, and static files that a browser may keep."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

HERE = Path(__file__).parent
LANGUAGES = ("es", "en")


class Static(StaticFiles):
    """Files by name; with the right ``?v=`` they never change and are kept for a year."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self.version = _digest(directory)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named = scope["query_string"] == f"v={self.version}".encode()
        keep = "public, max-age=31536000, immutable" if named else "no-cache"
        response.headers["Cache-Control"] = keep
        return response


class Pages:
    """Renders the templates of this package; everything put in is escaped."""

    def __init__(self, version: str) -> None:
        self._templates = Jinja2Templates(HERE / "templates")
        self._version = version

    def render(self, request: Request, name: str, **context: Any) -> Response:
        """``lang`` by ``?lang=`` or the browser's wish, else Spanish."""
        return self._templates.TemplateResponse(
            request, name, {"lang": language_of(request), "version": self._version, **context}
        )


def language_of(request: Request) -> str:
    """``es`` or ``en``: by the query, else the first of the browser's that we speak, else ``es``."""
    asked = request.query_params.get("lang", "")
    wishes = [asked, *request.headers.get("accept-language", "").split(",")]
    for wish in wishes:
        short = wish.partition(";")[0].strip().lower()[:2]
        if short in LANGUAGES:
            return short
    return LANGUAGES[0]


def _digest(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
