"""Exchanges of equal size: equal numbers alone carry no undated claim to an old exchange."""

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
    numbers,
    on,
    said,
    undated,
)


PAGE = {"url": "https://example.org/report", "claimant": OUTLET}


def days(ledger: Ledger) -> list[str]:
    return [exchange.id for exchange in ledger.models.exchanges]


@pytest.mark.parametrize("day", ["2031-05-10", "2030-09-01"], ids=["a year", "months"])
def test_an_outlets_equal_number_long_after_means_no_old_exchange(day: str) -> None:
    ledger = given(
        said("old", 95, **on("2030-05-10")), said("new", 95, claimant=OUTLET, **undated(day))
    )

    new = ledger.claim("new")
    assert (new.state, new.exchange, new.reason) == ("excluded", None, "means-no-known-exchange")
    assert days(ledger) == ["2030-05-10"]


@pytest.mark.parametrize("speaker", [OMBUDSMAN, HEADQUARTERS])
def test_an_officials_equal_number_a_year_after_is_a_new_exchange(speaker: dict[str, str]) -> None:
    ledger = given(
        said("old", 95, **on("2030-05-10")),
        said("new", 95, claimant=speaker, **undated("2031-05-10")),
    )

    assert ledger.claim("new").exchange == "2031-05-10"
    assert days(ledger) == ["2030-05-10", "2031-05-10"]


@pytest.mark.parametrize("where", [on("2031-05-10"), undated("2031-05-10")], ids=["dated", "not"])
def test_an_equal_number_on_the_day_of_a_new_exchange_is_the_new_ones(
    where: dict[str, Any],
) -> None:
    ledger = given(
        said("old", 95, **on("2030-05-10")),
        said("new", 95, **on("2031-05-10")),
        said("told", 95, claimant=OUTLET, **where),
    )

    assert ledger.claim("told").exchange == "2031-05-10"


@pytest.mark.parametrize("told", ["2031-05-11", "2031-05-14", "2031-05-17"])
def test_within_a_week_an_equal_number_is_that_exchanges(told: str) -> None:
    ledger = given(
        said("a", 95, **on("2031-05-10")), said("told", 95, claimant=OUTLET, **undated(told))
    )

    assert ledger.claim("told").exchange == "2031-05-10"
    assert ledger.claim("told").evidence == "equal-figure"


@pytest.mark.parametrize("old", ["2031-04-01", "2030-05-10"], ids=["weeks", "a year"])
def test_a_report_on_another_exchange_recalls_an_older_one_by_its_number(old: str) -> None:
    ledger = given(
        said("old", 95, **on(old)),
        said("new", 40, **on("2031-05-10")),
        said("recalled", 95, **PAGE, **undated("2031-05-10")),
    )

    recalled = ledger.claim("recalled")
    assert (recalled.exchange, recalled.evidence) == (old, "equal-figure")
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (40, 40, 40)


def test_a_report_of_both_sides_makes_an_exchange_of_its_day() -> None:
    ledger = given(
        said("ua", 40, **PAGE, **undated("2031-05-10")),
        said("ru", 45, side="RU", **PAGE, **undated("2031-05-10")),
    )

    assert days(ledger) == ["2031-05-10"]
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (40, 40, 40)
    assert numbers(ledger.figure("2031-05-10:returned:RU:all"))[:3] == (45, 45, 45)


@pytest.mark.parametrize(
    "other",
    [
        {"side": "UA", "category": "military"} | PAGE,
        {"side": "RU", "url": "https://example.org/another", "claimant": OUTLET},
    ],
    ids=["one side alone", "two reports"],
)
def test_a_report_of_one_side_alone_makes_none(other: dict[str, Any]) -> None:
    ledger = given(
        said("ua", 40, **PAGE, **undated("2031-05-10")),
        said("other", 45, **other, **undated("2031-05-10")),
    )

    assert days(ledger) == []


def test_a_report_of_both_sides_that_tells_an_old_exchange_again_makes_none() -> None:
    ledger = given(
        said("old", 40, **on("2031-03-01")),
        said("old ru", 45, side="RU", claimant=MINISTRY, **on("2031-03-01")),
        said("ua", 40, **PAGE, **undated("2031-05-10")),
        said("ru", 45, side="RU", **PAGE, **undated("2031-05-10")),
    )

    assert days(ledger) == ["2031-03-01"]


@pytest.mark.parametrize("told", ["2031-05-20", "2031-06-05"])
def test_an_officials_recollection_makes_no_exchange_of_its_day(told: str) -> None:
    ledger = given(
        said("a", 95, **on("2031-05-10")), said("told", 95, claimant=PRESIDENT, **undated(told))
    )

    assert days(ledger) == ["2031-05-10"]


def one_day_after_the_other(first_told: str, speaker: dict[str, str]) -> list[str]:
    """The exchanges of two days of which the same is counted, by more speakers on the second."""
    first = on("2031-05-10") | {"published_at": first_told, "time": f"{first_told}T18:00:00Z"}
    ledger = given(
        said("a", 17, claimant=speaker, **first),
        said("b", 17, claimant=HEADQUARTERS, **on("2031-05-11")),
        said("c", 17, claimant=PRESIDENT, **on("2031-05-11")),
        said("d", 17, claimant=OUTLET, **on("2031-05-11")),
    )
    return days(ledger)


def test_what_an_official_counted_by_the_evening_of_a_day_was_no_exchange_of_the_day_after() -> (
    None
):
    assert one_day_after_the_other("2031-05-10", OMBUDSMAN) == ["2031-05-10", "2031-05-11"]


@pytest.mark.parametrize(
    ("first_told", "speaker"), [("2031-05-12", OMBUDSMAN), ("2031-05-10", OUTLET)]
)
def test_a_day_that_is_told_late_or_by_outlets_may_be_one_day_off(
    first_told: str, speaker: dict[str, str]
) -> None:
    assert one_day_after_the_other(first_told, speaker) == ["2031-05-11"]


@pytest.mark.parametrize(
    ("slips", "days_of"),
    [(1, ["2031-05-10"]), (3, ["2031-05-10", "2031-05-11"])],
    ids=["more reports of the evening", "more of the day after"],
)
def test_a_late_evening_is_told_by_officials_on_the_day_after_and_stays_one_exchange(
    slips: int, days_of: list[str]
) -> None:
    def page(number: int) -> dict[str, Any]:
        return {"url": f"https://example.org/{number}", "claimant": OUTLET | {"name": f"{number}"}}

    later = {"published_at": "2031-07-01", "time": "2031-07-01T10:00:00Z"}
    ledger = given(
        said("at once", 205, claimant=OMBUDSMAN, **on("2031-05-10")),
        *(said(f"evening {one}", 215, **page(one), **on("2031-05-10") | later) for one in (1, 2)),
        said("next day", 215, claimant=PRESIDENT, **undated("2031-05-11")),
        *(
            said(f"slip {one}", 215, **page(10 + one), **on("2031-05-11") | later)
            for one in range(slips)
        ),
    )

    assert days(ledger) == days_of


@pytest.mark.parametrize("speaker", [OMBUDSMAN, OUTLET])
@pytest.mark.parametrize("old", ["2031-05-04", "2031-05-07"])
def test_a_number_of_last_week_is_that_exchanges_on_a_day_that_no_report_dates(
    old: str, speaker: dict[str, str]
) -> None:
    ledger = given(
        said("old", 20, **on(old)),
        said("new", 40, **undated("2031-05-10")),
        said("told", 20, claimant=speaker, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == old
    assert days(ledger) == [old, "2031-05-10"]
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (40, 40, 40)


@pytest.mark.parametrize(
    "other",
    [
        said("dated", 40, side="RU", claimant=MINISTRY, **on("2031-05-10")),
        said("second", 20, **on("2031-05-07")),
    ],
    ids=["the day is stated", "two exchanges have it"],
)
def test_it_is_news_of_a_day_that_is_stated_and_where_several_of_last_week_have_it(
    other: bytes,
) -> None:
    ledger = given(
        said("old", 20, **on("2031-05-04")),
        other,
        said("new", 30, claimant=HEADQUARTERS, **undated("2031-05-10")),
        said("told", 20, claimant=PRESIDENT, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == "2031-05-10"


@pytest.mark.parametrize("counted", [(72, 96), (72, None)], ids=["each side", "one of them"])
def test_a_total_of_an_older_exchange_is_recalled_on_a_day_of_which_it_is_no_number(
    counted: tuple[int, int | None],
) -> None:
    ua, ru = counted
    today = [said("ua", ua, **on("2031-05-10"))]
    if ru is not None:
        today.append(said("ru", ru, side="RU", claimant=MINISTRY, **on("2031-05-10")))
    ledger = given(
        said("old", 318, measure="exchanged_total", side="both", **on("2031-05-07")),
        *today,
        said("told", 318, measure="exchanged_total", side="both", **PAGE, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == "2031-05-07"


def fishermen(id_: str, value: int, day: str, **more: Any) -> bytes:
    return said(id_, value, category="fishermen", **on(day), **more)


def test_civilians_who_leave_a_prison_and_are_handed_over_the_day_after_are_one_release() -> None:
    ledger = given(
        fishermen("left", 40, "2031-05-10", claimant=OMBUDSMAN),
        fishermen("told", 40, "2031-05-10", claimant=OUTLET),
        fishermen("over", 40, "2031-05-11", claimant=HEADQUARTERS),
    )

    assert days(ledger) == ["2031-05-10"]
    assert numbers(ledger.figure("2031-05-10:returned:UA:fishermen"))[:3] == (40, 40, 40)


def outlet(claim_id: str, value: int, day: str, page: str = "one", **more: Any) -> bytes:
    """What an outlet counts on a day, in a report of its own."""
    return said(
        claim_id, value, claimant=OUTLET, url=f"https://example.org/{page}", **on(day), **more
    )


LEFT, CAME = "2031-05-10", "2031-05-11"


@pytest.mark.parametrize(
    ("reports", "day"),
    [
        ([outlet("a", 172, LEFT), said("b", 173, **on(CAME))], CAME),
        ([said("a", 172, **on(LEFT)), outlet("b", 173, CAME)], LEFT),
        (
            [
                outlet("a", 172, LEFT),
                outlet("b", 173, CAME, "two"),
                said("c", 7, category="women", claimant=PRESIDENT, **on(CAME)),
            ],
            CAME,
        ),
        ([said("a", 172, claimant=MINISTRY, **on(LEFT)), said("b", 173, **on(CAME))], CAME),
        (
            [
                outlet("a", 172, LEFT),
                said("told", 172, claimant=MINISTRY, **undated(LEFT)),
                said("b", 173, **on(CAME)),
            ],
            CAME,
        ),
    ],
    ids=[
        "an official on the second",
        "on the first",
        "more speakers",
        "left, then came",
        "told that evening",
    ],
)
def test_a_release_of_one_side_that_takes_two_days_is_one_though_the_numbers_differ(
    reports: list[bytes], day: str
) -> None:
    assert days(given(*reports)) == [day]


@pytest.mark.parametrize(
    "reports",
    [
        [outlet("a", 172, LEFT), outlet("b", 173, CAME)],
        [outlet("a", 172, LEFT), said("b", 100, **on(CAME))],
        [said("a", 172, **on(LEFT)), said("b", 173, claimant=PRESIDENT, **on(CAME))],
        [
            said("a", 172, claimant=MINISTRY, **on(LEFT)),
            said("b", 173, claimant=MEDIATOR, **on(CAME)),
        ],
        [outlet("a", 172, LEFT), said("b", 173, **on(CAME)), said("c", 9, side="RU", **on(CAME))],
    ],
    ids=[
        "one report",
        "far",
        "who received them on both",
        "who let them go on both",
        "the other side",
    ],
)
def test_two_days_with_near_numbers_are_two_where_a_report_officials_or_the_other_side_say_so(
    reports: list[bytes],
) -> None:
    assert days(given(*reports)) == [LEFT, CAME]


def test_of_two_days_each_near_the_other_that_which_repeats_exactly_is_the_other() -> None:
    ledger = given(
        outlet("a", 172, LEFT),
        outlet("b", 150, LEFT, "two"),
        outlet("c", 160, LEFT, "three"),
        said("d", 172, **on(CAME) | {"published_at": "2031-05-12"}),
    )

    assert days(ledger) == [LEFT]


def test_civilians_beside_soldiers_are_no_count_of_a_day_by_themselves() -> None:
    ledger = given(
        said("soldiers", 60, category="military", **on("2031-05-10")),
        fishermen("one", 5, "2031-05-10"),
        said("others", 70, category="military", **on("2031-05-11")),
        fishermen("two", 5, "2031-05-11"),
    )

    assert days(ledger) == ["2031-05-10", "2031-05-11"]


@pytest.mark.parametrize("more", [(), ("2031-05-24",)], ids=["once that month", "twice"])
def test_a_number_of_a_month_is_of_its_one_day_with_it_however_many_other_months_have(
    more: tuple[str, ...],
) -> None:
    held = ("2030-11-03", "2030-12-03", "2031-01-03", "2031-02-03", "2031-03-03", "2031-05-10")
    ledger = given(
        *(said(day, 20, **on(day)) for day in (*held, *more)),
        said("told", 20, claimant=OUTLET, published_at="2031-08-01", exchange={"date": "2031-05"}),
    )

    assert ledger.claim("told").exchange == (None if more else "2031-05-10")


def of_may(value: int, **more: Any) -> bytes:
    """What somebody says months later of May alone."""
    where = {"published_at": "2031-08-01", "exchange": {"date": "2031-05"}}
    return said("told", value, **({"claimant": OUTLET} | where | more))


@pytest.mark.parametrize(("told", "is_found"), [(300, True), (20, False), (900, False)])
def test_a_number_of_a_month_that_nobody_counts_is_of_the_one_exchange_there_was(
    told: int, *, is_found: bool
) -> None:
    ledger = given(
        said("a", 237, **on("2031-05-10")), said("b", 300, **on("2031-06-10")), of_may(told)
    )

    assert ledger.claim("told").exchange == ("2031-05-10" if is_found else None)


@pytest.mark.parametrize(
    "more",
    [{"claimant": PRESIDENT, "modality": "planned"}, {"exchange": {"date": "2031"}}],
    ids=["a plan", "a year"],
)
def test_it_is_of_none_where_it_is_no_count_of_one_month(more: dict[str, Any]) -> None:
    ledger = given(said("a", 237, **on("2031-05-10")), of_may(300, **more))

    assert ledger.claim("told").exchange is None


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ({"value": 118}, "2031-05-24"),
        ({"value": 100, "bound": "more_than"}, "2031-05-24"),
        ({"value": 160}, None),
        ({"value": 118, "exchange": {"date": "2031"}}, None),
    ],
    ids=["near one", "a floor near one", "near none", "of a year"],
)
def test_of_a_months_exchanges_it_is_of_the_only_one_that_has_nearly_as_many(
    told: dict[str, Any], meant: str | None
) -> None:
    ledger = given(
        said("a", 237, **on("2031-05-10")), said("b", 120, **on("2031-05-24")), of_may(**told)
    )

    assert ledger.claim("told").exchange == meant


def test_of_two_exchanges_of_a_month_that_have_nearly_as_many_it_is_of_none() -> None:
    ledger = given(
        said("a", 237, **on("2031-05-10")), said("b", 250, **on("2031-05-24")), of_may(243)
    )

    assert ledger.claim("told").exchange is None


@pytest.mark.parametrize(
    ("more", "is_found"),
    [
        ({}, True),
        ({"exchange": {"date": "2031"}}, True),
        ({"value": 200}, False),
        ({"published_at": "2031-05-15"}, False),
    ],
    ids=["a month", "a year", "another number", "told after it"],
)
def test_a_plan_for_a_month_is_of_the_exchange_in_it_that_has_its_number(
    more: dict[str, Any], *, is_found: bool
) -> None:
    plan = {"value": 237, "modality": "planned", "published_at": "2031-04-20", **more}
    ledger = given(said("a", 237, **on("2031-05-10")), of_may(**plan))

    assert ledger.claim("told").exchange == ("2031-05-10" if is_found else None)


def test_a_plan_for_a_month_with_two_exchanges_of_its_number_is_of_none() -> None:
    ledger = given(
        said("a", 237, **on("2031-05-10")),
        said("b", 237, **on("2031-05-24")),
        of_may(237, modality="planned", published_at="2031-04-20"),
    )

    assert ledger.claim("told").exchange is None


@pytest.mark.parametrize(
    ("value", "also", "meant"),
    [
        (250, [], "2031-05-10"),
        (300, [], None),
        (250, [said("b", 20, **on("2031-10-10"))], None),
    ],
    ids=["nearly as many", "more", "two exchanges"],
)
def test_a_number_of_a_year_is_of_its_one_exchange_if_nearly_as_many_are_counted(
    value: int, also: list[bytes], meant: str | None
) -> None:
    ledger = given(
        said("a", 237, **on("2031-05-10")), *also, of_may(value, exchange={"date": "2031"})
    )

    assert ledger.claim("told").exchange == meant


def test_a_plan_is_carried_out_by_the_next_exchange_with_its_number_however_many_have_it() -> None:
    held = ("2030-11-03", "2030-12-03", "2031-01-03", "2031-02-03", "2031-05-14", "2031-05-20")
    ledger = given(
        *(said(day, 2, **on(day)) for day in held),
        said("plan", 2, modality="planned", **undated("2031-05-10")),
    )

    assert ledger.claim("plan").exchange == "2031-05-14"
    assert days(ledger) == list(held)


def test_two_numbers_that_stood_together_before_are_of_that_exchange_however_old() -> None:
    ledger = given(
        said("ours", 95, **on("2030-05-10")),
        said("theirs", 103, side="RU", **on("2030-05-10")),
        said("told", 95, **PAGE, **undated("2031-09-10")),
        said("told theirs", 103, side="RU", **PAGE, **undated("2031-09-10")),
    )

    assert [ledger.claim(key).exchange for key in ("told", "told theirs")] == ["2030-05-10"] * 2
    assert days(ledger) == ["2030-05-10"]


def test_two_numbers_of_small_exchanges_that_came_again_make_a_new_one() -> None:
    ledger = given(
        said("ours", 5, **on("2030-05-10")),
        said("theirs", 1, side="RU", **on("2030-05-10")),
        said("ours again", 5, **on("2030-08-10")),
        said("theirs again", 1, side="RU", **on("2030-07-10")),
        said("told", 5, **PAGE, **undated("2031-09-10")),
        said("told theirs", 1, side="RU", **PAGE, **undated("2031-09-10")),
    )

    assert ledger.claim("told").exchange == "2031-09-10"


def test_one_number_said_of_both_sides_is_one_number_and_proves_nothing() -> None:
    ledger = given(
        said("ours", 95, **on("2030-05-10")),
        said("theirs", 95, side="RU", **on("2030-05-10")),
        said("told", 95, **PAGE, **undated("2031-09-10")),
        said("told theirs", 95, side="RU", **PAGE, **undated("2031-09-10")),
    )

    assert ledger.claim("told").exchange == "2031-09-10"


@pytest.mark.parametrize(("value", "meant"), [(95, "2030-05-10"), (9, "2031-05-10")])
def test_of_a_side_that_nobody_counts_a_small_number_of_long_ago_is_no_recollection(
    value: int, meant: str
) -> None:
    ledger = given(
        said("old", value, **on("2030-05-10")),
        said("new", 40, side="RU", **on("2031-05-10")),
        said("told", value, **PAGE, **undated("2031-05-10")),
    )

    assert ledger.claim("told").exchange == meant


@pytest.mark.parametrize(
    ("today", "meant"),
    [([said("today", 200, **on("2031-05-20"))], "2031-05-20"), ([], "2031-05-01")],
)
def test_a_number_of_the_day_of_the_news_is_that_days_though_the_report_names_an_older_one_with_it(
    today: list[bytes], meant: str
) -> None:
    report = {"claimant": OUTLET, "url": "https://example.org/report", "published_at": "2031-05-20"}
    ledger = given(
        said("before", 200, **on("2031-05-01")),
        *today,
        said("older", 314, **report | {"exchange": {"date": "2031-05-01"}}),
        said("oldest", 60, **report | {"exchange": {"date": "2031-04-01"}}),
        said("told", 200, **report | {"exchange": {"date": None}}),
    )

    assert ledger.claim("told").exchange == meant


@pytest.mark.parametrize(
    ("counted", "page", "meant"),
    [
        (60, {}, "2031-05-10"),
        (115, {}, "2031-05-11"),
        (60, {"url": "https://example.org/of-the-day"}, "2031-05-11"),
    ],
    ids=["far fewer", "nearly as many", "a report of that day"],
)
def test_an_officials_number_of_two_days_before_is_no_count_of_a_day_with_far_fewer(
    counted: int, page: dict[str, str], meant: str
) -> None:
    ledger = given(
        said("known", 116, claimant=MINISTRY, **on("2031-05-10")),
        said("news", counted, claimant=OMBUDSMAN, **page, **on("2031-05-11")),
        said("told", 116, claimant=MINISTRY, **page, **undated("2031-05-12")),
    )

    assert ledger.claim("told").exchange == meant


def test_of_an_officials_few_people_an_equal_number_is_news_of_the_day() -> None:
    ledger = given(
        said("known", 20, claimant=MINISTRY, **on("2031-05-10")),
        said("news", 14, claimant=OMBUDSMAN, **on("2031-05-11")),
        said("told", 20, claimant=MINISTRY, **undated("2031-05-12")),
    )

    assert ledger.claim("told").exchange == "2031-05-11"
