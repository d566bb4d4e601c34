"""A claim without a day means the exchange that its number, its part or its report points to."""

from typing import Any

import pytest

from tests.reconciliation.given import (
    HEADQUARTERS,
    MINISTRY,
    OUTLET,
    given,
    numbers,
    on,
    said,
    undated,
)


PAGE: dict[str, Any] = {"url": "https://example.org/report", "claimant": OUTLET}


def total_of(claim_id: str, value: int, **more: Any) -> bytes:
    """A report of how many came back to both sides together."""
    return said(claim_id, value, measure="exchanged_total", side="both", **more)


@pytest.mark.parametrize(
    ("number", "meant"),
    [("about 240", "2031-05-10"), ("about 460", "2031-05-11"), ("about 360", "2031-05-11")],
    ids=["near yesterday's", "near today's", "between both"],
)
def test_a_number_far_nearer_to_yesterdays_exchange_is_yesterdays(number: str, meant: str) -> None:
    bound, value = number.split()
    ledger = given(
        said("yesterday", 250, **on("2031-05-10")),
        said("today", 470, **on("2031-05-11")),
        said("told", int(value), bound=bound, claimant=OUTLET, **undated("2031-05-11")),
    )

    assert ledger.claim("told").exchange == meant
    assert numbers(ledger.figure("2031-05-11:returned:UA:all"))[:2] == (470, 470)


def test_a_total_is_set_against_what_each_side_got_where_nobody_tells_the_total() -> None:
    ledger = given(
        said("yesterday", 350, **on("2031-05-10")),
        said("yesterday ru", 130, side="RU", claimant=MINISTRY, **on("2031-05-10")),
        said("today", 150, **on("2031-05-11")),
        said("today ru", 200, side="RU", claimant=MINISTRY, **on("2031-05-11")),
        total_of("told", 450, bound="more_than", claimant=OUTLET, **undated("2031-05-11")),
    )

    assert ledger.claim("told").exchange == "2031-05-10"


@pytest.mark.parametrize("told", ["2031-05-10", "2031-05-11"])
def test_what_a_report_recalls_besides_does_not_unsettle_a_number_that_the_day_has(
    told: str,
) -> None:
    ledger = given(
        said("floor", 110, bound="more_than", **on("2031-05-10")),
        said("told", 113, **PAGE, **undated(told)),
        total_of("recalled", 900, **PAGE, **undated(told)),
    )

    assert ledger.claim("told").exchange == "2031-05-10"
    assert ledger.claim("recalled").exchange is None


def test_a_plan_told_on_the_day_of_an_exchange_means_the_next_days_with_its_number() -> None:
    ledger = given(
        said("today", 200, **on("2031-05-10")),
        said("tomorrow", 300, **on("2031-05-11")),
        said("plan", 300, modality="planned", claimant=HEADQUARTERS, **undated("2031-05-10")),
    )

    plan = ledger.claim("plan")
    assert (plan.exchange, plan.evidence) == ("2031-05-11", "planned-figure")


def test_a_plan_recalls_no_exchange_of_the_past() -> None:
    ledger = given(
        said("old", 90, **on("2031-03-01")),
        said("today", 95, **on("2031-05-10")),
        said("plan", 90, modality="planned", claimant=OUTLET, **undated("2031-05-10")),
    )

    assert ledger.claim("plan").exchange == "2031-05-10"


def part(claim_id: str, value: int, **more: Any) -> bytes:
    return said(claim_id, value, measure="breakdown", category="border guards", **more)


@pytest.mark.parametrize(
    ("category", "day", "meant"),
    [
        ("border guards", "2031-05-14", "2031-05-10"),
        ("officers", "2031-05-14", "2031-05-14"),
        ("border guards", "2031-05-25", "2031-05-25"),
    ],
    ids=["the same part", "another part", "too long after"],
)
def test_a_part_told_of_an_exchange_of_the_last_days_is_that_exchanges(
    category: str, day: str, meant: str
) -> None:
    ledger = given(
        said("old", 200, **on("2031-05-10")),
        part("part", 17, claimant=HEADQUARTERS, **on("2031-05-10")),
        said("new", 40, **on(day)),
        said("told", 17, measure="breakdown", category=category, claimant=OUTLET, **undated(day)),
    )

    assert ledger.claim("told").exchange == meant


@pytest.mark.parametrize(
    ("news", "meant"), [((), "2031-05-10"), ((40,), "2031-05-13")], ids=["no news", "news"]
)
def test_a_report_that_names_an_older_day_and_counts_nothing_of_its_own_is_about_the_older(
    news: tuple[int, ...], meant: str
) -> None:
    ledger = given(
        said("told whole", 200, **PAGE, **on("2031-05-10") | {"published_at": "2031-05-13"}),
        said("new", 40, **on("2031-05-13")),
        *(said("news", value, **PAGE, **undated("2031-05-13")) for value in news),
        part("part", 17, **PAGE, **undated("2031-05-13")),
    )

    assert ledger.claim("part").exchange == meant


@pytest.mark.parametrize(
    ("speaker", "meant"),
    [(HEADQUARTERS, "2031-05-10"), (OUTLET, None)],
    ids=["an official", "the outlet itself"],
)
def test_an_officials_number_is_news_although_its_report_counts_the_day_otherwise(
    speaker: dict[str, Any], meant: str | None
) -> None:
    report = {"url": "https://example.org/report"}
    ledger = given(
        said("counted", 290, claimant=OUTLET, **report, **on("2031-05-10")),
        said("told", 350, claimant=speaker, **report, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == meant


@pytest.mark.parametrize(
    ("guards", "meant"), [(4, "2031-05-14"), (40, "2031-05-10")], ids=["a few", "many"]
)
def test_a_part_of_a_few_is_of_the_day_that_its_report_names_though_an_earlier_day_had_as_many(
    guards: int, meant: str
) -> None:
    ledger = given(
        said("before", 200, **on("2031-05-10")),
        part("before part", guards, **on("2031-05-10")),
        said("news", 160, **PAGE, **on("2031-05-14")),
        part("told", guards, **PAGE, **undated("2031-05-14") | {"time": "2031-05-14T12:00:00Z"}),
    )

    assert ledger.claim("told").exchange == meant


@pytest.mark.parametrize(
    ("number", "meant"), [(3, "2031-05-12"), (30, "2031-05-10")], ids=["a few", "many"]
)
def test_a_few_are_of_the_older_day_that_their_report_names_where_nobody_counts_their_side(
    number: int, meant: str
) -> None:
    ledger = given(
        *(said(f"on {day}", number, **on(day)) for day in ("2031-05-08", "2031-05-10")),
        said("named", 183, side="RU", **PAGE, **on("2031-05-12") | {"published_at": "2031-05-15"}),
        said("told", number, **PAGE, **undated("2031-05-15")),
    )

    assert ledger.claim("told").exchange == meant
