"""Transcripts: a script of what women do, and under each line what the bot answered.

Lines of the script: ``> `` what she types; ``@`` a directive; ``#`` a remark. Everything else is transcript
and is written by ``pytest --write-goldens``. Directives:

    @after OPENING        first the lines of openings/OPENING.txt, which the transcript leaves out
    @as NAME              someone else talks (the first is ana)
    @channel telegram     from here on new people write on this channel
    @clock +30d           time passes (d h m s)
    @restart              the process ends and starts again over the same database
    @tap TITLE            she presses the newest button of that title
    @again                the provider delivers her last message once more
    @start CODE           she comes by a deep link
    @photo @voice @sticker @location LAT LON @contact PHONE
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.core.messages import Channel, Inbound, MediaKind, Outbound
from support.house import House
from support.talk import Woman

OPENINGS = Path(__file__).resolve().parents[1] / "conversations" / "openings"
MEDIA = {"photo": MediaKind.IMAGE, "voice": MediaKind.AUDIO, "sticker": MediaKind.STICKER}


@dataclass(frozen=True)
class Opened:
    """How things stood after an opening: the database, the time, and what she had got by then."""

    content: bytes
    now: datetime
    history: tuple[tuple[int, Outbound], ...]
    delivered: tuple[Inbound, ...]
    seen: int

    @classmethod
    def of(cls, woman: Woman) -> Opened:
        content = woman.house.copied()
        return cls(content, woman.house.clock(), tuple(woman.history), tuple(woman.delivered), woman.seen)

    def put_in_place(self, woman: Woman) -> None:
        woman.house.put_in_place(self.content)
        woman.house.clock.now = self.now
        woman.history, woman.delivered, woman.seen = list(self.history), list(self.delivered), self.seen


_OPENED: dict[tuple[str, str, Channel], Opened] = {}


class Script:
    """Plays a golden's script against a service and gives the whole transcript."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._channel = Channel.SIMULATOR
        self._women: dict[str, Woman] = {}
        self._name = "ana"

    @property
    def woman(self) -> Woman:
        if self._name not in self._women:
            self._women[self._name] = Woman(self._house, self._name, self._channel)
        return self._women[self._name]

    def play(self, lines: list[str]) -> str:
        """The transcript of the script in ``lines``. Raises ValueError for an unknown directive."""
        return "\n".join(part for line in lines for part in self._played(line)) + "\n"

    def _played(self, line: str) -> Iterator[str]:
        if line.startswith("#"):
            yield line
            return
        yield ""
        yield line
        answered = self.woman.say(line[2:]) if line.startswith("> ") else self._directed(line)
        for message in answered:
            yield shown(message)

    def _directed(self, line: str) -> list[Outbound]:
        name, _, rest = line.removeprefix("@").partition(" ")
        if name in MEDIA:
            return self.woman.sends(MEDIA[name], rest)
        acts: dict[str, Callable[[str], list[Outbound] | None]] = {
            "after": lambda name: play_opening(self.woman, name),
            "as": self._as,
            "channel": self._on,
            "clock": self._house.clock.advance,
            "restart": lambda _: self._house.restart(),
            "tap": lambda title: self.woman.tap(title),
            "again": lambda _: self.woman.hand_in(self.woman.delivered[-1]),
            "start": lambda code: self.woman.start(code),
            "location": lambda place: self.woman.is_at(*map(float, place.split())),
            "contact": lambda phone: self.woman.shares(phone),
        }
        if name not in acts:
            raise ValueError(f"unknown directive: {line}")
        return acts[name](rest) or []

    def _as(self, name: str) -> None:
        self._name = name

    def _on(self, channel: str) -> None:
        self._channel = Channel(channel)


def play_opening(woman: Woman, name: str) -> None:
    """Say the lines of an opening; ``@after`` in it plays another one first.

    In a house where nobody has spoken, what was said before in another test is put in place instead.
    """
    house, key = woman.house, (name, woman.key, woman.channel)
    if not house.is_untouched():
        _say_lines(woman, name)
    elif key in _OPENED:
        _OPENED[key].put_in_place(woman)
    else:
        _say_lines(woman, name)
        _OPENED[key] = Opened.of(woman)


def _say_lines(woman: Woman, name: str) -> None:
    for line in script_of((OPENINGS / f"{name}.txt").read_text(encoding="utf-8")):
        if line.startswith("@after "):
            play_opening(woman, line.removeprefix("@after "))
        elif line.startswith("> "):
            woman.say(line[2:])


def script_of(text: str) -> list[str]:
    """The lines of a golden that somebody wrote: remarks, what is typed, directives."""
    return [line for line in text.splitlines() if line.startswith(("> ", "@", "#"))]


def shown(message: Outbound) -> str:
    """A message as the transcript has it: its words after ``< ``, then its buttons."""
    first, *rest = message.text.splitlines()
    lines = [f"< {first}".rstrip(), *(f"  {line}".rstrip() for line in rest)]
    if message.options:
        lines.append("  " + " ".join(f"[{option.title}]" for option in message.options))
    return "\n".join(lines)


def goldens(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.txt"))
