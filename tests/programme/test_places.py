"""Where she lives decides her time zone, her centre and whom she is referred to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.programme import Programmes, load_programmes


@pytest.mark.parametrize(
    ("country", "region", "municipality", "zone"),
    [
        ("MX", None, None, "America/Mexico_City"),
        ("MX", "21", None, "America/Mexico_City"),
        ("MX", "Quintana Roo", None, "America/Cancun"),
        ("MX", "Son.", None, "America/Hermosillo"),
        ("MX", "02", "Tecate", "America/Tijuana"),
        ("MX", "08", "Chihuahua", "America/Chihuahua"),
        ("MX", "08", "juarez", "America/Ciudad_Juarez"),
        ("MX", "08", "Ciudad Juárez", "America/Ciudad_Juarez"),
        ("MX", "08", "Cd. Juárez", "America/Ciudad_Juarez"),
        ("MX", "08", "cd juarez, chihuahua", "America/Ciudad_Juarez"),
        ("MX", "08", "la ciudad de Juárez", "America/Ciudad_Juarez"),
        ("MX", "08", "Juárez Chih.", "America/Ciudad_Juarez"),
        ("MX", "08", "Ciudad Camargo", "America/Chihuahua"),
        ("MX", "05", "Cd. Acuña", "America/Matamoros"),
        ("MX", "28", "Nueva Ciudad Guerrero", "America/Matamoros"),
        ("MX", "08", "08052", "America/Ojinaga"),
        ("MX", "28", "Nuevo Laredo", "America/Matamoros"),
        ("MX", "28", "Ciudad Victoria", "America/Monterrey"),
        ("MX", "18", "Bahía de Banderas", "America/Bahia_Banderas"),
        ("MX", "18", "Tepic", "America/Mazatlan"),
        ("MX", "12", "Guerrero", "America/Mexico_City"),  # the name of a border municipality elsewhere
        ("MX", None, "28032", "America/Matamoros"),
        ("MX", "Narnia", "Nowhere", "America/Mexico_City"),
        ("CL", None, None, "America/Santiago"),
        ("CL", "13", None, "America/Santiago"),
        ("CL", "11", None, "America/Coyhaique"),
        ("CL", "Aisén", None, "America/Coyhaique"),
        ("CL", "12", "Natales", "America/Punta_Arenas"),
        ("CL", "05", "05201", "Pacific/Easter"),
        ("CL", "Valparaíso", "rapa nui", "Pacific/Easter"),
        ("CL", "05", "05101", "America/Santiago"),
        (None, None, None, "America/Mexico_City"),
    ],
)
def test_her_zone_comes_from_where_she_lives(
    programmes: Programmes, country: str | None, region: str | None, municipality: str | None, zone: str
) -> None:
    assert programmes.get(country).zone(region, municipality).key == zone


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("MX", "edomex", "15"),
        ("MX", "CDMX", "09"),
        ("MX", "d.f.", "09"),
        ("MX", "MX-JAL", "14"),
        ("MX", "san luis potosi", "24"),
        ("CL", "RM", "13"),
        ("CL", "8", "08"),
        ("CL", "bío bío", "08"),
        ("CL", "VIII", "08"),
        ("CL", "ohiggins", "06"),
        ("CL", "10", "10"),
    ],
)
def test_a_region_is_known_by_code_name_or_nickname(
    programmes: Programmes, country: str, text: str, code: str
) -> None:
    region = programmes.get(country).place_index.region(text)
    assert region is not None and region.code == code


def test_every_region_is_there_and_found_by_its_own_name(programmes: Programmes) -> None:
    for country, count in (("MX", 32), ("CL", 16)):
        index = programmes.get(country).place_index
        assert len(index.regions) == count
        assert all(index.region(region.name) == region for region in index.regions)
        assert all(index.region(region.code) == region for region in index.regions)


def test_it_works_without_a_catalogue_of_municipalities(folder: Path) -> None:
    index = load_programmes(folder).get("MX").place_index
    assert index.municipalities == ()
    assert index.municipality("Toluca", "15") is None


def test_an_operator_can_install_a_catalogue(folder: Path) -> None:
    catalogue = folder.parent / "var" / "catalogues" / "mx_municipios.csv"
    catalogue.parent.mkdir(parents=True)
    rows = "20,208,San Juan Mixtepec\n20,209,San Juan Mixtepec\n08,037,Juárez\n15,106,Toluca\n"
    catalogue.write_text("cve_ent,cve_mun,municipio\n" + rows, encoding="utf-8")
    mexico = load_programmes(folder).get("MX")
    toluca = mexico.place_index.municipality("toluca", "Edomex")
    assert toluca is not None and toluca.code == "15106"
    assert mexico.place_index.municipality("San Juan Mixtepec", "20") is None  # two share the name
    assert mexico.place_index.municipality("20209", None) is not None
    assert [place.code for place in mexico.place_index.municipalities_of("20")] == ["20208", "20209"]
    assert mexico.zone("08", "08037").key == "America/Ciudad_Juarez"
    centre = mexico.centre_for("15", "15106", date(2026, 11, 22))
    assert centre is not None and centre.code == "toluca"


@pytest.mark.parametrize(
    ("region", "municipality", "code"),
    [
        ("21", "Tehuacán", "tehuacan"),
        ("Puebla", "zinacatepec", "zinacatepec"),
        ("14", "Zapopan", "zapopan"),
        ("15", "Huixquilucan", "huixquilucan_burocratica"),
        ("14", "Puerto Vallarta", "crea"),
        ("19", "Monterrey", None),
        (None, None, None),
    ],
)
def test_her_centre_is_that_of_her_municipality_else_of_her_state(
    programmes: Programmes, region: str | None, municipality: str | None, code: str | None
) -> None:
    centre = programmes.get("MX").centre_for(region, municipality, date(2026, 11, 22))
    assert (centre.code if centre else None) == code


def test_chile_has_no_centre_because_it_is_online(programmes: Programmes) -> None:
    assert programmes.get("CL").centre_for("13", "13101") is None


@pytest.mark.parametrize(
    ("region", "on", "codes"),
    [
        ("21", date(2022, 6, 1), {"sepicj_puebla"}),
        ("21", date(2024, 6, 1), set()),
        ("15", date(2020, 6, 1), set()),
        ("15", date(2024, 6, 1), {"sepicj_edomex"}),
        ("14", date(2022, 9, 30), {"prosociedad", "promexico"}),
        ("14", date(2022, 10, 1), {"prosociedad"}),
    ],
)
def test_partners_hold_for_their_years(
    programmes: Programmes, region: str, on: date, codes: set[str]
) -> None:
    found = programmes.get("MX").partners_in(region, on)
    assert {partner.code for partner in found if partner.kind == "implementing"} == codes


@pytest.mark.parametrize(
    ("need", "kind", "barrier"),
    [
        ("care", "care_services", "care"),
        ("family", "family", "family_opposition"),
        ("legal", "legal", "documents"),
        ("digital", "digital", "digital_skills"),
        ("connectivity", "digital", "digital_skills"),
        ("conf", "life_skills", "confidence"),
        ("abil", "learning", "literacy"),
        ("mental_health", "health", "health"),
        ("unsafe_area", "transport", "transport"),
        ("time", "schedule", "time"),
        ("a need somebody added", "other", None),
    ],
)
@pytest.mark.parametrize("country", ["MX", "CL"])
def test_a_need_or_barrier_leads_to_a_kind_of_support(
    programmes: Programmes, country: str, need: str, kind: str, barrier: str | None
) -> None:
    found = programmes.get(country).referral(need)
    assert (found.kind, found.barrier) == (kind, barrier)


def test_only_the_focal_point_sees_referrals_for_safety(programmes: Programmes) -> None:
    for programme in programmes:
        assert [kind.need for kind in programme.referrals if kind.restricted] == ["violence"]
        assert programme.referral("violence").owner == "focal_point"
