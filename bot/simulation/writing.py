"""How a woman puts an answer: as a number, in the words of the option, in her own, or with a tap."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.messages import InboundKind
from bot.simulation.odds import Facts, draw
from bot.simulation.people import BEFORE, Person
from bot.simulation.reading import Eye, Heard, View

UNSAID = frozenset({"pn", "dk", "none", "other", "notnow"})
"""what chance picks less often: a refusal, or an option that leads away"""
ASIDES = {
    "handover": {"how": {"message": 7, "call": 3}},
    "support": {"what": {"leave": 4, "course": 4, "contact": 2}, "way": {"chat": 6, "self": 4}},
    "my_data": {"what": {"see": 8, "withdraw": 1, "person": 1}},
    "delete": {"sure": {"yes": 1, "no": 1}},
    "stop": {"erase": {"no": 4, "yes": 1}},
    "restart": {"sure": {"no": 1}},
    "change_language": {"lang": {"es": 1}},
    "confirm": {"right": {"yes": 9, "no": 1}},
    "menu": {"what": {"nothing": 6, "course": 2, "about": 2}},
    "summary": {"right": {"yes": 12, "fix": 1}},
    "invitation": {"when": {"tom": 5, "afternoon": 2, "mon": 2, "week": 1}},
}
DOUBTS = "ask"
TYPED = {"people_mx": "náhuatl", "safe_num": "55 1234 5678", "number": "55 1234 5678"}


@dataclass(frozen=True)
class Act:
    """One thing she does. ``fault``: something in it that makes the engine fail, as a broken action would."""

    kind: InboundKind = InboundKind.TEXT
    text: str = ""
    tap: str = ""
    fault: bool = False
    twice: bool = False
    """the provider delivers it a second time"""
    number: str = ""
    """a contact that she shares"""


class Pen:
    """Writes one woman's answers; draws from her own stream of chance."""

    def __init__(self, person: Person, rng: random.Random, facts: Facts, eye: Eye) -> None:
        self._person = person
        self._rng = rng
        self._facts = facts
        self._eye = eye
        self._doubted: set[str] = set()
        """questions at which she had her doubts heard; then she agrees"""

    def answer(self, view: View, heard: Heard | None, tries: int) -> Act:
        """Her answer to the open question; plainer the more often it was asked already (``tries``)."""
        assert view.asks is not None
        survey, name = view.asks
        question = self._eye.question(survey, name)
        printed = heard.printed() if heard else {}
        if question is None or not question.has_choices or question.typed:
            return Act(text=self._typed(name))
        labels = self._eye.labels(survey, question, view.language)
        offered = {value: label for value, label in labels.items() if not printed or label in printed}
        if not offered:
            # a list that was made for her (what to correct, what she may have meant): she takes one by its number
            return Act(text=str(self._rng.choice(list(printed.values()) or [1])))
        if name == "age" and tries == 0:
            return Act(text=str(self._rng.randint(19, 63)))
        several = question.type == "select_multiple"
        values = self._values(view, name, list(offered), several)
        if values == [DOUBTS]:
            values = ["yes"] if name in self._doubted and "yes" in offered else values
            self._doubted.add(name)
        manner = "number" if tries else draw(self._rng, self._facts.odds["manner"])
        if manner == "tap" and heard is not None and not several:
            for index, option in enumerate(heard.message.options):
                if option.means.get("question") == name and option.means.get("value") == values[0]:
                    return Act(InboundKind.TAP, option.title, f"{heard.outbox_id}.{index}")
        if manner == "alias" and not several and self._eye.aliases(survey, question, values[0]):
            return Act(text=self._rng.choice(list(self._eye.aliases(survey, question, values[0]))))
        if manner == "label" or not printed:
            return Act(text=", ".join(offered[v] for v in values).lower())
        joint = self._rng.choice([" ", ", ", " y "]) if len(values) == 2 else " "
        return Act(text=joint.join(str(printed[offered[v]]) for v in values))

    def _values(self, view: View, name: str, offered: Sequence[str], several: bool) -> list[str]:
        """What she wants to say, of what is offered."""
        if view.aside is not None:
            weights = ASIDES.get(view.aside, {}).get(name)
            wanted = [draw(self._rng, weights)] if weights else []
        else:
            wave = view.wave or BEFORE
            wanted = self._person.answers(wave).get(name, [])
        known = [value for value in wanted if value in offered]
        if not known:
            likely = [value for value in offered if value not in UNSAID] or list(offered)
            known = [self._rng.choice(likely)]
        return known if several else known[:1]

    def _typed(self, name: str) -> str:
        place = self._person.place
        if name == "pref_name":
            return self._person.name
        if name in ("state_mx", "region_cl"):
            return self._rng.choice(place.as_typed)
        if name in ("mun_mx", "com_cl"):
            return self._rng.choice(place.place_typed or (place.place,))
        return TYPED.get(name, "1")
