"""The headline rows add up to what the exchanges add to each side's series, over any days."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings

from schemas.decisions import ListedCount
from schemas.events import ClaimRetracted, JudgementMade, JudgementUndone
from schemas.headline import HeadlineRow
from services.ledgers import demo_claims
from services.log_events.facts import ClaimFact, decode_fact
from services.queries.replay import Replayed, replay
from services.reconciliation.reference import answer_and_series
from tests.builders import reported
from tests.reconciliation.given import LEDGER, MINISTRY, OUTLET, on, said
from tests.reconciliation.test_reference import histories


def replayed(lines: list[bytes]) -> Replayed:
    return replay(lines, ledger=LEDGER)


def row(lines: list[bytes], side: str) -> HeadlineRow:
    [found] = [row for row in replayed(lines).read_models.headline if row.side == side]
    return found


def numbers(row: HeadlineRow) -> tuple[object, ...]:
    return row.low, row.best, row.high, row.category, row.figure_status


def assert_sums_are_those_of_the_series(found: Replayed, days: list[date]) -> None:
    facts = [
        fact
        for fact in map(decode_fact, found.log.bodies())
        if isinstance(fact, ClaimFact | ClaimRetracted | JudgementMade | JudgementUndone)
    ]
    _, series = answer_and_series(facts, LEDGER)
    models = found.read_models
    of_exchanges = [row for row in models.headline if ".." not in row.exchange]
    assert len(of_exchanges) == len(models.exchanges) * len(LEDGER.sides)
    for side in LEDGER.side_codes:
        rows = [row for row in models.headline if row.side == side]
        points = [
            point for point in models.cumulative if (point.side, point.category) == (side, "all")
        ]

        def listed_until(day: date, points=points) -> int:
            return max((p.listed.best for p in points if p.listed and p.as_of <= day), default=0)

        for first, last in pairwise(days):
            inside = [row for row in rows if first < row.date <= last]
            added = series.of((side, "all")).between(first, last)
            best = sum(row.best or 0 for row in inside)
            assert best == added.best, (side, first, last)
            assert best == listed_until(last) - listed_until(first), (side, first, last)
            counted = [row for row in inside if row.best is not None]
            assert sum(row.low for row in inside) == added.interval.low
            is_open = any(row.high is None for row in counted)
            high = None if is_open else sum(row.high or 0 for row in counted)
            assert high == added.interval.high, (side, first, last)


SOLDIERS_ALONE = [said("soldiers", 90, category="military", **on("2024-01-03"))]
#: The parts make more than the soldiers alone do.
PARTS_ABOVE_SOLDIERS = [
    said("soldiers", 10, category="military", **on("2024-01-03")),
    said("women", 25, category="women", **on("2024-01-03")),
]
#: Nobody need have come back.
NEARLY_TEN_SOLDIERS = [
    reported(
        "nearly ten",
        category="military",
        quantity={"bound": "nearly", "value": 10},
        **on("2024-01-03"),
    ),
]
#: Everybody is no more than so many, though more are counted.
AT_MOST_ONE = [
    said("soldiers", 1, category="military", **on("2024-01-03")),
    said("civilian", 1, category="civilian", **on("2024-01-03")),
    said("everybody", 1, bound="at_most", **on("2024-01-03")),
]
WITHHELD = [
    said("soldiers", 90, category="military", **on("2024-01-03")),
    reported("hidden", quantity={"bound": "undisclosed"}, **on("2024-01-03")),
]


@settings(max_examples=settings().max_examples)
@example(SOLDIERS_ALONE)
@example(PARTS_ABOVE_SOLDIERS)
@example(WITHHELD)
@example(AT_MOST_ONE)
@example(NEARLY_TEN_SOLDIERS)
@given(histories())
def test_rows_sum_to_what_exchanges_add_to_the_series_over_any_days(lines: list[bytes]) -> None:
    start = date(2023, 12, 31)
    days = [date(1, 1, 1), *(start + timedelta(days=day) for day in range(9)), date.max]

    assert_sums_are_those_of_the_series(replayed(lines), days)


def test_rows_of_the_real_claims_sum_to_the_series_for_every_month():
    lines = demo_claims("rus-ukr").splitlines()
    months = [date(year, month, 1) for year in range(2022, 2027) for month in range(1, 13)]

    assert_sums_are_those_of_the_series(replayed(lines), [date(1, 1, 1), *months])


def test_soldiers_count_where_nobody_counts_everybody():
    found = row(SOLDIERS_ALONE, "UA")

    assert numbers(found) == (90, 90, 90, "military", "single_source")
    assert found.figure == "2024-01-03:returned:UA:military"


def test_parts_that_make_more_than_the_soldiers_count_as_all_of_them():
    [exchange] = replayed(PARTS_ABOVE_SOLDIERS).read_models.exchanges

    assert exchange.listed == (ListedCount("UA", "military+women", 25, 25, 25),)
    assert row(PARTS_ABOVE_SOLDIERS, "UA").best == 25


def test_a_side_nobody_speaks_of_is_a_gap_and_no_zero():
    found = row(SOLDIERS_ALONE, "RU")

    assert numbers(found) == (0, None, None, "all", "no_data")
    assert found.figure is None


def test_a_side_that_nobody_came_back_to_adds_nothing_where_somebody_says_so():
    lines = [
        said("freed", 5, **on("2024-01-03")),
        said("nobody", 0, side="RU", claimant=MINISTRY, **on("2024-01-03")),
    ]

    assert row(lines, "RU").best == 0
    assert row(lines, "RU").status == "unilateral"


def test_the_other_side_of_a_release_by_one_side_alone_adds_nothing():
    lines = [said("freed", 5, wording="unilaterally released", **on("2024-01-03"))]

    assert row(lines, "UA").best == 5
    assert row(lines, "RU").status == "unilateral"
    assert numbers(row(lines, "RU")) == (0, 0, 0, "all", None)


@pytest.mark.parametrize(("modality", "status"), [("planned", "planned"), ("denied", "cancelled")])
def test_an_exchange_that_did_not_take_place_adds_nothing_and_says_why(modality, status):
    lines = [said("number", 80, modality=modality, claimant=OUTLET, **on("2024-01-03"))]

    for side in LEDGER.side_codes:
        found = row(lines, side)
        assert numbers(found) == (0, 0, 0, "all", None)
        assert found.status == status
