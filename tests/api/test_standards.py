"""What other people's programs may take for granted: CloudEvents over HTTP, HEAD, one line a record."""

import json
from typing import Any

import httpx
import pytest

from services.api.http.request_bodies import BATCH, EITHER, SINGLE
from services.api.write_openapi import document_text
from tests.api.running import PUBLISHER, WAITING, claim, publish


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


def post_binary(
    http: httpx.Client, body: bytes, headers: dict[str, Any], media_type: str = EITHER
) -> httpx.Response:
    sent = PUBLISHER | WAITING | {"Content-Type": media_type} | headers
    return http.post("/v1/claims", params={"ledger": "publishing"}, content=body, headers=sent)


def in_headers(event: dict[str, Any]) -> dict[str, str]:
    return {f"ce-{name}": str(value) for name, value in event.items() if name not in ELSEWHERE}


ELSEWHERE = {"data", "datacontenttype"}


def test_a_claim_in_binary_mode_is_the_same_as_in_structured_mode(http):
    event = claim("publishing", "binary-1")
    data = json.dumps(event["data"], ensure_ascii=False).encode()

    first = post_binary(http, data, in_headers(event), f"{EITHER}; charset=utf-8")
    again = publish(http, "publishing", event)["items"][0]

    [item] = first.json()["items"]
    assert (first.status_code, item["outcome"], item["reasons"]) == (200, "recorded", [])
    assert (again["outcome"], again["event"]) == ("duplicate", item["event"])


def test_attributes_in_headers_are_read_as_they_were_written(http):
    event = claim("publishing", "")
    data = json.dumps(event["data"]).encode()
    headers = in_headers(event) | {"ce-traceparent": "00-0af7-01"}

    encoded = post_binary(http, data, headers | {"ce-id": "%D0%B0%25%20b"}).json()["items"][0]
    quoted = post_binary(http, data, headers | {"ce-id": r'"a \"b\""'}).json()["items"][0]

    for item, name in ((encoded, "а% b"), (quoted, 'a "b"')):
        assert item["outcome"] == "recorded"
        behind = {"ledger": "publishing", "after": item["position"] - 1, "limit": 1}
        [recorded] = http.get("/v1/log", params=behind).json()["items"]
        assert recorded["data"]["id"] == name


def test_an_attribute_that_is_missing_parks_the_claim_with_the_reason(http):
    event = claim("publishing", "binary-2")
    headers = in_headers(event)
    del headers["ce-source"]

    [item] = post_binary(http, json.dumps(event["data"]).encode(), headers).json()["items"]

    assert item["outcome"] == "rejected"
    assert [reason["pointer"] for reason in item["reasons"]] == ["/source"]


def test_a_batch_may_be_sent_to_an_address_of_its_own(http):
    events = [claim("publishing", "batch-1"), claim("publishing", "batch-2", side="XX")]
    sent = {"params": {"ledger": "publishing"}, "json": events}

    answer = http.post("/v1/claims/batch", headers=PUBLISHER | WAITING, **sent)

    outcomes = [item["outcome"] for item in answer.json()["items"]]
    assert (answer.status_code, outcomes) == (200, ["recorded", "rejected"])
    assert http.post("/v1/claims/batch", **sent).status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{}, "subject": "growing"', {}, 400),
        (b"", {}, 400),
        (b'{"a": 1', {}, 400),
        (b"\xff", {}, 400),
        (b"[" * 200_001, {}, 400),
        (b"{}", {"ce-data": "{}"}, 400),
        (b"{}", {"ce-a_b": "1"}, 400),
        (b"{}", {"ce-id": "%ff"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/avro"}, 415),
        (b"{}", {"Content-Type": ""}, 415),
    ],
)
def test_what_is_no_event_in_binary_mode_is_refused_by_name(http, body, headers, status):
    event = claim("publishing", "binary-3")
    answer = post_binary(http, body, in_headers(event) | headers)

    assert answer.status_code == status, answer.text
    assert "expected" in answer.json()["detail"]
    if status == 415:
        assert answer.headers["accept-post"] == f"{SINGLE}, {BATCH}, {EITHER}"


def test_a_header_that_comes_twice_is_refused(http):
    event = claim("publishing", "binary-4")
    headers = [*PUBLISHER.items(), *in_headers(event).items(), ("ce-id", "another")]
    headers.append(("Content-Type", EITHER))

    answer = http.post("/v1/claims", content=b"{}", headers=headers)

    assert answer.status_code == 400
    assert "ce-id" in answer.json()["detail"]


def test_head_is_answered_wherever_something_can_be_read(http):
    described = json.loads(document_text())["paths"]
    paths = [path for path, methods in described.items() if "get" in methods and "{" not in path]
    paths += ["/v1/exchanges/2024-01-03", "/v1/exchanges/1999-01-01", "/", "/v1/nothing"]
    for path in paths:
        query = "?from=1" if path == "/v1/diff" else ""
        answer = http.head(path + query)
        assert answer.content == b""
        if path == "/v1/changes":
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.status_code == 200
            continue
        read = http.get(path + query)
        assert answer.status_code == read.status_code, path
        for name in ("content-type", "etag", "ledger-position"):
            assert answer.headers.get(name) == read.headers.get(name), path
    assert http.head("/v1/fates").status_code == 404


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_the_log_holds_no_end_of_a_line_inside_an_event(http, separator):
    wording = f"230{separator}people"
    name = f"separated-{ord(separator)}"
    [item] = publish(http, "publishing", claim("publishing", name, wording=wording))["items"]
    behind = {"ledger": "publishing", "after": item["position"] - 1, "limit": 1}
    answer = http.get("/v1/log", params=behind)

    assert len(answer.text.splitlines()) == 1
    assert answer.json()["items"][0]["data"]["claim"]["wording"] == wording
