"""How many came back in all, day by day."""

from datetime import date

from schemas.decisions import Decision
from schemas.events import Recorded
from schemas.views import Computed, CumulativePoint, Published
from services.projection.cumulative import cumulative
from services.projection.fold import ReadModel
from tests.builders import (
    LEDGER,
    exchange_identified,
    figure_reconciled,
    recorded_claim,
    total_reconciled,
)


JANUARY_3, JANUARY_31, FEBRUARY_8 = "2024-01-03", "2024-01-31", "2024-02-08"


def series(*events: Recorded | Decision) -> dict[tuple[str, str, str], CumulativePoint]:
    model = ReadModel(LEDGER)
    for event in (recorded_claim(1), *events):
        model.fold(event)
    rows = model.rows()
    points = cumulative(LEDGER, rows.figures, rows.exchanges, rows.totals)
    return {(point.side, point.category, point.as_of.isoformat()): point for point in points}


def returned(exchange: str, *, side: str = "UA", category: str = "all") -> str:
    return f"{exchange}:returned:{side}:{category}"


def test_without_a_published_total_exchanges_add_up_to_at_least_so_many():
    points = series(
        exchange_identified(2, JANUARY_3),
        exchange_identified(3, JANUARY_31),
        figure_reconciled(4, returned(JANUARY_3), exactly=230),
        figure_reconciled(5, returned(JANUARY_31), low=206, best=207, high=207),
    )

    assert list(points) == [("UA", "all", JANUARY_3), ("UA", "all", JANUARY_31)]
    last = points["UA", "all", JANUARY_31]
    assert (last.low, last.best, last.high) == (436, 437, None)
    assert last.status == "computed"
    assert last.flags == ("ledger_incomplete",)
    assert last.computed == Computed(low=436, best=437, high=None, since_total=None)
    assert last.published is None


def test_a_published_total_is_what_its_day_shows_beside_what_adds_up():
    points = series(
        exchange_identified(2, JANUARY_3),
        exchange_identified(3, JANUARY_31),
        figure_reconciled(4, returned(JANUARY_3), exactly=230),
        figure_reconciled(5, returned(JANUARY_31), exactly=207),
        total_reconciled(6, JANUARY_3, exactly=2828),
        total_reconciled(7, JANUARY_31, exactly=3035, checks=("running_total:1",)),
    )

    last = points["UA", "all", JANUARY_31]
    assert last.best == 3035
    assert last.status == "single_source"
    assert last.flags == ()
    assert last.computed == Computed(low=3035, best=3035, high=3035, since_total=date(2024, 1, 3))
    assert last.published == Published(low=3035, best=3035, high=3035, claims=("c1",))
    assert last.checks == ("running_total:1",)


def test_exchanges_since_a_total_are_added_to_it():
    points = series(
        exchange_identified(2, JANUARY_31),
        exchange_identified(3, FEBRUARY_8),
        total_reconciled(4, JANUARY_3, low=2548, best=None, high=2652),
        figure_reconciled(5, returned(JANUARY_31), exactly=207),
        figure_reconciled(6, returned(FEBRUARY_8), low=100, best=None, high=None),
    )

    assert (points["UA", "all", JANUARY_31].low, points["UA", "all", JANUARY_31].high) == (
        2755,
        2859,
    )
    last = points["UA", "all", FEBRUARY_8]
    assert (last.low, last.best, last.high) == (2855, 2855, None)
    assert last.flags == ()
    assert points["UA", "all", JANUARY_3].computed is None


def test_plans_and_cancelled_exchanges_bring_nobody_back():
    points = series(
        exchange_identified(2, JANUARY_3, status="cancelled"),
        exchange_identified(3, JANUARY_31, status="unilateral"),
        figure_reconciled(4, returned(JANUARY_3)),
        figure_reconciled(5, returned(JANUARY_31), exactly=20),
    )

    assert list(points) == [("UA", "all", JANUARY_31)]
    assert points["UA", "all", JANUARY_31].best == 20


def test_two_exchanges_on_one_day_make_one_point():
    points = series(
        exchange_identified(2, JANUARY_3),
        exchange_identified(3, f"{JANUARY_3}-b"),
        figure_reconciled(4, returned(JANUARY_3), exactly=230),
        figure_reconciled(5, returned(f"{JANUARY_3}-b"), exactly=5),
    )

    assert [point.best for point in points.values()] == [235]


def test_the_military_count_stands_in_where_nobody_counted_everybody():
    points = series(
        exchange_identified(2, JANUARY_3),
        exchange_identified(3, JANUARY_31),
        figure_reconciled(4, returned(JANUARY_3, side="RU", category="military"), exactly=248),
        figure_reconciled(5, returned(JANUARY_31, side="RU", category="military"), exactly=195),
        figure_reconciled(6, returned(JANUARY_31, side="RU"), exactly=196),
    )

    assert [point.best for point in points.values()] == [248, 444]


def test_another_category_has_a_series_where_somebody_published_its_total():
    points = series(
        exchange_identified(2, JANUARY_3),
        exchange_identified(3, JANUARY_31),
        figure_reconciled(4, returned(JANUARY_3), exactly=230),
        figure_reconciled(5, returned(JANUARY_31, category="civilian"), exactly=6),
        total_reconciled(6, JANUARY_3, category="civilian", exactly=140),
    )

    assert {key: point.best for key, point in points.items()} == {
        ("UA", "all", JANUARY_3): 230,
        ("UA", "civilian", JANUARY_3): 140,
        ("UA", "civilian", JANUARY_31): 146,
    }
