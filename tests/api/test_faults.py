"""A fault of ours is a clear answer, and its log lines hold nothing that a request brought along."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from io import StringIO

import httpx
import pytest
import uvicorn
from fastapi import Request

from services.api.app import config_of, make_app
from services.ledgers import load_ledger
from services.runtime.settings import Settings
from services.runtime.telemetry import LINE_BYTES_MAX, set_up_logging
from tests.api.running import served
from tests.api.test_bad_requests import problem_of
from tests.running import PATIENCE_SECONDS


pytestmark = pytest.mark.redis

SECRET = "a-secret-that-nobody-may-read"
SENT = {
    "Authorization": f"Bearer {SECRET}",
    "Cookie": f"session={SECRET}",
    "X-Api-Key": SECRET,
}


async def fail(request: Request) -> None:
    """As a fault of ours would, with all of the request at hand."""
    held = dict(request.headers)
    raise RuntimeError(f"a fault among {len(held)} headers")


@pytest.fixture(autouse=True)
def lines() -> StringIO:
    """What is logged."""
    lines = StringIO()
    set_up_logging("debug", stream=lines)
    return lines


@pytest.fixture
async def http(server_url, lines) -> AsyncIterator[httpx.AsyncClient]:
    """An API that has one operation with a fault in it."""
    settings = Settings(redis_url=server_url, publish_keys=(sha256(SECRET.encode()).hexdigest(),))
    app = make_app(settings, [load_ledger("rus-ukr")])
    app.add_api_route("/v1/fault", fail, include_in_schema=False)
    async with (
        served(app, uvicorn.Server(config_of(app, settings))) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        yield http


async def test_no_header_and_no_local_of_a_fault_reaches_any_output(http, lines, capfd):
    problem = problem_of(await http.get("/v1/fault?key=" + SECRET, headers=SENT), 500)

    written = "".join((lines.getvalue(), *capfd.readouterr()))
    [line] = [line for line in written.splitlines() if '"request.failed"' in line]
    assert json.loads(line)["exception"][0]["frames"][-1]["name"] == "fail"
    assert all(len(line.encode()) <= LINE_BYTES_MAX for line in written.splitlines())
    for said in (written, json.dumps(problem)):
        assert SECRET not in said
        assert "cookie" not in said.lower()


async def test_every_answer_says_that_its_type_is_meant(http):
    asked = (
        *(
            "/healthz",
            "/readyz",
            "/metrics",
            "/openapi.json",
            "/v1/figures",
            "/v1/log",
            "/v1/fault",
        ),
        *("/rus-ukr", "/rus-ukr/nothing", "/v1/nothing", "/v1/figures?limit=0", "/assets/page.css"),
    )
    answers = [await http.get(path, headers={"Accept": "*/*"}) for path in asked]
    answers += [
        await http.get("/rus-ukr/nothing", headers={"Accept": "text/html"}),
        await http.delete("/v1/figures"),
        await http.post("/v1/claims", json={}),
        await http.post("/v1/claims", json={}, headers=SENT),
        await http.get("/v1/figures", headers={"Authorization": "Bearer wrong"}),
    ]

    assert {answer.status_code for answer in answers} >= {200, 400, 401, 403, 404, 405, 500}
    for answer in answers:
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"], answer.request


async def test_wrong_keys_are_told_to_come_back_later_and_a_right_one_is_let_in(http):
    wrong = [
        await http.get("/v1/figures", headers={"Authorization": f"Bearer wrong{number}"})
        for number in range(62)
    ]
    right = await http.get("/v1/figures", headers=SENT)

    assert [answer.status_code for answer in wrong] == [403] * 60 + [429] * 2
    assert 1 <= int(wrong[-1].headers["retry-after"]) <= 60
    problem_of(wrong[-1], 429)
    assert right.status_code == 200


@pytest.mark.parametrize("name", ["as_known_on", "as_asserted_by"])
@pytest.mark.parametrize(
    "time",
    ["9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:00:00-01:01"],
)
async def test_a_time_beyond_the_calendar_is_refused_and_named(http, name, time):
    [wrong] = problem_of(await http.get("/v1/figures", params={name: time}), 400)["parameters"]
    assert wrong["parameter"] == name
    assert wrong["expected"] == "a time in the years 1 to 9999 of UTC"

    page = await http.get("/rus-ukr", params={name: time}, headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert "in the years 1 to 9999 of UTC" in page.text


@pytest.mark.parametrize("time", ["9999-12-31", "0001-01-01", "9999-12-31T23:59:59.999999Z"])
async def test_the_first_and_the_last_day_there_is_can_be_asked_for(http, time):
    for name in ("as_known_on", "as_asserted_by"):
        for path in ("/v1/figures", "/v1/headline", "/v1/claims", "/rus-ukr", "/rus-ukr/totals"):
            answer = await http.get(path, params={name: time})
            assert answer.status_code in (200, 404), (path, answer.text)
