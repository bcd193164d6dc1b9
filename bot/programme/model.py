"""What a programme file may hold. Unknown names are refused, so that a slip of spelling is not lost."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.programme.document import wrong
from bot.programme.hours import WeeklyHours
from bot.programme.text import Text, Words

Purpose = Literal["violence", "distress", "danger"]
PURPOSES: tuple[Purpose, ...] = ("violence", "distress", "danger")
Barrier = Literal[
    "care", "time", "transport", "connectivity", "digital_skills", "family_opposition", "violence", "money",
    "health", "mental_health", "disability", "documents", "housing", "language", "confidence", "unsafe_area",
    "literacy",
]  # fmt: skip
Owner = Literal[
    "partner_coordinator", "facilitator", "focal_point", "social_worker", "network_coordinator", "tutor"
]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        mend = "write an IANA name such as America/Santiago"
        raise wrong(f"is '{value}', not a known time zone", mend) from None
    return value


ZoneName = Annotated[str, AfterValidator(_zone)]


class Part(BaseModel):
    """Base of every part of a programme file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Labelled(Part):
    """A code with its label: a modality, a level, a mentoring topic."""

    code: Code
    label: Text


class Level(Labelled):
    """How far a woman starts in her pathway."""

    code: Literal["basic", "advanced"]


class Pathway(Part):
    """One of the three pathways of the global model; ``value`` is its choice name in the form."""

    code: Literal["entrepreneurship", "employment", "education"]
    value: Code
    label: Text
    modalities: tuple[Code, ...]


class Wave(Part):
    """One follow-up survey: due ``months`` calendar months after completion, accepted in a window of days."""

    code: Code
    months: int = Field(ge=1, le=60)
    opens_days_before: int = Field(ge=0)
    closes_days_after: int = Field(ge=1)


class CallList(Part):
    """Days after the invitation between which staff telephone those who have not answered."""

    from_day: int = Field(ge=1)
    to_day: int


class FollowUp(Part):
    """The survey calendar. ``months_says`` is its months in words; ``minutes`` the length of a survey."""

    waves: tuple[Wave, ...]
    months_says: Text
    minutes: int = Field(ge=1)
    reminders_after_days: tuple[int, ...]
    call_list: CallList

    @model_validator(mode="after")
    def _in_order(self) -> FollowUp:
        if list(self.reminders_after_days) != sorted(set(self.reminders_after_days)):
            raise wrong("has reminders out of order", "write reminders_after_days from low to high")
        if len(self.reminders_after_days) > 3:
            # repeated contact did not cut attrition in trials, and more messages lowered take-up
            raise wrong("has more than three reminders", "keep three at most")
        return self


class QuietHours(Part):
    """Local hours between which nothing is sent that she did not just ask for."""

    starts: time
    ends: time


class Consent(Part):
    """Who answers for her data. ``notice`` says how to get the full notice while ``notice_url`` is unset."""

    version: Words
    controller: Text
    address: Text
    notice: Text
    notice_url: str = ""
    confirmed: bool


class Retention(Part):
    """How long each kind of data is kept, counted from the last wave (the chat from each message)."""

    contact_months: int = Field(ge=1)
    answers_months: int = Field(ge=1)
    chat_days: int = Field(ge=1)
    restricted_months: int = Field(ge=1)


class Team(Part):
    """When the human team answers and how it can be reached from outside the chat."""

    hours: WeeklyHours
    contact: Text
    confirmed: bool


class Sourced(Part):
    """Anything that changes in the world: where it was read, whether somebody local confirmed it, from-to."""

    source: Words
    confirmed: bool
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _from_before_to(self) -> Sourced:
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise wrong("ends before it begins", "exchange valid_from and valid_to")
        return self

    def valid_on(self, day: date | None) -> bool:
        """Whether it holds on that day; without a day, whether no end is known."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Partner(Sourced):
    """An organisation that runs the programme (implementing) or supports it (ally); no region: everywhere."""

    code: Code
    name: Words
    kind: Literal["implementing", "ally"]
    regions: tuple[Words, ...] = ()


class Centre(Sourced):
    """A place where she can go. ``municipality`` is a name or a code of the catalogue."""

    code: Code
    name: Words
    kind: Literal["fixed", "mobile", "ally_facility", "productive_unit"]
    region: Words
    municipality: Words | None = None
    partner: Code | None = None


class Contact(Sourced):
    """Telephone or mail of a partner for sign-up in one region. Shown to her only once confirmed."""

    region: Words
    municipality: Words | None = None
    phone: Words | None = None
    email: Words | None = None


class ReferralKind(Part):
    """A kind of support: the need it answers, who looks after it, what may honestly be offered.

    ``need`` is the choice name in the form; ``barriers`` are the names that understanding and exports use,
    the first being the one exported. ``restricted`` referrals are seen by the focal point only.
    """

    kind: Code
    need: Code
    barriers: tuple[Barrier, ...] = ()
    owner: Owner
    offer: Text
    services: tuple[Words, ...] = ()
    restricted: bool = False
    source: Words
    confirmed: bool

    @property
    def barrier(self) -> Barrier | None:
        """The barrier name under which it is exported, if it answers one."""
        return self.barriers[0] if self.barriers else None


class HelpLine(Part):
    """A line to call or write to. ``purposes`` gives its rank for each purpose, 1 being the first choice.

    ``checked_on`` is the date at which its source said so. ``country`` and ``zone`` are filled at load.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    code: Code
    number: Words
    name: Text
    offers: Text = Field(alias="for")
    purposes: dict[Purpose, Annotated[int, Field(ge=1)]]
    channel: Literal["call", "whatsapp"]
    emergency: bool = False
    hours: WeeklyHours | None = None
    regions: tuple[Words, ...] = ()
    cost: Literal["free", "local_call", "unknown"]
    usable: bool
    source: Words
    checked_on: date | None = None
    country: str = ""
    zone: str = ""

    @model_validator(mode="after")
    def _usable_is_verified(self) -> HelpLine:
        if self.usable and (self.hours is None or self.checked_on is None):
            mend = "add 'hours' and 'checked_on' from a source, or set 'usable: false'"
            raise wrong("is usable but has no hours or no checked_on", mend)
        return self


class Catalogue(Part):
    """An optional table of municipalities, its path from the project root, and which columns hold what.

    ``code`` may be several columns written one after the other (state and municipality digits).
    """

    file: Words
    code: tuple[Words, ...]
    name: Words
    region: Words
    zone: Words | None = None
    aliases: Words | None = None


class PlaceFiles(Part):
    """Tables of places, named from the folder of the programme files."""

    regions: Words | None = None
    zone_exceptions: Words | None = None
    catalogue: Catalogue | None = None
