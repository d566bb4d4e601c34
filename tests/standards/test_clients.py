"""Clients generated from the document and SDKs of others publish, and read what they published."""

import json
from pathlib import Path

import pytest

from services.api.write_openapi import PATH
from tests.api.running import KEY, claim


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "publishing"


def written(place: Path, *names: str) -> Path:
    """Write claims of these ids to a file."""
    events = [claim(LEDGER, name, wording="230 “of our” людей") for name in names]
    file = place / "events.json"
    file.write_text(json.dumps(events), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "program", ["python publish_cloudevents.py", "node publish_cloudevents.mjs"]
)
def test_the_sdk_of_cloudevents_publishes_in_both_modes(run, place, running, program):
    kind = program.partition(" ")[0]
    # The SDK for JavaScript encodes nothing in headers, which hold ASCII.
    file = written(place, f"{kind}-1", "python № 2%" if kind == "python" else "node-2")
    command = (*program.split(), f"{running.url}/v1/claims", KEY, file)

    assert run(*command, "binary") == ["recorded", "recorded"]
    assert run(*command, "structured") == ["duplicate", "duplicate"]


def test_a_python_client_generated_from_the_document_publishes_and_reads(run, place, running):
    run(
        *("openapi-python-client", "generate", "--meta=none", "--fail-on-warning"),
        *("--path", PATH, "--output-path", place / "exchange_ledger_client"),
    )
    file = written(place, "generated-python-1", "generated-python-2")

    outcomes = run("python", "publish_generated.py", running.url, KEY, file)

    assert outcomes == ["recorded", "recorded", "duplicate", "duplicate"]


def test_a_typescript_client_generated_from_the_document_publishes_and_reads(run, place, running):
    run("openapi-typescript", "openapi.json", "--output", "client.d.ts")
    run(
        *("tsc", "--strict", "--noUncheckedIndexedAccess", "--skipLibCheck"),
        *("--target", "es2022", "--module", "nodenext", "publish_generated.ts"),
    )
    file = written(place, "generated-typescript-1", "generated-typescript-2")

    outcomes = run("node", "publish_generated.js", running.url, KEY, file)

    assert outcomes == ["recorded", "recorded", "duplicate", "duplicate"]


READERS = (
    *("python read_changes.py httpx-sse", "python read_changes.py sseclient"),
    "node read_changes.mjs",
)
#: Longer than an idle stream is silent, in seconds: several heartbeats are among what is read.
READ_SECONDS = 3


@pytest.mark.parametrize("program", READERS)
def test_readers_of_server_sent_events_hand_on_no_empty_message(run, running, program):
    url = f"{running.url}/v1/changes?ledger=rus-ukr&last_event_id=0"
    told = [json.loads(line) for line in run(*program.split(), url, READ_SECONDS)]

    assert len(told) > 3
    assert [kind for kind, _, _ in told].count("begin") == 1
    for kind, place, data in told:
        assert kind in {"begin", "figure", "withdrawn"}
        assert place
        assert json.loads(data)["ledger"] == "rus-ukr"
