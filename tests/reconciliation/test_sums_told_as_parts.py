"""A sum that a report gives for one of its parts, and a part that it gives for everybody."""

from typing import Any

import pytest

from tests.reconciliation.given import (
    HEADQUARTERS,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    numbers,
    on,
    said,
)


DAY = "2031-05-10"
ALL = f"{DAY}:returned:UA:all"
MILITARY = f"{DAY}:returned:UA:military"
PAGE = "https://example.org/first"
ELSEWHERE = "https://example.org/second"


def at(category: str, url: str = ELSEWHERE, **more: Any) -> dict[str, Any]:
    """Where a report of the day stands, and of whom it speaks."""
    return on(DAY) | {"category": category, "url": url} | more


def apart(soldiers: int = 18, others: int = 4, **more: Any) -> list[bytes]:
    """One report of an outlet that counts soldiers and policemen, each by themselves."""
    page = {"claimant": OUTLET} | more
    return [
        said("soldiers", soldiers, **at("military", PAGE, **page)),
        said("policemen", others, **at("police", PAGE, **page)),
    ]


def test_a_sum_given_for_the_soldiers_is_everybodys() -> None:
    ledger = given(*apart(), said("sum", 22, **at("military", claimant=MINISTRY)))

    assert ledger.figure(ALL).best == 22
    assert ledger.figure(MILITARY).best == 18
    assert ledger.claim("sum").reason == "category-drift"


@pytest.mark.parametrize("category", ["all", "prisoners of war"])
def test_a_part_given_for_everybody_is_that_part_where_somebody_gives_the_sum(
    category: str,
) -> None:
    ledger = given(
        *apart(claimant=HEADQUARTERS),
        said("part", 18, **at(category, claimant=PRESIDENT)),
        said("sum", 22, **at("all", "https://example.org/third", claimant=OUTLET)),
    )

    assert numbers(ledger.figure(ALL))[:3] == (22, 22, 22)
    assert ledger.claim("part").figure == MILITARY


@pytest.mark.parametrize(
    ("reports", "best"),
    [
        ([*apart(), said("other", 23, **at("military", claimant=MINISTRY))], 23),
        ([*apart(measure="breakdown"), said("other", 22, **at("military", claimant=MINISTRY))], 22),
        (
            [
                said("soldiers", 18, **at("military", PAGE, claimant=OUTLET)),
                said("policemen", 4, **at("police", ELSEWHERE, claimant=OUTLET)),
                said("other", 22, **at("military", "https://example.org/third", claimant=MINISTRY)),
            ],
            22,
        ),
    ],
    ids=["no sum", "a list", "two reports"],
)
def test_else_a_number_for_the_soldiers_is_theirs(reports: list[bytes], best: int) -> None:
    ledger = given(*reports)

    assert ledger.figure(MILITARY).best == best
    assert ledger.claim("other").figure == MILITARY


def test_another_speaker_who_counts_both_groups_gives_no_sum() -> None:
    ledger = given(
        *apart(claimant=OMBUDSMAN),
        said("more", 22, **at("military", claimant=PRESIDENT)),
        said("theirs", 3, **at("police", claimant=PRESIDENT)),
    )

    assert ledger.claim("more").figure == MILITARY


def test_one_number_of_two_groups_may_be_the_same_people() -> None:
    ledger = given(*apart(5, 5), said("sum", 10, **at("military", claimant=MINISTRY)))

    assert ledger.claim("sum").figure == MILITARY
