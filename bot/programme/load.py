"""Loading the programme files: each is checked whole, and a wrong one stops the start with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from bot.programme.checks import check_country, check_unknown
from bot.programme.document import Document, Problem, ProgrammeError, read_document, validate
from bot.programme.places import load_places
from bot.programme.programme import UNKNOWN, Programme


class Programmes:
    """All country programmes, and the one that holds while her country is not known."""

    def __init__(self, unknown: Programme, by_country: Mapping[str, Programme]) -> None:
        self._unknown = unknown
        self._by_country = MappingProxyType(dict(sorted(by_country.items())))

    @property
    def countries(self) -> tuple[str, ...]:
        """ISO codes of the countries with a programme."""
        return tuple(self._by_country)

    def get(self, country: str | None) -> Programme:
        """The country's programme by ISO code; the general one for no country or one without a programme."""
        return self._by_country.get((country or "").upper(), self._unknown)

    def by_key(self, key: str) -> Programme:
        """The programme named as in completion lists (``mexico``). Raises ``LookupError`` for others."""
        for programme in self:
            if programme.key == key.strip().lower():
                return programme
        known = ", ".join(programme.key for programme in self)
        raise LookupError(f"no programme is called '{key}'; there are: {known}")

    def __iter__(self) -> Iterator[Programme]:
        return iter(self._by_country.values())

    def __len__(self) -> int:
        return len(self._by_country)


def load_programmes(folder: Path) -> Programmes:
    """Every ``*.yml`` of the folder. Raises ``ProgrammeError`` with line and mend at the first wrong file."""
    paths = sorted(path for path in folder.glob("*.yml") if path.stem != "facts")
    if not any(path.stem != UNKNOWN for path in paths) or folder / f"{UNKNOWN}.yml" not in paths:
        what = f"holds no country file or no {UNKNOWN}.yml"
        raise ProgrammeError([Problem(f"{folder.name}/", 1, what, "restore the files of that folder")])
    by_country: dict[str, Programme] = {}
    files: dict[str, str] = {}
    unknown: Programme | None = None
    for path in paths:
        document = read_document(path)
        programme = _load(folder, path.stem, document)
        country = programme.country
        if country is None:
            unknown = programme
        elif country in by_country:
            what = f"'country' {country} is already that of {files[country]}"
            raise ProgrammeError([document.problem(["country"], what, "keep one file for each country")])
        else:
            by_country[country], files[country] = programme, document.file
    assert unknown is not None
    return Programmes(_with_lines_of_all(unknown, by_country), by_country)


def _load(folder: Path, key: str, document: Document) -> Programme:
    programme = validate(document, Programme)
    is_unknown = key == UNKNOWN
    if is_unknown != (programme.country is None):
        what = "'country' must stay out of this file" if is_unknown else "'country' is missing"
        mend = "remove it" if is_unknown else "add 'country:' with its two-letter ISO code"
        raise ProgrammeError([document.problem(["country"], what, mend)])
    places = load_places(folder, programme.places, programme.default_zone)
    found = check_unknown(programme) if is_unknown else check_country(programme, places)
    if problems := [document.problem(loc, what, mend) for loc, what, mend in found]:
        raise ProgrammeError(problems)
    at_home = {"country": programme.country or ""}
    lines = tuple(
        line.model_copy(update={**at_home, "zone": line.zone or programme.default_zone})
        for line in programme.lines
    )
    return programme.model_copy(update={"lines": lines}).bind(key, places)


def _with_lines_of_all(unknown: Programme, by_country: Mapping[str, Programme]) -> Programme:
    """While her country is not known she sees the national lines of all countries, each under its name."""
    lines = tuple(
        line.model_copy(update={"name": line.name.noting(programme.country_name)})
        for _, programme in sorted(by_country.items())
        for line in programme.lines
        if not line.regions
    )
    return unknown.model_copy(update={"lines": lines}).bind(UNKNOWN, unknown.place_index)
