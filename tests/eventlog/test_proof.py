"""What a proof of the log finds: every way in which a log can be broken has its own fault."""

import json
import re
from datetime import UTC, datetime

import pytest

from schemas.claim import Claim, Claimant
from schemas.decisions import ForgottenExchange
from schemas.events import RecordedClaim
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import Entry
from services.eventlog.proof import Proof
from services.log_events.envelope import Origin, content_id, recorded_id, seal


AT = datetime(2024, 1, 3, tzinfo=UTC)
CLAIM = Claim(
    measure="superlative",
    category="all",
    claimant=Claimant(name="an outlet", party="media", role="outlet"),
)


@pytest.fixture
def bodies() -> list[bytes]:
    """A log of one claim and one decision."""
    cause = recorded_id(source="urn:test", id="1")
    log = MemoryEventLog()
    log.append_now(
        [
            seal(
                RecordedClaim(id="1", source="urn:test", claim=CLAIM),
                event_id=cause,
                ledger="rus-ukr",
                origin=Origin("ingest", AT, "5-0", "5-0"),
            ),
            seal(
                ForgottenExchange(exchange="2024-01-03"),
                event_id=content_id("decided", cause),
                ledger="rus-ukr",
                origin=Origin("reconciliation", AT, cause, "5-0"),
            ),
        ]
    )
    return [entry.body for entry in log._entries]


def faults_of(bodies: list[bytes], *, first: int = 1, ledger: str = "rus-ukr") -> list[str]:
    proof = Proof(ledger)
    for position, body in enumerate(bodies, first):
        proof.check(Entry(position, body))
    assert proof.count == first - 1 + len(bodies)
    # Every change shows in the chain as well, which has tests of its own.
    return [
        fault.text for fault in proof.faults if not re.search("chain value|history", fault.text)
    ]


def changed(body: bytes, **attributes: object) -> bytes:
    text = json.dumps(json.loads(body) | attributes, separators=(",", ":"))
    return text.encode()


def test_a_whole_log_has_no_faults(bodies):
    assert faults_of(bodies) == []


def test_a_gap_is_found(bodies):
    assert "expected position 1, found 2" in faults_of(bodies, first=2)


def test_an_event_that_names_another_position_is_found(bodies):
    assert "the event says position 9" in faults_of([changed(bodies[0], position=9)])


def test_an_event_of_another_ledger_is_found(bodies):
    assert "expected ledger other, found rus-ukr" in faults_of(bodies[:1], ledger="other")


def test_a_changed_publisher_no_longer_fits_the_id(bodies):
    data = json.loads(bodies[0])["data"] | {"source": "urn:else"}

    [fault] = faults_of([changed(bodies[0], data=data)])

    assert fault.startswith("expected id ")


def test_an_id_that_comes_twice_is_found(bodies):
    twice = changed(bodies[0], position=2)

    assert faults_of([bodies[0], twice]) == [
        f"id {json.loads(bodies[0])['id']} stands at position 1 already"
    ]


def test_a_decision_without_its_cause_is_found(bodies):
    [fault] = faults_of([changed(bodies[1], position=1)])

    assert fault.endswith("is no recorded event before it")


def test_a_decision_of_another_chain_is_found(bodies):
    assert faults_of([bodies[0], changed(bodies[1], correlationid="6-0")]) == [
        "expected correlation 5-0, found 6-0"
    ]


def test_what_is_no_event_is_found(bodies):
    [fault] = faults_of([b"{}"])

    assert fault.startswith("expected an event, found ")
