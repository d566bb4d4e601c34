"""Keys let in whom they should, from the moment they are made until they are revoked, and not too often."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Sequence

import httpx
import pytest

from services.cli.main import run
from services.eventlog.connection import connect
from services.eventlog.credentials import KEYS
from tests.api.running import PUBLISHER, claim, serving
from tests.api.test_bad_requests import problem_of
from tests.running import PATIENCE_SECONDS, wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

Command = Callable[..., str]


@pytest.fixture
def keys(running, monkeypatch, capsys) -> Command:
    """Run `keys …` against the server of the running API; give what it prints."""
    monkeypatch.setenv("LEDGER_REDIS_URL", running.server_url)

    def run_command(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(["keys", *arguments])
        assert ended.value.code == code
        said = capsys.readouterr()
        return str(said.err if code else said.out).strip()

    return run_command


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def post(http: httpx.Client, name: str, key: str) -> httpx.Response:
    event = claim("publishing", name)
    return http.post("/v1/claims?ledger=publishing", json=event, headers=bearer(key))


def id_of(key: str) -> str:
    return key.split("_")[1]


def test_a_key_is_good_from_when_it_is_made_until_it_is_revoked(http, running, keys):
    key = keys("create", "a scraper", "--role", "publisher")
    wait_until(lambda: post(http, "k1", key).status_code == 202)

    assert post(http, "k1", f"{key}x").status_code == 403
    [listed] = [row for row in json.loads(keys("list")) if row["id"] == id_of(key)]
    assert (listed["name"], listed["role"]) == ("a scraper", "publisher")
    assert "digest" not in listed
    assert keys("revoke", id_of(key)) == f"{id_of(key)} revoked"
    wait_until(lambda: post(http, "k2", key).status_code == 403)
    assert id_of(key) in keys("revoke", id_of(key), code=2)
    assert key not in (running.ledgers_dir / "up.log").read_text()


def test_a_key_is_kept_as_its_hash_alone(running, keys):
    key = keys("create", "somebody", "--role", "reader")

    async def stored() -> bytes:
        client = connect(running.server_url, retry_seconds=0)
        found: bytes = await client.hget(KEYS, id_of(key))
        await client.aclose()
        return found

    assert key.split("_", 2)[2].encode() not in asyncio.run(stored())


def test_a_reader_may_not_publish(http, keys):
    key = keys("create", "a reader", "--role", "reader")
    wait_until(lambda: http.get("/v1/figures", headers=bearer(key)).status_code == 200)

    assert "publisher" in problem_of(post(http, "k3", key), 403)["detail"]


def test_names_and_roles_that_cannot_be_are_refused(keys):
    assert "printable" in keys("create", "two\nlines", "--role", "reader", code=2)
    assert "reader" in keys("create", "x", "--role", "king", code=2)


def test_an_unknown_key_is_no_way_to_read_either(http):
    problem_of(http.get("/v1/figures", headers=bearer("exl_abc_def")), 403)


async def test_closed_reading_asks_for_a_key_and_a_browser_may_send_it_as_a_password(running, keys):
    key = await asyncio.to_thread(keys, "create", "a reader", "--role", "reader")
    password = b64encode(f"anybody:{key}".encode()).decode()
    async with (
        serving(running, read_open=False) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        for path in ("/v1/figures", "/v1/log", "/v1/changes", "/openapi.json", "/nowhere"):
            refused = await http.get(path)
            problem_of(refused, 401)
            assert refused.headers["www-authenticate"].startswith("Basic ")
            assert "Bearer " in refused.headers["www-authenticate"]
        for authorization in (f"Bearer {key}", f"Basic {password}", PUBLISHER["Authorization"]):
            answer = await http.get("/v1/figures", headers={"Authorization": authorization})
            assert answer.status_code == 200
        # What is kept for those who may read is not given to others.
        problem_of(await http.get("/v1/figures"), 401)
        problem_of(await http.get("/v1/figures", headers={"Authorization": "Basic ~"}), 401)
        assert (await http.get("/healthz")).status_code == 200


async def test_the_stream_of_a_revoked_key_ends(running, keys):
    key = await asyncio.to_thread(keys, "create", "a follower", "--role", "reader")
    async with (
        serving(running, heartbeat_seconds=0.2) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
        http.stream("GET", "/v1/changes", headers=bearer(key)) as answer,
    ):
        lines = answer.aiter_lines()
        assert answer.status_code == 200
        assert (await anext(lines)).startswith("retry")
        await asyncio.to_thread(keys, "revoke", id_of(key))
        rest = [line async for line in lines]

    assert rest[-3:-1] == ["event: closing", 'data: {"reason":"key revoked"}']


async def test_without_a_publishers_key_publishing_is_closed(running, keys):
    for row in json.loads(await asyncio.to_thread(keys, "list")):
        await asyncio.to_thread(keys, "revoke", row["id"])
    async with serving(running, publish_keys=()) as url, httpx.AsyncClient(base_url=url) as http:
        posted = await http.post("/v1/claims", json=claim("rus-ukr", "x"), headers=PUBLISHER)

    assert "keys create" in problem_of(posted, 403)["detail"]


def refusal_in(answers: Sequence[httpx.Response], limit: int) -> httpx.Response:
    assert [answer.status_code for answer in answers[:limit]] == [200] * limit
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0].headers["retry-after"]) <= 120
    return refused[0]


async def test_one_key_asks_only_so_often_and_others_do_not_pay_for_it(running, keys):
    key = await asyncio.to_thread(
        keys, "create", "a busy one", "--role", "reader", "--per-minute", "3"
    )
    async with serving(running) as url, httpx.AsyncClient(base_url=url) as http:
        answers = [await http.get("/v1/figures", headers=bearer(key)) for _ in range(12)]
        others = [await http.get("/v1/figures", headers=PUBLISHER) for _ in range(6)]

    refused = refusal_in(answers, 3)
    assert "at most 3 requests" in problem_of(refused, 429)["detail"]
    assert {answer.status_code for answer in others} == {200}
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"key";q=3;w=60'}
    left = [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers[:3]]
    assert left == ['"key";r=2', '"key";r=1', '"key";r=0']
    assert refused.headers["ratelimit"] == f'"key";r=0;t={refused.headers["retry-after"]}'


async def test_addresses_without_a_key_are_limited_where_the_settings_say_so(running):
    async with (
        serving(running, address_requests_per_minute=4) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        answers = [await http.get("/v1/figures") for _ in range(16)]
        with_key = await http.get("/v1/figures", headers=PUBLISHER)
        health = await http.get("/healthz")

    problem_of(refusal_in(answers, 4), 429)
    assert answers[0].headers["ratelimit-policy"] == '"address";q=4;w=60'
    assert "ratelimit" not in health.headers
    assert (with_key.status_code, health.status_code) == (200, 200)
