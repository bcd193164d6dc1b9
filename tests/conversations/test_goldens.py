"""Whole conversations, word for word. ``pytest --write-goldens`` writes them anew; look at the difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.golden import Script, goldens, script_of
from support.house import House

GOLDENS = goldens(Path(__file__).parent)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: path.stem)
def test_it_talks_as_written(golden: Path, house: House, request: pytest.FixtureRequest) -> None:
    before = golden.read_text(encoding="utf-8")
    now = Script(house).play(script_of(before))
    if request.config.getoption("--write-goldens"):
        golden.write_text(now, encoding="utf-8")
        return
    assert now == before
