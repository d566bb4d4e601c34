"""Claims published over HTTP: they go through the same intake as by any other way, and have a fate."""

import asyncio
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.http.request_bodies import BATCH, split
from services.eventlog.connection import connect
from services.eventlog.inbox import Inbox
from tests.api.running import PUBLISHER, WAITING, claim, publish
from tests.running import wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = {"ledger": "publishing"}


def post(http: httpx.Client, body: object, media_type: str, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given_headers = PUBLISHER | {"Content-Type": media_type} | headers
    return http.post("/v1/claims", params=LEDGER, content=content, headers=given_headers)


def test_a_claim_is_taken_in_and_its_fate_is_found_where_it_was_said(http):
    answer = post(http, claim("publishing", "p1"), "application/cloudevents+json")

    assert answer.status_code == 202
    [item] = answer.json()["items"]
    assert item["outcome"] == "waiting"
    assert answer.json()["durability"] == "fsync-always"
    assert answer.headers["location"] == item["fate"]
    wait_until(lambda: http.get(item["fate"]).json()["outcome"] == "recorded")
    fate = http.get(item["fate"]).json()
    [event] = http.get(
        "/v1/log", params=LEDGER | {"after": fate["position"] - 1, "limit": 1}
    ).json()["items"]
    assert (event["id"], event["data"]["id"]) == (item["event"], "p1")


def test_a_publisher_that_waits_is_told_what_became_of_each(http):
    known = claim("publishing", "p2")
    publish(http, "publishing", known)
    events = [claim("publishing", "p3"), known, claim("publishing", "p4", side="XX"), {}, 7]
    answer = post(http, events, "application/cloudevents-batch+json", **WAITING)

    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == WAITING["Prefer"]
    items = answer.json()["items"]
    assert [item["outcome"] for item in items] == [
        "recorded",
        "duplicate",
        "rejected",
        "rejected",
        "rejected",
    ]
    assert [item["index"] for item in items] == [0, 1, 2, 3, 4]
    assert items[0]["position"] > items[1]["position"]
    assert items[2]["reasons"][0]["pointer"] == "/data/side"
    for item in items:
        later = http.get(item["fate"]).json()
        assert later["outcome"] == item["outcome"]
        assert later["reasons"] == item["reasons"]
        assert later["position"] == item["position"]


def test_other_content_under_a_known_id_is_rejected_with_the_reason(http):
    publish(http, "publishing", claim("publishing", "p5"))
    other = publish(http, "publishing", claim("publishing", "p5", wording="231 of our people"))

    [item] = other["items"]
    assert item["outcome"] == "rejected"
    assert item["reasons"][0]["pointer"] == "/id"
    assert http.get(item["fate"]).json()["outcome"] == "rejected"


def test_without_a_wait_intake_tells_what_it_will_refuse(http):
    answer = post(http, claim("publishing", "p6", side="XX"), "application/json")

    [item] = answer.json()["items"]
    assert answer.status_code == 202
    assert (item["outcome"], item["event"]) == ("waiting", None)
    assert item["reasons"][0]["pointer"] == "/data/side"


def test_what_is_refused_is_parked_with_the_bytes_that_came(http, running):
    raw = '{"id" : "p7",\t"note": "0.10 é 1e400"}'.encode()
    body = b"[ " + raw + b" ,\n " + raw + b"]"
    assert post(http, body, BATCH, **WAITING).status_code == 200

    async def parked() -> list[str]:
        client = connect(running.server_url, retry_seconds=0)
        found = await Inbox(client, "publishing").parked()
        await client.aclose()
        return [claim.raw for claim in found]

    assert asyncio.run(parked()).count(raw.decode()) == 2


def test_each_event_of_a_batch_goes_to_the_ledger_that_it_names(http):
    events = [
        claim("publishing", "m1"),
        claim("growing", "m2"),
        claim("publishing", "m3") | {"subject": "nowhere"},
    ]
    answer = http.post("/v1/claims", json=events, headers=PUBLISHER | WAITING)

    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [(item["ledger"], item["outcome"]) for item in items] == [
        ("publishing", "recorded"),
        ("growing", "recorded"),
        ("rus-ukr", "rejected"),
    ]
    for item in items:
        assert item["fate"].endswith(f"?ledger={item['ledger']}")
        assert http.get(item["fate"]).json()["outcome"] == item["outcome"]
    [reason] = items[2]["reasons"]
    assert reason["pointer"] == "/subject"
    assert "LEDGER_NAMES" in reason["expected"]
    assert "LEDGER_CONFIG_DIR" in reason["expected"]


def test_an_empty_batch_is_nothing_to_do(http):
    answer = post(http, b"[ ]", "application/json", Prefer="wait=1")

    assert answer.status_code == 200
    assert answer.json()["items"] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SPACE = st.text(alphabet=" \t\r\n", max_size=2)


@given(st.lists(st.tuples(JSON, SPACE, SPACE), max_size=6), SPACE, SPACE)
def test_a_batch_is_split_where_its_events_begin_and_end(parts, before, after):
    pieces = [json.dumps(value, ensure_ascii=False).encode() for value, _, _ in parts]
    inside = b",".join(
        left.encode() + piece + right.encode()
        for piece, (_, left, right) in zip(pieces, parts, strict=True)
    )
    body = before.encode() + b"[" + inside + b"]" + after.encode()

    assert split(body, BATCH, count_max=10) == pieces
