"""What must hold for every set of reports: reconciliation.md §8, over generated claims.

The claims cover all bounds, nested categories, several speakers and camps, plans and denials,
corrections, retractions, totals and claims without a date.
"""

import json
import random
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.events import EVENTS, ClaimRecorded, ClaimRetracted
from schemas.views import ReadModels
from services.projection.fold import ReadModel
from services.queries.replay import replay
from tests.builders import SOURCE, reported, taken_back
from tests.normal import without_arrival
from tests.reconciliation.given import (
    HEADQUARTERS,
    LEDGER,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
)


DAYS = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-31"]
CATEGORIES = ["all", "military", "civilian", "national guard", "navy", "women", "unspecified"]
BOUNDS = ["at_least", "more_than", "at_most", "less_than", "about", "nearly", "vague"]
SPEAKERS = [OMBUDSMAN, HEADQUARTERS, PRESIDENT, MINISTRY, MEDIATOR, OUTLET]


def _contexts() -> list[dict[str, Any]]:
    """Where and when a claim is made: drawn as one, because drawing is what costs time here."""
    chosen = random.Random(2024)
    contexts = []
    for _ in range(400):
        day = chosen.choice(DAYS)
        contexts.append(
            {
                "time": chosen.choice([f"{day}T12:00:00Z", f"{day}T18:00:00Z", None]),
                "exchange": {
                    "date": chosen.choice([*DAYS, *DAYS, None, None, None]),
                    "ordinal": chosen.choice([None, None, 49, 50]),
                },
                "period": {"since": "2022-02-24", "as_of": day},
                "published_at": chosen.choice([day, None]),
                "url": chosen.choice([None, "https://example.org/1", "https://example.org/2"]),
                "claimant": chosen.choice(SPEAKERS),
                "reported_by": chosen.choice(["One", "Two", "Three"]),
            }
        )
    return contexts


def _subjects() -> list[dict[str, Any]]:
    """What a claim counts, likewise drawn as one."""
    of_both = ("exchanged_total", "exchange_ordinal")
    measures = ["returned"] * 5 + ["breakdown", *of_both, "cumulative_returned", "held"]
    return [
        {"measure": measure, "side": side, "category": category, "modality": modality}
        for measure in measures
        for side in (("both",) if measure in of_both else ("UA", "RU"))
        for category in CATEGORIES
        for modality in ["asserted"] * 6 + ["planned", "denied"]
    ]


def _quantities() -> list[dict[str, Any]]:
    numbers = [1, 2, 3, 5, 10, 19, 20, 21, 24, 25]
    return [
        *({"bound": "exact", "value": value} for value in [*numbers, *numbers, *numbers]),
        *({"bound": bound, "value": value} for bound in BOUNDS for value in numbers),
        *(
            {"bound": "range", "low": low, "high": low + wide}
            for low in (0, 5, 19)
            for wide in (0, 4)
        ),
        {"bound": "undisclosed"},
    ]


# Strategies are made once: making one costs as much as many draws from it.
A_CONTEXT = st.integers(0, 399).map(_contexts().__getitem__)
A_SUBJECT = st.integers(0, len(_subjects()) - 1).map(_subjects().__getitem__)
A_QUANTITY = st.integers(0, len(_quantities()) - 1).map(_quantities().__getitem__)
REVISES = st.integers(0, 6)
COUNTS = st.integers(1, 14)


@st.composite
def claims(draw: Any, number: int) -> bytes:
    return reported(
        f"c{number}",
        quantity=draw(A_QUANTITY),
        revises=None if draw(REVISES) else f"c{number - 1}",
        **draw(A_SUBJECT),
        **draw(A_CONTEXT),
    )


#: One strategy for each claim of a ledger.
CLAIMS = [claims(number) for number in range(14)]
RETRACTED = st.sets(st.integers(0, 14), max_size=2)


@st.composite
def reports(draw: Any) -> list[bytes]:
    lines = [draw(claim) for claim in CLAIMS[: draw(COUNTS)]]
    retracted = sorted(draw(RETRACTED))
    return lines + [taken_back(f"c{number}", event_id=f"r{number}") for number in retracted]


def models(lines: list[bytes], **how: Any) -> ReadModels:
    replayed = replay(lines, ledger=LEDGER, **how)
    assert not replayed.rejections, replayed.rejections
    return replayed.read_models


def own_figures(found: ReadModels, exchange: str) -> list[Any]:
    return [
        (figure.id, figure.low, figure.best, figure.high, figure.status)
        for figure in found.figures
        if figure.exchange == exchange
    ]


@given(st.data())
def test_the_order_of_arrival_changes_nothing(data: st.DataObject) -> None:
    lines = data.draw(reports())
    shuffled = data.draw(st.permutations(lines))

    assert without_arrival(models(shuffled)) == without_arrival(models(lines))


@given(reports(), st.integers(1, 5))
def test_the_size_of_batches_changes_nothing(lines: list[bytes], batch_count: int) -> None:
    in_batches = models(lines, batch_count=batch_count)

    assert without_arrival(in_batches) == without_arrival(models(lines))


@given(reports())
def test_the_same_reports_again_change_nothing(lines: list[bytes]) -> None:
    assert models(lines + lines) == models(lines)


@given(reports(), st.sampled_from([None, "c0", "c1"]))
def test_a_retracted_report_leaves_the_figures_as_they_were(
    lines: list[bytes], corrected: str | None
) -> None:
    added = reported("added", value=19, revises=corrected)
    gone = taken_back("added", event_id="gone")

    before, after = models(lines), models([*lines, added, gone])

    def numbers(found: ReadModels) -> list[Any]:
        return [
            (figure.id, figure.low, figure.best, figure.high, figure.status)
            for figure in found.figures
        ]

    assert numbers(after) == numbers(before)


@given(reports())
def test_another_outlet_with_the_same_quote_changes_the_carriers_only(lines: list[bytes]) -> None:
    quote = reported("quote", value=21, reported_by="One")
    copy = reported("copy", value=21, reported_by="One")

    before, after = models([*lines, quote]), models([*lines, quote, copy])

    def seen(found: ReadModels) -> list[Any]:
        return [
            (figure.id, figure.low, figure.best, figure.high, figure.status, figure.voices)
            for figure in found.figures
        ]

    assert seen(after) == seen(before)


@given(reports())
def test_what_is_said_of_one_exchange_changes_no_other(lines: list[bytes]) -> None:
    dated = [line for line in lines if json.loads(line)["data"].get("exchange", {}).get("date")]
    added = reported("added", value=7, exchange={"date": "2024-01-31"}, published_at="2024-01-31")

    before, after = models(dated), models([*dated, added])

    for exchange in ("2024-01-02", "2024-01-03"):
        assert own_figures(after, exchange) == own_figures(before, exchange)


@given(reports())
@example([reported("c0", quantity={"bound": "at_most", "value": 3})])
@example([reported("c0", quantity={"bound": "less_than", "value": 1})])
def test_the_best_number_lies_in_its_range_and_every_refusal_has_a_reason(
    lines: list[bytes],
) -> None:
    found = models(lines)

    for figure in found.figures:
        assert figure.low >= 0
        assert figure.high is None or figure.low <= figure.high
        if figure.best is not None:
            assert figure.low <= figure.best
            assert figure.high is None or figure.best <= figure.high
        assert all(excluded.reason for excluded in figure.claims.excluded)
    for claim in found.claims:
        assert claim.state == "active" or claim.reason
    for point in found.cumulative:
        assert point.high is None or point.low <= point.high


@given(reports())
def test_every_figure_and_check_names_claims_that_exist(lines: list[bytes]) -> None:
    found = models(lines)
    refs = {claim.ref for claim in found.claims}

    for figure in found.figures:
        lists = figure.claims
        excluded = {known.claim for known in lists.excluded}
        named = {*lists.best, *lists.agreeing, *lists.disagreeing, *lists.explained, *excluded}
        assert named, f"{figure.id} stands on no claim"
        assert named <= refs
    assert {check.claim for check in found.checks} <= refs


@given(reports())
def test_a_replay_of_the_exported_log_gives_the_same_read_models(lines: list[bytes]) -> None:
    first = replay(lines, ledger=LEDGER)
    exported = [entry.body for entry in first.log._entries]

    again = replay(exported, ledger=LEDGER)

    assert without_arrival(again.read_models) == without_arrival(first.read_models)


@given(reports(), st.integers(0, 16))
def test_what_was_known_at_a_time_is_what_the_ledger_said_then(
    lines: list[bytes], count: int
) -> None:
    entries = replay(lines, ledger=LEDGER, batch_count=1).log._entries
    events = [EVENTS.validate_json(entry.body) for entry in entries]
    facts = [
        event.position for event in events if isinstance(event, ClaimRecorded | ClaimRetracted)
    ]
    model = ReadModel(LEDGER.name)
    for event in events:
        if count >= len(facts) or event.position < facts[count]:
            model.fold(event)
    claims = {event.position: event for event in events if isinstance(event, ClaimRecorded)}

    then = model.read_models(LEDGER, claims.__getitem__)

    assert without_arrival(then) == without_arrival(models(lines[:count]))


@given(reports())
def test_soldiers_and_civilians_make_the_whole_that_is_computed_of_them(lines: list[bytes]) -> None:
    found = {figure.id: figure for figure in models(lines).figures}

    for figure in found.values():
        if figure.category != "all" or figure.status != "computed" or figure.measure != "returned":
            continue
        parts = [
            found.get(f"{figure.exchange}:returned:{figure.side}:{part}")
            for part in ("military", "civilian")
        ]
        if all(part is not None and part.best for part in parts):
            assert figure.best is not None
            assert figure.best >= sum(part.best or 0 for part in parts if part is not None)


def test_the_generated_reports_have_one_source() -> None:
    assert json.loads(reported("c1"))["source"] == SOURCE
