"""The whole service under a shifted wall clock, three months after a course ended in Chile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.golden import Script, script_of
from support.house import DATA_KEY, House
from support.served import CHATS, Served, until
from support.shifted import clock_at, library
from support.talk import Woman
from support.telegram_api import WAIT, BotApi

from bot.core.messages import Channel
from bot.services.followup_import import import_completions
from bot.store.database import Database
from bot.store.followup_tables import Nudge
from bot.store.tables import Answer, OutboxRow, SurveyRunRow

pytestmark = pytest.mark.skipif(
    library() is None,
    reason="no shifted clock: libfaketime is not installed (Debian: apt-get install faketime)",
)
ENROLS = Path(__file__).parents[1] / "conversations" / "chile_basic.txt"
INVITED, DONE = "¿Empezamos", "¡Muchas gracias, Rayén!"
AT_MOST = 40
"""answers that the survey takes"""


def enrolled_and_completed(served: Served, engine: Any, understanding: Any, chat: int, on: date) -> str:
    """A woman in Concepción who completed the course ``on`` that day, as the centre's list says; her id."""
    house = House(served.database_url, engine, understanding)
    house.clock.now = (
        datetime.combine(on, datetime.min.time(), UTC) - timedelta(days=60) + timedelta(hours=15)
    )
    script = Script(house)
    woman = Woman(house, str(chat), Channel.TELEGRAM, display_name="Rayén")
    script._women["ana"] = woman
    script.play(script_of(ENROLS.read_text(encoding="utf-8")))
    who = woman.participant.id
    house.clock.now = datetime.combine(on, datetime.min.time(), UTC) + timedelta(days=4, hours=15)
    listed = served.folder / "completed.csv"
    listed.write_text(
        f"participant_id,programme,completed_at\n{who},chile,{on.isoformat()}\n", encoding="utf-8"
    )
    report = import_completions(house.service.world, listed, apply=True)
    house.close()
    assert (report.applied, report.new, report.errors) == (True, 1, [])
    return who


@pytest.fixture
def stored(served: Served) -> Iterator[Any]:
    """``stored(query)`` reads the service's database while it runs."""
    opened: list[Database] = []

    def read(query: Any) -> list[Any]:
        if not opened:
            opened.append(Database(served.database_url, DATA_KEY))
        with opened[0].read() as session:
            return list(session.scalars(query))

    yield read
    for database in opened:
        database.close()


def invitation(who: str) -> Any:
    return (
        sa.select(OutboxRow)
        .join(Nudge, Nudge.outbox_id == OutboxRow.id)
        .where(Nudge.participant_id == who, Nudge.wave == "m3", OutboxRow.sent_at.is_not(None))
    )


# the day she completed, when nine o'clock strikes in Santiago three months later: in summer time, and on the day
# on which the clocks went back (an hour later by the world's clock than the day before)
DAYS = [
    pytest.param(
        date(2026, 11, 30), datetime(2027, 2, 28, 12, 0, tzinfo=UTC), id="28 February, for 31 there is none"
    ),
    pytest.param(
        date(2027, 1, 4), datetime(2027, 4, 4, 13, 0, tzinfo=UTC), id="4 April, the clocks went back"
    ),
]


@pytest.mark.parametrize(("completed_on", "nine"), DAYS)
def test_three_months_later_at_nine_it_invites_her_and_keeps_her_answers(
    completed_on: date,
    nine: datetime,
    served: Served,
    api: BotApi,
    engine: Any,
    understanding: Any,
    stored: Any,
) -> None:
    chat = next(CHATS)
    who = enrolled_and_completed(served, engine, understanding, chat, completed_on)
    served.environment.update(clock_at(nine - timedelta(seconds=20)))
    served.start()
    (sent,) = until(lambda: stored(invitation(who)), WAIT, "the invitation")
    # not a second before nine on her clock, and not later than a tick of the scheduler on a busy machine
    assert nine <= sent.sent_at < nine + timedelta(minutes=3)
    (said,) = api.texts(chat)
    assert "Rayén" in said and "1. Empezar" in said

    assert served.post(served.update("1", chat)) == 200
    for count in itertools.count(2):
        until(lambda count=count: len(api.texts(chat)) >= count, WAIT, f"answer {count}")  # type: ignore[misc]
        if any(DONE in text for text in api.texts(chat)):
            break
        assert count < AT_MOST, api.texts(chat)
        assert served.post(served.update("1", chat)) == 200
    answers = stored(sa.select(Answer).where(Answer.participant_id == who, Answer.survey == "e_survey"))
    assert {row.wave for row in answers} == {"m3"}
    given = {row.question: row.value for row in answers if row.reply_kind == "answered"}
    assert given["work_status"] == "biz" and len(given) > 10, given
    assert all(nine <= row.answered_at < nine + timedelta(minutes=10) for row in answers)
    (run,) = stored(sa.select(SurveyRunRow).where(SurveyRunRow.survey == "e_survey"))
    assert run.wave == "m3" and run.completed_at is not None
    nudges = stored(
        sa.select(Nudge).where(Nudge.participant_id == who, Nudge.wave == "m3").order_by(Nudge.attempt)
    )
    assert [(n.state, n.reason) for n in nudges] == [
        ("answered", "finished"),
        *[("cancelled", "finished")] * 3,
    ]
    assert served.stop() == 0
