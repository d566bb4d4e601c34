"""What is read over HTTP: the same rows as everywhere, in pages, filtered, now and at other times."""

import asyncio
import csv
import io
import json
import sys
import time

import httpx
import pytest

from schemas.views import ReadModels
from services.api.views import computations
from services.api.views.replayer import Replayer
from services.ledgers import load_ledger
from services.queries.as_of import Cut
from services.queries.cut_times import read_cut_time
from services.queries.replay import replay
from services.runtime.settings import read_settings
from tests.api.running import claim, publish, serving
from tests.cli.running import seed_of
from tests.normal import without_arrival
from tests.running import PATIENCE_SECONDS, wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

VIEWS = ("exchanges", "figures", "cumulative", "checks", "claims")


@pytest.fixture(scope="module")
def replayed() -> ReadModels:
    lines = [line.encode() for line in seed_of("rus-ukr")]
    return replay(lines, ledger=load_ledger("rus-ukr")).read_models


@pytest.mark.parametrize("view", VIEWS)
def test_a_list_holds_the_rows_a_replay_gives(http, replayed, view):
    page = http.get(f"/v1/{view}").raise_for_status().json()

    assert page["next"] is None
    assert page["ledger"] == "rus-ukr"
    assert without_arrival(page["items"]) == without_arrival(replayed)[view]


@pytest.mark.parametrize("view", VIEWS)
def test_pages_follow_each_other_without_a_gap(http, view):
    whole = http.get(f"/v1/{view}").json()["items"]
    paged, params = [], {"limit": 2}
    while True:
        page = http.get(f"/v1/{view}", params=params).raise_for_status()
        paged += page.json()["items"]
        if page.json()["next"] is None:
            break
        assert 'rel="next"' in page.headers["link"]
        params["cursor"] = page.json()["next"]

    assert paged == whole


def test_pages_go_on_while_claims_arrive(http):
    ids = [f"m{number:02}" for number in range(0, 40, 2)]
    publish(http, "growing", *(claim("growing", name) for name in ids))
    seen: list[str] = []
    cursor = None
    for number in range(1, 40, 2):
        page = http.get(
            "/v1/claims",
            params={"ledger": "growing", "limit": 3} | ({"cursor": cursor} if cursor else {}),
        ).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        done = publish(http, "growing", claim("growing", f"m{number:02}"))
        http.get("/v1/claims", params={"ledger": "growing", "min_position": done["position"]})

    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    assert set(ids) <= set(seen)


@pytest.mark.parametrize(
    ("path", "is_wanted"),
    [
        ("figures?side=UA", lambda row: row["side"] == "UA"),
        ("figures?measure=exchanged_total", lambda row: row["measure"] == "exchanged_total"),
        ("figures?category=military", lambda row: row["category"] == "military"),
        ("figures?exchange=2024-01-03&side=RU", lambda row: row["side"] == "RU"),
        ("claims?claimant=seed%20article", lambda row: row["claimant"]["name"] == "seed article"),
        ("claims?outlet=seed%20article", lambda row: row["reported_by"] == "seed article"),
        ("claims?state=derived", lambda row: row["state"] == "derived"),
        ("checks?result=fail", lambda row: row["result"] == "fail"),
        ("exchanges?status=completed&date_from=2024-01-03", lambda row: True),
        ("cumulative?side=UA&date_to=2024-01-03", lambda row: row["side"] == "UA"),
    ],
)
def test_filters_leave_what_was_asked_for(http, path, is_wanted):
    view = path.partition("?")[0]
    whole = http.get(f"/v1/{view}").json()["items"]
    found = http.get(f"/v1/{path}").raise_for_status().json()["items"]

    assert found
    assert found == [row for row in whole if is_wanted(row)]


@pytest.mark.parametrize("view", VIEWS)
def test_days_that_were_not_asked_for_are_left_out(http, view):
    whole = http.get(f"/v1/{view}").json()["items"]
    parts = (
        http.get(f"/v1/{view}?date_to=2024-01-02").json()["items"],
        http.get(f"/v1/{view}?date_from=2024-01-03&date_to=2024-01-03").json()["items"],
        http.get(f"/v1/{view}?date_from=2024-01-04").json()["items"],
    )

    assert parts[1]
    assert parts[2] == []
    assert sorted(map(str, (*parts[0], *parts[1]))) == sorted(map(str, whole))


@pytest.mark.parametrize("view", VIEWS)
def test_csv_has_the_rows_and_fields_of_json(http, view):
    rows = http.get(f"/v1/{view}").json()["items"]
    answer = http.get(f"/v1/{view}", headers={"Accept": "text/csv, application/json;q=0.5"})

    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert len(table) == len(rows)


def test_csv_holds_no_formula_and_json_every_text_as_it_is(http):
    done = publish(http, "growing", claim("growing", "formula", wording="=1+1"))
    asked = {"ledger": "growing", "min_position": done["position"]}

    rows = http.get("/v1/claims", params=asked).json()["items"]
    answer = http.get("/v1/claims", params=asked, headers={"Accept": "text/csv"})

    [said] = [row["wording"] for row in rows if row["id"] == "formula"]
    table = csv.DictReader(io.StringIO(answer.text))
    [written] = [row["wording"] for row in table if row["id"] == "formula"]
    assert (said, written) == ("=1+1", "'=1+1")


def test_an_answer_is_sent_once_until_the_views_move(http):
    asked = {"ledger": "growing", "side": "UA"}
    first = http.get("/v1/figures", params=asked)
    again = http.get("/v1/figures", params=asked, headers={"If-None-Match": first.headers["etag"]})
    other = http.get(
        "/v1/figures",
        params=asked | {"limit": 1},
        headers={"If-None-Match": first.headers["etag"]},
    )
    done = publish(http, "growing", claim("growing", f"etag-{time.monotonic_ns()}"))
    moved = http.get(
        "/v1/figures",
        params=asked | {"min_position": done["position"]},
        headers={"If-None-Match": first.headers["etag"]},
    )

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200
    assert moved.status_code == 200
    assert moved.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, br", "br"), ("identity", None)],
)
@pytest.mark.parametrize("path", ["claims", "log"])
def test_larger_answers_are_compressed_for_whoever_takes_that(http, path, accepted, sent):
    plain = http.get(f"/v1/{path}", headers={"Accept-Encoding": "identity"})
    for _ in range(2):  # As made, and as kept.
        packed = http.get(f"/v1/{path}", headers={"Accept-Encoding": accepted})

        assert packed.content == plain.content
        assert packed.headers.get("content-encoding") == sent
        assert "Accept-Encoding" in packed.headers["vary"]
        assert packed.headers["etag"] == plain.headers["etag"]


def test_an_answer_kept_is_given_only_while_the_views_stand(http):
    asked = {"ledger": "growing", "side": "UA", "category": "all", "limit": 7}
    first = http.get("/v1/claims", params=asked)
    kept = http.get("/v1/claims", params=asked)
    name = f"kept-{time.monotonic_ns()}"
    done = publish(http, "growing", claim("growing", name))
    http.get("/v1/claims", params={"ledger": "growing", "min_position": done["position"]})
    moved = http.get("/v1/claims", params=asked)

    assert (kept.content, kept.headers["etag"]) == (first.content, first.headers["etag"])
    assert int(first.headers["ledger-position"]) < done["position"]
    assert int(moved.headers["ledger-position"]) >= done["position"]
    assert 'route="/v1/claims"' in http.get("/metrics").text


def test_one_exchange_and_one_claim_are_found_by_their_ids(http):
    [exchange] = http.get("/v1/exchanges").json()["items"]
    row = http.get("/v1/claims").json()["items"][0]

    assert http.get(f"/v1/exchanges/{exchange['id']}").json() == exchange
    assert http.get(f"/v1/claims/{row['ref']}").json() == row
    assert http.get(f"/v1/claims/{row['id']}@{row['source']}").json() == row


def test_at_ten_to_six_only_the_presidents_floor_had_been_said(http):
    asked = {"as_asserted_by": "2024-01-03T17:50:00Z", "side": "UA", "category": "all"}
    [figure] = http.get("/v1/figures", params=asked).raise_for_status().json()["items"]

    assert (figure["low"], figure["best"], figure["high"]) == (201, 201, None)


async def test_a_process_that_is_killed_at_a_replay_is_started_again(running, seeded_position):
    replayer = Replayer(read_settings(redis_url=running.server_url))
    asked = (load_ledger("rus-ukr"), seeded_position, Cut(known_on=read_cut_time("2999-01-01")))
    first = await replayer.ask(*asked)
    process = replayer._process
    assert process is not None
    process.kill()
    again = await replayer.ask(*asked)
    await replayer.close()

    assert replayer._process is None
    assert again == first
    assert first["exchanges"].count(b"\n") == 1


async def test_too_many_other_times_at_once_are_refused_and_readers_of_now_are_not(running):
    days = [f"2024-01-{day:02}" for day in range(1, 3 * computations.WAITING_COUNT)]
    async with (
        serving(running) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        asked = [http.get(f"/v1/figures?as_asserted_by={day}") for day in days]
        answers = asyncio.gather(*asked)
        await asyncio.sleep(0)
        now = await http.get("/v1/figures")
        statuses = [answer.status_code for answer in await answers]

    assert now.status_code == 200
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= computations.WAITING_COUNT


def test_before_anything_was_said_or_recorded_there_is_nothing(http, seeded_position):
    said = http.get("/v1/exchanges?as_asserted_by=2024-01-02").json()
    known = http.get("/v1/exchanges?as_known_on=2024-01-03").json()

    assert (
        said
        == known
        == {
            "ledger": "rus-ukr",
            "position": seeded_position,
            "items": [],
            "next": None,
        }
    )


def test_what_is_known_by_now_is_what_stands_there_now(http):
    now = http.get("/v1/claims?as_known_on=2999-01-01").json()["items"]

    assert now == http.get("/v1/claims").json()["items"]


def test_a_reader_waits_for_the_position_of_its_own_write(http):
    done = publish(http, "growing", claim("growing", f"own-{time.monotonic_ns()}"))
    ids = {item["event"] for item in done["items"]}
    page = http.get(
        "/v1/claims", params={"ledger": "growing", "min_position": done["position"], "limit": 1000}
    ).json()

    assert page["position"] >= done["position"]
    assert len(ids) == 1
    assert done["items"][0]["position"] in {row["position"] for row in page["items"]}
    assert all(row["figure"] for row in page["items"])


def test_the_log_is_read_page_by_page(http, seeded_position):
    events = []
    after: str | None = "0"
    while after is not None:
        page = http.get("/v1/log", params={"after": after, "limit": 7}).json()
        events += page["items"]
        after = page["next"]
    first = http.get("/v1/log", params={"limit": 7})
    second = http.get("/v1/log", params={"limit": 7, "cursor": first.json()["next"]}).json()

    assert second["items"] == events[7:14]
    assert http.get(first.links["next"]["url"]).json() == second
    assert [event["position"] for event in events] == list(range(1, seeded_position + 1))
    assert http.get("/v1/log", params={"after": seeded_position + 5}).json()["items"] == []


async def test_origins_that_the_settings_name_may_read_and_no_others(running):
    origin = {"Origin": "https://page.example"}
    async with (
        serving(running, cors_origins=("https://page.example",)) as url,
        httpx.AsyncClient(base_url=url) as open_http,
    ):
        allowed = await open_http.get("/healthz", headers=origin)
        other = await open_http.get("/healthz", headers={"Origin": "https://other.example"})

    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    assert "access-control-allow-origin" not in other.headers


def test_it_says_how_it_is(http):
    http.get("/v1/figures")

    assert http.get("/healthz").json() == {"status": "alive"}

    def is_ready() -> bool:
        ready = {row["ledger"]: row for row in http.get("/readyz").json().get("ledgers", ())}
        return "rus-ukr" in ready and ready["rus-ukr"]["log"] == ready["rus-ukr"]["views"]

    # What the API says of itself is as old as its last look, a second at most.
    wait_until(is_ready)
    metrics = http.get("/metrics").text
    assert 'exchange_ledger_http_requests_total{method="GET",route="/v1/figures"' in metrics
    assert 'exchange_ledger_view_position{ledger="rus-ukr"}' in metrics
    assert json.loads(http.get("/openapi.json").text)["openapi"].startswith("3.1")


async def test_without_the_extra_answers_are_compressed_by_gzip_and_streams_are_not(
    running, seeded_position, monkeypatch
):
    monkeypatch.setitem(sys.modules, "starlette_compress", None)
    async with (
        serving(running) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        taken = {"Accept-Encoding": "br, zstd, gzip"}
        packed = await http.get("/v1/figures", headers=taken)
        small = await http.get("/healthz", headers=taken)
        async with http.stream("GET", "/v1/changes", headers=taken) as stream:
            assert "content-encoding" not in stream.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["items"]
    assert "content-encoding" not in small.headers
