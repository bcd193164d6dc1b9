"""A questionnaire as it lies open before one person: her answers, the open question, what to say next.

A *survey* keeps its answers in SQL for good; an *aside* keeps them in the conversation until it is submitted.
Both are walked by the same :class:`bot.surveys.run.SurveyRun`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import sqlalchemy as sa

from bot.answers.question import Asked, AskedChoice
from bot.core.messages import Outbound
from bot.services.placeholders import placeholders
from bot.services.turn import Turn
from bot.store.tables import Answer, RestrictedAnswer, SurveyRunRow
from bot.surveys.model import Choice, Question, Survey
from bot.surveys.render import ask, note, numbering
from bot.surveys.run import SurveyRun

LISTED = "listed"
"""An aside's choice list of this name is filled when it opens: what can be corrected, what she may have meant."""
BASELINE = "baseline"
PREFILLED = ("work_status", "biz_has")
"""the baseline's questions that the profile asked already"""


class Sheet:
    """``survey`` of ``wave`` in the turn; ``wave`` is empty for an aside."""

    def __init__(self, turn: Turn, name: str, *, wave: str = "") -> None:
        self.turn = turn
        self.name = name
        self.is_aside = name in turn.world.asides
        self.wave = wave or turn.conversation.wave or turn.world.journey.wave
        self.version, self.survey = self._open()

    def _open(self) -> tuple[int, Survey]:
        library, conversation = self.turn.world.library, self.turn.conversation
        if not self.is_aside and conversation.survey == self.name and conversation.survey_version:
            version = conversation.survey_version
            return version, library.version(self.name, version)
        version, survey = library.current(self.name)
        listed = (conversation.aside_values or {}).get(LISTED) if self.is_aside else None
        if listed:
            choices = tuple(Choice(value, {"es": label, "en": label}) for value, label in listed)
            survey = replace(survey, lists={**survey.lists, LISTED: choices})
        return version, survey

    @cached_property
    def run_row(self) -> SurveyRunRow | None:
        """The row that says when she began and finished; None for an aside or before she began."""
        if self.is_aside:
            return None
        return self.turn.session.scalar(
            sa.select(SurveyRunRow).where(
                SurveyRunRow.participant_id == self.turn.participant.id,
                SurveyRunRow.survey == self.name,
                SurveyRunRow.wave == self.wave,
            )
        )

    @property
    def was_completed(self) -> bool:
        return self.run_row is not None and self.run_row.completed_at is not None

    @cached_property
    def values(self) -> dict[str, str]:
        """Her stored answers by question; ``''`` for one that she passed."""
        if self.is_aside:
            held: dict[str, str] = (self.turn.conversation.aside_values or {}).get("values", {})
            return dict(held)
        known = self.turn.known_values
        if (self.name, self.wave) not in known:
            known[self.name, self.wave] = stored_values(self.turn, self.name, self.wave)
        return known[self.name, self.wave]

    @cached_property
    def run(self) -> SurveyRun:
        return SurveyRun(
            self.survey,
            self.values,
            context=self.context,
            today=self.turn.today,
            now=self.turn.now,
            language=self.turn.language,
        )

    @cached_property
    def context(self) -> dict[str, str]:
        """Hidden fields, from what she answered before or what the programme knows."""
        hidden = [q.name for q in self.survey.questions if q.type == "hidden"]
        return hidden_values(self.turn, hidden, self.wave) if hidden else {}

    def forget_run(self) -> None:
        """After an answer changed: what was worked out from the old ones no longer holds."""
        for name in ("run", "context"):
            self.__dict__.pop(name, None)

    def text_values(self) -> Mapping[str, str]:
        held = self.turn.conversation.aside_values if self.is_aside else None
        return placeholders(
            self.turn, self.run, **{k: v for k, v in (held or {}).items() if isinstance(v, str)}
        )

    def ask(self, question: Question) -> Outbound:
        message = ask(self.run, question, self.turn.language, self.text_values())
        return replace(message, ask_contact=question.reads_as == "phone" and not self.is_aside)

    def note(self, question: Question) -> Outbound:
        return note(self.run, question, self.turn.language, self.text_values())

    def asked(self, question: Question) -> Asked:
        """The question as the reader of replies needs it, labels in her language."""
        choices = self.run.choices(question) if question.has_choices else ()
        language, default = self.turn.language, self.survey.default_language
        return Asked(
            name=question.name,
            type=question.type,
            choices=tuple(
                AskedChoice(
                    choice.name,
                    self.run.choice_label(question, choice.name, language) or choice.labels.get(default, ""),
                    number,
                    choice.aliases,
                )
                for number, choice in zip(numbering(choices), choices, strict=True)
            ),
            reads_as=question.reads_as,
            required=self.run.required(question),
            open_list=question.open_list,
            wording=self.run.label(question, language),
        )


def stored_values(turn: Turn, survey: str, wave: str) -> dict[str, str]:
    """Every stored answer of a survey in a wave, restricted ones included, by question."""
    mine = (Answer.participant_id == turn.participant.id, Answer.survey == survey, Answer.wave == wave)
    rows = turn.session.execute(
        sa.select(Answer.question, Answer.value, Answer.text, Answer.reply_kind).where(*mine)
    ).all()
    values = {
        q: (text if text is not None else value) or "" for q, value, text, kind in rows if kind != "not_asked"
    }
    restricted = turn.session.execute(
        sa.select(RestrictedAnswer.question, RestrictedAnswer.value).where(
            RestrictedAnswer.participant_id == turn.participant.id,
            RestrictedAnswer.survey == survey,
            RestrictedAnswer.wave == wave,
        )
    ).all()
    return values | {question: value for question, value in restricted}


def hidden_values(turn: Turn, names: list[str], wave: str) -> dict[str, str]:
    """Values for hidden fields: an earlier answer of the same name (or of ``journey.hidden``'s), else known facts."""
    rows = turn.session.execute(
        sa.select(Answer.question, Answer.value, Answer.wave)
        .where(Answer.participant_id == turn.participant.id, Answer.reply_kind == "answered")
        .order_by(Answer.answered_at)
    ).all()
    answered = {question: value or "" for question, value, _ in rows}
    before = {
        question: value or "" for question, value, of in rows if of in (turn.world.journey.wave, BASELINE)
    }
    country = turn.participant.country or turn.world.default_country or ""
    known = {"country": country, "wave": wave, "language": turn.language}
    found: dict[str, str] = {}
    for name in names:
        sources = [name, *turn.world.journey.hidden.get(name, [])]
        value = next((answered[s] for s in sources if answered.get(s)), None)
        found[name] = value if value is not None else known.get(name, "")
    if "prefill" in found:
        # what the profile asked a day ago is not asked again at the baseline, but always afterwards
        asked_already = wave == BASELINE and all(before.get(q) for q in PREFILLED)
        found["prefill"] = "1" if asked_already else ""
    if "biz_base" in found:
        found["biz_base"] = before.get("biz_has", "")  # the business she had before the programme, not since
    return found
