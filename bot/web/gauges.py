"""How much waits in the two queues, counted when somebody asks."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import sqlalchemy as sa
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

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
