"""A page of which not even the day of publication is known: its numbers point to an exchange together."""

from typing import Any

import pytest

from tests.builders import reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    MINISTRY,
    OUTLET,
    given,
    numbers,
    on,
    said,
)


PAGE: dict[str, Any] = {"url": "https://example.org/report", "claimant": OUTLET}
NO_DAY: dict[str, Any] = {"exchange": {"date": None}, "published_at": None, "time": None}


def part(claim_id: str, value: int, **more: Any) -> bytes:
    """A report of how many border guards came back, a part of the soldiers."""
    return said(claim_id, value, measure="breakdown", category="border guards", **more)


def test_a_part_of_a_report_without_any_day_means_the_exchange_that_has_it() -> None:
    ledger = given(
        said("whole", 200, **on("2031-05-10")),
        part("part", 17, claimant=HEADQUARTERS, **on("2031-05-10")),
        part("told", 17, **PAGE, **NO_DAY),
    )

    assert ledger.claim("told").exchange == "2031-05-10"


def test_numbers_of_a_report_without_any_day_point_together_to_one_exchange() -> None:
    ledger = given(
        said("a", 95, **on("2031-03-01")),
        said("b", 95, **on("2031-05-10")),
        said("b ru", 80, side="RU", claimant=MINISTRY, **on("2031-05-10")),
        said("c ru", 80, side="RU", claimant=MINISTRY, **on("2031-07-20")),
        said("told", 95, **PAGE, **NO_DAY),
        said("told ru", 80, side="RU", **PAGE, **NO_DAY),
    )

    assert {ledger.claim(each).exchange for each in ("told", "told ru")} == {"2031-05-10"}


@pytest.mark.parametrize(
    ("children", "returned", "meant"),
    [(5, 1, None), (5, 14, "2031-05-10"), (14, 1, "2031-05-10")],
    ids=["a few people", "few of many", "many of few"],
)
def test_a_page_without_any_date_is_of_no_exchange_by_the_numbers_of_a_few_people(
    children: int, returned: int, meant: str | None
) -> None:
    page = {"url": "https://example.org/page", **NO_DAY}
    ledger = given(
        said("known", children, category="military", **on("2031-05-10")),
        said("known ru", returned, side="RU", claimant=MINISTRY, **on("2031-05-10")),
        said("told", children, category="children", **page),
        said("told ru", returned, side="RU", claimant=MINISTRY, **page),
    )

    assert [ledger.claim(told).exchange for told in ("told", "told ru")] == [meant, meant]


@pytest.mark.parametrize("modality", ["asserted", "planned"])
def test_a_number_of_a_page_without_any_date_is_of_the_one_exchange_that_has_it(
    modality: str,
) -> None:
    ledger = given(
        said("one", 95, **on("2031-05-10")),
        said("other", 40, **on("2031-05-20")),
        said("told", 95, modality=modality, **PAGE, **NO_DAY),
    )

    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == ("2031-05-10", "equal-figure")


def test_a_plan_without_any_date_changes_no_figure() -> None:
    ledger = given(
        said("done", 95, **on("2031-05-10")),
        said("done ru", 80, side="RU", claimant=MINISTRY, **on("2031-05-10")),
        said("told", 95, modality="planned", **PAGE, **NO_DAY),
        said("told ru", 120, side="RU", modality="planned", **PAGE, **NO_DAY),
    )

    assert {ledger.claim(each).exchange for each in ("told", "told ru")} == {"2031-05-10"}
    assert ledger.claim("told ru").reason == "planned"
    assert numbers(ledger.figure("2031-05-10:returned:RU:all"))[:3] == (80, 80, 80)


def numbered(claim_id: str, ordinal: int, **more: Any) -> bytes:
    """A report of which exchange in a row one is."""
    more["exchange"] = more["exchange"] | {"ordinal": ordinal}
    return said(
        claim_id, ordinal, measure="exchange_ordinal", side="both", unit="exchanges", **more
    )


def test_the_number_in_a_row_that_a_page_gives_tells_of_which_exchange_its_numbers_are() -> None:
    ledger = given(
        *(said(f"ua {day}", 95, **on(day)) for day in ("2031-05-10", "2031-05-20")),
        numbered("fourth", 4, **on("2031-05-10"), claimant=OUTLET),
        numbered("fifth", 5, **on("2031-05-20"), claimant=OUTLET),
        said("told", 95, **PAGE, **NO_DAY),
        numbered("told fourth", 4, **PAGE, **NO_DAY),
    )

    assert {ledger.claim(each).exchange for each in ("told", "told fourth")} == {"2031-05-10"}


def test_of_two_exchanges_of_a_number_in_a_row_the_one_is_meant_that_the_pages_numbers_are_of() -> (
    None
):
    ledger = given(
        said("old", 40, **on("2031-05-10")),
        numbered("old second", 2, **on("2031-05-10"), claimant=OUTLET),
        said("new", 95, **on("2033-02-03")),
        numbered("new second", 2, **on("2033-02-03"), claimant=OUTLET),
        said("told", 95, **PAGE, **NO_DAY),
        numbered("told second", 2, **PAGE, **NO_DAY),
    )

    assert ledger.claim("told second").exchange == "2033-02-03"


def test_of_news_and_plans_of_one_page_the_news_tell_what_it_is_about() -> None:
    ledger = given(
        said("done", 95, **on("2031-05-10")),
        said("next", 40, **on("2031-05-20")),
        said("told", 95, **PAGE, **NO_DAY),
        said("told plan", 40, modality="planned", **PAGE, **NO_DAY),
        reported("withheld", value=None, bound="undisclosed", side="RU", **PAGE, **NO_DAY),
    )

    assert ledger.claim("told plan").exchange == "2031-05-20"
    assert ledger.claim("withheld").exchange == "2031-05-10"
