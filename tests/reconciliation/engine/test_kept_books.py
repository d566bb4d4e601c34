"""A book that comes back from a snapshot, or is read from the log, decides what the one before would."""

import json
import pickle
import random
from collections.abc import Callable, Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.load import make_claims
from services.log_events.facts import decode_fact
from services.queries import replay as replaying
from services.queries.replay import replay
from services.reconciliation.engine import subjects
from services.reconciliation.engine.book import Book
from tests.builders import reported, taken_back, undone
from tests.reconciliation.engine.test_judgements import judgements
from tests.reconciliation.engine.test_large_exchanges import much_the_same
from tests.reconciliation.given import LEDGER
from tests.reconciliation.labelled_sets import FIRST_PERIOD
from tests.reconciliation.test_properties import reports


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """Reports, retractions, judgements and some of their undoings, in any order."""
    lines = draw(st.one_of(reports(), much_the_same()))
    made = draw(st.lists(judgements, max_size=4))
    taken = [undone(judgement) for judgement in made[: draw(st.integers(0, 2))]]
    return draw(st.permutations([*lines, *made, *taken]))


def kept(book: Book, _: list[bytes]) -> Book:
    """The book as it comes back from a snapshot."""
    came_back: Book = pickle.loads(pickle.dumps(book))
    return came_back


def read_again(_: Book, log: list[bytes]) -> Book:
    """The book as a start without a snapshot makes it."""
    book = Book(LEDGER)
    for body in log:
        book.take(body)
    book.settle()
    return book


def read_with_more(_: Book, log: list[bytes]) -> Book:
    """The book as a start makes it where there is something to be decided."""
    book = Book(LEDGER)
    for body in log:
        book.take(body)
    return book


Renewal = Callable[[Book, list[bytes]], Book]


def log_of(
    lines: list[bytes], batch_count: int, starts: Collection[int] = (), renewal: Renewal = kept
) -> list[bytes]:
    """The log that lines make if another book goes on before or after some of the batches are decided."""
    batches = 0

    class Pipeline(replaying._Pipeline):
        def _decide(self) -> None:
            nonlocal batches
            if batches in starts and renewal is read_with_more:
                self._book = renewal(self._book, self._log.bodies())
            super()._decide()
            if batches in starts and renewal is not read_with_more:
                self._book = renewal(self._book, self._log.bodies())
            batches += 1

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(replaying, "_Pipeline", Pipeline)
        return replay(lines, ledger=LEDGER, batch_count=batch_count).log.bodies()


@given(
    histories(),
    st.integers(1, 4),
    st.sets(st.integers(0, 12), min_size=1),
    st.integers(0, 6),
    st.sampled_from([kept, kept, read_again, read_with_more]),
)
def test_a_start_between_any_two_batches_changes_no_decision(
    lines: list[bytes], batch_count: int, starts: set[int], whole_count_max: int, renewal: Renewal
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(subjects, "WHOLE_COUNT_MAX", whole_count_max)

        assert log_of(lines, batch_count, starts, renewal) == log_of(lines, batch_count)


def test_a_total_taken_back_while_another_process_decided_is_taken_out_of_the_log() -> None:
    total = reported("b", measure="cumulative_returned", period={"as_of": "2024-01-03"})
    lines = [reported("a"), total, reported("c"), taken_back("b")]
    log = log_of(lines, 1)
    third, last = (
        index
        for index, body in enumerate(log)
        if b'"claim.retracted"' in body or (b'"claim.recorded"' in body and b'"id":"c"' in body)
    )

    standby = read_again(Book(LEDGER), log[:third])
    for body in log[third : last + 1]:
        standby.take(body)

    decided = [decision.data for decision in standby.decide(after=last)]
    assert decided == [decode_fact(body).data for body in log[last + 1 :]] != []


#: Numbers of real claims: exchanges and totals, the last of which let an earlier exchange be sound again.
DECIDED, UNDECIDED = (2774, 2781, 2783, 2793, 2795, 2806, 2807, 2809, 2821), (2828, 2834, 2842)


def test_what_undecided_claims_change_of_an_earlier_exchange_is_decided_by_who_starts_then() -> (
    None
):
    before = [claim for number in DECIDED for claim in make_claims(1, first=number)]
    more = [claim for number in UNDECIDED for claim in make_claims(1, first=number)]
    log = log_of(before, 1)
    recorded = [body for body in log_of([*before, *more], 100) if b'"claim.recorded"' in body]
    undecided = [
        json.dumps(json.loads(body) | {"position": position}).encode()
        for position, body in enumerate(recorded[len(before) :], start=len(log) + 1)
    ]

    standby, started = read_again(Book(LEDGER), log), read_with_more(Book(LEDGER), log)
    for body in undecided:
        standby.take(body)
        started.take(body)

    decided = [decision.data for decision in started.decide(after=len(log))]
    assert decided == [decision.data for decision in standby.decide(after=len(log))]
    assert any("2035-04-26:returned:UA:all" in str(data) for data in decided)


@pytest.mark.parametrize("renewal", [kept, read_again, read_with_more])
def test_starts_between_batches_of_real_claims_in_any_order_change_no_decision(
    renewal: Renewal,
) -> None:
    lines = list(FIRST_PERIOD.lines)
    random.Random(2024).shuffle(lines)

    assert log_of(lines, 60, range(20), renewal) == log_of(lines, 60)


def test_a_claim_evolved_ahead_of_its_retraction_is_decided_though_that_lies_before_the_checkpoint():
    """A worker evolves the claims of a batch first, and may then find that another one moved the checkpoint."""
    lines = [taken_back("c1", event_id="r1"), reported("c1")]
    log = replay(lines, ledger=LEDGER, batch_count=100).log.bodies()
    retraction, claim = log[:2]
    book = Book(LEDGER)
    book.take(claim)
    book.take(retraction)

    [decided] = book.decide(after=1)
    assert decided.cause.position == 2
    assert [each.state for each in decided.data.assignments] == ["retracted"]
