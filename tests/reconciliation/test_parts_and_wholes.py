"""Everybody is never less than the parts that the same answer shows."""

from typing import Any

import pytest

from services.reconciliation.claims.interval import Interval
from services.reconciliation.rules.propagate import ALL as EVERYBODY
from services.reconciliation.rules.propagate import limits_of
from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    Ledger,
    given,
    numbers,
    on,
    said,
)


DAY = "2031-05-10"
ALL = f"{DAY}:returned:UA:all"
MILITARY = f"{DAY}:returned:UA:military"


def at(hour: int, category: str = "all", **more: Any) -> dict[str, Any]:
    """Where and when a report of the day stands."""
    return on(DAY) | {"category": category, "time": f"{DAY}T{hour:02}:00:00Z"} | more


def part(claim_id: str, value: int, category: str, **more: Any) -> bytes:
    """A part of a speaker's list."""
    return said(claim_id, value, **at(18, category, measure="breakdown", **more))


# A speaker's later count of a part.


def test_more_soldiers_counted_later_replace_the_same_speakers_number_for_everybody() -> None:
    ledger = given(said("noon", 25, **at(12)), said("evening", 45, **at(18, "military")))

    assert ledger.claim("noon").state == "excluded"
    assert ledger.claim("noon").reason == "later-part-above"
    assert not any(number == 25 for number in numbers(ledger.figure(MILITARY))[:3])
    assert not ledger.has(ALL)


def test_others_who_count_everybody_stand_then() -> None:
    ledger = given(
        said("noon", 25, **at(12)),
        said("evening", 45, **at(18, "military")),
        said("outlet", 45, **at(20, claimant=OUTLET)),
    )

    assert numbers(ledger.figure(ALL)) == (45, 45, 45, "single_source")


@pytest.mark.parametrize(
    "later",
    [
        at(12, "military"),
        at(10, "military"),
        at(18, "military", claimant=PRESIDENT),
        at(18, "wounded"),
        at(18, "military", bound="nearly"),
    ],
    ids=["at once", "before", "another speaker", "a group that cuts across", "no more for sure"],
)
def test_no_other_count_of_a_part_replaces_it(later: dict[str, Any]) -> None:
    value = 26 if later.get("bound") else 45
    ledger = given(said("noon", 25, **at(12)), said("other", value, **later))

    assert ledger.claim("noon").state == "active"
    assert ledger.figure(ALL).best == 25


def test_what_the_speaker_says_of_everybody_after_it_stands() -> None:
    ledger = given(
        said("noon", 25, **at(12)),
        said("afternoon", 45, **at(15, "military")),
        said("evening", 40, **at(18)),
    )

    assert ledger.claim("evening").state == "active"
    assert ledger.figure(ALL).best == 40


# Soldiers that are given for everybody.


def soldiers_for_everybody(*more: bytes) -> Ledger:
    return given(
        said("go-between", 13, **at(12, claimant=MEDIATOR)),
        said("outlet", 16, **at(14, claimant=OUTLET)),
        part("soldiers", 13, "military", claimant=OUTLET),
        *more,
    )


def test_a_number_that_a_list_gives_for_the_soldiers_is_theirs() -> None:
    ledger = soldiers_for_everybody(part("civilians", 3, "civilian", claimant=PRESIDENT))

    assert numbers(ledger.figure(ALL))[:3] == (16, 16, 16)
    assert ledger.claim("go-between").figure == MILITARY
    assert ledger.claim("go-between").reason == "category-drift"


@pytest.mark.parametrize(
    "more",
    [
        [],
        [part("civilians", 4, "civilian", claimant=PRESIDENT)],
        [part("civilians", 3, "civilian", claimant=MEDIATOR)],
    ],
    ids=["nobody counts civilians", "they make no sum", "its own speaker counts civilians too"],
)
def test_else_it_is_everybodys(more: list[bytes]) -> None:
    ledger = soldiers_for_everybody(*more)

    assert ledger.claim("go-between").figure == ALL
    assert ledger.figure(ALL).best == 13


# A part that several speakers count.


OBSERVERS = [
    part("observers", 7, "foreign nationals", claimant=OUTLET),
    part("observers too", 7, "foreign nationals", claimant=MEDIATOR),
]


def test_a_number_for_everybody_below_a_part_is_a_part_where_others_count_more() -> None:
    ledger = given(
        said("five", 5, **at(18)), said("all", 12, **at(18, claimant=MEDIATOR)), *OBSERVERS
    )

    assert (ledger.claim("five").state, ledger.claim("five").reason) == ("excluded", "part-above")
    assert numbers(ledger.figure(ALL))[:3] == (12, 12, 12)


@pytest.mark.parametrize(
    "others",
    [OBSERVERS, [OBSERVERS[0], said("all", 12, **at(18, claimant=MEDIATOR))]],
    ids=["nobody counts more", "one speaker's part"],
)
def test_else_the_part_is_in_doubt(others: list[bytes]) -> None:
    assert given(said("five", 5, **at(18)), *others).claim("five").state == "active"


# A group beside the soldiers.


def test_a_service_counted_by_itself_came_beside_the_soldiers() -> None:
    ledger = given(
        said("soldiers", 15, **at(12, "military")), said("guards", 2, **at(12, "border guards"))
    )

    assert numbers(ledger.figure(ALL)) == (17, 17, 17, "computed")
    assert "assumption_used" in ledger.figure(ALL).flags


@pytest.mark.parametrize(
    "more",
    [
        [part("guards", 2, "border guards")],
        [said("guards", 2, **at(12, "border guards", claimant=PRESIDENT))],
        [said("guards", 2, **at(12, "border guards", bound="at_least"))],
        [said("guards", 15, **at(12, "border guards"))],
        [said("wounded", 2, **at(12, "wounded"))],
        [said("guards", 2, **at(12, "border guards")), said("women", 3, **at(12, "women"))],
        [said("guards", 2, **at(12, "border guards")), said("again", 16, **at(13, "military"))],
    ],
    ids=[
        "a part of them",
        "by another speaker",
        "a least number",
        "one number twice",
        "who may be soldiers",
        "two groups",
        "two counts of the soldiers",
    ],
)
def test_else_it_may_be_among_them(more: list[bytes]) -> None:
    assert not given(said("soldiers", 15, **at(12, "military")), *more).has(ALL)


def test_an_outlets_groups_are_not_added() -> None:
    ledger = given(
        said("soldiers", 15, **at(12, "military", claimant=OUTLET)),
        said("guards", 2, **at(12, "border guards", claimant=OUTLET)),
    )

    assert not ledger.has(ALL)


def test_any_group_beside_them_decides_between_two_numbers_for_everybody() -> None:
    ledger = given(
        said("one outlet", 74, **at(12)),
        said("another", 75, **at(12, reported_by="Another outlet")),
        said("soldiers", 74, **at(12, "military")),
        said("foreigner", 1, **at(12, "foreign nationals")),
    )

    assert numbers(ledger.figure(ALL))[:3] == (75, 75, 75)


def test_a_sum_that_nobody_gives_decides_nothing() -> None:
    ledger = given(
        said("everybody", 74, **at(12, claimant=HEADQUARTERS)),
        said("soldiers", 74, **at(12, "military", claimant=OMBUDSMAN)),
        said("foreigner", 1, **at(12, "foreign nationals", claimant=OMBUDSMAN)),
    )

    assert ledger.figure(ALL).best == 74


# Groups that one report counts beside each other.


def listed(*groups: tuple[str, int], **more: Any) -> list[bytes]:
    """What an outlet's report counts, group by group."""
    page = {"url": "https://example.org/report", "claimant": OUTLET} | more
    return [said(category, value, **at(12, category, **page)) for category, value in groups]


def test_groups_that_a_report_counts_beside_each_other_are_everybody() -> None:
    ledger = given(*listed(("women", 12), ("children", 3)))

    assert numbers(ledger.figure(ALL)) == (12, 15, 15, "computed")


def test_whoever_counts_them_there() -> None:
    ledger = given(*listed(("women", 12)), *listed(("children", 3), claimant=MEDIATOR))

    assert ledger.figure(ALL).best == 15


@pytest.mark.parametrize(
    "reports",
    [
        listed(("women", 12), ("children", 3), measure="breakdown"),
        listed(("women", 12), ("children", 12)),
        listed(("women", 12), ("children", 3), ("wounded", 9)),
        listed(("women", 12), ("children", 3), bound="at_least"),
        listed(("military", 12), ("women", 3)),
        [*listed(("women", 12)), *listed(("children", 3), url="https://example.org/other")],
    ],
    ids=["parts", "one number twice", "one is all others", "least numbers", "soldiers", "two reports"],
)  # fmt: skip
def test_else_nobody_knows_whether_they_overlap(reports: list[bytes]) -> None:
    ledger = given(*reports)

    assert not ledger.has(ALL) or ledger.figure(ALL).best == 12


def test_somebodys_number_for_everybody_goes_before_their_sum() -> None:
    ledger = given(
        *listed(("women", 12), ("children", 3)), said("everybody", 20, **at(12, claimant=OUTLET))
    )

    assert ledger.figure(ALL).best == 20


# Groups of one kind.


@pytest.mark.parametrize("speaker", [OMBUDSMAN, OUTLET])
def test_a_group_that_is_more_than_its_kind_came_beside_it(speaker: dict[str, str]) -> None:
    ledger = given(
        said("journalists", 17, **at(12, "journalists", claimant=speaker)),
        said("civilian", 2, **at(12, "civilian", claimant=speaker)),
    )

    assert ledger.figure(ALL).best == 19


@pytest.mark.parametrize(
    ("more", "best"),
    [
        ({"value": 20}, 20),
        ({"value": 2, "bound": "at_least"}, 17),
        ({"value": 2, "claimant": PRESIDENT}, 2),
        ({"value": 2, "measure": "breakdown"}, 2),
    ],
    ids=["no less", "a least number", "another speaker's", "in a list"],
)
def test_else_the_kind_may_be_all_of_them_or_the_group_is_in_doubt(
    more: dict[str, Any], best: int
) -> None:
    ledger = given(
        said("journalists", 17, **at(12, "journalists")),
        said("civilian", **{**at(12, "civilian"), **more}),
    )

    assert ledger.figure(ALL).best == best


@pytest.mark.parametrize("least", [3, 30])
def test_everybody_is_no_less_than_any_group_that_a_ledger_names_for_a_kind(least: int) -> None:
    cores = {
        ("civilian", "civilian"): Interval(least, least),
        ("fishermen", "civilian"): Interval(17, 17),
    }

    assert limits_of(cores, 0)[EVERYBODY].low == max(17, least)  # type: ignore[arg-type]
