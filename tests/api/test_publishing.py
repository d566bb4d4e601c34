"""Claims published over HTTP: they go through the same intake as by any other way, and have a fate."""

import asyncio
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.app import make_app
from services.api.http.request_bodies import BATCH, split
from services.eventlog.connection import connect
from services.eventlog.inbox import Inbox
from services.ledgers import load_ledger
from services.runtime.settings import Settings
from tests.api.running import DIGEST, PUBLISHER, WAITING, claim, publish
from tests.running import own_server, wait_until


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


async def test_a_full_inbox_and_a_full_server_are_problems_with_a_time_to_come_back(ledger):
    with own_server() as server:
        server.start()
        client = connect(server.url, retry_seconds=0)
        settings = Settings(redis_url=server.url, publish_keys=(DIGEST,), inbox_max=3)
        app = make_app(settings, [load_ledger("rus-ukr")])
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:

            async def posted(*names: str) -> httpx.Response:
                events = [claim("rus-ukr", name) for name in names]
                return await http.post("/v1/claims", json=events, headers=PUBLISHER)

            assert (await posted("a", "b")).status_code == 202
            full = await posted("c", "d")
            assert full.status_code == 429
            assert int(full.headers["retry-after"]) > 0
            problem = full.json()
            assert problem["type"] == "urn:exchange-ledger:problem:inbox-full"
            assert (problem["ledger"], problem["published"]) == ("rus-ukr", 0)
            assert "may hold 3 entries" in problem["detail"]
            assert (await posted("c")).status_code == 202
            assert (await posted("a", "b", "c", "d")).status_code == 413, "it would never fit"

            await client.delete("exl:{rus-ukr}:inbox")
            await client.config_set("maxmemory", "1mb")
            no_room = await posted("e")
            assert no_room.status_code == 507
            assert int(no_room.headers["retry-after"]) > 0
            assert no_room.json()["type"] == "urn:exchange-ledger:problem:server-full"
            assert "memory is full" in no_room.json()["detail"]
            assert (await http.get("/v1/figures")).status_code == 200
            metrics = (await http.get("/metrics")).text
            assert "exchange_ledger_server_memory_max_bytes 1.048576e+06" in metrics
        await app.state.shared.close()
        await client.aclose()


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
