"""The composition root: settings in, a service out. The one place where the parts know each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot.channels.base import ChannelAdapter
from bot.channels.pace import Pacing, telegram_pace, whatsapp_pace
from bot.channels.simulator import SimulatorAdapter
from bot.core.clock import Clock, system_clock
from bot.core.messages import Channel, Outbound
from bot.core.text import fold
from bot.programme.facts import load_facts
from bot.programme.load import load_programmes
from bot.services.abuse import Groups
from bot.services.claims import release_dead, worker_name
from bot.services.content_choice import Dresser
from bot.services.content_templates import Templates
from bot.services.followup_send import guard
from bot.services.journey import load_journey
from bot.services.library import Library
from bot.services.receiving import Receiver
from bot.services.sending import Sender
from bot.services.texts import Texts
from bot.services.turn import current
from bot.services.world import World
from bot.settings import ROOT, Settings
from bot.store.database import Database
from bot.surveys.files import survey_files, survey_names

if TYPE_CHECKING:
    from bot.services.runner import TurnRunner
    from bot.understanding import Understanding

DIALOGUES = ROOT / "dialogues"
CATALOGUES = ROOT / "var" / "catalogues"


@dataclass
class Service:
    """The parts of a running service that do not need a trained model."""

    settings: Settings
    clock: Clock
    database: Database
    world: World
    adapters: Mapping[Channel, ChannelAdapter]
    receiver: Receiver
    sender: Sender
    groups: Groups
    work: threading.Event = field(default_factory=threading.Event)
    """set when a message waits for the engine"""
    post: threading.Event = field(default_factory=threading.Event)
    """set when a message waits for the sender"""

    def close(self) -> None:
        self.database.close()


def load_commands(path: Path) -> dict[str, str]:
    """``dialogues/commands.yml`` as folded text → intent."""
    by_intent: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {fold(str(word)): intent for intent, words in by_intent.items() for word in words}


def build_world(settings: Settings, database: Database, clock: Clock) -> World:
    """Read and check every data file, and publish what is new among the questionnaires."""
    programmes = load_programmes(ROOT / "programmes")
    library = Library(database)
    library.publish_all(survey_files("surveys") | survey_files("asides"), clock(), CATALOGUES)
    return World(
        database=database,
        clock=clock,
        programmes=programmes,
        facts=load_facts(DIALOGUES / "facts", programmes, ROOT / "programmes" / "facts.yml"),
        library=library,
        texts=Texts.load(DIALOGUES / "messages"),
        journey=load_journey(DIALOGUES / "journey.yml"),
        asides=frozenset(survey_files("asides")),
        commands=load_commands(DIALOGUES / "commands.yml"),
        default_language=settings.default_language,
        default_country=settings.default_country,
    )


def build_service(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    adapters: Mapping[Channel, ChannelAdapter] | None = None,
) -> Service:
    """Everything but the engine. ``adapters`` replaces the channels that the settings configure."""
    database = Database(settings.database_url, settings.data_key.get_secret_value())
    world = build_world(settings, database, clock)
    chosen = dict(adapters) if adapters is not None else build_adapters(settings)
    work, post = threading.Event(), threading.Event()
    pacing = build_pace()
    with database.write() as session:
        release_dead(session)
    return Service(
        settings=settings,
        clock=clock,
        database=database,
        world=world,
        adapters=chosen,
        receiver=Receiver(database, clock, settings.default_language, wake=work.set),
        sender=Sender(
            database,
            chosen,
            clock,
            worker_name("sender"),
            pace=pacing,
            guard=guard(world),
            hold=pacing.hold,
            dress=Dresser(Templates.load(DIALOGUES / "templates")),
        ),
        groups=Groups(database, world.texts, clock, settings.default_language),
        work=work,
        post=post,
    )


def build_adapters(settings: Settings) -> dict[Channel, ChannelAdapter]:
    """The channels that the settings configure; the simulator unless in production."""
    from bot.channels.telegram.adapter import TelegramAdapter
    from bot.channels.whatsapp.adapter import WhatsAppAdapter

    adapters: dict[Channel, ChannelAdapter] = {}
    if settings.environment != "production":
        adapters[Channel.SIMULATOR] = SimulatorAdapter()
    if settings.telegram_bot_token is not None:
        adapters[Channel.TELEGRAM] = TelegramAdapter(
            settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url
        )
    if settings.twilio_account_sid is not None and settings.twilio_auth_token is not None:
        adapters[Channel.WHATSAPP] = WhatsAppAdapter(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            sender=settings.twilio_whatsapp_from,
            service_sid=settings.twilio_messaging_service_sid,
            api_url=settings.twilio_api_url,
            public_url=settings.public_url,
        )
    return adapters


def build_pace() -> Pacing:
    """The providers' rates: Telegram bursts of three, then one a second a chat, 30 overall; WhatsApp 80."""
    return Pacing({Channel.TELEGRAM: telegram_pace(), Channel.WHATSAPP: whatsapp_pace()})


def parts_of(
    adapters: Mapping[Channel, ChannelAdapter],
) -> Callable[[Channel, str, Outbound], tuple[Outbound, ...]]:
    """How a message is cut for a recipient of a channel."""

    def parts(channel: Channel, to: str, message: Outbound) -> tuple[Outbound, ...]:
        adapter = adapters.get(channel)
        if isinstance(adapter, SimulatorAdapter):
            return adapter.parts(message, to=to)
        return adapter.parts(message) if adapter is not None else (message,)

    return parts


def build_runner(service: Service, *, worker: str | None = None) -> TurnRunner:
    """A turn runner with its own engine: trains the model when the data changed, then loads it."""
    from bot.actions import build_executor
    from bot.engine.agent import DialogueEngine
    from bot.engine.training import train
    from bot.services.judge import Judge
    from bot.services.runner import TurnRunner
    from bot.services.say import say

    model = train()
    engine = DialogueEngine(
        model,
        build_executor(survey_names()),
        session=lambda: current().session,
        now=lambda: current().now.timestamp(),
        say=lambda key: say(current(), key),
    )
    understanding = build_understanding(model)
    judge = Judge(
        service.world.commands,
        understanding.disclosure,
        engine.parse,
        understanding.language,
        understanding.reply,
    )
    return TurnRunner(
        service.world,
        engine,
        judge,
        worker=worker or worker_name("engine"),
        parts=parts_of(service.adapters),
        sent=service.post.set,
    )


def build_understanding(model: Path) -> Understanding:
    """Safety, language: what is understood of a text before and apart from Rasa's pipeline."""
    from bot.understanding import Understanding

    return Understanding.load(model)
