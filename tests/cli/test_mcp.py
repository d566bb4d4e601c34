"""An assistant asks over stdio, with the SDK's own client, and over HTTP."""

import asyncio
import os
import re
import sys
from contextlib import suppress
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from services.cli.connect import settings_now
from services.cli.mcp import serve
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]
COMMAND = ["-m", "services.cli.main", "mcp"]


def environment() -> dict[str, str]:
    return {**os.environ, "LEDGER_NAMES": "rus-ukr", "LEDGER_PUBLIC_URL": "https://ledger.example"}


def is_cited(number: dict[str, Any]) -> bool:
    """Whether a number has its range, status, time and links."""
    return bool(
        number["range"]
        and number["status"]
        and re.match(r"\d{4}-\d\d-\d\dT", number["known_at"])
        and number["link"].startswith("https://ledger.example/rus-ukr")
        and "as_known_on=" in number["link"]
        and number["range"] in number["citation"]
        and number["claim_count"]
    )


def told(result: Any) -> dict[str, Any]:
    content: dict[str, Any] = result.structured_content
    return content


async def test_an_assistant_is_given_every_number_with_its_range_status_time_and_links(running):
    place = StdioServerParameters(command=sys.executable, args=COMMAND, env=environment())
    async with asyncio.timeout(PATIENCE_SECONDS), Client(place) as client:
        tools = (await client.list_tools()).tools
        found = await client.call_tool("find_figures", {"exchange": "2024-01-03", "side": "UA"})
        totals = await client.call_tool("sum_exchanges", {"by": "year"})
        before = await client.call_tool("find_figures", {"as_asserted_by": "2024-01-02"})
        wrong = await client.call_tool("find_figures", {"ledger": "nowhere"})
        ledgers = await client.call_tool("list_ledgers", {})
        doubted = await client.call_tool("find_disagreements", {})

    assert {tool.name for tool in tools} == {
        *("list_ledgers", "find_figures", "find_disagreements", "sum_exchanges"),
    }
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
    answer = told(found)
    everybody = next(one for one in answer["numbers"] if ", all, 2024-01-03" in one["about"])
    assert (everybody["range"], everybody["low"]) == ("at least 230, open above", 230)
    assert all(is_cited(number) for number in answer["numbers"])
    assert {one["stands"] for one in everybody["claims"]} >= {"gives", "agrees"}
    assert "Licence: CC-BY-4.0" in everybody["citation"]
    assert [one["about"] for one in told(totals)["numbers"]] == [
        "came back to Ukraine, all, 2024",
        "came back to Russia, all, 2024",
    ]
    assert all(is_cited(number) for number in told(totals)["numbers"])
    assert told(before)["numbers"] == []
    assert wrong.is_error
    assert "expected one of rus-ukr" in str(wrong.content)
    [ledger] = told(ledgers)["ledgers"]
    assert (ledger["sides"]["UA"], ledger["last_day"]) == ("Ukraine", "2024-01-03")
    statuses = {one["status"] for one in told(doubted)["numbers"]}
    assert statuses <= {"disputed", "contradicted", "self_contradicted"}


async def test_an_assistant_may_ask_over_http_on_this_machine_alone(running, capsys, monkeypatch):
    monkeypatch.setenv("LEDGER_NAMES", "rus-ukr")
    monkeypatch.setenv("LEDGER_PUBLIC_URL", "https://ledger.example")
    capsys.readouterr()
    serving = asyncio.create_task(serve(settings_now(), 0))
    url = ""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (url := url or capsys.readouterr().err.strip()):  # noqa: ASYNC110  a line
                await asyncio.sleep(0.05)
            async with Client(url) as client:
                found = await client.call_tool("sum_exchanges", {"by": "month", "side": "UA"})
            async with httpx.AsyncClient() as http:
                elsewhere = await http.post(url, json={}, headers={"Host": "ledger.example"})
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
    assert url.startswith("http://127.0.0.1:")
    assert all(is_cited(number) for number in told(found)["numbers"])
    assert elsewhere.status_code == 421
