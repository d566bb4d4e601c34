"""Rules asked by themselves: credibility, a mediator's count, soldiers for everybody, digits that changed places."""

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from schemas.decisions import FigureResult
from schemas.vocabulary import FigureStatus
from services.log_events.facts import FactRecord
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import ClaimReader, Reading
from services.reconciliation.policy import policy_of
from services.reconciliation.rules.credibility import confirm, credibility_of
from services.reconciliation.rules.everybody import read_totals
from services.reconciliation.rules.mediated_count import check_mediated
from services.reconciliation.rules.sum_check import Count, explain_sum
from services.reconciliation.rules.transposed import are_transposed
from tests.builders import reported
from tests.reconciliation.given import (
    LEDGER,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    numbers,
    said,
    total,
)


READER = ClaimReader(LEDGER, policy_of(LEDGER.policy))


def read(line: bytes) -> Reading:
    event = json.loads(line)
    record = {"id": event["id"], "source": event["source"], "claim": event["data"]}
    return READER.read(msgspec.convert(record, FactRecord), position=1)


def mediated(value: int, **more: Any) -> Reading:
    line = reported(
        measure="mediated_count",
        unit="exchanges",
        value=value,
        exchange={"date": None},
        claimant=MEDIATOR,
        **more,
    )
    return read(line)


@pytest.mark.parametrize(
    ("counted", "result", "codes"),
    [
        (8, "pass", []),
        (10, "within", ["ledger-incomplete"]),
        (5, "within", ["counter-leaves-out"]),
    ],
)
def test_a_mediators_count_of_exchanges_is_held_against_those_listed_with_its_name(
    counted, result, codes
):
    tested = check_mediated(mediated(counted), 8)

    assert (tested.expected, tested.got, tested.diff) == (8, counted, counted - 8)
    assert tested.result == result
    assert [why.code for why in tested.explanations] == codes
    assert all(str(abs(counted - 8)) in why.text for why in tested.explanations)


def test_a_mediators_count_of_people_passes_inside_their_range():
    people = Count(Interval(900, 950), 930)

    assert check_mediated(mediated(945), people).result == "pass"
    assert check_mediated(mediated(951), people).explanations[0].code == "ledger-incomplete"
    assert check_mediated(mediated(899), people).explanations[0].code == "counter-leaves-out"


def test_a_mediators_least_number_below_those_listed_holds():
    assert check_mediated(mediated(5, bound="at_least"), 8).result == "pass"


def test_a_mediators_count_that_was_withheld_is_not_tested():
    withheld = mediated(0, quantity={"bound": "undisclosed"})

    assert check_mediated(withheld, 8).result == "untestable"


@drawn(st.integers(0, 200), st.integers(0, 200))
def test_a_mediators_count_never_contradicts_the_ledger(counted, listed):
    assert check_mediated(mediated(counted), listed).result in ("pass", "within")


def test_every_status_has_a_credibility_and_only_two_camps_make_it_one():
    found = {status: credibility_of(status) for status in get_args(FigureStatus)}

    assert set(found.values()) <= {1, 3, 4, 5, 6}
    assert [status for status, credibility in found.items() if credibility == 1] == ["corroborated"]


def test_an_identity_raises_what_one_camp_says_and_nothing_else():
    result = FigureResult(
        low=1,
        best=1,
        high=1,
        status="single_source",
        credibility=3,
        obs_status="A",
        cause="first_report",
    )
    disputed = msgspec.structs.replace(result, status="disputed", credibility=4)

    assert confirm(result).credibility == 2
    assert confirm(disputed) is disputed


def test_the_figures_say_what_the_rule_of_credibility_says():
    ledger = given(
        said("a", 230),
        said("b", 248, side="RU", claimant=MINISTRY),
        said("c", 250, side="RU", claimant=OMBUDSMAN),
    )

    assert {figure.status for figure in ledger.models.figures} == {
        "single_source",
        "disputed",
        "computed",
    }
    for figure in ledger.models.figures:
        assert figure.credibility == credibility_of(figure.status), figure.id


def soldiers_total(value: int, claimant: dict[str, str], category: str = "military") -> Reading:
    return read(total("t", value, "2024-01-03", category=category, claimant=claimant))


def test_a_total_of_soldiers_that_repeats_its_camps_total_for_everybody_is_everybodys():
    found = read_totals(
        [soldiers_total(2828, PRESIDENT), soldiers_total(2700, PRESIDENT)],
        [soldiers_total(2828, OMBUDSMAN, "all")],
    )

    assert [(read.category, read.place, read.value) for read in found.drifted] == [
        ("all", "all", 2828)
    ]
    assert not found.assumed


def test_a_total_of_soldiers_alone_is_assumed_to_count_everybody_where_its_speaker_does():
    found = read_totals([soldiers_total(2828, OMBUDSMAN), soldiers_total(1500, MINISTRY)], [])

    # The ministry counts soldiers when it does not say whom.
    assert [read.value for read in found.assumed] == [2828]
    assert not found.drifted


def test_of_one_exchange_soldiers_alone_make_no_figure_for_everybody():
    ledger = given(said("a", 230, category="military"))

    assert not ledger.has("2024-01-03:returned:UA:all")
    assert numbers(ledger.figure("2024-01-03:returned:UA:military"))[1] == 230


def test_a_sum_with_two_digits_in_each_others_place_is_told_and_any_other_order_is_not():
    sides = {"UA": _count(200), "RU": _count(256)}

    assert [why.code for why in explain_sum(546, sides, {})] == ["digits-transposed"]
    # 456 and 645: the same digits, each somewhere else.
    assert not explain_sum(645, sides, {})


def _count(best: int) -> Count:
    return Count(Interval(best, best), best)


@drawn(st.integers(0, 10**6), st.integers(0, 10**6))
def test_digits_change_places_both_ways(one, other):
    assert are_transposed(one, other) == are_transposed(other, one)
    assert not are_transposed(one, one)


@pytest.mark.parametrize("kind", ["sum_of", "difference_of"])
def test_a_claim_worked_out_from_others_makes_no_figure(kind):
    """So no figure is `derived_only`: a sum is a check, and would be one more number in others' sums."""
    ledger = given(
        said("a", 230, derivation={"kind": kind, "of": ["x", "y"]}, claimant=OUTLET),
    )

    assert not ledger.models.figures
    assert ledger.claim("a").reason == "derived-from-other-claims"
