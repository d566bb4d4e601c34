"""Who makes an exchange of the day of a report that names none: those who count heads, let go, or go between."""

from typing import Any

import pytest

from tests.reconciliation.given import (
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    Ledger,
    given,
    on,
    said,
    undated,
)


DAY = "2031-05-10"
RED_CROSS = {"name": "Red Cross", "party": "intl", "role": "other"}
REPORT = {"url": "https://example.org/report"}


def exchanges(ledger: Ledger) -> list[tuple[str, str]]:
    return [(exchange.id, exchange.status) for exchange in ledger.models.exchanges]


@pytest.mark.parametrize("speaker", [MINISTRY, MEDIATOR], ids=["who let go", "a go-between"])
@pytest.mark.parametrize("bound", ["exact", "at_least"])
def test_who_let_people_go_or_went_between_tells_of_a_release_of_that_day(
    speaker: dict[str, str], bound: str
) -> None:
    ledger = given(said("told", 9, bound=bound, claimant=speaker, **REPORT, **undated(DAY)))

    assert exchanges(ledger) == [(DAY, "unilateral")]
    assert ledger.claim("told").evidence == "published-that-day"
    assert ledger.figure(f"{DAY}:returned:UA:all").best == 9


@pytest.mark.parametrize(
    "more",
    [
        {"claimant": OUTLET},
        {"claimant": RED_CROSS},
        {"bound": "more_than"},
        {"bound": "nearly"},
        {"bound": "about"},
        {"category": "women"},
        {"measure": "breakdown"},
    ],
    ids=lambda more: str(next(iter(more.values()))),
)
def test_nobody_else_does_alone_nor_does_a_part_or_a_rounded_number(more: dict[str, Any]) -> None:
    told: dict[str, Any] = {"claimant": MEDIATOR, **undated(DAY), **more}
    ledger = given(said("told", 9, **told))

    assert exchanges(ledger) == []


@pytest.mark.parametrize(
    ("number", "day"), [(9, "2031-04-20"), (30, "2031-05-09"), (30, "2031-05-11")]
)
def test_an_exchange_of_the_last_weeks_with_its_number_or_of_the_day_beside_it_founds_none(
    number: int, day: str
) -> None:
    ledger = given(
        said("known", number, claimant=MINISTRY, **on(day)),
        said("told", 9, claimant=MINISTRY, **undated(DAY)),
    )

    assert [known for known, _ in exchanges(ledger)] == [day]


def test_an_exchange_long_ago_may_have_had_its_number() -> None:
    ledger = given(
        said("known", 9, claimant=OMBUDSMAN, **on("2031-03-20")),
        said("told", 9, claimant=MEDIATOR, **undated(DAY)),
    )

    assert (DAY, "unilateral") in exchanges(ledger)


@pytest.mark.parametrize("speaker", [MINISTRY, MEDIATOR], ids=["who let go", "a go-between"])
@pytest.mark.parametrize(
    ("number", "day", "founds"),
    [(12, "2031-03-20", False), (9, "2031-03-20", True), (12, "2030-10-20", True)],
    ids=["weeks", "a few people", "half a year"],
)
def test_who_let_people_go_gives_thanks_for_it_for_months_and_those_who_count_heads_do_not(
    speaker: dict[str, str], number: int, day: str, *, founds: bool
) -> None:
    known = said("known", number, claimant=OMBUDSMAN, **on(day))
    thanked = given(known, said("told", number, claimant=speaker, **undated(DAY)))
    counted = given(known, said("told", number, claimant=OMBUDSMAN, **undated(DAY)))

    assert [one for one, _ in exchanges(thanked)] == [day, DAY][: 1 + founds]
    assert [one for one, _ in exchanges(counted)] == [day, DAY]


def test_a_report_that_names_another_exchange_looks_back() -> None:
    past = on("2031-01-20") | {"published_at": DAY, "time": f"{DAY}T18:00:00Z"}
    ledger = given(
        said("past", 30, claimant=MINISTRY, **REPORT, **past),
        said("told", 9, claimant=MINISTRY, **REPORT, **undated(DAY)),
    )

    assert [known for known, _ in exchanges(ledger)] == ["2031-01-20"]


OBSERVED = {"claimant": RED_CROSS, **REPORT, **undated(DAY)}


@pytest.mark.parametrize("speaker", [OUTLET, RED_CROSS], ids=["an outlet", "an observer"])
@pytest.mark.parametrize("day", [DAY, "2031-05-11"], ids=["that day", "the day after"])
def test_an_observers_number_that_another_report_tells_by_the_day_after_makes_an_exchange(
    speaker: dict[str, str], day: str
) -> None:
    again = said("again", 9, claimant=speaker, url="https://example.org/again", **undated(day))
    ledger = given(said("told", 9, **OBSERVED), again)

    assert exchanges(ledger) == [(DAY, "unilateral")]
    assert ledger.claim("again").exchange == DAY


@pytest.mark.parametrize(
    "other",
    [
        said("again", 9, claimant=OUTLET, **REPORT, **undated(DAY)),
        said("again", 8, claimant=OUTLET, url="https://example.org/again", **undated(DAY)),
        said("again", 9, claimant=OUTLET, url="https://example.org/again", **undated("2031-05-12")),
    ],
    ids=["the same report", "another number", "two days after"],
)
def test_an_observers_number_that_no_other_report_tells_at_once_makes_none(other: bytes) -> None:
    assert exchanges(given(said("told", 9, **OBSERVED), other)) == []


def test_an_observers_number_beside_a_known_exchange_makes_none() -> None:
    ledger = given(
        said("known", 30, claimant=MINISTRY, **on("2031-05-13")),
        said("told", 9, **OBSERVED),
        said("again", 9, claimant=OUTLET, url="https://example.org/again", **undated(DAY)),
    )

    assert [known for known, _ in exchanges(ledger)] == ["2031-05-13"]


@pytest.mark.parametrize(
    "speaker", [MINISTRY, OMBUDSMAN, OUTLET], ids=["who let go", "its side", "an outlet"]
)
@pytest.mark.parametrize("number", [118, 125, 131])
def test_nearly_the_number_of_an_exchange_of_the_last_week_is_of_that_and_makes_none(
    number: int, speaker: dict[str, str]
) -> None:
    ledger = given(
        said("known", 124, claimant=OMBUDSMAN, **on("2031-05-05")),
        said("told", number, claimant=speaker, **REPORT, **undated(DAY)),
    )

    assert [known for known, _ in exchanges(ledger)] == ["2031-05-05"]
    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == ("2031-05-05", "published-later")


@pytest.mark.parametrize(
    ("number", "day"),
    [(110, "2031-05-05"), (140, "2031-05-05"), (125, "2031-05-02")],
    ids=["far fewer", "far more", "eight days before"],
)
def test_another_number_or_one_of_longer_ago_makes_an_exchange_of_its_own(
    number: int, day: str
) -> None:
    ledger = given(
        said("known", 124, claimant=OMBUDSMAN, **on(day)),
        said("told", number, claimant=OMBUDSMAN, **undated(DAY)),
    )

    assert [known for known, _ in exchanges(ledger)] == [day, DAY]


@pytest.mark.parametrize(
    ("number", "news", "also", "meant"),
    [
        (120, 60, [], "2031-05-05"),
        (120, 60, [said("here", 90, claimant=OMBUDSMAN, **on(DAY))], DAY),
        (120, 120, [], DAY),
        (120, 60, [said("both", 120, measure="exchanged_total", side="both", **on(DAY))], DAY),
        (9, 60, [said("before", 9, claimant=OMBUDSMAN, **on("2031-05-06"))], DAY),
    ],
    ids=["nobody counts its side", "its side is", "as many of the other", "of all", "a few people"],
)
def test_what_a_report_tells_of_a_side_that_nobody_counts_that_day_is_of_the_one_with_nearly_its_number(
    number: int, news: int, also: list[bytes], meant: str
) -> None:
    known = 124 if number == 120 else number
    ledger = given(
        said("known", known, claimant=OMBUDSMAN, **on("2031-05-05")),
        said("news", news, side="RU", claimant=MINISTRY, **on(DAY)),
        *also,
        said("told", number, claimant=OUTLET, **REPORT, **undated(DAY)),
    )

    assert ledger.claim("told").exchange == meant


# Numbers that are told day by day.


@pytest.mark.parametrize("later", ["2031-05-11", "2031-05-12"])
def test_a_number_that_is_told_every_day_makes_one_exchange_of_the_first(later: str) -> None:
    told = {"claimant": OMBUDSMAN}
    ledger = given(
        said("first", 9, **told, **undated(DAY)),
        said("next", 9, url="https://example.org/next", **told, **undated("2031-05-11")),
        said("later", 9, url="https://example.org/later", **told, **undated(later)),
    )

    assert [day for day, _ in exchanges(ledger)] == [DAY]


def test_another_number_makes_an_exchange_of_its_own_day() -> None:
    ledger = given(
        said("first", 9, claimant=OMBUDSMAN, **undated(DAY)),
        said("later", 19, claimant=OMBUDSMAN, **undated("2031-05-11")),
    )

    assert [day for day, _ in exchanges(ledger)] == [DAY, "2031-05-11"]


def test_a_number_of_somebody_who_made_no_exchange_of_the_day_before_leaves_it_new() -> None:
    ledger = given(
        said("outlet", 9, claimant=OUTLET, **REPORT, **undated(DAY)),
        said("told", 9, claimant=OMBUDSMAN, **undated("2031-05-11")),
    )

    assert [day for day, _ in exchanges(ledger)] == ["2031-05-11"]
