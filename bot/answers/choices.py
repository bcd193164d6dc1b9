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

from bot.answers import labels
from bot.answers.by_wording import helped_in_part, wants_one_of_them, yes_by_wording
from bot.answers.clauses import first_clause, says_outright, stands_alone
from bot.answers.countries import lists_countries, read_country
from bot.answers.in_range import in_range
from bot.answers.labels import ACCEPT, CONFIRM, MARGIN
from bot.answers.listing import Index, candidate, chosen, content, index
from bot.answers.naming import LEAST_HEAD, head_of, opens_with_no_answer, part_of_one, said_inside
from bot.answers.phrases import about_a_skill, asks, is_command, some_and_others, way_out
from bot.answers.picks import marked_pick, picks
from bot.answers.question import Asked
from bot.answers.ranges import bands
from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading
from bot.answers.reply import Reply
from bot.answers.timebands import at_another_time, at_those_times
from bot.core.text import fold

_MIXED = ("both", "hybrid")
_NOT_DONE = "_i"
"""ends the value of a choice for what was begun and not finished"""
_WAY_OUT_ROLES = {Outcome.DONT_KNOW: "dk", Outcome.REFUSE: "pn", Outcome.SKIP: "skip"}


def read_choice(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    """One choice out of a list."""
    among = index(asked.choices, reply.lexicon.language, country)
    for step in (_exact, _signs, _nearly):
        position = step(reply, among)
        if position is not None:
            return chosen(among, position)
    out = _way_out(reply, among)
    if out is not None:
        return out
    if asks(reply) or is_command(reply) or opens_with_no_answer(reply, among):
        nearly = _nearly_exact(reply, among)
        return NOT_AN_ANSWER if nearly is None else chosen(among, nearly)
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
        if len(named) == 1:
            return chosen(among, *named)
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
    said = _by_role(reply, among)
    if said is not None:
        return said
    if some_and_others(reply):
        mixed = {i for i, c in enumerate(among.choices) if c.value in _MIXED}
        if len(mixed) == 1:
            return chosen(among, *mixed)
    # "ciudadana del mundo" has a word of "Ciudad de México", and names no country
    reading = _by_words(reply, among, whole=of_countries)
    if reading.outcome is Outcome.ANSWER:
        return _unfinished(reply, among, reading)
    return _in_first_clause(reply, asked, among, country, today) or reading


def _unfinished(reply: Reply, among: Index, reading: Reading) -> Reading:
    """Of two choices that differ in that only, the unfinished one: "dropped out of high school"."""
    started = next((i for i, c in enumerate(among.choices) if c.value == f"{reading.value}{_NOT_DONE}"), None)
    return reading if started is None or not reply.has("unfinished") else chosen(among, started)


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
    position = next(i for i, c in enumerate(among.choices) if c.value == reading.value)
    if stands_alone(position, among, [*polar(among, "yes"), *polar(among, "no")]):
        return None
    if says_outright(first, among):
        return reading
    said = {r.value for r in (read_choice(o, asked, country, today) for o in others) if r.value}
    return reading if said <= {reading.value} else None


def _exact(reply: Reply, among: Index) -> int | None:
    for said in (reply.folded, *reply.trimmed, reply.core_said):
        if said and said in among.exact:
            return among.exact[said]
    both = reply.lexicon.roles["both"].said
    for said in reply.trimmed:
        first, _, rest = said.partition(" ")
        if rest in among.exact and first in reply.lexicon.phrases("leading") and said not in both:
            return among.exact[rest]  # "la básica nomás"
    return next((among.whole_only[s] for s in (reply.folded, reply.core_said) if s in among.whole_only), None)


def _nearly_exact(reply: Reply, among: Index) -> int | None:
    """The label but for an ending: "tengo una pregunta" where the choice is "Tengo preguntas"."""
    said = frozenset(content(reply.words, reply.lexicon))
    found = {v.position for v in among.variants if v.own and v.tokens == said}
    return found.pop() if len(found) == 1 else None


def _nearly(reply: Reply, among: Index) -> int | None:
    return labels.nearly(reply.said, among, reply.lexicon)


def _signs(reply: Reply, among: Index) -> int | None:
    """👍 and 👎, when no word stands beside them."""
    if reply.words:
        return None
    for key, polarity in (("yes_signs", "yes"), ("no_signs", "no")):
        if any(sign in reply.text for sign in reply.lexicon.table(key)):
            found = polar(among, polarity)
            return found[0] if len(found) == 1 else None
    return None


def _way_out(reply: Reply, among: Index) -> Reading | None:
    out = way_out(reply)
    if out is None:
        return None
    role = _WAY_OUT_ROLES[out.outcome]
    return chosen(among, among.roles[role]) if role in among.roles else out


def polar(among: Index, polarity: str) -> list[int]:
    """The choices that a plain yes or no may mean: the value of that name, else labels that begin so."""
    by_value = [i for i, c in enumerate(among.choices) if c.value == polarity]
    if by_value:
        return by_value
    sign = ("si", "yes") if polarity == "yes" else ("no",)
    outs = {among.roles.get(r) for r in ("dk", "pn", "skip")}
    starts = [i for i, c in enumerate(among.choices) if i not in outs and fold(c.label).split(" ")[0] in sign]
    # "No, ninguna" is a no; "No puedo hacerlo" in the same list is a statement
    if polarity == "no" and not starts:
        starts = [i for i, c in enumerate(among.choices) if fold(c.label).endswith(" no") and i not in outs]
    with_comma = [i for i in starts if re.match(r"^[^\W\d_]+(?:,|$)", among.choices[i].label)]
    return with_comma or starts


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
    if len(yes) != 1 or len(no) != 1:
        return None
    partly = next((i for i, c in enumerate(among.choices) if c.value == "sometimes"), None)
    if partly is not None and helped_in_part(reply, asked.wording):
        return partly
    says_yes = yes_by_wording(reply, asked.wording, country, today)
    if says_yes is None and among.choices[yes[0]].value == "yes":
        says_yes = wants_one_of_them(reply, asked.wording)
    return None if says_yes is None else yes[0] if says_yes else no[0]


def _by_role(reply: Reply, among: Index) -> Reading | None:
    """What people say, whole, for yes, no, none, both, other, any."""
    for name in ("none", "both", "all", "any", "other"):
        role = reply.lexicon.roles[name]
        if name in among.roles and (reply.said in role.said or reply.core_said in role.said):
            return chosen(among, among.roles[name])
    if len(reply.words) > 1:
        # "no puedo" is a no, unless a choice says just that
        inside = part_of_one(reply.words, among)
        if inside is not None:
            return chosen(among, inside)
    for polarity in ("yes", "no"):
        if reply.is_said(polarity):
            found = polar(among, polarity)
            if len(found) == 1:
                return chosen(among, found[0])
            if found:
                return candidate(among, found)
            if polarity == "no":
                # a bare "no" is not an answer to "which of these"; "nothing" may be meant
                return candidate(among, [among.roles["none"]]) if "none" in among.roles else NOT_AN_ANSWER
    return None


def _by_words(reply: Reply, among: Index, *, whole: bool) -> Reading:
    """The choice whose label her words fit best; ``whole``: only one whose every word she said."""
    marked = marked_pick(reply, among.choices)
    if marked is not None:
        return chosen(among, marked)
    inside = part_of_one(reply.core or reply.words, among)
    if inside is not None:
        return chosen(among, inside)
    head = head_of(reply.words, among, reply)
    if head is not None:
        return chosen(among, head)
    ranked = labels.best(reply.core or reply.words, among, reply.lexicon)
    if whole:
        ranked = [match for match in ranked if match.full]
    begins = _beginning(reply, among)
    inside = said_inside(reply.words, among, reply)
    if inside is not None and _in_doubt(ranked):
        return chosen(among, inside)
    if ranked:
        first, second = ranked[0], ranked[1].score if len(ranked) > 1 else 0.0
        if first.score >= ACCEPT and first.score - second >= MARGIN:
            return chosen(among, first.position)
        if begins is not None and first.score < 0.8:
            return begins
        if first.score >= CONFIRM:
            return candidate(among, [m.position for m in ranked if first.score - m.score < MARGIN][:3])
    return begins or NOT_AN_ANSWER


def _in_doubt(ranked: list[labels.Match]) -> bool:
    second = ranked[1].score if len(ranked) > 1 else 0.0
    return not ranked or ranked[0].score < ACCEPT or ranked[0].score - second < MARGIN


def _beginning(reply: Reply, among: Index) -> Reading | None:
    """Yes or no at the beginning of a longer reply: "sí, pero poquito", "no, nunca he tenido"."""
    for polarity in ("no", "yes"):
        if reply.opens(polarity) and not _opens_weakly(reply):
            size = reply.lexicon.phrases(polarity).opening(reply.words)
            rest = " ".join(reply.words[size:])
            if size and len(rest) > LEAST_HEAD and rest in among.exact:
                return chosen(among, among.exact[rest])  # "sí, recién empezando"
            found = polar(among, polarity)
            if len(found) == 1:
                return chosen(among, found[0])
            if len(found) > 1:
                return candidate(among, found)
    return None


def _opens_weakly(reply: Reply) -> bool:
    """ "Quiero tener uno", "ya lo cerré": a word that is a yes alone, and none when it goes straight on."""
    size = reply.lexicon.phrases("weak_openings").opening(reply.words)
    if not size or size == len(reply.words):
        return False
    return not re.match(r"\w+\s*[,.;!…-]", reply.text) and not (
        reply.lexicon.phrases("yes").opening(reply.words[size:])
        or reply.lexicon.phrases("no").opening(reply.words[size:])
    )
