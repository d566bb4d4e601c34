"""What changed between two places of the log, over HTTP: the rows that the command line prints."""

import json

import httpx
import pytest

from services.api.views.between import ORDER
from services.ledgers import load_ledger
from services.queries.between import Place, changes_between
from tests.api.running import claim, publish
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


@pytest.fixture(scope="module")
def bodies(running, seeded_position) -> list[bytes]:
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as http:
        page = http.get("/v1/log", params={"limit": 1_000}).raise_for_status().json()
    assert page["next"] is None
    return [json.dumps(event).encode() for event in page["items"]]


def test_it_is_what_the_log_says_between_the_two(http, bodies):
    page = http.get("/v1/diff", params={"from": 0, "limit": 1_000}).raise_for_status().json()
    expected = changes_between(bodies, ledger=load_ledger("rus-ukr"), start=Place(0), end=Place())

    assert page["items"] == [row.model_dump(mode="json") for row in expected.differences]
    assert page["differing"] == len(expected.differences)
    assert page["recorded"] == expected.recorded_count > 0
    assert page["start"] == {"position": 0, "recorded_at": None}
    assert page["end"]["position"] == page["position"] == len(bodies)


def test_its_pages_follow_each_other_without_a_gap(http):
    params = {"from": 1}
    whole = http.get("/v1/diff", params=params).raise_for_status().json()
    paged, seen = [], dict(params, limit=5)
    while True:
        answer = http.get("/v1/diff", params=seen).raise_for_status()
        paged += answer.json()["items"]
        if answer.json()["next"] is None:
            break
        assert 'rel="next"' in answer.headers["link"]
        seen["cursor"] = answer.json()["next"]

    assert len(paged) > 10
    assert paged == whole["items"]
    assert whole["start"]["position"] == 1
    keys = [(ORDER.index(row["view"]), row["id"]) for row in paged]
    assert keys == sorted(keys)


def test_a_reader_who_has_it_is_not_sent_it_again_until_the_log_grows(http):
    publish(http, "growing", claim("growing", "diff-1"))
    params = {"ledger": "growing", "from": 0, "to": 1}
    first = http.get("/v1/diff", params=params).raise_for_status()
    known = {"If-None-Match": first.headers["etag"]}
    again = http.get("/v1/diff", params=params, headers=known)
    other = http.get("/v1/diff", params=params | {"from": 1}, headers=known)
    publish(http, "growing", claim("growing", "diff-2"))
    later = http.get("/v1/diff", params=params, headers=known)

    assert (again.status_code, again.content) == (304, b"")
    assert (other.status_code, other.json()["items"]) == (200, [])
    assert later.status_code == 200
    assert later.json()["items"] == first.json()["items"]


def test_places_may_be_times(http, seeded_position):
    page = http.get("/v1/diff", params={"from": "1999-01-01", "to": "9999-12-31"}).json()

    assert page["start"]["position"] == 0
    assert page["end"]["position"] == seeded_position
    turned = http.get("/v1/diff", params={"from": "9999-12-31", "to": "1999-01-01"})
    [wrong] = turned.json()["parameters"]
    assert (turned.status_code, wrong["parameter"]) == (400, "from")
    assert wrong["expected"].startswith("a place before 1999-01-01")


def test_a_place_that_is_missing_is_named_as_that(http):
    answer = http.get("/v1/diff")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "from: expected present, found nothing"
