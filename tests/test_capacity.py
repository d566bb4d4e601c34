"""The capacity page says what follows from what was measured."""

import json

import pytest

from benchmarks.capacity import (
    DEMANDS,
    NODE_CORES,
    NODE_GIB,
    PAGE,
    RECORDED,
    Demand,
    amount,
    index_bytes,
    need_of,
    nodes_for,
    page_text,
)


FOUND = json.loads(RECORDED.read_text("utf-8"))


def test_the_page_holds_the_tables_that_follow_from_the_recorded_inputs():
    assert page_text() == PAGE.read_text("utf-8"), "run python -m benchmarks.capacity"


def test_ten_times_the_claims_need_ten_times_the_memory_of_what_holds_every_claim():
    few, many = (need_of(Demand(count, 1_000), FOUND) for count in (10**8, 10**9))

    assert many.api == pytest.approx(10 * few.api)
    assert 9 < many.reconciliation / few.reconciliation <= 10
    assert many.trimmed < 0.5 * many.server, "most of a large log can leave the server"
    assert few.trimmed == few.server, "a log no longer than what is kept stays where it is"


def test_more_ledgers_cost_memory_and_processors_though_nothing_happens_on_them():
    few, many = (need_of(Demand(10**9, count), FOUND) for count in (1_000, 100_000))

    assert many.idle_cores == pytest.approx(100 * few.idle_cores)
    assert many.ingest == pytest.approx(100 * few.ingest)
    assert many.memory > few.memory


@pytest.mark.parametrize("demand", DEMANDS)
def test_the_nodes_planned_hold_what_is_needed(demand):
    need = need_of(demand, FOUND)
    nodes = nodes_for(need)

    assert nodes * NODE_GIB > need.memory + need.trimmed
    assert nodes * NODE_CORES >= need.busy_cores + need.idle_cores
    assert (nodes - 1) * NODE_GIB * 0.75 <= max(need.memory + need.trimmed, 1) or nodes == 1


def test_the_index_is_taken_from_the_nearest_size_that_was_measured():
    assert index_bytes(40_000, {"100": 80.0, "100000": 18.0}) == 80.0
    assert index_bytes(60_000, {"100": 80.0, "100000": 18.0}) == 18.0
    assert [amount(number) for number in (0.0412, 3.24, 1234.5)] == ["0.04", "3.2", "1,234"]
