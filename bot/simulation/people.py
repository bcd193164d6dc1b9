"""A synthetic woman: where she lives, what is true of her, and how that changes in a year."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from bot.simulation.odds import Facts, Place, draw, some

BANDS = "012345"
BEFORE = "before"
"""enrolment and baseline; ``m3`` and ``m6`` are later"""


@dataclass
class Person:
    """``truth`` is what she would answer, by wave and question; a question that is not in it is left to chance."""

    number: int
    name: str
    language: str
    place: Place
    phone: str
    telegram: bool
    truth: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    drops_after: int | None = None
    """so many answers into the enrolment she is not heard of again"""
    course: timedelta | None = None
    """from enrolment to the end of the course; None when she leaves it"""
    keen: float = 0.6
    """how willing she is to answer a survey, 0 to 1"""
    quick: timedelta = timedelta(seconds=40)
    """how long she takes for an answer"""

    def answers(self, wave: str) -> dict[str, list[str]]:
        return self.truth.get(wave) or self.truth[BEFORE]


def make_person(number: int, rng: random.Random, facts: Facts) -> Person:
    """Number ``number`` of the simulation, all of her drawn from ``rng``."""
    places = facts.places
    # the first ones go once around, so that every zone has somebody
    place = places[number] if number < len(places) else rng.choices(places, [p.weight for p in places])[0]
    shares = facts.shares
    code = "+5255" if place.country == "MX" else "+569"
    person = Person(
        number=number,
        name=rng.choice(facts.words["names"]),
        language="en" if rng.random() < shares["english"] else "es",
        place=place,
        phone=f"{code}{number:08d}",
        telegram=rng.random() < shares["telegram"],
        keen=rng.betavariate(3, 2),
        quick=timedelta(seconds=rng.randint(12, 90)),
    )
    if rng.random() < shares["drops_out_enrolling"]:
        person.drops_after = rng.randint(0, 40)
    if rng.random() < shares["completes_course"]:
        person.course = timedelta(days=rng.randint(20, 75))
    before = _before(person, rng, facts)
    three = _later(before, rng, 0.55)
    person.truth = {BEFORE: before, "m3": three, "m6": _later(three, rng, 0.4)}
    return person


def _before(person: Person, rng: random.Random, facts: Facts) -> dict[str, list[str]]:
    odds, shares, country = facts.odds, facts.shares, person.place.country

    def yes(share: str) -> str:
        return "yes" if rng.random() < shares[share] else "no"

    consent = (
        "no"
        if rng.random() < shares["refuses_data"]
        else "ask"
        if rng.random() < shares["doubts_first"]
        else "yes"
    )
    work = draw(rng, odds["work"]).split()
    biz = "yes" if "biz" in work else rng.choices(["no", "starting"], [8, 2])[0]
    path = draw(rng, odds["pathway"][country])
    band = int(draw(rng, odds["income"])) if work != ["home"] else rng.choices([0, 1], [7, 3])[0]
    truth = {
        "lang": person.language, "adult": "no" if rng.random() < shares["under_18"] else "yes",
        "consent_data": consent, "consent_sens": yes("sensitive_yes"),
        "consent_follow": draw(rng, odds["follow_up"]), "consent_refer": yes("referral_yes"),
        "phone_shared": draw(rng, odds["phone_shared"]), "discreet": rng.choice(["yes", "no"]),
        "safe_hours": draw(rng, odds["safe_hours"]), "country": country,
        "school_mx": draw(rng, odds["schooling"]["MX"]), "school_cl": draw(rng, odds["schooling"]["CL"]),
        "work_status": " ".join(work), "work_main": work[0], "biz_has": biz, "biz_new": "no", "born": "here",
        "indig": rng.choices(["no", "yes"], [8, 2])[0], "wg_go": rng.choices(["no", "yes"], [7, 3])[0],
        "path_mx": path, "path_cl": path, "confirm": "yes", "contract": rng.choice(["none", "fixed"]),
        "need": " ".join(some(rng, odds["needs"], 3, ("none", "pn"))), "safe_now": rng.choice(["yes", "no", "skip"]),
        "safe_offer": rng.choices(["notnow", "show", "person"], [16, 3, 1])[0], "can_now": "now",
        "refer_ok": rng.choices(["yes", "info", "no"], [6, 2, 2])[0], "conf": str(rng.choice([1, 2, 2, 3])),
        "obst": " ".join(some(rng, odds["needs"], 3, ("none", "pn"))), "seek": rng.choice(["yes", "no", "no"]),
        "income_mx": str(band), "income_cl": str(band), "net_n": rng.choice(["0", "1_2", "1_2", "3_5"]),
        "care_h": rng.choice(["h2", "h4", "h6", "h6", "h9"]),
    }  # fmt: skip
    return {question: value.split() for question, value in truth.items()}


def _later(before: dict[str, list[str]], rng: random.Random, gain: float) -> dict[str, list[str]]:
    """Some months on: better for some, the same for most, worse for a few. ``gain`` is the share that gains."""
    then = dict(before)
    gains, loses = rng.random() < gain, rng.random() < 0.12
    band = BANDS.index(before["income_mx"][0])
    after = min(5, band + 1) if gains else max(0, band - 1) if loses else band
    then["income_mx"] = then["income_cl"] = [BANDS[after]]
    then["inc_change"] = ["up" if after > band else "down" if after < band else "same"]
    then["inc_due"] = [rng.choice(["lot", "some", "some", "none"])]
    if rng.random() < gain:
        then["conf"] = [str(min(4, int(before["conf"][0]) + 1))]
    if rng.random() < gain and len(before["obst"]) > 1:
        then["obst"] = before["obst"][1:]
    then["net_change"] = [rng.choices(["more", "same", "less"], [5, 4, 1])[0]]
    if before["biz_has"] == ["no"] and rng.random() < 0.16:
        then["biz_new"], then["biz_has"] = ["yes"], ["yes"]
        then["work_status"] = [*(w for w in before["work_status"] if w not in ("seek", "none", "pn")), "biz"]
        then["work_status"] = list(dict.fromkeys(then["work_status"]))
    then["biz_better"] = [rng.choices(["better", "same", "worse", "closed"], [5, 3, 1, 1])[0]]
    found = rng.random() < 0.14 and "job" not in before["work_status"]
    then["job_found"] = [rng.choice(["contract", "nocontract"]) if found else "no"]
    if found:
        then["work_status"] = list(dict.fromkeys([*(w for w in then["work_status"] if w != "seek"), "job"]))
    then["work_main"] = [then["work_status"][-1]]
    then["study"] = [rng.choices(["no", "course", "school"], [6, 3, 1])[0]]
    return then
