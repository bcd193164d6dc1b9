"""``select_multiple``: several choices in one reply."""

from __future__ import annotations

import re
from datetime import date

from bot.answers import labels
from bot.answers.choices import read_choice
from bot.answers.labels import ACCEPT, CONFIRM
from bot.answers.listing import Index, chosen, content, index
from bot.answers.naming import head_of, opens_with_no_answer, part_of_one, said_inside
from bot.answers.phrases import asks
from bot.answers.picks import picks
from bot.answers.question import Asked
from bot.answers.reading import Outcome, Reading, unsure
from bot.answers.reply import Reply, normal_words, plain
from bot.answers.timebands import at_those_times
from bot.core.text import fold

_MARKS = re.compile(r"[,;/+&\n.]+")
_SURELY = 0.9
_FEWEST_DAYS = 4
_FEWEST_AGES = 2
_AGES = re.compile(r"\b(\d{1,2}) (?:a|to) (\d{1,2})\b")
_AGE = re.compile(r"(\d{1,2})(?: ?(anit?os?|anos?|mes\w*|dias?|semanas?|years?|months?|weeks?|days?))?")
_ONE_AGE = r"\d{1,2}(?: (?:anit?os?|anos?|mes\w*|dias?|semanas?|years?|months?|weeks?|days?)(?: old)?)?"
_WHICH = (
    r"(?:1|un[oa]|otr[oa]|el|la|los|las|mas|grande|chic\w+|chiquit\w+|mayor|menor|median[oa]|peque\w+|he|she|they|the"
    r"|one|other|another|old\w*|young\w*|big|little|y|and)"
)
_OF_AGE = re.compile(
    rf"\b(?:(?:hij|nin|bebe|guagua|nene|chamac|cabr|peque|chiqui|niet|son|daughter|kid|child|boy|girl|baby)\w*"
    rf"(?: (?:mia|mio|chic\w+|que))*,? (?:{_WHICH} )*(?:de|tienen?|aged?|who is|is|are) |tienen? )"
    rf"(?P<ages>{_ONE_AGE}(?:(?:(?:,| y| e| and)*(?: {_WHICH})+(?: (?:de|tiene|of|is))?|(?:,| y| e| and)+(?: de)?)"
    rf" {_ONE_AGE})*)"
)
_ELDER = re.compile(
    r"\b(?:cumplio|cumple|tiene|de|is|turned) (?:ya )?(?P<age>[6-9]\d|1[01]\d)\b(?: anos| years old)?"
)
_OLDER = "old"
_DEGREES = ("mas", "plus")
_ALONE = ("none", "pn", "dk", "skip", "any", "all", "both", "other")
"""choices that do not go with others, or mean something else, so "todas" does not mean them"""


def read_choices(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    """Any number of choices; values in the order of the list, separated by a space."""
    among = index(asked.choices, reply.lexicon.language, country)
    if _is_one(reply, among):
        return read_choice(reply, asked, country, today)
    if not asks(reply) and not opens_with_no_answer(reply, among):
        clash = _first_and_a_way_out(reply, among)
        if clash is not None:
            return clash
        for step in (_but_for, _all, _both, _from_to, _picked, _spanned, _at_times, _aged, _named):
            positions = step(reply, among)
            if positions:
                return chosen(among, *positions)
        doubtful = _doubtful(reply, among)
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
    ranked = labels.best(reply.core or reply.words, among, reply.lexicon)
    return bool(ranked) and ranked[0].full and ranked[0].score > _SURELY and sum(m.full for m in ranked) == 1


def _picked(reply: Reply, among: Index) -> set[int] | None:
    found = picks(reply, among.choices, several=True)
    return set(found) if found else None


def _both(reply: Reply, among: Index) -> set[int] | None:
    """ "Las dos" of a list of two, where "dos" would otherwise be the second."""
    said = reply.lexicon.roles["both"].said
    ordinary = {i for i, choice in enumerate(among.choices) if choice.value not in _ALONE}
    return ordinary if len(ordinary) == 2 and (reply.said in said or reply.core_said in said) else None


def _all(reply: Reply, among: Index) -> set[int] | None:
    """ "Todas", "todas menos la 2": every choice but those that stand alone, such as "ninguna"."""
    said = reply.lexicon.roles["all"].said
    words = reply.core or reply.words
    size = said.opening(words)
    if not size:
        return None
    rest = words[size:]
    if not rest:
        if "all" in among.roles:
            return {among.roles["all"]}
        if "any" in among.roles:
            return {among.roles["any"]}
        return _each(among)
    but = reply.lexicon.phrases("all_but").opening(rest)
    if not but:
        return None
    left_out = Reply(" ".join(rest[but:]), reply.lexicon)
    out = _picked(left_out, among) or _named(left_out, among) or _in_segment(left_out.words, left_out, among)
    return _each(among) - out if out else None


def _but_for(reply: Reply, among: Index) -> set[int] | None:
    """ "La última no, las demás sí": every choice but the one that is denied."""
    words, yes = reply.words, reply.lexicon.phrases("yes")
    found = reply.lexicon.phrases("the_others").find(words)
    if found is None or (words[found[1] :] and " ".join(words[found[1] :]) not in yes):
        return None
    before = [w for w in words[: found[0]] if w not in reply.lexicon.phrases("joiners")]
    said = [w for w in before if w not in reply.lexicon.phrases("negations") and w not in ("pero", "but")]
    if not said or not set(before) & reply.lexicon.phrases("negations").whole:
        return None
    denied = Reply(" ".join(said), reply.lexicon)
    out = _picked(denied, among) or _named(denied, among) or _in_segment(denied.words, denied, among)
    return _each(among) - out if out else None


def _each(among: Index) -> set[int]:
    alone = {among.roles[name] for name in _ALONE if name in among.roles}
    return set(range(len(among.choices))) - alone


def _first_and_a_way_out(reply: Reply, among: Index) -> Reading | None:
    """ "La primera y la última" where the last is "prefiero no decir": the one she means is not known."""
    by_place = [
        picks(Reply(" ".join(s), reply.lexicon), among.choices, several=True) for s in _segments(reply)
    ]
    if len(by_place) < 2 or any(p is None for p in by_place) or _picked(reply, among):
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
    found = at_those_times(reply, among.choices)
    if not found:
        return None
    for segment in _segments(reply):
        if not re.search(r"\d", " ".join(segment)):
            found |= _in_segment(segment, reply, among) - {among.roles.get("any", -1)}
    return found


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


def _aged(reply: Reply, among: Index) -> set[int] | None:
    """Ages of those she speaks of, where choices are ages: "mis hijos de 3 y 8", "mi bebé de 8 meses"."""
    ranges = [
        (i, int(m[1]), int(m[2])) for i, c in enumerate(among.choices) if (m := _AGES.search(plain(c.label)))
    ]
    match = _OF_AGE.search(reply.digits)
    if len(ranges) < _FEWEST_AGES:
        return None
    found: set[int] = set()
    rest = reply.digits
    if match is not None:
        for number, unit in _AGE.findall(match["ages"]):
            age = 0 if unit.startswith(("mes", "dia", "sem", "month", "day", "week")) else int(number)
            found |= {i for i, low, high in ranges if low <= age <= high}
        if found:
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    if _ELDER.search(rest):  # "a mi suegra que ya cumplió 80"
        found |= {i for i, c in enumerate(among.choices) if c.value == _OLDER}
        rest = _ELDER.sub(" ", rest)
    if not found:
        return None
    # "son tres": how many they are is not what is asked
    segments = _segments(Reply(rest, reply.lexicon))
    others = (_in_segment(s, reply, among) for s in segments if not any(word.isdigit() for word in s))
    return found.union(*others)


def _segments(reply: Reply) -> list[tuple[str, ...]]:
    """The reply cut where one thing ends and the next begins: commas, "y", "también"."""
    joiners = reply.lexicon.phrases("joiners")
    out: list[tuple[str, ...]] = []
    for part in _MARKS.split(reply.text):
        words: list[str] = []
        every = normal_words(part, reply.lexicon)
        for at, word in enumerate(every):
            # "gano más y …": a degree, which joins nothing
            degree = word in _DEGREES and (at + 1 == len(every) or every[at + 1] in joiners)
            if word in joiners and not degree:
                out.append(tuple(words))
                # "ni" goes on denying what comes after it
                words = [word] if word == "ni" else []
            else:
                words.append(word)
        out.append(tuple(words))
    fillers = reply.lexicon.phrases("fillers")
    return [kept for kept in (fillers.without(s) or s for s in out) if kept]


def _named(reply: Reply, among: Index) -> set[int] | None:
    """Choices named by their labels, one in each part of the reply; parts that name none are let go."""
    if reply.lexicon.roles["none"].said.whole & {reply.said, reply.core_said}:
        return None
    said = _segments(reply)
    segments = [s for s in said if s[-1:] != ("no",) and s[-2:] != ("no", "puedo")]
    found: set[int] = set()
    for segment in segments:
        found |= _in_segment(segment, reply, among)
    if any(s[0].isdigit() and len(s) == 1 and not _in_segment(s, reply, among) for s in segments):
        return None  # "1 y 9" where there is no 9
    if not found or (len(found) == 1 and len(said) == 1):
        return None  # one thing only: read as one choice, with all its care
    alone = {among.roles[r] for r in ("none", "pn", "dk", "skip", "any") if r in among.roles}
    return found - alone or found


def _in_segment(segment: tuple[str, ...], reply: Reply, among: Index) -> set[int]:
    now_and_then = reply.lexicon.phrases("sometimes").opening(segment)
    if " ".join(segment) not in among.exact:
        segment = segment[now_and_then:] or segment  # "y a veces la laptop"
    said = " ".join(segment)
    if said in among.exact:
        return {among.exact[said]}
    picked = picks(Reply(said, reply.lexicon), among.choices, several=True)
    if picked:
        return set(picked)
    inside = part_of_one(segment, among)
    if inside is None:
        inside = head_of(segment, among, reply)
    if inside is not None:
        return {inside}
    ranked = labels.best(segment, among, reply.lexicon)
    whole = {m.position for m in ranked if m.full}
    if len(whole) > 1 and _apart(whole, among):
        return whole
    doubtful = len(ranked) > 1 and ranked[0].score - ranked[1].score < labels.MARGIN
    if not ranked or ranked[0].score < ACCEPT or doubtful:
        named = said_inside(segment, among, reply)
        if named is not None:
            return {named}
    if not ranked or ranked[0].score < ACCEPT:
        return set()
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < labels.MARGIN and ranked[1].score < 0.8:
        return _by_first_word(segment, {m.position for m in ranked}, reply, among)
    return {m.position for m in ranked if m.score >= max(ACCEPT, ranked[0].score - 0.1)}


def _by_first_word(segment: tuple[str, ...], tied: set[int], reply: Reply, among: Index) -> set[int]:
    """Of choices as near as each other the one that the first word names: "cuidar a mi suegra" is care."""
    first = content(segment, reply.lexicon, among.telling)[:1]
    found = {
        v.position for v in among.variants if v.own and v.position in tied and v.tokens.issuperset(first)
    }
    return found if len(found) == 1 else set()


def _apart(positions: set[int], among: Index) -> bool:
    """Whether no label of these holds another: "tarde noche" is two, "celular propio" one."""
    own = [v.tokens for v in among.variants if v.own and v.position in positions]
    return len(positions) == len({t for tokens in own for t in tokens if len(tokens) == 1})


def _doubtful(reply: Reply, among: Index) -> Reading | None:
    """Nothing sure, but several parts that may each be a choice: worth confirming."""
    segments = _segments(reply)
    if len(segments) < 2:
        return None
    near = [
        m for s in segments for m in labels.best(s, among, reply.lexicon)[:1] if CONFIRM <= m.score < ACCEPT
    ]
    if not near or reply.opens("refuse") or reply.opens("dont_know"):
        return None
    values = tuple(dict.fromkeys(among.choices[m.position].value for m in near))
    shown = ", ".join(dict.fromkeys(among.choices[m.position].label for m in near))
    return unsure(" ".join(values), shown, values) if values else None
