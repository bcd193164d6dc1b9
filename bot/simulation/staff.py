"""The team of a simulation: answers who asked for a person, takes referrals on, imports completion lists."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.followup_import import import_completions
from bot.services.staff import cases, holds, referring
from bot.services.staff.member import Member, NotAllowed, Scope
from bot.services.staff.roles import permissions
from bot.services.world import World
from bot.store.tables import Conversation, DataRequest, HandOver, InboxRow, Participant, Referral

ROLES = frozenset({"case_worker", "analyst"})
TEAM = Member("5" * 32, "team@example.org", ROLES, True, "es", Scope(), permissions(ROLES, focal_point=True))
HOLD_FOR = timedelta(hours=5)
A_DAY = timedelta(days=1)
Work = Callable[[Session, datetime], None]


class Staff:
    """``work`` is a morning of the team; ``hand_back`` ends the talks that it began."""

    def __init__(self, world: World, rng: random.Random, says: str, parts: holds.Parts, folder: Path) -> None:
        self._world = world
        self._rng = rng
        self._says = says
        self._parts = parts
        self._folder = folder
        self._list: list[tuple[str, date]] = []
        self.held: list[str] = []
        """participants whose conversation the team has"""
        self.counts: Counter[str] = Counter()

    def work(self, now: datetime) -> None:
        """Some of what waits, not all of it: a work list that is empty would show nothing."""
        with self._world.database.write() as session:
            for act in (self._talk, self._contact_safely, self._refer, self._answer_requests, self._put_away):
                act(session, now)

    def hand_back(self, now: datetime) -> None:
        """Give the conversations back to the bot."""
        held, self.held = self.held, []
        with self._world.database.write() as session:
            for participant_id in held:
                conversation = session.get(Conversation, participant_id)
                if conversation is not None and conversation.held_by == TEAM.id:
                    holds.hand_back(session, self._world, TEAM, participant_id, self._parts, now, solved=True)

    def note_completion(self, participant_id: str, on: date) -> None:
        """A centre tells of a completion; it stands on the next list."""
        self._list.append((participant_id, on))

    def import_list(self, now: datetime) -> None:
        """The centres' list of the last weeks, through the import that staff use."""
        rows = []
        with self._world.database.read() as session:
            for participant_id, on in self._list:
                person = session.get(Participant, participant_id)
                if (
                    person is not None
                    and person.country in ("MX", "CL")
                    and person.status in ("enrolled", "in_course")
                ):
                    rows.append(
                        (participant_id, "mexico" if person.country == "MX" else "chile", on.isoformat())
                    )
        self._list.clear()
        if not rows:
            return
        path = self._folder / f"completions-{now:%Y-%m-%d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("participant_id", "programme", "completed_at"))
            writer.writerows(rows)
        report = import_completions(self._world, path, apply=True)
        path.unlink()
        self.counts["completions_imported"] += report.new
        self.counts["import_errors"] += len(report.errors)

    def _talk(self, session: Session, now: datetime) -> None:
        query = (
            sa.select(HandOver.participant_id)
            .join(Conversation, Conversation.participant_id == HandOver.participant_id)
            .where(HandOver.state == "open", HandOver.restricted.is_(False), Conversation.held_by == "bot")
            .order_by(HandOver.id)
            .limit(40)
        )
        for participant_id in dict.fromkeys(session.scalars(query)):
            if self._rng.random() > 0.7:
                continue
            try:
                with session.begin_nested():
                    holds.take(session, TEAM, participant_id, now)
                    holds.reply(session, self._world, TEAM, participant_id, self._says, self._parts, now)
            except (holds.CannotReply, NotAllowed):
                continue
            self.held.append(participant_id)
            self.counts["talks"] += 1

    def _contact_safely(self, session: Session, now: datetime) -> None:
        """The focal point reaches who asked for it in the way she asked, outside the chat: nothing is written here."""
        rows = session.scalars(
            sa.select(HandOver.id).where(
                HandOver.state == "open", HandOver.restricted.is_(True), HandOver.opened_at < now - A_DAY
            )
        )
        for handover_id in rows.all():
            holds.close_handover(session, TEAM, handover_id, now)
            self.counts["safe_contacts"] += 1

    def _refer(self, session: Session, now: datetime) -> None:
        rows = session.scalars(
            sa.select(Referral).where(Referral.status != "closed").order_by(Referral.id).limit(200)
        )
        for row in rows.all():
            if self._rng.random() > 0.12:
                continue
            after = {"opened": "contacted", "contacted": "reached", "reached": "closed"}[row.status]
            ends = after == "closed" or self._rng.random() < 0.1
            referring.step(
                session, TEAM, row.id, "closed" if ends else after, now,
                outcome=self._rng.choice(referring.OUTCOMES) if ends else "",
                eased=self._rng.choice(referring.EASED) if ends else "",
            )  # fmt: skip
            self.counts["referral_steps"] += 1

    def _answer_requests(self, session: Session, now: datetime) -> None:
        query = sa.select(DataRequest.id).where(DataRequest.closed_at.is_(None), DataRequest.opened_at < now)
        for request_id in session.scalars(query.order_by(DataRequest.id).limit(20)).all():
            request = session.get(DataRequest, request_id)
            known = request is not None and session.get(Participant, request.participant_id) is not None
            if known and self._rng.random() < 0.4:
                cases.close_request(session, TEAM, request_id, now)

    def _put_away(self, session: Session, now: datetime) -> None:
        query = sa.select(InboxRow.id).where(
            InboxRow.state == "set_aside", InboxRow.participant_id.is_not(None)
        )
        for inbox_id in session.scalars(query.order_by(InboxRow.id)).all():
            if self._rng.random() < 0.1:
                cases.settle_set_aside(session, TEAM, inbox_id, "done", now)
