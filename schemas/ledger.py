"""A ledger's configuration: the facts about one pair of sides, read from one TOML file.

Names of bodies, what they count when they do not say, and which of them counts heads for its own
side live here and nowhere else; no rule names a body, a date or a figure.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field
from typing_extensions import override

from schemas.claim import Role
from schemas.record import Record
from schemas.words import LedgerVocabulary, Words


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
    """One of the two sides.

    Attributes:
        code: ISO 3166-1 alpha-2, as claims name it.
        name: What people call it.
        competent_roles: Offices that count the heads of those who come back to this side
            (reconciliation.md §5 step 3, tier 1).
        demonyms: Words for its people, by language; beside a group's name they change nothing about
            who is counted: "Ruritanian soldiers".
    """

    code: str
    name: str
    competent_roles: tuple[Role, ...]
    demonyms: Words = Field(default_factory=dict)


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
        sides: Exactly two.
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
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    sides: tuple[Side, Side]
    policy: str
    policy_named: str | None = None
    claimant_aliases: Mapping[str, str] = Field(default_factory=dict)
    category_aliases: Mapping[str, CategoryAlias] = Field(default_factory=dict)
    scopes: tuple[Scope, ...] = ()
    opened: date | None = None
    vocabulary: LedgerVocabulary = LedgerVocabulary()
    time_zone: TimeZone = "UTC"
    trusted_publishers: tuple[str, ...] = ()

    @override
    def __hash__(self) -> int:
        """Be a key by name; ledgers that are equal have one name."""
        return hash(self.name)

    @property
    def side_codes(self) -> tuple[str, str]:
        """The two sides' codes, in the order of the file."""
        return self.sides[0].code, self.sides[1].code
