"""An exchange of which the rules see witnesses alone says what it says when they see every claim."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queries.replay import replay
from services.reconciliation.engine import subjects
from services.reconciliation.engine.book import Book
from tests.builders import reported, taken_back
from tests.normal import without_arrival
from tests.reconciliation.given import LEDGER, MINISTRY, OMBUDSMAN, OUTLET, PRESIDENT
from tests.reconciliation.test_properties import models, reports


SUBJECTS = [
    *({"measure": "returned", "side": side} for side in ("UA", "UA", "UA", "RU") * 2),
    {"measure": "exchanged_total", "side": "both"},
]


@st.composite
def much_the_same(draw: Any) -> list[bytes]:
    """Reports on one exchange by few speakers with few numbers, at times that often coincide."""
    count = draw(st.integers(2, 14))
    lines = [
        reported(
            f"c{number:02}",
            time=f"2024-01-03T{draw(st.integers(10, 16))}:00:00Z",
            **draw(st.sampled_from(SUBJECTS)),
            category=draw(
                st.sampled_from(["all", "all", "military", "civilian", "unspecified", "marines"])
            ),
            published_at=draw(st.sampled_from(["2024-01-03"] * 3 + ["2024-01-09", "2024-02-20"])),
            quantity={
                "bound": draw(st.sampled_from(["exact"] * 4 + ["at_least", "about"])),
                "value": draw(st.sampled_from([7, 20, 21, 23])),
            },
            claimant=draw(st.sampled_from([OMBUDSMAN, PRESIDENT, MINISTRY, OUTLET])),
            reported_by=draw(st.sampled_from(["One", "Two", "Three"])),
            modality=draw(st.sampled_from(["asserted"] * 9 + ["planned"])),
            revises=draw(st.sampled_from([None] * 9 + ["c01"])),
        )
        for number in range(count)
    ]
    retracted = draw(st.sets(st.integers(0, count), max_size=3))
    taken = [taken_back(f"c{number:02}", event_id=f"r{number}") for number in sorted(retracted)]
    in_some_order: list[bytes] = draw(st.permutations(lines + taken))
    return in_some_order


def said(lines: list[bytes], *, whole_count_max: int, batch_count: int) -> Any:
    """What the ledger says, and what decisions tell of every claim, number and test at the end."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(subjects, "WHOLE_COUNT_MAX", whole_count_max)
        return without_arrival(models(lines, batch_count=batch_count))


@given(much_the_same(), st.integers(1, 8), st.integers(0, 10))
def test_witnesses_alone_give_what_all_claims_give(
    lines: list[bytes], batch_count: int, whole_count_max: int
) -> None:
    whole = said(lines, whole_count_max=10_000, batch_count=10_000)

    assert said(lines, whole_count_max=whole_count_max, batch_count=batch_count) == whole


def test_a_group_that_one_of_many_reports_tells_in_time_came_back() -> None:
    lines = [
        reported(
            f"c{number}",
            value=20,
            category="marines",
            claimant=OUTLET,
            time=f"2024-03-0{number + 1}T10:00:00Z",
            published_at=published_at,
        )
        for number, published_at in enumerate(["2024-02-20", "2024-01-05", "2024-02-20"])
    ]
    whole = said(lines, whole_count_max=10_000, batch_count=10_000)

    assert [one["status"] for one in whole["exchanges"]] == ["completed"]
    assert said(lines, whole_count_max=0, batch_count=1) == whole


@given(reports(), st.integers(1, 3))
def test_small_batches_with_witnesses_give_what_one_batch_gives(
    lines: list[bytes], batch_count: int
) -> None:
    whole = said(lines, whole_count_max=10_000, batch_count=10_000)

    assert said(lines, whole_count_max=0, batch_count=batch_count) == whole


def test_a_large_exchange_that_was_kept_in_a_snapshot_goes_on_as_one_that_was_not() -> None:
    # Given one speaker with three hundred different numbers, each said twice.
    lines = [reported(f"c{number:03}", value=number % 300 + 1) for number in range(600)]
    log = replay(lines, ledger=LEDGER).log.bodies()
    recorded = [body for body in log if b'"claim.recorded"' in body]
    book = Book(LEDGER)

    # When the book is kept halfway and comes back.
    take_and_decide(book, recorded[:500])
    kept = pickle.loads(pickle.dumps(book))

    # Then both decide the same of what follows.
    going_on = take_and_decide(book, recorded[500:])
    assert going_on
    assert take_and_decide(kept, recorded[500:]) == going_on


def take_and_decide(book: Book, bodies: list[bytes]) -> list[tuple[str, object]]:
    after = book.position
    for body in bodies:
        book.take(body)
    decided = book.decide(after=after)
    for number, decision in enumerate(decided, start=book.position + 1):
        book.confirm(decision, number)
    return [(decision.subject, decision.data) for decision in decided]
