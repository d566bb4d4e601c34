"""Wrong keys are counted for each address and from all together, and never more of them than fit."""

import pytest

from services.api.http.wrong_keys import ADDRESSES_MAX, ALL_TOGETHER, WINDOW_MS, WrongKeys


def test_an_address_is_told_to_come_back_when_the_minute_is_over_and_others_are_not():
    wrong = WrongKeys(3)

    told = [wrong.count("192.0.2.1", now_ms=100_000 + 1_000 * number) for number in range(5)]

    assert told == [None, None, None, 57, 56]
    assert wrong.count("192.0.2.2", now_ms=104_000) is None
    assert wrong.count("192.0.2.1", now_ms=100_000 + WINDOW_MS) is None


def test_all_addresses_together_have_a_limit_too():
    wrong = WrongKeys(3)

    told = [wrong.count(f"192.0.2.{number}", now_ms=0) for number in range(3 * ALL_TOGETHER + 2)]

    assert told == [None] * 3 * ALL_TOGETHER + [60, 60]


@pytest.mark.parametrize("addresses", ["2001:db8::{:x}", "fe80::{:x}"])
def test_all_addresses_of_a_network_count_as_one(addresses):
    wrong = WrongKeys(1)

    assert wrong.count(addresses.format(1), now_ms=0) is None
    assert wrong.count(addresses.format(2), now_ms=0) == 60


def test_however_many_addresses_come_their_counts_stay_few():
    wrong = WrongKeys(10**6)

    for number in range(ADDRESSES_MAX + 500):
        wrong.count(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", now_ms=0)

    assert len(wrong._counts) == ADDRESSES_MAX


def test_without_a_limit_nothing_is_counted():
    wrong = WrongKeys(0)

    assert [wrong.count("", now_ms=0) for _ in range(1_000)] == [None] * 1_000
