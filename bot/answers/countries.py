"""Which country a reply names, by its name in Spanish or English or by a big city of it.

The names are those that phonenumbers carries for its geocoder (CLDR's, ``phonenumbers.geodata.locale``); the cities,
in ``data/places.yml`` under ``abroad``, are the big ones of the countries that women come from or went to.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from bot.answers.lexicon import Phrases, gazetteers, in_every_language
from bot.answers.listing import Index, chosen
from bot.answers.question import Asked
from bot.answers.reading import Reading
from bot.answers.reply import Reply
from bot.answers.wording import asks_of_the_past
from bot.core.text import fold

_SAME_AS = "*"
"""the locale data write "*en" for "as in English" """
_OF_HER_OWN = {"MX": "mx_states", "CL": "cl_regions"}
_HERE, _OTHER = "here", "other"


def lists_countries(among: Index) -> bool:
    """Whether the choices are countries, with one for any other."""
    labels = in_every_language("another_country").whole
    return _OTHER in among.roles and fold(among.choices[among.roles[_OTHER]].label) in labels


def read_country(reply: Reply, asked: Asked, among: Index, country: str | None) -> Reading | None:
    """The choice for the country, or the place in it, that the reply names; None when it names none, or two."""
    code = _country_in(reply, country, born=asks_of_the_past(asked.wording))
    if code is None:
        return None
    values = {choice.value: at for at, choice in enumerate(among.choices)}
    if code in values:
        return chosen(among, values[code])
    here = values.get(_HERE) if code == country else None
    return chosen(among, here if here is not None else among.roles[_OTHER])


def _country_in(reply: Reply, country: str | None, *, born: bool) -> str | None:
    found = list(_named(reply.words, country))
    if len({code for _, code in found}) > 1:
        cues = reply.lexicon.phrases("origin_cues" if born else "lives_cues")
        cued = [
            (at, code)
            for at, code in found
            if any(
                at >= n and cues.opening(reply.words[at - n : at]) == n for n in range(1, cues.longest + 1)
            )
        ]
        found = cued or found
    codes = {code for _, code in found}
    return codes.pop() if len(codes) == 1 else None


def _named(words: tuple[str, ...], country: str | None) -> Iterator[tuple[int, str]]:
    """Where a name of a country, or of a place in one, begins, and the country's code."""
    names, longest = _names(country)
    at = 0
    while at < len(words):
        size = next((n for n in range(longest, 0, -1) if " ".join(words[at : at + n]) in names), 1)
        code = names.get(" ".join(words[at : at + size]))
        if code is not None:
            yield at, code
        at += size


@lru_cache(maxsize=8)
def _names(country: str | None) -> tuple[dict[str, str], int]:
    """Every name known, folded, to its country; a place of her own country goes before one abroad."""
    from phonenumbers.geodata.locale import (
        LOCALE_DATA,  # half a second on first use: only for such a question
    )

    names: dict[str, str] = {}
    for code in sorted(_OF_HER_OWN, key=lambda each: each != country):
        for state, also in gazetteers()[_OF_HER_OWN[code]].items():
            for name in (state, *also.get("any", ())):
                if len(fold(name)) > 3:
                    names.setdefault(fold(name), code)
    for code, cities in gazetteers()["abroad"].items():
        for city in cities:
            names.setdefault(fold(city), code)
    unlike = Phrases.of(gazetteers()["no_country"])
    for code, by_language in LOCALE_DATA.items():
        for language in ("es", "en"):
            name = by_language.get(language, "")
            if name.startswith(_SAME_AS):
                name = by_language.get(name[1:], "")
            if name and fold(name) not in unlike:
                names.setdefault(fold(name), code)
    return names, max(name.count(" ") + 1 for name in names)
