"""One country's programme: its data with the questions that the rest of the system asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import PrivateAttr

from bot.core.clock import aware
from bot.core.text import fold
from bot.programme.model import (
    Centre,
    Consent,
    Contact,
    CountryCode,
    FollowUp,
    HelpLine,
    Labelled,
    Level,
    Part,
    Partner,
    Pathway,
    PlaceFiles,
    Purpose,
    QuietHours,
    ReferralKind,
    Retention,
    Team,
    Wave,
    ZoneName,
)
from bot.programme.places import Places
from bot.programme.text import Text, Words

STALE_AFTER = timedelta(days=90)
"""A help line checked longer ago is to be called again before launch (safety requirement SAF-13)."""

PLACEHOLDERS = {
    "programa": "programme",
    "emergencia": "emergency",
    "contacto": "contact",
    "responsable": "controller",
    "domicilio": "address",
    "meses": "months",
    "meses_seg": "fu_months",
    "horario": "hours",
    "url": "url",
    "min": "min",
}
"""Names in braces that a programme fills in forms and messages: the Spanish name and its English one."""

UNKNOWN = "unknown"
"""Key of the programme that holds while her country is not known."""


class Programme(Part):
    """A programme file. ``key`` is the file's name without ending ("mexico"), ``country`` its ISO code."""

    country: CountryCode | None = None
    name: Text
    country_name: Text
    phone_code: Words | None = None
    languages: tuple[Words, ...]
    default_zone: ZoneName
    places: PlaceFiles = PlaceFiles()
    quiet_hours: QuietHours
    emergency: Text
    pathways: tuple[Pathway, ...] = ()
    levels: tuple[Level, ...] = ()
    modalities: tuple[Labelled, ...] = ()
    follow_up: FollowUp
    consent: Consent
    retention: Retention
    team: Team
    partners: tuple[Partner, ...] = ()
    centres: tuple[Centre, ...] = ()
    contacts: tuple[Contact, ...] = ()
    referrals: tuple[ReferralKind, ...]
    lines: tuple[HelpLine, ...] = ()
    mentoring_topics: tuple[Labelled, ...] = ()

    _key: str = PrivateAttr(default=UNKNOWN)
    _places: Places | None = PrivateAttr(default=None)

    def bind(self, key: str, places: Places) -> Programme:
        """This programme under its key, with its places; the loader's last step."""
        self._key, self._places = key, places
        return self

    @property
    def key(self) -> str:
        """The file's name without ending, as completion lists write it: ``mexico``, ``chile``."""
        return self._key

    @property
    def place_index(self) -> Places:
        """Regions and municipalities of the country."""
        return self._places or Places(self.default_zone)

    @property
    def waves(self) -> tuple[Wave, ...]:
        """The follow-up waves, soonest first."""
        return tuple(sorted(self.follow_up.waves, key=lambda wave: wave.months))

    @property
    def consent_version(self) -> str:
        """Version of the consent text she is shown."""
        return self.consent.version

    def pathway(self, code_or_value: str) -> Pathway:
        """The pathway with this code or form value. Raises ``LookupError`` where there is none."""
        for pathway in self.pathways:
            if code_or_value in (pathway.code, pathway.value):
                return pathway
        raise LookupError(f"{self.key} has no pathway '{code_or_value}'")

    def placeholders(self, language: str) -> dict[str, str]:
        """Values for the braces of forms and messages, under their Spanish and their English names."""
        consent, team = self.consent, self.team
        spanish = {
            "programa": self.name.in_language(language),
            "emergencia": self.emergency.in_language(language),
            "contacto": team.contact.in_language(language),
            "responsable": consent.controller.in_language(language),
            "domicilio": consent.address.in_language(language),
            "meses": str(self.retention.contact_months),
            "meses_seg": self.follow_up.months_says.in_language(language),
            "horario": team.hours.says.in_language(language),
            "url": consent.notice_url or consent.notice.in_language(language),
            "min": str(self.follow_up.minutes),
        }
        return spanish | {PLACEHOLDERS[name]: value for name, value in spanish.items()}

    def help_lines(self, purpose: Purpose, at: datetime, region: str | None = None) -> tuple[HelpLine, ...]:
        """Lines that answer now, first choice first, the emergency number always there and last.

        Only usable lines, open at ``at`` (aware) by the clock and holidays of their own country; a line of
        some regions only for a woman who lives in one of them. For danger the emergency number is all.
        While her country is not known: the first choice of each country and their emergency numbers.
        """
        now, within = aware(at), self.place_index.region(region)
        code = within.code if within else None

        def answers(line: HelpLine) -> bool:
            if not line.usable or purpose not in line.purposes or line.hours is None:
                return False
            if line.regions and code not in line.regions:
                return False
            return line.hours.open_at(now.astimezone(ZoneInfo(line.zone or self.default_zone)), line.country)

        found = sorted(filter(answers, self.lines), key=lambda line: (line.emergency, line.purposes[purpose]))
        return tuple(found if self.country else _first_of_each_country(found))

    def stale_lines(self, today: date) -> tuple[HelpLine, ...]:
        """Usable lines whose check is older than 90 days."""
        return tuple(
            line
            for line in self.lines
            if line.usable and line.checked_on is not None and today - line.checked_on > STALE_AFTER
        )

    def zone(self, region: str | None = None, municipality: str | None = None) -> ZoneInfo:
        """Her time zone, from where she lives; the country's main one where that is not known."""
        return self.place_index.zone(region, municipality)

    def centres_in(self, region: str | None, on: date | None = None) -> tuple[Centre, ...]:
        """Centres of her region that hold on that day (without a day: with no known end)."""
        within = self.place_index.region(region)
        return tuple(c for c in self.centres if within and c.region == within.code and c.valid_on(on))

    def centre_for(
        self, region: str | None, municipality: str | None = None, on: date | None = None
    ) -> Centre | None:
        """The nearest centre that the data can tell: of her municipality, else of her region, else none."""
        near = self.centres_in(region, on)
        if municipality:
            place = self.place_index.municipality(municipality, region)
            wanted = {fold(municipality), *((fold(place.name), fold(place.code)) if place else ())}
            for centre in near:
                if centre.municipality and fold(centre.municipality) in wanted:
                    return centre
        return near[0] if near else None

    def partners_in(self, region: str | None, on: date | None = None) -> tuple[Partner, ...]:
        """Partners at work in her region on that day, national ones included."""
        within = self.place_index.region(region)
        code = within.code if within else None
        return tuple(p for p in self.partners if (not p.regions or code in p.regions) and p.valid_on(on))

    def referral(self, need: str) -> ReferralKind:
        """Kind of support for a need of the form or a barrier name; the kind ``other`` for any other word.

        A need that somebody adds to the form must not be lost, so an unknown one goes to a person.
        """
        by_need = next((kind for kind in self.referrals if kind.need == need), None)
        by_barrier = next((kind for kind in self.referrals if need in kind.barriers), None)
        return by_need or by_barrier or next(kind for kind in self.referrals if kind.kind == "other")

    def team_answers_at(self, at: datetime) -> bool:
        """Whether the human team is at work at this (aware) instant."""
        return self.team.hours.open_at(aware(at).astimezone(ZoneInfo(self.default_zone)), self.country or "")


def _first_of_each_country(lines: Sequence[HelpLine]) -> Iterator[HelpLine]:
    """All lines of all countries would not fit a message that can be read in a hurry."""
    seen: set[str] = set()
    for line in lines:
        if line.emergency or line.country not in seen:
            yield line
        seen.add(line.country)
