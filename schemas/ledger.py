"""A ledger's configuration: the facts about the sides of one conflict, read from one TOML file.

Names of bodies, what they count when they do not say, and which of them counts heads for its own
side live here and nowhere else; no rule names a body, a date or a figure.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field
from typing_extensions import override

from schemas.claim import Role
from schemas.record import Record
from schemas.words import LedgerVocabulary, Words


#: Parties that belong to no side.
OUTSIDE_PARTIES = ("mediator", "intl", "media")


def _time_zone(name: str) -> str:
    """Accept the name of a time zone that is known, and keep it as it is written."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"expected an IANA time zone (Europe/Kyiv), found {name!r}") from None
    return name


#: An IANA time zone, `UTC` or `Europe/Kyiv`.
TimeZone = Annotated[str, AfterValidator(_time_zone)]


class Side(Record):
    """One of the sides.

    Attributes:
        code: ISO 3166-1 alpha-2 or a body's short name, as claims name it.
        name: What people call it.
        competent_roles: Offices that count the heads of those who come back to this side
            (reconciliation.md §5 step 3, tier 1).
        demonyms: Words for its people, by language; beside a group's name they change nothing about
            who is counted: "Ruritanian soldiers".
        names: Further names of it, by language; beside a group's name they change nothing either.
        time_zone: Where its officials' days are days, null for the ledger's.
        mentions: What else reports call the side itself, by language: its capital, its government.
        people: Nouns for its people, by language: "Ruritanians".
        forces: Bodies whose members are its people, by language: "Ruritanian Army".
        captors: Words for its captivity, by language: "rebel captivity".
    """

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
    name: str = Field(min_length=1)
    competent_roles: tuple[str, ...]
    demonyms: Words = Field(default_factory=dict)
    names: Words = Field(default_factory=dict)
    time_zone: TimeZone | None = None
    mentions: Words = Field(default_factory=dict)
    people: Words = Field(default_factory=dict)
    forces: Words = Field(default_factory=dict)
    captors: Words = Field(default_factory=dict)


class Party(Record):
    """Whom a claimant may speak for beside the sides: an ally, a faction, a government's rival.

    Attributes:
        code: As claims name it.
        name: What people call it.
        counts_for: The side whose camp it is in; null for none, so that it is a camp of its own.
    """

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
    name: str = Field(min_length=1)
    counts_for: str | None = None


class LedgerOffice(Record):
    """An office of this conflict, beside those that every ledger knows.

    Attributes:
        code: As claims name it (`prison_service`).
        name: What people call it.
        counts: Whom it counts when it does not say, null for what the scopes say.
        competent_for: The side whose returning people it counts by the head, be it its own side or the one
            that it lets go (a prison service); null for none.
        words: What reports call it, by language.
    """

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")
    name: str = Field(min_length=1)
    counts: Literal["all", "military"] | None = None
    competent_for: str | None = None
    words: Words = Field(default_factory=dict)


class LedgerSpeaker(Record):
    """A person or body that reports quote, and the words by which they name it.

    Attributes:
        name: As claims name it.
        party: Whom it speaks for.
        role: Its office.
        words: What reports call it, by language.
    """

    name: str = Field(min_length=1)
    party: str
    role: str
    words: Words = Field(default_factory=dict)


class LedgerMediator(Record):
    """Who brings exchanges about, and the words by which reports name it.

    Attributes:
        code: As in a claim's `mediators`.
        name: What people call it.
        words: What reports call it, by language.
    """

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
    name: str = Field(min_length=1)
    words: Words = Field(default_factory=dict)


class Scope(Record):
    """What a claimant counts when it does not say, from a day on.

    Attributes:
        party: The claimant's party; `*` for any.
        role: The claimant's office; `*` for any.
        measure: The measure spoken of; `*` for any.
        counts: The category meant when none is stated.
        since: First day on which this holds; null means always.
    """

    party: str
    role: str
    measure: str = "*"
    counts: Literal["all", "military"]
    since: date | None = None


#: Where a category of a ledger's own stands.
CategoryAlias = Literal[
    "military", "civilian", "service", "all", "cross-cut", "unspecified", "dead"
]


class LedgerConfiguration(Record):
    """One ledger.

    Attributes:
        name: As in a claim's `subject` and in every Redis key.
        title: For people.
        sides: Two or more.
        parties: Whom claimants may speak for beside the sides.
        offices: Offices that claims may name beside those that every ledger knows.
        policy: The version of the policy to decide by, or `latest`; a log decided by another is
            decided anew.
        policy_named: What the file names where that is no version that this program decides by:
            `latest`, or a past version, which its successor decides. Not for files to set.
        claimant_aliases: Other names for a claimant, alias to the name used here, so that one body
            is one voice.
        category_aliases: Ledger-specific category words, to the category of the lattice they fall
            under: `military`, `civilian`, `service` (one of the services), `all` or `cross-cut` (part
            of everybody), `unspecified` (it is left open who is counted), `dead`.
        scopes: What claimants count when they do not say; the first that applies.
        opened: The day that ordinals and running totals count from; a counter that starts much later
            counts in a window of its own. Null means that this is not known.
        vocabulary: Words of this conflict, beside those that every ledger has; where both have a word,
            the ledger's own meaning of it holds.
        time_zone: Where an instant is told to be on which day.
        trusted_publishers: Sources (a claim's `source`) that may revise and retract claims of other
            sources by the same speaker.
        speakers: Whom reports quote, for reading claims out of their text.
        mediators: Who brings exchanges about, for the same.
        war: What reports call the conflict, by language, where they count "since the invasion".
        data_licence: The SPDX identifier of the licence that the ledger's data are given away under
            (`CC-BY-4.0`), shown beside whatever is taken away; null means that none is stated.
        shown_time_zones: Time zones that pages offer for days and hours, beside UTC and the ledger's own.
        translations: What its own words are called on pages in other languages, by language: its title,
            the names of sides, parties, offices and speakers, its groups of people.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    sides: tuple[Side, ...] = Field(min_length=2)
    parties: tuple[Party, ...] = ()
    offices: tuple[LedgerOffice, ...] = ()
    policy: str
    policy_named: str | None = None
    claimant_aliases: Mapping[str, str] = Field(default_factory=dict)
    category_aliases: Mapping[str, CategoryAlias] = Field(default_factory=dict)
    scopes: tuple[Scope, ...] = ()
    opened: date | None = None
    vocabulary: LedgerVocabulary = LedgerVocabulary()
    time_zone: TimeZone = "UTC"
    trusted_publishers: tuple[str, ...] = ()
    speakers: tuple[LedgerSpeaker, ...] = ()
    mediators: tuple[LedgerMediator, ...] = ()
    war: Words = Field(default_factory=dict)
    data_licence: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$")] = None
    shown_time_zones: tuple[TimeZone, ...] = ()
    translations: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)

    @override
    def __hash__(self) -> int:
        """Be a key by name; ledgers that are equal have one name."""
        return hash(self.name)

    @override
    def __eq__(self, other: object) -> bool:
        """Compare what is configured, as text: a cache asks for each claim, fields are hundreds."""
        return isinstance(other, LedgerConfiguration) and self._as_text == other._as_text

    @cached_property
    def _as_text(self) -> str:
        return self.model_dump_json()

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy what is configured; what was worked out of it is worked out anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    @cached_property
    def side_codes(self) -> tuple[str, ...]:
        """The sides' codes, in the order of the file."""
        return tuple(side.code for side in self.sides)

    @cached_property
    def party_codes(self) -> tuple[str, ...]:
        """Whom a claimant may speak for: the sides, the ledger's other parties, those of every ledger."""
        return (*self.side_codes, *(known.code for known in self.parties), *OUTSIDE_PARTIES)

    @cached_property
    def role_codes(self) -> tuple[str, ...]:
        """The offices that claims may name: those of every ledger, then its own."""
        declared = (office.code for office in self.offices)
        named = (scope.role for scope in self.scopes if scope.role != "*")
        return tuple(dict.fromkeys((*get_args(Role), *declared, *named)))

    def camp_of(self, party: str) -> str:
        """Return the side that a party counts for; itself where it counts for none."""
        for known in self.parties:
            if known.code == party and known.counts_for is not None:
                return known.counts_for
        return party

    def is_competent(self, role: str, side: str) -> bool:
        """Return whether an office counts the heads of those who come back to a side."""
        return role in self.competent_offices(side)

    def counts_for(self, role: str, side: str) -> bool:
        """Return whether an office is declared to count a side's people, whichever side's office it is."""
        return any(office.code == role and office.competent_for == side for office in self.offices)

    def competent_offices(self, side: str) -> tuple[str, ...]:
        """Return the offices that count the heads of those who come back to a side."""
        named = (
            role for known in self.sides if known.code == side for role in known.competent_roles
        )
        declared = (office.code for office in self.offices if office.competent_for == side)
        return tuple(dict.fromkeys((*named, *declared)))
