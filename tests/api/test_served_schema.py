"""What the served OpenAPI document says holds: schemathesis asks whatever it allows, and what it forbids.

`make test` asks each operation a little; `make test-api-schema` five hundred times, and every edge of
every parameter besides.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from redis import Redis
from requests.exceptions import ReadTimeout
from schemathesis.config import SchemathesisConfig

from services.api.write_openapi import PATH
from services.eventlog.credentials import KEYS, make_key
from services.runtime import clock
from tests.api.running import (
    PUBLISHER,
    Running,
    position_of_seed,
    running_in,
)
from tests.running import PATIENCE_SECONDS, wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

#: How long an idle stream of changes is listened to, in seconds.
SILENCE_SECONDS = 0.05
#: Requests made of each operation.
EXAMPLE_COUNT = int(os.environ.get("SCHEMA_EXAMPLES", "8"))

CONFIGURATION: dict[str, Any] = {
    "phases": {"coverage": {"enabled": "SCHEMA_EXAMPLES" in os.environ}},
    "checks": {
        # No schema can say which sides a ledger has, how far its log reaches, or which cursors are ours.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "304", "400", "404", "409", "504"],
        },
    },
    "operations": [
        {
            # A stream goes on for ever, and what was told of it is no document of its own.
            "include-operation-id": "follow_changes",
            "max-stream-events": 1,
            "checks": {"response_schema_conformance": {"enabled": False}},
        },
        {
            # Read with an editor's key alone, and these requests have a publisher's.
            "include-operation-id": "list_submissions",
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "403", "404"]},
            },
        },
        {
            # Not every stage that can be asked about runs here.
            "include-operation-id": "say_ready",
            "checks": {
                "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
                "positive_data_acceptance": {"expected-statuses": ["2xx", "503"]},
            },
        },
        {
            # What is no claim is parked, not refused: it is in the inbox like any other.
            "include-operation-id": ["publish_claims", "publish_batch"],
            "checks": {"negative_data_rejection": {"expected-statuses": ["200", "202", "4xx"]}},
        },
    ],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    """An API of its own, since requests that fit the document publish claims."""
    with running_in(tmp_path_factory.mktemp("schema")) as found:
        yield found


@pytest.fixture(scope="module")
def seeded_position(running) -> int:
    return position_of_seed(running)


@pytest.fixture(scope="module")
def subscriber(running) -> dict[str, str]:
    """Headers with the key of a subscriber, known to the API."""
    made = make_key("the tests of the document", "subscriber", now=clock.now())
    with Redis.from_url(running.server_url) as redis:
        redis.hset(KEYS, made.stored.id, made.stored.model_dump_json())
    headers = {"Authorization": f"Bearer {made.key}"}
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as http:
        wait_until(lambda: http.get("/v1/webhooks", headers=headers).status_code == 200)
    return headers


# The document that lies there is the one of the API: test_document.py says so.
DOCUMENT = json.loads(PATH.read_text(encoding="utf-8"))
schema = schemathesis.openapi.from_dict(
    DOCUMENT, config=SchemathesisConfig.from_dict(CONFIGURATION)
)


# The same requests each time: a fault they find is found again by whoever looks for it.
@schema.parametrize()
@settings(max_examples=EXAMPLE_COUNT, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_to_the_document(case, running, seeded_position, subscriber):
    seconds = SILENCE_SECONDS if case.path == "/v1/changes" else PATIENCE_SECONDS
    key = subscriber if case.path.startswith("/v1/webhooks") else PUBLISHER
    case.validate_response(answer_of(case, running.url, key, seconds))


def answer_of(case: Any, url: str, key: dict[str, str], seconds: float) -> Any:
    """Ask; where not even the head of the answer has come in time, ask again and wait longer."""
    try:
        return case.call(base_url=url, headers=key, timeout=(PATIENCE_SECONDS, seconds))
    except ReadTimeout:
        if seconds >= PATIENCE_SECONDS:
            raise
        return answer_of(case, url, key, 4 * seconds)


def test_the_document_served_is_the_one_asked_after(http):
    assert http.get("/openapi.json").json() == DOCUMENT
