"""Decisions about one subject fill as few events as they fit into, and lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import (
    Assignment,
    CheckResultDetail,
    Decisions,
    FigureChange,
    IdentifiedExchange,
    ReconciledTotal,
)
from schemas.vocabulary import exchange_day
from services.reconciliation.engine.sealing import PARTS_MAX, cut


DAY = "2024-01-03"
counts = st.one_of(st.integers(0, 3), st.integers(0, 3 * PARTS_MAX))


def assigned(claim: int) -> Assignment:
    return Assignment(claim=claim, voice="a", camp="UA", tier=1, state="active")


def check(number: int) -> CheckResultDetail:
    return CheckResultDetail(id=f"{number}", kind="sum", claim=1, tolerance=0, result="pass")


def total(number: int) -> ReconciledTotal:
    return ReconciledTotal(side="UA", category=f"{number}", as_of=exchange_day(DAY))


@given(st.tuples(counts, counts, counts, counts, counts), st.booleans(), st.booleans())
def test_parts_are_the_whole_in_order(numbers, found, forgotten):
    claims, figures, checks, gone, totals = numbers
    identified = IdentifiedExchange(DAY, exchange_day(DAY), "completed")
    whole = Decisions(
        exchange=DAY,
        identified=identified if found else None,
        assignments=tuple(map(assigned, range(claims))),
        figures=tuple(FigureChange(f"{DAY}:returned:UA:{number}") for number in range(figures)),
        checks=tuple(map(check, range(checks))),
        withdrawn=tuple(map(str, range(gone))),
        totals=tuple(map(total, range(totals))),
        forgotten=DAY if forgotten else None,
    )

    parts = list(cut(whole))

    for kind in ("assignments", "figures", "checks", "withdrawn", "totals"):
        cuts = [getattr(part, kind) for part in parts]
        assert all(len(found) <= PARTS_MAX for found in cuts)
        assert sum(cuts, ()) == getattr(whole, kind)
    assert all(part.exchange == DAY for part in parts)
    if parts:
        after = [None] * (len(parts) - 1)
        assert [part.identified for part in parts] == [whole.identified, *after]
        assert [part.forgotten for part in parts] == [*after, whole.forgotten]


@given(st.integers(1, 3 * PARTS_MAX), st.integers(1, 3 * PARTS_MAX))
def test_every_claim_is_assigned_before_a_figure_follows_from_it(claims, figures):
    whole = Decisions(
        exchange=DAY,
        assignments=tuple(map(assigned, range(claims))),
        figures=tuple(FigureChange(f"{DAY}:returned:UA:{number}") for number in range(figures)),
    )

    parts = list(cut(whole))

    first_figures = next(index for index, part in enumerate(parts) if part.figures)
    assert not any(part.assignments for part in parts[first_figures + 1 :])


def test_what_says_nothing_is_no_event():
    assert list(cut(Decisions(exchange=DAY))) == []
    assert list(cut(Decisions())) == []
