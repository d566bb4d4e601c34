"""A ledger of six sides over HTTP: the swap of 1 August 2024 at Ankara, from real claims."""

import json
from typing import Any

import httpx
import pytest

from tests.api.running import DATA, OF_SIX_SIDES, publish
from tests.api.test_pages import read


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

CLAIMS = list(map(json.loads, (DATA / f"{OF_SIX_SIDES}.claims.jsonl").read_bytes().splitlines()))
EXCHANGE = "2024-08-01"


@pytest.fixture(scope="module")
def position(running) -> int:
    """The position up to which the claims on the swap are recorded."""
    with httpx.Client(base_url=running.url, timeout=120) as http:
        items = publish(http, OF_SIX_SIDES, *CLAIMS)["items"]
    assert {item["outcome"] for item in items} <= {"recorded", "duplicate"}
    return max(int(item["position"]) for item in items)


def get(http: httpx.Client, path: str, position: int) -> Any:
    """Read a resource once the claims are decided on."""
    asked = {"ledger": OF_SIX_SIDES, "min_position": str(position)}
    answer = http.get(f"/v1/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_figures_of_each_side_and_their_total_are_answered(http, position):
    best = {figure["id"]: figure["best"] for figure in get(http, "figures", position)}

    assert best[f"{EXCHANGE}:returned:RU:all"] == 10
    assert best[f"{EXCHANGE}:returned:DE:all"] == 13
    assert best[f"{EXCHANGE}:returned:US:all"] == 3
    assert best[f"{EXCHANGE}:exchanged_total:both:all"] == 26


def test_the_page_shows_what_each_side_got_back_and_the_total(http, position):
    get(http, "figures", position)
    page = read(http, f"/{OF_SIX_SIDES}/exchanges/{EXCHANGE}")

    assert "To Russia, everybody 10" in page.text
    assert "To Germany, everybody" in page.text
    assert "To United States, everybody 3" in page.text
    assert "26" in page.text
