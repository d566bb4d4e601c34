"""What is written around an event's data."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.decisions import ForgottenExchange
from services.log_events.envelope import Origin, seal


AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("at", [AT, AT.astimezone(timezone(timedelta(hours=2)))])
def test_equal_times_are_written_in_the_offset_they_have(at):
    origin = Origin("ingest", at, "urn:inbox:1-0", "urn:inbox:1-0")

    body = seal(
        ForgottenExchange(exchange="x"), event_id="0" * 32, ledger="rus-ukr", origin=origin
    ).body

    written = json.loads(body)["recorded_at"]
    assert datetime.fromisoformat(written) == at
    assert datetime.fromisoformat(written).utcoffset() == at.utcoffset()
