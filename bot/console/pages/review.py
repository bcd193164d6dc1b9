"""Conversation review: filter, read after a reason, right the label, export what the filters leave."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlencode

from starlette.responses import Response, StreamingResponse

from bot.console.gate import Page, Visit, row_number
from bot.exports.writers.neutral import neutralise
from bot.services.staff import corrections, logs, retraining, review
from bot.services.staff.roles import Permission

COLUMNS = (
    "message_id",
    "at",
    "language",
    "country",
    "centre",
    "intent",
    "confidence",
    "for_review",
    "label",
    "text",
)
MOST_EXPORTED = 5000


def show(visit: Visit) -> Response:
    filters = _filters({name: visit.asked(name) for name in visit.request.query_params})
    with visit.desk.database.read() as session:
        entries, following = review.listed(session, visit.desk.world, visit.member, filters, visit.now)
    query = _query(filters)
    return visit.page(
        "review.html",
        entries=entries,
        filters=filters,
        following=following,
        query=urlencode(query),
        next_query=urlencode({**query, "before": str(following)}),
        hidden=sum(entry.text is None and entry.kept for entry in entries),
        intents=visit.desk.intents,
        reasons=logs.REASONS,
        countries=visit.desk.world.programmes.countries,
    )


def reveal(visit: Visit) -> Response:
    filters = _from_field(visit)
    try:
        with visit.desk.database.write() as session:
            review.reveal_page(
                session,
                visit.desk.world,
                visit.member,
                filters,
                visit.field("reason"),
                visit.field("note"),
                visit.now,
            )
    except ValueError:
        return visit.to("/review", failed="reason", **_query(filters))
    return visit.to("/review", **_query(filters))


def label(visit: Visit) -> Response:
    filters = _from_field(visit)
    try:
        with visit.desk.database.write() as session:
            review.correct(
                session,
                visit.desk.world,
                visit.member,
                visit.number("id"),
                visit.field("intent"),
                list(visit.desk.intents),
                visit.now,
            )
    except review.UnknownIntent:
        return visit.to("/review", failed="intent", **_query(filters))
    return visit.to("/review", done="labelled", **_query(filters))


def show_corrections(visit: Visit) -> Response:
    """What reviewers corrected and is not written yet, and what the last retraining on corrections changed."""
    with visit.desk.database.read() as session:
        waiting = corrections.waiting(session, visit.member)
    return visit.page("corrections.html", waiting=waiting, report=retraining.load(visit.desk.reports))


def export(visit: Visit) -> Response:
    """The filtered messages as CSV, with the words of those women only for whom a reason holds."""
    filters = _from_field(visit)
    rows: list[review.Entry] = []
    following = filters.before
    with visit.desk.database.write() as session:
        while len(rows) < MOST_EXPORTED:
            page = replace(filters, before=following)
            entries, following = review.listed(session, visit.desk.world, visit.member, page, visit.now)
            rows += entries
            if not following:
                break
        shown = {entry.participant_id for entry in rows if entry.text is not None}
        if shown:
            logs.note_read(session, visit.member, "export", "quality", visit.now)
        logs.note_change(
            session, visit.member.id, "review_exported", visit.now, rows=len(rows), with_text=len(shown) > 0
        )
    headers = {"Content-Disposition": 'attachment; filename="review.csv"'}
    return StreamingResponse(_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _csv(rows: list[review.Entry]) -> list[str]:
    lines = []
    for row in [COLUMNS, *(_cells(entry) for entry in rows)]:
        out = io.StringIO()
        csv.writer(out).writerow(row)
        lines.append(out.getvalue())
    return ["\ufeff", *lines]


def _cells(entry: review.Entry) -> tuple[object, ...]:
    return (
        entry.id,
        entry.at.isoformat(),
        entry.language or "",
        entry.country or "",
        entry.centre or "",
        entry.intent or "",
        "" if entry.confidence is None else f"{entry.confidence:.3f}",
        int(entry.for_review),
        entry.label or "",
        neutralise(entry.text or ""),  # a spreadsheet would run it as a formula
    )


def _filters(asked: dict[str, str]) -> review.Filters:
    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(asked.get(name, ""))
        except ValueError:
            return None

    return review.Filters(
        language=asked.get("language", ""),
        country=asked.get("country", ""),
        centre=asked.get("centre", ""),
        since=day("since"),
        until=day("until"),
        flagged=asked.get("flagged") == "1",
        low=asked.get("low") == "1",
        answers=asked.get("answers") == "1",
        intent=asked.get("intent", ""),
        labelled=asked.get("labelled", ""),
        before=row_number(asked.get("before", "")) or 0,
    )


def _from_field(visit: Visit) -> review.Filters:
    """The page's filters, which its forms carry as one field."""
    return _filters({name: values[-1] for name, values in parse_qs(visit.field("filters")).items()})


def _as_dict(filters: review.Filters) -> dict[str, object]:
    return {name: getattr(filters, name) for name in review.Filters.__dataclass_fields__}


def _query(filters: review.Filters) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _as_dict(filters).items():
        if value:
            found[name] = "1" if value is True else str(value)
    return found


PAGES = (
    Page("GET", "/review", show, Permission.REVIEW, "review"),
    Page("GET", "/review/corrections", show_corrections, Permission.REVIEW, "review"),
    Page("POST", "/review/reveal", reveal, Permission.REVIEW, "review"),
    Page("POST", "/review/export", export, Permission.REVIEW, "review"),
    Page("POST", "/review/{id}/label", label, Permission.REVIEW, "review"),
)
