"""Requests that cannot be answered get a problem document that names the thing and both values."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from services.eventlog.connection import connect
from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from tests.api.running import PUBLISHER, claim, serving
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


def problem_of(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:exchange-ledger:problem:")
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("figures?limit=0", "limit"),
        ("figures?limit=many", "limit"),
        ("figures?limit=100000", "limit"),
        ("figures?sid=UA", "sid"),
        ("figures?side=XX", "side"),
        ("figures?measure=captured", "measure"),
        ("figures?status=fine", "status"),
        ("figures?date_from=yesterday", "date_from"),
        ("figures?date_from=1704240000", "date_from"),
        ("figures?date_to=2024-13-01", "date_to"),
        ("figures?as_asserted_by=2024-01-03T17:50", "as_asserted_by"),
        ("figures?as_known_on=noon", "as_known_on"),
        ("figures?min_position=-1", "min_position"),
        ("figures?min_position=99999999999999999999", "min_position"),
        ("figures?cursor=%00", "cursor"),
        ("figures?cursor=broken", "cursor"),
        ("figures?cursor=WyJjbGFpbXMiLCJ4IiwxXQ", "cursor"),
        ("figures?cursor=WyJmaWd1cmVzIiwxXQ", "cursor"),
        ("figures?cursor=WyJmaWd1cmVzIl0", "cursor"),
        ("claims?state=lost", "state"),
        ("checks?result=maybe", "result"),
        ("exchanges?status=over", "status"),
        ("log?after=x", "after"),
        ("changes?last_event_id=812-x", "last_event_id"),
        ("diff", "from"),
        ("diff?from=soon", "from"),
        ("diff?from=99999999", "from"),
        ("diff?from=1&to=99999999", "to"),
        ("diff?from=2&to=1", "from"),
        ("diff?from=0&first=0", "first"),
        ("diff?from=0&cursor=WyJmaWd1cmVzIiwxXQ", "cursor"),
    ],
)
def test_a_wrong_parameter_is_named(http, path, parameter):
    problem = problem_of(http.get(f"/v1/{path}"), 400)

    [wrong] = problem["parameters"]
    assert wrong["parameter"] == parameter
    assert wrong["expected"]
    assert wrong["found"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("figures?limit=0", "1 or more"),
        ("figures?limit=100000", "1000 or less"),
        ("figures?date_to=2024-02-30", "a date (YYYY-MM-DD)"),
        ("headline?by=week", "'year' or 'month'"),
        ("submissions?ledgr=rus-ukr", "one of after, ledger, limit, state; nearest: ledger"),
        ("changes?q=1", "one of last_event_id, ledger"),
        ("log/?q=1", "a path of /openapi.json"),
    ],
)
def test_what_is_expected_of_a_parameter_is_said(http, path, expected):
    problem = http.get(f"/v1/{path}").json()

    assert f"expected {expected}, found" in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "exchanges/1999-01-01",
        "exchanges/%00",
        "claims/nobody",
        "claims/seed-00@urn:other",
        "fates/nothing",
        "fates/1-0.00000000000000000000000000000000",
        "figures?ledger=nowhere",
        "changes?ledger=nowhere",
        "nothing",
        "figures/",
    ],
)
def test_what_is_not_there_is_not_found(http, path):
    problem_of(http.get(f"/v1/{path}"), 404)


def test_a_method_that_is_not_there_and_a_form_that_is_not_offered_are_refused(http):
    problem_of(http.delete("/v1/figures"), 405)
    refused = http.put("/v1/claims")
    problem_of(refused, 405)
    assert refused.headers["allow"] == "GET, HEAD, POST"
    assert http.put("/v1/claims/seed-00").headers["allow"] == "GET, HEAD"
    assert http.put("/v1/webhooks/hook-00/pause").headers["allow"] == "POST"
    problem_of(http.get("/v1/figures", headers={"Accept": "application/xml"}), 406)
    problem_of(http.get("/v1/log", headers={"Accept": "text/csv"}), 406)


def test_a_position_past_the_end_of_the_log_is_refused_at_once(http, seeded_position):
    problem = problem_of(http.get("/v1/figures?min_position=1000000"), 409)

    assert problem["asked_position"] == 1_000_000
    assert problem["position"] == seeded_position


async def test_a_position_not_reached_in_time_is_told_with_the_one_that_is(
    running, seeded_position, ledger
):
    (running.ledgers_dir / f"{ledger}.toml").write_text(
        (running.ledgers_dir / "growing.toml").read_text().replace("growing", ledger)
    )
    async with (
        serving(running, names=(ledger,), position_wait_seconds=0.1) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        # No worker looks after this ledger.
        published = await http.post("/v1/claims", json=claim(ledger, "x"), headers=PUBLISHER)
        waiting = await http.get(published.headers["location"])
        assert waiting.json()["outcome"] == "waiting"
        problem_of(await http.get("/readyz"), 503)
        assert (await http.get("/v1/figures")).json()["items"] == []
        await append_one(running.server_url, ledger)
        problem = problem_of(await http.get("/v1/figures?min_position=1"), 504)
        assert (problem["asked_position"], problem["position"]) == (1, 0)


async def append_one(server_url: str, ledger: str) -> None:
    client = connect(server_url, retry_seconds=0)
    event = NewEvent("ab" * 16, b'{"type":"claim.recorded"}')
    await RedisEventLog(client, ledger).append([event])
    await client.aclose()


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/json; charset=latin-1", 415),
        (b"{}", "", 415),
        (b"", "application/json", 400),
        (b"[{}", "application/json", 400),
        (b"[{},]", "application/json", 400),
        (b"[{}] x", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "application/cloudevents-batch+json", 400),
        (b"[{}]", "application/cloudevents+json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'[{"a":' * 3_000, "application/json", 400),
        (b"[" + b"{}," * 99_999 + b"{}]", "application/cloudevents-batch+json", 413),
    ],
    ids=lambda value: str(value[:30]) if isinstance(value, bytes) else None,
)
def test_a_body_without_events_or_with_too_many_is_refused(http, body, media_type, status):
    answer = http.post("/v1/claims", content=body, headers=PUBLISHER | {"Content-Type": media_type})

    problem_of(answer, status)


@pytest.mark.parametrize("is_length_stated", [True, False])
def test_a_body_of_fifty_megabytes_is_refused_and_the_next_request_answered(http, is_length_stated):
    piece = b" " * 1_000_000
    body = piece * 50 if is_length_stated else (piece for _ in range(50))
    answer = http.post(
        "/v1/claims", content=body, headers=PUBLISHER | {"Content-Type": "application/json"}
    )

    assert "5242880" in problem_of(answer, 413)["detail"]
    assert http.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Basic eDp5"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer another"}, 403),
    ],
)
def test_nobody_publishes_without_a_known_key(http, headers, status):
    answer = http.post("/v1/claims", json=claim("rus-ukr", "x"), headers=headers)

    problem_of(answer, status)
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_a_body_that_does_not_end_is_not_waited_for(running):
    async with serving(running, body_seconds=0.1) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /v1/claims HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: %s\r\nContent-Length: 9\r\n\r\n[" % PUBLISHER["Authorization"].encode()
        )
        answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:exchange-ledger:problem:body-too-slow" in answer


async def test_a_server_out_of_reach_is_a_problem_with_a_time_to_come_back(running):
    async with (
        serving(running, redis_url="redis://127.0.0.1:1/0") as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        asked = ("/v1/figures", "/readyz", "/v1/changes", "/v1/figures?as_known_on=2024-01-01")
        for answer in await asyncio.gather(*map(http.get, asked)):
            problem_of(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
        posted = await http.post("/v1/claims", json=claim("rus-ukr", "x"), headers=PUBLISHER)
        problem_of(posted, 503)
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/metrics")).status_code == 200


def test_what_a_problem_shows_is_short_and_printable(http):
    answer = http.get("/v1/figures", params={"cursor": "\x1b[31m" + "x" * 900})

    [wrong] = problem_of(answer, 400)["parameters"]
    assert len(wrong["found"]) <= 80
    assert wrong["found"].isprintable()
    assert json.loads(answer.text)
