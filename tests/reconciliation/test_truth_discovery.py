"""The methods the rules are compared with: each does what its paper says, on cases worked by hand."""

from math import exp, log

import pytest

from tests.reconciliation.truth_discovery import (
    METHODS,
    accu,
    accu_beliefs,
    crh,
    gtm,
    majority,
    truth_finder,
)


def on(*said: tuple[str, int]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    return {("2024-01-03", "UA"): list(said)}


def subject(name: str) -> tuple[str, str]:
    return (name, "UA")


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_number_that_everybody_gives_is_believed(method):
    assert list(method(on(("a", 230), ("b", 230), ("c", 230))).values()) == [230]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_lone_source_is_believed(method):
    assert list(method(on(("a", 230))).values()) == [230]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_two_sources_of_three_are_believed(method):
    assert list(method(on(("a", 230), ("b", 230), ("c", 248))).values()) == [230]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_is_believed_was_given_by_somebody_and_hangs_on_no_order(method):
    sayings = {
        subject("1"): [("a", 200), ("b", 230), ("c", 231), ("d", 260)],
        subject("2"): [("a", 5), ("b", 12), ("d", 12)],
        subject("3"): [("b", 60), ("c", 64), ("d", 65)],
    }
    turned = {name: said[::-1] for name, said in reversed(sayings.items())}

    found = method(sayings)

    assert found == method(turned)
    assert all(found[name] in {value for _, value in said} for name, said in sayings.items())


def test_a_majority_counts_sources_and_takes_the_least_of_as_many():
    assert list(majority(on(("a", 9), ("b", 7), ("c", 9), ("d", 7))).values()) == [7]


@pytest.mark.parametrize("method", [accu, truth_finder, crh, gtm])
def test_a_source_that_was_right_before_outweighs_one_that_was_wrong(method):
    """With as many on both sides, the record decides; a majority has none and takes the least."""
    known = {
        subject(str(day)): [("good", 100), ("first", 100), ("second", 100), ("bad", 60)]
        for day in range(6)
    }
    disputed = {subject("disputed"): [("bad", 50), ("good", 80)]}

    assert method({**known, **disputed})[subject("disputed")] == 80
    assert majority(disputed)[subject("disputed")] == 50


def test_accu_divides_belief_as_its_equations_say():
    """One of accuracy .8 for 7, two for 9, and 98 numbers that nobody gives."""
    vote = log(100 * 0.8 / 0.2)

    found = accu_beliefs(
        [("a", 7), ("b", 9), ("c", 9)], dict.fromkeys("abc", vote), false_values=100
    )

    whole = exp(vote) + exp(2 * vote) + 99
    assert found == pytest.approx({7: exp(vote) / whole, 9: exp(2 * vote) / whole})


def test_truth_finder_lets_numbers_near_each_other_support_each_other():
    """Two say 40, but the five from 100 to 104 mean nearly the same."""
    near = [(f"near-{value}", value) for value in range(100, 105)]
    sayings = on(("a", 40), ("b", 40), *near)

    assert list(truth_finder(sayings).values()) == [102]
    assert list(majority(sayings).values()) == [40]


def test_crh_takes_the_weighted_median():
    sayings = on(("a", 1), ("b", 10), ("c", 11), ("d", 12), ("e", 1000))

    assert list(crh(sayings).values()) == [11]


def test_gtm_trusts_sources_of_small_variance():
    """Two that err by one outvote three that err by sixty to both sides."""
    record = {
        subject(str(day)): [
            ("near", 100 + sign),
            ("nearer", 100),
            ("above", 160),
            ("below", 40),
            ("far", 100 + 60 * sign),
        ]
        for day in range(8)
        for sign in ((-1) ** day,)
    }
    disputed = {subject("disputed"): [("near", 50), ("nearer", 50), ("above", 90), ("far", 90)]}

    assert gtm({**record, **disputed})[subject("disputed")] == 50
