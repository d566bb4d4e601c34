"""Write the machine-readable contract: JSON Schema and AsyncAPI documents, out of the models.

`make schemas` writes `schemas/json`; `python -m schemas.generate --check` fails if what lies there is
not what the models say. Received shapes and events are described as they are read (a missing field is
null), views as they are written (every field is there).
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter

from schemas.claim import ClaimReported, ClaimTakenBack
from schemas.comparison import Difference, ExplainedDifference
from schemas.credentials import StoredKey
from schemas.draft import DraftEvent
from schemas.events import Event, event_models
from schemas.headline import HeadlineRow
from schemas.ledger import LedgerConfiguration
from schemas.operation import Operation
from schemas.remains import RemainsDay
from schemas.report import ReportForReview, SentReport
from schemas.seal import Seal, SealSignature
from schemas.submission import ModerationEvent, Submitted
from schemas.views import (
    Check,
    ClaimView,
    CumulativePoint,
    Exchange,
    Figure,
    ParkedClaim,
    ReadModels,
    Revision,
    TrackRecord,
)
from schemas.webhook import DeliveryState, MessageBody, StoredWebhook, WebhookRequest


DIRECTORY = Path(__file__).parent / "json"
#: What lies there beside the documents made here: the HTTP API describes itself.
OTHERS = frozenset({"openapi.json"})
DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: AsyncAPI's name for that dialect. Its own default is draft 7, which cannot say what a text contains.
ASYNCAPI_DIALECT = "application/schema+json;version=draft-2020-12"


class _Shape(NamedTuple):
    """One document: what it describes, and whether as it is read or as it is written."""

    of: Any
    mode: Literal["validation", "serialization"]
    title: str


SHAPES: Mapping[str, _Shape] = {
    "claim": _Shape(ClaimReported, "validation", "A claim, as a publisher sends it"),
    "retraction": _Shape(ClaimTakenBack, "validation", "A retraction, as a publisher sends it"),
    "event": _Shape(Event, "validation", "An event, as the log holds it"),
    "figure": _Shape(Figure, "serialization", "A figure, as readers see it"),
    "exchange": _Shape(Exchange, "serialization", "An exchange, as readers see it"),
    "cumulative": _Shape(CumulativePoint, "serialization", "A running total, as readers see it"),
    "remains": _Shape(RemainsDay, "serialization", "Remains handed over to one side, up to a day"),
    "headline": _Shape(HeadlineRow, "serialization", "What an exchange adds for one side"),
    "operation": _Shape(
        Operation, "serialization", "An operation of several days, as readers see it"
    ),
    "check": _Shape(Check, "serialization", "A check, as readers see it"),
    "claim-view": _Shape(ClaimView, "serialization", "A claim and its standing, as readers see it"),
    "read-models": _Shape(ReadModels, "serialization", "All read models of one ledger"),
    "revision": _Shape(Revision, "serialization", "One change of a figure, as readers see it"),
    "difference": _Shape(Difference, "serialization", "A row that two versions do not share"),
    "explained-difference": _Shape(
        ExplainedDifference, "serialization", "A row that two places of a log do not share, and why"
    ),
    "track-record": _Shape(TrackRecord, "serialization", "A voice's track record"),
    "parked-claim": _Shape(ParkedClaim, "serialization", "A parked claim, as readers see it"),
    "draft": _Shape(DraftEvent, "validation", "A draft of a claim, read out of a report"),
    "report": _Shape(SentReport, "validation", "A report, as it is sent to be read"),
    "report-for-review": _Shape(
        ReportForReview, "serialization", "A report that was read, with its drafts"
    ),
    "seal": _Shape(Seal, "validation", "A seal of a segment of the log"),
    "seal-signature": _Shape(SealSignature, "validation", "A signature of a seal"),
    "submission": _Shape(Submitted, "validation", "An error or a report, as anybody submits it"),
    "moderation-event": _Shape(
        ModerationEvent, "validation", "What was submitted or decided of it, as it is kept"
    ),
    "webhook": _Shape(WebhookRequest, "validation", "A webhook, as whoever wants it asks for it"),
    "webhook-message": _Shape(
        MessageBody, "serialization", "The body of a request to a webhook's endpoint"
    ),
    "stored-webhook": _Shape(StoredWebhook, "validation", "A webhook, as the server keeps it"),
    "delivery-state": _Shape(
        DeliveryState, "validation", "How delivery to an endpoint goes, as the server keeps it"
    ),
    "api-key": _Shape(StoredKey, "validation", "An API key, as the server keeps it"),
    "ledger": _Shape(LedgerConfiguration, "validation", "A ledger's configuration (TOML)"),
}


def documents() -> dict[str, str]:
    """Return every generated document by its file name, as the text that must lie there."""
    made = {f"{name}.json": json_schema(name) for name in SHAPES}
    made["asyncapi.json"] = asyncapi()
    return {
        name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in made.items()
    }


def json_schema(name: str) -> dict[str, Any]:
    """Describe one shape of `SHAPES` in JSON Schema, draft 2020-12."""
    shape = SHAPES[name]
    schema = TypeAdapter(shape.of).json_schema(mode=shape.mode)
    head = {"$schema": DIALECT, "$id": f"urn:exchange-ledger:schema:{name}", "title": shape.title}
    return head | {key: part for key, part in schema.items() if key != "title"}


def asyncapi() -> dict[str, Any]:
    """Describe the streams of a ledger in AsyncAPI 3.1; payloads are an entry's fields."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "exchange-ledger",
            "version": "1.0.0",
            "description": (
                "Redis streams of one ledger. Every message is one entry; its payload is the "
                "entry's fields, all of them text."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"ledger": {"host": "localhost:6379", "protocol": "redis"}},
        "channels": _channels(),
        "operations": {
            "readInbox": _operation("receive", "inbox"),
            "appendToLog": _operation("send", "log"),
            "parkClaim": _operation("send", "rejected"),
            "feedChange": _operation("send", "changes"),
            "readReports": _operation("receive", "reports"),
            "queueDrafts": _operation("send", "drafts"),
            "parkReport": _operation("send", "rejectedReports"),
        },
    }


def _channels() -> dict[str, Any]:
    return {
        "inbox": _channel(
            "inbox",
            "Claims as publishers send them; an entry leaves once it is in the log or parked.",
            {
                "claimReported": _message("exchange.claim.reported.v1", event="claim.json"),
                "claimTakenBack": _message("exchange.claim.retracted.v1", event="retraction.json"),
            },
        ),
        "log": _channel(
            "log",
            "The event log, the only truth: entry id `<position>-0`, gapless from 1.",
            {
                model.__name__[0].lower() + model.__name__[1:]: _message(
                    event_type, event=f"event.json#/$defs/{model.__name__}"
                )
                for event_type, model in event_models().items()
            },
        ),
        "rejected": _channel(
            "rejected",
            "What could not be accepted: the bytes as they came, and why.",
            {
                "claimParked": _message(
                    "parked",
                    event=None,
                    source=None,
                    parked_at=None,
                    reasons="parked-claim.json#/properties/reasons",
                )
            },
        ),
        "changes": _channel(
            "changes",
            "One entry a changed figure, entry id `<position>-<n>`; `figure` is empty when the "
            "figure was withdrawn.",
            {
                "figureChanged": _message(
                    "figure changed", figure="figure.json", id=None, position=None
                )
            },
        ),
        **_report_channels(),
    }


def _report_channels() -> dict[str, Any]:
    return {
        "reports": _channel(
            "reports",
            "Reports to be read; an entry leaves once its drafts are queued, or it is parked.",
            {"report": _message("report", report="report.json")},
        ),
        "drafts": _channel(
            "drafts",
            "Reports that were read, with drafts of claims for a person to review; none is published.",
            {"reportForReview": _message("report for review", read="report-for-review.json")},
        ),
        "rejectedReports": _channel(
            "reports:rejected",
            "What was sent as a report and could not be read: the bytes as they came, and why.",
            {
                "reportParked": _message(
                    "parked report",
                    event=None,
                    source=None,
                    parked_at=None,
                    reasons="parked-claim.json#/properties/reasons",
                )
            },
        ),
    }


def _channel(name: str, description: str, messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": f"exl:{{ledger}}:{name}",
        "description": description,
        "parameters": {
            "ledger": {
                "description": (
                    "The ledger's name in braces. The braces are part of the key: they are the "
                    "cluster's hash tag."
                ),
                "examples": ["{rus-ukr}"],
            }
        },
        "messages": messages,
    }


def _message(title: str, **fields: str | None) -> dict[str, Any]:
    """Describe one entry: each field is text, and where a schema is named, JSON of that schema."""
    return {
        "title": title,
        "payload": {
            "schemaFormat": ASYNCAPI_DIALECT,
            "schema": {
                "type": "object",
                "properties": {name: _text(reference) for name, reference in fields.items()},
                "required": list(fields),
            },
        },
    }


def _text(reference: str | None) -> dict[str, Any]:
    if reference is None:
        return {"type": "string"}
    return {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": reference},
    }


def _operation(action: Literal["send", "receive"], channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def drift(directory: Path) -> list[str]:
    """Name the files of `directory` that are missing, differ, or should not be there."""
    made = documents()
    lying = {
        path.name: path.read_text(encoding="utf-8")
        for path in directory.glob("*.json")
        if path.name not in OTHERS
    }
    return sorted(name for name in made.keys() | lying.keys() if made.get(name) != lying.get(name))


def main() -> int:
    """Write the documents, or with `--check` say which differ; 1 if any does."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    if parser.parse_args().check:
        differing = drift(DIRECTORY)
        for name in differing:
            sys.stderr.write(f"schemas/json/{name} differs from the models: run `make schemas`\n")
        return 1 if differing else 0
    DIRECTORY.mkdir(exist_ok=True)
    for stale in DIRECTORY.glob("*.json"):
        if stale.name not in OTHERS:
            stale.unlink()
    for name, text in documents().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
