"""Events are read as they were first stored, for ever: none of the shapes they have was taken away.

`golden/stored-events.jsonl` holds one of each type, and one judgement of each kind, as the first
version wrote them. Lines are added to it when shapes grow, never changed. As long as it reads, stored
events need no translation. `golden/decided-<version>.jsonl` is a whole log, decided under a past
version of the policy by the program of then.
"""

import json
from pathlib import Path
from typing import get_args

from schemas.decisions import Decision
from schemas.events import EVENTS, JudgementMade, Recorded
from schemas.judgement import Exclude, Merge, Pin, Reassign, Split
from tests.builders import body_of


GOLDEN = Path(__file__).with_name("golden")
STORED = GOLDEN.joinpath("stored-events.jsonl").read_bytes().splitlines()
DECIDED_BEFORE = GOLDEN.joinpath("decided-2026.1.jsonl").read_bytes().splitlines()


def test_every_event_ever_stored_is_read_and_says_the_same_when_written_again():
    for line in (*STORED, *DECIDED_BEFORE):
        event = EVENTS.validate_json(line)
        written = body_of(event)
        assert EVENTS.validate_json(written) == event
        # Nothing that was stored is passed over, but for lists without anything in them.
        stored, again = json.loads(line), json.loads(written)
        assert stored.keys() <= again.keys()
        for name in stored["data"].keys() - again["data"].keys():
            assert stored["data"][name] == []


def test_every_type_of_event_and_kind_of_judgement_is_among_them():
    events = [EVENTS.validate_json(line) for line in STORED]

    assert {type(event) for event in events} == {*get_args(Recorded), *get_args(Decision)}
    judgements = {type(event.data) for event in events if isinstance(event, JudgementMade)}
    assert judgements == {Pin, Exclude, Reassign, Merge, Split}
