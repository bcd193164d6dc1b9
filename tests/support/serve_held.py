"""``oportunidad serve`` whose turn stops in the middle while a file lies there: ``serve_held.py FILE serve …``.

The turn has written her answer and not committed yet; ``FILE.inside`` tells that it is there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event
from typing import Any


def hold_turns(file: Path) -> None:
    """Make the step that stores an answer wait as long as ``file`` exists."""
    from bot.services import record

    store = record.store

    def held(*args: Any, **more: Any) -> None:
        store(*args, **more)
        while file.exists():
            file.with_suffix(".inside").touch()
            Event().wait(0.02)

    record.store = held


if __name__ == "__main__":
    hold_turns(Path(sys.argv.pop(1)))
    from bot.cli import main

    main()
