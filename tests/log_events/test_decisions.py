"""Quick records of decisions are the shapes of `schemas.events`, field by field and byte by byte."""

from typing import get_args

import msgspec
import pytest

from benchmarks.load import make_claims
from schemas import events
from schemas.claim import Claim
from schemas.events import EVENTS
from schemas.vocabulary import exchange_day, figure_key
from services.ledgers import load_ledger
from services.log_events import decisions as records
from services.log_events.envelope import EVENT_TYPE
from services.log_events.facts import HeardClaim, hear
from services.queries.replay import replay
from tests.builders import figure_reconciled


SHAPES = [kind for kind in vars(records).values() if kind in records.Kept.__subclasses__()]


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: kind.__name__)
def test_a_record_has_the_fields_of_its_event_in_the_same_order(kind):
    fields = getattr(events, kind.__name__).model_fields

    assert {field.name: field.required for field in msgspec.structs.fields(kind)} == {
        name: field.is_required() for name, field in fields.items()
    }
    assert kind.__struct_fields__ == tuple(fields)


def test_there_is_a_record_of_what_every_decision_says():
    names = {kind.__name__ for kind in get_args(records.DecisionData)}

    assert names == {kind.__name__ for kind in get_args(events.DecisionData)}
    for name in names:
        assert EVENT_TYPE[getattr(records, name)] == EVENT_TYPE[getattr(events, name)]


def test_decisions_are_read_and_written_to_the_byte_as_their_schema_does():
    log = replay(make_claims(1_500), ledger=load_ledger("rus-ukr")).log.bodies()
    kinds = set()
    for body in log:
        heard = hear(body)
        if isinstance(heard, records.DecisionEvent):
            stored = EVENTS.validate_json(body)
            kinds.add(stored.type)
            written = stored.data.model_dump_json(exclude_defaults=True).encode()
            assert msgspec.json.encode(heard.data) == written
            assert written in body
            assert heard.position == stored.position

    assert kinds == {"decisions.made"}


def test_rules_look_at_fields_that_a_claim_has():
    assert set(HeardClaim.__struct_fields__) <= set(Claim.model_fields)


def test_a_record_with_a_field_of_another_name_is_refused():
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.json.decode(b'{"exchange":"2024-01-03","colour":1}', type=records.ForgottenExchange)


@pytest.mark.parametrize(
    "figure",
    [
        "2024-01-03:returned:UA:all",
        "2024-01-03-b:exchanged_total:both:national guard: women",
        "2024-01-03:held:UA:all",
        "undated:held:RU:military",
    ],
)
def test_what_a_figure_is_about_is_what_its_id_says(figure):
    key, about = figure_key(figure), records.about_of(figure)

    day = exchange_day(key.exchange) if key.exchange else key.day
    assert about == records.About(key.exchange, day, *key[2:], about.is_said)
    assert about.is_said == (key.exchange is not None)


@pytest.mark.parametrize(
    "figure",
    ["2024-01-03:returned:UA", "2024-01-03:lost:UA:all", "2024-01-03:returned::all", "a:b"],
)
def test_what_is_no_figures_id_is_about_nothing(figure):
    with pytest.raises(ValueError, match="expected"):
        records.about_of(figure)


def test_a_figure_told_with_what_its_id_does_not_say_is_known_by_that():
    data = figure_reconciled(1, "2024-01-03:returned:UA:all").data.model_dump_json()
    told = msgspec.json.decode(data, type=records.ReconciledFigure)
    dated = msgspec.structs.replace(told, date=exchange_day("2024-01-03"))

    assert records.about_in(dated) == records.about_of(told.figure)
    assert not records.about_in(told).is_said
    assert not records.about_in(msgspec.structs.replace(dated, side="RU")).is_said
