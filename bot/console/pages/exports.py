"""Exports: tables as a ZIP with a manifest. De-identified, unless role and reason allow otherwise."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from bot.console.gate import Page, Visit
from bot.exports import formats, run_export, table_names
from bot.services.staff import logs
from bot.services.staff.roles import Permission

BLOCK = 1 << 16


def show(visit: Visit) -> Response:
    return _page(visit)


def run(visit: Visit) -> Response:
    tables = [name for name in visit.form.get("tables", []) if name]
    fmt, identified = visit.field("format"), visit.field("identified") == "yes"
    country, centre = _within_scope(visit)
    since, until = visit.field("since"), visit.field("until")
    if not tables or not set(tables) <= set(_tables(visit)) or fmt not in formats():
        return _page(visit, "choice")
    if not _is_day(since) or not _is_day(until):
        return _page(visit, "dates")
    if identified:
        visit.member.need(Permission.EXPORT_IDENTIFIED)
        if visit.field("reason") not in logs.REASONS or not visit.field("note"):
            return _page(visit, "reason")
    folder = tempfile.TemporaryDirectory()
    counts: dict[str, int] = {}
    paths = run_export(
        visit.desk.world,
        tables,
        fmt,
        Path(folder.name) / "files",
        identified=identified,
        since=since or None,
        until=until or None,
        country=country or None,
        centre=centre or None,
        progress=lambda table, done, size: counts.__setitem__(table, done),
    )
    filters = {"since": since, "until": until, "country": country, "centre": centre}
    manifest = {
        "made_at": visit.now.isoformat(),
        "made_by": visit.member.id,
        "identified": identified,
        "reason": visit.field("reason") if identified else "",
        "filters": {name: value for name, value in filters.items() if value},
        "format": fmt,
        "rows": counts,
        "files": {path.name: {"bytes": path.stat().st_size, "sha256": _hash(path)} for path in paths},
    }
    bundle = Path(folder.name) / "export.zip"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    digest = _hash(bundle)
    with visit.desk.database.write() as session:
        if identified:
            logs.note_read(
                session, visit.member, "export", visit.field("reason"), visit.now, visit.field("note")
            )
        logs.note_change(
            session, visit.member.id, "exported", visit.now,
            tables=tables, format=fmt, identified=identified, rows=counts, sha256=digest,
            filters=manifest["filters"],
        )  # fmt: skip
    headers = {
        "Content-Disposition": f'attachment; filename="oportunidad-{visit.now:%Y-%m-%d-%H%M}.zip"',
        "Content-Length": str(bundle.stat().st_size),
    }
    return StreamingResponse(
        _blocks(bundle),
        media_type="application/zip",
        headers=headers,
        background=BackgroundTask(folder.cleanup),
    )


def _page(visit: Visit, problem: str = "") -> Response:
    scope = visit.member.scope
    return visit.page(
        "exports.html",
        http_status=400 if problem else 200,
        problem=problem,
        tables=_tables(visit),
        formats=formats(),
        reasons=logs.REASONS,
        countries=(scope.country,) if scope.country else visit.desk.world.programmes.countries,
        centres=_centres(visit),
        scope=scope,
    )


def _tables(visit: Visit) -> list[str]:
    """Every table but those of the short dialogues, whose answers are kept nowhere."""
    asides = {f"survey_{name}" for name in visit.desk.world.asides}
    return [name for name in table_names(visit.desk.world) if name not in asides]


def _centres(visit: Visit) -> list[tuple[str, str]]:
    scope = visit.member.scope
    return [
        (centre.code, centre.name)
        for programme in visit.desk.world.programmes
        if scope.country in (None, programme.country)
        for centre in programme.centres
        if scope.centre in (None, centre.code)
    ]


def _within_scope(visit: Visit) -> tuple[str, str]:
    """The asked country and centre, never wider than the member's own."""
    scope = visit.member.scope
    return scope.country or visit.field("country"), scope.centre or visit.field("centre")


def _is_day(value: str) -> bool:
    try:
        return not value or bool(date.fromisoformat(value))
    except ValueError:
        return False


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


PAGES = (
    Page("GET", "/exports", show, Permission.EXPORT, "exports"),
    Page("POST", "/exports", run, Permission.EXPORT, "exports"),
)
