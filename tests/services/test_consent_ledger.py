"""The consent ledger: the hash is of the question as the form has it, and says nothing of her."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from bot.bootstrap import build_world
from bot.services import record, referrals
from bot.services.followup_send import turn_without_message
from bot.services.library import Library
from bot.services.sheet import Sheet
from bot.services.turn import Turn
from bot.services.world import World
from bot.settings import Settings
from bot.store.database import Database
from bot.store.tables import AddressRow, Consent, Conversation, Participant, SurveyVersion
from bot.surveys.model import Survey

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
NAMED = {"es": "{nombre}, ¿aceptas?", "en": "{name}, do you agree?"}
"""what a form may ask that calls her by her name"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The shipped world, with one more version of ``a_consent`` whose texts call her by her name."""
    key = Fernet.generate_key().decode()
    url = f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"
    database = Database(url, key)
    built = build_world(Settings(data_key=key, database_url=url), database, lambda: NOW)  # type: ignore[arg-type]
    version, form = built.library.current("a_consent")
    named = replace(form, questions=tuple(replace(q, labels=NAMED) for q in form.questions))
    with database.write() as session:
        session.add(
            SurveyVersion(
                survey="a_consent",
                version=version + 1,
                digest="named",
                compiled=named.to_json(),
                published_at=NOW,
            )
        )
    yield replace(built, library=Library(database))
    database.close()


def ledger(world: World, name: str, language: str, acts: Callable[[Turn], object]) -> list[Consent]:
    """What a woman of that name leaves in the ledger by ``acts``."""
    with world.database.write() as session:
        who = uuid.uuid4().hex
        session.add(
            Participant(
                id=who, name=name, language=language, status="consented", country="MX", channel="simulator",
                created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        address = AddressRow(
            participant_id=who, channel="simulator", digest=who * 2, key=who, reply_to=who, created_at=NOW
        )
        session.add_all([address, Conversation(participant_id=who)])
        session.flush()
        acts(turn_without_message(session, world, who, address, NOW))
        session.flush()
        found = session.scalars(
            sa.select(Consent).where(Consent.participant_id == who).order_by(Consent.id)
        ).all()
        session.expunge_all()
        return list(found)


def agrees(turn: Turn) -> None:
    sheet = Sheet(turn, "a_consent")
    record.store(turn, sheet, sheet.survey.by_name["consent_data"], "yes")


def needs(*named: str) -> Callable[[Turn], object]:
    """She names what makes it hard and wants the team to write to her."""

    def act(turn: Turn) -> object:
        sheet = Sheet(turn, "d_barriers")
        for question, value in (("need", " ".join(named)), ("refer_ok", "yes")):
            record.store(turn, sheet, sheet.survey.by_name[question], value)
        return referrals.open_for(turn, sheet)

    return act


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_hashes_the_text_in_her_language_without_her_name(world: World, language: str) -> None:
    hashes = {
        name: [row.text_hash for row in ledger(world, name, language, agrees)] for name in ("Rosa", "Inés")
    }
    assert hashes == {name: [sha256(NAMED[language])] for name in ("Rosa", "Inés")}


def test_it_hashes_a_referrals_text_without_what_she_needs(world: World) -> None:
    form: Survey = world.library.current("d_barriers")[1]
    asked = form.by_name["refer_ok"].labels["es"]
    assert "{lista}" in asked
    for named in (("housing",), ("housing", "legal")):
        given = [row for row in ledger(world, "Rosa", "es", needs(*named)) if row.purpose == "referral"]
        assert given and {row.text_hash for row in given} == {sha256(asked)}
