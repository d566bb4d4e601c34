"""What readers see after each event."""

import json
from typing import Any

import msgspec

from schemas.decisions import Decision, DecisionsMade
from schemas.events import EVENTS, Recorded
from schemas.views import ExcludedClaim, Figure
from schemas.vocabulary import exchange_day, figure_key
from services.ledgers import demo_claims, load_ledger
from services.projection.fold import ReadModel
from services.projection.tables.figures import ChangedFigure
from services.queries.replay import replay
from tests.builders import (
    EXCHANGE,
    FIGURE,
    LEDGER,
    assigned,
    assignment,
    check_evaluated,
    check_withdrawn,
    exchange_forgotten,
    exchange_identified,
    figure_reconciled,
    figure_withdrawn,
    judged,
    moment,
    recorded_claim,
    recorded_retraction,
    total_reconciled,
    total_withdrawn,
)
from tests.normal import without_arrival


MILITARY = "2024-01-03:returned:UA:military"
BOTH = "2024-01-03:exchanged_total:both:all"


def folded(*events: Recorded | Decision) -> ReadModel:
    model = ReadModel(LEDGER)
    for event in events:
        model.fold(event)
    return model


def figure_of(model: ReadModel, figure: str = FIGURE) -> Figure:
    [row] = [row for row in model.rows().figures if row.id == figure]
    return row


def test_a_figure_names_the_claim_that_gives_its_best_number():
    figure = figure_of(folded(recorded_claim(1), assigned(2, assignment(1)), figure_reconciled(3)))

    assert (figure.low, figure.best, figure.high) == (230, 230, 230)
    assert figure.claims.best == ("c1",)
    assert figure.claims.agreeing == figure.claims.disagreeing == ()
    assert (figure.voices, figure.camps) == (1, 1)
    assert (figure.position, figure.as_known_on) == (3, moment(3))


def test_every_claim_at_a_figure_is_named_where_it_belongs():
    figure = figure_of(
        folded(
            *(recorded_claim(position) for position in range(1, 9)),
            assigned(
                9,
                assignment(1),
                assignment(2, low=201, high=None),
                assignment(3, low=None, high=None),
                assignment(4, exactly=195, camp="RU"),
                assignment(5, exactly=224, reason="category-drift"),
                assignment(6, exactly=200, state="superseded", reason="restated-by-later"),
                assignment(7, state="retracted"),
                assignment(8, voice="voice-1"),
            ),
            figure_reconciled(10, low=195),
        )
    )

    assert figure.claims.best == ("c1", "c8")
    assert figure.claims.agreeing == ("c2", "c3")
    assert figure.claims.disagreeing == ("c4",)
    assert figure.claims.explained == ("c5",)
    assert figure.claims.excluded == (
        ExcludedClaim(claim="c6", reason="restated-by-later"),
        ExcludedClaim(claim="c7", reason="retracted"),
    )
    assert (figure.voices, figure.camps) == (4, 2)


def test_a_floor_gives_its_own_least_number():
    figure = figure_of(
        folded(
            recorded_claim(1),
            recorded_claim(2),
            assigned(3, assignment(1, low=201, high=None), assignment(2, low=100, high=None)),
            figure_reconciled(4, exactly=201, high=None, status="floor_only"),
        )
    )

    assert figure.claims.best == ("c1",)
    assert figure.claims.agreeing == ("c2",)


def test_about_gives_the_number_it_surrounds():
    figure = figure_of(
        folded(
            recorded_claim(1),
            recorded_claim(2),
            assigned(3, assignment(1, low=439, high=457), assignment(2, low=401, high=None)),
            figure_reconciled(4, low=439, best=448, high=457, status="approximate"),
        )
    )

    assert figure.claims.best == ("c1",)
    assert figure.claims.agreeing == ("c2",)


def test_without_a_best_number_claims_agree_that_reach_into_the_figure():
    figure = figure_of(
        folded(
            recorded_claim(1),
            recorded_claim(2),
            assigned(3, assignment(1, low=0, high=50), assignment(2, low=90, high=None)),
            figure_reconciled(4, low=0, best=None, high=50),
        )
    )

    assert figure.claims.best == ()
    assert figure.claims.agreeing == ("c1",)
    assert figure.claims.disagreeing == ("c2",)


def test_a_worked_out_figure_names_the_claims_of_those_it_was_worked_out_from():
    model = folded(
        recorded_claim(1),
        recorded_claim(2),
        assigned(3, assignment(1, figure=MILITARY), assignment(2, low=201, high=None)),
        figure_reconciled(4, MILITARY),
        figure_reconciled(5, FIGURE, high=None, status="floor_only", basis=(MILITARY,)),
        figure_reconciled(6, BOTH, status="computed", basis=(FIGURE,)),
    )

    assert figure_of(model).claims.best == ("c1",)
    assert figure_of(model).claims.agreeing == ("c2",)
    assert figure_of(model, BOTH).claims.best == ("c1",)


def test_another_claim_behind_a_basis_changes_the_worked_out_figures_too():
    model = folded(
        recorded_claim(1),
        recorded_claim(2),
        assigned(3, assignment(1, figure=MILITARY)),
        figure_reconciled(4, MILITARY),
        figure_reconciled(5, FIGURE, basis=(MILITARY,)),
        figure_reconciled(6, BOTH, basis=(FIGURE,)),
    )
    model.take_changes()

    model.fold(assigned(7, assignment(2, figure=MILITARY)))

    assert [change.id for change in model.take_changes().figures] == [BOTH, FIGURE, MILITARY]
    assert figure_of(model, BOTH).claims.best == ("c1", "c2")
    assert figure_of(model, BOTH).position == 7


def test_a_claim_behind_a_basis_that_does_not_give_its_best_leaves_the_worked_out_one_alone():
    model = folded(
        recorded_claim(1),
        recorded_claim(2),
        assigned(3, assignment(1, figure=MILITARY)),
        figure_reconciled(4, MILITARY),
        figure_reconciled(5, FIGURE, basis=(MILITARY,)),
        assigned(6, assignment(2, figure=MILITARY, low=100, high=None)),
    )

    assert figure_of(model, MILITARY).position == 6
    assert figure_of(model).position == 5


def test_a_figure_with_claims_of_its_own_does_not_follow_its_basis():
    model = folded(
        recorded_claim(1),
        recorded_claim(2),
        assigned(3, assignment(1)),
        figure_reconciled(4, MILITARY),
        figure_reconciled(5, FIGURE, basis=(MILITARY,)),
        assigned(6, assignment(2, figure=MILITARY)),
    )

    assert figure_of(model).claims.best == ("c1",)
    assert figure_of(model).position == 5


def test_figures_worked_out_from_each_other_end_somewhere():
    model = folded(
        recorded_claim(1),
        figure_reconciled(2, FIGURE, basis=(MILITARY,)),
        figure_reconciled(3, MILITARY, basis=(FIGURE,)),
        assigned(4, assignment(1, figure=BOTH)),
        figure_reconciled(5, BOTH),
    )

    assert figure_of(model).claims.best == figure_of(model, MILITARY).claims.best == ()


def test_saying_again_what_is_known_changes_nothing():
    model = folded(
        recorded_claim(1),
        exchange_identified(2),
        assigned(3, assignment(1)),
        figure_reconciled(4),
        check_evaluated(5),
        total_reconciled(6),
    )
    before = model.rows()
    model.take_changes()

    for event in (
        exchange_identified(7),
        assigned(8, assignment(1)),
        figure_reconciled(9),
        check_evaluated(10),
        total_reconciled(11),
        recorded_retraction(12, retracted="c1"),
    ):
        model.fold(event)

    changes = model.take_changes()
    assert all(rows == {} for rows in changes.rows.values())
    assert changes.figures == ()
    assert changes.position == 12
    assert model.rows() == before


def test_other_evidence_for_a_claim_changes_the_claim_alone():
    model = folded(
        recorded_claim(1), exchange_identified(2), assigned(3, assignment(1)), figure_reconciled(4)
    )
    model.take_changes()

    model.fold(assigned(5, assignment(1, evidence="published the day after")))

    changes = model.take_changes()
    assert {table: set(rows) for table, rows in changes.rows.items() if rows} == {"claims": {"0"}}


def test_an_event_already_folded_changes_nothing():
    model = folded(recorded_claim(1), assigned(2, assignment(1)), figure_reconciled(3))
    before = model.rows()

    model.fold(figure_withdrawn(3))
    model.fold(assigned(2, assignment(1, state="excluded")))

    assert model.rows() == before
    assert model.position == 3


def test_a_figure_taken_away_is_gone_and_announced():
    model = folded(recorded_claim(1), assigned(2, assignment(1)), figure_reconciled(3))
    model.take_changes()

    model.fold(figure_withdrawn(4))

    changes = model.take_changes()
    assert changes.rows["figures"] == {FIGURE: None}
    assert changes.figures == (ChangedFigure(FIGURE, 4, None),)
    assert model.rows().figures == ()


def test_rows_that_came_and_went_are_taken_out_since_another_process_may_have_stored_them():
    changes = folded(
        recorded_claim(1),
        exchange_identified(2),
        check_evaluated(3),
        total_reconciled(4),
        check_withdrawn(5),
        total_withdrawn(6),
        exchange_forgotten(7),
    ).take_changes()

    gone = {table: [*rows.values()] for table, rows in changes.rows.items() if table != "claims"}
    assert gone == {"exchanges": [None], "figures": [], "totals": [None], "checks": [None]}


def test_a_figure_that_came_and_went_is_announced_since_another_process_may_have_shown_it():
    changes = folded(figure_reconciled(1), figure_withdrawn(2)).take_changes()

    assert changes.rows["figures"] == {FIGURE: None}
    assert changes.figures == (ChangedFigure(FIGURE, 2, None),)


def test_changed_figures_come_in_the_order_they_were_changed():
    changes = folded(
        figure_reconciled(1, BOTH), figure_reconciled(2, FIGURE), figure_reconciled(3, BOTH, low=1)
    ).take_changes()

    assert [(change.id, change.position) for change in changes.figures] == [(FIGURE, 2), (BOTH, 3)]


def test_a_second_publisher_of_an_id_qualifies_both_claims_everywhere():
    model = folded(
        recorded_claim(1, claim_id="x", source="urn:a"),
        assigned(2, assignment(1)),
        figure_reconciled(3),
        figure_reconciled(4, BOTH, basis=(FIGURE,)),
        check_evaluated(5),
        total_reconciled(6),
        recorded_claim(7, claim_id="x", source="urn:b"),
    )

    rows = model.rows()
    assert [standing.ref for standing in rows.claims] == ["x@urn:a", "x@urn:b"]
    assert [figure.claims.best for figure in rows.figures] == [("x@urn:a",)] * 2
    assert [figure.position for figure in rows.figures] == [7, 7]
    assert rows.checks[0].claim == "x@urn:a"
    assert rows.totals[0].claims == ("x@urn:a",)


def test_an_exchange_counts_its_claims_and_lists_its_figures():
    model = folded(
        recorded_claim(1),
        recorded_claim(2),
        recorded_claim(3),
        assigned(4, assignment(1), assignment(2, figure=MILITARY), assignment(3, exchange=None)),
        exchange_identified(5, mediators=("AE",)),
        figure_reconciled(6, MILITARY),
        figure_reconciled(7),
        assigned(8, assignment(2, exchange="2024-01-31", figure=None)),
    )

    [exchange] = model.rows().exchanges
    assert exchange.mediators == ("AE",)
    assert exchange.claim_count == 1
    assert exchange.figures == (FIGURE, MILITARY)
    assert exchange.position == 8


def test_a_forgotten_exchange_is_gone():
    model = folded(exchange_identified(1), exchange_identified(2, "2024-01-31"))
    model.take_changes()

    model.fold(exchange_forgotten(3, "2024-01-31"))

    assert model.take_changes().rows["exchanges"] == {"2024-01-31": None}
    assert [exchange.id for exchange in model.rows().exchanges] == [EXCHANGE]


def test_a_check_names_its_claim_and_can_be_taken_away():
    model = folded(recorded_claim(1), check_evaluated(2, got=448, diff=-30, result="fail"))

    [check] = model.rows().checks
    assert (check.claim, check.got, check.diff, check.result, check.position) == (
        "c1",
        448,
        -30,
        "fail",
        2,
    )
    model.fold(check_withdrawn(3))
    assert model.rows().checks == ()


def test_a_published_total_names_its_claims_and_can_be_taken_away():
    model = folded(recorded_claim(1), recorded_claim(2), total_reconciled(3, claims=(2, 1)))

    [total] = model.rows().totals
    assert (total.best, total.claims, total.position) == (2828, ("c1", "c2"), 3)
    model.fold(total_withdrawn(4))
    assert model.rows().totals == ()


def test_a_claim_not_read_yet_is_active_and_means_no_exchange():
    recorded = recorded_claim(1)

    [view] = folded(recorded).read_models(load_ledger(LEDGER), {1: recorded}.__getitem__).claims

    assert (view.state, view.exchange, view.figure, view.voice, view.tier) == (
        "active",
        None,
        None,
        None,
        None,
    )
    assert view.wording == "230 of our people"
    assert view.quantity is not None
    assert view.quantity.value == 230


def test_a_claim_shows_where_it_stands_beside_what_it_said():
    recorded = recorded_claim(1, exchange={"date": "2024-01-04"})
    model = folded(recorded, assigned(2, assignment(1, state="superseded", reason="correction")))

    [view] = model.read_models(load_ledger(LEDGER), {1: recorded}.__getitem__).claims

    assert (view.state, view.reason, view.exchange) == ("superseded", "correction", EXCHANGE)
    assert str(view.stated_exchange.date) == "2024-01-04"
    assert view.recorded_at == moment(1)


def test_a_retraction_is_no_claim():
    assert folded(recorded_retraction(1, retracted="c9")).rows().claims == ()


def test_the_inputs_hash_changes_with_any_claim_at_the_figure_and_returns_with_it():
    model = folded(recorded_claim(1), assigned(2, assignment(1)), figure_reconciled(3))
    first = figure_of(model).inputs_hash

    model.fold(assigned(4, assignment(1, state="retracted")))
    second = figure_of(model).inputs_hash
    model.fold(assigned(5, assignment(1)))

    assert first.startswith("sha256:")
    assert second != first
    assert figure_of(model).inputs_hash == first


def spread(value: Any) -> Any:
    """Put a log's positions a thousand apart, wherever it names them."""
    if isinstance(value, list):
        return [spread(part) for part in value]
    if not isinstance(value, dict):
        return value
    moved = {name: spread(part) for name, part in value.items()}
    for name in ("position", "claim"):
        if isinstance(value.get(name), int):
            moved[name] = 1_000 * value[name]
    if value.get("claims") and isinstance(value["claims"][0], int):
        moved["claims"] = [1_000 * position for position in value["claims"]]
    return moved


_HEAD = ("id", "source", "subject", "recorded_at", "causationid", "correlationid")


def told_apart(made: DecisionsMade) -> list[Decision | Recorded]:
    """Say the same in one event for each part, as earlier versions did."""
    data = made.data
    parts: list[tuple[str, Any]] = []
    if data.identified:
        parts.append(("exchange.identified", msgspec.structs.asdict(data.identified)))
    if data.assignments:
        assignments = [
            msgspec.structs.asdict(assignment) | {"exchange": data.exchange}
            for assignment in data.assignments
        ]
        parts.append(("claims.assigned", {"exchange": data.exchange, "assignments": assignments}))
    for change in data.figures:
        key = figure_key(change.figure)
        about = {
            "exchange": key.exchange,
            "date": exchange_day(key.exchange) if key.exchange else key.day,
            "measure": key.measure,
            "side": key.side,
            "category": key.category,
            "policy": data.policy,
        }
        parts.append(("figure.reconciled", about | msgspec.structs.asdict(change)))
    parts += [("check.evaluated", {"id": check.id, "check": check}) for check in data.checks]
    parts += [("check.evaluated", {"id": check}) for check in data.withdrawn]
    parts += [("total.reconciled", msgspec.structs.asdict(total)) for total in data.totals]
    if data.forgotten:
        parts.append(("exchange.forgotten", {"exchange": data.forgotten}))
    head = {name: getattr(made, name) for name in _HEAD}
    return [
        EVENTS.validate_python(
            head | {"position": made.position - 999 + number, "type": kind, "data": part}
        )
        for number, (kind, part) in enumerate(parts)
    ]


def test_decisions_in_one_event_say_what_they_say_one_by_one():
    # In small batches checks and totals are taken back too; a judgement forgets an exchange.
    merged = judged("merge", exchange="2022-06-29", into="2022-06-28")
    lines = [*demo_claims(LEDGER).splitlines()[:300], merged]
    bodies = replay(lines, ledger=load_ledger(LEDGER), batch_count=5).log.bodies()
    together, apart = ReadModel(LEDGER), ReadModel(LEDGER)
    kinds = set()
    for body in bodies:
        event = EVENTS.validate_python(spread(json.loads(body)))
        together.fold(event)
        for part in told_apart(event) if isinstance(event, DecisionsMade) else [event]:
            kinds.add(part.type)
            apart.fold(part)

    assert kinds >= {
        "claims.assigned", "figure.reconciled", "exchange.identified", "exchange.forgotten",
        "check.evaluated", "total.reconciled",
    }  # fmt: skip
    said = [
        without_arrival([row.model_dump(mode="json") for row in table])
        for table in (*together.rows(), *apart.rows())
    ]
    assert all(said)
    assert said[: len(said) // 2] == said[len(said) // 2 :]
