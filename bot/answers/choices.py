"""``select_one`` and ``select_multiple``: which of the printed choices a reply means.

In this order, the first that speaks wins: the exact label; a way out (skip, don't know, rather not say); a
question back; numbers of the menu; an amount for a list of ranges; what people say for yes, no, none, both;
the label by its words; yes or no at the beginning; "la 2" inside a longer reply. A printed number alone is
always that choice, also in a list of ranges: "2" under "¿cuántas horas?" is choice 2, "2 horas" and "unas 2"
are two hours.
"""

from __future__ import annotations

import re
from datetime import date

from bot.answers.by_label import but_for_an_ending, by_its_name, by_likeness, by_words
from bot.answers.by_wording import (
    has_no_trouble,
    helped_in_part,
    is_unable,
    wants_one_of_them,
    yes_by_wording,
)
from bot.answers.clashes import alone_with_others, both_suit, nothing_but, two_at_once, yes_and_no
from bot.answers.clauses import first_clause, says_outright, stands_alone
from bot.answers.countries import lists_countries, read_country
from bot.answers.in_range import in_range
from bot.answers.listing import Index, chosen, index, position_of
from bot.answers.naming import opens_with_no_answer
from bot.answers.phrases import about_a_skill, asks, is_command, is_lost_for_words, some_and_others, way_out
from bot.answers.picks import marked_pick, picks
from bot.answers.polarity import by_role, by_sign, polar
from bot.answers.question import Asked
from bot.answers.ranges import bands
from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading
from bot.answers.reply import Reply
from bot.answers.schooling import as_far_as_she_got, only_went
from bot.answers.timebands import at_another_time, at_those_times

_MIXED = ("both", "hybrid")
_WAY_OUT_ROLES = {Outcome.DONT_KNOW: "dk", Outcome.REFUSE: "pn", Outcome.SKIP: "skip"}


def read_choice(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    """One choice out of a list."""
    among = index(asked.choices, reply.lexicon.language, country)
    if is_lost_for_words(reply):
        return chosen(among, among.roles["dk"]) if "dk" in among.roles else NOT_AN_ANSWER
    for step in (by_its_name, by_sign, by_likeness):
        position = step(reply, among)
        if position is not None:
            return chosen(among, position)
    out = _way_out(reply, among)
    if out is not None:
        return out
    if asks(reply) or is_command(reply) or opens_with_no_answer(reply, among):
        nearly = but_for_an_ending(reply, among)
        return NOT_AN_ANSWER if nearly is None else chosen(among, nearly)
    if only_went(reply, among):
        return NOT_AN_ANSWER
    at_odds = yes_and_no(reply, among) or two_at_once(reply, among) or alone_with_others(reply, among)
    if at_odds is not None:
        return at_odds
    only = nothing_but(reply, among)
    if only is not None and (reading := read_choice(only, asked, country, today)).outcome is Outcome.ANSWER:
        return reading
    of_countries = lists_countries(among)
    of_country = read_country(reply, asked, among, country) if of_countries else None
    if of_country is not None:
        return of_country
    other_time = at_another_time(reply, among.choices)
    if other_time is not None:
        return NOT_AN_ANSWER if other_time < 0 else chosen(among, other_time)
    after_doubt = _after_doubt(reply)
    if after_doubt is not None:
        reading = read_choice(after_doubt, asked, country, today)
        if reading.outcome is not Outcome.NO or "dk" not in among.roles:
            return reading
        return chosen(among, among.roles["dk"])
    both = reply.lexicon.roles["both"].said
    if "both" in among.roles and (reply.said in both or reply.core_said in both):
        return chosen(among, among.roles["both"])  # "las dos" is not "la dos"
    if reply.said in both or reply.core_said in both:  # a choice that goes by "las dos" or "ambas"
        named = {among.exact[said] for said in both.whole if said in among.exact}
        return chosen(among, *named) if len(named) == 1 else NOT_AN_ANSWER
    suiting = both_suit(reply, asked.wording, among)
    if suiting is not None:
        return chosen(among, suiting)
    ranges = bands(asked.choices, reply.lexicon)
    picked = (
        None
        if reply.has("more_than") or reply.has("less_than")
        else picks(reply, asked.choices, several=False)
    )
    if picked is None:
        picked = _corrected(reply, asked)
    if picked is not None and not (ranges is not None and _is_spelled_amount(reply, picked, among)):
        return _one_of(picked, among)
    if ranges is not None:
        held = in_range(reply, asked, among, ranges, country, today)
        if held is not None:
            return held
        if re.search(r"\d", reply.digits):  # an amount of something else: "tengo 2 hijos" is no age
            marked = marked_pick(reply, asked.choices)
            return NOT_AN_ANSWER if marked is None else chosen(among, marked)
    at = at_those_times(reply, asked.choices)
    if len(at) == 1:
        return chosen(among, *at)
    by_wording = _by_wording(reply, asked, among, country, today)
    if by_wording is not None:
        return chosen(among, by_wording)
    said = by_role(reply, among)
    if said is not None:
        return said
    if some_and_others(reply):
        mixed = {i for i, c in enumerate(among.choices) if c.value in _MIXED}
        if len(mixed) == 1:
            return chosen(among, *mixed)
    # "ciudadana del mundo" has a word of "Ciudad de México", and names no country
    reading = by_words(reply, among, whole=of_countries)
    if reading.value and not is_unable(
        reply, among.choices[position_of(reading, among)].label, asked.wording
    ):
        reading = NOT_AN_ANSWER
    if reading.outcome is not Outcome.NO:
        reading = as_far_as_she_got(reply, among, reading)
    if reading.outcome is Outcome.ANSWER:
        return reading
    return _in_first_clause(reply, asked, among, country, today) or reading


def _in_first_clause(
    reply: Reply, asked: Asked, among: Index, country: str | None, today: date
) -> Reading | None:
    """The answer that comes before a remark: "presencial, el internet me falla"."""
    cut = first_clause(reply)
    if cut is None:
        return None
    first, others = cut
    both = reply.lexicon.roles["both"].said
    if "both" in among.roles and (first.said in both or first.core_said in both):
        return chosen(among, among.roles["both"])
    reading = read_choice(first, asked, country, today)
    if reading.outcome is not Outcome.ANSWER:
        return None
    position = position_of(reading, among)
    if stands_alone(position, among, [*polar(among, "yes"), *polar(among, "no")]):
        return None
    if says_outright(first, among):
        return reading
    said = {r.value for r in (read_choice(o, asked, country, today) for o in others) if r.value}
    return reading if said <= {reading.value} else None


def _way_out(reply: Reply, among: Index) -> Reading | None:
    out = way_out(reply)
    if out is None:
        return None
    role = _WAY_OUT_ROLES[out.outcome]
    return chosen(among, among.roles[role]) if role in among.roles else out


def _after_doubt(reply: Reply) -> Reply | None:
    """The answer behind the doubt: "no lo sé, creo que sí"."""
    size = reply.lexicon.phrases("dont_know").opening(reply.words)
    if size < 2 or size == len(reply.words) or about_a_skill(reply):
        return None
    return Reply(" ".join(reply.words[size:]), reply.lexicon)


def _corrected(reply: Reply, asked: Asked) -> tuple[int, ...] | None:
    """What comes after "perdón" or "digo": "la 2, no, perdón, la 3"."""
    found = reply.lexicon.phrases("corrections").find(reply.words)
    if found is None or found[1] >= len(reply.words):
        return None
    return picks(Reply(" ".join(reply.words[found[1] :]), reply.lexicon), asked.choices, several=False)


def _is_spelled_amount(reply: Reply, picked: tuple[int, ...], among: Index) -> bool:
    """ "Cinco" under how many people, where the fifth choice is "prefiero no decir": no one picks that so."""
    ways_out = {among.roles.get(role) for role in ("dk", "pn")}
    return set(picked) <= ways_out and reply.digits.isdigit() and not reply.plain.isdigit()


def _one_of(picked: tuple[int, ...], among: Index) -> Reading:
    if len(picked) == 1:
        return chosen(among, picked[0])
    return Reading(Outcome.NO, near=tuple(among.choices[p].value for p in picked))


def _by_wording(reply: Reply, asked: Asked, among: Index, country: str | None, today: date) -> int | None:
    yes, no = polar(among, "yes"), polar(among, "no")
    if len(no) == 1 and has_no_trouble(reply, asked.wording):
        return no[0]
    if len(yes) != 1 or len(no) != 1:
        return None
    partly = next((i for i, c in enumerate(among.choices) if c.value == "sometimes"), None)
    if partly is not None and helped_in_part(reply, asked.wording):
        return partly
    says_yes = yes_by_wording(reply, asked.wording, country, today)
    if says_yes is None and among.choices[yes[0]].value == "yes":
        says_yes = wants_one_of_them(reply, asked.wording)
    return None if says_yes is None else yes[0] if says_yes else no[0]
