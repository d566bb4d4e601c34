"""Numbers that are known of several days together alone are in the totals, once."""

from datetime import date
from typing import Any

from services.queries.headline_totals import headline_totals
from services.reconciliation.claims.interval import Interval
from services.reconciliation.rules.operation_remainder import Whole, find_remainders
from services.reconciliation.rules.sum_check import Count
from tests.reconciliation.given import OUTLET, Ledger, given, on, said, total


def of_days(first: str, until: str, **more: Any) -> dict[str, Any]:
    """Where a report stands that states the first and the last day of an operation."""
    return on(first) | {
        "exchange": {"date": first, "until": until},
        "published_at": until,
        "time": f"{until}T20:00:00Z",
        **more,
    }


def added(ledger: Ledger, side: str = "UA") -> dict[str, tuple[str, int | None]]:
    """What operations add to a side's sum, and on which day."""
    return {
        row.exchange: (row.date.isoformat(), row.best)
        for row in ledger.models.headline
        if ".." in row.exchange and row.side == side
    }


def series(ledger: Ledger, side: str = "UA") -> list[tuple[str, int | None]]:
    return [
        (point.as_of.isoformat(), point.best)
        for point in ledger.models.cumulative
        if (point.side, point.category) == (side, "all")
    ]


def test_people_counted_of_two_days_together_alone_are_in_the_total() -> None:
    ledger = given(said("both days", 710, **of_days("2031-05-30", "2031-05-31")))

    assert added(ledger) == {"2031-05-30..2031-05-31": ("2031-05-31", 710)}
    assert series(ledger) == [("2031-05-31", 710)]
    [operation] = ledger.models.operations
    assert [(listed.side, listed.best) for listed in operation.listed] == [("UA", 710)]


def test_what_a_day_counts_itself_is_not_added_again() -> None:
    ledger = given(
        said("first day", 60, **on("2031-05-30")),
        said("both days", 100, **of_days("2031-05-30", "2031-05-31")),
    )

    assert added(ledger) == {"2031-05-30..2031-05-31": ("2031-05-31", 40)}
    assert series(ledger) == [("2031-05-30", 60), ("2031-05-31", 100)]


def test_they_are_added_on_the_last_day_that_nobody_counts() -> None:
    ledger = given(
        said("last day", 60, **on("2031-05-31")),
        said("three days", 100, **of_days("2031-05-29", "2031-05-31")),
    )

    assert added(ledger) == {"2031-05-29..2031-05-31": ("2031-05-30", 40)}


def test_a_greater_number_of_days_that_are_all_counted_adds_nobody() -> None:
    ledger = given(
        said("first day", 60, **on("2031-05-30")),
        said("second day", 38, **on("2031-05-31")),
        said("both days", 100, claimant=OUTLET, **of_days("2031-05-30", "2031-05-31")),
    )

    assert added(ledger) == {}
    assert series(ledger) == [("2031-05-30", 60), ("2031-05-31", 98)]


def test_one_number_said_of_two_spans_that_overlap_counts_once() -> None:
    ledger = given(
        said("ends that day", 710, **of_days("2031-05-30", "2031-05-31")),
        said("begins that day", 710, claimant=OUTLET, **of_days("2031-05-31", "2031-06-01")),
    )

    assert added(ledger) == {"2031-05-30..2031-05-31": ("2031-05-31", 710)}


def test_an_operation_within_another_is_counted_in_it() -> None:
    ledger = given(
        said("two days", 100, **of_days("2031-05-30", "2031-05-31")),
        said("week", 250, **of_days("2031-05-28", "2031-06-02")),
    )

    assert added(ledger) == {
        "2031-05-28..2031-06-02": ("2031-06-02", 150),
        "2031-05-30..2031-05-31": ("2031-05-31", 100),
    }


def test_an_operation_adds_no_more_than_the_whole_one_leaves_room_for() -> None:
    ledger = given(
        said("two days", 100, claimant=OUTLET, **of_days("2031-05-30", "2031-05-31")),
        said("week", 80, **of_days("2031-05-28", "2031-06-02")),
    )

    assert added(ledger) == {"2031-05-30..2031-05-31": ("2031-05-31", 80)}


def test_a_number_that_is_only_planned_adds_nobody() -> None:
    ledger = given(said("plan", 710, modality="planned", **of_days("2031-05-30", "2031-05-31")))

    assert added(ledger) == {}


def test_a_published_total_is_tested_with_them() -> None:
    ledger = given(
        total("before", 1000, "2031-05-01"),
        said("both days", 710, **of_days("2031-05-30", "2031-05-31")),
        total("after", 1710, "2031-06-02"),
    )

    check = ledger.check_of("after")
    assert (check.result, check.expected, check.got) == ("pass", 1710, 1710)


def test_sums_by_month_count_them_and_no_exchange_for_them() -> None:
    ledger = given(
        said("first day", 60, **on("2031-05-30")),
        said("both days", 100, **of_days("2031-05-30", "2031-05-31")),
    )
    [month] = [
        found
        for found in headline_totals(ledger.models.headline, ledger.models.figures, "month")
        if (found.side, found.category) == ("UA", "all")
    ]

    assert (month.period, month.best, month.exchanges, month.counted) == ("2031-05", 100, 1, 1)


def test_they_came_back_as_the_days_of_the_operation_say() -> None:
    one_sided = {"exchange": {"date": "2031-05-30", "counterpart": "none"}}
    ledger = given(
        said("first day", 60, **on("2031-05-30") | one_sided),
        said("both days", 100, **of_days("2031-05-30", "2031-05-31")),
    )

    [row] = [row for row in ledger.models.headline if ".." in row.exchange]
    [operation] = ledger.models.operations
    assert row.status == operation.status == "unilateral"


def test_a_range_leaves_a_range() -> None:
    first, last = date(2031, 5, 10), date(2031, 5, 12)
    whole = Whole(first, last, "2031-05-10..2031-05-12", Count(Interval(90, None), 90))

    found = find_remainders([whole], {first: Count(Interval(30, 40), 35)})

    assert found[whole.operation].total == Count(Interval(50, None), 55)
