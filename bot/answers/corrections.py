"""Words that correct an earlier answer: "me equivoqué, soy de Puebla", "mi nombre está mal", "atrás"."""

from __future__ import annotations

import re

from bot.answers.lexicon import in_every_language
from bot.core.text import fold

_NUMBER = re.compile(r"\d+")


def goes_back(text: str) -> bool:
    """Whether it is nothing but a wish for the question before."""
    return fold(text) in in_every_language("back")


def corrected(text: str) -> str | None:
    """The new answer, folded: what stands behind the words that correct, or all of it where it needs none.

    Without such words only what can be about nothing else corrects: where she lives, her age, her name.

    >>> corrected("Me equivoqué, soy de Puebla"), corrected("vivo en León"), corrected("trabajo en León")
    ('soy de puebla', 'vivo en leon', None)
    """
    words = tuple(fold(text).split())
    cue = in_every_language("correction_cues").find(words)
    if cue is not None:
        return " ".join(words[cue[1] :]) or None
    plain = tuple(_NUMBER.sub("0", word) for word in words)
    alone = in_every_language("facts_about_her").find(plain) is not None
    return " ".join(words) if alone and in_every_language("not_her_home").find(words) is None else None


def is_about_her_name(text: str) -> bool:
    """Whether it speaks of a name, so that a word we do not know may be hers."""
    return in_every_language("of_a_name").find(tuple(fold(text).split())) is not None
