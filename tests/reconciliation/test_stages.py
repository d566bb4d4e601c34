"""What was promised of several exchanges, what was told of several days, and days that are two."""

from typing import Any

import pytest

from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    Ledger,
    given,
    on,
    said,
    undated,
)


PAGE = {"url": "https://example.org/report", "claimant": OUTLET}


def promised(value: int, day: str, **more: Any) -> bytes:
    return said(
        "promise", value, **{"modality": "planned", "claimant": PRESIDENT} | undated(day) | more
    )


def days(ledger: Ledger) -> list[str]:
    return [exchange.id for exchange in ledger.models.exchanges]


def around(claim: str, ledger: Ledger) -> tuple[str | None, str | None]:
    found = ledger.claim(claim)
    return found.exchange, found.figure and found.figure.split(":")[0]


@pytest.mark.parametrize("promise", [50, 60, 100])
def test_a_promise_that_several_exchanges_carried_out_is_their_operation(promise: int) -> None:
    ledger = given(
        promised(promise, "2031-05-23"),
        *(
            said(day, n, **on(day))
            for day, n in (("2031-05-24", 24), ("2031-05-25", 17), ("2031-05-26", 19))
        ),
    )

    assert ledger.claim("promise").exchange is None
    assert ledger.claim("promise").evidence == "planned-figure"
    assert days(ledger) == ["2031-05-24", "2031-05-25", "2031-05-26"]


@pytest.mark.parametrize(
    ("promise", "carried_out"),
    [
        (300, [("2031-05-24", 24), ("2031-05-25", 17)]),
        (50, [("2031-06-20", 24), ("2031-06-21", 40)]),
        (50, [("2031-06-20", 24), ("2031-06-28", 26)]),
        (50, [("2031-07-20", 24), ("2031-07-21", 26)]),
        (50, [("2031-05-24", 20)]),
    ],
    ids=["too few came", "more than promised", "far from each other", "much later", "one exchange"],
)
def test_a_promise_that_nothing_carried_out_stays_an_agreement(
    promise: int, carried_out: list[tuple[str, int]]
) -> None:
    ledger = given(
        promised(promise, "2031-05-20"), *(said(day, n, **on(day)) for day, n in carried_out)
    )

    assert ledger.claim("promise").exchange == "2031-05-20"


LATE = [said(day, n, **on(day)) for day, n in (("2031-06-20", 24), ("2031-06-21", 28))]


@pytest.mark.parametrize("promise", [50, 52, 60])
def test_neighbouring_exchanges_weeks_later_carried_out_together_what_is_nearly_as_many(
    promise: int,
) -> None:
    ledger = given(promised(promise, "2031-05-20"), *LATE)

    assert ledger.claim("promise").exchange is None
    assert ledger.claim("promise").evidence == "planned-figure"


@pytest.mark.parametrize(
    "other",
    [
        {"value": 300, "side": "RU"},
        {"value": 7, "category": "women", "measure": "breakdown"},
        {"value": 1, "measure": "superlative", "side": "both", "quantity": None},
    ],
    ids=["the other side", "a part", "no number"],
)
def test_what_a_report_promises_beside_it_is_of_the_same_exchanges(other: dict[str, Any]) -> None:
    page = {"url": PAGE["url"], "modality": "planned", "claimant": PRESIDENT}
    told = page | undated("2031-05-20") | other
    ledger = given(
        promised(52, "2031-05-20", url=PAGE["url"]),
        said("beside", told.pop("value"), **told),
        *LATE,
    )

    assert ledger.claim("beside").exchange is None
    assert ledger.claim("beside").evidence == "planned-figure"


def test_a_promise_repeated_between_its_exchanges_is_the_one_made_first() -> None:
    ledger = given(
        promised(50, "2031-05-23"),
        said("again", 50, modality="planned", claimant=PRESIDENT, **undated("2031-05-25")),
        said("a", 24, **on("2031-05-24")),
        said("b", 17, **on("2031-05-25")),
        said("c", 17, **on("2031-05-26")),
    )

    assert ledger.claim("again").exchange is None
    assert ledger.claim("again").evidence == "planned-figure"


@pytest.mark.parametrize("promise", [95, 80])
def test_what_is_promised_for_tomorrow_is_tomorrows_exchange_though_fewer_came(
    promise: int,
) -> None:
    ledger = given(promised(promise, "2031-05-18"), said("done", 90, **on("2031-05-19")))

    assert ledger.claim("promise").exchange == "2031-05-19"
    assert days(ledger) == ["2031-05-19"]


@pytest.mark.parametrize("promise", [300, 20])
def test_what_is_promised_for_some_day_is_not_tomorrows_exchange_by_chance(promise: int) -> None:
    ledger = given(promised(promise, "2031-05-18"), said("done", 90, **on("2031-05-19")))

    assert ledger.claim("promise").exchange == "2031-05-18"


@pytest.mark.parametrize("told", ["2031-05-12", "2031-05-13", "2031-05-17"])
def test_a_number_of_stated_days_is_theirs_where_it_is_told_without_them(told: str) -> None:
    days_stated = {"exchange": {"date": "2031-05-10", "until": "2031-05-12"}}
    ledger = given(
        said("whole", 317, **undated("2031-05-13") | days_stated),
        said("told", 317, claimant=HEADQUARTERS, **undated(told)),
    )

    assert around("told", ledger) == (None, "2031-05-10..2031-05-12")
    assert days(ledger) == []


@pytest.mark.parametrize(
    ("value", "told"), [(316, "2031-05-13"), (317, "2031-05-11"), (317, "2031-05-27")]
)
def test_another_number_or_one_of_another_time_is_not_of_those_days(value: int, told: str) -> None:
    days_stated = {"exchange": {"date": "2031-05-10", "until": "2031-05-12"}}
    ledger = given(
        said("whole", 317, **undated("2031-05-13") | days_stated),
        said("told", value, claimant=HEADQUARTERS, **undated(told)),
    )

    assert ledger.claim("told").exchange == told


def test_a_part_goes_with_the_whole_that_its_speaker_tells_in_the_same_report() -> None:
    page = {"url": "https://example.org/list"}
    ledger = given(
        said("old", 20, **on("2031-05-12")),
        said("today", 90, **on("2031-05-17")),
        said("whole", 20, claimant=OUTLET, **page, **undated("2031-05-18")),
        said(
            "part",
            8,
            measure="breakdown",
            category="women",
            claimant=OUTLET,
            **page,
            **undated("2031-05-18"),
        ),
    )

    assert ledger.claim("whole").exchange == ledger.claim("part").exchange == "2031-05-12"


def test_a_report_that_counts_both_days_tells_of_two_exchanges_of_one_size() -> None:
    ledger = given(
        said("first", 100, **on("2031-05-08")),
        said("again", 100, **PAGE, **on("2031-05-09")),
        said("before", 100, **PAGE, **{**on("2031-05-09"), "exchange": {"date": "2031-05-08"}}),
    )

    assert days(ledger) == ["2031-05-08", "2031-05-09"]


def test_reports_that_count_one_day_each_tell_of_one_exchange() -> None:
    ledger = given(
        said("first", 100, **on("2031-05-08")),
        said("again", 100, **PAGE, **on("2031-05-09")),
        said("before", 100, url="https://example.org/other", claimant=OUTLET, **on("2031-05-08")),
    )

    assert days(ledger) == ["2031-05-08"]


def test_a_day_of_which_officials_count_both_sides_at_once_is_no_slip_for_the_day_before() -> None:
    ledger = given(
        *(
            said(f"{day} {side}", n, side=side, claimant=who, **on(day))
            for day in ("2031-05-25", "2031-05-26")
            for side, n, who in (("UA", 17, OMBUDSMAN), ("RU", 39, MINISTRY))
        ),
        said("more", 17, **PAGE, **on("2031-05-25")),
    )

    assert days(ledger) == ["2031-05-25", "2031-05-26"]


def test_an_undated_count_of_the_evening_tells_that_its_day_was_no_slip() -> None:
    ledger = given(
        said("first", 39, claimant=OUTLET, **on("2031-05-25")),
        said("evening", 39, **undated("2031-05-25")),
        said("second", 39, **on("2031-05-26")),
        said("also", 39, **PAGE, **on("2031-05-26")),
    )

    assert "2031-05-25" in days(ledger)
    assert "2031-05-26" in days(ledger)


@pytest.mark.parametrize(
    ("speaker", "expected"),
    [(MEDIATOR, ["2031-05-28"]), (OMBUDSMAN, ["2031-05-28", "2031-05-29"])],
    ids=["a go-between", "an official of the side"],
)
def test_what_a_go_between_tells_without_a_day_may_be_of_the_day_before(
    speaker: dict[str, str], expected: list[str]
) -> None:
    day_after = on("2031-05-28") | {"published_at": "2031-05-29"}
    ledger = given(
        said("at once", 100, claimant=MINISTRY, **on("2031-05-28")),
        said("right", 125, claimant=speaker, **day_after),
        said("told", 125, claimant=speaker, **undated("2031-05-29")),
        said("slip", 125, claimant=speaker, **on("2031-05-29") | {"published_at": "2031-05-30"}),
    )

    assert days(ledger) == expected


def test_a_number_told_at_once_is_its_own_days_where_the_day_before_has_another() -> None:
    next_day = {"published_at": "2031-05-03", "time": "2031-05-03T18:00:00Z"}
    ledger = given(
        said("a", 100, claimant=HEADQUARTERS, exchange={"date": "2031-05-02"}, **next_day),
        said("b", 100, claimant=OUTLET, exchange={"date": "2031-05-02"}, **next_day),
        said("slip", 98, exchange={"date": "2031-05-02"}, **next_day),
        said("right", 98, exchange={"date": "2031-05-03"}, **next_day),
    )

    assert ledger.claim("right").exchange == "2031-05-03"
