"""Decisions are described once, and both libraries read and write them by that."""

import msgspec
import pytest
from pydantic import ValidationError

from benchmarks.load import make_claims
from schemas.claim import Claim
from schemas.decisions import (
    AssignedClaims,
    ClaimsAssigned,
    DecisionEvent,
    ForgottenExchange,
)
from schemas.events import EVENTS
from schemas.record import model_of
from services.ledgers import load_ledger
from services.log_events.facts import FactClaim, decode_fact
from services.queries.replay import replay
from tests.builders import assigned, assignment, body_of


def test_decisions_read_by_either_library_are_the_same_and_written_as_they_stand():
    log = replay(make_claims(1_500), ledger=load_ledger("rus-ukr")).log.bodies()
    kinds = set()
    for body in log:
        event = decode_fact(body)
        if isinstance(event, DecisionEvent):
            assert EVENTS.validate_json(body) == event
            assert msgspec.json.encode(event.data) in body
            kinds.add(event.type)

    assert kinds == {"decisions.made"}


def test_the_model_of_a_struct_has_its_name_words_fields_and_defaults():
    model = model_of(ClaimsAssigned)

    assert (model.__name__, model.__doc__) == (ClaimsAssigned.__name__, ClaimsAssigned.__doc__)
    assert list(model.model_fields) == [
        "position", "chain", "history", "salt", "digest", "erased", "specversion", "id", "source", "subject",
        "recorded_at", "causationid", "correlationid", "traceparent", "type", "data",
    ]  # fmt: skip
    assert model.model_fields["specversion"].default == "1.0"
    assert model.model_fields["data"].annotation is AssignedClaims


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ((b'"tier":1', b'"tier":"one"'), ("data", "assignments", 0, "tier")),
        ((b'"tier":1', b'"tier":1,"mood":"good"'), ("data", "assignments", 0, "mood")),
        ((b'"tier":1', b'"tier":1,"state":"asleep"'), ("data", "assignments", 0, "state")),
        ((b'"position":2', b'"position":0'), ("position",)),
        ((b'"camp":"UA",', b""), ("data", "assignments", 0, "camp")),
        ((b"T17:02:00Z", b"T17:02:00"), ("recorded_at",)),
    ],
)
def test_a_broken_decision_is_refused_by_either_library_and_its_place_named(broken, place):
    body = body_of(assigned(2, assignment(1)))
    assert EVENTS.validate_json(body) == decode_fact(body)
    assert broken[0] in body

    with pytest.raises(msgspec.ValidationError):
        decode_fact(body.replace(*broken))
    with pytest.raises(ValidationError) as refused:
        EVENTS.validate_json(body.replace(*broken))
    assert [fault["loc"] for fault in refused.value.errors()] == [("claims.assigned", *place)]


def test_rules_look_at_fields_that_a_claim_has():
    assert set(FactClaim.__struct_fields__) <= set(Claim.model_fields)


def test_a_record_with_a_field_of_another_name_is_refused():
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.json.decode(b'{"exchange":"2024-01-03","colour":1}', type=ForgottenExchange)
