"""One row a message: what came in (the inbox) and what went out (the outbox), in the order it was written."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot.core.messages import InboundKind
from bot.exports.columns import Row, columns_of
from bot.exports.context import Context
from bot.exports.snapshot import chunks
from bot.exports.tables.table import Table, size_of
from bot.store.tables import InboxRow, OutboxRow

STATUS = {"sending": "queued", "cancelled": "failed"}
"""outbox states whose name outside is another; a cancelled send will never be made"""

RESTRICTED = frozenset({"restricted", "disclose_violence", "disclose_self_harm"})
"""neither the intent nor the words of such a message, nor of its reply, are in any export (SAF-10)"""

_TAP = re.compile(r"(\d{1,18})\.(\d{1,3})")


def messages(context: Context) -> Table:
    """Inbound once a distinct provider message, outbound once a provider send.

    Both streams come sorted and are merged, so that texts are never held, nor sorted, by the database.
    """
    inbox, outbox = _inbox(context), _outbox(context)
    rows = heapq.merge(_inbound(context, inbox), _outbound(context, outbox), key=itemgetter(0))
    return Table(
        "messages",
        columns_of("messages", identified=context.identified),
        (row for _, row in rows),
        size_of(context.connection, inbox, outbox),
    )


def _inbox(context: Context) -> sa.Select[Any]:
    key: Any = context.id_of("in", InboxRow.id).label("key")
    return (
        sa.select(
            key,
            context.person(InboxRow.participant_id).label("person"),
            context.id_of("session", InboxRow.session_id).label("session"),
            InboxRow.channel,
            InboxRow.kind,
            InboxRow.received_at,
            InboxRow.intent,
            InboxRow.confidence,
            (InboxRow.payload if context.identified else sa.null()).label("payload"),
        )
        .where(*context.request.within(InboxRow.received_at), *context.request.hers(InboxRow.participant_id))
        .order_by("key")
    )


def _outbox(context: Context) -> sa.Select[Any]:
    asked = aliased(InboxRow)
    at = sa.func.coalesce(OutboxRow.sent_at, OutboxRow.created_at, type_=OutboxRow.created_at.type)
    key: Any = context.id_of("out", OutboxRow.id).label("key")
    return (
        sa.select(
            key,
            context.person(OutboxRow.participant_id).label("person"),
            context.id_of("session", OutboxRow.session_id).label("session"),
            OutboxRow.channel,
            OutboxRow.kind,
            OutboxRow.created_at,
            at.label("at"),
            OutboxRow.state,
            OutboxRow.error_code,
            asked.intent.label("reply_to"),
            (OutboxRow.content if context.identified else sa.null()).label("content"),
        )
        .outerjoin(asked, asked.id == OutboxRow.inbox_id)
        .where(*context.request.within(at), *context.request.hers(OutboxRow.participant_id))
        .order_by("key")
    )


def _inbound(context: Context, statement: sa.Select[Any]) -> Iterator[tuple[Any, Row]]:
    for chunk in chunks(context.connection, statement):
        titles = _titles(context, [row.payload for row in chunk if row.payload])
        for row in chunk:
            restricted = row.intent in RESTRICTED
            text = None if restricted or not row.payload else _text(row.payload, titles)
            cells = (
                f"in-{row.key}" if context.identified else row.key,
                row.person,
                row.session,
                "in",
                row.channel,
                row.kind,
                context.time(row.received_at),
                text,
                None if restricted else row.intent,
                None if restricted else row.confidence,
                "received",
                None,
            )
            yield (row.received_at if context.identified else row.key), cells


def _outbound(context: Context, statement: sa.Select[Any]) -> Iterator[tuple[Any, Row]]:
    for chunk in chunks(context.connection, statement):
        for row in chunk:
            hidden = row.reply_to in RESTRICTED or not row.content
            cells = (
                f"out-{row.key}" if context.identified else row.key,
                row.person,
                row.session,
                "out",
                row.channel,
                row.kind,
                context.time(row.at),
                None if hidden else row.content.get("text"),
                None,
                None,
                STATUS.get(row.state, row.state),
                row.error_code,
            )
            yield (row.created_at if context.identified else row.key), cells


def _text(payload: dict[str, Any], titles: dict[str, str]) -> str | None:
    """What she said in words: her text, the pressed option's title, the contact, the place."""
    if payload.get("kind") == InboundKind.LOCATION and payload.get("latitude") is not None:
        return f"{payload['latitude']} {payload['longitude']}"
    said = payload.get("text") or titles.get(payload.get("tap") or "")
    return said or payload.get("phone") or payload.get("start_code") or None


def _titles(context: Context, payloads: list[dict[str, Any]]) -> dict[str, str]:
    """Taps without a text carry ``<outbox id>.<option>``: the options' titles, one query a chunk."""
    taps = [match for p in payloads if not p.get("text") and (match := _TAP.fullmatch(p.get("tap") or ""))]
    if not taps:
        return {}
    asked = sa.select(OutboxRow.id, OutboxRow.content).where(OutboxRow.id.in_({int(tap[1]) for tap in taps}))
    sent = {row.id: row.content or {} for row in context.connection.execute(asked)}
    titles = {}
    for tap in taps:
        options = sent.get(int(tap[1]), {}).get("options") or []
        if int(tap[2]) < len(options):
            titles[tap[0]] = str(options[int(tap[2])].get("title") or "")
    return titles
