"""The OpenAPI document says what the API does, with an example for everything."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.generate import DIRECTORY
from services.api.write_openapi import PATH, document_text


DOCUMENT: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def resolved(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_the_document_that_lies_there_is_the_one_of_the_api():
    assert PATH.parent == DIRECTORY
    assert PATH.read_text(encoding="utf-8") == document_text()
    assert DOCUMENT["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    ("method", "operation"),
    [(method, operation) for _, method, operation in OPERATIONS],
    ids=[f"{method} {path}" for path, method, _ in OPERATIONS],
)
def test_every_operation_has_examples_that_fit_its_schemas(method, operation):
    assert operation["description"]
    contents = [
        content
        for answer in (*operation["responses"].values(), operation.get("requestBody", {}))
        for media_type, content in answer.get("content", {}).items()
        if media_type.endswith("json") or media_type in ("text/plain", "text/event-stream")
    ]

    assert contents
    for content in contents:
        resolved(content["schema"]).validate(content["example"])


def test_no_error_has_the_shape_of_the_framework():
    assert "422" not in {
        status for _, _, operation in OPERATIONS for status in operation["responses"]
    }
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]
