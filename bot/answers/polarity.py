"""Yes, no and the other parts that a choice can play in any list: what people say for them, and by which sign."""

from __future__ import annotations

import re

from bot.answers.listing import Index, candidate, chosen
from bot.answers.naming import LEAST_HEAD, part_of_one
from bot.answers.reading import NOT_AN_ANSWER, Reading
from bot.answers.reply import Reply
from bot.core.text import fold


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


def by_sign(reply: Reply, among: Index) -> int | None:
    """👍 and 👎, when no word stands beside them."""
    if reply.words:
        return None
    for key, polarity in (("yes_signs", "yes"), ("no_signs", "no")):
        if any(sign in reply.text for sign in reply.lexicon.table(key)):
            found = polar(among, polarity)
            return found[0] if len(found) == 1 else None
    return None


def by_role(reply: Reply, among: Index) -> Reading | None:
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


def beginning(reply: Reply, among: Index) -> Reading | None:
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
