"""How much waits in the two queues, and what the providers refuse: counted when somebody asks."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import sqlalchemy as sa
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.core.clock import Clock, system_clock
from bot.store.channel_tables import ChannelAlert, ContentResource, Watermark
from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow

log = logging.getLogger(__name__)


class Queues(Collector):
    """``oportunidad_inbox_rows{state}``: waiting, set_aside; ``oportunidad_outbox_rows{state}``: not sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        return self._families()

    def collect(self) -> Iterable[Metric]:
        try:
            return self._counted()
        except Exception as error:
            # the other metrics matter most when the database is away
            log.error("the queues could not be counted: %s", type(error).__name__)
            return []

    def _counted(self) -> list[GaugeMetricFamily]:
        inbox, outbox = self._families()
        with self._database.read() as session:
            for family, table, states in (
                (inbox, InboxRow, ("waiting", "set_aside")),
                (outbox, OutboxRow, ("queued", "sending", "unknown", "failed")),
            ):
                rows = session.execute(
                    sa.select(table.state, sa.func.count())
                    .where(table.state.in_(states))
                    .group_by(table.state)
                )
                counted = dict(rows.tuples().all())
                for state in states:
                    family.add_metric([state], counted.get(state, 0))
        return [inbox, outbox]

    @staticmethod
    def _families() -> list[GaugeMetricFamily]:
        return [
            GaugeMetricFamily(
                "oportunidad_inbox_rows", "Inbound messages that are not done", labels=["state"]
            ),
            GaugeMetricFamily(
                "oportunidad_outbox_rows", "Outbound messages that are not sent", labels=["state"]
            ),
        ]


ALERTS = tuple(
    (channel, kind)
    for channel, kinds in (("whatsapp", ("send", "template", "content", "missed")), ("telegram", ("send",)))
    for kind in kinds
)


class Channels(Collector):
    """``oportunidad_channel_alerts{channel,kind}``: what staff must mend; ``oportunidad_templates{status}``;
    ``oportunidad_watermark_age_seconds{name}``: since a provider's list was read to its end."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        return self._families()

    def collect(self) -> Iterable[Metric]:
        try:
            return self._counted()
        except Exception as error:
            log.error("the channels could not be counted: %s", type(error).__name__)
            return []

    def _counted(self) -> list[GaugeMetricFamily]:
        alerts, templates, ages = self._families()
        with self._database.read() as session:
            open_ = session.execute(
                sa.select(ChannelAlert.channel, ChannelAlert.kind, sa.func.count())
                .where(ChannelAlert.cleared_at.is_(None))
                .group_by(ChannelAlert.channel, ChannelAlert.kind)
            ).all()
            by_status = session.execute(
                sa.select(ContentResource.status, sa.func.count())
                .where(ContentResource.template.is_not(None), ContentResource.current)
                .group_by(ContentResource.status)
            ).all()
            marks = session.execute(
                sa.select(Watermark.name, Watermark.at).where(Watermark.name.like("inbound:%"))
            ).all()
        counted = {(channel, kind): number for channel, kind, number in open_}
        # a zero is told, so that a rule over it works before the first trouble
        for labels in sorted({*ALERTS, *counted}):
            alerts.add_metric(labels, counted.get(labels, 0))
        for status, number in by_status:
            templates.add_metric([status], number)
        for name, at in marks:
            ages.add_metric([name], (self._clock() - at).total_seconds())
        return [alerts, templates, ages]

    @staticmethod
    def _families() -> list[GaugeMetricFamily]:
        return [
            GaugeMetricFamily(
                "oportunidad_channel_alerts", "What staff must mend at a provider", labels=["channel", "kind"]
            ),
            GaugeMetricFamily(
                "oportunidad_templates", "WhatsApp templates by approval status", labels=["status"]
            ),
            GaugeMetricFamily(
                "oportunidad_watermark_age_seconds",
                "Since a provider's list of inbound messages was read to its end",
                labels=["name"],
            ),
        ]
