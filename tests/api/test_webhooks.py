"""Webhooks over HTTP: for subscribers' keys, each with its own, and secrets shown once."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis import Redis

from schemas.credentials import Role
from services.eventlog.credentials import KEYS, make_key
from services.eventlog.keys import webhook_keys_of
from services.runtime import clock
from tests.api.running import Running, serving
from tests.api.test_bad_requests import problem_of
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "publishing"
HOOK = {"url": "http://127.0.0.1:9/hook", "name": "an archive", "only": {"side": "UA"}}
ADDRESS: Any = {"params": {"ledger": LEDGER}}


@pytest.fixture
def keys(running: Running) -> Iterator[dict[str, dict[str, str]]]:
    """Headers with the keys of two subscribers, a reader and an editor."""
    roles: dict[str, Role] = {
        "one": "subscriber",
        "two": "subscriber",
        "reader": "reader",
        "editor": "editor",
    }
    made = {name: make_key(name, role, now=clock.now()) for name, role in roles.items()}
    with Redis.from_url(running.server_url) as redis:
        for one in made.values():
            redis.hset(KEYS, one.stored.id, one.stored.model_dump_json())
        yield {name: {"Authorization": f"Bearer {one.key}"} for name, one in made.items()}
        redis.hdel(KEYS, *(one.stored.id for one in made.values()))
        redis.delete(*webhook_keys_of(LEDGER))


async def test_a_subscriber_adds_lists_pauses_rotates_and_removes_webhooks_of_its_own(
    running, seeded_position, keys
):
    async with (
        serving(running, webhook_private="127.0.0.0/8") as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, **ADDRESS) as http,
    ):
        added = await http.post("/v1/webhooks", json=HOOK, headers=keys["one"])
        assert added.status_code == 201, added.text
        made = added.json()
        place = added.headers["location"]
        assert made["secret"].startswith("whsec_")
        assert added.headers["cache-control"] == "no-store"
        [listed] = (await http.get("/v1/webhooks", headers=keys["one"])).json()["items"]
        assert listed == {name: value for name, value in made.items() if name != "secret"}
        assert listed["only"]["side"] == "UA"
        assert (await http.get(place, headers=keys["one"])).json() == listed

        # Another subscriber sees nothing of it.
        assert (await http.get("/v1/webhooks", headers=keys["two"])).json()["items"] == []
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/rotate")):
            refused = await http.request(
                method, f"/v1/webhooks/{made['id']}{path}", headers=keys["two"]
            )
            assert problem_of(refused, 404)["title"] == "Unknown webhook"

        about = f"/v1/webhooks/{made['id']}"
        states = [
            (await http.post(f"{about}/{done}", headers=keys["one"])).json()["state"]
            for done in ("pause", "resume", "ping")
        ]
        assert states == ["paused", "active", "active"]
        other = (await http.post(f"{about}/rotate", headers=keys["one"])).json()["secret"]
        assert other != made["secret"]
        removed = await http.delete(about, headers=keys["one"])
        assert (removed.status_code, removed.content) == (204, b"")
        assert (await http.get(about, headers=keys["one"])).status_code == 404
        with Redis.from_url(running.server_url) as redis:
            assert not redis.hexists(webhook_keys_of(LEDGER).webhooks, made["id"])


async def test_what_is_no_webhook_is_refused_and_says_what_was_expected(
    running, seeded_position, keys
):
    bodies = {
        '{"url": "ftp://example.org/"}': "url: Value error, expected a web address",
        '{"url": "https://me:word@example.org/"}': "url: Value error, expected an address without",
        '{"url": "https://example.org/", "types": ["claim.recorded"]}': "types.0:",
        '{"url": "https://example.org/", "only": {"camp": "UA"}}': "only.camp: Extra inputs",
        '{"url": "https://127.0.0.1/"}': "url: 127.0.0.1 is of a private network",
        '{"url": "https://8.8.8.8/", "after": "999999999"}': "after: expected a place up to",
        "[]": "the whole:",
        "": "the whole:",
    }
    async with (
        serving(running) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, **ADDRESS) as http,
    ):
        json_type = {"Content-Type": "application/json"}
        for body, expected in bodies.items():
            refused = await http.post("/v1/webhooks", content=body, headers=keys["one"] | json_type)
            assert problem_of(refused, 400)["detail"].startswith(expected), refused.text
        large = await http.post("/v1/webhooks", json={"url": "x" * 20_000}, headers=keys["one"])
        assert large.status_code == 413
        text = await http.post("/v1/webhooks", content="x", headers=keys["one"])
        assert text.status_code == 415


async def test_other_roles_and_nobody_are_refused_and_so_are_too_many(
    running, seeded_position, keys
):
    settings = {"webhook_private": "127.0.0.0/8", "webhooks_max": 1}
    async with (
        serving(running, **settings) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, **ADDRESS) as http,
    ):
        for role in ("reader", "editor"):
            refused = await http.get("/v1/webhooks", headers=keys[role])
            assert problem_of(refused, 403)["title"] == "Not a subscriber"
        nobody = await http.post("/v1/webhooks", json=HOOK)
        assert nobody.status_code == 401
        assert "Bearer" in nobody.headers["www-authenticate"]
        assert (await http.post("/v1/webhooks", json=HOOK, headers=keys["one"])).status_code == 201
        full = await http.post("/v1/webhooks", json=HOOK, headers=keys["two"])
        assert problem_of(full, 409)["title"] == "Too many webhooks"
