"""The claim: one figure that one speaker asserted in one report.

A claim crosses the border as the data of a CloudEvents 1.0 JSON event (contract.md §1). Publishers
may send fields we do not know; they are kept and never read. Nothing here looks at a ledger's
configuration: whether a side exists is asked in `services.ingest.intake`.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from schemas.instants import day_written
from schemas.record import Received


Measure = Literal[
    "returned",
    "exchanged_total",
    "cumulative_returned",
    "cumulative_exchanged_total",
    "exchange_ordinal",
    "held",
    "mediated_count",
    "superlative",
    "first_since",
    "breakdown",
    "remains_returned",
    "cumulative_remains_returned",
]
Unit = Literal["persons", "exchanges", "bodies"]
Bound = Literal[
    "exact",
    "at_least",
    "more_than",
    "at_most",
    "less_than",
    "about",
    "nearly",
    "range",
    "vague",
    "undisclosed",
]
#: Offices that every ledger knows; a ledger may declare further ones.
Role = Literal[
    "mod",
    "president",
    "ombudsman",
    "coordination_hq",
    "foreign_ministry",
    "mediator",
    "outlet",
    "other",
]
Modality = Literal["asserted", "planned", "denied"]
Counterpart = Literal["persons", "none", "things"]
Reason = Literal[
    "correction",
    "later_count",
    "scope_change",
    "arithmetic_slip",
    "translation",
    "misattribution",
    "withdrawn",
]
DerivationKind = Literal["none", "sum_of", "difference_of", "average_of", "model"]

#: A count of people or exchanges: a whole number that fits 63 bits, as stores and other languages
#: expect.
COUNT_MAX = 2**63 - 1
#: The greatest count that is accepted anew, of people or exchanges: more than any conflict has, and so
#: far from `COUNT_MAX` that the interval around a count, and every sum, still fits 64 bits. Logs may
#: hold greater ones.
ACCEPTED_COUNT_MAX = 10**9
#: Longest accepted name of a category, in characters. Real ones stay below 60.
CATEGORY_CHARACTERS_MAX = 200
#: Longest accepted id, source, name, outlet or wording, in characters.
TEXT_CHARACTERS_MAX = 1_000
#: Longest accepted URL, in characters.
URL_CHARACTERS_MAX = 4_000

#: Measures that say nothing without a number.
COUNTED_MEASURES: frozenset[str] = frozenset(
    {
        "returned",
        "exchanged_total",
        "cumulative_returned",
        "cumulative_exchanged_total",
        "exchange_ordinal",
        "held",
        "mediated_count",
        "breakdown",
        "remains_returned",
        "cumulative_remains_returned",
    }
)
#: Measures that count the dead who were handed over.
MEASURES_OF_REMAINS: frozenset[str] = frozenset({"remains_returned", "cumulative_remains_returned"})

#: The category of a part in a list that counts the dead among those of whom the whole is said.
OF_WHOM_DEAD = "of_whom_dead"

#: What a measure counts. One that is missing here counts either: mediators are said to have brought
#: back so many people, or to have taken part in so many exchanges.
UNITS: Mapping[str, Unit] = {
    "returned": "persons",
    "exchanged_total": "persons",
    "cumulative_returned": "persons",
    "cumulative_exchanged_total": "persons",
    "held": "persons",
    "breakdown": "persons",
    "exchange_ordinal": "exchanges",
    "remains_returned": "bodies",
    "cumulative_remains_returned": "bodies",
}

#: Measures that count both sides together. An ordinal is none: each side may count its exchanges.
MEASURES_OF_BOTH_SIDES: frozenset[str] = frozenset(
    {"exchanged_total", "cumulative_exchanged_total"}
)
#: All sides of a ledger together. Where there are more than two, `all_sides` reads better.
ALL_SIDES_TOGETHER: tuple[str, str] = ("both", "all_sides")


#: As both pydantic-core's and Python's regular expressions read them.
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
#: A month of a year, or a year alone.
_MONTH_OR_YEAR = r"^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})(-(0[1-9]|1[0-2]))?$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*$"
#: No C0, DEL or C1: no report carries control characters, and every terminal obeys them. A pattern,
#: because it is tried where the text is read, not by a call for each.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"


def _day_or_instant(text: str) -> str:
    """Accept an ISO 8601 date, or a date with a time, and keep it as it was written."""
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expected an ISO 8601 date or date-time, {error}") from None
    return text


def _misfit(field: str, message: str) -> PydanticCustomError:
    """Make the error of a record whose fields contradict each other, naming the one to mend."""
    # Braces in the message would be read as places to fill in.
    return PydanticCustomError("misfit", "{message}", {"field": field, "message": message})


class _Written:
    """Accepts a day or an instant as it is written, or as an object of its kind, and nothing else.

    Pydantic would read a number as seconds since 1970, and a bare day as an instant. In JSON that is
    asked where the text is read, not by a call for each.
    """

    def __init__(self, kind: type[date], pattern: str, expected: str) -> None:
        self._kind = kind
        self._pattern = re.compile(pattern)
        self._fault = f"expected {expected}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        read = handler(source)
        written = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=self._pattern.pattern, strict=True),
            # As pydantic reports the ValueError below.
            custom_error_type="value_error",
            custom_error_context={"error": self._fault},
        )
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([written, read]),
            python_schema=core_schema.no_info_before_validator_function(self._refuse_others, read),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        assert schema["type"] == "json-or-python"
        return handler(schema["python_schema"])

    def _refuse_others(self, given: object) -> object:
        is_written = isinstance(given, str) and self._pattern.fullmatch(given)
        if is_written or isinstance(given, self._kind):
            return given
        raise ValueError(self._fault)


Count = Annotated[int, Field(ge=0, le=COUNT_MAX)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX, pattern=PRINTABLE)]
Category = Annotated[
    str, Field(min_length=1, max_length=CATEGORY_CHARACTERS_MAX, pattern=PRINTABLE)
]
Url = Annotated[str, Field(min_length=1, max_length=URL_CHARACTERS_MAX, pattern=PRINTABLE)]
DayOrInstant = Annotated[str, Field(max_length=40), AfterValidator(_day_or_instant)]
Day = Annotated[date, Field(strict=False), _Written(date, _DAY, "a date (YYYY-MM-DD)")]
MonthOrYear = Annotated[str, Field(pattern=_MONTH_OR_YEAR)]
#: A body's office in a word of small letters, digits and underscores.
Office = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    _Written(datetime, _INSTANT, "a date and time with a time zone (RFC 3339)"),
]


class Quantity(Received, use_attribute_docstrings=True):
    """How many, and how exactly it was said.

    `value` is the number in the wording; `low` and `high` belong to `range` alone. All are whole
    people or exchanges. What each bound means as an interval is policy, not vocabulary: see
    `services.reconciliation.claims.interval`.
    """

    bound: Bound
    """How the number was said."""
    value: Count | None = None
    """The number in the wording."""
    low: Count | None = None
    """The least of a range."""
    high: Count | None = None
    """The most of a range."""
    so_far: bool | None = None
    """Whether people were still coming when it was counted: it is then a least number."""

    @model_validator(mode="after")
    def _numbers_fit_the_bound(self) -> Self:
        bound = self.bound
        if bound == "range":
            if self.low is None or self.high is None:
                raise ValueError(
                    f"expected low and high for bound range, found low {self.low}, high {self.high}"
                )
            if self.low > self.high:
                raise ValueError(
                    f"expected low <= high for bound range, found {self.low} > {self.high}"
                )
        elif self.value is None and bound not in ("vague", "undisclosed"):
            raise _misfit("value", f"expected a number for bound {bound}, found nothing")
        if bound == "less_than" and self.value == 0:
            raise _misfit("value", "expected a number above 0 for bound less_than, found 0")
        return self


class ExchangeReference(Received, use_attribute_docstrings=True):
    """What the report says about which exchange is meant; null means not stated."""

    date: Annotated[Day | MonthOrYear | None, Field(union_mode="left_to_right")] = None
    """The day of the exchange, or its month (`2020-10`) or year (`2020`) where no more is known."""
    ordinal: Annotated[int, Field(ge=1, le=COUNT_MAX)] | None = None
    """The number that the speaker gives the exchange."""
    until: Day | None = None
    """The last day of an operation that took several, of which `date` is the first."""
    counterpart: Counterpart | None = None
    """What went the other way: `persons`, `none`, or `things`, such as money or maps of mines."""
    third: Text | None = None
    """The country that people were set free to, where it is neither side: a code or its name."""


class Period(Received, use_attribute_docstrings=True):
    """The days a running total spans; null means not stated."""

    since: Day | None = None
    """The first day counted in."""
    as_of: Day | None = None
    """The last day counted in."""


class Claimant(Received, use_attribute_docstrings=True):
    """Who asserts the figure: a person or body, the party it speaks for, and its office."""

    name: Text
    """The person or body."""
    party: Text
    """Whom it speaks for: a side, `mediator`, `intl` or `media`."""
    role: Office
    """Its office: one that every ledger knows, or one that the ledger declares."""


class ClaimReference(Received):
    """The CloudEvents identity of another claim."""

    source: Text
    id: Text


class Derivation(Received):
    """How a figure was worked out from others, e.g. `{"kind": "sum_of", "of": ["id-1", "id-2"]}`."""

    kind: DerivationKind
    of: Annotated[tuple[Text, ...], Field(strict=False, max_length=1_000, fail_fast=True)] = ()


class Extraction(Received):
    """How the claim was read out of the report: by hand, or by a tool at a version.

    `fallback` says why not by what was asked for, such as a model that did not answer.
    """

    method: Text
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    reviewer: Text | None = None
    fallback: Text | None = None


class Claim(Received):
    """What was said: the `data` of an `exchange.claim.reported.v1` event."""

    measure: Measure
    side: Text | None = None
    category: Category
    unit: Unit | None = None
    quantity: Quantity | None = None
    wording: Text | None = None
    exchange: ExchangeReference = ExchangeReference()
    period: Period = Period()
    claimant: Claimant
    reported_by: Text | None = None
    url: Url | None = None
    published_at: DayOrInstant | None = None
    mediators: Annotated[tuple[Text, ...], Field(strict=False, max_length=50, fail_fast=True)] = ()
    modality: Modality = "asserted"
    asserted_at: Instant | None = None
    quoted_from: Text | None = None
    derivation: Derivation | None = None
    revises: ClaimReference | Text | None = None
    reason: Reason | None = None
    extraction: Extraction | None = None
    lang: Text | None = None

    @model_validator(mode="after")
    def _counted_measures_have_a_quantity(self) -> Self:
        if self.quantity is None and self.measure in COUNTED_MEASURES:
            raise _misfit(
                "quantity",
                f'expected a quantity for measure {self.measure} ({{"bound": "undisclosed"}} for a '
                "withheld number), found nothing",
            )
        return self


class Retraction(Received):
    """What is taken back and why: the `data` of an `exchange.claim.retracted.v1` event."""

    retracts: ClaimReference
    reason: Reason | None = None
    note: Text | None = None


class _CloudEvent(Received):
    """The CloudEvents 1.0 context attributes that both inbound types share."""

    specversion: Literal["1.0"]
    id: Text
    source: Text
    subject: Text
    time: Instant | None = None
    datacontenttype: Literal["application/json"] | None = None


class ClaimReported(_CloudEvent):
    """A publisher's event: a claim was reported."""

    type: Literal["exchange.claim.reported.v1"]
    data: Claim


class ClaimTakenBack(_CloudEvent):
    """A publisher's event: a claim published before is taken back."""

    type: Literal["exchange.claim.retracted.v1"]
    data: Retraction


Inbound = Annotated[ClaimReported | ClaimTakenBack, Discriminator("type")]


def published_day(claim: Claim) -> date | None:
    """Return the calendar day on which the report came out, null if it is not stated.

    >>> from datetime import date
    >>> claim = Claim(
    ...     measure="superlative", category="all", published_at="2024-01-03T18:46",
    ...     claimant=Claimant(name="an outlet", party="media", role="outlet"),
    ... )
    >>> published_day(claim)
    datetime.date(2024, 1, 3)
    """
    return day_written(claim.published_at)


def extra_fields(record: Received) -> dict[str, Any]:
    """Return the fields a publisher sent that this version does not read."""
    return dict(record.model_extra or {})
