"""The one door: a reply to an open question becomes a :class:`Reading`."""

from __future__ import annotations

import re
from datetime import date

from bot.answers.amounts import amount
from bot.answers.choices import read_choice
from bot.answers.clauses import first_clause
from bot.answers.dates import read_date
from bot.answers.labels import best
from bot.answers.lexicon import lexicon
from bot.answers.listing import index
from bot.answers.names import read_name
from bot.answers.peoples import read_people
from bot.answers.phones import read_phone
from bot.answers.phrases import asks, is_command, leaves, way_out
from bot.answers.places import read_place_of_list, read_town
from bot.answers.question import Asked
from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading, answer, unsure
from bot.answers.reply import Reply
from bot.answers.second_thoughts import second_thought
from bot.answers.several import read_choices
from bot.answers.wording import asks_for_a_people, asks_of_the_past

_NUMERIC = ("integer", "decimal", "range")
_SENT_NOT_TYPED = ("image", "audio", "video", "file", "barcode", "geotrace", "geoshape")
_LAT_LON = re.compile(r"(-?\d{1,2}(?:\.\d+)?)[,\s]+(-?\d{1,3}(?:\.\d+)?)(?:\s+-?[\d.]+){0,2}")
_MAP_LINK = re.compile(r"[?&@/](?:q=|ll=|query=)?(-?\d{1,2}\.\d+),\s*(-?\d{1,3}\.\d+)")
_LARGEST = 1e15
_POLAR = frozenset({"yes", "no"})


def read(asked: Asked, text: str, *, country: str | None, language: str, today: date) -> Reading:
    """What ``text`` says in reply to ``asked``.

    ``country`` is ISO 3166-1 alpha-2 or None; it decides number formats, phone numbers and slang.
    ``language`` is ``es`` or ``en``, the one the question was shown in. ``today`` is her own date. Never
    raises on any text.
    """
    reply = Reply(text, lexicon(language, country))
    if not reply.text or leaves(reply, asked):
        return NOT_AN_ANSWER
    return _mended(reply, asked, country, today) or _read(reply, asked, country, today)


def _mended(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading | None:
    """What she says instead, where the reply takes back its own beginning and both sides answer."""
    several = asked.type.startswith("select_multiple")
    thought = None if asked.type == "text" and not asked.reads_as else second_thought(reply, country)
    # "1, 3 no, 4" leaves one out of several
    if thought is None or (several and not thought.plainly):
        return None
    first = _read(thought.first, asked, country, today)
    then = _read(thought.then, asked, country, today)
    if first.outcome not in (Outcome.ANSWER, Outcome.UNSURE) or then.outcome is not Outcome.ANSWER:
        return None
    if not thought.plainly and {first.value, then.value} & _POLAR:
        return None  # "ya no, si ya tengo"
    if several and len(then.choices) < len(first.choices):
        return Reading(Outcome.NO, near=tuple(dict.fromkeys((*then.choices, *first.choices))))
    return then


def _read(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    if asked.choices and (rest := _without_what_is_fine(reply, asked)) is not None:
        reply = rest
    if asked.type in ("select_one", "rank") or asked.type.startswith("select_one"):
        return _select_one(reply, asked, country, today)
    if asked.type.startswith("select_multiple"):
        return read_choices(reply, asked, country, today)
    if asked.type == "acknowledge":
        return _acknowledged(reply)
    if asked.type == "geopoint":
        return way_out(reply) or _point(reply)
    out = way_out(reply)
    if out is not None:
        return out
    if asked.type in _SENT_NOT_TYPED:
        return NOT_AN_ANSWER
    if asked.type in _NUMERIC or (asked.type == "text" and asked.reads_as in ("age", "year", "money")):
        return _number(reply, asked, country, today)
    if asked.type == "date" or asked.reads_as == "birth_date":
        return (
            NOT_AN_ANSWER
            if is_command(reply)
            else read_date(reply, asked.reads_as, today, past=asks_of_the_past(asked.wording))
        )
    if asked.reads_as == "phone":
        return read_phone(reply, country)
    if is_command(reply):
        return NOT_AN_ANSWER
    if asked.reads_as == "person_name":
        return read_name(reply)
    if asked.reads_as == "place":
        return read_town(reply)
    if not re.search(r"\w|[^\x00-\x7f]", reply.text):
        return NOT_AN_ANSWER
    return read_people(reply) if asks_for_a_people(asked.wording) else answer(reply.text)


def _without_what_is_fine(reply: Reply, asked: Asked) -> Reply | None:
    """The reply without a clause that clears one choice: "me duelen las rodillas, de ánimo ando bien"."""
    cut = first_clause(reply)
    if cut is None or not reply.has("is_fine"):
        return None
    words, among = reply.lexicon, index(asked.choices, reply.lexicon.language, reply.lexicon.country)
    fine = words.phrases("is_fine")
    kept = [
        clause.text
        for clause in (cut[0], *cut[1])
        if fine.find(clause.words) is None or not best(fine.without(clause.words), among, words)
    ]
    return Reply(", ".join(kept), words) if kept and len(kept) <= len(cut[1]) else None


def _select_one(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    if asked.reads_as == "place":
        place = read_place_of_list(reply, asked, country)
        if place is not None:
            return place
    if not asked.choices:
        return way_out(reply) or (read_town(reply) if asked.open_list else NOT_AN_ANSWER)
    if asked.reads_as == "place":
        return way_out(reply) or (read_town(reply) if asked.open_list else NOT_AN_ANSWER)
    reading = read_choice(reply, asked, country, today)
    if reading == NOT_AN_ANSWER and asked.open_list and not asks(reply) and not is_command(reply):
        return read_town(reply) if len(reply.text) <= 80 else reading
    return reading


def _acknowledged(reply: Reply) -> Reading:
    agrees = (
        reply.is_said("yes")
        or reply.opens("yes")
        or any(s in reply.text for s in reply.lexicon.table("yes_signs"))
    )
    understood = reply.is_said("acknowledged") or reply.opens("acknowledged") or reply.said == "1"
    if (agrees or understood) and not asks(reply) and not reply.opens("not_answers"):
        return answer("OK")  # what XLSForm stores for an acknowledged note
    return way_out(reply) or NOT_AN_ANSWER


def _point(reply: Reply) -> Reading:
    match = _LAT_LON.fullmatch(reply.text) or _MAP_LINK.search(reply.text)
    if match is None:
        return NOT_AN_ANSWER
    latitude, longitude = match.group(1), match.group(2)
    if abs(float(latitude)) > 90 or abs(float(longitude)) > 180:
        return NOT_AN_ANSWER
    return answer(f"{latitude} {longitude}")


def _number(reply: Reply, asked: Asked, country: str | None, today: date) -> Reading:
    if is_command(reply) or asks(reply):
        return NOT_AN_ANSWER
    found = amount(reply, asked.reads_as, country, today, asked.wording)
    if found is None or found.almost or not abs(found.value) < _LARGEST:
        return NOT_AN_ANSWER
    value = -found.value if re.match(r"\s*(?:-|menos |minus )\s*\d", reply.digits) else found.value
    if asked.type == "decimal":
        shown = _plain_form(value)
    elif value == int(value):
        shown = str(int(value))
    else:
        # "2 o 3" has a middle that no integer holds: the upper half is as near as the lower
        rounded = str(int(value + 0.5))
        return answer(rounded) if found.spoken_range else unsure(rounded, rounded)
    return answer(shown) if found.sure and not found.over else unsure(shown, shown)


def _plain_form(value: float) -> str:
    """Digits and a point, no exponent, no trailing zeros: 0.5, 1500."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


__all__ = ["Outcome", "read"]
