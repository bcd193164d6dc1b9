"""What she wants to be called."""

from __future__ import annotations

import re

from bot.answers.reading import NOT_AN_ANSWER, Outcome, Reading, answer
from bot.answers.reply import Reply
from bot.core.text import fold

_LETTERS = re.compile(r"[^\W\d_]+(?:['\u2019.\-][^\W\d_]+)*\.?", re.UNICODE)
_LAUGHTER = re.compile(r"(?:a?(?:ja|je|ji|ha)){2,}[jh]?|x[dD]+|lol")
_MOST_WORDS = 6
_MOST_LETTERS = 60
_MOST_BEFORE = 3
"""words of a name with a remark behind it"""
_FEWEST_IN_A_GREETING = 2
_A_LETTER = 2
"""letters of what is spelled: "con C", "con ll" """


def read_name(reply: Reply) -> Reading:
    """A name or nickname, without "me llamo" before it and emoji around it.

    Capitals and accents stay as typed; an all-lower or all-upper name gets capitals. Names that are also
    words ("Gracias Morales", "Socorro", "Dulce") are names here, since a name is what was asked for; a
    sentence, a question or a lone greeting is not.
    """
    greeted = _behind_a_greeting(reply)
    if not greeted:
        return NOT_AN_ANSWER
    text = _until_something_else(greeted, reply)
    if "?" in text or "\u00bf" in text:
        return NOT_AN_ANSWER
    whole = _name_in(text, reply)
    return whole if whole.outcome is Outcome.ANSWER else _before_a_remark(text, reply) or whole


def _behind_a_greeting(reply: Reply) -> str:
    """What follows the greeting and whom it greets: "buenas tardes señorita, | soy Amparo"; empty without more.

    A word alone ("Mira") and a name right behind the greeting ("hola Linda") are left as they are.
    """
    text = reply.text.strip()
    found = list(_LETTERS.finditer(text))
    words = tuple(_fold_word(m.group()) for m in found)
    greetings, address = reply.lexicon.phrases("greetings"), reply.lexicon.phrases("forms_of_address")
    at, addressed = 0, False
    while at < len(words):
        size = greetings.opening(words[at:])
        whom = 0 if size or not at else address.opening(words[at:])
        if not size and not whom:
            break
        at, addressed = at + (size or whom), addressed or whom > 0
    if at == len(words):
        return text if len(words) < _FEWEST_IN_A_GREETING else ""
    told = reply.lexicon.phrases("name_cues").opening(words[at:])
    parted = at > 0 and re.match(r"[,.;:!\s]*[,.;:!\n]", text[found[at - 1].end() :]) is not None
    return text[found[at].start() :] if at and (told or (addressed and parted)) else text


def _before_a_remark(text: str, reply: Reply) -> Reading | None:
    """The name before a comma, when she asks to be called so or goes on about names: "Lety, así me dicen todos"."""
    first, comma, rest = text.partition(",")
    words = tuple(_fold_word(w) for w in _LETTERS.findall(first))
    no_names = ("greetings", "fillers", "second_thoughts")
    if not comma or all(any(word in reply.lexicon.phrases(key) for key in no_names) for word in words):
        return None
    after = tuple(_fold_word(w) for w in _LETTERS.findall(rest))
    if (
        not reply.lexicon.phrases("asks_to_be_called").opening(words)
        and reply.lexicon.phrases("about_a_name").find(after) is None
    ):
        return None
    found = _name_in(first, reply)
    return found if len(found.value.split()) <= _MOST_BEFORE else None


def _name_in(text: str, reply: Reply) -> Reading:
    """The whole of ``text`` as a name, without what stands around it."""
    names = reply.lexicon
    text = _before_who_calls_her_so(text, reply)
    words = [w.strip(".") if w.count(".") == 1 and len(w) > 4 else w for w in _LETTERS.findall(text)]
    folded = [_fold_word(w) for w in words]
    cut = _after_cue(folded, reply)
    again = reply.lexicon.phrases("name_again").find(tuple(folded[cut:]))
    if again is not None and again[0] > 0 and cut + again[1] < len(folded):
        cut += again[1]
    words, folded = words[cut:], folded[cut:]
    had_cue = cut > 0
    spelled = _how_it_is_written(folded, reply)
    if spelled:
        words, folded = words[:spelled], folded[:spelled]
    size = _tail(folded, reply)
    if size:
        words, folded = words[:-size], folded[:-size]
    titles = names.phrases("name_titles")
    while len(words) > 1 and folded[0] in titles:
        words, folded = words[1:], folded[1:]
    if (
        not words
        or len(words) > _MOST_WORDS
        or sum(map(len, words)) > _MOST_LETTERS
        or re.search(r"\d{3}", text)
    ):
        return NOT_AN_ANSWER
    odd = names.phrases("not_names")
    if all(_LAUGHTER.fullmatch(w) for w in folded) or (len(words) == 1 and folded[0] in titles):
        return NOT_AN_ANSWER
    wrong = [w for w in folded if w in odd and w not in names.phrases("name_joins")]
    if wrong and not (len(wrong) == 1 and len(words) > 1 and _is_capital_name(words, wrong[0], reply)):
        return NOT_AN_ANSWER
    if len(words) > 4 and not had_cue and not any(w[0].isupper() for w in words[1:]):
        return NOT_AN_ANSWER  # five plain lower-case words are a sentence
    return answer(_capitals(words, reply))


def _before_who_calls_her_so(text: str, reply: Reply) -> str:
    """ "Chuyita, | así me dicen todos": what follows is about the name before it."""
    found = list(_LETTERS.finditer(text))
    so = reply.lexicon.phrases("called_so").find(tuple(_fold_word(m.group()) for m in found))
    return text[: found[so[0]].start()] if so is not None and so[0] > 0 else text


def _until_something_else(text: str, reply: Reply) -> str:
    """The reply up to where it goes on to another matter; "Consuelo, pero dime Chelo" is still her name."""
    again = "|".join(re.escape(p) for p in sorted(reply.lexicon.phrases("name_again").whole, key=len)[::-1])
    return re.split(
        r"[\n;]|(?<=\w{3})\. | (?=(?:y|pero) (?:tengo|vivo|estoy|trabajo|vendo)\b)"
        r"|, ?(?=(?:y|pero|tengo|vivo|soy|and|but)\b"
        rf"(?! (?:todos |todas |mejor |solo |just )?(?:{again})))",
        text,
        maxsplit=1,
        flags=re.IGNORECASE,
    )[0]


def _fold_word(word: str) -> str:
    return fold(word).replace(" ", "")


def _after_cue(folded: list[str], reply: Reply) -> int:
    """Where the name begins: behind the last greeting or "me llamo" at the start."""
    cues, greetings = reply.lexicon.phrases("name_cues"), reply.lexicon.phrases("fillers")
    at = 0
    while at < len(folded):
        rest = tuple(folded[at:])
        size = cues.opening(rest)
        if not size and at < len(rest) and folded[at] in reply.lexicon.phrases("greetings"):
            size = greetings.opening(rest) or 1
            if at + size >= len(folded):
                return at
        if not size:
            break
        at += size
    return at if at < len(folded) else 0


def _tail(folded: list[str], reply: Reply) -> int:
    tails = reply.lexicon.phrases("name_tails")
    for size in range(min(tails.longest, len(folded) - 1), 0, -1):
        if " ".join(folded[-size:]) in tails.whole:
            # "Gracias" behind a name is thanks; before one it is her name
            return size
    return 0


def _how_it_is_written(folded: list[str], reply: Reply) -> int:
    """Where a remark on the letters begins ("Carla | con C", "Sarah | with an H"); 0 when there is none."""
    cues = reply.lexicon.phrases("spelled_with")
    for at in range(1, len(folded) - 1):
        rest = [w for w in folded[at + 1 :] if w not in ("a", "an", "la", "una", "y", "and")]
        if folded[at] in cues and rest and all(len(w) <= _A_LETTER for w in rest):
            return at
    return 0


def _is_capital_name(words: list[str], odd: str, reply: Reply) -> bool:
    """One odd word is part of the name when every word has its capital: "Gracias Morales", "Ya Lín"."""
    return all(w[0].isupper() for w in words) and odd in reply.lexicon.phrases("odd_names")


def _capitals(words: list[str], reply: Reply) -> str:
    joined = " ".join(words)
    if words[0].islower() and all(w[0].isupper() for w in words[1:]) and len(words) > 1:
        return f"{joined[0].upper()}{joined[1:]}"  # "doña Mari"
    if joined != joined.lower() and (joined != joined.upper() or len(joined) <= 3):
        return joined
    joins = reply.lexicon.phrases("name_joins")
    return " ".join(
        w.lower()
        if i and _fold_word(w) in joins.whole and i < len(words) - 1
        else "-".join(p[:1].upper() + p[1:].lower() for p in w.split("-"))
        for i, w in enumerate(words)
    )
