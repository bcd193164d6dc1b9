"""Replies that answer the question's wording and no label of its list: "tengo 45", "mi mamá", "vendo pan"."""

from __future__ import annotations

import re
from datetime import date

from bot.answers.amounts import amount
from bot.answers.lexicon import in_every_language
from bot.answers.reply import Reply, normal_words
from bot.answers.wording import (
    age_to_have,
    asks_of_difficulty,
    asks_who,
    does_it,
    names_one_of_it,
    nothing_is_so,
    says_its_verb,
)


def yes_by_wording(reply: Reply, wording: str, country: str | None, today: date) -> bool | None:
    """Whether the reply says yes or no to ``wording``; None when it says neither.

    Her age, where the question is whether she has reached one; someone who helps, where it is whether there is
    anyone; the question's own verb said of herself.
    """
    denies = not reply.lexicon.phrases("negations").whole.isdisjoint(reply.words)
    least = age_to_have(wording)
    if least is not None:
        return _of_age(reply, least, denies, country, today)
    if asks_who(wording):
        if reply.has("nobody") and not reply.has("relatives"):
            return False
        if reply.lexicon.phrases("relatives").opening(reply.core or reply.words):
            return None if denies or reply.has("sometimes") else True
    if nothing_is_so(wording, reply.words, reply.lexicon.phrases("nothing_of_it").whole):
        return False
    if reply.words[-2:] in (("ya", "no"), ("not", "anymore")):
        return False
    if reply.opens("dont_know"):
        return None  # "no estoy segura de si me pagan"
    said = says_its_verb(wording, reply.words, reply.lexicon.phrases("negations").whole)
    if said is not None:
        return said
    if denies or reply.has("sometimes") or not does_it(wording, reply.core or reply.words):
        return None
    return True


def wants_one_of_them(reply: Reply, wording: str) -> bool | None:
    """Whether she wants one of the things that the question counts up; None when she names none, or says both."""
    if not names_one_of_it(wording, reply.words):
        return None
    denies = not reply.lexicon.phrases("negations").whole.isdisjoint(reply.words)
    return None if denies and reply.has("plain_yes") else not denies


def has_no_trouble(reply: Reply, wording: str) -> bool:
    """Whether nothing is difficult, where that is asked: "not a problem", "no me cuesta para nada"."""
    clears = in_every_language("no_trouble").find(reply.words)
    if clears is None or not asks_of_difficulty(wording):
        return False
    beside = reply.words[: clears[0]] + reply.words[clears[1] :]
    return in_every_language("not_quite").find(beside) is None


def is_unable(reply: Reply, label: str, wording: str) -> bool:
    """Whether a choice for what she cannot do is hers: "I can't walk at all"; "no pain at all" is not.

    True for a label that is about no such thing.
    """
    if not asks_of_difficulty(wording) or not in_every_language("is_unable").opening(
        normal_words(label, reply.lexicon)
    ):
        return True
    return in_every_language("unable").find(reply.words) is not None


def helped_in_part(reply: Reply, wording: str) -> bool:
    """Whether someone helps and at other times nobody: "mi hermana los jueves; los demás días, nadie"."""
    return asks_who(wording) and reply.has("nobody") and reply.has("relatives")


def _of_age(reply: Reply, least: int, denies: bool, country: str | None, today: date) -> bool | None:
    if reply.has("under_age"):
        return False
    if reply.has("of_age"):
        return not denies
    found = amount(reply, "age", country, today)
    if found is None:  # "41, ya ni me acuerdo de los 18": the age that was asked for is not hers
        other = re.sub(rf"\b{least}\b", " ", reply.digits)
        found = amount(Reply(other, reply.lexicon), "age", country, today)
    return None if found is None else found.value >= least
