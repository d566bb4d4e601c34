"""Plans and agreements: a plan means its own day or a later one, and is no exchange."""

from datetime import date
from typing import Any

import pytest

from tests.builders import taken_back
from tests.reconciliation.engine.test_kept_books import Renewal, kept, log_of, read_again
from tests.reconciliation.given import (
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


def planned(claim_id: str, value: int, **more: Any) -> bytes:
    """A report that so many will come back to Ukraine, by its president unless said otherwise."""
    return said(claim_id, value, **{"modality": "planned", "claimant": PRESIDENT} | more)


def called_off(claim_id: str, **more: Any) -> bytes:
    """A denial that people came back to Ukraine, of no number, the day after 10 June."""
    about = {"quantity": {"bound": "undisclosed"}, "modality": "denied"} | undated("2031-06-11")
    return said(claim_id, 0, **about | more)


def statuses(ledger: Ledger) -> dict[str, str]:
    return {exchange.id: exchange.status for exchange in ledger.models.exchanges}


@pytest.mark.parametrize(
    "speaker", [PRESIDENT, MEDIATOR, MINISTRY], ids=["a party", "a go-between", "the other party"]
)
def test_an_agreement_is_a_planned_exchange_of_the_day_it_was_announced(
    speaker: dict[str, str],
) -> None:
    ledger = given(planned("a", 1000, claimant=speaker, **undated("2031-06-01")))

    assert statuses(ledger) == {"2031-06-01": "planned"}
    assert ledger.claim("a").exchange == "2031-06-01"
    assert ledger.claim("a").reason == "planned"
    assert ledger.models.cumulative == ()


@pytest.mark.parametrize("words", ["exact", "at_least"])
def test_what_an_outlet_foresees_is_no_agreement(words: str) -> None:
    ledger = given(planned("a", 1000, bound=words, claimant=OUTLET, **undated("2031-06-01")))

    assert statuses(ledger) == {}
    assert ledger.claim("a").state == "excluded"


@pytest.mark.parametrize(
    ("again", "speaker"), [("2031-06-04", PRESIDENT), ("2031-07-10", OMBUDSMAN)]
)
def test_the_same_number_told_on_another_day_is_the_same_plan(
    again: str, speaker: dict[str, str]
) -> None:
    ledger = given(
        planned("first", 1200, **undated("2031-06-01")),
        planned("again", 1200, claimant=speaker, **undated(again)),
    )

    assert statuses(ledger) == {"2031-06-01": "planned"}
    again_told = ledger.claim("again")
    assert (again_told.exchange, again_told.evidence) == ("2031-06-01", "agreed-number")


@pytest.mark.parametrize(
    ("value", "day", "first"),
    [(1200, "2031-09-01", "cancelled"), (300, "2031-06-20", "planned")],
    ids=["too late", "other number"],
)
def test_another_number_or_a_much_later_day_is_another_plan(
    value: int, day: str, first: str
) -> None:
    ledger = given(
        planned("first", 1200, **undated("2031-06-01")),
        planned("another", value, **undated(day)),
    )

    assert statuses(ledger) == {"2031-06-01": first, day: "planned"}


def test_what_is_told_with_an_agreements_number_is_of_that_agreement() -> None:
    page = {"url": "https://example.org/report", **undated("2031-06-02")}
    ledger = given(
        planned("agreed", 1000, **undated("2031-06-01")),
        planned("again", 1000, **page),
        planned("beside", 40, category="women", measure="breakdown", **page),
        planned("theirs", 800, side="RU", **page),
    )

    assert statuses(ledger) == {"2031-06-01": "planned"}
    assert ledger.claim("theirs").evidence == "agreed-number"


def test_a_part_without_its_whole_is_of_the_first_of_two_days_that_agree() -> None:
    ledger = given(
        planned("agreed", 1000, **undated("2031-06-01")),
        planned("more", 600, side="RU", **undated("2031-06-02")),
        planned("women", 40, category="women", measure="breakdown", **undated("2031-06-02")),
    )

    assert ledger.claim("women").exchange == "2031-06-01"


def test_what_an_outlet_tells_of_a_plan_is_that_plan() -> None:
    ledger = given(
        planned("first", 1200, **undated("2031-06-01")),
        planned("same", 1200, claimant=OUTLET, **undated("2031-06-03")),
        planned("next day", 1000, bound="about", claimant=OUTLET, **undated("2031-06-02")),
    )

    assert statuses(ledger) == {"2031-06-01": "planned"}
    assert ledger.claim("same").exchange == "2031-06-01"
    assert ledger.claim("next day").evidence == "agreed-that-day"


@pytest.mark.parametrize(
    ("value", "day"), [(1000, "2031-06-10"), (150, "2031-06-03")], ids=["weeks", "days"]
)
def test_a_plan_is_tied_to_the_exchange_of_the_next_days_with_its_number(
    value: int, day: str
) -> None:
    ledger = given(planned("plan", value, **undated("2031-06-01")), said("done", value, **on(day)))

    assert statuses(ledger) == {day: "completed"}
    plan = ledger.claim("plan")
    assert (plan.exchange, plan.evidence) == (day, "planned-figure")
    assert numbers(ledger.figure(f"{day}:returned:UA:all"))[:3] == (value, value, value)


@pytest.mark.parametrize("past", ["2031-05-30", "2031-05-20", "2031-05-02"])
def test_a_plan_never_means_an_exchange_of_the_past(past: str) -> None:
    ledger = given(said("done", 1000, **on(past)), planned("plan", 1000, **undated("2031-06-01")))

    assert statuses(ledger) == {past: "completed", "2031-06-01": "planned"}
    assert ledger.claim("plan").exchange == "2031-06-01"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2031-05-20", "unconfirmed"),
        ("2031-05-31", "unconfirmed"),
        ("2031-06-01", "planned"),
        ("2031-06-20", "planned"),
    ],
)
def test_a_plan_dated_before_it_was_said_makes_no_planned_exchange(day: str, status: str) -> None:
    ledger = given(planned("plan", 1000, **on(day) | {"published_at": "2031-06-01", "time": None}))

    assert statuses(ledger) == {day: status}


def test_a_plan_dated_before_it_was_said_changes_nothing_of_what_was_planned_in_time() -> None:
    late = on("2031-05-20") | {"published_at": "2031-06-01", "time": None}
    ledger = given(
        planned("in time", 1000, **on("2031-05-20") | {"published_at": "2031-05-18"}),
        planned("late", 900, **late),
    )

    assert statuses(ledger) == {"2031-05-20": "planned"}


def test_an_outlet_that_tells_without_a_day_what_was_planned_does_not_make_it_done() -> None:
    ledger = given(
        planned("plan", 1000, **undated("2031-06-01")),
        said("told", 1000, claimant=OUTLET, **undated("2031-06-20")),
    )

    assert statuses(ledger) == {"2031-06-01": "planned"}
    assert ledger.models.figures == ()


@pytest.mark.parametrize("speaker", [PRESIDENT, MINISTRY])
def test_a_plan_that_is_denied_is_cancelled(speaker: dict[str, str]) -> None:
    ledger = given(
        planned("plan", 1000, **undated("2031-06-01")),
        planned("no", 1000, modality="denied", claimant=speaker, **undated("2031-06-02")),
    )

    assert statuses(ledger) == {"2031-06-01": "cancelled"}


@pytest.mark.parametrize(
    ("plan", "heard", "status"),
    [
        (undated("2031-06-01"), "2031-07-31", "planned"),
        (undated("2031-06-01"), "2031-08-01", "cancelled"),
        (on("2031-06-20") | {"published_at": "2031-06-01"}, "2031-08-19", "planned"),
        (on("2031-06-20") | {"published_at": "2031-06-01"}, "2031-08-20", "cancelled"),
    ],
    ids=["in time", "from its report", "from its day in time", "from its day"],
)
def test_a_plan_that_nobody_speaks_of_again_lapses_after_the_grace_period(
    plan: dict[str, Any], heard: str, status: str
) -> None:
    ledger = given(planned("plan", 1000, **plan), said("another", 30, **on(heard)))

    [found] = [one for one in ledger.models.exchanges if one.id != heard]
    assert found.status == status
    assert found.lapsed_on == (date.fromisoformat(heard) if status == "cancelled" else None)


def test_a_plan_that_is_told_again_counts_its_grace_period_from_then() -> None:
    told_again = on("2031-06-20") | {"published_at": "2031-07-15"}
    ledger = given(
        planned("plan", 1000, **on("2031-06-20") | {"published_at": "2031-06-01"}),
        said("again", 1000, bound="about", measure="first_since", **told_again),
        said("another", 30, **on("2031-09-01")),
    )

    assert statuses(ledger)["2031-06-20"] == "planned"


def test_a_plan_waits_again_once_the_later_report_is_taken_back() -> None:
    plan = planned("plan", 1000, **undated("2031-06-01"))
    later = said("another", 30, **on("2031-09-01"))

    assert statuses(given(plan, later, taken_back("another"))) == {"2031-06-01": "planned"}


def test_what_a_lapsed_plan_promised_is_told_when_it_is_carried_out_late() -> None:
    ledger = given(
        planned("plan", 1000, **on("2031-06-20") | {"published_at": "2031-06-01"}),
        said("another", 30, **on("2031-09-01")),
        said("done", 1000, **on("2031-06-20") | {"published_at": "2031-09-02"}),
    )

    assert statuses(ledger)["2031-06-20"] == "completed"


@pytest.mark.parametrize("renewal", [kept, read_again])
def test_plans_lapse_alike_whether_or_not_a_start_lies_between(renewal: Renewal) -> None:
    lines = [
        planned("plan", 1000, **undated("2031-06-01")),
        said("another", 30, **on("2031-09-01")),
        taken_back("another"),
        said("one more", 40, **on("2031-09-02")),
    ]

    log = log_of(lines, 1)

    assert log_of(lines, 1, range(9), renewal) == log
    told = [body for body in log if b'"identified":{"exchange":"2031-06-01"' in body]
    assert [b'"status":"cancelled"' in body for body in told] == [False, True, False, True]


def test_a_promised_number_that_an_outlet_tells_as_done_is_no_exchange_of_its_day() -> None:
    both = {"url": "https://outlet.example/deal", "claimant": OUTLET}
    told_as_done = (
        said("c", 32, **both, **undated("2031-06-02")),
        said("d", 2, **both, side="RU", **undated("2031-06-02")),
    )
    promised = (
        planned("a", 32, claimant=MEDIATOR, **undated("2031-06-01")),
        planned("b", 2, side="RU", claimant=MEDIATOR, **undated("2031-06-01")),
    )
    assert statuses(given(*told_as_done)) == {"2031-06-02": "completed"}

    ledger = given(*promised, *told_as_done)

    assert statuses(ledger) == {"2031-06-01": "planned"}
    assert ledger.claim("c").exchange is None

    ledger = given(*promised, *told_as_done, said("e", 32, **on("2031-06-07")))

    assert [ledger.claim(claim).exchange for claim in "ac"] == ["2031-06-07", "2031-06-07"]
    assert statuses(ledger)["2031-06-07"] == "completed"


def test_a_deal_that_several_days_carry_out_is_their_operation_and_never_lapses() -> None:
    deal = planned("deal", 150, claimant=MEDIATOR, **undated("2031-06-01"))
    days = [
        said(f"day-{day}", value, **on(f"2031-06-{day:02}"))
        for day, value in ((3, 39), (4, 45), (5, 66))
    ]
    much_later = said("later", 9, **on("2031-12-01"))

    ledger = given(deal, *days, much_later)

    assert "2031-06-01" not in statuses(ledger)
    assert ledger.claim("deal").exchange is None
    assert ledger.claim("deal").state == "excluded"
    assert ledger.claim("deal").evidence == "planned-figure"


@pytest.mark.parametrize("side", ["UA", "RU"])
def test_a_denial_on_the_day_after_what_was_planned_calls_that_off(side: str) -> None:
    ledger = given(
        planned("plan", 602, side=side, **on("2031-06-10") | {"published_at": "2031-06-08"}),
        called_off("no", side=side),
    )

    assert ledger.claim("no").exchange == "2031-06-10"
    assert statuses(ledger) == {"2031-06-10": "cancelled"}


def test_a_denial_on_the_day_after_an_exchange_that_is_counted_is_none_of_it() -> None:
    ledger = given(
        said("done", 90, **on("2031-06-10")),
        called_off("no"),
    )

    assert ledger.claim("no").exchange is None
    assert statuses(ledger) == {"2031-06-10": "completed"}


def test_a_denial_of_one_side_is_of_what_was_planned_for_it_beside_a_release_of_the_other() -> None:
    ledger = given(
        said("done", 6, side="RU", claimant=MINISTRY, **on("2031-06-10")),
        planned("plan", 602, **on("2031-06-10") | {"published_at": "2031-06-08"}),
        said("no", 602, modality="denied", **undated("2031-06-11")),
    )

    assert ledger.claim("no").exchange == "2031-06-10"
    assert numbers(ledger.figure("2031-06-10:returned:RU:all"))[:3] == (6, 6, 6)


@pytest.mark.parametrize("told", ["2031-06-09", "2031-06-08"])
def test_a_plan_told_shortly_before_a_day_on_which_nobody_counts_its_side_is_of_that_day(
    told: str,
) -> None:
    ledger = given(
        said("done", 6, side="RU", claimant=MINISTRY, **on("2031-06-10")),
        planned("plan", 602, **undated(told)),
    )

    plan = ledger.claim("plan")
    assert (plan.exchange, plan.evidence) == ("2031-06-10", "planned-figure")


@pytest.mark.parametrize(
    ("value", "day"), [(602, "2031-06-12"), (602, "2031-06-10"), (40, "2031-06-10")]
)
def test_it_stays_an_agreement_where_its_side_is_counted_otherwise_or_the_day_is_further_on(
    value: int, day: str
) -> None:
    side = "UA" if day == "2031-06-10" else "RU"
    ledger = given(
        said("done", 100, side=side, **on(day)), planned("plan", value, **undated("2031-06-09"))
    )

    assert ledger.claim("plan").evidence == "agreed-that-day"


@pytest.mark.parametrize(("told", "meant"), [("2031-06-08", "2031-06-10"), ("2031-06-07", None)])
def test_a_part_that_is_planned_is_of_the_next_exchange_of_the_two_days_after(
    told: str, meant: str | None
) -> None:
    ledger = given(
        said("done", 95, **on("2031-06-10")),
        planned("plan", 7, category="women", claimant=OUTLET, **undated(told)),
    )

    assert ledger.claim("plan").exchange == meant


@pytest.mark.parametrize("told", ["2031-06-09", "2031-05-30"])
def test_a_plan_is_of_the_next_exchange_of_two_weeks_if_nearly_as_many_came(told: str) -> None:
    ledger = given(planned("plan", 300, **undated(told)), said("done", 279, **on("2031-06-10")))

    plan = ledger.claim("plan")
    assert (plan.exchange, plan.evidence) == ("2031-06-10", "planned-figure")
    assert statuses(ledger) == {"2031-06-10": "completed"}


@pytest.mark.parametrize(
    ("came", "is_found"), [(140, True), (199, True), (260, False), (70, False)]
)
def test_a_plan_of_at_least_so_many_is_of_the_next_exchange_of_two_weeks_that_meets_it(
    came: int, *, is_found: bool
) -> None:
    ledger = given(
        planned("plan", 100, bound="at_least", **undated("2031-05-30")),
        said("done", came, **on("2031-06-10")),
        said("later", 50, **on("2031-06-25")),
    )

    assert (ledger.claim("plan").exchange == "2031-06-10") == is_found


def test_a_plan_is_of_the_only_exchange_of_two_months_if_nearly_as_many_came() -> None:
    plan, done = (
        planned("plan", 300, **undated("2031-05-20")),
        said("done", 279, **on("2031-06-10")),
    )

    assert given(plan, done).claim("plan").exchange == "2031-06-10"


@pytest.mark.parametrize(
    ("value", "told", "also"),
    [
        (300, "2031-05-20", [said("another", 80, **on("2031-06-20"))]),
        (300, "2031-04-05", []),
        (400, "2031-06-05", []),
    ],
    ids=["one of two", "more than two months before", "far fewer came"],
)
def test_else_it_stays_an_agreement(value: int, told: str, also: list[bytes]) -> None:
    ledger = given(
        planned("plan", value, **undated(told)), said("done", 279, **on("2031-06-10")), *also
    )

    assert ledger.claim("plan").evidence == "agreed-that-day"


def told_of(done: int, coming: int) -> Ledger:
    """A report without a day on what was done and what comes, before an exchange of 200 on the next day."""
    report = {"url": "https://example.org/report", "claimant": OUTLET, **undated("2031-06-09")}
    return given(
        said("first", 480, **on("2031-06-09")),
        said("second", 200, **on("2031-06-10")),
        said("done", done, **report),
        planned("coming", coming, **report),
    )


@pytest.mark.parametrize(
    ("done", "coming", "day"),
    [(480, 210, "2031-06-10"), (480, 440, "2031-06-09")],
    ids=["far from it", "near it"],
)
def test_a_plan_beside_another_number_that_is_told_as_done_is_of_what_comes(
    done: int, coming: int, day: str
) -> None:
    assert told_of(done, coming).claim("coming").exchange == day


# A promise beside the exchange that its report tells of.


REPORT: dict[str, Any] = {"url": "https://example.org/report"}


def promised(value: int, *more: bytes, **told: Any) -> Ledger:
    """What is promised in a report of an exchange of 19."""
    return given(
        said("done", 19, **REPORT, **on("2031-06-02")),
        planned("more", value, **{**REPORT, **undated("2031-06-02"), **told}),
        *more,
    )


@pytest.mark.parametrize("value", [1, 900])
def test_a_promise_told_with_an_exchange_is_an_agreement_beside_it(value: int) -> None:
    ledger = promised(value)

    assert statuses(ledger) == {"2031-06-02": "completed", "2031-06-02-plan": "planned"}
    assert (ledger.claim("more").exchange, ledger.claim("more").evidence) == (
        "2031-06-02-plan",
        "agreed-that-day",
    )


def test_it_lapses_as_any_plan_does() -> None:
    late = said("late", 30, **on("2031-09-01"))

    assert statuses(promised(1, late))["2031-06-02-plan"] == "cancelled"


@pytest.mark.parametrize(
    "told",
    [
        {"value": 18},
        {"value": 38},
        {"value": 1, "claimant": OUTLET},
        {"value": 1, "side": "RU"},
        {"value": 1, "url": "https://example.org/other"},
        {"value": 1, "bound": "at_least"},
    ],
    ids=["near it", "twice as many", "an outlet's", "the other side's", "elsewhere", "at least"],
)
def test_else_it_makes_no_agreement_of_its_own(told: dict[str, Any]) -> None:
    assert "2031-06-02-plan" not in statuses(promised(**told))


def test_what_was_promised_and_came_is_that_exchange() -> None:
    ledger = promised(900, said("came", 900, **on("2031-06-20")))

    assert ledger.claim("more").exchange == "2031-06-20"
    assert "2031-06-02-plan" not in statuses(ledger)


@pytest.mark.parametrize("told", ["2031-06-10", "2031-06-14"], ids=["that day", "once it is late"])
def test_a_plan_of_a_day_on_which_nobody_came_is_of_the_exchange_that_was_late(told: str) -> None:
    ledger = given(
        planned("plan", 17, **on("2031-06-10") | {"published_at": told}),
        said("done", 17, **on("2031-06-14")),
    )

    plan = ledger.claim("plan")
    assert (plan.exchange, plan.evidence) == ("2031-06-14", "planned-figure")
    assert statuses(ledger) == {"2031-06-14": "completed"}


@pytest.mark.parametrize(
    ("others", "day"),
    [
        ([said("done", 17, **on("2031-06-16"))], "much later"),
        ([said("done", 18, **on("2031-06-12"))], "another number"),
        ([said("done", 17, **on("2031-06-12")), said("own", 4, **on("2031-06-10"))], "carried out"),
    ],
    ids=["much later", "another number", "carried out"],
)
def test_a_plan_of_a_day_stays_there_without_a_late_exchange_of_its_number(
    others: list[bytes], day: str
) -> None:
    ledger = given(planned("plan", 17, **on("2031-06-10")), *others)

    assert ledger.claim("plan").exchange == "2031-06-10", day


def test_a_plan_told_beside_what_was_done_that_day_and_is_not_counted_is_of_what_is_to_come() -> (
    None
):
    page = {"url": "https://example.org/page", "claimant": OUTLET}
    uncounted = {"quantity": {"bound": "undisclosed"}}
    ledger = given(
        said("done", 0, **uncounted, **on("2031-06-10"), **page),
        planned("plan", 1200, **undated("2031-06-10"), **page),
    )

    assert ledger.claim("plan").exchange is None
    assert ledger.claim("plan").state == "excluded"


@pytest.mark.parametrize(
    "done",
    [
        said("done", 30, **on("2031-06-10"), url="https://example.org/page", claimant=OUTLET),
        said(
            "done",
            0,
            quantity={"bound": "undisclosed"},
            side="RU",
            **on("2031-06-10"),
            url="https://example.org/page",
            claimant=OUTLET,
        ),
    ],
    ids=["counted", "of the other side"],
)
def test_a_plan_told_beside_what_else_was_done_that_day_is_of_that_day(done: bytes) -> None:
    ledger = given(
        done,
        planned(
            "plan", 40, **undated("2031-06-10"), url="https://example.org/page", claimant=OUTLET
        ),
    )

    assert ledger.claim("plan").exchange == "2031-06-10"


@pytest.mark.parametrize("where", [on("2031-06-10"), undated("2031-06-10")], ids=["dated", "not"])
@pytest.mark.parametrize(
    ("came", "exchange"), [((146, 4), "2031-06-10"), ((90, 60), None)], ids=["nearly all", "in two"]
)
def test_a_plan_of_which_nearly_all_came_on_its_day_is_of_that_day_though_the_rest_came_later(
    came: tuple[int, int], exchange: str | None, where: dict[str, Any]
) -> None:
    ledger = given(
        planned("plan", 150, **where | {"published_at": "2031-06-10"}),
        said("most", came[0], **on("2031-06-10")),
        said("rest", came[1], **on("2031-06-11")),
    )

    assert ledger.claim("plan").exchange == exchange


@pytest.mark.parametrize(
    ("came", "value", "exchange"),
    [
        ("2031-06-09", 147, "2031-06-09"),
        ("2031-06-09", 90, "2031-06-10"),
        ("2031-06-08", 147, "2031-06-10"),
    ],
    ids=["nearly as many the day before", "far fewer", "two days before"],
)
def test_a_plan_for_a_day_without_an_exchange_was_carried_out_the_day_before(
    came: str, value: int, exchange: str
) -> None:
    ledger = given(
        planned("plan", 150, **on("2031-06-10") | {"published_at": "2031-06-01"}),
        said("done", value, **on(came)),
    )

    assert ledger.claim("plan").exchange == exchange


def test_a_plan_that_was_told_after_the_exchange_of_the_day_before_is_of_its_own_day() -> None:
    ledger = given(
        planned("plan", 150, **on("2031-06-10") | {"published_at": "2031-06-10"}),
        said("done", 147, **on("2031-06-09")),
    )

    assert ledger.claim("plan").exchange == "2031-06-10"


def test_a_handful_planned_for_the_day_after_an_exchange_of_as_many_is_another() -> None:
    ledger = given(
        planned("plan", 1, **on("2031-06-10") | {"published_at": "2031-06-01"}),
        said("done", 1, **on("2031-06-09")),
    )

    assert ledger.claim("plan").exchange == "2031-06-10"


PROMISE = {"url": "https://example.org/page", **undated("2031-06-20")}


@pytest.mark.parametrize(
    ("came", "exchange"), [(9, "2031-07-15"), (8, "2031-06-10")], ids=["it came", "it did not"]
)
def test_a_promised_part_goes_with_its_whole_unless_an_exchange_has_its_number(
    came: int, exchange: str
) -> None:
    ledger = given(
        planned("agreed", 165, **undated("2031-06-10")),
        planned("again", 165, **PROMISE),
        planned("part", 9, measure="breakdown", category="wounded", **PROMISE),
        said("done", came, **on("2031-07-15")),
    )

    assert ledger.claim("again").exchange == "2031-06-10"
    assert ledger.claim("part").exchange == exchange
