"""Content resources: made once, found again, chosen for a message that they say exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.contents import TRIAL, ask, press, survey

from bot.channels.whatsapp.contents import Approval, ContentsUnavailable
from bot.channels.whatsapp.interactive import Content
from bot.core.messages import Outbound
from bot.services.content_choice import Dresser, warn_before_waves
from bot.services.content_sync import ContentSync
from bot.services.content_templates import Templates
from bot.services.reconcile_failures import open_alerts
from bot.store.channel_tables import ContentResource
from bot.store.followup_tables import Nudge
from bot.store.tables import Participant
from bot.surveys.model import Survey

TEMPLATES = Templates.load(Path("dialogues/templates"))


# -- in step with Twilio -------------------------------------------------------------------------------------


@dataclass
class FakeContents:
    """Content resources as Twilio keeps them; ``verdicts`` by template name, ``away`` while it is down."""

    made: dict[str, tuple[str, Content]] = field(default_factory=dict)
    submitted: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, Approval] = field(default_factory=dict)
    verdict: Approval = field(default_factory=lambda: Approval("pending"))
    away_after: int | None = None
    listed: int = 0
    refuses: str = ""
    no_approvals: bool = False

    def names(self) -> dict[str, str]:
        self.listed += 1
        return {name: sid for sid, (name, _) in self.made.items()}

    def create(self, name: str, content: Content) -> str:
        if self.away_after is not None and len(self.made) >= self.away_after:
            raise ContentsUnavailable("ConnectionError")
        if self.refuses and self.refuses in name:
            raise ContentsUnavailable("TwilioRestException 400 20001", refused=True)
        sid = f"HX{len(self.made):032x}"
        self.made[sid] = (name, content)
        return sid

    def submit(self, sid: str, name: str, category: str) -> None:
        assert sid not in self.submitted
        self.submitted[sid] = name

    def approval(self, sid: str) -> Approval:
        if self.no_approvals:
            raise ContentsUnavailable("TwilioRestException 404 20404", refused=True)
        name = self.submitted.get(sid)
        if name is None:
            return Approval("created")
        return next((v for k, v in self.verdicts.items() if name.startswith(k)), self.verdict)


@dataclass
class Desk:
    bench: Any
    twilio: FakeContents
    sync: ContentSync
    surveys: list[Survey]

    def restart(self) -> None:
        """Another process over the same database."""
        b = self.bench
        self.sync = ContentSync(b.database, self.twilio, TEMPLATES, lambda: self.surveys, b.clock)


@pytest.fixture
def desk(bench: Any) -> Iterator[Desk]:
    twilio, surveys = FakeContents(), [TRIAL]
    sync = ContentSync(bench.database, twilio, TEMPLATES, lambda: surveys, bench.clock)
    bench.sender = bench.new_sender(dress=Dresser(TEMPLATES))
    yield Desk(bench, twilio, sync, surveys)


def test_it_makes_what_is_missing_once_and_templates_first(desk: Desk) -> None:
    assert desk.sync.step()
    names = [name for name, _ in desk.twilio.made.values()]
    assert len(names) == len(set(names)) == 4 + 2 * len(list(TEMPLATES))
    assert names[0].startswith("tpl_") and names[-1].startswith("oportunidad_")
    assert len(desk.twilio.submitted) == 2 * len(list(TEMPLATES))
    for _ in range(3):
        desk.restart()
        desk.bench.clock.forward(minutes=3)
        desk.sync.step()
    assert len(desk.twilio.made) == len(names)


def test_it_finds_what_another_installation_made(desk: Desk) -> None:
    desk.sync.sync()
    made = dict(desk.twilio.made)
    with desk.bench.database.write() as session:
        session.execute(sa.delete(ContentResource))
    report = desk.sync.sync()
    assert desk.twilio.made == made and report.created == 0 and report.found == len(made)


def test_it_goes_on_where_it_was_when_twilio_is_back(desk: Desk) -> None:
    desk.twilio.away_after = 3
    desk.sync.step()
    with desk.bench.database.read() as session:
        assert [a.kind for a in open_alerts(session)] == ["content"]
    desk.twilio.away_after = None
    assert not desk.sync.step()
    desk.bench.clock.forward(minutes=2)
    assert desk.sync.step()
    names = [name for name, _ in desk.twilio.made.values()]
    assert len(names) == len(set(names)) == 4 + 2 * len(list(TEMPLATES))
    with desk.bench.database.read() as session:
        assert open_alerts(session) == []


@pytest.mark.parametrize("trouble", [{"refuses": "tpl_discreet_es"}, {"no_approvals": True}])
def test_it_makes_the_others_when_twilio_does_not_take_one(desk: Desk, trouble: dict[str, Any]) -> None:
    for name, value in trouble.items():
        setattr(desk.twilio, name, value)
    report = desk.sync.sync()
    questions = [name for name, _ in desk.twilio.made.values() if name.startswith("oportunidad_")]
    assert len(questions) == 4 and report.problems
    desk.twilio.refuses, desk.twilio.no_approvals = "", False
    assert desk.sync.sync().problems == []
    with desk.bench.database.read() as session:
        assert open_alerts(session) == []


def test_it_makes_a_changed_question_anew_and_keeps_the_old_one_for_messages_under_way(desk: Desk) -> None:
    desk.sync.sync()
    before = len(desk.twilio.made)
    desk.surveys[:] = [survey(ask("¿Puedes venir?"), l=("Sí", "No"))]
    desk.sync.sync()
    assert len(desk.twilio.made) == before + 4
    desk.bench.hears("SM1")
    (row,) = desk.bench.queue(Outbound("¿Vienes, Eva?\n1. Sí\n2. No", press("Sí", "No")))
    desk.bench.send()
    assert desk.bench.provider.taken[0][1].variables == (str(row), "Eva")


def test_it_looks_up_approvals_until_they_are_there_and_daily_after(desk: Desk) -> None:
    desk.sync.step()
    desk.twilio.verdict = Approval("approved", category="utility")
    desk.bench.clock.forward(minutes=1)
    assert not desk.sync.step()
    desk.bench.clock.forward(minutes=2)
    assert desk.sync.step()
    assert statuses(desk) == {"approved"}
    desk.bench.clock.forward(hours=23)
    assert not desk.sync.step()
    desk.twilio.verdicts = {"tpl_discreet_en": Approval("rejected", "TAG_CONTENT_MISMATCH")}
    desk.bench.clock.forward(hours=2)
    assert desk.sync.step()
    assert statuses(desk) == {"approved", "rejected"}
    with desk.bench.database.read() as session:
        assert [a.code for a in open_alerts(session)] == ["tpl_discreet:en"]


def statuses(desk: Desk) -> set[str]:
    with desk.bench.database.read() as session:
        return set(
            session.scalars(sa.select(ContentResource.status).where(ContentResource.template.is_not(None)))
        )


def test_it_tells_staff_when_meta_moves_a_template_to_marketing(desk: Desk) -> None:
    desk.twilio.verdicts = {"tpl_survey_invite_es": Approval("approved", category="marketing")}
    desk.sync.sync()
    with desk.bench.database.read() as session:
        assert [(a.code, a.detail) for a in open_alerts(session)] == [
            ("tpl_survey_invite:es", "moved to marketing: it costs more")
        ]


# -- what a message leaves as --------------------------------------------------------------------------------

INVITE = Outbound(
    "Hola Eva, ¿nos cuentas?\n1. Empezar",
    press("Empezar"),
    template="tpl_survey_invite",
    variables=("Eva", "Oportunidad", "8"),
)


def test_it_shows_buttons_where_a_resource_says_the_question(desk: Desk) -> None:
    desk.sync.sync()
    desk.bench.hears("SM1")
    known = Outbound("¿Vienes, Eva?\n1. Sí\n2. No", press("Sí", "No"))
    rows = desk.bench.queue(known, replace(known, text="Otra cosa\n1. Sí\n2. No"), "solo texto")
    desk.bench.send()
    sent = [message for _, message, _ in desk.bench.provider.taken]
    assert desk.twilio.made[sent[0].template][1].titles == ("Sí", "No")
    assert sent[0].variables == (str(rows[0]), "Eva")
    assert [m.template for m in sent[1:]] == ["", ""]


@pytest.mark.parametrize(
    ("hours", "message", "leaves"),
    [
        (23.9, INVITE, "text"),
        (24, INVITE, "template"),
        (24, "hola", "window"),
        (24, replace(INVITE, template="tpl_nobody_knows"), "template_missing"),
    ],
)
def test_it_chooses_before_sending(desk: Desk, hours: float, message: Any, leaves: str) -> None:
    desk.twilio.verdict = Approval("approved")
    desk.sync.sync()
    desk.bench.hears("SM1")
    desk.bench.clock.forward(hours=hours)
    (row,) = desk.bench.queue(message, kind="staff")
    desk.bench.send()
    sent = [m for _, m, _ in desk.bench.provider.taken]
    if leaves == "text":
        assert (sent[0].template, sent[0].text) == ("", INVITE.text)
    elif leaves == "template":
        name, _ = desk.twilio.made[sent[0].template]
        assert name.startswith("tpl_survey_invite_es_") and sent[0].variables == INVITE.variables
        assert desk.bench.row(row).content["text"].startswith("Hola Eva, soy el asistente de Oportunidad.")
        assert sent[0].options == ()
    else:
        reason = "window" if leaves == "window" else "template"
        assert sent == [] and desk.bench.state(row) == ("cancelled", reason)


def test_it_waits_for_an_approval_and_gives_up_after_a_day(desk: Desk) -> None:
    desk.sync.sync()
    desk.bench.hears("SM1")
    desk.bench.clock.forward(hours=30)
    (row,) = desk.bench.queue(INVITE, kind="staff")
    desk.bench.send()
    assert desk.bench.row(row).state == "queued"
    with desk.bench.database.read() as session:
        assert [(a.kind, a.code) for a in open_alerts(session)] == [("template", "tpl_survey_invite:es")]
    desk.bench.clock.forward(hours=25)
    desk.bench.send()
    assert desk.bench.state(row) == ("cancelled", "template") and desk.bench.provider.taken == []


def test_it_does_not_keep_her_reply_waiting_behind_a_template(desk: Desk) -> None:
    desk.sync.sync()
    desk.bench.hears("SM1")
    desk.bench.clock.forward(hours=30)
    desk.bench.queue(INVITE, kind="staff")
    desk.bench.send()
    desk.bench.hears("SM2")
    desk.bench.queue("¡Hola de nuevo!")
    desk.bench.send()
    assert "¡Hola de nuevo!" in desk.bench.provider.texts()


def test_it_uses_the_last_approved_text_while_a_new_one_waits(desk: Desk) -> None:
    desk.twilio.verdict = Approval("approved")
    desk.sync.sync()
    changed = {
        t.name: replace(t, bodies={k: v + " Gracias." for k, v in t.bodies.items()}) for t in TEMPLATES
    }
    desk.twilio.verdict = Approval("pending")
    newer = Templates(changed, {})
    ContentSync(desk.bench.database, desk.twilio, newer, lambda: desk.surveys, desk.bench.clock).sync()
    desk.bench.sender = desk.bench.new_sender(dress=Dresser(newer))
    desk.bench.hears("SM1")
    desk.bench.clock.forward(hours=30)
    desk.bench.queue(INVITE, kind="staff")
    desk.bench.send()
    assert not desk.bench.provider.texts()[0].endswith("Gracias.")


def test_it_warns_a_week_before_a_wave_that_needs_a_template(desk: Desk) -> None:
    desk.bench.hears("SM1")
    now = desk.bench.clock()
    with desk.bench.database.write() as session:
        person = session.scalars(sa.select(Participant)).one()
        soon = {"participant_id": person.id, "survey": "e_survey", "wave": "m3", "attempt": 1, "reason": ""}
        session.add(
            Nudge(
                **soon,
                due_at=now,
                local_due_at="",
                not_before=now + timedelta(days=9),
                closes_at=now,
                state="scheduled",
                created_at=now,
                updated_at=now,
                asked=False,
            )
        )
    with desk.bench.database.write() as session:
        assert warn_before_waves(session, TEMPLATES, now) == []
        missing = warn_before_waves(session, TEMPLATES, now + timedelta(days=3))
        assert missing == [f"{t.name}:es" for t in TEMPLATES]
        assert len(open_alerts(session)) == len(missing)
    desk.twilio.verdict = Approval("approved")
    desk.sync.sync()
    with desk.bench.database.write() as session:
        assert warn_before_waves(session, TEMPLATES, now + timedelta(days=3)) == []
        assert open_alerts(session) == []
