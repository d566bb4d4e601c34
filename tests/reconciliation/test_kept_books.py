"""A book that was kept in a snapshot and came back decides what it would have decided otherwise."""

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import replay as replaying
from services.ledgers import demo_claims
from services.reconciliation import chronicle
from services.replay import replay
from tests.builders import undone
from tests.reconciliation.given import LEDGER
from tests.reconciliation.test_judgements import judgements
from tests.reconciliation.test_large_exchanges import much_the_same
from tests.reconciliation.test_properties import reports


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """Reports, retractions, judgements and some of their undoings, in any order."""
    lines = draw(st.one_of(reports(), much_the_same()))
    made = draw(st.lists(judgements, max_size=4))
    taken = [undone(judgement) for judgement in made[: draw(st.integers(0, 2))]]
    return draw(st.permutations([*lines, *made, *taken]))


def log_of(lines: list[bytes], batch_count: int, kept_after: set[int]) -> list[bytes]:
    """The log that lines make if the book is kept and comes back after some of the batches."""
    batches = 0

    class Pipeline(replaying._Pipeline):
        def _decide(self) -> None:
            nonlocal batches
            super()._decide()
            if batches in kept_after:
                self._book = pickle.loads(pickle.dumps(self._book))
            batches += 1

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(replaying, "_Pipeline", Pipeline)
        return replay(lines, ledger=LEDGER, batch_count=batch_count).log.bodies()


@given(histories(), st.integers(1, 4), st.sets(st.integers(0, 12), min_size=1), st.integers(0, 6))
def test_a_snapshot_between_any_two_batches_changes_no_decision(
    lines: list[bytes], batch_count: int, kept_after: set[int], whole_count_max: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chronicle, "WHOLE_COUNT_MAX", whole_count_max)
        never = log_of(lines, batch_count, set())

        assert log_of(lines, batch_count, kept_after) == never


def test_snapshots_between_batches_of_real_claims_in_any_order_change_no_decision() -> None:
    lines = demo_claims("rus-ukr").splitlines()
    random.Random(2024).shuffle(lines)

    assert log_of(lines, 40, set(range(20))) == log_of(lines, 40, set())
