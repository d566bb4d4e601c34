"""The stream of changes: whoever follows it, stops and comes back ends with the live figures."""

import asyncio
import itertools
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.api.views.feed import Stream, StreamEvent
from services.eventlog.changes import ChangeFeed, ChangeId
from services.eventlog.connection import connect
from services.eventlog.redis_log import RedisEventLog
from services.projection.rebuild import rebuild
from services.projection.store import ViewStore
from tests.api.running import Told, claim, following, publish, serving
from tests.cli.running import seed_of
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


def figures(http: httpx.Client, ledger: str, **asked: Any) -> dict[str, Any]:
    page = http.get("/v1/figures", params={"ledger": ledger, "limit": 1000, **asked}).json()
    return {row["id"]: row for row in page["items"]}


def test_a_changed_figure_is_told_as_it_changes(http, running):
    with following(running.url, "following") as stream:
        begin = next(stream)
        publish(http, "following", claim("following", "c1"))
        first = next(stream)

    assert (begin.event, begin.data["ledger"]) == ("begin", "following")
    assert begin.id == f"{begin.data['position']}-0" or begin.id == str(begin.data["position"])
    assert first.event == "figure"
    assert first.id == f"{first.data['position']}-0"
    assert first.data == figures(http, "following")[first.data["id"]]


def test_a_withdrawn_figure_is_told_as_such(http, running):
    taken_back = {
        "retracts": {"source": claim("following", "c2")["source"], "id": "c2"},
        "reason": "withdrawn",
    }
    day = {"date": "2024-02-08", "ordinal": None}
    publish(http, "following", claim("following", "c2", exchange=day, published_at="2024-02-08"))
    with following(running.url, "following") as stream:
        next(stream)
        retraction = claim("following", "c2-back") | {
            "type": "exchange.claim.retracted.v1",
            "data": taken_back,
        }
        done = publish(http, "following", retraction)
        assert [item["outcome"] for item in done["items"]] == ["recorded"]
        gone = next(told for told in stream if told.event == "withdrawn")

    assert gone.data["id"].startswith("2024-02-08:")
    assert gone.data["id"] not in figures(http, "following", min_position=done["position"])


def take(told: Told, held: dict[str, Any]) -> None:
    if told.event == "figure":
        held[told.data["id"]] = told.data
    elif told.event == "withdrawn":
        held.pop(told.data["id"], None)


def test_a_consumer_that_is_killed_and_comes_back_misses_nothing(http, running):
    seed = [json.loads(line) for line in seed_of("flowing")]
    chosen = random.Random(7)

    def flow() -> Any:
        done = {}
        with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as publisher:
            for number in range(30):
                events = [
                    event | {"id": f"{event['id']}-{number}"} for event in chosen.sample(seed, 4)
                ]
                done = publish(publisher, "flowing", *events)
        return done

    held: dict[str, Any] = {}
    at, kills = "0", 0
    with ThreadPoolExecutor(1) as beside:
        flowing = beside.submit(flow)
        # Killed often enough even where claims flow faster than consumers start.
        while not flowing.done() or kills <= 5:
            with following(running.url, "flowing", at, with_heartbeats=True) as stream:
                # Killed in the middle of whatever comes, by reading no further.
                for told in itertools.islice(stream, kills % 5 + 2):
                    at = told.id or at
                    take(told, held)
            kills += 1
    live = figures(http, "flowing", min_position=flowing.result()["position"])
    with following(running.url, "flowing", at) as stream:
        while held != live:
            take(next(stream), held)

    assert kills > 5
    assert len(live) > 3


def test_a_position_is_a_place_to_resume_from(http, running):
    publish(http, "following", claim("following", "c3"))
    position = http.get("/v1/log", params={"ledger": "following"}).json()["position"]
    figures(http, "following", min_position=position)
    with following(running.url, "following", str(position)) as stream:
        assert next(stream).id == str(position)
        publish(http, "following", claim("following", "c4"))
        told = next(stream)

    assert told.data["position"] > position


def test_a_place_behind_the_end_of_the_log_means_to_reload(http, running):
    with following(running.url, "following", "100000-3") as stream:
        next(stream)
        told = next(stream)

    assert told.event == "reload"
    assert told.data["position"] < 100_000
    assert told.id == str(told.data["position"])
    assert "100000" in told.data["reason"]


async def test_a_place_that_was_trimmed_means_to_reload(http, running, seeded_position):
    client = connect(running.server_url, retry_seconds=0)
    await client.xtrim("exl:{rus-ukr}:changes", maxlen=1, approximate=False)
    held = await ChangeFeed(client, "rus-ukr").held()
    await client.aclose()

    assert held.is_trimmed

    def first_of(at: str) -> Told:
        with following(running.url, "rus-ukr", at) as stream:
            next(stream)
            return next(stream)

    told = await asyncio.to_thread(first_of, "1-0")
    assert (told.event, told.data["position"]) == ("reload", seeded_position)
    assert held.first is not None
    assert held.reaches(held.first)


async def test_who_was_away_while_the_views_were_made_anew_is_told_to_reload(http, running):
    done = publish(http, "following", claim("following", "before"))
    held = figures(http, "following", min_position=done["position"])
    client = connect(running.server_url, retry_seconds=0)
    store, log = ViewStore(client, "following"), RedisEventLog(client, "following")
    # As if the code that folds had been mended: the live views lack a row that a rebuild makes.
    await client.hdel(f"exl:{{following}}:view:{await store.current()}:figures", next(iter(held)))
    rebuilt = await rebuild(log, store, ledger="following", accept=True)
    await client.aclose()
    assert [difference.kind for difference in rebuilt.differences] == ["only-rebuilt"]

    def first_of(at: str) -> Told:
        with following(running.url, "following", at) as stream:
            next(stream)
            return next(stream)

    told = await asyncio.to_thread(first_of, str(rebuilt.position))
    assert (told.event, told.data["position"]) == ("reload", rebuilt.position)
    assert "made anew" in told.data["reason"]
    day = {"date": "2024-06-25", "ordinal": None}
    after = publish(http, "following", claim("following", "after", exchange=day))
    assert figures(http, "following", min_position=after["position"]).keys() > held.keys()
    told = await asyncio.to_thread(first_of, f"{rebuilt.position + 1}-0")
    assert told.event == "figure"


async def test_an_idle_stream_lives_and_a_stopping_server_says_so(running):
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        async with serving(running, heartbeat_seconds=0.05) as url:
            stream = http.stream("GET", f"{url}/v1/changes")
            answer = await stream.__aenter__()
            lines = answer.aiter_lines()
            alive = [line async for line in _until(lines, ": alive")]
        rest = [line async for line in lines]
        await stream.__aexit__(None, None, None)

    assert alive[-1] == ": alive"
    assert "event: closing" in rest


async def _until(lines: Any, last: str) -> Any:
    async for line in lines:
        yield line
        if line == last:
            return


def test_more_than_a_slow_reader_may_leave_unread_drops_it():
    stream = Stream(unread_count=3)
    told = [stream.offer(StreamEvent(ChangeId(position, 0), b"")) for position in range(5)]

    assert told == [True, True, True, False, False]
    assert stream.is_dropped
    left = [stream.waiting.get_nowait() for _ in range(3)]
    assert [told and told.at.position for told in left] == [0, 1, 2]


def seed_on(number: int) -> list[dict[str, Any]]:
    """The seed's claims as if about another day, by its number."""
    day = str(date(2024, 3, 1) + timedelta(days=number))
    said = {"exchange": {"date": day, "ordinal": None}, "published_at": day, "asserted_at": None}
    return [
        event
        | {"id": f"{event['id']}-on-{number}", "time": f"{day}T20:00:00Z"}
        | {"data": event["data"] | said}
        for event in map(json.loads, seed_of("flowing"))
    ]


async def _rest_of(lines: Any) -> list[str]:
    return [line async for line in lines]


async def test_a_reader_that_does_not_keep_up_is_told_where_it_was(http, running):
    async with (
        serving(running, unread_count=2, names=("flowing",), heartbeat_seconds=0.05) as url,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as slow,
        slow.stream("GET", f"{url}/v1/changes") as answer,
    ):
        lines = answer.aiter_lines()
        # A heartbeat says that it is told what comes from now on.
        assert [line async for line in _until(lines, ": alive")]
        reading = asyncio.create_task(_rest_of(lines))
        # Until more changes come at once than may wait.
        days = itertools.count(1)
        while not reading.done():
            await asyncio.to_thread(publish, http, "flowing", *seed_on(next(days)))
        rest = await reading

    [dropped] = [n for n, line in enumerate(rest) if line == "event: dropped"]
    said = json.loads(rest[dropped + 1].removeprefix("data: "))
    ids = [line.removeprefix("id: ") for line in rest if line.startswith("id: ")]
    assert said["last_event_id"] == ids[-1]
