"""Running totals: where a series starts, what it rests on, and that it never falls."""

import random
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from services.queries.replay import replay
from tests.builders import reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    LEDGER,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    Ledger,
    counted_since,
    given,
    numbers,
    on,
    said,
    total,
)


#: 100 and then 60 come back after a total of 500.
BEFORE = total("before", 500, "2031-05-01", claimant=HEADQUARTERS)
TWO_EXCHANGES = [
    BEFORE,
    said("first", 100, **on("2031-05-10")),
    said("second", 60, **on("2031-05-20")),
]


def best_of(ledger: Ledger, day: str, side: str = "UA") -> int | None:
    return ledger.total(side, day).best


@pytest.mark.parametrize("since", ["2022-02-24", "2022-01-01", "2022-03-20", None])
def test_a_total_since_about_the_day_the_ledger_opened_is_the_series(since: str | None) -> None:
    ledger = given(
        counted_since(since, "t", 500, "2031-05-01"), said("later", 40, **on("2031-06-10"))
    )

    assert numbers(ledger.total("UA", "2031-05-01"))[:3] == (500, 500, 500)
    assert best_of(ledger, "2031-06-10") == 540


@pytest.mark.parametrize("since", ["2022-06-01", "2031-01-01", "2021-06-01"])
def test_a_total_since_any_other_day_is_a_windows(since: str) -> None:
    ledger = given(
        said("earlier", 50, **on("2030-05-10")),
        said("later", 60, **on("2031-05-10")),
        counted_since(since, "window", 70, "2031-05-10"),
    )

    assert numbers(ledger.total("UA", "2031-05-10"))[:3] == (110, 110, None)
    assert ledger.claim("window").figure is None
    assert ledger.check_of("window").kind == "running_total"


@pytest.mark.parametrize(
    ("value", "result"), [(60, "pass"), (75, "pass"), (45, "fail")], ids=["all", "more", "fewer"]
)
def test_a_window_is_held_against_the_exchanges_inside_it_alone(value: int, result: str) -> None:
    ledger = given(
        said("earlier", 50, **on("2030-05-10")),
        said("later", 60, **on("2031-05-10")),
        counted_since("2031-01-01", "window", value, "2031-06-01"),
    )

    check = ledger.check_of("window")
    assert (check.expected, check.got, check.result) == (60, value, result)
    assert best_of(ledger, "2031-05-10") == 110


@pytest.mark.parametrize(("side", "speaker"), [("UA", OMBUDSMAN), ("RU", MINISTRY)])
def test_windows_do_not_end_the_series_however_many_they_are(
    side: str, speaker: dict[str, str]
) -> None:
    about = {"side": side, "claimant": speaker}
    ledger = given(
        total("series", 500, "2031-01-01", **about),
        said("exchange", 60, **on("2031-05-10"), **about),
        *(
            counted_since("2031-01-01", f"window {day}", 60, f"2031-06-0{day}", **about)
            for day in range(1, 6)
        ),
        said("later", 40, **on("2031-07-10"), **about),
    )

    assert best_of(ledger, "2031-05-10", side) == 560
    assert best_of(ledger, "2031-07-10", side) == 600
    assert {point.best for point in ledger.models.cumulative if point.side == side} == {
        500,
        560,
        600,
    }


def test_an_officials_total_stands_where_an_exchange_is_left_out_of_it() -> None:
    ledger = given(*TWO_EXCHANGES, total("after", 560, "2031-06-01"))

    assert numbers(ledger.total("UA", "2031-06-01")) == (560, 560, 660, "contradicted")
    check = ledger.check_of("after")
    assert (check.expected, check.got, check.result) == (660, 560, "fail")
    assert check.explanations[0].code == "exchange-left-out"
    assert "the 100 of 2031-05-10" in check.explanations[0].text


def test_exchanges_that_make_more_than_an_officials_total_are_named_the_likeliest_first() -> None:
    ledger = given(*TWO_EXCHANGES, total("after", 610, "2031-06-01"))

    assert numbers(ledger.total("UA", "2031-06-01")) == (610, 610, 660, "contradicted")
    check = ledger.check_of("after")
    doubted = [known.text for known in check.explanations if known.code == "exchanges-exceed-total"]
    assert check.result == "fail"
    # 50 too many: the exchange of 60 comes nearer to that than the one of 100.
    assert ["2031-05-20" in text for text in doubted] == [True, False]
    assert ["2031-05-10" in text for text in doubted] == [False, True]


@pytest.mark.parametrize("after", [560, 610])
def test_what_follows_is_added_to_the_officials_total_and_not_to_the_sum(after: int) -> None:
    ledger = given(
        *TWO_EXCHANGES,
        total("after", after, "2031-06-01"),
        said("third", 30, **on("2031-06-10")),
    )

    assert best_of(ledger, "2031-06-10") == after + 30


def test_no_outlet_and_no_floor_lowers_the_sum_as_an_official_does() -> None:
    ledger = given(
        *TWO_EXCHANGES,
        total("outlet", 610, "2031-06-01", claimant=OUTLET),
        total("floor", 600, "2031-06-02", bound="at_least"),
    )

    assert best_of(ledger, "2031-06-01") == 660
    assert best_of(ledger, "2031-06-02") == 660
    assert ledger.check_of("outlet").result == "fail"
    assert ledger.check_of("floor").result == "pass"


@pytest.mark.parametrize(
    ("stale", "as_of", "of_day"),
    [(500, "2031-05-21", "2031-05-01"), (600, "2031-05-21", "2031-05-10")],
    ids=["the total before", "the total before the last exchange"],
)
def test_a_total_of_an_earlier_day_is_no_base(stale: int, as_of: str, of_day: str) -> None:
    ledger = given(
        *TWO_EXCHANGES, total("stale", stale, as_of), said("third", 30, **on("2031-06-10"))
    )

    assert best_of(ledger, as_of) == 660
    assert "stale" in ledger.total("UA", as_of).flags
    assert best_of(ledger, "2031-06-10") == 690
    check = ledger.check_of("stale")
    assert check.result == "fail"
    [told] = [known.text for known in check.explanations if known.code == "stale-total"]
    assert of_day in told


def test_a_total_that_says_what_it_counts_until_is_of_that_day_however_late_it_is_told() -> None:
    late = total("late", 600, "2031-05-10")
    ledger = given(*TWO_EXCHANGES, late, said("third", 30, **on("2031-06-10")))

    assert numbers(ledger.total("UA", "2031-05-10"))[:3] == (600, 600, 600)
    assert best_of(ledger, "2031-06-10") == 690


def unspecified(claim_id: str, value: int, **more: Any) -> bytes:
    """A report of a total that does not say of which day."""
    return reported(
        claim_id, measure="cumulative_returned", value=value, exchange={"date": None}, **more
    )


@pytest.mark.parametrize(
    "said_when",
    [
        {"published_at": "2031-06-10", "time": "2031-06-10T14:00:00Z"},
        {"published_at": None, "asserted_at": "2031-06-10T14:00:00Z", "time": None},
    ],
    ids=["published", "said"],
)
def test_a_total_without_a_day_is_of_the_day_it_was_told(said_when: dict[str, str | None]) -> None:
    ledger = given(said("a", 150, **on("2031-05-10")), unspecified("t", 180, **said_when))

    assert numbers(ledger.total("UA", "2031-06-10"))[:3] == (180, 180, 180)
    assert ledger.claim("t").figure == "2031-06-10:cumulative_returned:UA:all"


def test_a_total_of_which_no_day_at_all_is_known_is_set_aside_and_says_why() -> None:
    ledger = given(
        said("a", 150, **on("2031-05-10")), unspecified("t", 180, published_at=None, time=None)
    )

    claim = ledger.claim("t")
    assert (claim.state, claim.reason, claim.figure) == ("excluded", "no-day", None)
    assert best_of(ledger, "2031-05-10") == 150


def test_a_series_shows_no_more_before_an_officials_total_than_that_total() -> None:
    ledger = given(*TWO_EXCHANGES, total("after", 560, "2031-06-01"))

    # 100 and 60 make 660 by the twentieth of May, and no more than 560 came back by June.
    assert [
        (point.as_of.isoformat(), point.best)
        for point in ledger.models.cumulative
        if point.side == "UA"
    ] == [("2031-05-01", 500), ("2031-05-10", 560), ("2031-05-20", 560), ("2031-06-01", 560)]
    assert ledger.total("UA", "2031-05-20").high == 660


SPEAKERS = [OMBUDSMAN, HEADQUARTERS, PRESIDENT, MINISTRY, OUTLET]


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """Exchanges and totals of a few weeks, right, stale, mistyped, of windows and of floors."""
    chance = random.Random(draw(st.integers(0, 2**20)))
    lines = []
    for number in range(draw(st.integers(2, 12))):
        day = f"2031-05-{chance.randrange(1, 29):02}"
        about = {
            "side": chance.choice(["UA", "UA", "RU"]),
            "claimant": chance.choice(SPEAKERS),
            "bound": chance.choice(["exact"] * 5 + ["at_least", "about"]),
        }
        if chance.random() < 0.5:
            category = chance.choice(["all", "all", "all", "military", "civilian"])
            value = chance.choice([20, 50, 60, 100])
            modality = chance.choice(["asserted"] * 6 + ["planned", "denied"])
            lines.append(
                said(
                    f"c{number}",
                    value,
                    category=category,
                    modality=modality,
                    **on(day),
                    **about,
                )
            )
        else:
            since = chance.choice(["2022-02-24"] * 4 + ["2031-01-01", "2031-05-05", None])
            value = chance.choice([50, 100, 160, 500, 560, 600, 610, 660, 5600])
            category = chance.choice(["all", "all", "military"])
            lines.append(counted_since(since, f"c{number}", value, day, category=category, **about))
    return lines


@drawn(histories())
def test_no_series_falls_and_no_point_leaves_its_range(lines: list[bytes]) -> None:
    points = replay(lines, ledger=LEDGER).read_models.cumulative

    for _, series in groupby(points, key=attrgetter("side", "category")):
        found = list(series)
        shown = [point.best for point in found if point.best is not None]
        assert all(before <= after for before, after in pairwise(shown)), shown
        for point in found:
            assert point.best is None or point.low <= point.best
            assert point.high is None or point.best is None or point.best <= point.high


@pytest.mark.parametrize("value", [597, 900])
def test_what_was_published_is_told_as_it_was_said_whatever_the_exchanges_make(value: int) -> None:
    ledger = given(*TWO_EXCHANGES, total("t", value, "2031-05-11", claimant=OUTLET))

    point = ledger.total("UA", "2031-05-11")

    assert point.published is not None
    published = point.published
    assert (published.low, published.best, published.high) == (value, value, value)
    assert point.best == 600


GROWN = [
    total("old", 500, "2031-05-01"),
    total("grown", 561, "2031-05-04"),
]


@pytest.mark.parametrize("again", [("2031-05-09",), ("2031-05-08", "2031-05-09")])
def test_an_officials_old_number_told_again_leaves_the_newer_one_sound(
    again: tuple[str, ...],
) -> None:
    stale = [
        total(f"stale {day}", 500, day, claimant=HEADQUARTERS, reported_by="Background")
        for day in again
    ]
    ledger = given(
        *GROWN, *stale, said("more", 71, **on("2031-05-12")), total("new", 700, "2031-05-20")
    )

    assert [best_of(ledger, day) for day in ("2031-05-04", again[-1], "2031-05-12")] == [
        561,
        561,
        632,
    ]


def test_a_slip_upwards_is_left_by_the_totals_after_it() -> None:
    ledger = given(
        total("old", 500, "2031-05-01"),
        total("slip", 661, "2031-05-04"),
        said("more", 40, **on("2031-05-12")),
        total("new", 540, "2031-05-12"),
        said("yet more", 30, **on("2031-05-22")),
        total("newer", 570, "2031-05-22"),
    )

    assert [best_of(ledger, day) for day in ("2031-05-04", "2031-05-12", "2031-05-22")] == [
        500,
        540,
        570,
    ]


@pytest.mark.parametrize(
    ("precise", "rounded"), [(1005, 1000), (4917, 4900), (301, 300)], ids=["1005", "4917", "301"]
)
def test_a_round_number_said_later_does_not_lower_the_precise_one(
    precise: int, rounded: int
) -> None:
    days = ("2031-05-12", "2031-05-20", "2031-06-01")
    ledger = given(
        total("before", precise - 100, "2031-05-01"),
        total("precise", precise, "2031-05-10"),
        *(total(day, rounded, day, claimant=HEADQUARTERS) for day in days),
    )

    assert [best_of(ledger, day) for day in ("2031-05-10", *days)] == [precise] * 4
    checks = [ledger.check_of(day) for day in days]
    assert {(check.result, check.explanations[0].code) for check in checks} == {
        ("within", "rounded")
    }


def test_a_lower_number_that_rounds_nothing_is_no_rounding() -> None:
    ledger = given(
        total("before", 905, "2031-05-01"),
        total("more", 1005, "2031-05-10"),
        total("less", 900, "2031-05-12", claimant=HEADQUARTERS),
    )

    assert ledger.check_of("less").result == "fail"


@pytest.mark.parametrize("speaker", [MINISTRY, OUTLET], ids=["the other side", "an outlet"])
def test_anybodys_total_counts_on_which_an_officials_closes(speaker: dict[str, str]) -> None:
    told = total("told", 700, "2031-05-25", claimant=speaker)
    came = said("came", 50, **on("2031-06-02"))

    closes = given(*TWO_EXCHANGES, told, came, total("next", 750, "2031-06-02"))
    leaves = given(*TWO_EXCHANGES, told, came, total("next", 760, "2031-06-02"))

    assert best_of(closes, "2031-05-25") == 700
    assert best_of(leaves, "2031-05-25") == 660
    assert best_of(given(*TWO_EXCHANGES, told, came), "2031-05-25") == 660


def carried(claim_id: str, value: int, hour: int, outlet: str, day: str = "2031-05-10") -> bytes:
    """The ombudsman's total as one outlet carries it."""
    line = total(claim_id, value, "2031-05-10", reported_by=outlet)
    return line.replace(b'"time": "2031-05-10T20', f'"time": "{day}T{hour:02}'.encode())


@pytest.mark.parametrize(
    ("lines", "best", "reasons"),
    [
        (
            [
                carried("a", 917, 8, "A"),
                carried("b", 917, 9, "B"),
                carried("c", 914, 12, "C"),
            ],
            917,
            {"c": "misquote:917"},
        ),
        (
            [
                carried("a", 900, 8, "A"),
                carried("b", 900, 9, "B"),
                carried("c", 917, 12, "C"),
            ],
            917,
            {"a": "restated-by-later:c", "b": "restated-by-later:c"},
        ),
        (
            [carried("a", 905, 8, "A"), carried("b", 900, 20, "B", day="2031-05-14")],
            905,
            {"b": "rounded:905"},
        ),
        (
            [
                carried("a", 917, 8, "A"),
                carried("b", 917, 9, "B"),
                carried("c", 887, 12, "C", day="2031-05-14"),
            ],
            887,
            {"a": "restated-by-later:c", "b": "restated-by-later:c"},
        ),
    ],
    ids=["fewer outlets", "grown meanwhile", "rounded", "corrected days later"],
)
def test_a_lower_total_of_the_same_day_is_a_slip_of_those_who_carry_it(
    lines: list[bytes], best: int, reasons: dict[str, str]
) -> None:
    ledger = given(*lines)

    assert best_of(ledger, "2031-05-10") == best
    assert {
        claim.ref: claim.reason for claim in ledger.models.claims if claim.reason is not None
    } == reasons


def test_a_total_that_leaves_out_an_exchange_of_long_ago_is_told_which() -> None:
    ledger = given(
        said("feast", 317, **on("2031-05-10")),
        total("all", 917, "2031-05-10"),
        said("more", 80, **on("2031-05-20")),
        total("both", 997, "2031-05-20"),
        total("by the list", 680, "2031-05-25", claimant=OUTLET),
    )

    found = ledger.check_of("by the list")
    assert (found.result, found.diff) == ("fail", -317)
    assert [told.text for told in found.explanations if told.code == "exchange-left-out"] == [
        "the 317 of 2031-05-10 are not counted in it"
    ]
