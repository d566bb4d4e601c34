"""The article the project began with: every row of the first table in reconciliation.md §7."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.normal import without_arrival
from tests.reconciliation.given import Ledger, numbers


SEED = Path(__file__).parents[1] / "data" / "seed.claims.jsonl"
GOLDEN = Path(__file__).parents[1] / "golden" / "seed.read-models.json"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger(SEED.read_bytes().splitlines())


def test_the_ombudsmans_230_soldiers_are_a_single_source(ledger):
    figure = ledger.figure("2024-01-03:returned:UA:military")

    assert numbers(figure) == (230, 230, 230, "single_source")
    assert figure.claims.best == ("seed-04",)


def test_the_presidents_over_200_is_a_floor_raised_by_the_narrower_count(ledger):
    figure = ledger.figure("2024-01-03:returned:UA:all")

    assert numbers(figure) == (230, 230, None, "floor_only")
    assert figure.flags == ("category_gap",)
    assert figure.claims.agreeing == ("seed-03",)
    assert figure.claims.best == ("seed-04",)


def test_before_the_ombudsman_spoke_there_is_the_presidents_floor_alone():
    before = Ledger(
        SEED.read_bytes().splitlines(), asserted_by=datetime(2024, 1, 3, 17, 50, tzinfo=UTC)
    )

    assert numbers(before.figure("2024-01-03:returned:UA:all")) == (201, 201, None, "floor_only")
    assert not before.has("2024-01-03:returned:UA:military")


def test_the_ministrys_248_are_a_single_source(ledger):
    figure = ledger.figure("2024-01-03:returned:RU:military")

    assert numbers(figure) == (248, 248, 248, "single_source")


def test_both_sides_together_are_computed(ledger):
    figure = ledger.figure("2024-01-03:exchanged_total:both:all")

    assert numbers(figure) == (478, 478, None, "computed")
    assert figure.claims.best == ("seed-02", "seed-04")


def test_the_outlets_448_is_set_aside_and_explained(ledger):
    figure = ledger.figure("2024-01-03:exchanged_total:both:all")
    check = ledger.check_of("seed-00")

    assert ledger.claim("seed-00").state == "derived"
    assert [excluded.claim for excluded in figure.claims.excluded] == ["seed-00"]
    assert (check.result, check.expected, check.got, check.diff) == ("fail", 478, 448, -30)
    assert check.explanations[0].code == "floor-taken-as-exact"
    assert "448 = 248 + 200" in check.explanations[0].text
    assert check.radius == ("UA = 200", "RU = 218")


def test_the_running_total_closes_on_the_total_of_august(ledger):
    point = ledger.total("UA", "2024-01-03")
    check = ledger.check_of("seed-07")

    assert numbers(point)[:3] == (2828, 2828, 2828)
    assert check.result == "pass"
    assert (
        "2828 − 230 = 2598; the total of 2023-08-31 is 2548 to 2652" in check.explanations[0].text
    )


def test_forty_nine_exchanges_make_the_ledger_incomplete_not_wrong(ledger):
    check = ledger.check_of("seed-05")

    assert [(n.counter, n.ordinal) for n in ledger.exchange("2024-01-03").ordinals] == [("UA", 49)]
    assert (check.got, check.result) == (49, "within")
    assert check.explanations[0].code == "ledger-incomplete"


@pytest.mark.parametrize("claim", ["seed-01", "seed-06", "seed-08"])
def test_what_compares_with_exchanges_not_held_is_untestable(ledger, claim):
    assert ledger.check_of(claim).result == "untestable"
    assert ledger.claim(claim).exchange == "2024-01-03"


def test_the_mediator_is_recorded(ledger):
    assert ledger.exchange("2024-01-03").mediators == ("AE",)


def test_the_whole_seed_gives_the_golden_read_models():
    """Read the difference before accepting it: `make golden` writes the file anew."""
    found = replay(SEED.read_bytes().splitlines(), ledger=load_ledger("rus-ukr"))

    assert without_arrival(found.read_models) == json.loads(GOLDEN.read_text(encoding="utf-8"))
