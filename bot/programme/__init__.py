"""Country programmes as data: what is offered, where, by whom, which help lines, which calendar.

A country is one file in ``programmes/``; a third country needs no Python. The answers to what women ask about
the programme are in ``dialogues/facts/``.
"""

from bot.programme.document import Problem, ProgrammeError
from bot.programme.facts import FactAnswer, Facts, load_facts
from bot.programme.load import Programmes, load_programmes
from bot.programme.model import Centre, HelpLine, Pathway, Purpose, ReferralKind, Wave
from bot.programme.places import Municipality, Places, Region
from bot.programme.programme import Programme

__all__ = [
    "Centre",
    "FactAnswer",
    "Facts",
    "HelpLine",
    "Municipality",
    "Pathway",
    "Places",
    "Problem",
    "Programme",
    "ProgrammeError",
    "Programmes",
    "Purpose",
    "ReferralKind",
    "Region",
    "Wave",
    "load_facts",
    "load_programmes",
]
