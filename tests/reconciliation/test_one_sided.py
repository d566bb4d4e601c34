"""Releases by one side alone: who speaks of whom, and who got somebody for them."""

from typing import Any

import pytest

from tests.builders import reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    on,
    said,
    undated,
)


DAY = "2031-05-10"
THERE = on(DAY)


def status(*reports: bytes) -> str:
    return given(*reports).exchange(DAY).status


@pytest.mark.parametrize("speaker", [MINISTRY, MEDIATOR], ids=["who held them", "a go-between"])
@pytest.mark.parametrize("value", [20, 1])
def test_who_is_let_go_by_those_who_held_them_and_spoken_of_alone_was_released(
    speaker: dict[str, str], value: int
) -> None:
    assert status(said("a", value, claimant=speaker, **THERE)) == "unilateral"


def test_what_outlets_add_of_the_same_people_changes_nothing() -> None:
    assert (
        status(
            said("a", 20, claimant=MINISTRY, **THERE),
            said("b", 20, claimant=OUTLET, **THERE),
        )
        == "unilateral"
    )


@pytest.mark.parametrize(
    "speaker", [OMBUDSMAN, HEADQUARTERS, PRESIDENT], ids=["ombudsman", "headquarters", "president"]
)
def test_of_whom_only_the_side_they_came_back_to_counts_all_nobody_knows_that_they_were_let_go(
    speaker: dict[str, str],
) -> None:
    theirs = said("b", 20, claimant=speaker, **THERE)

    assert status(theirs) == "completed"
    assert status(said("a", 15, claimant=MINISTRY, **THERE), theirs) == "completed"
    assert (
        status(said("a", 15, bound="at_least", claimant=MINISTRY, **THERE), theirs) == "completed"
    )


@pytest.mark.parametrize("number", [20, 17])
def test_whom_those_who_had_them_count_themselves_were_let_go_whoever_received_them(
    number: int,
) -> None:
    let_go = said("a", 20, claimant=MINISTRY, **THERE)

    assert status(let_go, said("b", number, claimant=OMBUDSMAN, **THERE)) == "unilateral"


@pytest.mark.parametrize(
    "other",
    [
        said("b", 25, side="RU", claimant=MINISTRY, **THERE),
        said("b", 25, side="RU", claimant=OUTLET, **THERE),
        reported("b", measure="exchanged_total", side="both", value=45, claimant=MEDIATOR, **THERE),
    ],
    ids=["its own people", "an outlet of the other side's", "all sides together"],
)
def test_where_anybody_speaks_of_the_other_side_it_is_an_exchange(other: bytes) -> None:
    assert status(said("a", 20, claimant=MINISTRY, **THERE), other) == "completed"


@pytest.mark.parametrize(
    ("counterpart", "expected"),
    [("none", "unilateral"), ("things", "unilateral"), ("persons", "completed")],
)
@pytest.mark.parametrize("speaker", [MINISTRY, OMBUDSMAN], ids=["who held them", "who got them"])
def test_what_went_the_other_way_decides(
    counterpart: str, expected: str, speaker: dict[str, Any]
) -> None:
    where = on(DAY, counterpart=counterpart)
    assert status(said("a", 20, claimant=speaker, **where)) == expected


@pytest.mark.parametrize("zero", [PRESIDENT, MINISTRY])
def test_nobody_came_back_to_the_other_side_makes_it_one_sided(zero: dict[str, str]) -> None:
    assert (
        status(
            said("a", 20, claimant=OMBUDSMAN, **THERE),
            said("b", 0, side="RU", claimant=zero, **THERE),
        )
        == "unilateral"
    )


def test_an_outlet_alone_makes_no_release_one_sided_at_once() -> None:
    assert status(said("a", 20, claimant=OUTLET, **THERE)) == "completed"


@pytest.mark.parametrize(
    ("heard", "expected"),
    [("2031-05-17", "completed"), ("2031-05-18", "unilateral")],
    ids=["within a week", "after a week"],
)
def test_of_whom_outlets_alone_tell_and_of_nobody_else_within_a_week_was_released(
    heard: str, expected: str
) -> None:
    alone = said("a", 20, claimant=OUTLET, **THERE)

    assert given(alone, said("later", 7, **on(heard))).exchange(DAY).status == expected


@pytest.mark.parametrize(
    "other",
    [
        said("b", 20, claimant=OMBUDSMAN, **THERE),
        said("b", 9, claimant=OUTLET, side="RU", modality="planned", **THERE),
        said("b", 1, measure="first_since", side="both", claimant=OUTLET, **THERE),
        said("b", 20, claimant=OUTLET, wording="swapped for others", **THERE),
        said("b", 20, claimant=OUTLET, **on(DAY, counterpart="persons")),
        said("b", 20, claimant=OUTLET, **on(DAY) | {"published_at": "2031-06-01"}),
    ],
    ids=["an official", "a plan", "both sides", "a swap", "for persons", "a report in the week"],
)
def test_outlets_silence_on_the_other_side_says_nothing_where_more_is_told(other: bytes) -> None:
    alone = said("a", 20, claimant=OUTLET, **THERE)

    assert given(alone, other, said("later", 7, **on("2031-06-05"))).exchange(DAY).status == (
        "completed"
    )


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("civilian", "unilateral"),
        ("children", "unilateral"),
        ("all", "completed"),
        ("military", "completed"),
        ("prisoners of war", "completed"),
    ],
)
def test_civilians_of_whom_their_own_officials_alone_tell_were_let_go(
    category: str, expected: str
) -> None:
    told = said("a", 20, category=category, claimant=OMBUDSMAN, **THERE)

    ledger = given(told, said("later", 7, **on("2031-06-05")))

    assert ledger.exchange(DAY).status == expected


def test_civilians_were_exchanged_where_anybody_speaks_of_the_other_side() -> None:
    ledger = given(
        said("a", 20, category="civilian", claimant=OMBUDSMAN, **THERE),
        said("b", 9, category="civilian", side="RU", claimant=MINISTRY, **THERE),
        said("later", 7, **on("2031-06-05")),
    )

    assert ledger.exchange(DAY).status == "completed"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ([], "unilateral"),
        ([said("b", 20, claimant=MINISTRY, **on(DAY, third="TR"))], "unilateral"),
        ([said("b", 9, side="RU", claimant=MINISTRY, **THERE)], "completed"),
        ([said("b", 20, wording="swapped", **on(DAY, third="TR"))], "completed"),
    ],
    ids=["alone", "officials too", "the other side", "a swap"],
)
def test_who_was_freed_to_a_third_country_and_spoken_of_alone_was_let_go(
    other: list[bytes], expected: str
) -> None:
    freed = said("a", 20, claimant=OMBUDSMAN, **on(DAY, third="TR"))

    assert given(freed, *other, said("later", 7, **on("2031-06-05"))).exchange(DAY).status == (
        expected
    )


def test_an_exchange_told_of_one_side_is_a_swap_again_once_the_other_is_told() -> None:
    alone = said("a", 20, claimant=OUTLET, **THERE)
    later = said("later", 7, **on("2031-06-05"))
    theirs = said("b", 20, side="RU", claimant=OUTLET, **on(DAY) | {"published_at": "2031-06-20"})

    assert given(alone, later, theirs).exchange(DAY).status == "completed"


@pytest.mark.parametrize(
    ("published_at", "expected"),
    [("2031-05-10", "completed"), ("2031-05-17", "completed"), ("2031-05-18", "unconfirmed")],
)
def test_a_group_that_outlets_count_within_a_week_came_back(
    published_at: str, expected: str
) -> None:
    marines = said("a", 20, category="marines", claimant=OUTLET, **THERE)
    told = said(
        "a", 20, category="marines", claimant=OUTLET, **THERE | {"published_at": published_at}
    )

    assert status(marines) == "completed"
    assert status(told) == expected


def test_who_was_let_go_is_counted_in_the_series_of_the_side_they_came_back_to() -> None:
    ledger = given(said("a", 20, claimant=MINISTRY, **THERE))

    assert ledger.total("UA", DAY).best == 20


@pytest.mark.parametrize(
    ("speaker", "wording"),
    [
        (OMBUDSMAN, "they released 20 of our people"),
        (OUTLET, "has handed over twenty soldiers"),
        (HEADQUARTERS, "Москва відпустила 20 полонених"),
        (OUTLET, "передали 20 пленных"),
    ],
)
def test_who_is_said_to_be_let_go_and_spoken_of_alone_was_released(
    speaker: dict[str, str], wording: str
) -> None:
    assert status(said("a", 20, claimant=speaker, wording=wording, **THERE)) == "unilateral"


@pytest.mark.parametrize(
    "other",
    [
        said("b", 20, claimant=OUTLET, wording="swapped for others", **THERE),
        said("b", 9, claimant=OUTLET, side="RU", **THERE),
        said("b", 3, measure="exchange_ordinal", side="both", **THERE),
    ],
    ids=["an exchange", "another side", "a number of the exchange"],
)
def test_who_is_said_to_be_let_go_was_exchanged_where_anybody_speaks_of_more(other: bytes) -> None:
    released = said("a", 20, wording="released 20 of our people", **THERE)

    assert status(released, other) == "completed"


def test_a_plan_to_let_people_go_says_nothing_of_how_they_came() -> None:
    came = said("a", 20, wording="20 are home", **THERE)
    foreseen = said("b", 20, modality="planned", wording="will be handed over", **THERE)

    assert status(came, foreseen) == "completed"


@pytest.mark.parametrize(
    "other",
    [
        said("b", 500, side="RU", claimant=PRESIDENT, modality="planned", **THERE),
        said("b", 500, side="RU", claimant=PRESIDENT, modality="planned", **undated(DAY)),
        said("b", 59, side="RU", claimant=MINISTRY, modality="denied", **THERE),
        reported(
            "b", measure="exchanged_total", side="both", value=45, modality="planned", **THERE
        ),
        said("b", 500, side="RU", modality="planned", wording="a swap of 500", **THERE),
    ],
    ids=["planned that day", "planned without a day", "refused", "both sides", "planned as a swap"],
)
def test_what_is_planned_or_refused_of_the_other_side_makes_no_exchange(other: bytes) -> None:
    assert status(said("a", 20, claimant=MINISTRY, **THERE), other) == "unilateral"


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("освободило в четверг 20 пленных", "unilateral"),
        ("об освобождении ещё 20 военных", "unilateral"),
        ("أطلقت أمس الإثنين سراح 20 سجين", "unilateral"),
        ("20 زندانی از بند رها شدند", "unilateral"),
        ("20 بندیان خوشې کړل", "unilateral"),
        ("20 قیدیوں کو رہا کیا", "unilateral"),
        ("20 freed on Saturday", "unilateral"),
        ("20 قیدی گھر جا رہا", "completed"),
        ("20 came home", "completed"),
    ],
)
def test_words_of_a_release_are_known_in_many_languages(wording: str, expected: str) -> None:
    assert status(said("a", 20, claimant=OUTLET, wording=wording, **THERE)) == expected


def test_who_is_placed_better_than_the_denial_is_believed() -> None:
    claimed = said("a", 20, claimant=OMBUDSMAN, **THERE)

    assert status(claimed, denial(MINISTRY, "T19")) == "completed"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (("18", "18"), "cancelled"),
        (("18", "20"), "cancelled"),
        (("20", "18"), "unilateral"),
    ],
    ids=["at once", "then", "before"],
)
def test_what_an_office_placed_as_well_denies_did_not_come_back(
    claims: tuple[str, str], expected: str
) -> None:
    told, denied = claims
    claimed = said("a", 20, claimant=MINISTRY, **THERE | {"time": f"{DAY}T{told}:00:00Z"})

    ledger = given(claimed, denial(MINISTRY | {"name": "A source in the ministry"}, f"T{denied}"))

    assert ledger.exchange(DAY).status == expected


def test_a_denial_of_another_number_denies_nothing() -> None:
    claimed = said("a", 20, claimant=MINISTRY, **THERE)

    assert status(claimed, denial(MINISTRY, "T19", value=45)) == "unilateral"


def denial(speaker: dict[str, str], hour: str, value: int = 20) -> bytes:
    where = THERE | {"time": f"{DAY}{hour}:00:00Z"}
    return said("denial", value, claimant=speaker, modality="denied", **where)
