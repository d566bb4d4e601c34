"""The shipped real claims: what must come out of them, and that the order of arrival does not matter."""

import random
from pathlib import Path

import pytest

from services.ledgers import demo_claims
from services.replay import replay
from tests.normal import without_arrival
from tests.reconciliation.given import LEDGER, Ledger, numbers
from tests.reconciliation.score import read_answers, score


ROOT = Path(__file__).parents[2]
CLAIMS = ROOT / "services" / "ledgers" / "rus-ukr.claims.jsonl"
ANSWERS = str(ROOT / "tests" / "data" / "rus-ukr-2022-2024")


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger(demo_claims("rus-ukr").splitlines())


def test_the_score_against_the_best_known_answers(ledger):
    found = score(ledger.models.model_dump(mode="json"), read_answers(CLAIMS, ANSWERS))

    assert found.bcubed_f1 >= 0.95, found
    assert found.exact >= 0.95, found.misses
    assert found.covered >= 0.98, found.misses
    assert found.mean_width <= 12, found
    assert found.exact > max(found.baselines.values())
    assert found.cancelled_recognised == found.cancelled == 2
    assert len(found.completed_unknown) <= 3, found.completed_unknown


def test_the_third_of_january_2024(ledger):
    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (230, 230, 230)
    assert numbers(ledger.figure("2024-01-03:returned:UA:civilian"))[:3] == (6, 6, 6)
    assert ledger.figure("2024-01-03:returned:UA:military").best == 224
    assert numbers(ledger.figure("2024-01-03:returned:RU:military"))[:3] == (248, 248, 248)


def test_russia_disputes_ukraines_207_on_the_thirty_first_of_january_2024(ledger):
    figure = ledger.figure("2024-01-31:returned:UA:military")

    assert numbers(figure) == (195, 207, 207, "disputed")


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
    lines = demo_claims("rus-ukr").splitlines()
    random.Random(seed).shuffle(lines)

    shuffled = replay(lines, ledger=LEDGER, batch_count=random.Random(seed).choice([7, 100, 2_000]))

    assert without_arrival(shuffled.read_models) == without_arrival(ledger.models)
