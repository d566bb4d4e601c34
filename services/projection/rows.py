"""The rows of the read models that are not views by themselves, and how they become views.

A claim is stored once, in the log; its row holds only where it stands, and the two are joined when
read. Published totals are stored as rows and shown inside the cumulative series.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Literal, NamedTuple, Protocol, get_args

from pydantic import ConfigDict

from schemas.claim import ALL_SIDES_TOGETHER, Day
from schemas.decisions import Assignment
from schemas.events import RecordedClaim
from schemas.record import Record
from schemas.views import Check, ClaimView, Exchange, Figure
from schemas.vocabulary import FigureStatus, Flag


Table = Literal["exchanges", "figures", "totals", "checks", "claims"]
TABLES: tuple[Table, ...] = get_args(Table)


class TotalRow(Record):
    """A running total as published and reconciled; `claims` are refs, sorted, `said` is what they say."""

    ledger: str
    side: str
    category: str
    as_of: date
    since: Day | None
    low: int
    best: int | None
    high: int | None
    status: FigureStatus
    flags: tuple[Flag, ...]
    claims: tuple[str, ...]
    checks: tuple[str, ...]
    position: int
    said: tuple[int, int | None, int | None] | None = None


class ClaimRow(Record):
    """Where one claim stands; what it says, and when it was recorded, is at `position` in the log.

    `assignment` is null until reconciliation has read the claim.
    """

    # Rows in views of before held what the log says as well.
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source: str
    ref: str
    position: int
    assignment: Assignment | None = None


Row = Exchange | Figure | TotalRow | Check | ClaimRow
RECORDS: Mapping[Table, type[Row]] = {
    "exchanges": Exchange,
    "figures": Figure,
    "totals": TotalRow,
    "checks": Check,
    "claims": ClaimRow,
}


class Rows(NamedTuple):
    """All rows of one ledger, in order of id, total key and ref."""

    exchanges: tuple[Exchange, ...]
    figures: tuple[Figure, ...]
    totals: tuple[TotalRow, ...]
    checks: tuple[Check, ...]
    claims: tuple[ClaimRow, ...]


def total_key(*, side: str, category: str, as_of: date) -> str:
    """Return the key of a running total.

    >>> total_key(side="UA", category="all", as_of=date(2024, 1, 3))
    'UA:all:2024-01-03'
    """
    return f"{side}:{category}:{as_of.isoformat()}"


def key_of(row: Row) -> str:
    """Return the key of a row within its table."""
    match row:
        case ClaimRow():
            return str(row.position)
        case TotalRow():
            return total_key(side=row.side, category=row.category, as_of=row.as_of)
        case Exchange() | Figure() | Check():
            return row.id


def by_ref(rows: Iterable[ClaimRow]) -> tuple[ClaimRow, ...]:
    """Put claims in order of ref, which does not depend on the order in which claims came in."""
    # Two publishers can make their qualified refs alike; then the log's order has to do.
    return tuple(sorted(rows, key=attrgetter("ref", "position")))


class ClaimInLog(Protocol):
    """What the log holds of a claim, as far as its view shows it; a `ClaimRecorded` is one."""

    @property
    def position(self) -> int:
        """Its log position."""

    @property
    def subject(self) -> str:
        """The ledger's name."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded."""

    @property
    def data(self) -> RecordedClaim:
        """The claim as it was published."""


def claim_view(row: ClaimRow, recorded: ClaimInLog) -> ClaimView:
    """Join a claim's row with what the log holds at its position."""
    assert recorded.position == row.position, (
        f"claim {row.ref} stands at position {row.position}, got {recorded.position}"
    )
    claim = recorded.data.claim
    shown = {
        "ledger": recorded.subject,
        "id": row.id,
        "source": row.source,
        "ref": row.ref,
        "stated_exchange": claim.exchange,
        "asserted_at": claim.asserted_at or recorded.data.time,
        "revision_reason": claim.reason,
        "recorded_at": recorded.recorded_at,
        "position": row.position,
    }
    shown.update(zip(_SAID_AS_SHOWN, _said_as_shown(claim), strict=True))
    if claim.side in ALL_SIDES_TOGETHER:
        shown["side"] = "both"
    if row.assignment is not None:
        shown.update(zip(_STANDS, _stands(row.assignment), strict=True))
    else:
        shown.update(dict.fromkeys(_STANDS), state="active")
    # As one dictionary: over thirty fields given by name take longer.
    return ClaimView.model_validate(shown)


_STANDS = (
    "exchange",
    "figure",
    "voice",
    "camp",
    "tier",
    "low",
    "high",
    "state",
    "reason",
    "evidence",
)
_SAID_AS_SHOWN = (
    "measure",
    "side",
    "category",
    "unit",
    "quantity",
    "wording",
    "period",
    "claimant",
    "reported_by",
    "url",
    "published_at",
    "mediators",
    "modality",
)
_stands = attrgetter(*_STANDS)
_said_as_shown = attrgetter(*_SAID_AS_SHOWN)
