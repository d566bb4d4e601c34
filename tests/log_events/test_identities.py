"""What projection reads is what the schemas say, though it is described a second time."""

import json
import types
from datetime import datetime
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Struct, structs
from pydantic import AwareDatetime

from schemas import events
from schemas.events import EVENTS, Decision
from schemas.record import Record
from services.log_events import decisions as lean
from services.log_events.identities import heard, read_heard
from tests import builders


STORED = (
    Path(__file__).parents[1].joinpath("golden", "stored-events.jsonl").read_bytes().splitlines()
)
DECISIONS = [(getattr(lean, decision.__name__), decision) for decision in get_args(Decision)]


def difference(lean_type: Any, whole: Any, at: str) -> list[str]:
    """Say where the two descriptions of a type part; records are compared field by field."""
    if isinstance(lean_type, type) and issubclass(lean_type, Struct):
        return differences(lean_type, whole, at)
    ours, theirs = get_args(lean_type), get_args(whole)
    if get_origin(lean_type) in {Union, types.UnionType, tuple} and len(ours) == len(theirs):
        return [
            found
            for one, other in zip(ours, theirs, strict=True)
            for found in difference(one, other, at)
        ]
    if (lean_type, whole) == (datetime, AwareDatetime):
        return []  # That it must name its offset is tried below.
    return [] if lean_type == whole else [f"{at}: {lean_type} is not {whole}"]


def differences(lean_shape: type[Struct], whole: type[Record], at: str) -> list[str]:
    ours = {field.name: field for field in structs.fields(lean_shape)}
    theirs = {name: field for name, field in whole.model_fields.items() if name != "type"}
    if ours.keys() != theirs.keys():
        return [f"{at}: {ours.keys() ^ theirs.keys()}"]
    hints = get_type_hints(lean_shape), get_type_hints(whole)
    found = []
    for name, field in ours.items():
        if field.required != theirs[name].is_required():
            found.append(f"{at}.{name}: one must be given, the other need not")
        elif not field.required and field.default != theirs[name].default:
            found.append(f"{at}.{name}: defaults differ")
        found += difference(hints[0][name], hints[1][name], f"{at}.{name}")
    return found


@pytest.mark.parametrize(("lean_shape", "whole"), DECISIONS)
def test_decisions_are_described_as_the_schemas_describe_them(lean_shape, whole):
    assert lean_shape.__struct_config__.tag == get_args(whole.model_fields["type"].annotation)[0]
    assert lean_shape.__struct_config__.forbid_unknown_fields
    assert differences(lean_shape, whole, whole.__name__) == []


def test_a_difference_between_the_two_descriptions_is_found():
    class Otherwise(Struct):
        exchange: str
        claims: int

    class ForgottenAsNumber(Struct):
        exchange: int

    assert differences(Otherwise, events.ForgottenExchange, "x") == ["x: {'claims'}"]
    [found] = differences(ForgottenAsNumber, events.ForgottenExchange, "x")
    assert found.startswith("x.exchange: ")


def test_every_event_ever_stored_says_what_the_schemas_read_in_it():
    for line in STORED:
        event, read = EVENTS.validate_json(line), read_heard(line)
        assert (read.position, read.recorded_at) == (event.position, event.recorded_at)
        if isinstance(event, Decision):
            said = json.loads(msgspec.json.encode(read.data))  # type: ignore[union-attr]
            assert said == event.data.model_dump(mode="json", exclude_defaults=True)
        assert heard(event) == read


@pytest.mark.parametrize(
    "broken",
    [
        (b'"tier":1', b'"tier":"1"'),
        (b'"tier":1', b'"tier":1,"mood":"good"'),
        (b'"state":"active"', b'"state":"asleep"'),
        (b'"position":2', b'"position":0'),
        (b'"camp":"UA",', b""),
        (b"T17:02:00Z", b"T17:02:00"),
        (b'"type":"claims.assigned"', b'"type":"claims.counted"'),
    ],
)
def test_a_broken_decision_is_refused(broken):
    body = builders.assigned(2, builders.assignment(1)).model_dump_json(exclude_none=True).encode()
    assert isinstance(read_heard(body).recorded_at, datetime)
    assert broken[0] in body

    with pytest.raises(msgspec.ValidationError):
        read_heard(body.replace(*broken))
