"""A number of all sides together that nobody else gives: as many came back to each of them."""

from typing import Any

import pytest

from tests.reconciliation.given import (
    MINISTRY,
    OUTLET,
    PRESIDENT,
    Ledger,
    given,
    numbers,
    on,
    said,
    undated,
)


def to_each(day: str, ua: int = 75, ru: int = 75) -> tuple[bytes, bytes]:
    """Both sides' counts of one day."""
    return (
        said(f"ua {day}", ua, **on(day)),
        said(f"ru {day}", ru, side="RU", claimant=MINISTRY, **on(day)),
    )


def of_both(value: int, **more: Any) -> bytes:
    """A report of so many exchanged in all, by an outlet unless said otherwise."""
    about = {"measure": "exchanged_total", "side": "both", "claimant": OUTLET} | more
    return said("told", value, **about)


def told(ledger: Ledger) -> tuple[str | None, str | None]:
    claim = ledger.claim("told")
    return claim.exchange, claim.evidence


@pytest.mark.parametrize("value", [150, 75], ids=["the sum", "that of each"])
@pytest.mark.parametrize("speaker", [OUTLET, PRESIDENT])
def test_a_total_is_of_the_exchange_of_the_last_days_with_its_number_for_each(
    value: int, speaker: dict[str, str]
) -> None:
    ledger = given(
        *to_each("2031-05-10"),
        of_both(value, claimant=speaker, **undated("2031-05-15")),
    )

    assert told(ledger) == ("2031-05-10", "equal-figure")
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (75, 75, 75)


def test_so_is_one_whose_side_is_counted_as_a_part() -> None:
    ledger = given(
        said("ua", 75, **on("2031-05-10")),
        said("ru", 75, side="RU", category="paratroopers", claimant=MINISTRY, **on("2031-05-10")),
        of_both(75, **undated("2031-05-12")),
    )

    assert told(ledger)[0] == "2031-05-10"


@pytest.mark.parametrize(("value", "day"), [(150, "2031-05-10"), (75, "2031-06-20")])
def test_a_report_on_another_exchange_recalls_an_old_one_by_the_sum_alone(
    value: int, day: str
) -> None:
    ledger = given(
        *to_each("2031-05-10"),
        *to_each("2031-06-20", 20, 30),
        of_both(value, **undated("2031-06-20")),
    )

    assert (told(ledger)[0] == "2031-05-10") is (day == "2031-05-10")


@pytest.mark.parametrize("value", [150, 149, 76])
def test_sides_that_got_unequal_numbers_have_neither(value: int) -> None:
    ledger = given(*to_each("2031-05-10", 75, 74), of_both(value, **undated("2031-05-15")))

    assert told(ledger) == (None, None)


def test_a_total_that_somebody_gives_is_of_that_exchange() -> None:
    ledger = given(
        *to_each("2031-05-12"),
        said("in all", 150, measure="exchanged_total", side="both", **on("2031-05-09")),
        of_both(150, **undated("2031-05-15")),
    )

    assert told(ledger)[0] == "2031-05-09"


def test_what_each_side_got_in_several_days_is_of_none_of_them() -> None:
    ledger = given(
        *to_each("2031-05-10", 30, 30),
        *to_each("2031-05-11", 45, 45),
        said("ua sum", 75, claimant=PRESIDENT, **on("2031-05-11")),
        said("ru sum", 75, side="RU", claimant=PRESIDENT, **on("2031-05-11")),
        of_both(150, **undated("2031-05-13")),
    )

    assert told(ledger)[0] is None


@pytest.mark.parametrize("value", [150, 75])
def test_on_a_page_without_any_date_a_total_points_to_the_one_exchange_that_may_have_it(
    value: int,
) -> None:
    page = {"exchange": {"date": None}, "published_at": None, "time": None}
    ledger = given(*to_each("2031-05-10"), *to_each("2031-06-20", 20, 30), of_both(value, **page))

    assert told(ledger) == ("2031-05-10", "equal-figure")
