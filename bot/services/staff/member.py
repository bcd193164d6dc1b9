"""The signed-in member of staff, and the one place where it is decided whose data they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.services.staff.roles import Permission, permissions
from bot.store.console_tables import Staff
from bot.store.tables import Participant


class NotAllowed(Exception):
    """The roles of this member of staff do not include that."""


class NotFound(Exception):
    """There is no such thing, or it is out of this member's scope: the two look the same on purpose."""


@dataclass(frozen=True)
class Scope:
    """Whose rows a member of staff sees. Every query about people goes through :meth:`hers`.

    With a country, also women whose country is not known yet: somebody must be able to answer them, and at
    that point nothing about them is stored. With a centre, only that centre's.
    """

    country: str | None = None
    centre: str | None = None

    @property
    def everybody(self) -> bool:
        return self.country is None and self.centre is None

    def people(self) -> list[sa.ColumnElement[bool]]:
        """Conditions on :class:`Participant`."""
        conditions: list[sa.ColumnElement[bool]] = []
        if self.centre is not None:
            conditions.append(Participant.centre == self.centre)
            if self.country is not None:
                conditions.append(Participant.country == self.country)
        elif self.country is not None:
            conditions.append(sa.or_(Participant.country == self.country, Participant.country.is_(None)))
        return conditions

    def hers(self, column: InstrumentedAttribute[Any]) -> list[sa.ColumnElement[bool]]:
        """Conditions that a row's ``column`` names a woman in scope."""
        people = self.people()
        return [column.in_(sa.select(Participant.id).where(*people))] if people else []


@dataclass(frozen=True)
class Member:
    """Somebody who is signed in: who, what they may do, and whom they may see."""

    id: str
    email: str
    roles: frozenset[str]
    focal_point: bool
    language: str
    scope: Scope
    allowed: frozenset[Permission] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        return permission in self.allowed

    def need(self, permission: Permission) -> None:
        """Raises NotAllowed."""
        if permission not in self.allowed:
            raise NotAllowed(permission.value)


def member_of(row: Staff) -> Member:
    """The stored row as a member of staff."""
    roles = frozenset(row.roles.split())
    return Member(
        id=row.id,
        email=row.email,
        roles=roles,
        focal_point=row.focal_point,
        language=row.language,
        scope=Scope(row.country, row.centre),
        allowed=permissions(roles, focal_point=row.focal_point),
    )


def person_in_scope(session: Session, member: Member, participant_id: str) -> Participant:
    """The woman with this id, if this member may see her page. Raises NotAllowed, NotFound."""
    member.need(Permission.SEE_PEOPLE)
    found = session.scalar(
        sa.select(Participant).where(Participant.id == participant_id, *member.scope.people())
    )
    if found is None:
        raise NotFound("participant")
    return found
