"""What we took out of Rasa changes nothing: the same words, buttons and stored events with and without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import parity

TESTS = Path(__file__).resolve().parents[1]
CONVERSATIONS = ("mexico_undecided", "correction", "disclosure", "person", "quick_exit", "delete")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The conversations held by Rasa as released, in a process of its own: patches cannot be taken back."""
    out = tmp_path_factory.mktemp("parity") / "plain.json"
    goldens = [str(TESTS / "conversations" / f"{name}.txt") for name in CONVERSATIONS]
    command = [
        sys.executable,
        "-W",
        "ignore",
        str(TESTS / "support" / "parity.py"),
        "plain",
        str(out),
        *goldens,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=TESTS.parent, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_it_says_and_stores_what_unpatched_rasa_does(
    name: str, plain: Any, engine: Any, understanding: Any, tmp_path: Path
) -> None:
    golden = TESTS / "conversations" / f"{name}.txt"
    ours = json.loads(json.dumps(parity.played(engine, understanding, [golden], tmp_path)))
    assert ours[name]["said"] == plain[name]["said"]
    assert ours[name]["events"] == plain[name]["events"]


def test_the_patches_refuse_another_release_of_rasa(monkeypatch: pytest.MonkeyPatch) -> None:
    import rasa

    from bot.engine import patches

    monkeypatch.setattr(rasa, "__version__", "3.6.22")
    with pytest.raises(RuntimeError, match=r"knows Rasa 3\.6\.21, found 3\.6\.22"):
        patches.apply()
