"""From hello to enrolled: what is stored equals what was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from support.golden import play_opening
from support.house import House
from support.talk import Woman, texts

from bot.store.tables import Consent, HandOver, Participant, Referral, SurveyRunRow


@dataclass(frozen=True)
class Way:
    """What she says after an opening, and what must be stored of it."""

    opening: str
    said: tuple[str, ...]
    pathway: dict[str, str]
    barriers: dict[str, str]
    person: dict[str, str | None]
    referrals: set[str] = field(default_factory=set)
    handovers: set[str] = field(default_factory=set)


QUIET_END = ("nada me lo dificulta", "muy segura", "prefiero saltarla", "sí, está bien")
NO_BARRIER = {"need": "none", "conf": "4"}
MEXICO = {
    "country": "MX",
    "region": "Jalisco",
    "municipality": "Zapopan",
    "name": "Lupita",
    "modality": "online",
}
CHILE = {
    "country": "CL",
    "region": "Biobío",
    "municipality": "Concepción",
    "name": "Rayén",
    "modality": "async",
}

WAYS = {
    "Mexico, decided": Way(
        "profile_mx",
        ("un empleo", "sí, ese quiero", *QUIET_END),
        {"path_mx": "emp", "first": "emp", "suggest": "emp", "confirm": "yes"},
        NO_BARRIER,
        {**MEXICO, "pathway": "employment", "level": None},
    ),
    "Mexico, the helper suggests school": Way(
        "profile_mx",
        (
            "todavía no sé",
            "terminar la escuela",
            "me da igual",
            "no",
            "no",
            "sí",
            "terminar prepa",
            *QUIET_END,
        ),
        {"path_mx": "dk", "goal": "school", "suggest": "edu", "confirm": "yes", "edu_step": "prep"},
        NO_BARRIER,
        {**MEXICO, "pathway": "education", "level": None},
    ),
    "Mexico, the helper ends in a tie": Way(
        "profile_mx",
        ("todavía no sé", "no sé", "me da igual", "no", "no", *QUIET_END),
        {"path_mx": "dk", "goal": "dk", "where": "any", "sold": "no", "had_job": "no", "suggest": "person"},
        NO_BARRIER,
        {**MEXICO, "pathway": None},
        handovers={"tie"},
    ),
    "Mexico, she wants to choose with somebody": Way(
        "profile_mx",
        ("mi negocio", "hablar con alguien", *QUIET_END),
        {"path_mx": "ent", "confirm": "person"},
        NO_BARRIER,
        {**MEXICO, "pathway": None},
        handovers={"tie"},
    ),
    "Mexico, she chooses another one than suggested": Way(
        "profile_mx",
        ("un empleo", "quiero otro", "mi negocio", "sí, ese quiero", "manejar mi tiempo", *QUIET_END),
        {"path_mx": "ent", "suggest": "ent", "confirm": "yes", "ent_reason": "flex"},
        NO_BARRIER,
        {**MEXICO, "pathway": "entrepreneurship"},
    ),
    "Chile, advanced, with supports": Way(
        "profile_cl",
        (
            *("mi negocio", "sí", "ganar dinero", "sí", "sí", "no"),
            *(
                "cuidar a alguien e internet",
                "de 0 a 5",
                "unas 5 horas",
                "a veces",
                "mandar mensajes",
                "más o menos",
            ),
            *("que me contacten", "no, mejor después", "sí, está bien"),
        ),
        {"path_cl": "ent", "lv_sell": "yes", "lv_plan": "yes", "lv_formal": "no", "level": "advanced"},
        {
            "need": "care digital",
            "care_who": "c05",
            "care_h": "h4",
            "care_cover": "sometimes",
            "dig": "chat",
            "conf": "3",
            "refer_ok": "yes",
        },
        {**CHILE, "pathway": "entrepreneurship", "level": "advanced"},
        referrals={"care", "digital_skills"},
    ),
    "Chile, basic, supports as information only": Way(
        "profile_cl",
        (
            "un empleo",
            "sí",
            "no",
            "no sé",
            "no",
            "no",
            "la 9",
            "poco segura",
            "solo información",
            "prefiero saltarla",
            "sí",
        ),
        {
            "path_cl": "emp",
            "lv_job": "no",
            "lv_cv": "dk",
            "lv_apply": "no",
            "nontrad": "no",
            "level": "basic",
        },
        {"need": "conf", "conf": "2", "refer_ok": "info"},
        {**CHILE, "pathway": "employment", "level": "basic"},
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_stores_what_she_said(way: Way, ana: Woman, house: House) -> None:
    play_opening(ana, way.opening)
    ana.says(*way.said)

    pathway = ana.answers("c_pathway")
    assert {q: pathway.get(q) for q in way.pathway} == way.pathway
    assert ana.answers("d_barriers") == way.barriers
    person = ana.participant
    assert {column: getattr(person, column) for column in way.person} == way.person
    assert person.status == "enrolled" and person.enrolled_at is not None
    mine = {"participant_id": person.id}
    assert {row.barrier for row in house.rows(Referral, **mine)} == way.referrals
    assert {row.reason for row in house.rows(HandOver, **mine)} == way.handovers
    finished = {row.survey for row in house.rows(SurveyRunRow, **mine) if row.completed_at}
    assert finished == {"a_consent", "b_profile", "c_pathway", "d_barriers"}


def test_it_stores_the_whole_profile(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    assert ana.answers("b_profile") == {
        "pref_name": "Lupita",
        "country": "MX",
        "state_mx": "14",
        "mun_mx": "Zapopan",
        "place": "city",
        "age": "30_39",
        "school_mx": "sec",
        "work_status": "home",
        "biz_has": "no",
        "indig": "no",
        "born": "here",
        "device": "own",
        "net": "data",
        "motive": "income",
        "avail": "2_4",
        "modality_mx": "online",
        "wg_go": "no",
    }
    assert set(ana.reply_kinds("b_profile")["not_asked"]) >= {
        "people_cl",
        "region_cl",
        "com_cl",
        "modality_cl",
        "wg_see",
    }


def test_it_says_that_she_is_enrolled(ana: Woman) -> None:
    play_opening(ana, "profile_mx")
    last = ana.says("un empleo", "sí, ese quiero", "nada", "muy segura", "prefiero saltarla")
    assert "quedaste inscrita" in texts(last).lower()


CONSENTS = {
    "everything": (("sí", "sí", "sí"), {"data", "sensitive", "followup", "broadcast", "referral"}),
    "the least": (("no", "no", "no"), {"data"}),
    "course notices": (("no", "solo avisos del curso", "sí"), {"data", "broadcast", "referral"}),
}


@pytest.mark.parametrize(("said", "granted"), CONSENTS.values(), ids=CONSENTS)
def test_it_keeps_every_part_of_the_consent_with_the_text_she_saw(
    said: tuple[str, ...], granted: set[str], ana: Woman, house: House
) -> None:
    ana.says("hola", "español", "sí", "sí, acepto", *said)
    rows = house.rows(Consent, participant_id=ana.participant.id)
    assert {row.purpose for row in rows} == {"data", "sensitive", "followup", "broadcast", "referral"}
    assert {row.purpose for row in rows if row.decision == "granted"} == granted
    assert {row.decision for row in rows if row.purpose not in granted} <= {"refused"}
    assert all(len(row.text_hash) == 64 and row.text_version and row.language == "es" for row in rows)
    assert ana.participant.consented_at is not None and ana.participant.status == "consented"


def test_it_asks_no_sensitive_question_without_that_consent(ana: Woman, house: House) -> None:
    library = house.service.world.library
    ana.says("hola", "español", "sí", "sí, acepto", "no", "sí", "sí", "no, solo yo", "a cualquier hora")
    ana.says(
        "Inés", "México", "Oaxaca", "Juchitán", "pueblo", "27", "prepa", "estudio", "no", "celular propio"
    )
    ana.says("datos", "conseguir empleo", "3 horas", "presencial", "un empleo", "sí, ese quiero")
    ana.says(
        "todas menos 11 y 12", "es caro", "solo información", "otro tema", "mandar mensajes", "muy segura"
    )
    ana.says("leer y escribir", "solo información", "prefiero saltarla")
    assert ana.participant.status == "enrolled"
    said = texts([message for _, message in ana.history])
    for survey in ("b_profile", "c_pathway", "d_barriers"):
        sensitive = [
            q for q in library.current(survey)[1].questions if q.sensitivity == "sensitive" and q.asked
        ]
        answered = {
            q for kind, names in ana.reply_kinds(survey).items() if kind != "not_asked" for q in names
        }
        assert not answered & {q.name for q in sensitive}
        shown = [q.name for q in sensitive if q.labels and q.labels["es"].split("{")[0] in said]
        assert not shown


def test_it_keeps_the_source_of_her_arrival(woman: Callable[..., Woman], house: House) -> None:
    cases = {
        "a": lambda w: w.start("FERIA_21"),
        "b": lambda w: w.say("Hola, quiero inscribirme (código: RADIO-3)"),
        "c": lambda w: w.start("<script>alert(1)</script>"),
        "d": lambda w: w.say("hola"),
    }
    for key, arrives in cases.items():
        arrives(woman(key))
    sources = house.read(
        lambda s: list(s.scalars(sa.select(Participant.source).order_by(Participant.created_at)))
    )
    assert sources == ["FERIA_21", "RADIO-3", None, None]


def test_it_keeps_the_first_source_when_she_comes_by_another_link(ana: Woman) -> None:
    ana.start("FERIA_21")
    ana.start("RADIO-3")
    assert ana.participant.source == "FERIA_21"


def test_it_goes_on_with_the_version_she_began_when_the_form_is_edited(
    woman: Callable[..., Woman], house: House, tmp_path: object
) -> None:
    from pathlib import Path

    from bot.bootstrap import CATALOGUES, DIALOGUES

    began, later = woman("began"), woman("later")
    play_opening(began, "consent")
    source = (DIALOGUES / "surveys" / "b_profile.md").read_text(encoding="utf-8")
    edited = Path(str(tmp_path)) / "b_profile.md"
    edited.write_text(
        source.replace("¿En qué país vives?", "¿Dónde vives hoy, en qué país?"), encoding="utf-8"
    )
    (Path(str(tmp_path)) / "cl_comunas.csv").write_bytes(
        (DIALOGUES / "surveys" / "cl_comunas.csv").read_bytes()
    )
    version = house.service.world.library.publish("b_profile", edited, house.clock(), CATALOGUES)

    assert version == 2
    assert "¿En qué país vives?" in texts(began.say("Lupita"))
    play_opening(later, "consent")
    assert "¿Dónde vives hoy, en qué país?" in texts(later.say("Rosa"))
