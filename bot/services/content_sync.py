"""Keeping Twilio's Content resources in step with our texts: what is missing is made, nothing is made twice.

A resource is found by its friendly name, which ends in the digest of all that it says. A changed text is a new
resource; the old one stays for messages under way. Blocking: call it from a thread of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.whatsapp.contents import Approval, ContentsUnavailable
from bot.channels.whatsapp.interactive import Content
from bot.core.clock import Clock
from bot.core.messages import Channel
from bot.services.content_specs import contents_of, definition_of, digest_of, titles_digest
from bot.services.content_templates import Template, Templates
from bot.services.reconcile_failures import clear_alert, raise_alert
from bot.store.channel_tables import ContentResource, Watermark
from bot.store.database import Database
from bot.store.tables import SurveyVersion
from bot.surveys.model import Survey

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
PENDING_EVERY = timedelta(minutes=2)
PENDING_LATER = timedelta(minutes=30)
EAGER_FOR = timedelta(hours=2)
AFTER_TROUBLE = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
LEASE = timedelta(minutes=2)
"""renewed with every resource that is made"""
LEASED = "content:lease"
WHATSAPP = Channel.WHATSAPP.value


class Contents(Protocol):
    """Where resources live: :class:`bot.channels.whatsapp.contents.TwilioContents`."""

    def names(self) -> dict[str, str]: ...

    def create(self, name: str, content: Content) -> str: ...

    def submit(self, sid: str, name: str, category: str) -> None: ...

    def approval(self, sid: str) -> Approval: ...


@dataclass
class Report:
    """What a sync did and where the templates stand; ``problems`` are lines for staff."""

    wanted: int = 0
    found: int = 0
    created: int = 0
    submitted: int = 0
    templates: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For the terminal."""
        head = f"{self.wanted} resources: {self.created} made, {self.found} found, {self.submitted} submitted"
        return [head, *(f"{name}: {status}" for name, status in self.templates.items()), *self.problems]


class ContentSync:
    """``step`` does what is due and returns whether it did anything; ``sync`` does it all now."""

    def __init__(
        self,
        database: Database,
        contents: Contents,
        templates: Templates,
        surveys: Callable[[], Iterable[Survey]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._contents = contents
        self.templates = templates
        self._surveys = surveys
        self._clock = clock
        self._next = datetime.min.replace(tzinfo=clock().tzinfo)
        self._trouble = 0
        self._published: int | None = None

    def step(self) -> bool:
        """Raises nothing that Twilio does: it is tried again later, and staff see an alert."""
        now = self._clock()
        published = self._newest_survey()
        if (now < self._next and published == self._published) or not self._lease(now):
            return False
        self._published = published
        try:
            report = self.sync()
            self._trouble = 0
            # what was refused is tried again sooner than tomorrow: someone may have mended it
            self._next = now + (min(self._pause(now), PENDING_LATER) if report.problems else self._pause(now))
        except ContentsUnavailable as error:
            log.warning("content sync: %s", error)
            with self._database.write() as session:
                raise_alert(session, WHATSAPP, "content", "unavailable", str(error), now)
            self._next = now + AFTER_TROUBLE[min(self._trouble, len(AFTER_TROUBLE) - 1)]
            self._trouble += 1
        finally:
            self._release()
        return True

    def sync(self, told: Callable[[int, int], None] = lambda done, of: None) -> Report:
        """Make, submit, look up approvals. ``told`` hears of progress. Raises ContentsUnavailable."""
        now = self._clock()
        report = Report()
        wanted = self._wanted(report)
        with self._database.write() as session:
            _note_wanted(session, wanted, now)
            missing = [
                (row.digest, row.friendly_name)
                for row in session.scalars(
                    sa.select(ContentResource).where(ContentResource.current, ContentResource.sid.is_(None))
                )
            ]
        report.wanted = len(wanted)
        # templates first: they wait for people
        order = {digest: place for place, digest in enumerate(wanted)}
        missing.sort(key=lambda one: order[one[0]])
        there = self._contents.names() if missing else {}
        asked = False
        for done, (digest, name) in enumerate(missing, start=1):
            if wanted[digest][1] is None and not asked:
                # every template is made: submitted before the many others, because people must look at it
                self._approvals(report, now)
                asked = True
            self._make(digest, name, wanted[digest][0], there, report)
            told(done, len(missing))
        if not asked:
            self._approvals(report, now)
        if not report.problems:
            with self._database.write() as session:
                clear_alert(session, WHATSAPP, "content", None, now)
        return report

    def _make(self, digest: str, name: str, content: Content, there: dict[str, str], report: Report) -> None:
        sid = there.get(name)
        if sid is None:
            try:
                sid = self._contents.create(name, content)
            except ContentsUnavailable as error:
                self._refused(report, name, error)
                return
            report.created += 1
        else:
            report.found += 1
        with self._database.write() as session:
            row = session.get_one(ContentResource, digest)
            row.sid, row.status = sid, "created"
            lease = session.get(Watermark, LEASED)
            if lease is not None:
                lease.at = self._clock() + LEASE

    def _refused(self, report: Report, name: str, error: ContentsUnavailable) -> None:
        """One that Twilio does not take must not keep the others from being made; raises for other trouble."""
        if not error.refused:
            raise error
        report.problems.append(f"{name}: {error}")
        with self._database.write() as session:
            raise_alert(session, WHATSAPP, "content", name, str(error), self._clock())

    def _wanted(self, report: Report) -> dict[str, tuple[Content, Template | None]]:
        """Digest to resource, templates first. One with a problem is left out, and staff are told."""
        wanted: dict[str, tuple[Content, Template | None]] = {}
        for template in self.templates:
            problems = self.templates.lint(template)
            report.problems += problems
            if problems:
                continue
            for language in template.bodies:
                content = template.content(language)
                wanted[digest_of(content, template.category)] = (content, template)
        for content in contents_of(self._surveys()):
            wanted.setdefault(digest_of(content), (content, None))
        return wanted

    def _approvals(self, report: Report, now: datetime) -> None:
        """Submit what was not yet, and ask where the rest stands."""
        with self._database.read() as session:
            rows = session.scalars(
                sa.select(ContentResource).where(
                    ContentResource.template.is_not(None),
                    ContentResource.current,
                    ContentResource.sid.is_not(None),
                )
            ).all()
        for row in rows:
            assert row.sid is not None and row.template is not None
            template = self.templates.get(row.template)
            try:
                approval = self._approval(row.sid, row.friendly_name, template, report)
            except ContentsUnavailable as error:
                self._refused(report, row.friendly_name, error)
                continue
            report.templates[f"{row.template} {row.language}"] = approval.status
            with self._database.write() as session:
                _note_approval(session, row.digest, approval, template, now)

    def _newest_survey(self) -> int | None:
        with self._database.read() as session:
            return session.scalar(sa.select(sa.func.max(SurveyVersion.id)))

    def _approval(self, sid: str, name: str, template: Template | None, report: Report) -> Approval:
        approval = self._contents.approval(sid)
        if approval.status != "created" or template is None:
            return approval
        self._contents.submit(sid, name, template.category)
        report.submitted += 1
        approval = self._contents.approval(sid)
        return Approval("pending") if approval.status == "created" else approval

    def _pause(self, now: datetime) -> timedelta:
        with self._database.read() as session:
            newest = session.scalar(
                sa.select(sa.func.max(ContentResource.created_at)).where(
                    ContentResource.template.is_not(None),
                    ContentResource.current,
                    ContentResource.status == "pending",
                )
            )
        if newest is None:
            return DAY
        return PENDING_EVERY if now - newest < EAGER_FOR else PENDING_LATER

    def _lease(self, now: datetime) -> bool:
        """One process at a time: two would each make what is missing."""
        with self._database.write() as session:
            mark = session.get(Watermark, LEASED)
            if mark is None:
                session.add(Watermark(name=LEASED, at=now + LEASE))
                return True
            if mark.at > now:
                return False
            mark.at = now + LEASE
            return True

    def _release(self) -> None:
        with self._database.write() as session:
            mark = session.get(Watermark, LEASED)
            if mark is not None:
                mark.at = self._clock()


def _note_wanted(session: Session, wanted: dict[str, tuple[Content, Template | None]], now: datetime) -> None:
    known = {row.digest: row for row in session.scalars(sa.select(ContentResource))}
    for digest, row in known.items():
        row.current = digest in wanted
    for digest, (content, template) in wanted.items():
        if digest in known:
            continue
        name = (
            f"{template.name}_{content.language}_{digest[:8]}" if template else f"oportunidad_{digest[:24]}"
        )
        definition = definition_of(content)
        if template is not None:
            definition["variables"] = len(template.variables)
        session.add(
            ContentResource(
                digest=digest,
                kind=content.kind,
                friendly_name=name,
                language=content.language,
                titles=None if template else titles_digest(content.titles),
                template=template.name if template else None,
                definition=definition,
                status="missing",
                current=True,
                created_at=now,
            )
        )


def _note_approval(
    session: Session, digest: str, approval: Approval, template: Template | None, now: datetime
) -> None:
    row = session.get_one(ContentResource, digest)
    row.status, row.reason, row.checked_at = approval.status, approval.reason or None, now
    row.category = approval.category or row.category
    code = f"{row.template}:{row.language}"
    if approval.status in ("rejected", "paused"):
        raise_alert(session, WHATSAPP, "template", code, f"{approval.status}: {approval.reason}", now)
    elif template is not None and approval.category and approval.category != template.category:
        raise_alert(session, WHATSAPP, "template", code, f"moved to {approval.category}: it costs more", now)
    elif approval.status == "approved":
        clear_alert(session, WHATSAPP, "template", code, now)
