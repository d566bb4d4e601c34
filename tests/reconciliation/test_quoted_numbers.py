"""A speaker's numbers as reports quote them: floors, slips of one report, and round numbers."""

from typing import Any

import pytest

from tests.reconciliation.given import (
    HEADQUARTERS,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    given,
    numbers,
    on,
    said,
)


DAY = "2031-05-10"
ALL = f"{DAY}:returned:UA:all"


def at(hour: int, **more: Any) -> dict[str, Any]:
    """Where and when a report of the day stands."""
    return on(DAY) | {"time": f"{DAY}T{hour:02}:00:00Z"} | more


# Floors quoted as exact numbers.


def test_a_floor_that_is_quoted_as_an_exact_number_stays_a_floor() -> None:
    ledger = given(
        said("noon", 40, **at(12, bound="at_least", reported_by="One")),
        said("evening", 52, **at(19, reported_by="Two")),
        said("late", 40, **at(19, reported_by="Three")),
    )

    assert numbers(ledger.figure(ALL)) == (52, 52, 52, "single_source")


@pytest.mark.parametrize(
    "earlier",
    [[], [said("noon", 40, **at(12, bound="at_least", claimant=HEADQUARTERS))]],
    ids=["nobody", "another speaker"],
)
def test_a_number_that_its_speaker_gave_as_no_floor_is_a_contradiction(
    earlier: list[bytes],
) -> None:
    ledger = given(
        *earlier,
        said("evening", 52, **at(19, reported_by="Two")),
        said("late", 40, **at(19, reported_by="Three")),
    )

    assert numbers(ledger.figure(ALL))[::2] == (40, 52)


def test_a_floor_that_is_quoted_as_the_greatest_number_is_that_number() -> None:
    ledger = given(
        said("noon", 40, **at(12, bound="at_least", reported_by="One")),
        said("late", 40, **at(19, reported_by="Two")),
    )

    assert numbers(ledger.figure(ALL))[:3] == (40, 40, 40)


# Parts that are told by no name of their own.


def test_a_part_of_those_whom_its_speaker_counts_is_no_number_of_them() -> None:
    page = {"category": "military", "url": "https://example.org/report"}
    ledger = given(
        said("whole", 48, **at(12, **page)),
        said("first", 41, **at(12, measure="breakdown", **page)),
        said("last", 7, **at(12, measure="breakdown", **page)),
    )

    assert numbers(ledger.figure(f"{DAY}:returned:UA:military")) == (48, 48, 48, "single_source")


def test_a_part_of_everybody_without_a_name_is_the_least_that_came() -> None:
    ledger = given(said("part", 4, **at(12, measure="breakdown")))

    assert numbers(ledger.figure(ALL))[::2] == (4, None)


def test_a_part_of_more_than_its_speaker_counts_is_as_it_is_said() -> None:
    ledger = given(
        said("whole", 48, **at(12, category="military")),
        said("part", 50, **at(12, category="military", measure="breakdown")),
    )

    assert numbers(ledger.figure(f"{DAY}:returned:UA:military"))[::2] == (48, 50)


# A later number that one report alone carries.


def slip(claim_id: str = "slip", outlet: str = "Three") -> bytes:
    """A report of the evening that quotes the ombudsman with one more than two others."""
    return said(claim_id, 101, **at(20, reported_by=outlet))


EARLIER = [
    said("one", 100, **at(10, reported_by="One")),
    said("two", 100, **at(11, reported_by="Two")),
]
CONFIRMED = said("theirs", 100, **at(12, claimant=HEADQUARTERS))


def test_a_later_number_of_one_report_replaces_nothing_that_others_confirm() -> None:
    ledger = given(*EARLIER, CONFIRMED, slip())

    assert ledger.figure(ALL).best == 100
    assert ledger.claim("slip").reason == "misquote:100"


@pytest.mark.parametrize(
    "more",
    [
        [slip()],
        [CONFIRMED, slip(), slip("again", "Four")],
        [said("outlet", 100, **at(12, claimant=OUTLET)), slip()],
    ],
    ids=["nobody confirms", "two reports", "an outlet's"],
)
def test_else_the_later_number_is_the_speakers(more: list[bytes]) -> None:
    ledger = given(*EARLIER, *more)

    assert ledger.claim("one").state == "superseded"


# Round numbers of officials.


def russian(claim_id: str, value: int, **more: Any) -> bytes:
    """A report that so many came back to Russia."""
    return said(claim_id, value, **at(12, side="RU", claimant=MINISTRY) | more)


def test_an_officials_round_number_is_the_exact_one_of_the_soldiers_loosely_told() -> None:
    ledger = given(
        russian("exact", 185, category="military"),
        russian("round", 190, category="prisoners of war", bound="about", claimant=OMBUDSMAN),
    )

    assert ledger.claim("round").figure == f"{DAY}:returned:RU:military"
    assert not any(known.best == 190 for known in ledger.models.figures)


@pytest.mark.parametrize(
    ("value", "more"),
    [(230, {}), (190, {"category": "all"}), (190, {"bound": "exact"})],
    ids=["no part of it", "of everybody", "not round"],
)
def test_else_it_is_of_those_whom_it_names(value: int, more: dict[str, Any]) -> None:
    told = {"category": "prisoners of war", "bound": "about"} | more
    ledger = given(
        russian("exact", 185, category="military"),
        russian("other", value, claimant=OMBUDSMAN, **told),
    )

    assert ledger.claim("other").figure != f"{DAY}:returned:RU:military"
