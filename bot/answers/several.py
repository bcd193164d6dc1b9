"""``select_multiple``: several choices in one reply."""

from __future__ import annotations

import re
from datetime import date

from bot.answers import labels
from bot.answers.ages import of_those_ages
from bot.answers.by_fact import told_by
from bot.answers.choices import read_choice
from bot.answers.clashes import alone_with_others, any_of_one, nothing_but
from bot.answers.lexicon import in_every_language
from bot.answers.listing import Index, chosen, index
from bot.answers.naming import opens_with_no_answer
from bot.answers.phrases import asks
from bot.answers.picks import picks
from bot.answers.question import Asked
from bot.answers.reading import Outcome, Reading
from bot.answers.reply import Reply, normal_words
from bot.answers.segments import named, named_in, perhaps_named, picked, segments_of
from bot.answers.timebands import at_those_times, parts_of_the_day
from bot.answers.whole_list import all_but_the_denied, all_of_them, both_of_two
from bot.core.text import fold

_SURELY = 0.9
_FEWEST_DAYS = 4
_LONGEST_PART = 4
"""words of a part of the day"""
_CLAUSE = re.compile(r"[,;.]+")


def read_choices(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    """Any number of choices; values in the order of the list, separated by a space."""
    among = index(asked.choices, reply.lexicon.language, country)
    clash = None if asks(reply) else alone_with_others(reply, among)
    if clash is not None:
        return clash
    only = nothing_but(reply, among) or any_of_one(reply, among)
    if only is not None and (reading := read_choices(only, asked, country, today)).outcome is Outcome.ANSWER:
        return reading
    if _is_one(reply, among):
        return read_choice(reply, asked, country, today)
    if not asks(reply) and not opens_with_no_answer(reply, among):
        clash = _first_and_a_way_out(reply, among)
        if clash is not None:
            return clash
        for step in _STEPS:
            positions = step(reply, among)
            if positions:
                return chosen(among, *positions)
        doubtful = perhaps_named(reply, among)
        if doubtful is not None:
            return doubtful
    return read_choice(reply, asked, country, today)


def _is_one(reply: Reply, among: Index) -> bool:
    """Whether the whole reply is one choice, whose label may hold a comma or "y"."""
    if any(said in among.exact for said in (reply.folded, *reply.trimmed)):
        return True
    both = reply.lexicon.roles["both"].said
    if "both" in among.roles and (reply.said in both or reply.core_said in both):
        return True
    if labels.nearly(reply.said, among, reply.lexicon) is not None:
        return True
    if told_by(reply.words, among, reply):
        return False  # "ando en los arándanos y cuido a mis hijos"
    ranked = labels.best(reply.core or reply.words, among, reply.lexicon)
    return bool(ranked) and ranked[0].full and ranked[0].score > _SURELY and sum(m.full for m in ranked) == 1


def _first_and_a_way_out(reply: Reply, among: Index) -> Reading | None:
    """ "La primera y la última" where the last is "prefiero no decir": the one she means is not known."""
    by_place = [
        picks(Reply(" ".join(s), reply.lexicon), among.choices, several=True) for s in segments_of(reply)
    ]
    if len(by_place) < 2 or any(p is None for p in by_place) or picked(reply, among):
        return None  # printed numbers are kept as said: the form's own constraint explains
    found = {position for p in by_place if p for position in p}
    alone = {among.roles[r] for r in ("none", "pn", "dk", "skip", "any") if r in among.roles}
    if not found & alone or found <= alone:
        return None
    return Reading(Outcome.NO, near=tuple(among.choices[p].value for p in sorted(found)))


def _from_to(reply: Reply, among: Index) -> set[int] | None:
    """ "De 3 a 5" where the choices are parts of the day: hours, not the third to the fifth choice."""
    return at_those_times(reply, among.choices, bare=True) or None


def _at_times(reply: Reply, among: Index) -> set[int] | None:
    """ "A las 10", and the parts of the day named beside it: "mornings, or around 1pm"."""
    named_part = _part_beside_comings(reply, among)
    if named_part:
        return named_part
    found = at_those_times(reply, among.choices)
    if not found:
        return None
    for segment in segments_of(reply):
        if segment[0] in reply.lexicon.numbers("fractions"):
            continue  # "tipo 8 y media"
        if not re.search(r"\d", Reply(" ".join(segment), reply.lexicon).digits):
            found |= named_in(segment, reply, among) - {among.roles.get("any", -1)}
    return found


def _part_beside_comings(reply: Reply, among: Index) -> set[int] | None:
    """ "En la mañana, él se va a las 7": the hour at which somebody leaves or comes says only why."""
    comes = in_every_language("comes_or_goes").find(reply.words)
    if comes is None or not parts_of_the_day(among.choices):
        return None
    found: set[int] = set()
    for part in _CLAUSE.split(" ".join(reply.text.split())):
        words = normal_words(part, reply.lexicon)
        at = in_every_language("comes_or_goes").find(words)
        begins = words if at is None else words[: at[0]]
        if re.search(r"\d", Reply(" ".join(begins), reply.lexicon).digits):
            return None  # her own hour: "después de las 7, cuando se duerme la guagua"
        for segment in segments_of(Reply(" ".join(begins), reply.lexicon)):
            opening = next((said for said in _openings(segment) if said in among.exact), "")
            found |= {among.exact[opening]} if opening else named_in(segment, reply, among)
    return found - {among.roles.get("any", -1)} or None


def _openings(words: tuple[str, ...]) -> list[str]:
    """The beginnings of the words, the longest only where one is a name: "en la mañana | él"."""
    return [" ".join(words[:size]) for size in range(min(_LONGEST_PART, len(words)), 0, -1)]


def _spanned(reply: Reply, among: Index) -> set[int] | None:
    """ "De lunes a jueves", "entre semana", in a list of days or months."""
    lexicon = reply.lexicon
    order = {**lexicon.numbers("weekdays")}
    at = {int(order[fold(c.label)]): i for i, c in enumerate(among.choices) if fold(c.label) in order}
    if len(at) < _FEWEST_DAYS:
        return None
    said = reply.core or reply.words
    for key, days in (("weekend", (5, 6)), ("weekdays_only_words", (0, 1, 2, 3, 4))):
        if reply.is_said(key) or reply.opens(key):
            return {at[d] for d in days if d in at} or None
    named = [(place, int(order[w])) for place, w in enumerate(said) if w in order]
    if len(named) != 2 or named[0][1] >= named[1][1]:
        return None
    (start, first), (end, last) = named
    if not any(w in lexicon.phrases("range_to") for w in said[start + 1 : end]):
        return None
    return {at[d] for d in range(first, last + 1) if d in at}


_STEPS = (
    all_but_the_denied,
    all_of_them,
    both_of_two,
    _from_to,
    picked,
    _spanned,
    _at_times,
    of_those_ages,
    named,
)
"""the first that finds any wins"""
