"""A support that she wants becomes a referral; the safe block is closed without a trace where it must be."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.messages import Outbound
from bot.services.handovers import open_handover
from bot.services.journey import NeedRule
from bot.services.record import consent_template, record_consent
from bot.services.say import text
from bot.services.sheet import Sheet
from bot.services.support import keep_safe_contact, quiet
from bot.services.turn import Turn
from bot.store.tables import Referral, RestrictedAnswer


def open_for(turn: Turn, sheet: Sheet) -> list[Outbound]:
    """One referral for each need that she wants help with, each with its own consent; information for the rest."""
    programme = turn.world.programme_of(turn.participant)
    for need in _needs(sheet, turn.world.journey.referrals):
        kind = programme.referral(need)
        if kind.restricted:
            continue
        if kind.barrier is None:
            open_handover(turn, "need")  # a need that the directory does not know is not lost
            continue
        known = sa.select(Referral.id).where(
            Referral.participant_id == turn.participant.id,
            Referral.barrier == kind.barrier,
            Referral.closed_at.is_(None),
        )
        if turn.session.scalar(known) is not None:
            continue
        turn.session.add(
            Referral(
                participant_id=turn.participant.id,
                kind=kind.kind,
                barrier=kind.barrier,
                status="opened",
                opened_at=turn.now,
            )
        )
        turn.session.flush()
        asked = sheet.survey.by_name.get("refer_ok")
        template = consent_template(turn, sheet, asked) if asked else need
        record_consent(turn, "referral", "granted", template)
    offers = [
        programme.referral(n).offer.in_language(turn.language)
        for n in _needs(sheet, turn.world.journey.information)
    ]
    return (
        [Outbound(text(turn, "information") + "\n" + "\n".join(f"• {o}" for o in offers))] if offers else []
    )


def close_safe_block(turn: Turn, sheet: Sheet) -> None:
    """Keep what she asked for, forget the rest: nothing is stored of a moment that was not safe (SAF-02)."""
    block = turn.world.journey.safe_block
    if sheet.run.holds(block.card_when):
        quiet(turn)
    if sheet.run.holds(block.contact_when):
        keep_safe_contact(turn, sheet.name, {})
    if sheet.run.holds(block.keep_when):
        return
    turn.session.execute(
        sa.delete(RestrictedAnswer).where(
            RestrictedAnswer.participant_id == turn.participant.id,
            RestrictedAnswer.survey == sheet.name,
            RestrictedAnswer.question.in_(block.questions),
        )
    )


def _needs(sheet: Sheet, rules: list[NeedRule]) -> list[str]:
    found: list[str] = []
    for rule in rules:
        if not sheet.run.holds(rule.when):
            continue
        named = [rule.need] if rule.need else sheet.run.value(rule.needs_of or "").split()
        found += [n for n in named if n not in rule.except_]
    return list(dict.fromkeys(found))
