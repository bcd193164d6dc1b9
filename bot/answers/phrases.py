"""Replies about the question instead of to it: skip, don't know, rather not say, commands, questions."""

from __future__ import annotations

import re

from bot.answers.lexicon import LANGUAGES, Lexicon, in_every_language, lexicon
from bot.answers.question import Asked
from bot.answers.reading import SKIPPED, Outcome, Reading
from bot.answers.reply import Reply, normal_words
from bot.answers.timebands import parts_of_the_day
from bot.core.text import fold

_NUMBER_SECOND = re.compile(r"[a-z]+ (?:a |de |las |la )*\d")
_ENDINGS_OF_VERBS = ("ar", "er", "ir")
_SHORT = 5
_CLITIC = re.compile(r"((?:ar|er|ir))(?:se)?(?:me|te)?(?:l[oa]s?)$")
_ENDS_A_CLAUSE = re.compile(r"[,;.\n]+")
_NAME_OF_A_PLACE = 4
"""words; longer names of places exist, but people do not write them out"""


def way_out(reply: Reply) -> Reading | None:
    """Skip, don't know or rather not say, when that is all the reply says; None otherwise.

    A refusal is looked for first: "prefiero no contestar, paso" must never become a plain "no".
    """
    if _means(reply, "refuse"):
        return Reading(Outcome.REFUSE)
    if reply.is_said("skip") or " ".join(_without_object(reply)) in reply.lexicon.phrases("skip"):
        return SKIPPED
    if (_means(reply, "dont_know") and not about_a_skill(reply)) or _doubts_it(reply):
        return Reading(Outcome.DONT_KNOW)
    return None


def _means(reply: Reply, key: str) -> bool:
    """The whole reply, or its opening with at most four more words behind it."""
    if reply.is_said(key):
        return True
    phrases = reply.lexicon.phrases(key)
    if key == "refuse" and _inside(reply):
        return True
    bared = (_without_object(reply),) if key == "refuse" else ()
    for words in (reply.words, reply.core, *bared):
        size = phrases.opening(words)
        if words in bared and size == len(words) > 1:
            return True
        # one-word openings ("sepa", "dudo") and anything with a number in it must be the whole reply
        rest = words[size:]
        if size >= 2 and len(rest) <= 4 and not any(w.isdigit() for w in words) and not _goes_on(rest, reply):
            return True
    return False


def _inside(reply: Reply) -> bool:
    """A refusal of three words or more anywhere: "eso la verdad prefiero no decirlo"."""
    refusals = reply.lexicon.phrases("refuse")
    found = [refusals.find(words) for words in (reply.words, _without_object(reply))]
    return any(at is not None and at[1] - at[0] >= 3 for at in found)


def _without_object(reply: Reply) -> tuple[str, ...]:
    """ "Eso no lo quiero contestar" and "prefiero no contestarla" without what they refuse."""
    objects = in_every_language("objects").whole
    return tuple(_CLITIC.sub(r"\1", word) for word in reply.words if word not in objects)


def leaves(reply: Reply, asked: Asked) -> bool:
    """Whether she speaks of the chat and not of what is asked: "denme de baja", "vuelvo en un rato".

    Where the list has times of its own, "contesto en la noche" is one of them.
    """
    if reply.has("leaves"):
        return True
    if any(choice.value == "later" for choice in asked.choices) or parts_of_the_day(asked.choices):
        return False
    words = reply.words
    goes, later = reply.lexicon.phrases("goes_on"), reply.lexicon.phrases("another_time")
    pairs = ((goes, later), (later, goes))
    return any(
        (size := first.opening(words[at:])) and then.opening(words[at + size :])
        for at in range(len(words))
        for first, then in pairs
    )


def some_and_others(reply: Reply) -> bool:
    """Whether it wants part of one and part of another: "unas presenciales y otras en línea"."""
    some = reply.lexicon.phrases("some_of").find(reply.words)
    return some is not None and reply.lexicon.phrases("others_of").find(reply.words[some[1] :]) is not None


def _doubts_it(reply: Reply) -> bool:
    """ "No estoy segura de si me pagan": what she repeats of the question is no answer."""
    size = reply.lexicon.phrases("dont_know").opening(reply.words)
    return bool(size) and reply.lexicon.phrases("what_she_doubts").opening(reply.words[size:]) > 0


def is_lost_for_words(reply: Reply) -> bool:
    """ "Ay, no sé qué decirle" is about the reply, and neither a refusal nor what she knows of the fact."""
    lost, objects = in_every_language("lost_for_words"), in_every_language("objects")
    at = lost.find(reply.words)
    if at is None:
        return False
    kept = in_every_language("fillers").without(reply.words[: at[0]]), objects.without(reply.words[at[1] :])
    return not ({*kept[0], *kept[1]} - in_every_language("beside_lost").whole)


def _goes_on(rest: tuple[str, ...], reply: Reply) -> bool:
    """Whether an answer follows after all: "no lo sé, creo que sí"."""
    return any(reply.lexicon.phrases(key).opening(rest[-1:]) for key in ("yes", "no") if rest)


def about_a_skill(reply: Reply) -> bool:
    """ "No sé leer" tells of a skill; "no sé qué decir" does not."""
    size = reply.lexicon.phrases("dont_know").opening(reply.core or reply.words)
    rest = (reply.core or reply.words)[size:]
    return bool(rest) and (rest[0] in reply.lexicon.table("skills") or rest[0].endswith(_ENDINGS_OF_VERBS))


def is_command(reply: Reply) -> bool:
    """Whether the reply is nothing but a word that steers the chat ("menú", "ayuda", "baja")."""
    return reply.said in reply.lexicon.phrases("commands")


def asks(reply: Reply) -> bool:
    """Whether the reply asks or requests something instead of answering."""
    words = reply.words
    if not words:
        return False
    questions, ordinary = reply.lexicon.phrases("questions"), reply.lexicon.phrases("not_questions")
    if len(words) > 1 and words[0] in reply.lexicon.phrases("about") and _NUMBER_SECOND.match(reply.digits):
        return False  # "como 10 horas"
    opens = any(questions.opening(part) and not ordinary.opening(part) for part in (words, reply.core))
    if opens and (len(words) > 1 or "?" in reply.text):
        return True
    if "?" not in reply.text and "\u00bf" not in reply.text and "\u061f" not in reply.text:
        return False
    # "¿la 2?" and "Puebla?" are hesitant answers; four words and a question mark are a question
    return len(words) >= 4 or any(w in questions and w not in ordinary for w in words)


def is_question_like(text: str, language: str = "es", country: str | None = None) -> bool:
    """Whether a reply looks like a question or a request rather than an answer.

    Judges the form only (question mark, interrogatives, requests), in her language and in the other one;
    whether it answers the open question all the same is for :func:`bot.answers.read` to say.

    >>> is_question_like("para qué quieren mi nombre"), is_question_like("la 2?")
    (True, False)
    """
    return asks(Reply(text, _lexicon(language, country)))


def introduces(text: str, *languages: str) -> bool:
    """Whether a reply begins as people give their name, in one of ``languages``: "puedes llamarme Nena"."""
    return any(Reply(text, lexicon(language)).opens("name_cues") for language in languages)


def says_no(text: str, key: str, language: str = "es", country: str | None = None) -> bool:
    """Whether a whole reply turns an offer down: a no, or one of the phrases under ``key``.

    >>> says_no("no thanks", "no_pin"), says_no("sin pin porfa", "no_pin"), says_no("no me acuerdo", "no_pin")
    (True, True, False)
    """
    reply = Reply(text, _lexicon(language, country))
    return reply.is_said("no") or reply.is_said(key)


def only_measures(text: str, language: str = "es", country: str | None = None) -> bool:
    """Whether a short reply is nothing but times, amounts and degrees, and asks nothing.

    A model that knows whole messages takes "todo el día" for a question about the schedule and "una vez" for a
    wish to hear it again; in reply to a question they are answers, good or bad.

    >>> only_measures("todo el día sábado"), only_measures("horarios"), only_measures("un minuto")
    (True, False, False)
    """
    reply = Reply(text, _lexicon(language, country))
    words, measures = fold(reply.digits).split(), reply.lexicon.phrases("measures")
    if "?" in text or not 1 <= len(words) <= _SHORT or reply.has("waits"):
        return False
    return all(word.isdigit() or word in measures for word in words)


def begins_with_yes(text: str) -> bool:
    """Whether a reply begins with a word that is nothing but a yes: "claro, bórralo", not "quiero una mentora"."""
    return bool(in_every_language("plain_yes").opening(_words(text)))


def introduction(text: str) -> str:
    """Where she says her name in a message that says more: "soy Rosa"; empty where she does not begin so.

    >>> introduction("I'm Mary, 29 years old and I live in Jalisco"), introduction("hola, soy Rosa; tengo 34")
    ("I'm Mary", 'hola, soy Rosa')
    """
    ends = [match.start() for match in _ENDS_A_CLAUSE.finditer(text)] + [len(text)]
    said = in_every_language("introductions")
    for end in ends[:2]:  # "hola" may be a clause of its own
        words = _words(text[:end])
        if 0 < said.opening(words) < len(words):
            return text[:end].strip()
    return ""


def tells_a_story(text: str) -> bool:
    """Whether a text that could be any place's name is a sentence about something else.

    >>> tells_a_story("yo vendo comida en la calle con mi hermana"), tells_a_story("vivo en San Juan de los Lagos")
    (True, False)
    """
    words = tuple(fold(text).split())
    if len(words) <= _NAME_OF_A_PLACE:
        return False
    leads = in_every_language("before_a_place")
    start = next((at for at, word in enumerate(words) if word not in leads), len(words))
    if in_every_language("says_where").opening(words[start:]):
        return False
    return not in_every_language("tells").whole.isdisjoint(words)


def clauses(text: str) -> list[str]:
    """What she says, cut at commas and where an "y" or a "pero" begins something else.

    >>> clauses("Soy Rosa, tengo 34 y vivo en Puebla")
    ['Soy Rosa', 'tengo 34', 'vivo en Puebla']
    """
    joins = "|".join(map(re.escape, sorted(in_every_language("between_clauses").whole)))
    parts = re.split(rf"[,;.\n]+|\s(?:{joins})\s", text)
    return [part.strip() for part in parts if part.strip()]


def says_where_she_lives(text: str) -> bool:
    """Whether it says where she lives now, and not where she is from or works."""
    return in_every_language("lives_cues").find(_words(text)) is not None


def _words(text: str) -> tuple[str, ...]:
    return normal_words(text, lexicon("es"))


def _lexicon(language: str, country: str | None) -> Lexicon:
    return lexicon(language if language in LANGUAGES else "es", country)
