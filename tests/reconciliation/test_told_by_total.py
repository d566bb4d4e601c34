"""The total of all sides tells whether a group came beside the soldiers or among them."""

from hypothesis import given as examples
from hypothesis import strategies as st

from tests.reconciliation.given import (
    MEDIATOR,
    MINISTRY,
    OUTLET,
    Ledger,
    given,
    numbers,
    on,
    said,
)


DAY = "2030-05-10"
WHOLE = f"{DAY}:returned:RU:all"


def ukrainians(value: int) -> bytes:
    return said("ukrainians", value, **on(DAY))


def soldiers(value: int, **more: str) -> bytes:
    return said(
        "soldiers", value, side="RU", category="military", claimant=MINISTRY, **on(DAY), **more
    )


def wounded(value: int, claim_id: str = "wounded", category: str = "wounded") -> bytes:
    return said(claim_id, value, side="RU", category=category, claimant=MINISTRY, **on(DAY))


def together(value: int, **more: object) -> bytes:
    return said(
        "together",
        value,
        **{"measure": "exchanged_total", "side": "both", "claimant": MEDIATOR, **on(DAY), **more},
    )


def test_the_mediators_total_tells_that_the_wounded_came_beside_the_soldiers() -> None:
    ledger = given(ukrainians(277), soldiers(246), wounded(15), together(538))

    assert numbers(ledger.figure(WHOLE)) == (261, 261, 261, "computed")
    assert "assumption_used" in ledger.figure(WHOLE).flags
    [reason] = ledger.figure(WHOLE).reasons
    assert reason.code == "told-by-total"
    assert reason.text == "538 = 277 + 246 + 15: the 15 (wounded) came beside the 246"
    assert ledger.check_of("together").result == "pass"
    assert numbers(ledger.figure(f"{DAY}:exchanged_total:both:all")) == (538, 538, 538, "computed")


def test_the_total_tells_that_the_wounded_are_among_the_soldiers() -> None:
    ledger = given(ukrainians(277), soldiers(246), wounded(15), together(523))

    assert not ledger.has(WHOLE)
    assert ledger.check_of("together").result == "pass"


def test_of_two_officials_totals_the_one_without_the_group_leaves_it_open() -> None:
    ledger = given(
        ukrainians(277),
        soldiers(246),
        wounded(15),
        together(538),
        said(
            "ministry",
            523,
            measure="exchanged_total",
            side="both",
            claimant=MINISTRY,
            **on(DAY),
        ),
    )

    assert not ledger.has(WHOLE)


def test_an_outlets_total_tells_nothing() -> None:
    ledger = given(ukrainians(277), soldiers(246), wounded(15), together(538, claimant=OUTLET))

    assert not ledger.has(WHOLE)


def test_a_rounded_total_tells_nothing() -> None:
    ledger = given(
        ukrainians(277),
        soldiers(246),
        wounded(15),
        together(538, quantity={"bound": "about", "value": 538}),
    )

    assert not ledger.has(WHOLE)


def test_two_groups_that_both_make_the_total_leave_open_which_came_beside() -> None:
    # 15 wounded of one side and 15 sick of the other: either makes 538.
    ledger = given(
        said("ukrainians", 277, category="military", **on(DAY)),
        said("sick", 15, category="seriously ill", **on(DAY)),
        soldiers(246),
        wounded(15),
        together(538),
    )

    assert not ledger.has(WHOLE)
    assert not ledger.has(f"{DAY}:returned:UA:all")


def test_one_group_by_two_names_is_counted_once() -> None:
    ledger = given(
        ukrainians(277),
        soldiers(246),
        wounded(15),
        wounded(15, "wounded soldiers", "wounded military"),
        together(538),
    )

    assert numbers(ledger.figure(WHOLE)) == (261, 261, 261, "computed")


def test_where_somebody_counts_everybody_the_total_is_tested_and_tells_nothing() -> None:
    ledger = given(
        ukrainians(277),
        soldiers(246),
        wounded(15),
        together(538),
        said("everybody", 250, side="RU", category="all", claimant=MINISTRY, **on(DAY)),
    )

    assert numbers(ledger.figure(WHOLE))[1] == 250
    assert ledger.check_of("together").result == "fail"


@examples(
    whole=st.integers(30, 2000),
    counted=st.integers(30, 2000),
    group=st.integers(1, 29),
)
def test_the_sides_and_the_group_make_the_total(whole: int, counted: int, group: int) -> None:
    ledger: Ledger = given(
        ukrainians(whole), soldiers(counted), wounded(group), together(whole + counted + group)
    )

    assert numbers(ledger.figure(WHOLE))[1] == counted + group
    assert ledger.figure(f"{DAY}:exchanged_total:both:all").best == whole + counted + group
