"""What holds for every history of events, sensible or not."""

import pickle
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import Decision, FigureReconciled
from schemas.events import Recorded
from schemas.views import Check, Exchange, Figure, ReadModels
from services.ledgers import load_ledger
from services.projection import support_index
from services.projection.encoding import FORM, unpack
from services.projection.fold import ReadModel
from services.projection.rows import TABLES, ClaimRow, Row, Rows, Table, TotalRow
from services.projection.tables.figures import ChangedFigure
from tests.builders import (
    LEDGER,
    assigned,
    assignment,
    check_evaluated,
    check_withdrawn,
    exchange_forgotten,
    exchange_identified,
    figure_reconciled,
    figure_withdrawn,
    recorded_claim,
    recorded_retraction,
    total_reconciled,
    total_withdrawn,
)


Event = Recorded | Decision
SHAPES: dict[Table, type[Row]] = {
    "exchanges": Exchange,
    "figures": Figure,
    "totals": TotalRow,
    "checks": Check,
    "claims": ClaimRow,
}
EXCHANGES = ("2024-01-03", "2024-01-31")
FIGURES = tuple(
    f"{exchange}:returned:{side}:{category}"
    for exchange in EXCHANGES
    for side in ("UA", "RU")
    for category in ("all", "military")
)

numbers = st.integers(0, 4)
claims = st.integers(0, 9)
figures = st.sampled_from(FIGURES)
exchanges = st.sampled_from(EXCHANGES)


class Intervals(NamedTuple):
    low: int | None
    high: int | None


intervals = st.one_of(
    st.just(Intervals(None, None)),
    st.builds(lambda low: Intervals(low, None), numbers),
    st.builds(lambda low, width: Intervals(low, low + width), numbers, st.integers(0, 2)),
)
standings = st.fixed_dictionaries(
    {
        "exchange": st.none() | exchanges,
        "figure": st.none() | figures,
        "voice": st.sampled_from("ab"),
        "camp": st.sampled_from("UR"),
        "interval": intervals,
        "state": st.sampled_from(("active", "superseded", "derived")),
        "reason": st.sampled_from((None, "later_count")),
    }
)
results = st.fixed_dictionaries(
    {
        "best": st.none() | numbers,
        "status": st.sampled_from(("single_source", "approximate", "computed")),
        "basis": st.sets(figures, max_size=2).map(lambda chosen: tuple(sorted(chosen))),
    }
)
#: Steps of a history; claims are named by number, counted round among those there are.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.sampled_from("xyz")),
        st.tuples(st.just("assign"), st.lists(st.tuples(claims, standings), max_size=3)),
        st.tuples(st.just("figure"), figures, st.none() | results),
        st.tuples(st.just("exchange"), exchanges, st.booleans()),
        st.tuples(st.just("check"), st.sampled_from("pq"), claims, st.none() | numbers),
        st.tuples(st.just("total"), exchanges, st.lists(claims, max_size=2), st.none() | numbers),
        st.tuples(st.just("retract")),
    ),
    max_size=30,
)


def events_of(history) -> list[Event]:
    events: list[Event] = []
    recorded: list[int] = []
    for position, (kind, *told) in enumerate(history, start=1):
        event = BUILD[kind](position, recorded, *told)
        events.append(event)
        if kind == "claim":
            recorded.append(position)
    return events


def claim_at(recorded: list[int], number: int) -> int:
    return recorded[number % len(recorded)]


def build_assignments(position: int, recorded: list[int], told) -> Event:
    chosen = {claim_at(recorded, claim): standing for claim, standing in told if recorded}
    return assigned(
        position,
        *(
            assignment(
                claim,
                **{name: value for name, value in standing.items() if name != "interval"},
                low=standing["interval"].low,
                high=standing["interval"].high,
            )
            for claim, standing in chosen.items()
        ),
    )


def build_check(position: int, recorded: list[int], check: str, claim: int, got) -> Event:
    if got is None or not recorded:
        return check_withdrawn(position, check)
    return check_evaluated(position, check, claim=claim_at(recorded, claim), got=got)


def build_total(position: int, recorded: list[int], day: str, told: list[int], exactly) -> Event:
    if exactly is None or not recorded:
        return total_withdrawn(position, day)
    named = tuple(sorted({claim_at(recorded, claim) for claim in told}))
    return total_reconciled(position, day, claims=named, exactly=exactly)


BUILD: dict[str, Callable[..., Event]] = {
    "claim": lambda position, _, name: recorded_claim(
        position, claim_id=name, source=f"urn:{position}"
    ),
    "assign": build_assignments,
    "figure": lambda position, _, figure, result: (
        figure_withdrawn(position, figure)
        if result is None
        else figure_reconciled(position, figure, **result)
    ),
    "exchange": lambda position, _, exchange, is_known: (
        exchange_identified(position, exchange)
        if is_known
        else exchange_forgotten(position, exchange)
    ),
    "check": build_check,
    "total": build_total,
    "retract": lambda position, _: recorded_retraction(position, retracted="x"),
}
histories = steps.map(events_of)


def folded(events: list[Event]) -> ReadModel:
    model = ReadModel(LEDGER)
    for event in events:
        model.fold(event)
    return model


@given(histories)
def test_folding_twice_changes_nothing(events):
    model = folded(events)
    before = model.rows()
    model.take_changes()

    for event in events:
        model.fold(event)

    assert model.rows() == before
    assert all(not rows for rows in model.take_changes().rows.values())


@given(histories, st.sets(st.integers(0, 30)))
def test_where_batches_end_changes_no_row(events, ends):
    in_pieces = ReadModel(LEDGER)
    for event in events:
        in_pieces.fold(event)
        if event.position in ends:
            in_pieces.take_changes()

    assert in_pieces.rows() == folded(events).rows()


#: Histories of a single figure: claims come, some under an id that another publisher used, stand there or
#: elsewhere, and its value changes or only says so again.
of_one_figure = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.sampled_from("xyz")),
        st.tuples(
            st.just("assign"),
            st.lists(
                st.tuples(
                    claims,
                    st.builds(
                        lambda standing, figure: standing | {"figure": figure},
                        standings,
                        st.sampled_from((FIGURES[0], FIGURES[0], FIGURES[0], FIGURES[1])),
                    ),
                ),
                min_size=1,
                max_size=4,
            ),
        ),
        st.tuples(st.just("figure"), st.just(FIGURES[0]), results),
    ),
    min_size=4,
    max_size=25,
).map(lambda history: events_of([("claim", "w"), *history]))


@given(of_one_figure | histories, st.integers(0, 2))
def test_how_many_claims_are_many_changes_no_row(events, few):
    """What claims come to is kept where they are many, and worked out of all of them where few."""
    common, crowded = ReadModel(LEDGER), ReadModel(LEDGER)
    for event in events:
        common.fold(event)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(support_index, "FEW_MAX", few)
            crowded.fold(event)
        assert crowded.take_changes() == common.take_changes()

    assert crowded.rows() == common.rows()


@given(histories, st.sets(st.integers(0, 30)))
def test_the_changes_taken_add_up_to_the_rows(events, ends):
    model = ReadModel(LEDGER)
    written: dict[Table, dict[str, bytes | None]] = {table: {} for table in TABLES}
    feed: list[ChangedFigure] = []
    for event in [*events, recorded_retraction(len(events) + 1, retracted="x")]:
        model.fold(event)
        if event.position in ends or event.position > len(events):
            changes = model.take_changes()
            for table, rows in changes.rows.items():
                written[table].update(rows)
            feed += changes.figures

    kept = model.rows()
    assert {figure.id for figure in feed} == written["figures"].keys()
    for table, shape in SHAPES.items():
        stored = [
            row
            for key, packed in written[table].items()
            if packed
            for row in unpack(table, key, packed, ledger=LEDGER, form=FORM)
        ]
        assert sorted(stored, key=repr) == sorted(getattr(kept, table), key=repr)
        assert all(isinstance(row, shape) for row in stored)
    told = {figure.id: figure.row for figure in feed}
    assert {row and Figure.model_validate_json(row) for row in told.values()} - {None} == {
        *kept.figures
    }


@given(histories, st.integers(0, 30))
def test_forgetting_changes_leaves_the_rows_and_what_changes_next(events, end):
    forgetful, other = folded(events[:end]), folded(events[:end])
    forgetful.discard_changes()
    other.take_changes()
    assert not any(forgetful.take_changes().rows.values())

    for event in events[end:]:
        forgetful.fold(event)
        other.fold(event)

    assert forgetful.take_changes() == other.take_changes()
    assert forgetful.rows() == other.rows()


@given(histories, st.integers(0, 30))
def test_a_model_out_of_a_snapshot_goes_on_as_the_one_it_was_taken_of(events, end):
    before = folded(events[:end])
    after = pickle.loads(pickle.dumps(before))
    assert after.rows() == before.rows()
    before.take_changes()
    after.take_changes()

    for event in events[end:]:
        before.fold(event)
        after.fold(event)

    assert after.take_changes() == before.take_changes()
    assert after.rows() == before.rows()


@given(histories)
def test_a_row_that_says_the_same_keeps_its_position(events):
    model = ReadModel(LEDGER)
    before: dict[tuple[str, str], tuple[int, str]] = {}
    # A figure worked out from others may move although the same claims are found behind it again.
    worked_out = {
        event.data.figure
        for event in events
        if isinstance(event, FigureReconciled) and event.data.new and event.data.new.basis
    }
    for event in events:
        model.fold(event)
        rows = model.rows()
        shown: list[Exchange | Figure | Check] = [*rows.exchanges, *rows.figures, *rows.checks]
        after = {
            (row.__class__.__name__, row.id): (
                row.position,
                row.model_dump_json(exclude={"position", "as_known_on"}),
            )
            for row in shown
            if row.id not in worked_out
        }
        for key in after.keys() & before.keys():
            assert (after[key][0] == before[key][0]) == (after[key][1] == before[key][1])
        before = after


@given(histories)
def test_every_row_names_only_claims_that_exist(events):
    rows = folded(events).rows()
    refs = {standing.ref for standing in rows.claims}

    assert len(refs) == len(rows.claims)
    for figure in rows.figures:
        named = figure.claims
        excluded = {excluded.claim for excluded in named.excluded}
        assert {
            *named.best,
            *named.agreeing,
            *named.disagreeing,
            *named.explained,
        } | excluded <= refs
    assert {check.claim for check in rows.checks} <= refs
    assert {claim for total in rows.totals for claim in total.claims} <= refs


@given(histories)
def test_every_claim_at_a_figure_is_named_there_once(events):
    rows = folded(events).rows()
    for figure in rows.figures:
        named = figure.claims
        lists = [
            *named.best,
            *named.agreeing,
            *named.disagreeing,
            *named.explained,
            *(excluded.claim for excluded in named.excluded),
        ]
        at_figure = {
            standing.ref
            for standing in rows.claims
            if standing.assignment and standing.assignment.figure == figure.id
        }
        assert len(lists) == len(set(lists))
        assert at_figure <= set(lists)


@given(histories)
def test_every_row_survives_json_and_back(events):
    model = folded(events)
    recorded = {event.position: event for event in events if event.type == "claim.recorded"}

    read_models = model.read_models(load_ledger(LEDGER), recorded.__getitem__)

    assert ReadModels.model_validate_json(read_models.model_dump_json()) == read_models
    rows = model.rows()
    stored: list[Row] = [*rows.exchanges, *rows.figures, *rows.totals, *rows.checks, *rows.claims]
    for row in stored:
        assert type(row).model_validate_json(row.model_dump_json()) == row


@given(histories)
def test_rows_come_in_order(events):
    rows: Rows = folded(events).rows()

    assert [row.id for row in rows.figures] == sorted(row.id for row in rows.figures)
    assert [row.id for row in rows.exchanges] == sorted(row.id for row in rows.exchanges)
    assert [row.ref for row in rows.claims] == sorted(row.ref for row in rows.claims)
