"""Real claims: what must come out of them, and that the order of arrival does not matter."""

import random

import pytest

from services.queries.replay import replay
from tests.normal import without_arrival
from tests.reconciliation.accuracy import SEEDS, measure
from tests.reconciliation.given import LEDGER, Ledger, numbers
from tests.reconciliation.labelled_sets import (
    FIRST_PERIOD,
    LATER_PERIOD,
    YEMEN,
    without_every_second_date,
)
from tests.reconciliation.score import score


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger(list(FIRST_PERIOD.lines))


def test_the_score_against_the_best_known_answers(ledger):
    found = score(ledger.models.model_dump(mode="json"), FIRST_PERIOD.answers)

    assert found.bcubed_f1 >= 0.95, found
    assert found.exact >= 0.95, found.misses
    assert found.covered >= 0.98, found.misses
    assert found.mean_width <= 12, found
    assert found.exact > max(*found.baselines.values(), *found.published.values())
    assert found.cancelled_recognised == found.cancelled == 2
    assert len(found.completed_unknown) <= 3, found.completed_unknown


def test_the_score_of_a_later_period():
    found = measure(LATER_PERIOD)

    assert found.bcubed_f1 >= 0.95, found
    assert found.exact >= 0.95, found.misses
    assert found.covered >= 0.95, found.misses
    assert found.mean_width <= 12, found
    assert found.exact > max(*found.baselines.values(), *found.published.values())
    assert found.cancelled_recognised == found.cancelled == 2


def test_the_score_of_another_conflict():
    found = measure(YEMEN)

    assert found.bcubed_f1 >= 0.92, found
    assert found.exact >= 0.94, found.misses
    assert found.totals.exact >= 0.66, found.totals.misses
    assert found.exact > max(*found.baselines.values(), *found.published.values())


def test_the_third_of_january_2024(ledger):
    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (230, 230, 230)
    assert numbers(ledger.figure("2024-01-03:returned:UA:civilian"))[:3] == (6, 6, 6)
    assert ledger.figure("2024-01-03:returned:UA:military").best == 224
    assert numbers(ledger.figure("2024-01-03:returned:RU:military"))[:3] == (248, 248, 248)


def test_russia_disputes_ukraines_207_on_the_thirty_first_of_january_2024(ledger):
    figure = ledger.figure("2024-01-31:returned:UA:military")

    assert numbers(figure) == (195, 207, 207, "disputed")


def test_the_ombudsmans_230_soldiers_are_category_drift(ledger):
    drifted = [claim for claim in ledger.models.claims if claim.reason == "category-drift"]

    assert any(
        (claim.exchange, claim.voice, claim.quantity.value)
        == ("2024-01-03", "Dmytro Lubinets", 230)
        for claim in drifted
        if claim.quantity is not None
    )


def test_the_lists_of_the_third_of_january_2024_add_up(ledger):
    lists = {
        check.category: check.explanations[0].text
        for check in ledger.models.checks
        if (check.kind, check.exchange) == ("breakdown", "2024-01-03")
    }

    assert lists["sex"].startswith("225 + 5 = 230")
    assert lists["rank"].startswith("11 + 213 + 6 = 230")
    assert lists["service"].startswith("130 + 55 + 38 + 1 + 6 = 230")


def test_the_largest_so_far_holds_and_the_gap_is_149_days(ledger):
    about = [check for check in ledger.models.checks if check.exchange == "2024-01-03"]
    largest = [c for c in about if c.kind == "superlative" and c.result == "pass"]
    gaps = [c for c in about if c.kind == "first_since"]

    texts = {explanation.text for check in largest for explanation in check.explanations}
    assert "returned to UA: 230 against 215 before" in texts
    assert {c.explanations[0].text for c in gaps} == {"149 days since the exchange of 2023-08-07"}
    assert {c.result for c in gaps} == {"pass"}


def test_the_running_total_closes_on_the_third_and_the_thirty_first_of_january_2024(ledger):
    def closes(as_of: str, best: int) -> bool:
        return any(
            (check.result, check.diff, check.got) == ("pass", 0, best)
            for check in ledger.models.checks
            if (check.kind, check.side, check.category) == ("running_total", "UA", "all")
            and str(check.as_of) == as_of
        )

    assert closes("2024-01-03", 2828)
    assert closes("2024-01-31", 3035)
    assert ledger.total("UA", "2023-08-07").best == 2598
    assert {n.ordinal for n in ledger.exchange("2024-01-31").ordinals} == {50}


def test_the_twenty_first_of_september_2022(ledger):
    assert ledger.figure("2022-09-21:returned:UA:all").best == 215
    assert ledger.figure("2022-09-21:returned:UA:Ukrainians").best == 205
    assert ledger.figure("2022-09-21:returned:UA:foreign nationals").best == 10
    assert ledger.figure("2022-09-21:returned:RU:military").best == 55
    russians = ledger.figure("2022-09-21:returned:RU:all")
    assert russians.low <= 55
    assert russians.high is not None
    assert russians.high >= 56


@pytest.mark.parametrize(
    ("exchange", "theirs", "ours"),
    [
        ("2022-10-29", 50, 52),
        ("2022-11-23", 35, 36),
        ("2022-11-26", 9, 12),
        ("2023-04-03", 5, 12),
    ],
)
def test_a_clash_that_the_scope_explains(ledger, exchange, theirs, ours):
    figure = ledger.figure(f"{exchange}:returned:UA:all")

    assert figure.best == ours
    assert "scope_explained" in figure.flags
    assert f"counts {theirs} (" in figure.reasons[0].text


@pytest.mark.parametrize(
    ("exchange", "theirs", "ours"),
    [("2023-03-07", 90, 130), ("2024-01-03", 173, 224), ("2024-01-31", 195, 207)],
)
def test_a_clash_between_the_parties_is_disputed(ledger, exchange, theirs, ours):
    figure = ledger.figure(f"{exchange}:returned:UA:military")

    assert (figure.best, figure.status) == (ours, "disputed")
    assert any(str(theirs) in reason.text for reason in figure.reasons)


def test_nothing_else_is_disputed_but_one_exchange(ledger):
    disputed = {figure.exchange for figure in ledger.models.figures if figure.status == "disputed"}

    assert disputed - {"2023-03-07", "2024-01-03", "2024-01-31"} == {"2022-09-21"}


@pytest.mark.parametrize(
    ("total", "as_of", "code"),
    [
        (2340, "2023-05-25", "digits-transposed"),
        (2238, "2023-04-24", "later-total-leaves-less"),
        (2324, "2023-06-09", "stale-total"),
        (2576, "2023-08-24", "stale-total"),
        (2598, "2023-08-07", "exchange-left-out"),
    ],
)
def test_a_total_that_is_wrong_is_flagged_with_the_right_explanation(ledger, total, as_of, code):
    found = [
        check
        for check in ledger.models.checks
        if (check.kind, check.got, str(check.as_of)) == ("running_total", total, as_of)
    ]

    assert found
    assert {(check.result, check.explanations[0].code) for check in found} == {("fail", code)}


def test_exchanges_that_never_took_place_are_cancelled_and_count_nobody(ledger):
    for exchange in ("2023-01-14", "2024-01-24"):
        assert ledger.exchange(exchange).status == "cancelled"
        assert not ledger.has(f"{exchange}:returned:UA:military")


def test_each_step_of_the_ukrainian_running_total_passes_or_is_explained(ledger):
    totals = [
        check
        for check in ledger.models.checks
        if (check.kind, check.side, check.category) == ("running_total", "UA", "all")
        and ledger.claim(check.claim).tier == 1
        and check.result != "untestable"
    ]

    assert len(totals) > 15
    assert not [
        check.id
        for check in totals
        if check.result == "fail"
        and not [found for found in check.explanations if found.code != "arithmetic"]
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_arrival_changes_nothing_but_positions_and_times(ledger, seed):
    lines = list(FIRST_PERIOD.lines)
    random.Random(seed).shuffle(lines)

    shuffled = replay(lines, ledger=LEDGER, batch_count=random.Random(seed).choice([7, 100, 2_000]))

    assert without_arrival(shuffled.read_models) == without_arrival(ledger.models)


@pytest.mark.parametrize("seed", SEEDS)
def test_claims_are_known_by_other_evidence_when_half_the_dates_are_gone(seed):
    found = measure(FIRST_PERIOD, without_every_second_date(FIRST_PERIOD.lines, seed))

    assert found.bcubed_f1 >= 0.88, found
    assert found.exact >= 0.88, found.misses
