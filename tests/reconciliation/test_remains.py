"""The dead who were handed over: each hand-over as it was reported, and nobody among the living."""

import json

import pytest

from schemas.views import ReadModels
from services.queries.replay import replay
from tests.reconciliation.given import LEDGER
from tests.reconciliation.labelled_sets import DATA


CLAIMS = (DATA / "rus-ukr-remains.claims.jsonl").read_bytes().splitlines()
HANDOVERS = json.loads((DATA / "rus-ukr-remains.handovers.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models() -> ReadModels:
    replayed = replay(CLAIMS, ledger=LEDGER)
    assert replayed.recorded_count == len(CLAIMS), replayed.rejections
    return replayed.read_models


@pytest.mark.parametrize(
    ("day", "side", "number"),
    [
        (handover["date"], side, number)
        for handover in HANDOVERS
        for side in ("UA", "RU")
        if (number := handover[f"returned_{side.lower()}"])
    ],
)
def test_a_handover_has_the_number_that_was_reported(models, day, side, number):
    [figure] = [
        figure for figure in models.figures if figure.id == f"{day}:remains_returned:{side}:all"
    ]

    assert figure.best == number


def test_the_dead_are_no_exchange_no_return_and_no_running_total_of_people(models):
    assert models.exchanges == ()
    assert models.cumulative == ()
    assert {figure.measure for figure in models.figures} == {
        "remains_returned",
        "cumulative_remains_returned",
    }


@pytest.mark.parametrize(
    ("day", "total"),
    [("2023-03-24", 1509), ("2023-09-18", 1832), ("2025-02-18", 7017), ("2025-06-16", 15801)],
)
def test_a_total_of_ukraines_dead_is_the_published_one(models, day, total):
    [figure] = [
        figure
        for figure in models.figures
        if figure.id == f"{day}:cumulative_remains_returned:UA:all"
    ]

    assert figure.best == total


def test_several_days_together_or_a_month_are_no_single_days_number(models):
    several = [claim for claim in models.claims if claim.stated_exchange.until]
    months = [
        claim for claim in models.claims if len(str(claim.stated_exchange.date)) == len("2025-01")
    ]

    assert {claim.reason for claim in months} == {"no-day-stated"}
    assert {claim.reason for claim in several if claim.modality == "asserted"} == {
        "sum-of-days:2025-06-11 to 2025-06-13",
        "sum-of-days:2025-06-11 to 2025-06-16",
    }
