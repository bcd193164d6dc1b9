"""Whom a broadcast is for, how many of them it may reach today, and what that costs and takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session, aliased

from bot.core.messages import Channel
from bot.core.schedule import days_needed
from bot.services.window import takes_free_text
from bot.store.channel_tables import Profile
from bot.store.tables import AddressRow, Consent, Conversation, Participant

STATUSES = ("enrolled", "in_course", "completed", "alumna")
"""who may get a notice: before she is enrolled nothing but her own messages is answered"""
PER_MINUTE = 30
"""half of what follow-up may send, so that an invitation never waits for a fair"""
TIERS = (250, 1000, 10_000)
"""people a day outside their window, as Meta's messaging tiers have it; a new number begins with 250"""
PURPOSE = "broadcast"


@dataclass(frozen=True)
class Audience:
    """Conditions on the women, all of which hold. Empty is no condition."""

    country: str = ""
    region: str = ""
    municipality: str = ""
    centre: str = ""
    pathway: str = ""
    modality: str = ""
    language: str = ""
    statuses: tuple[str, ...] = STATUSES

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Audience:
        return cls(**{**data, "statuses": tuple(data.get("statuses", STATUSES))})

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "statuses": list(self.statuses)}

    def within(self, country: str | None, centre: str | None) -> Audience:
        """The same, never wider than that country and centre."""
        return replace(self, country=country or self.country, centre=centre or self.centre)

    def women(self) -> list[sa.ColumnElement[bool]]:
        """Conditions on :class:`Participant`."""
        wanted = [status for status in self.statuses if status in STATUSES]
        found: list[sa.ColumnElement[bool]] = [Participant.status.in_(wanted)]
        for column, value in (
            (Participant.country, self.country),
            (Participant.region, self.region),
            (Participant.municipality, self.municipality),
            (Participant.centre, self.centre),
            (Participant.pathway, self.pathway),
            (Participant.modality, self.modality),
            (Participant.language, self.language),
        ):
            if value:
                found.append(column == value)
        return found


def permitted() -> sa.ColumnElement[bool]:
    """Her latest word on notices is yes, and she has not asked for silence."""
    latest, said = aliased(Consent), aliased(Consent)
    last = (
        sa.select(sa.func.max(latest.id))
        .where(latest.participant_id == Participant.id, latest.purpose == PURPOSE)
        .correlate(Participant)
        .scalar_subquery()
    )
    yes = sa.exists().where(said.id == last, said.decision == "granted")
    return sa.and_(Participant.opted_out_at.is_(None), yes)


@dataclass(frozen=True)
class Estimate:
    """What a broadcast would do if it left now.

    ``cost`` in US dollars, at most; None where a country has no price. ``days`` until the last one left.
    """

    audience: int = 0
    """women that the conditions name"""
    no_consent: int = 0
    """of them: did not agree to notices, or asked for no messages"""
    unreachable: int = 0
    """of them: agreed, but no address takes messages"""
    reach: int = 0
    by_channel: dict[str, int] = field(default_factory=dict)
    by_template: int = 0
    """on WhatsApp outside their 24 hours: they get a template first, the notice when they reply"""
    discreet: int = 0
    cost: float | None = 0.0
    days: int = 0


def estimate(session: Session, audience: Audience, per_day: int, now: datetime) -> Estimate:
    """Count without sending or writing anything."""
    women = audience.women()
    named = session.scalar(sa.select(sa.func.count()).select_from(Participant).where(*women)) or 0
    agreed = {
        row.id: row
        for row in session.execute(
            sa.select(Participant.id, Participant.country, Participant.discreet).where(*women, permitted())
        )
    }
    chosen = reachable(session, audience)
    channels: Counter[str] = Counter()
    templates, cost = 0, 0.0
    priced = True
    for person, (channel, last) in chosen.items():
        channels[channel] += 1
        if channel != Channel.WHATSAPP:
            continue
        inside = takes_free_text(channel, last, now)
        templates += not inside
        price = prices().of(agreed[person].country or "", "service" if inside else "utility")
        priced, cost = priced and price is not None, cost + (price or 0.0)
    return Estimate(
        audience=named,
        no_consent=named - len(agreed),
        unreachable=len(agreed) - len(chosen),
        reach=len(chosen),
        by_channel=dict(sorted(channels.items())),
        by_template=templates,
        discreet=sum(agreed[person].discreet for person in chosen),
        cost=round(cost, 2) if priced else None,
        days=days_needed(len(chosen), per_day=per_day, per_minute=PER_MINUTE),
    )


def reachable(session: Session, audience: Audience) -> dict[str, tuple[str, datetime | None]]:
    """By woman whom it is for and may reach: channel and last message of the address, as follow-up chooses it."""
    columns = sa.select(
        Participant.id, AddressRow.id, AddressRow.channel, AddressRow.last_inbound_at, AddressRow.created_at,
        Conversation.address_id,
    ).join(Conversation, Conversation.participant_id == Participant.id)  # fmt: skip
    own = columns.join(AddressRow, AddressRow.participant_id == Participant.id)
    # on a telephone that several women share the address bears the name of the one whose turn it is
    shared = columns.join(Profile, Profile.participant_id == Participant.id).join(
        AddressRow,
        sa.or_(AddressRow.id == Profile.address_id, AddressRow.same_as == Profile.address_id),
    )
    where = (*audience.women(), permitted(), AddressRow.blocked_at.is_(None))
    rows = [*session.execute(own.where(*where)), *session.execute(shared.where(*where))]
    best: dict[str, tuple[tuple[bool, datetime], str, datetime | None]] = {}
    for person, address, channel, last, created, current in rows:
        rank = (address == current, last or created)
        if person not in best or rank > best[person][0]:
            best[person] = (rank, channel, last)
    return {person: (channel, last) for person, (_, channel, last) in best.items()}


@dataclass(frozen=True)
class Prices:
    """US dollars a WhatsApp message, by country and category, the carrier's fee included."""

    carrier: float
    countries: Mapping[str, Mapping[str, float]]
    checked_on: date
    confirmed: bool

    def of(self, country: str, category: str) -> float | None:
        """None for a country or category without a price."""
        price = self.countries.get(country, {}).get(category)
        return None if price is None else price + self.carrier


PRICES = Path(__file__).resolve().parents[2] / "programmes" / "messaging" / "prices.yml"


@cache
def prices() -> Prices:
    """The price list, read once."""
    data = yaml.safe_load(PRICES.read_text(encoding="utf-8"))
    return Prices(data["carrier"], data["countries"], data["checked_on"], bool(data["confirmed"]))
