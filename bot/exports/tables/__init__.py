"""The tables that can be exported. A new one is a builder and a line in :data:`BUILDERS`."""

from __future__ import annotations

from collections.abc import Callable

from bot.exports.context import Context
from bot.exports.tables.answers import answers
from bot.exports.tables.followup import nudges
from bot.exports.tables.messages import messages
from bot.exports.tables.people import consents, participants, referrals
from bot.exports.tables.results import indicators
from bot.exports.tables.surveys import survey
from bot.exports.tables.table import Table

__all__ = ["BUILDERS", "SURVEY", "Table", "build"]

SURVEY = "survey_"
"""``survey_<name>`` is the wide table of the published questionnaire ``<name>``"""

BUILDERS: dict[str, Callable[[Context], Table]] = {
    "participants": participants,
    "answers": answers,
    "messages": messages,
    "consents": consents,
    "referrals": referrals,
    "nudges": nudges,
    "indicators": indicators,
}


def build(name: str, context: Context) -> Table:
    """The table of that name. Raises ``ValueError`` naming the choices."""
    builder = BUILDERS.get(name)
    if builder is not None:
        return builder(context)
    known = context.forms.names
    if name.startswith(SURVEY) and name.removeprefix(SURVEY) in known:
        return survey(context, name.removeprefix(SURVEY))
    choices = [*BUILDERS, *(SURVEY + form for form in known)]
    raise ValueError(f"no table '{name}': choose among {', '.join(choices)}")
