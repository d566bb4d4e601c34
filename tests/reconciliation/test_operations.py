"""Numbers of several days: they are an operation's, count no day and found none."""

from typing import Any

import pytest

from tests.builders import reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    Ledger,
    given,
    numbers,
    on,
    said,
    undated,
)


THREE_DAYS = [
    said("1", 100, **on("2031-05-10")),
    said("2", 110, **on("2031-05-11")),
    said("3", 120, **on("2031-05-12")),
]
OPERATION = "2031-05-10..2031-05-12"


def assert_days_alone_count(ledger: Ledger, side: str = "UA", beside: tuple[int, ...] = ()) -> None:
    """The three days are the exchanges, and their sum is the total, unless an operation has more."""
    days = ["2031-05-10", "2031-05-11", "2031-05-12"]
    assert [exchange.id for exchange in ledger.models.exchanges] == days
    assert [numbers(ledger.figure(f"{day}:returned:{side}:all"))[:3] for day in days] == [
        (number, number, number) for number in (100, 110, 120)
    ]
    points = [point for point in ledger.models.cumulative if point.side == side]
    assert [point.best for point in points] == [100, 210, 330, *beside]


@pytest.mark.parametrize(
    ("speaker", "where"),
    [
        (HEADQUARTERS, on("2031-05-12")),
        (OUTLET, on("2031-05-10") | {"published_at": "2031-05-13"}),
        (OUTLET, undated("2031-05-12")),
        (PRESIDENT, undated("2031-05-13")),
    ],
    ids=["on its last day", "of its first, later", "that day", "the day after"],
)
def test_the_sum_of_days_is_the_operations(speaker: dict[str, str], where: dict[str, Any]) -> None:
    ledger = given(*THREE_DAYS, said("whole", 330, claimant=speaker, **where))

    whole = ledger.claim("whole")
    assert (whole.state, whole.exchange) == ("active", None)
    assert whole.evidence in ("sum-of-days", "number-of-several-days")
    assert whole.figure == f"{OPERATION}:returned:UA:all"
    assert numbers(ledger.figure(whole.figure))[:3] == (330, 330, 330)
    assert ledger.check_of("whole").result == "pass"
    assert_days_alone_count(ledger)


def test_what_is_told_as_done_before_the_last_of_the_days_is_not_their_sum() -> None:
    ledger = given(*THREE_DAYS, said("whole", 330, claimant=OUTLET, **on("2031-05-10")))

    assert ledger.claim("whole").exchange == "2031-05-10"


def test_two_days_of_three_are_an_operation_too() -> None:
    ledger = given(*THREE_DAYS, said("whole", 210, claimant=OUTLET, **on("2031-05-11")))

    assert ledger.claim("whole").figure == "2031-05-10..2031-05-11:returned:UA:all"
    assert_days_alone_count(ledger)


@pytest.mark.parametrize(
    ("bound", "value", "allowed"),
    [("at_least", 300, (300, 300, None)), ("more_than", 320, (320, 320, None))],
)
def test_a_number_with_a_bound_that_only_several_days_allow_is_theirs(
    bound: str, value: int, allowed: tuple[int, int, int | None]
) -> None:
    ledger = given(
        *THREE_DAYS, said("whole", value, bound=bound, claimant=OUTLET, **undated("2031-05-12"))
    )

    whole = ledger.claim("whole")
    assert (whole.state, whole.exchange) == ("active", None)
    assert whole.evidence == "number-of-several-days"
    assert whole.figure == f"{OPERATION}:returned:UA:all"
    figure = ledger.figure(whole.figure)
    assert (figure.low, figure.high) == (allowed[0], allowed[2])
    assert_days_alone_count(ledger)


@pytest.mark.parametrize(("value", "low", "high"), [(330, 323, 337), (335, 328, 342)])
def test_a_rounded_number_of_several_days_is_theirs_and_no_sum_that_is_checked(
    value: int, low: int, high: int
) -> None:
    ledger = given(
        *THREE_DAYS, said("whole", value, bound="about", claimant=OUTLET, **undated("2031-05-12"))
    )

    whole = ledger.claim("whole")
    assert (whole.state, whole.evidence) == ("active", "number-of-several-days")
    assert whole.figure == f"{OPERATION}:returned:UA:all"
    assert (whole.low, whole.high) == (low, high)
    assert ledger.models.checks == ()


@pytest.mark.parametrize(
    ("where", "state", "beside"),
    [
        # 370 of the 700 on days of which nobody speaks alone.
        (on("2031-05-10", until="2031-07-08"), "active", (700,)),
        (on("2031-05-10", until="2031-12-31"), "excluded", ()),
    ],
    ids=["weeks", "most of a year"],
)
def test_many_stated_days_are_a_time_and_no_operation(
    where: dict[str, Any], state: str, beside: tuple[int, ...]
) -> None:
    ledger = given(*THREE_DAYS, said("whole", 700, claimant=HEADQUARTERS, **where))

    assert ledger.claim("whole").state == state
    assert_days_alone_count(ledger, beside=beside)


def test_a_number_that_one_day_allows_is_that_days() -> None:
    ledger = given(
        *THREE_DAYS, said("day", 100, bound="at_least", claimant=OUTLET, **undated("2031-05-12"))
    )

    assert ledger.claim("day").exchange == "2031-05-12"


@pytest.mark.parametrize("value", [5000, 900])
def test_a_number_that_no_days_allow_is_set_aside_and_founds_nothing(value: int) -> None:
    ledger = given(*THREE_DAYS, said("far", value, claimant=OUTLET, **undated("2031-05-12")))

    far = ledger.claim("far")
    assert (far.state, far.exchange, far.reason) == ("excluded", None, "means-no-known-exchange")
    assert_days_alone_count(ledger)


def test_another_number_is_not_held_against_the_sum_as_if_it_were_its_days() -> None:
    ledger = given(
        *THREE_DAYS,
        said("sum", 330, claimant=HEADQUARTERS, **on("2031-05-12")),
        said("rounded", 300, bound="at_least", claimant=PRESIDENT, **undated("2031-05-12")),
    )

    assert ledger.claim("rounded").figure == f"{OPERATION}:returned:UA:all"
    assert numbers(ledger.figure("2031-05-12:returned:UA:all"))[:3] == (120, 120, 120)


def test_several_who_speak_of_the_operation_make_one_figure_of_its_own() -> None:
    ledger = given(
        *THREE_DAYS,
        said("headquarters", 330, claimant=HEADQUARTERS, **on("2031-05-12")),
        said("president", 330, claimant=PRESIDENT, **undated("2031-05-12")),
        said("outlet", 300, bound="at_least", claimant=OUTLET, **undated("2031-05-13")),
    )

    figure = ledger.figure(f"{OPERATION}:returned:UA:all")
    assert numbers(figure)[:3] == (330, 330, 330)
    assert {"headquarters", "president", "outlet"} <= {
        claim.ref for claim in ledger.models.claims if claim.figure == figure.id
    }
    assert_days_alone_count(ledger)


def test_the_other_side_has_operations_too() -> None:
    days = [
        said(f"{number}", value, side="RU", claimant=MINISTRY, **on(day))
        for number, (value, day) in enumerate(
            [(100, "2031-05-10"), (110, "2031-05-11"), (120, "2031-05-12")]
        )
    ]
    ledger = given(*days, said("whole", 330, side="RU", claimant=OUTLET, **on("2031-05-12")))

    assert ledger.claim("whole").figure == f"{OPERATION}:returned:RU:all"
    assert_days_alone_count(ledger, "RU")


def test_a_number_for_all_sides_together_over_several_days_is_the_operations() -> None:
    ledger = given(
        *THREE_DAYS,
        *(
            said(f"ru {day}", value, side="RU", claimant=MINISTRY, **on(f"2031-05-{day}"))
            for day, value in ((10, 100), (11, 110), (12, 120))
        ),
        reported(
            "both",
            measure="exchanged_total",
            side="both",
            value=660,
            claimant=OUTLET,
            **undated("2031-05-12"),
        ),
    )

    both = ledger.claim("both")
    assert both.exchange is None
    assert both.figure == f"{OPERATION}:exchanged_total:both:all"
    assert_days_alone_count(ledger)


@pytest.mark.parametrize(
    ("speaker", "value"), [(HEADQUARTERS, 330), (OUTLET, 335)], ids=["the sum", "another number"]
)
def test_a_claim_that_states_the_operations_last_day_is_of_the_operation(
    speaker: dict[str, str], value: int
) -> None:
    where = on("2031-05-10", until="2031-05-12")
    ledger = given(*THREE_DAYS, said("whole", value, claimant=speaker, **where))

    whole = ledger.claim("whole")
    assert (whole.state, whole.exchange, whole.evidence) == ("active", None, "stated-days")
    assert whole.figure == f"{OPERATION}:returned:UA:all"
    assert numbers(ledger.figure(whole.figure))[:3] == (value, value, value)
    assert_days_alone_count(ledger)


def test_an_operation_that_ends_on_the_day_it_began_is_that_day() -> None:
    where = on("2031-05-10", until="2031-05-10")
    ledger = given(*THREE_DAYS, said("same", 100, claimant=HEADQUARTERS, **where))

    assert ledger.claim("same").exchange == "2031-05-10"


@pytest.mark.parametrize(
    ("speaker", "bound"),
    [(HEADQUARTERS, "at_least"), (PRESIDENT, "exact")],
    ids=["a least number", "a number"],
)
def test_an_officials_number_far_above_all_other_counts_of_its_day_is_none_of_it(
    speaker: dict[str, str], bound: str
) -> None:
    ledger = given(
        said("a", 90, **on("2031-05-10")),
        said("b", 90, claimant=OUTLET, **on("2031-05-10")),
        said("far", 1000, bound=bound, claimant=speaker, **undated("2031-05-10")),
    )

    far = ledger.claim("far")
    assert (far.state, far.exchange, far.reason) == ("excluded", None, "means-no-known-exchange")
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (90, 90, 90)
    assert [exchange.id for exchange in ledger.models.exchanges] == ["2031-05-10"]


def test_an_officials_number_near_the_other_counts_of_its_day_is_one_of_it() -> None:
    ledger = given(
        said("a", 90, **on("2031-05-10")),
        said("near", 95, claimant=OMBUDSMAN | {"name": "A deputy"}, **undated("2031-05-10")),
    )

    assert ledger.claim("near").exchange == "2031-05-10"


LIST = {"claimant": HEADQUARTERS, "measure": "breakdown", "url": "https://example.org/list"}


def test_a_list_with_a_part_above_its_days_whole_is_of_the_days_in_a_row() -> None:
    ledger = given(
        *THREE_DAYS,
        said("army", 180, category="ground forces", **LIST, **undated("2031-05-13")),
        said("sailors", 40, category="navy", **LIST, **undated("2031-05-13")),
    )

    for part in ("army", "sailors"):
        found = ledger.claim(part)
        assert (found.exchange, found.evidence) == (None, "number-of-several-days")
    assert numbers(ledger.figure(f"{OPERATION}:returned:UA:ground forces"))[1] == 180
    assert numbers(ledger.figure(f"{OPERATION}:returned:UA:navy"))[1] == 40
    assert_days_alone_count(ledger)


def test_a_list_whose_parts_the_day_may_have_is_of_the_day() -> None:
    ledger = given(
        *THREE_DAYS,
        said("army", 80, category="ground forces", **LIST, **undated("2031-05-13")),
        said("sailors", 40, category="navy", **LIST, **undated("2031-05-13")),
    )

    assert {ledger.claim(part).exchange for part in ("army", "sailors")} == {"2031-05-12"}


def test_a_part_that_all_days_together_have_not_stays_with_its_day_and_fails() -> None:
    ledger = given(
        *THREE_DAYS,
        said("army", 480, category="ground forces", **LIST, **undated("2031-05-13")),
    )

    assert ledger.claim("army").exchange == "2031-05-12"
    assert ledger.check_of("army").result == "fail"


def test_a_part_above_the_whole_of_a_day_alone_stays_with_it() -> None:
    ledger = given(
        said("3", 120, **on("2031-05-12")),
        said("army", 180, category="ground forces", **LIST, **undated("2031-05-13")),
    )

    assert ledger.claim("army").exchange == "2031-05-12"


def test_another_reports_list_is_not_moved_by_one_that_is_of_several_days() -> None:
    other = LIST | {"url": "https://example.org/other"}
    ledger = given(
        *THREE_DAYS,
        said("army", 180, category="ground forces", **LIST, **undated("2031-05-13")),
        said("sailors", 40, category="navy", **other, **undated("2031-05-13")),
    )

    assert ledger.claim("sailors").exchange == "2031-05-12"


def test_some_parts_of_an_operation_make_no_whole_of_it() -> None:
    where = {"exchange": {"date": "2031-05-10", "until": "2031-05-12"}}
    women = said("w", 6, category="women", **on("2031-05-12") | where)

    ledger = given(*THREE_DAYS, women)

    assert numbers(ledger.figure(f"{OPERATION}:returned:UA:women"))[:3] == (6, 6, 6)
    assert not ledger.has(f"{OPERATION}:returned:UA:all")
    assert_days_alone_count(ledger)


def swap_of_three_days(*more: bytes) -> Ledger:
    """Two days of which both sides are counted, and one of which only the first planes are."""
    both: dict[str, Any] = {"measure": "exchanged_total", "side": "both", "claimant": OUTLET}
    plane = {"category": "first plane", "claimant": OUTLET}
    return given(
        said("1 UA", 100, **on("2031-05-10")),
        said("1 RU", 200, side="RU", **on("2031-05-10")),
        said("2 UA", 110, **on("2031-05-11")),
        said("2 RU", 140, side="RU", **on("2031-05-11")),
        said("3 UA", 30, **on("2031-05-12"), **plane),
        said("3 RU", 40, side="RU", **on("2031-05-12"), **plane),
        said("4 RU", 50, side="RU", **on("2031-05-13")),
        said("whole", 740, **both | undated("2031-05-13") | {"claimant": MEDIATOR}),
        *more,
    )


def about_the_third_day(claim_id: str, value: int, bound: str) -> bytes:
    more: dict[str, Any] = {"measure": "exchanged_total", "side": "both", "claimant": OUTLET}
    return said(claim_id, value, bound=bound, **on("2031-05-12"), **more)


def test_a_day_of_which_outlets_alone_count_all_is_what_the_operation_leaves() -> None:
    ledger = swap_of_three_days(
        about_the_third_day("nearly", 200, "nearly"), about_the_third_day("over", 200, "more_than")
    )

    assert ledger.claim("whole").figure == f"{OPERATION}:exchanged_total:both:all"
    third = ledger.figure("2031-05-12:exchanged_total:both:all")
    assert third.best == 190
    assert ("rest-of-operation", "740 − 300 − 250 = 190") in [
        (reason.code, reason.text) for reason in third.reasons
    ]


def test_without_any_number_of_the_day_nothing_is_left_for_it() -> None:
    third = swap_of_three_days().figure("2031-05-12:exchanged_total:both:all")

    assert third.best == 70


def test_the_shortest_run_of_days_that_allows_a_number_is_meant_and_of_these_the_fullest() -> None:
    ledger = swap_of_three_days(about_the_third_day("nearly", 200, "nearly"))

    assert ledger.claim("whole").evidence == "number-of-several-days"
    assert [operation.id for operation in ledger.models.operations] == [OPERATION]


@pytest.mark.parametrize("whole", [900, None])
def test_a_superlative_without_a_day_is_of_the_operation_whose_number_its_report_tells(
    whole: int | None,
) -> None:
    page = {"url": "https://example.org/page", "claimant": OUTLET}
    told = [said("whole", whole, **undated("2031-05-12"), **page)] if whole else []
    ledger = given(
        said("first", 350, **on("2031-05-10")),
        said("second", 300, **on("2031-05-11")),
        said("third", 250, **on("2031-05-12")),
        *told,
        said(
            "largest",
            0,
            measure="superlative",
            quantity=None,
            wording="the largest",
            **undated("2031-05-12"),
            **page,
        ),
    )

    largest = ledger.claim("largest")
    assert largest.exchange == (None if whole else "2031-05-12")
    check = ledger.check_of("largest")
    about = ("untestable", "2031-05-10..2031-05-12") if whole else ("fail", "2031-05-12")
    assert (check.kind, check.result, check.exchange) == ("superlative", *about)


@pytest.mark.parametrize(
    ("others", "exchange"),
    [
        ([], None),
        ([said("day", 64, **on("2031-05-10"))], "2031-05-10"),
        ([said("day", 64, **on("2031-05-10")), said("next", 20, **on("2031-05-11"))], "2031-05-10"),
    ],
    ids=["nobody counts a day", "one day has it", "two days are counted"],
)
def test_a_number_told_of_several_days_is_of_the_one_day_that_has_it_by_itself(
    others: list[bytes], exchange: str | None
) -> None:
    weekend = {"exchange": {"date": "2031-05-10", "until": "2031-05-11"}}
    ledger = given(
        *others,
        said("weekend", 64, published_at="2031-05-12", claimant=OUTLET, **weekend),
        said("told", 64, claimant=OMBUDSMAN, **undated("2031-05-12")),
    )

    assert ledger.claim("told").exchange == exchange


def test_a_superlative_that_states_the_days_of_an_operation_is_of_the_whole_of_it() -> None:
    days = {"exchange": {"date": "2031-05-10", "until": "2031-05-12"}}
    ledger = given(
        said("before", 500, **on("2031-04-10")),
        said("first", 350, **on("2031-05-10")),
        said("second", 300, **on("2031-05-12")),
        said("whole", 650, published_at="2031-05-13", **days),
        said(
            "largest",
            0,
            measure="superlative",
            quantity=None,
            wording="the largest",
            claimant=OUTLET,
            published_at="2031-05-13",
            **days,
        ),
    )

    assert ledger.claim("largest").exchange is None
    assert ledger.check_of("largest").exchange == "2031-05-10..2031-05-12"


def test_a_number_of_a_month_that_a_day_has_as_the_sum_of_several_is_the_operations() -> None:
    ledger = given(
        *THREE_DAYS,
        said("whole", 330, claimant=OUTLET, **on("2031-05-12")),
        said(
            "month", 330, claimant=OUTLET, exchange={"date": "2031-05"}, published_at="2031-07-01"
        ),
    )

    month = ledger.claim("month")
    assert (month.state, month.exchange, month.evidence) == ("active", None, "sum-of-days")
    assert_days_alone_count(ledger)


@pytest.mark.parametrize(
    ("number", "others", "meant"),
    [
        (120, [], ("2031-05-12", "equal-figure")),
        (330, [], (None, "number-of-several-days")),
        (330, [said("sum", 330, **on("2031-05-12"))], (None, "number-of-several-days")),
    ],
    ids=["one day's", "all days'", "all days', said of one"],
)
def test_a_number_that_one_of_the_days_has_is_that_days_though_somebody_says_it_of_all(
    number: int, others: list[bytes], meant: tuple[str | None, str]
) -> None:
    ledger = given(
        *THREE_DAYS,
        *others,
        said("slip", number, claimant=OUTLET, **on("2031-05-10", until="2031-05-12")),
        said("told", number, claimant=MEDIATOR, **undated("2031-05-12")),
    )

    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == meant
