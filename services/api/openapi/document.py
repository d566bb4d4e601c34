"""The OpenAPI document: what FastAPI derives from the operations, completed by what it cannot know.

Every operation has an example, every error response is a problem document, and the framework's own error responses are left out. The application hands its routes to `describe`; this
module knows nothing of the application. `services.api.write_openapi` writes the document to a file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from schemas.answers import Problem
from schemas.claim import Inbound
from schemas.submission import Submitted
from schemas.webhook import WebhookRequest
from services.api.http.media_types import MEDIA_TYPES, Form
from services.api.http.problems import MEDIA_TYPE
from services.api.http.request_bodies import BATCH, EITHER, SINGLE
from services.api.openapi.examples import (
    ANSWERS,
    OWN_QUERY,
    PARAMETERS,
    PROBLEM,
    PUBLISHED,
    QUERY,
    REPORT,
    SUBMITTED,
    WEBHOOK_REQUEST,
)
from services.extraction.report import Report
from services.queries.csv_text import GUARD


#: Why there may be no answer, by status.
PROBLEMS = {
    "400": "A parameter, a header or the body cannot be used; the problem names it.",
    "401": "No API key was given.",
    "403": "The API key is none of those known, or publishing is closed to it.",
    "404": "No such ledger, or nothing of that id.",
    "406": "None of the media types offered is accepted.",
    "408": "The body took too long to arrive.",
    "409": "The position asked for is past the end of the log, and the problem names both; or there are as many "
    "webhooks as there may be.",
    "413": "The body is too large, or holds too many claims.",
    "415": "The body is of another media type.",
    "429": "Too many requests with this API key or from this address, too many wrong keys, or the inbox is full; "
    "`Retry-After` says when.",
    "500": "A fault of ours.",
    "503": "The server that holds the ledgers is out of reach, has no views yet, or, for `/readyz`, a stage "
    "does not do its work; the problem names it.",
    "504": "The position asked for was not reached in time; the problem names both.",
    "507": "Too many submissions wait, or the server that holds the ledgers has no room to write; it still answers reads.",
}
TAGS = {
    "read": "What the ledger holds, now and at other times.",
    "publish": "Ways in for claims.",
    "answer": "Errors and missing reports, for editors.",
    "subscribe": "Changed figures, sent to addresses of one's own; for subscribers' keys.",
    "operate": "Whether the server does its work.",
}
_KEYED = ("401", "403", "429")
#: By operation that publishes: the media types that it takes, and whether each is several events.
PUBLISHING = {"publish_claims": {SINGLE: False, EITHER: False}, "publish_batch": {BATCH: True}}
#: Operations for subscribers' keys.
_WEBHOOKS = (
    *("list_webhooks", "get_webhook", "remove_webhook", "pause_webhook", "resume_webhook"),
    *("ping_webhook", "rotate_webhook", "add_webhook"),
)
#: Operations that always need a key.
_KEYED_ONES = frozenset({*PUBLISHING, "list_submissions", *_WEBHOOKS})
_READ = ("400", *_KEYED, "404", "406", "409", "500", "503", "504")
_BY_OPERATION = {
    **dict.fromkeys(PUBLISHING, ("400", *_KEYED, "404", "408", "413", "415", "500", "503", "507")),
    "extract_drafts": ("400", *_KEYED, "404", "408", "413", "415", "500", "503"),
    "add_submission": ("400", *_KEYED, "404", "408", "413", "415", "500", "503", "507"),
    "list_releases": ("400", *_KEYED, "404", "500", "503"),
    "list_submissions": ("400", *_KEYED, "404", "500", "503"),
    **dict.fromkeys(_WEBHOOKS, ("400", *_KEYED, "404", "500", "503", "507")),
    "add_webhook": ("400", *_KEYED, "404", "408", "409", "413", "415", "500", "503", "507"),
    "follow_changes": ("400", *_KEYED, "404", "500", "503"),
    "say_alive": ("500",),
    "say_ready": ("400", "500", "503"),
    "show_metrics": ("500",),
}
#: By operation that takes one JSON object: its shape and an example.
_BODIES = {
    "extract_drafts": ("Report", REPORT),
    "add_submission": ("Submitted", SUBMITTED),
    "add_webhook": ("WebhookRequest", WEBHOOK_REQUEST),
}
_LISTS = frozenset(
    {
        *("list_exchanges", "list_figures", "list_cumulative", "list_headline", "list_checks"),
        *("list_claims", "list_operations", "list_remains"),
    }
)
#: What is no text: a workbook, and rows with types.
_FILES: tuple[Form, ...] = ("xlsx", "parquet")
#: In the words of generated clients, which make of no schema at all that anything may be there.
_BINARY = {"type": "string", "format": "binary"}
_TEXTS = {"follow_changes": "text/event-stream", "show_metrics": "text/plain"}
_UNCHANGED = {"description": "The answer is the one whose ETag was sent in `If-None-Match`."}
_HEADERS = {
    "ETag": {
        "description": "Stands for the views' position and everything asked.",
        "schema": {"type": "string"},
    },
    "Ledger-Position": {
        "description": "The log position that the answer stands for.",
        "schema": {"type": "integer"},
    },
}
_HEADERS_OF_LISTS = _HEADERS | {
    "Ledger-Untimed-Claims": {
        "description": "If an hour was asked for: how many claims do not say their time of day.",
        "schema": {"type": "integer"},
    },
}
_RETRY_AFTER = {
    "Retry-After": {"description": "When to try again, in seconds.", "schema": {"type": "integer"}}
}
_LATER = frozenset({"429", "503", "507"})
_OPERATING = frozenset({"say_alive", "say_ready", "show_metrics"})
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an answer that is there already.",
    "schema": {"type": "string"},
    "example": 'W/"3-9f2b6c0d1e3a4f5b60"',
}
_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key: a publisher's, an editor's or a subscriber's for what is theirs, or a reader's "
    "where reading is closed.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Describe the API in OpenAPI 3.1."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title="exchange-ledger",
        version="1.0.0",
        description=(
            "Read models of an event-sourced ledger of prisoner exchanges, its log, a way in for "
            "claims, and a stream of changes. Every list is also a file of all its rows: `/v1/figures.csv`, "
            "`.json`, `.xlsx`, `.parquet`, described by `/v1/figures.metadata.json`."
        ),
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    document["servers"] = [{"url": "/", "description": "Where this document was read."}]
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    parts = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    parts["schemas"]["Problem"] = _schema_of(Problem, parts["schemas"])
    parts["schemas"]["InboundEvent"] = _schema_of(Inbound, parts["schemas"])
    parts["schemas"]["Submitted"] = _schema_of(Submitted, parts["schemas"])
    parts["schemas"]["WebhookRequest"] = _schema_of(WebhookRequest, parts["schemas"])
    parts["schemas"]["Report"] = _schema_of(Report, parts["schemas"])
    parts["securitySchemes"] = {"key": _KEY}
    for path in document["paths"].values():
        for operation in path.values():
            _complete(operation)
    _complete_tuples(parts)
    app.openapi_schema = document
    return document


def _complete(operation: dict[str, Any]) -> None:
    # FastAPI names an operation by its function, its path and its method.
    name = next(name for name in ANSWERS if operation["operationId"].startswith(f"{name}_"))
    operation["operationId"] = name
    answers = operation["responses"]
    answers.pop("422", None)
    _give_examples(operation.get("parameters", ()), OWN_QUERY.get(name, {}))
    if name in _TEXTS:
        text = {"schema": {"type": "string"}, "example": ANSWERS[name]}
        answers["200"] = {"description": "As text.", "content": {_TEXTS[name]: text}}
    elif name in PUBLISHING:
        _complete_publishing(operation, PUBLISHING[name])
    elif name == "remove_webhook":
        answers["204"]["description"] = "It is no more."
    else:
        done = "201" if name == "add_webhook" else "200"
        answers[done]["content"]["application/json"]["example"] = ANSWERS[name]
    if name in _BODIES:
        shape, example = _BODIES[name]
        body = {"schema": {"$ref": f"#/components/schemas/{shape}"}, "example": example}
        operation["requestBody"] = {"required": True, "content": {EITHER: body}}
    if name in _LISTS:
        answers["200"]["content"]["text/csv"] = {"schema": {"type": "string", "description": GUARD}}
        for form in _FILES:
            answers["200"]["content"][MEDIA_TYPES[form]] = {"schema": _BINARY}
    if name not in _BY_OPERATION and name != "get_fate":
        answers["200"]["headers"] = _HEADERS_OF_LISTS if name in _LISTS else _HEADERS
        answers["304"] = _UNCHANGED
        operation["parameters"] = [*operation.get("parameters", ()), _IF_NONE_MATCH]
    if name in _OPERATING:
        operation["security"] = []
    else:
        # Reading needs a key where the settings say so.
        operation["security"] = [{"key": []}] if name in _KEYED_ONES else [{}, {"key": []}]
    for status in _BY_OPERATION.get(name, _READ):
        answers[status] = _described(status)


def _complete_tuples(part: Any) -> None:
    # Linters ask for `items` beside `prefixItems`; the greatest length already forbids any more.
    if isinstance(part, dict):
        if "prefixItems" in part:
            part.setdefault("items", {})
        for inner in part.values():
            _complete_tuples(inner)
    elif isinstance(part, list):
        for inner in part:
            _complete_tuples(inner)


def _give_examples(parameters: Iterable[dict[str, Any]], own: Mapping[str, Any]) -> None:
    for parameter in parameters:
        examples = PARAMETERS if parameter["in"] == "path" else {**QUERY, **own}
        if parameter["name"] in examples:
            parameter["example"] = examples[parameter["name"]]


def _described(status: str) -> dict[str, Any]:
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": PROBLEM if status == "400" else _problem(status),
    }
    described = {"description": PROBLEMS[status], "content": {MEDIA_TYPE: content}}
    return described | ({"headers": _RETRY_AFTER} if status in _LATER else {})


def _complete_publishing(operation: dict[str, Any], taken: dict[str, bool]) -> None:
    answers = operation["responses"]
    answers["202"]["description"] = "In the inbox; each item names where its fate is found."
    answers["202"]["content"]["application/json"]["example"] = ANSWERS["publish_claims"]
    answers["202"]["headers"] = {
        "Location": {
            "description": "Where the fate of the first one is found.",
            "schema": {"type": "string"},
        }
    }
    answers["200"] = answers["202"] | {"description": "With `Prefer: wait=N`: what became of each."}
    one = {"$ref": "#/components/schemas/InboundEvent"}
    each = {"schema": one, "example": PUBLISHED}
    several = {"schema": {"type": "array", "items": one}, "example": [PUBLISHED]}
    operation["parameters"] = [
        *operation.get("parameters", ()),
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "description": "`wait=N`: wait up to N seconds for the fates themselves.",
            "schema": {"type": "string"},
            "example": "wait=10",
        },
    ]
    operation["requestBody"] = {
        "required": True,
        "content": {kind: several if is_several else each for kind, is_several in taken.items()},
    }


def _problem(status: str) -> dict[str, Any]:
    detail = PROBLEMS[status]
    return {
        "type": "urn:exchange-ledger:problem:example",
        "title": "Example",
        "status": int(status),
        "detail": detail,
    }


def _schema_of(kind: Any, parts: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
    for name, part in schema.pop("$defs", {}).items():
        parts.setdefault(name, part)
    return schema
