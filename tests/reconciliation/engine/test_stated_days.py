"""The days that are stated: who looked through them is asked again where that may matter, and nobody else."""

from datetime import date, timedelta
from itertools import islice

import pytest

from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.engine.index.stated_days import StatedDaysInOrder


READER: ClaimKey = ("urn:test", "reader")
EVE = date(2031, 5, 10)


def on(ahead: int) -> date:
    return EVE + timedelta(days=ahead)


def stated(*ahead: int) -> StatedDaysInOrder:
    days = StatedDaysInOrder()
    for one in ahead:
        days.add(on(one))
    return days


def test_days_come_in_order_up_to_the_last_one_asked_for() -> None:
    days = stated(9, 2, 0, 5, 60, 61, -3)

    assert list(days.after(EVE, 60, READER)) == [on(2), on(5), on(9), on(60)]


@pytest.mark.parametrize(("ahead", "is_asked"), [(0, False), (1, True), (60, True), (61, False)])
def test_who_found_none_is_asked_again_for_any_day_in_reach(ahead: int, *, is_asked: bool) -> None:
    days = stated()
    assert list(days.after(EVE, 60, READER)) == []

    assert (READER in days.add(on(ahead))) is is_asked
    assert (READER in days.remove(on(ahead))) is is_asked


@pytest.mark.parametrize(("ahead", "is_asked"), [(3, True), (5, True), (6, False)])
def test_who_read_no_further_is_not_asked_for_what_comes_after(
    ahead: int, *, is_asked: bool
) -> None:
    days = stated(2, 5, 9)
    assert list(islice(days.after(EVE, 60, READER), 2)) == [on(2), on(5)]

    assert (READER in days.add(on(ahead))) is is_asked


def test_what_was_read_before_stays_read() -> None:
    days = stated(2, 40)
    list(days.after(EVE, 60, READER))
    list(islice(days.after(EVE, 60, READER), 1))

    assert READER in days.add(on(50))
