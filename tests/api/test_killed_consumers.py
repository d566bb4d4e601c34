"""Consumers killed over and over while claims flow end with exactly the live figures."""

import json
import random
import subprocess
import sys
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api import consumer
from tests.api.consumer import read_journal
from tests.api.running import PUBLISHER, WAITING, claim
from tests.api.test_changes import figures
from tests.running import wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "killing"
KILL_COUNT, CLAIM_COUNT = 50, 5_000
FIRST_DAY = date(2022, 3, 1)


class Consumer:
    """A process that follows changes, and can be killed and started again."""

    def __init__(self, way: str, address: str, journal: Path) -> None:
        self.journal = journal
        self._command = [sys.executable, consumer.__file__, way, address, str(journal)]
        self._process = subprocess.Popen(self._command)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def resume(self) -> None:
        assert self._process.returncode is not None
        self._process = subprocess.Popen(self._command)

    @property
    def heard(self) -> int:
        """How much was told so far, in bytes."""
        return self.journal.stat().st_size if self.journal.exists() else 0

    @property
    def held(self) -> dict[str, Any]:
        """The figures as this consumer knows them."""
        found: dict[str, Any] = {}
        for _, kind, data in read_journal(self.journal):
            row = json.loads(data)
            assert kind in ("figure", "withdrawn")
            if kind == "figure":
                found[row["id"]] = row
            else:
                found.pop(row["id"], None)
        return found


def claims_of(number: int, chosen: random.Random) -> list[dict[str, Any]]:
    """A hundred claims about days near each other, many of which change a figure told before."""
    events = []
    for place in range(CLAIM_COUNT // KILL_COUNT):
        day = FIRST_DAY + timedelta(days=4 * number + chosen.randrange(8))
        value = chosen.randrange(50, 60)
        events.append(
            claim(
                LEDGER,
                f"{number}-{place}",
                exchange={"date": day.isoformat(), "ordinal": None},
                published_at=day.isoformat(),
                quantity={"bound": "exact", "value": value},
                wording=f"{value} people",
                side=chosen.choice(("UA", "RU")),
            )
        )
    return events


def test_consumers_killed_fifty_times_while_claims_flow_hold_the_live_figures(
    http, running, tmp_path
):
    chosen = random.Random(50)
    socket = running.server_url.removeprefix("unix://")
    with ExitStack() as stack:
        consumers = [
            Consumer("sse", f"{running.url}/v1/changes?ledger={LEDGER}", tmp_path / "sse"),
            Consumer("stream", f"{socket}|exl:{{{LEDGER}}}:changes", tmp_path / "stream"),
        ]
        for one in consumers:
            stack.callback(one.kill)
        for number in range(KILL_COUNT):
            heard = [one.heard for one in consumers]
            position = publish_some(
                http, claims_of(number, chosen), is_last=number == KILL_COUNT - 1
            )
            # Somewhere in what comes: at times before its first event, at times in the middle of one.
            if chosen.random() < 0.8:
                wait_until(partial(has_heard_more, consumers, heard))
            for one in consumers:
                one.kill()
                one.resume()
        live = figures(http, LEDGER, min_position=position)
        for one in consumers:
            wait_until(partial(holds, one, live))

    assert 300 < len(live) < 1_000


def has_heard_more(consumers: list[Consumer], before: list[int]) -> bool:
    return [one.heard for one in consumers] != before


def holds(one: Consumer, live: dict[str, Any]) -> bool:
    return one.held == live


def publish_some(http: httpx.Client, events: list[dict[str, Any]], *, is_last: bool) -> int:
    """Publish claims; of the last, and so of all, wait for the fates."""
    headers = PUBLISHER | (WAITING if is_last else {})
    answer = http.post("/v1/claims", params={"ledger": LEDGER}, json=events, headers=headers)
    assert answer.status_code == (200 if is_last else 202), answer.text
    return int(answer.json()["position"])
