"""Writing to a woman whose 24 hours on WhatsApp are over: by an approved template, and then waiting for her.

The template says only that somebody wants to go on. Her reply opens the window, and whoever holds the conversation
answers in their own words; until then the conversation is not given back by time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Channel, Outbound
from bot.services.content_choice import missing_templates
from bot.services.staff import holds, logs
from bot.services.staff.holds import CannotReply, Parts
from bot.services.staff.member import Member
from bot.services.world import World
from bot.store.tables import OutboxRow, Participant

TEMPLATE, DISCREET = "tpl_person", "tpl_discreet"
WAITS = timedelta(hours=48)
"""so long her reply is waited for before the bot takes over again"""


def template_for(session: Session, person: Participant, now: datetime) -> str:
    """The template that would reach her now; empty where free text does, or nothing. Raises CannotReply.

    ``template``: WhatsApp has not approved it in her language. ``again``: one left since she last wrote.
    """
    try:
        holds.can_write(session, person.id, now)
    except CannotReply as error:
        if error.code != "window":
            raise
    else:
        return ""
    name = DISCREET if person.discreet else TEMPLATE
    if missing_templates(session, [name], [person.language]):
        raise CannotReply("template")
    if _waits_already(session, person, now):
        raise CannotReply("again")
    return name


def write(
    session: Session, world: World, member: Member, participant_id: str, parts: Parts, now: datetime
) -> str:
    """Send her the template, in her hours; returns its name. The member must hold the conversation.

    Raises CannotReply (``open`` where free text is taken, so that no template is wasted), NotAllowed, NotFound.
    """
    person, conversation, hold = holds.mine(session, member, participant_id)
    name = template_for(session, person, now)
    if not name:
        raise CannotReply("open")
    address = holds.address_of(session, participant_id)
    message = message_of(world, person, name, person.name)
    at = holds.out_of_quiet_hours(world, person, now)
    holds.queue(session, conversation, address, message, parts, now, not_before=at)
    hold.replied_at, hold.waits_until = now, at + WAITS
    logs.note_change(session, member.id, "reached_by_template", now, participant_id=person.id, template=name)
    logs.reveal(session, member, [person.id], "content", "answer_her", now)
    return name


def message_of(world: World, person: Participant, template: str, name: str | None) -> Outbound:
    """What she reads of that template, called by ``name``, or without one where there is none to be shown."""
    language = person.language
    called = name or world.texts.render("nudge_no_name", language, {})
    values = {**world.programme_of(person).placeholders(language), "nombre": called, "name": called}
    key = "nudge_discreet" if template == DISCREET else "staff_wants_to_write"
    variables = () if template == DISCREET else (called, values["programa"])
    return Outbound(world.texts.render(key, language, values), template=template, variables=variables)


def _waits_already(session: Session, person: Participant, now: datetime) -> bool:
    """Whether a template of staff left in the last day: a second one would be a nuisance."""
    rows = session.scalars(
        sa.select(OutboxRow).where(
            OutboxRow.participant_id == person.id,
            OutboxRow.kind == "staff",
            OutboxRow.channel == Channel.WHATSAPP.value,
            OutboxRow.created_at > now - timedelta(hours=24),
            OutboxRow.state.not_in(("failed", "cancelled")),
        )
    )
    return any((row.content or {}).get("template") for row in rows)
