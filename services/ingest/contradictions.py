"""Find the fields of a claim that contradict each other, so that one of them would be left unread.

A claim is refused for them when it arrives, and only then: the models read every claim that a log
holds, contradictory ones that earlier versions accepted included.

Source: reconciliation.md §9, "Nothing active goes nowhere".
"""

from collections.abc import Iterator
from datetime import date

from schemas.claim import (
    ACCEPTED_COUNT_MAX,
    ALL_SIDES_TOGETHER,
    MEASURES_OF_BOTH_SIDES,
    OF_WHOM_DEAD,
    UNITS,
    Claim,
    ExchangeReference,
    Period,
    Quantity,
    Retraction,
)
from schemas.views import Rejection
from services.ingest.shown import shown


#: What is expected of a count, and of the number of an exchange.
A_COUNT = f"an integer from 0 to {ACCEPTED_COUNT_MAX}"
AN_ORDINAL = f"an integer from 1 to {ACCEPTED_COUNT_MAX}"
#: Bounds that leave `value` unread. The middle of a range stands for it: a best number given beside
#: it would be passed over for one that nobody said.
_BOUNDS_WITHOUT_VALUE = ("range", "undisclosed")
#: Bounds that say how many there are at most, while a count so far says how many at least.
_BOUNDS_ABOVE = ("at_most", "less_than")


def contradictions(said: Claim | Retraction) -> Iterator[Rejection]:
    """Yield a reason for each field that contradicts another, or that no output may hold."""
    if isinstance(said, Retraction):
        return
    if said.published_at is not None and not said.published_at.isprintable():
        # Any character may stand between a day and an hour, as Python reads them.
        yield _reason("/data/published_at", "an ISO 8601 date or date-time", said.published_at)
    unit, ordinal = UNITS.get(said.measure), said.exchange.ordinal
    if unit is not None and said.unit is not None and said.unit != unit:
        yield _reason("/data/unit", f"{unit} for measure {said.measure}", said.unit)
    if unit is None and said.unit == "bodies":
        yield _reason("/data/unit", f"persons or exchanges for measure {said.measure}", said.unit)
    if said.measure in MEASURES_OF_BOTH_SIDES and said.side not in (None, *ALL_SIDES_TOGETHER):
        yield _reason("/data/side", f"both for measure {said.measure}", said.side)
    if said.category == OF_WHOM_DEAD and said.measure != "breakdown":
        yield _reason("/data/measure", f"breakdown for category {OF_WHOM_DEAD}", said.measure)
    if said.quantity is not None:
        yield from _unfit_numbers(said.quantity)
    if ordinal is not None and ordinal > ACCEPTED_COUNT_MAX:
        yield _reason("/data/exchange/ordinal", AN_ORDINAL, ordinal)
    yield from _unfit_end(said.exchange)
    yield from _reversed_period(said.period)


def _unfit_numbers(quantity: Quantity) -> Iterator[Rejection]:
    bound = quantity.bound
    for name, number, is_read in (
        ("value", quantity.value, bound not in _BOUNDS_WITHOUT_VALUE),
        ("low", quantity.low, bound == "range"),
        ("high", quantity.high, bound == "range"),
    ):
        # An end that repeats the value contradicts nothing.
        if number is None or (name != "value" and not is_read and number == quantity.value):
            continue
        if not is_read:
            yield _reason(f"/data/quantity/{name}", f"nothing for bound {bound}", number)
        elif number > ACCEPTED_COUNT_MAX:
            yield _reason(f"/data/quantity/{name}", A_COUNT, number)
    if quantity.so_far and bound in _BOUNDS_ABOVE:
        yield _reason("/data/quantity/so_far", f"nothing for bound {bound}", quantity.so_far)


def _unfit_end(exchange: ExchangeReference) -> Iterator[Rejection]:
    """Yield a reason if an operation ends before it begins, or begins on no day."""
    begins, ends = exchange.date, exchange.until
    if ends is None:
        return
    if not isinstance(begins, date):
        yield _reason("/data/exchange/date", "a date (YYYY-MM-DD) beside until", begins)
    elif ends < begins:
        yield Rejection(
            pointer="/data/exchange/until", expected="date <= until", found=f"{begins} > {ends}"
        )


def _reversed_period(period: Period) -> Iterator[Rejection]:
    since, as_of = period.since, period.as_of
    if since is not None and as_of is not None and since > as_of:
        yield Rejection(
            pointer="/data/period", expected="since <= as_of", found=f"{since} > {as_of}"
        )


def _reason(pointer: str, expected: str, found: object) -> Rejection:
    return Rejection(pointer=pointer, expected=expected, found=shown(found))
