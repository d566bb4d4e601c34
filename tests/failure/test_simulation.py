"""Histories of the whole pipeline made by chance: a short set of what `make test-failure` runs for long."""

import pytest

from tests.failure.bugs import BUGS, histories_until_found
from tests.failure.simulation import run_histories


SHORT_COUNT = 30
#: Those that show within seconds; `python -m tests.failure.bugs` tries all.
QUICKLY_FOUND = (
    "nothing is compared with what was seen",
    "an event is appended although its id is known",
    "the inbox is emptied before the log has the claims",
)


def test_whatever_happens_in_whatever_order_nothing_is_lost_or_doubled():
    told = list(run_histories(range(1, SHORT_COUNT + 1)))

    assert [one for one in told if one.broken] == []
    # They are what they are meant to be: full of faults, and of events all the same.
    assert sum(one.kills for one in told) > SHORT_COUNT
    assert sum(one.losses for one in told) > SHORT_COUNT // 4
    # What is named covers what is gone, or the history is broken; and hardly more.
    assert sum(one.named for one in told) > SHORT_COUNT
    assert sum(one.needless for one in told) < sum(one.named for one in told) / 10
    assert sum(one.events for one in told) > 10 * SHORT_COUNT
    assert sum(one.trimmed for one in told) > SHORT_COUNT


def test_a_seed_makes_the_same_history_again():
    assert list(run_histories([7, 8])) == list(run_histories([7, 8]))


@pytest.mark.parametrize("bug", QUICKLY_FOUND)
def test_a_bug_put_in_by_hand_is_found(bug):
    assert bug in BUGS
    number, broken = histories_until_found(bug)

    assert number, broken
