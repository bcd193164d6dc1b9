"""Made-up women whose answers add up to the published figures.

Each question is dealt out from counts like a pack of cards: so many women with this answer at the start, that
one at the end. A different cut of the pack for each question keeps the answers from going together. That the
figures come out shows that the arithmetic is right, not that the programme used these definitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from bot.indicators import Woman

START = date(2026, 1, 15)
"""the day on which every survey of the replica is due"""

MEXICO: dict[str, list[tuple[int, str, str]]] = {
    # question: (women, answer at baseline, answer at six months); each adds up to 100
    "biz_has": [
        (11, "yes", "yes"),
        (3, "yes", "no"),
        (12, "no", "yes"),
        (5, "starting", "yes"),
        (69, "no", "no"),
    ],
    "obst": [
        (25, "conf abil", "conf"),
        (12, "conf money", "conf money"),
        (2, "conf money", "conf"),
        (25, "conf abil money", "abil money"),
        (7, "money", "abil money care"),
        (4, "money transport", "none"),
        (25, "none", "offer"),
    ],
    "fin_em": [
        (30, "own", "own"),
        (12, "help", "own"),
        (8, "help", "no"),
        (20, "no", "help"),
        (30, "no", "no"),
    ],
    "fin_save": [(41, "week", "month"), (9, "month", "some"), (20, "some", "week"), (30, "no", "no")],
    "care_h": [(21, "h6", "h4"), (20, "h9", "h6"), (39, "h4", "h4"), (20, "h0", "h2")],
    "work_status": [
        (30, "home study", "home"),
        (20, "home", "seek temp"),
        (6, "study", "home"),
        (10, "temp job", "job"),
        (3, "temp", "temp seek"),
        (31, "biz", "biz"),
    ],
    "seek": [(17, "no", "yes"), (23, "yes", "yes"), (10, "yes", "no"), (50, "no", "no")],
    "fin_credit": [
        (30, "ontime", "ontime"),
        (4, "ontime", "late"),
        (20, "late", "ontime"),
        (46, "cant", "late"),
    ],
    "fin_prod fin_why": [
        (29, "no unk", "no unk"),
        (17, "no unk", "yes"),
        (14, "no need", "no cost"),
        (40, "yes", "yes"),
    ],
    "job_better": [(12, "", "better"), (30, "", "same"), (8, "", "dk"), (50, "", "")],
    "study": [(22, "", "course"), (8, "", "both"), (5, "", "school"), (65, "", "no")],
}
"""work_main follows from work_status: the first of several"""

CHILE: dict[str, list[tuple[int, str]]] = {
    # question: (women, latest answer); each adds up to 200, the first 100 being on the business pathway
    "inc_change": [(108, "up"), (52, "same"), (20, "down"), (20, "none")],
    "net_change": [(118, "more"), (60, "same"), (22, "less")],
    "study": [(44, "course"), (30, "school"), (10, "both"), (116, "no")],
    "job_found socsec_cl job_due": [
        (22, "contract yes lot"),
        (8, "nocontract yes some"),
        (10, "contract yes none"),
        (9, "contract no lot"),
        (151, "no"),
    ],
}
CHILE_BUSINESS: dict[str, list[tuple[int, str]]] = {
    # dealt in order: the women on the business pathway come first
    "biz_new biz_due": [(24, "yes lot"), (76, "no"), (20, "yes none"), (80, "no")],
    "biz_better": [(30, "worse"), (36, "better"), (34, "same"), (38, "better"), (62, "closed")],
}
CHILE_PROFILE: dict[str, list[tuple[int, str]]] = {
    "born": [(46, "other"), (154, "here")],
    "indig": [(40, "yes"), (160, "no")],
}
REASONS = [(26, "home"), (21, "improve"), (19, "flex"), (12, "income"), (22, "other")]


def replica() -> list[Woman]:
    """100 women in Mexico and 200 in Chile."""
    return [*_mexico(), *_chile()]


def _mexico() -> Iterator[Woman]:
    baseline: list[dict[str, str]] = [{} for _ in range(100)]
    m6: list[dict[str, str]] = [{} for _ in range(100)]
    for turn, (questions, deals) in enumerate(MEXICO.items()):
        for place, (start, end) in zip(_cut(100, turn), _dealt(deals), strict=True):
            baseline[place] |= _answers(questions, start)
            m6[place] |= _answers(questions, end)
    for answers in (*baseline, *m6):
        several = answers["work_status"].split()
        if len(several) > 1:
            answers["work_main"] = several[0]
    for number, (start, end) in enumerate(zip(baseline, m6, strict=True)):
        pathway = "entrepreneurship" if number < 60 else "employment"
        yield woman("MX", {"baseline": start, "m6": end}, pathway=pathway)


def _chile() -> Iterator[Woman]:
    latest: list[dict[str, str]] = [{} for _ in range(200)]
    for turn, (questions, deals) in enumerate(CHILE.items()):
        for place, value in zip(_cut(200, turn), _dealt(deals), strict=True):
            latest[place] |= _answers(questions, value[0])
    for questions, deals in CHILE_BUSINESS.items():
        for place, value in enumerate(_dealt(deals)):
            latest[place] |= _answers(questions, value[0])
    profile: list[dict[str, str]] = [{} for _ in range(200)]
    for turn, (question, deals) in enumerate(CHILE_PROFILE.items()):
        for place, value in zip(_cut(200, turn), _dealt(deals), strict=True):
            profile[place][question] = value[0]
    for place, value in enumerate(_dealt(REASONS)):
        profile[place]["ent_reason"] = value[0]
    for number, (mine, last) in enumerate(zip(profile, latest, strict=True)):
        waves = {"baseline": mine, "m6": last}
        if number % 5 == 0:  # only the first survey: it is her latest
            waves = {"baseline": mine, "m3": last}
        elif number % 5 == 1:  # both, and the earlier answers must not count
            waves["m3"] = {"inc_change": "down", "net_change": "less", "study": "no", "biz_new": "no"}
        yield woman("CL", waves, pathway="entrepreneurship" if number < 100 else "employment")


def woman(country: str, answers: dict[str, dict[str, str]], **profile: str) -> Woman:
    """A woman who completed the course, with follow-up surveys due and done as her answers say."""
    answered = frozenset(wave for wave, given in answers.items() if given)
    due = {wave: START for wave in ("m3", "m6")}
    return Woman(country, {"status": "completed", **profile}, answers, answered, answered, due)


def _answers(questions: str, values: str) -> dict[str, str]:
    """``"a b"``, ``"1 2"`` → two answers; one question takes all the values."""
    names = questions.split()
    if len(names) == 1:
        return {names[0]: values} if values else {}
    return dict(zip(names, values.split(), strict=False))


def _dealt(deals: Sequence[tuple[int, *tuple[str, ...]]]) -> Iterator[tuple[str, ...]]:
    for count, *values in deals:
        yield from [tuple(values)] * count


def _cut(size: int, turn: int) -> Iterator[int]:
    """The places 0 … size-1 from a starting point that differs from question to question."""
    return ((place + 37 * turn) % size for place in range(size))
