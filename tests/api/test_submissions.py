"""Errors and missing reports that anybody submits: kept, bounded, and harmless to whoever reads them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from services.api.editing.forms import PUBLIC_BYTES_MAX
from services.cli.main import run
from tests.api.running import serving
from tests.api.test_bad_requests import problem_of
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "publishing"
FIGURE = "2024-01-03:returned:UA:all"
REPORT = {
    "words": "Ombudsman Dmytro Lubinets said 230 people had come home.",
    "link": "https://example.org/news/1",
    "speaker": "Dmytro Lubinets",
    "number": "230",
}


@pytest.fixture
async def answering(running, seeded_position) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.url, timeout=PATIENCE_SECONDS) as http:
        yield http


@pytest.fixture
def listed(running, monkeypatch, capsys):
    """What `submissions` prints of the ledger."""
    monkeypatch.setenv("LEDGER_REDIS_URL", running.server_url)
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(running.ledgers_dir))

    def command(*arguments: str) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(["submissions", *arguments, "--ledger", LEDGER])
        assert ended.value.code == 0
        return str(capsys.readouterr().out)

    return command


def reference_in(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("id=")[2]


async def test_an_error_is_kept_without_an_account_and_can_be_exported_and_erased(
    answering, listed, running
):
    form = {"words": "It was 231.\r\nThe list says so.", "about": FIGURE, "number": "231"}
    page = await answering.get(f"/{LEDGER}/report-error", params={"about": FIGURE})
    sent = await answering.post(f"/{LEDGER}/report-error", data=form)
    again = await answering.post(f"/{LEDGER}/report-error", data=form)

    reference = reference_in(sent)
    assert reference_in(again) == reference
    assert f'value="{FIGURE}"' in page.text
    assert reference in (await answering.get(sent.headers["location"])).text
    # Another process of the API, and the command line, find it where it is kept.
    [row] = [
        one for one in json.loads(await asyncio.to_thread(listed, "list")) if one["id"] == reference
    ]
    assert row["submitted"]["words"] == "It was 231.\nThe list says so."
    assert row["submitted"]["number"] == 231
    exported = [
        json.loads(line) for line in (await asyncio.to_thread(listed, "export")).splitlines()
    ]
    assert [one["type"] for one in exported if one.get("id") == reference] == [
        "submission.received"
    ]
    by = ("--who", "an operator", "--why", "asked")
    assert "1 erased" in await asyncio.to_thread(listed, "erase", reference, *by)
    assert "It was 231." not in await asyncio.to_thread(listed, "export")
    assert reference not in await asyncio.to_thread(listed, "list", "--state", "all")


async def test_programs_submit_in_json_and_are_told_what_is_wrong(answering):
    body = {"kind": "report", **REPORT, "number": 230, "words": "230 came home, in JSON."}
    path = f"/v1/submissions?ledger={LEDGER}"

    assert (await answering.post(path, json=body)).json()["is_new"] is True
    assert (await answering.post(path, json=body)).json()["is_new"] is False
    wrong = await answering.post(path, json=body | {"link": None, "number": -1})
    assert "number: expected 0 or more" in problem_of(wrong, 400)["detail"]
    problem_of(await answering.post(path, json=[1]), 400)
    problem_of(await answering.post(path, content=b"words=x"), 415)
    problem_of(await answering.get(path), 401)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"link": "javascript:alert(1)"}, "expected a web address"),
        ({"number": "two"}, "expected a whole number"),
        ({"words": ""}, "expected words, found nothing"),
        ({"speaker": ""}, "a report needs it"),
        ({"words": "a" * 4_001}, "at most 4,000 characters"),
        # What advertises, and what fills in each field there is.
        ({"words": "Buy https://a.example https://b.example www.c.example www.d.example"}, "web addresses"),
        ({"homepage": "https://pills.example"}, "leave this field empty"),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_said_beside_its_field(answering, changed, expected):
    answer = await answering.post(f"/{LEDGER}/add-report", data=REPORT | changed)

    assert answer.status_code == 400
    assert expected in answer.text
    # Nothing that was filled in is lost.
    assert "Dmytro Lubinets" in answer.text


async def test_a_flood_from_one_address_is_held_up_and_the_form_keeps_its_words(running):
    async with (
        serving(running, submissions_per_hour=2) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        answers = [
            await http.post(f"/{LEDGER}/add-report", data=REPORT | {"words": f"Flood {number}."})
            for number in range(3)
        ]
        asked = {"kind": "error", "words": "One more."}
        by_program = await http.post("/v1/submissions", json=asked)

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 3_600
    assert "Flood 2." in answers[2].text
    problem_of(by_program, 429)


async def test_a_full_queue_takes_no_more_and_loses_nothing(running):
    async with (
        serving(running, submissions_max=1) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        first = await http.post("/killing/report-error", data={"words": "The first."})
        second = await http.post("/killing/report-error", data={"words": "The second."})

    assert first.status_code == 303
    assert second.status_code == 507
    assert "not kept" in second.text


async def test_what_is_too_large_is_refused_unread(answering):
    for path, body in (
        (f"/{LEDGER}/report-error", {"data": {"words": "a" * PUBLIC_BYTES_MAX}}),
        ("/v1/submissions", {"json": {"kind": "error", "words": "a" * PUBLIC_BYTES_MAX}}),
    ):
        assert (await answering.post(path, **body)).status_code == 413


async def test_a_form_that_another_sites_page_sends_is_refused(answering):
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = await answering.post(f"/{LEDGER}/add-report", data=REPORT, headers=headers)
        assert answer.status_code == 403, headers


async def test_a_form_is_no_way_to_run_a_script(answering):
    words = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    shown = await answering.get(f"/{LEDGER}/report-error", params={"about": f'"{words}'})
    refused = await answering.post(
        f"/{LEDGER}/add-report", data={"words": words, "link": f'https://x/"{words}'}
    )

    for answer in (shown, refused):
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]* src=|[^>]*ld.json)|<\w[^>\"]*\son\w+=", answer.text)
