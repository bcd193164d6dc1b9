"""The few words of the channel's own buttons, from ``words.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


@cache
def request_titles() -> dict[str, str]:
    """``contact`` and ``location`` to what their button says."""
    titles = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return {kind: str(titles[kind]) for kind in ("contact", "location")}
