"""Months, weeks and years that words name where a claim states no date."""

from datetime import date
from typing import Any

import pytest

from services.ledgers import default_vocabulary
from services.reconciliation.claims.said_spans import said_times_of
from services.reconciliation.claims.stated_days import StatedSpan
from tests.reconciliation.given import OUTLET, given, on, said, undated


_, SAID = said_times_of(default_vocabulary().model_dump_json())
#: A Thursday.
REPORTED = date(2031, 5, 15)

APRIL = StatedSpan(date(2031, 4, 1), date(2031, 4, 30))
OCTOBER = StatedSpan(date(2030, 10, 1), date(2030, 10, 31))


@pytest.mark.parametrize(
    ("wording", "span"),
    [
        ("In October 20 people came home", OCTOBER),
        ("20 people were released in October 2029", StatedSpan(date(2029, 10, 1), date(2029, 10, 31))),
        ("October 2030 and the 20 who came home", OCTOBER),
        ("20 in October last year", OCTOBER),
        ("Earlier in May, 20 people", StatedSpan(date(2031, 5, 1), date(2031, 5, 31))),
        ("20 people came home last month", APRIL),
        ("20 people abducted in March came home last month", APRIL),
        ("20 people came home last week", StatedSpan(date(2031, 5, 2), date(2031, 5, 14))),
        ("20 people came home last year", StatedSpan(date(2030, 1, 1), date(2030, 12, 31))),
        ("Earlier this month 20 came home", StatedSpan(date(2031, 5, 1), date(2031, 5, 13))),
        ("у жовтні повернулися 20", OCTOBER),
        ("в октябре вернулись 20", OCTOBER),
        ("минулого місяця повернулися 20", APRIL),
        ("в прошлом месяце вернулись 20", APRIL),
        ("im Oktober kamen 20 frei", OCTOBER),
        ("en octobre, vingt prisonniers", OCTOBER),
        ("el mes pasado, 20 presos", APRIL),
        ("w październiku 20 osób", OCTOBER),
        ("الشهر الماضي 20", APRIL),
    ],
)  # fmt: skip
def test_words_name_the_last_such_time_up_to_the_report(wording: str, span: StatedSpan) -> None:
    assert SAID.find(wording, REPORTED) == span


@pytest.mark.parametrize(
    "wording",
    [
        "20 soldiers",
        "20 people may come home",
        "20 on the march home",
        "20 since May",
        "the first 20 since last year",
        "those held before October, 20 in all",
        "until the end of October 20",
        "20 in October and 30 in April",
        "20 last month and 30 in October",
        "20 more this week",
        "20 hostages abducted last month",
        "20 soldiers captured in March",
    ],
)
def test_words_that_name_no_time_or_several_or_the_bound_of_one_name_none(wording: str) -> None:
    assert SAID.find(wording, REPORTED) is None


@pytest.mark.parametrize("wording", ["20 in October", "20 last year", "20 last week"])
def test_a_time_before_the_calendar_begins_is_none(wording: str) -> None:
    ledger = given(
        said("told", 20, claimant=OUTLET, wording=wording, **undated("0002-01-05")),
    )

    assert SAID.find(wording, date(2, 1, 5)) is None
    assert ledger.claim("told").exchange is None


def test_on_the_first_of_a_month_earlier_in_it_is_that_day() -> None:
    first = date(2031, 5, 1)
    assert SAID.find("20 earlier this month", first) == StatedSpan(first, first)


@pytest.mark.parametrize(
    ("wording", "exchange"),
    [
        ("in April 95 came home", "2031-04-10"),
        ("last month 95 came home", "2031-04-10"),
        ("95 came home", "2031-05-15"),
        ("in March 95 came home", None),
    ],
)
def test_a_number_of_a_month_that_words_name_is_of_the_exchange_in_it_that_has_it(
    wording: str, exchange: str | None
) -> None:
    ledger = given(
        said("old", 95, **on("2031-04-10")),
        said("new", 95, **on("2031-05-15")),
        said("told", 95, claimant=OUTLET, wording=wording, **undated("2031-05-15")),
    )

    assert ledger.claim("told").exchange == exchange


@pytest.mark.parametrize(
    "unlike",
    [
        {"modality": "planned"},
        {"measure": "breakdown", "category": "women"},
        {"exchange": {"date": "2031-05-15"}},
    ],
    ids=["a plan", "a part", "a stated day"],
)
def test_plans_parts_and_claims_that_state_a_day_are_of_no_month_by_their_words(
    unlike: dict[str, Any],
) -> None:
    told = {**undated("2031-05-15"), "wording": "20 who were captured in April", **unlike}
    ledger = given(
        said("old", 20, **on("2031-04-10")),
        said("new", 95, **on("2031-05-15")),
        said("told", 20, claimant=OUTLET, **told),
    )

    assert ledger.claim("told").exchange != "2031-04-10"
