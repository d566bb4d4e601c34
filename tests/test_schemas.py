"""The generated documents say what the models say, are valid themselves, and admit the real claims."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from schemas.events import EVENTS
from schemas.generate import DIRECTORY, SHAPES, asyncapi, documents, drift, json_schema
from services.eventlog.keys import keys_of, report_keys_of
from services.eventlog.memory import MemoryEventLog
from services.ledgers import demo_claims, load_ledger, shipped_ledgers
from services.log_events.envelope import EVENT_TYPE, Origin, content_id, seal


CLAIMS = [json.loads(line) for name in shipped_ledgers() for line in demo_claims(name).splitlines()]


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json_schema(name))


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(reference: str, documents: dict[str, Any], *, within: str) -> Any:
    name, _, pointer = reference.partition("#")
    part = documents[name or within]
    for key in filter(None, pointer.split("/")):
        part = part[key]
    return part


def test_the_generated_documents_are_those_of_the_models():
    assert drift(DIRECTORY) == []


def test_a_changed_missing_or_left_over_document_is_drift(tmp_path: Path):
    for name, text in documents().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert drift(tmp_path) == []

    (tmp_path / "figure.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "check.json").unlink()
    (tmp_path / "old.json").write_text("{}\n", encoding="utf-8")

    assert drift(tmp_path) == ["check.json", "figure.json", "old.json"]


@pytest.mark.parametrize("name", SHAPES)
def test_every_schema_is_valid_json_schema(name):
    Draft202012Validator.check_schema(json_schema(name))


def test_every_reference_leads_somewhere():
    made = {name: json.loads(text) for name, text in documents().items()}
    found = [(name, ref) for name, document in made.items() for ref in references(document)]

    assert len(found) > 50
    for name, reference in found:
        assert resolve(reference, made, within=name), f"{reference} in {name}"


def test_every_shipped_claim_fits_the_claim_schema():
    claim = validator("claim")

    assert len(CLAIMS) > 2_000
    for published in CLAIMS:
        claim.validate(published)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: event["data"].update(measure="captured"),
        lambda event: event["data"]["quantity"].update(value="230"),
        lambda event: event["data"].pop("claimant"),
        lambda event: event.pop("source"),
        lambda event: event.update(type="exchange.claim.reported.v0"),
    ],
    ids=["unknown measure", "number as text", "no claimant", "no source", "unknown type"],
)
def test_a_spoilt_claim_does_not_fit(spoil):
    event = json.loads(json.dumps(next(c for c in CLAIMS if c["data"]["quantity"])))
    spoil(event)

    with pytest.raises(ValidationError):
        validator("claim").validate(event)


def test_a_claim_with_a_field_of_the_publishers_own_fits():
    validator("claim").validate(CLAIMS[0] | {"traceparent": "00-ab-cd-01"})


async def test_a_recorded_claim_fits_the_event_schema_as_it_is_stored():
    published = CLAIMS[0]
    entry = f"urn:test:{published['id']}"
    data = {"id": published["id"], "source": published["source"], "claim": published["data"]}
    event = EVENTS.validate_json(
        json.dumps(
            {
                "position": 1,
                "id": content_id(entry),
                "source": entry,
                "subject": "rus-ukr",
                "type": "claim.recorded",
                "recorded_at": "2024-01-03T19:02:11Z",
                "causationid": entry,
                "correlationid": entry,
                "data": data,
            }
        )
    )
    log = MemoryEventLog()
    origin = Origin("ingest", event.recorded_at, entry, entry)
    await log.append([seal(event.data, event_id=event.id, ledger="rus-ukr", origin=origin)])
    [stored] = await log.read(after=0, limit=1)

    validator("event").validate(json.loads(stored.body))


@pytest.mark.parametrize("name", shipped_ledgers())
def test_a_shipped_ledger_fits_the_ledger_schema(name):
    validator("ledger").validate(load_ledger(name).model_dump(mode="json"))


def test_asyncapi_names_the_streams_by_their_keys():
    addresses = {
        name: channel["address"].replace("{ledger}", "{rus-ukr}")
        for name, channel in asyncapi()["channels"].items()
    }
    keys, reports = keys_of("rus-ukr"), report_keys_of("rus-ukr")

    assert addresses == {
        "inbox": keys.inbox,
        "log": keys.log,
        "rejected": keys.rejected,
        "changes": keys.changes,
        "reports": reports.reports,
        "drafts": reports.drafts,
        "rejectedReports": reports.rejected,
    }


def test_asyncapi_has_a_message_for_every_event_type():
    titles = {message["title"] for message in asyncapi()["channels"]["log"]["messages"].values()}

    assert titles == set(EVENT_TYPE.values())
