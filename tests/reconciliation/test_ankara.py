"""The swap of 1 August 2024 at Ankara: real claims on an exchange among more than two sides."""

import pytest

from schemas.views import ReadModels
from services.queries.replay import replay
from tests.reconciliation.labelled_sets import DATA, own_ledger


CLAIMS = (DATA / "ankara-2024.claims.jsonl").read_bytes().splitlines()
DAY = "2024-08-01"


@pytest.fixture(scope="module")
def models() -> ReadModels:
    replayed = replay(CLAIMS, ledger=own_ledger("ankara-2024"))
    assert replayed.recorded_count == len(CLAIMS), replayed.rejections
    return replayed.read_models


@pytest.mark.parametrize(
    ("figure", "low", "best", "high"),
    [
        # Eight prisoners and two children.
        ("returned:RU:all", 10, 10, 10),
        ("returned:RU:prisoners", 8, 8, 8),
        ("returned:RU:children", 2, 2, 2),
        # One page of many says twelve.
        ("returned:DE:all", 12, 13, 13),
        ("returned:US:all", 3, 3, 3),
        ("exchanged_total:both:all", 25, 26, 26),
        # Who gave up the eight, Germany's one left unsaid.
        ("returned:RU:held in the United States", 3, 3, 3),
        ("returned:RU:held in Slovenia", 2, 2, 2),
        ("returned:RU:held in Norway", 1, 1, 1),
        ("returned:RU:held in Poland", 1, 1, 1),
    ],
)
def test_each_side_has_its_figure_and_all_together_are_the_total(models, figure, low, best, high):
    [found] = [known for known in models.figures if known.id == f"{DAY}:{figure}"]

    assert (found.low, found.best, found.high) == (low, best, high)


def test_a_side_that_gave_up_prisoners_and_got_none_back_has_no_figure(models):
    assert {known.side for known in models.figures} == {"RU", "US", "DE", "both"}


def test_it_is_one_exchange_that_took_place_with_its_mediator(models):
    [exchange] = models.exchanges

    assert (exchange.id, exchange.status, exchange.mediators) == (DAY, "completed", ("TR",))


def test_each_side_has_a_running_total_of_its_own(models):
    assert {(point.side, point.best) for point in models.cumulative if point.category == "all"} == {
        ("RU", 10),
        ("DE", 13),
        ("US", 3),
    }


def test_a_total_of_24_is_told_from_26_by_the_children_left_out(models):
    totals = [check for check in models.checks if check.kind == "sum"]
    slips = {check.explanations[0].text for check in totals if check.got == 24}

    assert {check.result for check in totals if check.got == 26} == {"pass"}
    assert len(slips) == 1
    assert "(prisoners) taken for RU" in slips.pop()
