"""What reports of the morning and of the evening are about, and what reports that name several days are."""

from datetime import date, datetime
from typing import Any

import pytest

from services.reconciliation.claims.instants import part_of_day, zone_of
from tests.reconciliation.given import (
    LEDGER,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    on,
    said,
    undated,
)


def at(day: str, hour: str, **more: Any) -> dict[str, Any]:
    """Where and when a report stands that came out at an hour (UTC) and states no day."""
    return undated(day, **more) | {"time": f"{day}T{hour}:00Z"}


#: Two exchanges of equal size on two days.
TWO_DAYS = (
    said("first", 20, **on("2031-05-10", ordinal=7)),
    said("second", 20, **on("2031-05-11", ordinal=8)),
)


@pytest.mark.parametrize(
    ("hour", "exchange"),
    [
        ("04:10", "2031-05-10"),
        ("10:00", "2031-05-11"),
        ("19:30", "2031-05-11"),
        ("12:00", "2031-05-11"),
    ],
    ids=["morning", "afternoon", "evening", "no hour known"],
)
@pytest.mark.parametrize("value", [20, 25])
def test_a_report_of_the_morning_is_of_the_day_before(value: int, hour: str, exchange: str) -> None:
    ledger = given(*TWO_DAYS, said("told", value, claimant=PRESIDENT, **at("2031-05-11", hour)))

    assert ledger.claim("told").exchange == exchange


def test_a_report_of_the_morning_whose_number_is_of_its_day_alone_is_of_its_day() -> None:
    ledger = given(
        said("first", 80, **on("2031-05-10")),
        said("second", 20, **on("2031-05-11")),
        said("told", 20, claimant=PRESIDENT, **at("2031-05-11", "04:10")),
    )

    assert ledger.claim("told").exchange == "2031-05-11"


def test_a_plan_of_the_morning_is_of_its_day() -> None:
    ledger = given(
        *TWO_DAYS,
        said("told", 20, claimant=PRESIDENT, modality="planned", **at("2031-05-11", "04:10")),
    )

    assert ledger.claim("told").exchange == "2031-05-11"


@pytest.mark.parametrize(("hour", "exchange"), [("19:30", "2031-05-11"), ("12:00", "2031-05-10")])
def test_a_report_of_the_evening_that_names_its_day_is_of_it_though_the_day_before_has_the_number(
    hour: str, exchange: str
) -> None:
    page = {"url": "https://example.org/page"}
    ledger = given(
        said("first", 20, **on("2031-05-10")),
        said("second", 31, side="RU", claimant=MINISTRY, **on("2031-05-11"), **page),
        said("told", 20, claimant=OMBUDSMAN, **at("2031-05-11", hour), **page),
    )

    assert ledger.claim("told").exchange == exchange


def test_a_number_that_the_day_of_the_evening_counts_otherwise_is_of_the_day_before() -> None:
    page = {"url": "https://example.org/page"}
    ledger = given(
        said("first", 20, **on("2031-05-10")),
        said("second", 31, **on("2031-05-11")),
        said("third", 31, side="RU", claimant=MINISTRY, **on("2031-05-11"), **page),
        said("told", 20, claimant=PRESIDENT, **at("2031-05-11", "19:30"), **page),
    )

    assert ledger.claim("told").exchange == "2031-05-10"


def test_of_several_days_that_a_report_names_the_one_with_a_number_is_meant() -> None:
    page = {"url": "https://example.org/page", "claimant": OUTLET}
    known = {"published_at": "2031-05-30", "time": "2031-05-30T12:00:00Z"}
    ledger = given(
        said("women", 7, category="women", **on("2031-05-10")),
        said("first", 40, **page, **known, exchange={"date": "2031-05-10"}),
        said("second", 35, **page, **known, exchange={"date": "2031-05-29"}),
        said("told", 7, category="women", **page, **undated("2031-05-30")),
    )

    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == ("2031-05-10", "same-report")


@pytest.mark.parametrize(
    ("instant", "part"),
    [
        ("2031-05-11T00:30:00+03:00", "morning"),
        ("2031-05-11T06:00:00Z", "morning"),
        ("2031-05-11T09:00:00Z", None),
        ("2031-05-11T15:00:00Z", "evening"),
        ("2031-05-11T21:30:00Z", None),
        ("2031-05-11T12:00:00Z", None),
        ("2031-05-11T00:00:00Z", None),
    ],
)
def test_the_hours_of_a_day_are_those_of_its_time_zone(instant: str, part: str | None) -> None:
    at_once = datetime.fromisoformat(instant)
    assert part_of_day(at_once, date(2031, 5, 11), zone_of(LEDGER.time_zone)) == part
