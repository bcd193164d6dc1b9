"""What WhatsApp shows beside a text: up to three buttons, or a list of up to ten rows.

https://www.twilio.com/docs/content/twilio-quick-reply and https://www.twilio.com/docs/content/twiliolist-picker.
Both live in Content resources that are made ahead; a message names one and fills in what changes. A variable may
not hold a line break (https://www.twilio.com/docs/api/errors/21656), so question and options are fixed text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.channels.split import cut, utf16_length
from bot.core.messages import Option, Outbound

BODY: Final = 1024
BUTTONS: Final = 3
BUTTON_TITLE: Final = 20
ROWS: Final = 10
ROW_TITLE: Final = 24
ROW_DESCRIPTION: Final = 72
OUTBOX_ID: Final = "1"
"""the variable that carries our outbox id into the ids of buttons and rows"""

_NUMBERED = re.compile(r"^\d+\. ")


@dataclass(frozen=True, slots=True)
class Content:
    """A Content resource as it is to be. ``body`` has ``{{n}}`` for what changes, ``samples`` a value for each.

    ``kind`` is ``quick_reply``, ``list_picker`` or ``text``; ``titles`` the whole titles of the options.
    """

    kind: str
    language: str
    body: str
    titles: tuple[str, ...] = ()
    samples: tuple[tuple[str, str], ...] = ()
    press: str = "ours"
    """what a press brings back: ``ours``, an id of ours, or ``title``, where ids cannot vary (templates)"""

    def types(self) -> dict[str, Any]:
        """The resource's ``types`` as Twilio wants them."""
        if self.kind == "quick_reply":
            actions = [
                {"type": "QUICK_REPLY", "title": title, "id": self._id(index)}
                for index, title in enumerate(self.titles)
            ]
            return {"twilio/quick-reply": {"body": self.body, "actions": actions}}
        if self.kind == "list_picker":
            rows = [self._row(index, title) for index, title in enumerate(self.titles)]
            picker = {"body": self.body, "button": list_button(self.language), "items": rows}
            return {"twilio/list-picker": picker}
        return {"twilio/text": {"body": self.body}}

    def _id(self, index: int) -> str:
        # an id of ours comes back as a press; anything else counts as the title
        return f"{{{{{OUTBOX_ID}}}}}.{index}" if self.press == "ours" else f"reply_{index + 1}"

    def _row(self, index: int, title: str) -> dict[str, str]:
        row = {"item": row_title(title), "id": self._id(index)}
        # Twilio wants a description that says more than the title, or none
        return row if row["item"] == title else {**row, "description": title}


def row_title(title: str) -> str:
    """The title as a row shows it; a longer one is cut, and stands whole in the description and in the text."""
    if utf16_length(title) <= ROW_TITLE:
        return title
    return cut(title, ROW_TITLE - 1).rstrip() + "…"


def kind_for(options: Sequence[Option], body: str) -> str | None:
    """Which resource can show these options under this text; None: numbers only."""
    titles = [option.title for option in options]
    if not titles or utf16_length(body) > BODY or len(set(titles)) != len(titles) or not all(titles):
        return None
    longest = max(map(utf16_length, titles))
    if len(titles) <= BUTTONS and longest <= BUTTON_TITLE:
        return "quick_reply"
    cut_titles = {row_title(title) for title in titles}
    if len(titles) <= ROWS and longest <= ROW_DESCRIPTION and len(cut_titles) == len(titles):
        return "list_picker"
    return None


def pages(message: Outbound) -> tuple[Outbound, ...]:
    """A message with more options than a list shows, as messages of at most ten, numbers as they were.

    Only where each option stands on a line of its own in the text, at its end; otherwise the message as it is.
    """
    if len(message.options) <= ROWS:
        return (message,)
    lines = message.text.split("\n")
    first = len(lines) - len(message.options)
    if first < 0 or not all(
        _NUMBERED.sub("", line) == option.title and _NUMBERED.match(line)
        for line, option in zip(lines[first:], message.options, strict=True)
    ):
        return (message,)
    made: list[Outbound] = []
    for start in range(0, len(message.options), ROWS):
        end = start + ROWS
        head = lines[:first] if start == 0 else []
        text = "\n".join([*head, *lines[first + start : first + end]])
        made.append(Outbound(text, message.options[start:end]))
    last = replace(made[-1], ask_contact=message.ask_contact, ask_location=message.ask_location)
    return (replace(made[0], template=message.template, variables=message.variables), *made[1:-1], last)


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("words.yml").read_text(encoding="utf-8")
    )
    return words


def list_button(language: str) -> str:
    """What stands on the button that opens the list."""
    titles = _words()["list"]
    return titles.get(language) or titles["es"]
