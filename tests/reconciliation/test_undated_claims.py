"""What claims mean that name no day: by their month, their number in a row, their figure."""

from typing import Any

import pytest

from tests.builders import reported
from tests.reconciliation.given import (
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    given,
    on,
    said,
    undated,
)


PAGE = {"url": "https://example.org/report", "claimant": OUTLET}
#: That a report came out the day after the first of two days.
TOLD = {"published_at": "2031-05-10", "time": "2031-05-10T18:00:00Z"}


def of_month(month: str, told: str = "2031-08-01") -> dict[str, object]:
    """A report of what was in a month, or a year."""
    return {"exchange": {"date": month}, "published_at": told, "time": f"{told}T18:00:00Z"}


@pytest.mark.parametrize("month", ["2031-05", "2031"])
@pytest.mark.parametrize("speaker", [OUTLET, OMBUDSMAN])
def test_a_number_of_a_month_is_of_the_one_exchange_in_it_that_has_it(
    month: str, speaker: dict[str, str]
) -> None:
    ledger = given(
        said("one", 95, **on("2031-05-10")),
        said("other", 40, **on("2031-05-20")),
        said("told", 95, claimant=speaker, **of_month(month)),
    )

    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == ("2031-05-10", "stated-month-or-year")


@pytest.mark.parametrize(
    ("value", "month"),
    [(95, "2031-06"), (135, "2031-05"), (70, "2031-05"), (40, "2031-05")],
    ids=["another month", "the month's", "nobody's", "of two days"],
)
def test_a_number_that_no_one_day_of_its_month_has_means_none(value: int, month: str) -> None:
    ledger = given(
        said("one", 95, **on("2031-05-10")),
        said("two", 40, **on("2031-05-20")),
        said("three", 40, **on("2031-05-27")),
        said("told", value, claimant=OUTLET, **of_month(month)),
    )

    assert ledger.claim("told").exchange is None
    assert ledger.claim("told").reason == "no-day-stated"


def test_a_month_founds_no_exchange() -> None:
    ledger = given(
        said("told", 95, **of_month("2031-05")), said("again", 95, **of_month("2031-05"))
    )

    assert ledger.models.exchanges == ()


def test_a_part_of_a_month_is_of_the_exchange_with_that_part_and_not_that_number() -> None:
    ledger = given(
        said("women", 7, category="women", **on("2031-05-10")),
        said("minors", 7, category="minors", **on("2031-05-20")),
        said("told", 7, category="minors", claimant=OUTLET, **of_month("2031-05")),
    )

    assert ledger.claim("told").exchange == "2031-05-20"


@pytest.mark.parametrize("ordinal", [2, 3])
def test_a_number_in_a_row_that_began_anew_is_of_the_last_exchange_before_the_report(
    ordinal: int,
) -> None:
    ledger = given(
        said("first", 50, **on("2030-03-10", ordinal=ordinal)),
        said("anew", 60, **on("2031-05-10", ordinal=ordinal)),
        said("then", 50, **undated("2030-03-11", ordinal=ordinal)),
        said("now", 60, **undated("2031-05-11", ordinal=ordinal)),
    )

    assert ledger.claim("then").exchange == "2030-03-10"
    assert ledger.claim("now").exchange == "2031-05-10"


def test_what_is_asserted_means_no_exchange_after_its_report_whatever_its_number() -> None:
    ledger = given(
        said("later", 60, **on("2031-05-10", ordinal=2)),
        said("told", 50, **on("2030-03-10")),
        said("second", 50, claimant=OUTLET, **undated("2030-03-10", ordinal=2)),
    )

    assert ledger.claim("second").exchange == "2030-03-10"


def test_a_number_in_a_row_of_an_exchange_a_tenth_as_large_is_another_rows() -> None:
    ledger = given(
        said("old", 30, **on("2030-03-10", ordinal=7)),
        said("new", 596, claimant=OUTLET, **undated("2031-05-10", ordinal=7)),
    )

    assert ledger.claim("new").exchange != "2030-03-10"


@pytest.mark.parametrize("distance", [2, 9, 20])
def test_a_number_that_several_exchanges_have_is_news_of_a_day_that_counts_the_other_side(
    distance: int,
) -> None:
    before = f"2031-05-{30 - distance:02}"
    ledger = given(
        said("a", 3, **on("2031-05-01")),
        said("b", 3, **on(before)),
        said("other side", 183, side="RU", claimant=MINISTRY, **on("2031-05-30")),
        said("told", 3, **PAGE, **undated("2031-05-30")),
    )

    assert ledger.claim("told").exchange == "2031-05-30"


def test_a_part_is_matched_by_whom_it_counts_and_not_by_its_number_alone() -> None:
    ledger = given(
        said("thais", 4, category="Thais", **on("2031-05-09")),
        said("all", 17, **on("2031-05-09")),
        said("today", 16, **on("2031-05-10")),
        said("told", 4, category="Filipinos", **PAGE, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == "2031-05-10"


@pytest.mark.parametrize("named", ["2031-05-09", "2031-05-10"])
def test_of_two_days_with_a_number_that_which_the_report_names_is_meant(named: str) -> None:
    ledger = given(
        said("a", 39, **on("2031-05-09")),
        said("b", 39, **on("2031-05-10")),
        said("first", 17, **on("2031-05-09"), side="RU", claimant=MINISTRY),
        said("second", 13, **on("2031-05-10"), side="RU", claimant=MINISTRY),
        said("names", 40, **PAGE | on(named) | TOLD, category="women"),
        said("told", 39, **PAGE, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == named


LIST = {"measure": "breakdown", "url": "https://example.org/list", "claimant": OUTLET}


def listed(women: int, minors: int, day: str = "2031-05-10") -> tuple[bytes, bytes]:
    """A list of two parts in one report."""
    return (
        said("women", women, category="women", **LIST, **undated(day)),
        said("minors", minors, category="minors", **LIST, **undated(day)),
    )


@pytest.mark.parametrize(("minors", "day"), [(30, "2031-05-09"), (27, "2031-05-10")])
def test_a_list_is_of_the_exchange_of_the_last_days_with_as_many_as_its_parts(
    minors: int, day: str
) -> None:
    ledger = given(
        said("yesterday", 33, **on("2031-05-09")),
        said("today", 30, **on("2031-05-10")),
        *listed(3, minors),
    )

    for part in ("women", "minors"):
        assert (ledger.claim(part).exchange, ledger.claim(part).evidence) == (day, "equal-figure")


def test_of_several_such_exchanges_that_which_the_report_names_is_meant() -> None:
    ledger = given(
        said("yesterday", 33, **on("2031-05-09")),
        said("today", 33, **on("2031-05-10")),
        said("ru", 17, side="RU", claimant=MINISTRY, **on("2031-05-09")),
        said("ru too", 11, side="RU", claimant=MINISTRY, **on("2031-05-10")),
        said("names", 17, **{**LIST, "measure": "returned"}, side="RU", **on("2031-05-09") | TOLD),
        *listed(3, 30),
    )

    assert {ledger.claim(part).exchange for part in ("women", "minors")} == {"2031-05-09"}


@pytest.mark.parametrize(("women", "minors"), [(3, 29), (33, 33)], ids=["another sum", "one part"])
def test_a_list_of_another_sum_is_news_of_its_day(women: int, minors: int) -> None:
    category = "women" if women == minors else "minors"
    ledger = given(
        said("yesterday", 33, **on("2031-05-09")),
        said("today", 40, **on("2031-05-10")),
        said("women", women, category="women", **LIST, **undated("2031-05-10")),
        said("again", minors, category=category, **LIST, **undated("2031-05-10")),
    )

    assert ledger.claim("women").exchange == "2031-05-10"


@pytest.mark.parametrize("days_later", ["2031-05-12", "2031-05-13"])
@pytest.mark.parametrize(
    "told",
    [{"value": 94, "bound": "at_least"}, {"value": 3, "category": "women"}],
    ids=["a floor", "a part"],
)
def test_a_report_two_or_three_days_later_is_of_the_exchange_that_its_number_may_be_one_of(
    days_later: str, told: dict[str, Any]
) -> None:
    ledger = given(
        said("one", 95, **on("2031-05-10")),
        reported("told", claimant=OUTLET, **told, **undated(days_later)),
    )

    claim = ledger.claim("told")
    assert (claim.exchange, claim.evidence) == ("2031-05-10", "published-later")


@pytest.mark.parametrize(
    ("value", "published", "others"),
    [
        (95 * 3, "2031-05-12", []),
        (85, "2031-05-12", []),
        (94, "2031-05-18", []),
        (94, "2031-05-12", [said("fresh", 90, side="RU", **on("2031-05-11"))]),
    ],
    ids=["far more", "another count", "eight days later", "an exchange between"],
)
def test_it_is_of_none_where_its_number_is_another_or_something_newer_is_meant(
    value: int, published: str, others: list[bytes]
) -> None:
    bound = "at_least" if value == 94 else "exact"
    ledger = given(
        said("one", 95, **on("2031-05-10")),
        *others,
        said("told", value, bound=bound, claimant=OUTLET, **undated(published)),
    )

    assert ledger.claim("told").exchange != "2031-05-10"


@pytest.mark.parametrize("also", [[], [said("other", 40, **on("2031-05-20"))]], ids=["one", "two"])
def test_a_part_of_a_month_is_of_its_exchange_if_there_was_one_alone(also: list[bytes]) -> None:
    ledger = given(
        said("one", 95, **on("2031-05-10")),
        *also,
        said("told", 7, category="women", claimant=OUTLET, **of_month("2031-05")),
    )

    assert ledger.claim("told").exchange == (None if also else "2031-05-10")


def test_a_part_of_a_month_is_of_no_exchange_of_which_its_side_is_not_counted() -> None:
    ledger = given(
        said("one", 95, side="RU", **on("2031-05-10")),
        said("told", 7, category="women", claimant=OUTLET, **of_month("2031-05")),
    )

    assert ledger.claim("told").exchange is None


FORESEEN = said("plan", 30, modality="planned", **on("2031-05-10") | {"published_at": "2031-05-01"})


@pytest.mark.parametrize("published", ["2031-05-10", "2031-05-11"])
def test_what_an_outlet_tells_as_done_is_no_news_of_a_day_that_plans_alone_name(
    published: str,
) -> None:
    recalled = said("told", 95, claimant=OUTLET, **undated(published))

    assert given(FORESEEN, recalled).claim("told").exchange is None
    assert given(FORESEEN, recalled).exchange("2031-05-10").status == "planned"

    carried_out = said("done", 103, side="RU", **on("2031-05-10"))
    assert given(FORESEEN, carried_out, recalled).claim("told").exchange == "2031-05-10"


@pytest.mark.parametrize(
    "told",
    [
        said("told", 30, claimant=OUTLET, **undated("2031-05-10")),
        said("told", 95, **undated("2031-05-10")),
    ],
    ids=["the number foreseen", "an official"],
)
def test_the_number_foreseen_and_an_officials_are_news_of_it(told: bytes) -> None:
    assert given(FORESEEN, told).claim("told").exchange == "2031-05-10"


def test_a_number_that_the_day_before_had_and_the_next_was_to_have_is_of_the_day_before() -> None:
    ledger = given(
        said("done", 30, **on("2031-05-09")),
        FORESEEN,
        said("told", 30, claimant=OUTLET, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == "2031-05-09"


@pytest.mark.parametrize(
    ("first", "value", "exchange"),
    [(OUTLET, 8, "2031-05-10"), (OUTLET, 11, None), (OMBUDSMAN, 8, None)],
    ids=["a handful", "more", "an official"],
)
def test_where_outlets_count_two_a_handful_may_have_come(
    first: dict[str, str], value: int, exchange: str | None
) -> None:
    ledger = given(
        said("first", 2, claimant=first, **on("2031-05-10")),
        said("told", value, **PAGE, **undated("2031-05-11")),
    )

    assert ledger.claim("told").exchange == exchange


TIMELINE = {"url": "https://example.org/timeline", "claimant": OUTLET, **undated("2033-02-01")}


@pytest.mark.parametrize(
    ("beside", "exchange"),
    [
        (said("beside", 7, category="women", **TIMELINE), "2031-05-10"),
        (said("beside", 8, category="women", **TIMELINE), None),
        (said("beside", 64, **TIMELINE), None),
    ],
    ids=["another number of it", "a number of none", "the same number"],
)
def test_a_number_of_long_ago_is_of_the_one_exchange_that_has_another_of_its_report_too(
    beside: bytes, exchange: str | None
) -> None:
    ledger = given(
        said("old", 64, **on("2031-05-10")),
        said("women", 7, category="women", **on("2031-05-10")),
        said("other", 95, **on("2031-09-10")),
        said("told", 64, **TIMELINE),
        beside,
    )

    assert ledger.claim("told").exchange == exchange


@pytest.mark.parametrize(
    ("value", "days"),
    [(64, ["2031-05-10", "2031-09-10"]), (20, ["2031-05-10"]), (64, ["2034-05-10"])],
    ids=["of two exchanges", "small", "of an exchange to come"],
)
def test_a_number_that_comes_again_or_is_small_is_tied_to_no_exchange_of_long_ago(
    value: int, days: list[str]
) -> None:
    ledger = given(
        *(said(f"on {day}", value, **on(day)) for day in days),
        said("women", 7, category="women", **on(days[0])),
        said("told", value, **TIMELINE),
        said("beside", 7, category="women", **TIMELINE),
    )

    assert ledger.claim("told").exchange is None


@pytest.mark.parametrize(
    ("days", "told", "exchange"),
    [
        (["2031-05-10"], "schoolgirls", "2031-05-10"),
        (["2031-05-10"], "aid workers", None),
        (["2031-05-10", "2031-05-20"], "schoolgirls", None),
    ],
    ids=["the only one", "another group", "two exchanges"],
)
def test_a_group_of_a_month_is_of_the_only_exchange_of_it_that_has_the_group(
    days: list[str], told: str, exchange: str | None
) -> None:
    ledger = given(
        *(said(f"on {day}", 21, category="schoolgirls", **on(day)) for day in days),
        said("men", 95, side="RU", **on("2031-05-12")),
        said("told", 20, category=told, claimant=OUTLET, **of_month("2031-05")),
    )

    assert ledger.claim("told").exchange == exchange


@pytest.mark.parametrize(
    ("here", "meant"),
    [([], "2031-05-10"), ([12], "2031-05-11")],
    ids=["of the day before alone", "of either day"],
)
def test_of_the_day_before_or_its_own_a_report_is_of_the_one_that_alone_has_another_number_of_it(
    here: list[int], meant: str
) -> None:
    page = {"url": "https://example.org/page", "claimant": OUTLET}
    ledger = given(
        said("before", 12, **on("2031-05-10")),
        said("news", 30, side="RU", claimant=MINISTRY, **on("2031-05-11")),
        *(said("also", number, **on("2031-05-11")) for number in here),
        said("beside", 12, **page, **undated("2031-05-11")),
        said("told", 31, side="RU", **page, **undated("2031-05-11")),
    )

    told = ledger.claim("told")
    assert told.exchange == meant
    assert (told.evidence == "same-report") is (not here)


@pytest.mark.parametrize(
    ("value", "told", "exchange"),
    [
        (9, "2032-01-10", None),
        (9, "2031-09-10", "2031-05-10"),
    ],
    ids=["of long ago", "of some months ago"],
)
def test_few_people_told_beside_the_news_are_none_of_an_exchange_of_long_ago(
    value: int, told: str, exchange: str | None
) -> None:
    ledger = given(
        said("old", value, **on("2031-05-10")),
        said("news", 110, url=PAGE["url"], **on(told)),
        said("told", value, url=PAGE["url"], **undated(told)),
    )

    assert ledger.claim("told").exchange == exchange


@pytest.mark.parametrize(
    ("number", "exchange"), [(1, "2031-06-20"), (31, "2031-06-08")], ids=["few", "many"]
)
def test_a_small_number_of_the_last_weeks_is_news_of_a_day_on_which_nobody_counts_its_side(
    number: int, exchange: str
) -> None:
    ledger = given(
        said("before", number, side="RU", claimant=MINISTRY, **on("2031-06-08")),
        said("counted", 5, **on("2031-06-20")),
        said("told", number, side="RU", claimant=OUTLET, **undated("2031-06-21")),
    )

    assert ledger.claim("told").exchange == exchange
