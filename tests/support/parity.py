"""Plays conversations and writes what was said and stored, as JSON: ``python parity.py plain|ours OUT GOLDEN…``.

``plain`` is Rasa as it was released: none of ``bot.engine.patches`` and its own RulePolicy.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

VOLATILE = frozenset({"timestamp", "message_id", "metadata", "model_id", "assistant_id", "input_channel"})


def without_ours() -> None:
    """Take our patches away, and LeanRulePolicy's own methods: what is left is Rasa's."""
    from bot.engine import patches
    from bot.engine.policy import LeanRulePolicy

    patches.apply = lambda: None
    patches.apply_to = lambda agent: None
    for name in ("_predict", "_find_action_from_rules"):
        delattr(LeanRulePolicy, name)


def played(engine: Any, understanding: Any, goldens: list[Path], folder: Path) -> dict[str, Any]:
    """Golden → what was said, and every stored event without what differs from run to run."""
    from bot.store.tables import TrackerEvent
    from support.golden import Script, script_of
    from support.house import House

    found: dict[str, Any] = {}
    for golden in goldens:
        house = House(f"sqlite:///{folder / golden.stem}.db", engine, understanding)
        said = Script(house).play(script_of(golden.read_text(encoding="utf-8")))
        events = [row.data for row in house.rows(TrackerEvent)]
        found[golden.stem] = {"said": said.splitlines(), "events": [_steady(event) for event in events]}
        house.close()
    return found


def _steady(event: Any) -> Any:
    if isinstance(event, dict):
        return {name: _steady(value) for name, value in event.items() if name not in VOLATILE}
    return [_steady(each) for each in event] if isinstance(event, list) else event


def build_engine() -> Any:
    """The engine as ``bot.bootstrap`` builds it."""
    import bot.engine  # noqa: F401  first: it settles the import order
    from bot.actions import build_executor
    from bot.engine.agent import DialogueEngine
    from bot.engine.training import train
    from bot.services.say import say
    from bot.services.turn import current
    from bot.surveys.files import survey_names

    return DialogueEngine(
        train(),
        build_executor(survey_names()),
        session=lambda: current().session,
        now=lambda: current().now.timestamp(),
        say=lambda key: say(current(), key),
    )


def main(mode: str, out: str, *goldens: str) -> None:
    import bot.engine  # noqa: F401
    from bot.engine.training import model_path
    from bot.understanding import Understanding

    if mode == "plain":
        without_ours()
    engine = build_engine()
    with tempfile.TemporaryDirectory() as folder:
        found = played(engine, Understanding.load(model_path()), [Path(g) for g in goldens], Path(folder))
    Path(out).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[n]) for n in (2, 1)]
    main(*sys.argv[1:])
