"""Which cells of a table are not shown (requirement PRV-10): the small ones, and those that give them away.

*Primary*: a base below the limit; in public files also a percentage of a small base, and a small numerator or
complement. *Complementary*: a hidden group must not follow by subtracting the shown ones from the total.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.indicators.definition import Rule
from bot.indicators.tallies import Tally


def is_small(tally: Tally, rule: Rule, *, percent: bool = True) -> bool:
    """Whether the figure is too small to show by itself. Nobody at all tells of no one and is shown."""
    if tally.people == 0:
        return False
    if tally.people < rule.under or (percent and tally.people < rule.percent_base):
        return True
    return rule.counts and any(0 < count < rule.under for count in tally.counts())


def hidden_groups(
    total: Tally, groups: Mapping[str, Tally], rule: Rule, *, overlapping: bool = False, percent: bool = True
) -> set[str]:
    """The groups of one dimension that stay hidden beside a total that is shown or hidden by itself.

    Women who belong to no group of the dimension count as one more group that is not shown.
    """
    hidden = {name for name, tally in groups.items() if is_small(tally, rule, percent=percent)}
    if is_small(total, rule, percent=percent):
        return set(groups)
    if overlapping:
        # each group against the rest of the total: what is left must not be small either
        return hidden | {
            name for name, tally in groups.items() if 0 < total.people - tally.people < rule.under
        }
    rest = total.people - sum(tally.people for tally in groups.values())
    # smallest first; the name breaks ties so that two runs hide the same cells
    shown = sorted((groups[name].people, name) for name in groups if name not in hidden)
    while shown and _gives_away(groups, hidden, rest, rule):
        hidden.add(shown.pop(0)[1])
    return hidden


def _gives_away(groups: Mapping[str, Tally], hidden: set[str], rest: int, rule: Rule) -> bool:
    unseen = rest + sum(groups[name].people for name in hidden)
    if unseen == 0:
        return False
    alone = len(hidden) == 1 and rest == 0
    return alone or unseen < rule.under
