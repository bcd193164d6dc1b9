"""What a woman says about herself cannot be read from the database files or from any log line."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.golden import play_opening
from support.house import House
from support.talk import Woman

from bot.core.messages import Channel, InboundKind, MediaKind

NAME, STREET, PEOPLE, NUMBER, SAFE = (
    "Zenobia Quetzal",
    "callejón del Tordo",
    "zapoteco serrano",
    "+529511234567",
    "3398765432",
)
MARKERS = ("Zenobia", "Quetzal", "Tordo", "zapoteco", "9511234567", "98765432", "tordillo", "Cenzontle")


@pytest.fixture
def zenobia(house: House) -> Woman:
    return Woman(house, NUMBER, Channel.WHATSAPP, display_name="Zenobia Q")


def test_no_marker_is_found_in_the_files_or_the_log(
    zenobia: Woman,
    house: House,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    play_opening(zenobia, "consent")
    zenobia.says(NAME, "México", "Oaxaca", "Ixtlán", "pueblo", "34", "secundaria", "casa", "no")
    zenobia.says("sí", PEOPLE, f"vivo en el {STREET}", "en este país", "celular propio")
    zenobia.says(
        "¿me pueden buscar en el tordillo?",
        "mi marido me pega",
        "que me contacten",
        "llamada a otro número",
        SAFE,
        "mañana",
    )
    zenobia.sends(MediaKind.IMAGE, "soy yo, la Cenzontle")
    zenobia.send(InboundKind.CONTACT, phone=NUMBER)
    assert zenobia.participant.name == NAME, "the conversation planted nothing"
    with house.database.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))

    files = sorted(tmp_path.glob("oportunidad.db*"))
    assert {file.suffix for file in files} >= {".db", ".db-wal"}
    for file in files:
        found = file.read_bytes()
        assert [marker for marker in MARKERS if marker.encode() in found] == [], file.name
    printed = capfd.readouterr()
    for line in (caplog.text, printed.out, printed.err):
        assert [marker for marker in MARKERS if marker in line] == []


def test_a_failing_turn_logs_no_word_of_hers(
    zenobia: Woman, house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.services import questionnaire

    play_opening(zenobia, "consent")

    def failing(turn: object, sheet: object, question: object, value: str, *more: object) -> None:
        raise ValueError(f"cannot store {value}")

    monkeypatch.setattr(questionnaire.record, "store", failing)
    house.service.receiver.receive(zenobia.inbound(InboundKind.TEXT, text=NAME))
    house.runner.run_once()
    assert "turn failed" in caplog.text and "ValueError" in caplog.text
    assert "Zenobia" not in caplog.text
