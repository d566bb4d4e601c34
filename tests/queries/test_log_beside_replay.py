"""Whether a replay of an exported log gives what the log holds, also in positions, and why not."""

import json

from services.queries.log_beside_replay import LogBesideReplay, log_beside_replay
from services.queries.replay import replay
from tests.reconciliation.given import LEDGER, MEDIATOR, said


CLAIMS = (said("a", 230), said("b", 200, claimant=MEDIATOR))


def beside(lines: list[bytes]) -> LogBesideReplay | None:
    return log_beside_replay(lines, replay(lines, ledger=LEDGER), LEDGER)


def log_of(batch_count: int) -> list[bytes]:
    return list(replay(CLAIMS, ledger=LEDGER, batch_count=batch_count).log.bodies())


def test_a_log_that_was_decided_in_the_same_batches_is_equal_also_in_positions():
    for batch_count in (1, 1_000):
        found = beside(log_of(batch_count))

        assert found is not None
        assert (found.moved_count, found.differing) == (0, ())
        assert found.in_words == "the log's own decisions give the same rows at the same positions"


def test_decisions_that_came_after_more_was_recorded_stand_at_other_positions():
    # Ingest was ahead: the second claim stands before the decisions on the first.
    events = [json.loads(body) for body in log_of(1)]
    facts = [event for event in events if event["type"] == "claim.recorded"]
    decisions = [event for event in events if event["type"] != "claim.recorded"]
    places = {event["position"]: number for number, event in enumerate(facts, start=1)}
    for event in decisions:
        for assigned in event["data"].get("assignments", ()):
            assigned["claim"] = places[assigned["claim"]]
    moved = [
        json.dumps({"position": number, **{key: event[key] for key in event if key != "position"}})
        .encode()
        .replace(b'"position": ', b'"position":')
        for number, event in enumerate((*facts, *decisions), start=1)
    ]
    found = beside(moved)

    assert found is not None
    assert found.moved_count > 0
    assert "other positions, because its workers decided in other batches" in found.in_words


def test_a_row_that_was_decided_otherwise_is_named_with_the_policy():
    now = f'"policy":"{LEDGER.policy}"'.encode()
    found = beside([body.replace(now, b'"policy":"2022.9"') for body in log_of(1)])

    assert found is not None
    assert "figures 2024-01-03:returned:UA:all" in found.differing
    assert (
        f"it was decided under policy 2022.9, this replay under {LEDGER.policy}" in found.in_words
    )


def test_a_file_of_claims_or_a_part_of_a_log_is_compared_with_nothing():
    assert beside(list(CLAIMS)) is None
    assert beside(log_of(1)[1:]) is None
    assert beside([]) is None
