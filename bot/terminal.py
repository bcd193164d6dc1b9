"""Talking to the bot in the terminal, on the real engine: by hand, or by a script of one message a line."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console

from bot.bootstrap import Service, build_runner
from bot.core.messages import Address, Channel, Inbound, InboundKind, Outbound
from bot.store.tables import OutboxRow

_BUTTON = re.compile(r"\[button\]\s*(.+)", re.IGNORECASE)


class Terminal:
    """One simulated person at the terminal. ``who`` is ``whatsapp:ID`` or ``telegram:ID``."""

    def __init__(self, service: Service, who: str) -> None:
        self._service = service
        self._who = who
        self._runner = build_runner(service)
        self._loop = asyncio.new_event_loop()
        self._last: list[tuple[int, Outbound]] = []
        self._seen = self._latest()

    def say(self, text: str) -> list[Outbound]:
        """Send one message, or press the button ``[button] TITLE``; returns what the bot answered."""
        pressed = _BUTTON.fullmatch(text.strip())
        tap = self._tap(pressed[1]) if pressed else ""
        self._service.receiver.receive(
            Inbound(
                external_id=uuid.uuid4().hex,
                address=Address(Channel.SIMULATOR, self._who, self._who),
                kind=InboundKind.TAP if tap else InboundKind.TEXT,
                text=pressed[1] if pressed else text,
                tap=tap,
            )
        )
        while self._runner.run_once():
            pass
        while self._loop.run_until_complete(self._service.sender.send_due()):
            pass
        return [message for _, message in self._news()]

    def _tap(self, title: str) -> str:
        for outbox_id, message in reversed(self._last):
            for index, option in enumerate(message.options):
                if option.title.casefold() == title.strip().casefold():
                    return f"{outbox_id}.{index}"
        return ""

    def _news(self) -> list[tuple[int, Outbound]]:
        with self._service.database.read() as session:
            rows = session.execute(
                sa.select(OutboxRow.id, OutboxRow.content)
                .where(OutboxRow.lane == self._lane(), OutboxRow.id > self._seen)
                .order_by(OutboxRow.id)
            ).all()
        self._last = [
            (row_id, Outbound.from_json(content)) for row_id, content in rows if content is not None
        ]
        self._seen = max([self._seen, *(row_id for row_id, _ in rows)])
        return self._last

    def _latest(self) -> int:
        with self._service.database.read() as session:
            return session.scalar(sa.select(sa.func.max(OutboxRow.id))) or 0

    def _lane(self) -> str:
        return self._service.database.cipher.digest(f"{Channel.SIMULATOR.value}:{self._who}")


def talk(service: Service, who: str, script: Path | None, out: Console) -> None:
    """Hold the conversation and print it. A script's blank lines and ``#`` lines are passed over."""
    terminal = Terminal(service, who)
    for line in _lines(script, out):
        if script is not None:
            out.print(f"> {line}", style="bold", highlight=False, markup=False)
        for message in terminal.say(line):
            out.print(_shown(message), highlight=False, markup=False, soft_wrap=True)
            out.print()


def _lines(script: Path | None, out: Console) -> Iterator[str]:
    if script is not None:
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                yield line
        return
    out.print(
        "Escribe como lo haría ella; Ctrl-D para salir. / Write as she would; Ctrl-D leaves.", style="dim"
    )
    while True:
        try:
            line = out.input("> ")
        except EOFError:
            return
        if line.strip():
            yield line


def _shown(message: Outbound) -> str:
    buttons = "  ".join(f"[{option.title}]" for option in message.options)
    return f"{message.text}\n{buttons}" if buttons else message.text
