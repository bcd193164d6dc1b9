"""The channels' data files, and the simulator that needs none."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import yaml

import bot.channels
from bot.channels.rulings import read_rulings
from bot.channels.simulator import SimulatorAdapter, look
from bot.core.messages import Channel, Outbound, Outcome, SendResult

CHANNELS = Path(bot.channels.__file__).parent
TABLES = [CHANNELS / "whatsapp" / "errors.yml", CHANNELS / "telegram" / "errors.yml"]


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.parent.name)
def test_it_explains_every_code_with_its_source(path: Path) -> None:
    rulings = read_rulings(path, key="says" if path.parent.name == "telegram" else "code")
    for ruling in rulings.values():
        assert ruling.meaning
        assert re.match(r"https://(www\.twilio\.com|core\.telegram\.org)/", ruling.doc)
        assert len(ruling.code) <= 40
        assert (ruling.retry_after is not None) == (ruling.outcome is Outcome.RETRY)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"code": 1, "outcome": "maybe", "meaning": "m", "doc": "d"}, "maybe"),
        ({"code": 1, "outcome": "accepted", "meaning": "m", "doc": "d"}, "accepted"),
        ({"code": 1, "outcome": "permanent", "retry_after": 3, "meaning": "m", "doc": "d"}, "retry_after"),
        ({"code": 1, "outcome": "permanent", "doc": "d"}, "meaning"),
        ({"code": 1, "outcome": "permanent", "meaning": "m", "doc": "d", "color": "x"}, "color"),
        ({"code": 7, "outcome": "permanent", "meaning": "m", "doc": "d"}, "twice"),
    ],
)
def test_it_names_the_row_of_a_table_that_is_wrong(
    tmp_path: Path, row: dict[str, object], wrong: str
) -> None:
    good = {"code": 7, "outcome": "retry", "retry_after": 5, "meaning": "m", "doc": "d"}
    path = tmp_path / "errors.yml"
    path.write_text(yaml.safe_dump([good, row]), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"errors\.yml: row 2: .*{wrong}"):
        read_rulings(path)


def test_it_accepts_everything_at_once_in_the_simulator() -> None:
    seen: list[tuple[str, Outbound, int]] = []
    simulator = SimulatorAdapter(lambda *told: seen.append(told))
    message = Outbound("hola")
    sent = asyncio.run(simulator.send("telegram:ana", message, outbox_id=5))
    assert sent == SendResult(Outcome.ACCEPTED, external_id="sim-5")
    assert seen == [("telegram:ana", message, 5)]
    assert asyncio.run(simulator.send("telegram:ana", Outbound(" "), outbox_id=6)).code == "empty"
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("address", "channel"),
    [("telegram:ana", Channel.TELEGRAM), ("whatsapp:ana", Channel.WHATSAPP), ("ana", Channel.WHATSAPP)],
)
def test_it_knows_the_look_by_the_address(address: str, channel: Channel) -> None:
    assert look(address) is channel
