"""What a part of a reply tells in no word of a label: a borrowed phone, seasonal work, a permit to work."""

from __future__ import annotations

from collections.abc import Callable

from bot.answers.listing import Index
from bot.answers.reply import Reply

_NEAR = 3
"""words between a thing and whose it is, or between a verb and the crop"""


def told_by(words: tuple[str, ...], among: Index, reply: Reply) -> set[int]:
    """The choices that the facts in ``words`` stand for, in a list that asks for such facts."""
    at = {choice.value: position for position, choice in enumerate(among.choices)}
    return {at[value] for asked, value, tells in _FACTS if asked <= at.keys() and tells(words, reply)}


def _is_lent(words: tuple[str, ...], reply: Reply) -> bool:
    """A phone of another person: "el cel de mi hermana", "me lo presta mi vecina"; another thing of hers is not."""
    phrases = reply.lexicon.phrases
    if any(phrases(key).find(words) for key in ("computers", "tablets")):
        return False
    if phrases("lends").find(words):
        return True
    phone, kin = phrases("a_phone"), phrases("kin")
    for at, word in enumerate(words):
        before, after = words[:at], words[at + 1 : at + 1 + _NEAR]
        named = word in phone or (word == "el" and after[:1] == ("de",))
        if named and after and (after[0] in phrases("of")) and any(each in kin for each in after[1:]):
            return True
        # "my sister's phone", whose mark is gone
        if word in phone and before and before[-1].removesuffix("s") in kin:
            return True
    return phone.find(words) is not None and phrases("of_another").find(words) is not None


def _is_with(device: str) -> Callable[[tuple[str, ...], Reply], bool]:
    """Another device, whoever owns it ("la lap de mi hijo"), or "el mío"."""

    def tells(words: tuple[str, ...], reply: Reply) -> bool:
        return reply.lexicon.phrases(device).find(words) is not None and not _denies(words, reply)

    return tells


def _denies(words: tuple[str, ...], reply: Reply) -> bool:
    """Whether there is a "no" in it; "y si no la tableta" denies nothing."""
    denials, turns = reply.lexicon.phrases("negations"), reply.lexicon.phrases("if_not")
    return not denials.whole.isdisjoint(turns.without(words))


def _is_seasonal(words: tuple[str, ...], reply: Reply) -> bool:
    """Work by the season, named by the season or by the crop: "estoy en las cerezas", "voy a la zafra"."""
    phrases = reply.lexicon.phrases
    if any(phrases(key).find(words) for key in ("sells", "seeks", "negations")):
        return False
    if phrases("seasons").find(words):
        return True
    crops, goes, harvests = phrases("crops"), phrases("goes_to_a_crop"), phrases("harvests")
    for at in range(len(words)):
        size = crops.opening(words[at:])
        if not size:
            continue
        before = words[max(0, at - _NEAR) : at]
        if any(harvests.opening(before[i:]) for i in range(len(before))):
            return True
        if any(goes.opening(before[i:]) == len(before) - i for i in range(len(before))):
            return True
        if harvests.opening(words[at + size :]):
            return True  # "the cherry packing"
    return False


def _is_paper_of_hers(words: tuple[str, ...], reply: Reply) -> bool:
    """A paper that says who she is, not one that she has: "ya tengo mi cédula"."""
    phrases = reply.lexicon.phrases
    if phrases("identity").find(words) is None:
        return False
    return phrases("has_it").find(words) is None or _denies(words, reply)


def _is_permit_to_work(words: tuple[str, ...], reply: Reply) -> bool:
    """What a foreigner needs to be hired: "no me ha salido la residencia"; a permit to drive or sell is another."""
    phrases = reply.lexicon.phrases
    return phrases("permits").find(words) is not None and phrases("other_permits").find(words) is None


def _is_net_of_others(words: tuple[str, ...], reply: Reply) -> bool:
    """The internet of another house or of a public place: "my neighbour's wifi", "el internet de la biblioteca"."""
    phrases = reply.lexicon.phrases
    if _denies(words, reply) or any(phrases(key).find(words) for key in ("mobile_data", "of_her_house")):
        return False
    net = phrases("internet").find(words)
    if net is None:
        return phrases("shares_the_key").find(words) is not None
    if phrases("lends").find(words) or phrases("shares_the_key").find(words):
        return True
    at, after = net[0], words[net[1] :]
    near = phrases("internet_of").opening(after)
    whose = (words[at - 1 : at], after[near : near + _NEAR] if near else ())
    others, places = phrases("kin"), phrases("public_places")
    return any(
        (each.removesuffix("s") in others and each.removesuffix("s") not in phrases("household"))
        or places.opening(part[i:])
        for part in whose
        for i, each in enumerate(part)
    )


_FACTS: tuple[tuple[frozenset[str], str, Callable[[tuple[str, ...], Reply], bool]], ...] = (
    (frozenset({"own", "shared"}), "shared", _is_lent),
    (frozenset({"own", "shared", "pc"}), "own", _is_with("my_own")),
    (frozenset({"own", "shared", "pc"}), "pc", _is_with("computers")),
    (frozenset({"own", "shared", "tablet"}), "tablet", _is_with("tablets")),
    (frozenset({"temp", "job", "seek"}), "temp", _is_seasonal),
    (frozenset({"home", "free", "data"}), "free", _is_net_of_others),
    (frozenset({"id", "work"}), "id", _is_paper_of_hers),
    (frozenset({"id", "work"}), "work", _is_permit_to_work),
)
"""values that a list must have to ask for the fact, the value of those that it stands for, and how it is told"""
