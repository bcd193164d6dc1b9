"""How far she got in a list that tells what was finished from what was not: "dejé la primaria en quinto"."""

from __future__ import annotations

import re

from bot.answers.lexicon import in_every_language
from bot.answers.listing import Index, candidate, chosen
from bot.answers.reading import Outcome, Reading
from bot.answers.reply import Reply

_NOT_DONE = "_i"
"""ends the value of a choice for what was begun and not finished"""


def only_went(reply: Reply, among: Index) -> bool:
    """Whether she says that she went to school and not how far: "sí fui al colegio", which is no "I did not go"."""
    if not is_of_levels(among) or in_every_language("negations").find(reply.words) is not None:
        return False
    went = in_every_language("went_to_school")
    return went.find(reply.words) is not None and not (
        set(went.without(reply.core)) - in_every_language("beside_went").whole
    )


def is_of_levels(among: Index) -> bool:
    """Whether the list tells what was finished from what was not."""
    return any(choice.value.endswith(_NOT_DONE) for choice in among.choices)


def as_far_as_she_got(reply: Reply, among: Index, reading: Reading) -> Reading:
    """``reading``, or the choice for the same level not finished, where she left it or names an earlier grade of it.

    Where the list has none for that level ("dejé la secu") she is asked: the level itself, or the one before.
    """
    at = {choice.value: position for position, choice in enumerate(among.choices)}
    if not is_of_levels(among):
        return reading
    levels = {value.removesuffix(_NOT_DONE) for value in (reading.value, *reading.near) if value}
    if len(levels) != 1:
        return reading
    level = levels.pop()
    left = _left_it(reply)
    if f"{level}{_NOT_DONE}" in at:
        if left or _is_an_earlier_grade(reply, level):
            return chosen(among, at[f"{level}{_NOT_DONE}"])
        return reading
    if not left or reading.outcome is not Outcome.ANSWER or level not in at or not at[level]:
        return reading
    return candidate(among, [at[level], at[level] - 1])


def _left_it(reply: Reply) -> bool:
    """Whether she left before the end; of "terminé la primaria y ahí la dejé" the first is what counts."""
    left = reply.lexicon.phrases("unfinished").find(reply.words)
    done = reply.lexicon.phrases("finished").find(reply.words)
    return left is not None and not (done is not None and done[0] < left[0])


def _is_an_earlier_grade(reply: Reply, level: str) -> bool:
    """Whether a grade below the last of the level is said: "hasta cuarto año de primaria"."""
    last = reply.lexicon.numbers("last_grades").get(level)
    if last is None or reply.has("finished"):
        return False
    ordinals = reply.lexicon.numbers("ordinals")
    grades = [ordinals[word] for word in reply.words if word in ordinals]
    grades += [float(number) for number in re.findall(r"\b\d\b", reply.plain)]
    return len(grades) == 1 and 1 <= grades[0] < last
