"""What projection reads of an event is what the schemas read in it."""

from pathlib import Path

import msgspec
import pytest

from schemas.decisions import Decision
from schemas.events import EVENTS
from services.log_events.identities import decode_identity, identity_of


STORED = (
    Path(__file__).parents[1].joinpath("golden", "stored-events.jsonl").read_bytes().splitlines()
)


def test_every_event_ever_stored_says_what_the_schemas_read_in_it():
    for line in STORED:
        event, read = EVENTS.validate_json(line), decode_identity(line)
        assert (read.position, read.recorded_at) == (event.position, event.recorded_at)
        if isinstance(event, Decision):
            assert read == event
        assert identity_of(event) == read


@pytest.mark.parametrize(
    ("found", "broken"),
    [
        (b'"position":', b'"position":-'),
        (b'"type":"', b'"type":"x'),
        (b'"recorded_at":"', b'"recorded_at":"x'),
    ],
)
def test_a_broken_event_is_refused(found, broken):
    for line in STORED:
        assert found in line

        with pytest.raises(msgspec.ValidationError):
            decode_identity(line.replace(found, broken, 1))
