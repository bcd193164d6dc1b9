"""Twilio's own OpenAPI documents, made fit for Prism; what a request must look like is left as Twilio wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def prepare(source: Path, target: Path, *paths: str) -> None:
    """Write ``source`` with only ``paths`` (exact), which makes Prism start in seconds.

    Two things are mended. Twilio's documents call the relative addresses of pages ``format: uri``, which no
    list could then pass; and they do not say that a form with required fields is required itself.
    """
    document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    document["paths"] = {path: document["paths"][path] for path in paths}
    for methods in document["paths"].values():
        for name, operation in methods.items():
            if name not in ("get", "post"):
                continue
            for media in operation.get("requestBody", {}).get("content", {}).values():
                if media.get("schema", {}).get("required") or "$ref" in media.get("schema", {}):
                    operation["requestBody"]["required"] = True
            for answer in operation["responses"].values():
                for media in answer.get("content", {}).values():
                    _relative(media.get("schema", {}))
    for schema in document.get("components", {}).get("schemas", {}).values():
        _relative(schema)
    target.write_text(json.dumps(document), encoding="utf-8")


def _relative(schema: dict[str, Any]) -> None:
    for name, value in schema.get("properties", {}).items():
        if name.endswith("uri") and value.get("format") == "uri":
            del value["format"]
