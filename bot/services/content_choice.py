"""In which form a message leaves for WhatsApp: buttons, plain text, or an approved template after 24 hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Channel, Outbound
from bot.services.content_specs import match, titles_digest
from bot.services.content_templates import Templates
from bot.services.reconcile_failures import raise_alert
from bot.services.window_rule import OUTSIDE, free_text, is_open
from bot.store.channel_tables import ContentResource, Profile
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import AddressRow, OutboxRow, Participant

WHATSAPP = Channel.WHATSAPP.value
NO_TEMPLATE = "template"
"""she is outside her window and the template that would reach her is not approved"""
WAIT = timedelta(minutes=1)
PATIENCE = timedelta(hours=24)
SOON = timedelta(days=7)


class Dresser:
    """The sender's ``dress``: see :data:`bot.services.window_rule.Dress`."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def __call__(self, session: Session, row: OutboxRow, now: datetime) -> Outbound | timedelta | str:
        if row.channel != WHATSAPP:
            return free_text(row)
        if is_open(session, row, now):
            return with_buttons(session, free_text(row), row.id)
        message = Outbound.from_json(row.content)
        return self._by_template(session, row, message, now) if message.template else OUTSIDE

    def _by_template(
        self, session: Session, row: OutboxRow, message: Outbound, now: datetime
    ) -> Outbound | timedelta | str:
        template = self._templates.get(message.template)
        language = _language(session, row)
        found = _versions(session, message.template, language)
        count = len(template.variables) if template is not None else len(message.variables)
        usable = [r for r in found if r.status == "approved" and r.definition.get("variables") == count]
        if template is None or not usable:
            code = f"{message.template}:{language}"
            detail = "needed now, and not approved: nobody outside her 24 hours can be reached by it"
            raise_alert(session, WHATSAPP, "template", code, detail, now)
            still_hoped_for = template is not None and not any(r.status == "rejected" for r in found)
            return WAIT if still_hoped_for and now - row.created_at < PATIENCE else NO_TEMPLATE
        chosen = usable[0]
        values = template.values(message.variables, language)
        text = _filled(chosen.definition["body"], values)
        # the row says what she was really sent: for staff, and to find it again if the answer is lost
        row.content = {**row.content, "text": text}
        return Outbound(text, template=chosen.sid or "", variables=values)


def with_buttons(session: Session, message: Outbound, outbox_id: int) -> Outbound:
    """The message by a Content resource that says exactly this, where one exists; else as it is."""
    if not message.options:
        return message
    titles = titles_digest([option.title for option in message.options])
    rows = session.scalars(
        sa.select(ContentResource).where(
            ContentResource.titles == titles,
            ContentResource.sid.is_not(None),
            ContentResource.template.is_(None),
        )
    )
    for row in rows:
        variables = match(row.definition, message, outbox_id)
        if variables is not None:
            return replace(message, template=row.sid or "", variables=variables)
    return message


def missing_templates(session: Session, templates: Iterable[str], languages: Iterable[str]) -> list[str]:
    """``name:language`` of those that no approved resource says."""
    return [
        f"{name}:{language}"
        for name in templates
        for language in languages
        if not any(row.status == "approved" for row in _versions(session, name, language))
    ]


def warn_before_waves(session: Session, templates: Templates, now: datetime) -> list[str]:
    """Alert staff to templates that the nudges of the coming week need and that are not approved.

    Returns them. Only WhatsApp needs any; who writes within her 24 hours needs none, which nobody can know.
    """
    hers = sa.select(AddressRow.participant_id).where(AddressRow.channel == WHATSAPP)
    shared = sa.select(Profile.participant_id).join(AddressRow, AddressRow.id == Profile.address_id)
    languages = session.scalars(
        sa.select(Participant.language)
        .join(Nudge, Nudge.participant_id == Participant.id)
        .where(
            Nudge.state.in_(WAITING),
            Nudge.not_before < now + SOON,
            sa.or_(
                Participant.id.in_(hers), Participant.id.in_(shared.where(AddressRow.channel == WHATSAPP))
            ),
        )
        .distinct()
    ).all()
    missing = missing_templates(session, [t.name for t in templates], sorted(languages))
    for code in missing:
        raise_alert(session, WHATSAPP, "template", code, "needed within a week, and not approved", now)
    return missing


def _versions(session: Session, name: str, language: str) -> list[ContentResource]:
    """The template's resources in this language: the present text before earlier ones."""
    return list(
        session.scalars(
            sa.select(ContentResource)
            .where(ContentResource.template == name, ContentResource.language == language)
            .order_by(ContentResource.current.desc(), ContentResource.created_at.desc())
        )
    )


def _language(session: Session, row: OutboxRow) -> str:
    person = session.get(Participant, row.participant_id) if row.participant_id else None
    return person.language if person is not None else "es"


def _filled(body: str, values: tuple[str, ...]) -> str:
    for number, value in enumerate(values, start=1):
        body = body.replace(f"{{{{{number}}}}}", value)
    return body
