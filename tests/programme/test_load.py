"""Programme files are read whole; a wrong one names file, line and mend; a new country needs no Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.programme import ProgrammeError, Programmes, load_programmes

ROOT = Path(__file__).resolve().parents[2]
Spoil = Callable[[str, str, str], Path]


def test_it_ships_mexico_and_chile(programmes: Programmes) -> None:
    assert programmes.countries == ("CL", "MX")
    assert {p.key for p in programmes} == {"mexico", "chile"}


def test_mexico_has_three_pathways_and_chile_two_with_levels(programmes: Programmes) -> None:
    mexico, chile = programmes.get("MX"), programmes.get("CL")
    assert [(p.value, p.code) for p in mexico.pathways] == [
        ("ent", "entrepreneurship"),
        ("emp", "employment"),
        ("edu", "education"),
    ]
    assert [p.value for p in chile.pathways] == ["ent", "emp"]
    assert [level.code for level in chile.levels] == ["basic", "advanced"]
    assert not mexico.levels
    with pytest.raises(LookupError):
        chile.pathway("edu")


def test_it_follows_up_as_each_leaflet_says(programmes: Programmes) -> None:
    assert [wave.months for wave in programmes.get("MX").waves] == [6]
    assert [wave.months for wave in programmes.get("CL").waves] == [3, 6]


@pytest.mark.parametrize("country", [None, "", "other", "PE"])
def test_it_has_a_programme_for_an_unknown_country(programmes: Programmes, country: str | None) -> None:
    assert programmes.get(country).country is None
    assert programmes.get(country).key == "unknown"


def test_it_is_found_by_the_name_of_completion_lists(programmes: Programmes) -> None:
    assert programmes.by_key(" Mexico ").country == "MX"
    with pytest.raises(LookupError, match="there are: chile, mexico"):
        programmes.by_key("peru")


def test_nothing_unconfirmed_is_said_to_be_confirmed(programmes: Programmes) -> None:
    for programme in programmes:
        held = (*programme.centres, *programme.partners, *programme.contacts, *programme.referrals)
        assert not any(item.confirmed for item in held)
        assert all(item.source for item in held)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("mexico.yml", "country: MX\n", "country: MX\ncolour: red\n", "line 4: 'colour' is not a known name"),
        ("mexico.yml", "phone_code", "phone_cod", "line 6: 'phone_cod' is not a known name"),
        ("chile.yml", "value: emp", "valve: emp", "'pathways.2.value' is missing"),
        ("chile.yml", "months: 3,", "months: three,", "'follow_up.waves.1.months'"),
        ("mexico.yml", "country: MX", "country: Mexico", "line 3: 'country'"),
        (
            "mexico.yml",
            "default_zone: America/Mexico_City",
            "default_zone: Mexico/Centro",
            "not a known time zone",
        ),
        ("mexico.yml", "en: Return to study", "fr: Reprendre", "has no text in 'en'"),
        ("mexico.yml", 'regions: ["15"]\n    hours', 'regions: ["99"]\n    hours', "region '99'"),
        ("mexico.yml", "modalities: [face, online, hybrid]", "modalities: [face, onlin]", "modality 'onlin'"),
        ("mexico.yml", "partner: sisemh", "partner: sismeh", "partner 'sismeh' is not defined"),
        ("mexico.yml", "code: zapopan", "code: crea", "'crea' is there twice under 'centres'"),
        ("mexico.yml", "barriers: [time]", "barriers: []", "the barrier 'time' is in no referral"),
        ("mexico.yml", "kind: other", "kind: rest", "no kind 'other'"),
        ("mexico.yml", "checked_on: 2025-08-24", "cost_note: x", "is not a known name"),
        ("mexico.yml", "    checked_on: 2025-08-24\n", "", "is usable but has no hours or no checked_on"),
        (
            "chile.yml",
            "purposes: {danger: 1, violence: 9, distress: 9}",
            "purposes: {danger: 1}",
            "covers 'violence'",
        ),
        ("chile.yml", 'closes: "24:00"', 'closes: "25:00"', "past the end of the day"),
        ("chile.yml", 'opens: "08:00"', 'opens: "8 am"', "not an hour"),
        ("chile.yml", "[3, 7, 14]", "[7, 3, 14]", "reminders out of order"),
        ("chile.yml", "[3, 7, 14]", "[3, 7, 14, 21]", "more than three reminders"),
        ("chile.yml", "{es: 3 y 6, en: 3 and 6}", "{es: 3 y 9, en: 3 and 6}", "the waves are at 3, 6"),
        ("mexico.yml", "valid_to: 2023-12-31", "valid_to: 2018-12-31", "ends before it begins"),
        ("mexico.yml", "name: Segunda Oportunidad\n", "name: a\nname: b\n", "line 5: 'name' is there twice"),
        ("mexico.yml", "pathways: #", "pathways # ", "is not YAML"),
        ("places/mx_states.csv", "America/Tijuana", "America/Tecate", "line 3: 'America/Tecate'"),
        ("places/cl_regions.csv", "code,name", "codigo,name", "has no column code"),
    ],
)
def test_a_wrong_file_names_its_line_and_the_mend(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, said: str
) -> None:
    spoil(file, old, new)
    with pytest.raises(ProgrammeError) as stop:
        load_programmes(folder)
    message = str(stop.value)
    assert said in message
    assert "Mend: " in message and "\n" not in message
    problem = stop.value.problems[0]
    assert problem.file.endswith(Path(file).name)
    assert 1 <= problem.line <= len((folder / file).read_text(encoding="utf-8").splitlines())


def test_two_files_for_one_country_are_refused(folder: Path) -> None:
    copy = (folder / "chile.yml").read_text(encoding="utf-8")
    (folder / "chile_2.yml").write_text(copy, encoding="utf-8")
    with pytest.raises(ProgrammeError, match=r"chile_2.yml: line 3: 'country' CL is already that of"):
        load_programmes(folder)


def test_the_line_named_is_the_line_of_the_mistake(folder: Path, spoil: Spoil) -> None:
    path = spoil("chile.yml", 'number: "149"', 'numbre: "149"')
    line = next(
        i for i, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "numbre" in text
    )
    with pytest.raises(ProgrammeError) as stop:
        load_programmes(folder)
    assert line in {problem.line for problem in stop.value.problems}


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path, spoil: Spoil) -> None:
    spoil("mexico.yml", "phone_code", "phone_cod")
    spoil("mexico.yml", "quiet_hours", "quite_hours")
    with pytest.raises(ProgrammeError, match=r"and \d more") as stop:
        load_programmes(folder)
    told = " ".join(problem.what for problem in stop.value.problems)
    assert "phone_cod" in told and "quite_hours" in told and "'quiet_hours' is missing" in told


@pytest.mark.parametrize("gone", ["unknown.yml", "places/mx_states.csv"])
def test_a_missing_file_stops_the_start(folder: Path, gone: str) -> None:
    (folder / gone).unlink()
    with pytest.raises(ProgrammeError, match="Mend: "):
        load_programmes(folder)


def test_a_file_in_another_encoding_is_told_by_its_line(folder: Path) -> None:
    (folder / "mexico.yml").write_bytes("country: MX\nname: Educación\n".encode("latin-1"))
    with pytest.raises(ProgrammeError, match=r"line 2: is not UTF-8"):
        load_programmes(folder)


def test_a_third_country_is_a_new_file(folder: Path) -> None:
    """Cameroon, in French too, without a table of regions, made from Chile's file by an editor."""
    text = (ROOT / "programmes" / "chile.yml").read_text(encoding="utf-8")
    places = text[text.index("places:") : text.index("quiet_hours:")]
    for old, new in [
        (places, ""),
        ("country: CL", "country: CM"),
        ("country_name: Chile", "country_name: {es: Camerún, en: Cameroon, fr: Cameroun}"),
        ("name: Tu Oportunidad\n", "name: {es: Otra Vez, en: Once More, fr: Encore}\n"),
        ("languages: [es, en]", "languages: [fr, en]"),
        ("default_zone: America/Santiago", "default_zone: Africa/Douala"),
        ('phone_code: "56"', 'phone_code: "237"'),
        ('number: "133"', 'number: "117"'),
    ]:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "cameroon.yml").write_text(text, encoding="utf-8")
    programmes = load_programmes(folder)
    cameroon = programmes.get("CM")
    assert programmes.countries == ("CL", "CM", "MX")
    assert cameroon.placeholders("fr")["programme"] == "Encore"
    assert cameroon.zone("anywhere", "at all").key == "Africa/Douala"
    assert programmes.by_key("cameroon") is cameroon
