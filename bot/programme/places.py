"""Regions, municipalities and the time zone of where she lives."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.core.text import fold
from bot.programme.document import Problem, ProgrammeError, read_table
from bot.programme.model import Catalogue, PlaceFiles

REGION_COLUMNS = ("code", "name", "aliases", "iso", "tz")
EXCEPTION_COLUMNS = ("region", "code", "name", "tz")
_TITLE = re.compile(r"^(?:la |nueva |h |heroica )?(?:ciudad|cuidad|cd|municipio|mpio)(?: de)? ")
"""what stands before a municipality's name in speech: the people of Juárez live in Ciudad Juárez"""


@dataclass(frozen=True)
class Region:
    """A first-level division: a Mexican state (INEGI code), a Chilean region (CUT code). Codes are text."""

    code: str
    name: str
    aliases: tuple[str, ...]
    iso: str
    zone: str


@dataclass(frozen=True)
class Municipality:
    """A second-level division; ``zone`` is empty where it is its region's."""

    code: str
    name: str
    region: str
    aliases: tuple[str, ...] = ()
    zone: str = ""


class Places:
    """Look-ups by code, name or alias. Names are matched folded and whole; guessing is not done here."""

    def __init__(
        self,
        default_zone: str,
        regions: Iterable[Region] = (),
        exceptions: Iterable[Municipality] = (),
        municipalities: Iterable[Municipality] = (),
    ) -> None:
        self.default_zone = default_zone
        self.regions = tuple(regions)
        self.municipalities = tuple(municipalities)
        self._regions: dict[str, Region] = {}
        for region in self.regions:
            for alias in (*region.aliases, region.iso):
                self._regions.setdefault(fold(alias), region)
        # a region's own name and code win over another's alias
        for region in self.regions:
            self._regions[fold(region.name)] = self._regions[fold(region.code)] = region
        self._named: dict[tuple[str, str], list[Municipality]] = defaultdict(list)
        self._coded: dict[str, Municipality] = {}
        for place in self.municipalities:
            self._coded[place.code] = place
            for name in {fold(text) for text in (place.name, *place.aliases)}:
                self._named[place.region, name].append(place)
        self._exceptions: dict[tuple[str, str], str] = {}
        for place in exceptions:
            self._exceptions["", place.code] = place.zone
            self._exceptions[place.region, fold(place.name)] = place.zone

    def region(self, text: str | None) -> Region | None:
        """The region with this code, name, alias or ISO code."""
        return self._regions.get(fold(text)) if text else None

    def municipality(self, text: str | None, region: str | None = None) -> Municipality | None:
        """The municipality with this code, or with this name in the region; none where two share the name."""
        if not text:
            return None
        if text.strip() in self._coded:
            return self._coded[text.strip()]
        within = self.region(region)
        found = self._named.get((within.code, fold(text)), []) if within else []
        return found[0] if len(found) == 1 else None

    def municipalities_of(self, region: str) -> tuple[Municipality, ...]:
        """The catalogue's municipalities of a region; empty where no catalogue is installed."""
        within = self.region(region)
        return tuple(place for place in self.municipalities if within and place.region == within.code)

    def zone(self, region: str | None = None, municipality: str | None = None) -> ZoneInfo:
        """Time zone of where she lives, from the municipality, else the region, else the country's own."""
        within = self.region(region)
        if municipality:
            place = self.municipality(municipality, region)
            if place and place.zone:
                return ZoneInfo(place.zone)
            code = place.code if place else municipality.strip()
            known = self._exceptions.get(("", code))
            if not known and within:
                names = (fold(municipality), _without_title(fold(municipality), within))
                known = next((z for n in names if (z := self._exceptions.get((within.code, n)))), None)
            if known:
                return ZoneInfo(known)
            within = within or (self.region(place.region) if place else None)
        return ZoneInfo(within.zone if within else self.default_zone)


def _without_title(folded: str, within: Region) -> str:
    """A municipality as she may write it, without "Ciudad" before it and her state after it."""
    for name in sorted({fold(text) for text in (within.name, *within.aliases)}, key=len, reverse=True):
        bare = folded.removesuffix(f" {name}")
        if bare and bare != folded:
            folded = bare
            break
    return _TITLE.sub("", folded)


def load_places(folder: Path, files: PlaceFiles, default_zone: str) -> Places:
    """Places of one programme. Raises ``ProgrammeError`` for a missing file, column or unknown zone.

    ``folder`` holds the programme files; a municipality catalogue is named from its parent, the project root,
    and may be absent: some (INEGI's) have terms that forbid shipping them, so operators install their own.
    """
    regions = [
        Region(row["code"], row["name"], _split(row["aliases"]), row["iso"], _zone(path, line, row["tz"]))
        for path, line, row in _rows(folder, files.regions, REGION_COLUMNS)
    ]
    exceptions = [
        Municipality(row["code"], row["name"], row["region"], (), _zone(path, line, row["tz"]))
        for path, line, row in _rows(folder, files.zone_exceptions, EXCEPTION_COLUMNS)
    ]
    catalogue = _catalogue(folder.parent, files.catalogue) if files.catalogue else []
    return Places(default_zone, regions, exceptions, catalogue)


def _rows(
    folder: Path, name: str | None, columns: Sequence[str]
) -> Iterator[tuple[Path, int, dict[str, str]]]:
    if name:
        path = folder / name
        yield from ((path, line, row) for line, row in read_table(path, columns))


def _split(aliases: str) -> tuple[str, ...]:
    return tuple(alias.strip() for alias in aliases.split(";") if alias.strip())


def _zone(path: Path, line: int, name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):
        file, mend = f"{path.parent.name}/{path.name}", "write an IANA name such as America/Santiago"
        raise ProgrammeError([Problem(file, line, f"'{name}' is not a known time zone", mend)]) from None


def _catalogue(root: Path, spec: Catalogue) -> list[Municipality]:
    path = root / spec.file
    if not path.is_file():
        return []
    columns = (*spec.code, spec.name, spec.region, *(c for c in (spec.zone, spec.aliases) if c))
    return [
        Municipality(
            "".join(row[column] for column in spec.code),
            row[spec.name],
            row[spec.region],
            _split(row[spec.aliases]) if spec.aliases else (),
            _zone(path, line, row[spec.zone]) if spec.zone and row[spec.zone] else "",
        )
        for line, row in read_table(path, columns)
    ]
