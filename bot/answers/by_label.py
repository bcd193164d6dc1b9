"""Which choice a reply names by its label: word for word, all but, or by the words that both have."""

from __future__ import annotations

from bot.answers import labels
from bot.answers.by_fact import told_by
from bot.answers.labels import ACCEPT, CONFIRM, MARGIN
from bot.answers.listing import NEG, Index, candidate, chosen, content
from bot.answers.naming import head_of, part_of_one, said_inside
from bot.answers.picks import marked_pick
from bot.answers.polarity import beginning
from bot.answers.reading import NOT_AN_ANSWER, Reading
from bot.answers.reply import Reply, normal_words

_MOST_ABOUT = 2
"""meaningful words of a label that is about each of them: "Earn income", not "I manage money better" """


def by_its_name(reply: Reply, among: Index) -> int | None:
    for said in (reply.folded, *reply.trimmed, reply.core_said):
        if said and said in among.exact:
            return among.exact[said]
    both = reply.lexicon.roles["both"].said
    for said in reply.trimmed:
        first, _, rest = said.partition(" ")
        if rest in among.exact and first in reply.lexicon.phrases("leading") and said not in both:
            return among.exact[rest]  # "la básica nomás"
    return next((among.whole_only[s] for s in (reply.folded, reply.core_said) if s in among.whole_only), None)


def but_for_an_ending(reply: Reply, among: Index) -> int | None:
    """The label but for an ending: "tengo una pregunta" where the choice is "Tengo preguntas"."""
    said = frozenset(content(reply.words, reply.lexicon))
    found = {v.position for v in among.variants if v.own and v.tokens == said}
    return found.pop() if len(found) == 1 else None


def by_likeness(reply: Reply, among: Index) -> int | None:
    return labels.nearly(reply.said, among, reply.lexicon)


def by_words(reply: Reply, among: Index, *, whole: bool) -> Reading:
    """The choice whose label her words fit best; ``whole``: only one whose every word she said."""
    marked = marked_pick(reply, among.choices)
    if marked is not None:
        return chosen(among, marked)
    told = told_by(reply.words, among, reply)
    if len(told) == 1:
        return chosen(among, *told)
    inside = part_of_one(reply.core or reply.words, among)
    if inside is not None:
        return chosen(among, inside)
    head = head_of(reply.words, among, reply)
    if head is not None:
        return chosen(among, head)
    ranked = labels.best(reply.core or reply.words, among, reply.lexicon)
    if whole:
        ranked = [match for match in ranked if match.full]
    begins = beginning(reply, among)
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
    kindred = _by_kindred_word(reply, among)
    if kindred is not None:
        return chosen(among, kindred)
    return begins or NOT_AN_ANSWER


def _by_kindred_word(reply: Reply, among: Index) -> int | None:
    """The one choice with a word that means about the same as a reply of one word: "money" under "Earn income"."""
    said = [word for word in reply.core or reply.words if word not in reply.lexicon.phrases("stopwords")]
    if len(said) != 1:
        return None
    kindred = frozenset().union(*(group for group in reply.lexicon.kindred if said[0] in group))
    found = set()
    for position, choice in enumerate(among.choices):
        words = normal_words(choice.label, reply.lexicon)
        about = content(words, reply.lexicon)
        if len(about) <= _MOST_ABOUT and NEG not in about and not kindred.isdisjoint(words):
            found.add(position)
    return found.pop() if len(found) == 1 else None


def _in_doubt(ranked: list[labels.Match]) -> bool:
    second = ranked[1].score if len(ranked) > 1 else 0.0
    return not ranked or ranked[0].score < ACCEPT or ranked[0].score - second < MARGIN
