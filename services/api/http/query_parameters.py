"""The query parameters of every operation, defined once.

An unknown parameter is refused: ignoring a misspelled filter would give a wrong answer.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from schemas.claim import Day, Measure
from schemas.health import Stage
from schemas.vocabulary import (
    CheckKind,
    CheckResult,
    ClaimState,
    ExchangeStatus,
    FigureStatus,
)
from services.queries.as_of import Cut, read_place
from services.queries.between import Place
from services.queries.cut_times import read_cut_time
from services.queries.headline_totals import Period


#: Rows on one page unless asked for otherwise, and most that may be asked for.
LIMIT, LIMIT_MAX = 100, 1_000
#: How a list may be asked for besides by the Accept header.
Format = Literal["json", "csv", "xlsx", "parquet"]
#: Greatest position there can be.
POSITION_MAX = 2**53 - 1


def _cut_time(found: object) -> object:
    return read_cut_time(found) if isinstance(found, str) else found


CutTime = Annotated[
    datetime,
    BeforeValidator(_cut_time),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]


def _checked_place(found: str) -> str:
    read_place(found)
    return found


#: A place as it was written: a record for it would be taken for a parameter given several times.
PlaceText = Annotated[
    str,
    AfterValidator(_checked_place),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
]
Position = Annotated[int, Field(ge=0, le=POSITION_MAX)]
Word = Annotated[str, Field(min_length=1, max_length=1_000)]


class LedgerParameters(BaseModel):
    """Parameters of every operation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ledger: Annotated[
        Word | None,
        Field(description="The ledger; the first of the server's settings if not given."),
    ] = None


class ReadinessParameters(BaseModel):
    """Parameters of the question whether the server is ready."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Annotated[
        Stage | None,
        Field(
            description="This stage alone, which must run; `api`: whether this API can read, however old "
            "what it shows may be. All if not given."
        ),
    ] = None


class ReadParameters(LedgerParameters):
    """Parameters of every reading operation."""

    min_position: Annotated[
        Position | None,
        Field(
            description="Wait until everything recorded up to this log position is decided and shown."
        ),
    ] = None


class AsOfParameters(ReadParameters):
    """Parameters of every operation that can answer for another time."""

    as_asserted_by: Annotated[
        CutTime | None,
        Field(description="Only what had been said by then: a day (meant whole, UTC) or RFC 3339."),
    ] = None
    as_known_on: Annotated[
        CutTime | None,
        Field(description="What this ledger held then: a day (meant whole, UTC) or RFC 3339."),
    ] = None

    @property
    def cut(self) -> Cut:
        """The times asked for."""
        return Cut(self.as_asserted_by, self.as_known_on)


FormatParameter = Annotated[
    Format | None, Field(description="The form of the answer; else the Accept header says it.")
]


class ListParameters(AsOfParameters):
    """Parameters of every list."""

    limit: Annotated[
        Annotated[int, Field(ge=1, le=LIMIT_MAX)] | None,
        Field(
            description=f"Most rows on a page. If not given: {LIMIT} of JSON, all rows of every other form."
        ),
    ] = None
    cursor: Annotated[Word | None, Field(description="The `next` of the page before; opaque.")] = (
        None
    )
    format: FormatParameter = None
    date_from: Annotated[Day | None, Field(description="Only from this day on.")] = None
    date_to: Annotated[Day | None, Field(description="Only up to this day, inclusive.")] = None


class ExchangesParameters(ListParameters):
    """Parameters of the list of exchanges."""

    status: Annotated[ExchangeStatus | None, Field(description="Only those of this status.")] = None


class OperationsParameters(ListParameters):
    """Parameters of the list of operations, whose day is the first."""

    status: Annotated[ExchangeStatus | None, Field(description="Only those of this status.")] = None


class _SideParameters(ListParameters):
    side: Annotated[Word | None, Field(description="Only this side: a code, or `both`.")] = None
    category: Annotated[Word | None, Field(description="Only who is counted so.")] = None


class FiguresParameters(_SideParameters):
    """Parameters of the list of figures."""

    exchange: Annotated[Word | None, Field(description="Only those of this exchange.")] = None
    measure: Annotated[Measure | None, Field(description="Only what is counted so.")] = None
    status: Annotated[FigureStatus | None, Field(description="Only those of this status.")] = None


class CumulativeParameters(_SideParameters):
    """Parameters of the list of running totals."""

    status: Annotated[FigureStatus | None, Field(description="Only those of this status.")] = None
    since: Annotated[
        Day | None,
        Field(description="Counted from this day on, rather than since the ledger opened."),
    ] = None


class CitationParameters(AsOfParameters):
    """Parameters of a citation: of one of these, or of the whole ledger."""

    figure: Annotated[Word | None, Field(description="A figure, by its id.")] = None
    total: Annotated[Word | None, Field(description="The newest total of a side: a code.")] = None
    chart: Annotated[Word | None, Field(description="A chart, by its name.")] = None


class HeadlineParameters(AsOfParameters):
    """Parameters of the headline rows and their sums."""

    format: FormatParameter = None
    side: Annotated[Word | None, Field(description="Only this side: a code.")] = None
    category: Annotated[Word | None, Field(description="Only who is counted so.")] = None
    since: Annotated[Day | None, Field(description="Only from this day on.")] = None
    until: Annotated[Day | None, Field(description="Only up to this day, inclusive.")] = None
    by: Annotated[
        Period | None,
        Field(description="Sums by year or month in the place of rows, groups among them."),
    ] = None


class RemainsParameters(AsOfParameters):
    """Parameters of the remains handed over."""

    side: Annotated[Word | None, Field(description="Only to this side: a code.")] = None
    since: Annotated[Day | None, Field(description="Only from this day on.")] = None
    until: Annotated[Day | None, Field(description="Only up to this day, inclusive.")] = None


class ChecksParameters(_SideParameters):
    """Parameters of the list of checks."""

    exchange: Annotated[Word | None, Field(description="Only those of this exchange.")] = None
    kind: Annotated[CheckKind | None, Field(description="Only those of this kind.")] = None
    result: Annotated[CheckResult | None, Field(description="Only those that ended so.")] = None


class ClaimsParameters(_SideParameters):
    """Parameters of the list of claims."""

    exchange: Annotated[Word | None, Field(description="Only those taken to mean this one.")] = None
    measure: Annotated[Measure | None, Field(description="Only what is counted so.")] = None
    state: Annotated[ClaimState | None, Field(description="Only those in this state.")] = None
    claimant: Annotated[Word | None, Field(description="Only what this one says, by name.")] = None
    outlet: Annotated[Word | None, Field(description="Only what this one reported.")] = None


class LogParameters(ReadParameters):
    """Parameters of the list of the log's events."""

    after: Annotated[Position, Field(description="Only events behind this position.")] = 0
    cursor: Annotated[
        Position | None,
        Field(description="The `next` of the page before, in the place of `after`."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Most events on a page.")] = LIMIT

    @property
    def start(self) -> int:
        """The position behind which the page begins."""
        return self.after if self.cursor is None else self.cursor


class DiffParameters(ReadParameters):
    """Parameters of what changed between two places of the log."""

    first: Annotated[
        PlaceText,
        Field(
            alias="from",
            description="The first place: a log position (0 is the empty log), a day (meant whole, UTC) or RFC 3339.",
        ),
    ]
    second: Annotated[
        PlaceText | None,
        Field(alias="to", description="The second, likewise; the log's end if not given."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Most rows on a page.")] = LIMIT
    cursor: Annotated[Word | None, Field(description="The `next` of the page before; opaque.")] = (
        None
    )

    @property
    def places(self) -> tuple[Place, Place]:
        """The two places asked for."""
        return read_place(self.first), read_place(self.second) if self.second else Place()


class ChangesParameters(LedgerParameters):
    """Parameters of the stream of changes."""

    last_event_id: Annotated[
        Word | None, Field(description="Where the consumer is: an event's id, or a position.")
    ] = None
