"""The score: each measure, on read models and answers small enough to count by hand."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.reconciliation.accuracy_report import EXPECTED, MEASURES, Measured, report
from tests.reconciliation.score import Answers, Score, score
from tests.reconciliation.score_of_series import Newest


#: A claim, the exchange it means, and the one it was put on.
Labelled = tuple[dict[str, Any], str | None, str | None]
EMPTY: Mapping[str, str] = {}


def claim(claim_id: str, value: int = 10, **more: Any) -> dict[str, Any]:
    """A claim that so many came back to A, said by A's own officials unless said otherwise."""
    data = {
        "measure": "returned",
        "side": "A",
        "category": "all",
        "quantity": {"bound": "exact", "value": value},
        "modality": "asserted",
        "period": {"since": None, "as_of": None},
        "claimant": {"name": "officials", "party": "A", "role": "other"},
    }
    return {"id": claim_id, "data": {**data, **more}}


def total(claim_id: str, value: int, as_of: str, **more: Any) -> dict[str, Any]:
    """A claim of a running total since the beginning."""
    period = {"since": "2020-01-01", "as_of": as_of}
    return claim(claim_id, value, measure="cumulative_returned", period=period, **more)


def known(label: str, a: int | None = 10, **more: Any) -> dict[str, Any]:
    return {"label": label, "date": label, "returned_a": a, "returned_b": None, **more}


def figure(exchange: str, best: int | None, low: int | None = None, **more: Any) -> dict[str, Any]:
    least = best if low is None else low
    return {
        "exchange": exchange,
        "measure": "returned",
        "side": "A",
        "category": "all",
        "low": least,
        "best": best,
        "high": best,
        **more,
    }


def point(as_of: str, best: int | None, category: str = "all") -> dict[str, Any]:
    return {"side": "A", "category": category, "as_of": as_of, "low": best, "best": best}


def scored(
    claims: Mapping[str, Labelled],
    exchanges: list[dict[str, Any]],
    *,
    figures: tuple[dict[str, Any], ...] = (),
    listed: Mapping[str, str] = EMPTY,
    cumulative: tuple[dict[str, Any], ...] = (),
) -> Score:
    """Score claims, each with its label and the exchange it was put on."""
    found = {
        "claims": [{"id": name, "exchange": at} for name, (_, _, at) in claims.items()],
        "figures": list(figures),
        "exchanges": [{"id": name, "status": status} for name, status in listed.items()],
        "cumulative": list(cumulative),
        "checks": [{"kind": "sum", "result": "pass"}],
    }
    answers = Answers(
        {name: one for name, (one, _, _) in claims.items()},
        {name: label for name, (_, label, _) in claims.items()},
        tuple(exchanges),
    )
    return score(found, answers)


def each(*rows: tuple[str, str | None, str | None], **more: Any) -> dict[str, Labelled]:
    return {name: (claim(name, **more), label, at) for name, label, at in rows}


def test_claims_grouped_as_the_answers_group_them_score_one():
    claims = each(("1", "d1", "x"), ("2", "d1", "x"), ("3", "d2", "y"))

    found = scored(claims, [known("d1"), known("d2")])

    assert (found.bcubed_precision, found.bcubed_recall, found.bcubed_f1) == (1, 1, 1)
    assert (found.grouped, found.unassigned, found.joined, found.apart) == (3, 0, (), {})


def test_two_exchanges_that_became_one_lower_precision_and_are_named():
    claims = each(("1", "d1", "x"), ("2", "d2", "x"))

    found = scored(claims, [known("d1"), known("d2")], figures=(figure("x", 10),))

    assert (found.bcubed_precision, found.bcubed_recall) == (0.5, 1)
    assert found.joined == (("x", ("d1", "d2")),)
    assert (found.exact, found.merged) == (1, 2)


def test_an_exchange_torn_apart_lowers_recall_and_is_named():
    claims = each(("1", "d1", "x"), ("2", "d1", "x"), ("3", "d1", "y"), ("4", "d1", None))

    found = scored(claims, [known("d1")])

    assert found.bcubed_precision == 1
    assert found.bcubed_recall == pytest.approx((2 / 4 * 2 + 1 / 4 * 2) / 4)
    assert found.apart == {"d1": {"x": 2, "y": 1}}
    assert found.unassigned == 1


def test_claims_about_several_days_are_asked_whether_they_are_on_one():
    exchanges = [known("d1"), known("d1/d2"), known("deal", kind="aggregate")]
    claims = each(("1", "d1/d2", "x"), ("2", "d1/d2", None), ("3", "deal", "x"), ("4", "d1", "x"))

    found = scored(claims, exchanges)

    assert (found.put_on_one_day, found.several_days, found.grouped) == (2, 3, 1)


def test_a_figure_is_exact_covered_or_missed():
    exchanges = [known("d1"), known("d2"), known("d3"), known("gone", status="cancelled")]
    claims = each(("1", "d1", "x"), ("2", "d2", "y"), ("3", "d3", "z"), ("4", "gone", "g"))
    figures = (figure("x", 10), figure("y", 12, low=8), figure("z", 99), figure("g", 10))

    found = scored(claims, exchanges, figures=figures)

    assert found.figures == 3
    assert (found.exact, found.covered) == pytest.approx((1 / 3, 2 / 3))
    assert found.mean_width == 2
    assert found.misses == ("d2 A: 8/12/12, best known 10", "d3 A: 99/99/99, best known 10")


def test_soldiers_stand_in_where_nobody_counts_everybody():
    figures = (figure("x", None), figure("x", 10, category="military"))

    found = scored(each(("1", "d1", "x")), [known("d1")], figures=figures)

    assert found.exact == 1


def test_totals_of_all_sides_are_scored_where_the_answers_give_them():
    figures = (
        figure("x", 30, measure="exchanged_total", side="both"),
        figure("y", 31, measure="exchanged_total", side="both"),
    )
    exchanges = [known("d1", exchanged_total=30), known("d2", exchanged_total=30), known("d3")]

    found = scored(each(("1", "d1", "x"), ("2", "d2", "y")), exchanges, figures=figures)

    assert (found.totals.exact, found.totals.figures) == (0.5, 2)
    assert found.totals.misses == ("d2 total: 31/31/31, best known 30",)


def test_one_sided_releases_plans_and_cancelled_exchanges_are_asked_for():
    exchanges = [
        known("d1", kind="unilateral"),
        known("d2", kind="unilateral"),
        known("d3", kind="planned", status="planned"),
        known("d4", kind="planned", status="cancelled"),
    ]
    claims = each(("1", "d1", "a"), ("2", "d2", "b"), ("3", "d3", "c"), ("4", "d4", "d"))
    listed = {"a": "unilateral", "b": "completed", "c": "planned", "d": "completed"}

    found = scored(claims, exchanges, listed=listed)

    assert found.statuses["unilateral"] == (1, 2, {"unilateral": 1, "completed": 1})
    assert found.statuses["planned"][:2] == (1, 2)
    assert (found.cancelled_recognised, found.cancelled) == (0, 1)


def test_an_exchange_that_no_answer_holds_is_named_with_its_people():
    listed = {"x": "completed", "y": "completed", "z": "planned"}

    found = scored(
        each(("1", "d1", "x")), [known("d1")], listed=listed, figures=(figure("y", None, low=700),)
    )

    assert (found.listed, found.completed) == (3, 2)
    assert found.completed_unknown == {"y": 700}


def test_a_published_total_is_met_within_three_in_a_hundred_by_either_series():
    claims = {
        "1": (total("1", 100, "2020-05-01"), None, None),
        "2": (total("2", 200, "2020-06-01", category="military"), None, None),
        "3": (total("3", 300, "2020-07-01"), None, None),
    }
    series = (
        point("2020-04-30", 103),
        point("2020-06-01", 260),
        point("2020-06-01", 195, "military"),
        point("2020-07-01", 330),
    )

    found = scored(claims, [known("d1")], cumulative=series).series

    assert (found.right, found.published) == (2, 3)
    assert found.worst == pytest.approx(0.1)
    assert found.newest == (Newest("A", "2020-07-01", 300, 330, 30 / 300),)


def test_totals_of_others_of_a_window_and_floors_are_no_published_ones():
    window = {"since": "2020-06-01", "as_of": "2020-07-01"}
    outlet = {"name": "an outlet", "party": "media", "role": "outlet"}
    claims = {
        "1": (total("1", 300, "2020-07-01"), None, None),
        "2": (total("2", 50, "2020-07-01") | claim("2", 50, period=window), None, None),
        "3": (total("3", 200, "2020-07-01", claimant=outlet), None, None),
        "4": (
            total("4", 250, "2020-07-02", quantity={"bound": "more_than", "value": 250}),
            None,
            None,
        ),
        "5": (total("5", 260, "2020-07-03", category="women"), None, None),
    }

    found = scored(claims, [known("d1")], cumulative=(point("2020-07-01", 300),)).series

    assert (found.right, found.published) == (1, 1)


def test_a_series_that_falls_is_named_over_points_without_a_number_too():
    falls = (point("2020-01-02", 9), point("2020-01-03", None), point("2020-01-04", 8))
    rises = (point("2020-01-02", 9), point("2020-01-03", 9), point("2020-01-04", 10))

    assert scored({}, [], cumulative=rises).series.falls == ()
    assert scored({}, [], cumulative=falls).series.falls == (
        "A:all 9 (2020-01-02) to 8 (2020-01-04)",
    )


def test_naive_rules_and_methods_see_what_was_said_of_the_right_exchange():
    claims = {
        "1": (claim("1", 7), "d1", "elsewhere"),
        "2": (claim("2", 10), "d1", None),
        "3": (claim("3", 10, claimant={"name": "b", "party": "B", "role": "other"}), "d1", None),
        "4": (claim("4", 99, modality="planned"), "d1", None),
        "5": (claim("5", 98, quantity={"bound": "about", "value": 98}), "d1", None),
    }

    found = scored(claims, [known("d1")])

    assert found.baselines == {"latest": 1, "max": 1, "median": 1, "plurality": 1}
    assert found.published["majority by claimant"] == 1


def test_the_report_names_what_falls_short_and_nothing_else():
    claims = each(("1", "d1", "x"))
    good = scored(claims, [known("d1")], figures=(figure("x", 10),), listed={"x": "completed"})
    bad = scored(
        each(("1", "d1", "x"), ("2", "d2", "x")),
        [known("d1"), known("d2", a=600)],
        figures=(figure("x", 10), figure("y", 600)),
        listed={"x": "completed", "y": "completed"},
    )

    text = report(Measured({"good": good, "bad": bad}, {"bad": {1: bad}}, {"voices": good}, "good"))

    assert "- good: expected" not in text
    assert "- bad: expected no two exchanges that became one, found d1 + d2." in text
    assert (
        "- bad: expected no exchange of more than 500 people that is none, found y (600)." in text
    )
    assert "- bad: expected 95 of 100 figures exact, found 0.500 of 2." in text
    assert "- bad, half the dates gone: expected B-cubed F1 of .90 or more, found 0.667." in text
    assert all(f"| {measure} |" in text for measure in MEASURES)
    assert all(one.is_met(good) for one in EXPECTED)
