"""Traces are taken from what publishers send, and stand on all that follows from it."""

import json
from typing import Any

import pytest

from services.ingest.intake import Accepted, read_inbound
from services.ledgers import load_ledger
from services.log_events.envelope import Origin
from services.log_events.trace_context import context_of, span_of, traceparent_in
from services.queries.replay import replay
from tests.cli.running import seed_of


LEDGER = load_ledger("rus-ukr")
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


def claim(**more: Any) -> bytes:
    return json.dumps(json.loads(seed_of(LEDGER.name)[0]) | more).encode()


def recorded(raw: bytes) -> bytes:
    """The event by which the log would hold it, as an export has it."""
    read = read_inbound(raw, ledger=LEDGER, entry_bytes_max=100_000)
    assert isinstance(read, Accepted)
    at = read.event.time
    assert at is not None
    origin = Origin("ingest", at, "urn:inbox:1-0", "urn:inbox:1-0", read.traceparent)
    body = read.sealed(ledger=LEDGER.name, origin=origin).body
    return json.dumps({"position": 1} | json.loads(body)).encode()


@pytest.mark.parametrize("traceparent", [TRACEPARENT, None])
async def test_what_is_decided_belongs_to_the_trace_of_the_claim_it_follows_from(traceparent):
    sent = claim() if traceparent is None else claim(traceparent=traceparent)

    replayed = replay([recorded(sent)], ledger=LEDGER)
    entries = await replayed.log.read(after=0, limit=10)
    log = [json.loads(entry.body) for entry in entries]

    assert {event["type"] for event in log} == {"claim.recorded", "decisions.made"}
    assert {event.get("traceparent") for event in log} == {traceparent}


def test_a_trace_that_begins_here_is_named_by_its_inbox_entry():
    one, other = (context_of(None, correlation=f"urn:inbox:{number}-0") for number in (1, 2))

    assert one == context_of(None, correlation="urn:inbox:1-0") != other
    assert one.is_sampled
    assert span_of("ingest", "a") != span_of("projection", "a")


@pytest.mark.parametrize(
    "found",
    [
        None,
        7,
        "",
        "00-1-2-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"{TRACEPARENT}-more",
        f"{TRACEPARENT}\n",
    ],
)
def test_what_is_no_trace_is_none_and_refuses_no_claim(found):
    raw = claim(traceparent=found)

    read = read_inbound(raw, ledger=LEDGER, entry_bytes_max=100_000)

    assert traceparent_in(found) is None
    assert isinstance(read, Accepted)
    assert read.traceparent is None


def test_a_later_version_of_the_header_is_read_as_far_as_it_is_known():
    assert traceparent_in(f"01-{TRACE}-{SPAN}-03-whatever") == f"00-{TRACE}-{SPAN}-03"
