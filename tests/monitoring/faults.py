"""Put each fault to a running ledger, once, and note when Prometheus fires the alert that is for it.

`make test-alerts`. Real processes on loopback: three installations (server, workers, API), each for faults that
do not disturb one another, and one Prometheus with the deployed rules. What came of it is written to
docs/alerts.md with `--write`, and what the dashboard's panels show of it to docs/img with `--picture`.
"""

import argparse
import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import yaml
from redis import Redis

from schemas.webhook import WebhookRequest
from services.eventlog.connection import connect
from services.runtime.settings import Settings
from services.webhooks.managing import Webhooks
from tests.cli.running import seed_of
from tests.monitoring.picture import draw
from tests.running import Server, Worker, own_server, run_command, run_worker
from tests.test_alerts import rules
from tests.webhooks.receiver import Receiver, receiving, status


ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "alerts.md"
HEADING = "## Each fired once by its fault"
PARTS = ("ingest", "reconciliation", "projection")
INBOX = "exl:{rus-ukr}:inbox"
REPORTS = "exl:{rus-ukr}:reports"
#: More than the alerts of lags ask for, less than an inbox holds.
MANY = 11_000
#: How long nothing may fire while all is well, and how long the last alert may take, in seconds.
QUIET_SECONDS, PATIENCE_SECONDS = 30, 900


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def run_stuck_projection() -> int:
    """Run projection with a bug put in by hand: it waits for ever at the next event."""
    from services.projection.worker import Projection  # noqa: PLC0415  in the process made alone

    async def hang(_: Any, __: Any) -> None:
        import asyncio  # noqa: PLC0415

        await asyncio.Event().wait()

    Projection.handle = hang  # type: ignore[method-assign,assignment]
    return run_worker("projection")


class Installation:
    """A server with its workers, which may share its ledgers out, and its API, each of which can be hurt."""

    def __init__(self, server: Server, *, leases: bool = False) -> None:
        self.server, self.port = server, free_port()
        server.start()
        self.workers = {
            name: Worker(name, server.url, inbox_max=12_500, leases=leases)
            for name in (*PARTS, "drafting")
        }
        api = partial(run_command, "api")
        self.workers["api"] = Worker("api", server.url, main=api, http_port=self.port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def publish(self, count: int, name: str) -> None:
        claims = [json.loads(claim) for claim in seed_of("rus-ukr")]
        self.send(
            json.dumps(claim | {"id": f"{name}-{number}"})
            for number, claim in enumerate(islice(cycle(claims), count))
        )

    def send(self, texts: Iterator[str]) -> None:
        with Redis.from_url(self.server.url) as client:
            pipeline = client.pipeline(transaction=False)
            for text in texts:
                pipeline.xadd(INBOX, {"event": text})
            pipeline.execute()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def is_settled(self) -> bool:
        with Redis.from_url(self.server.url) as client:
            return int(client.xlen(INBOX)) == 0 and self.is_ready()

    def restart(self, part: str, main: Callable[[], int] | None = None) -> None:
        self.workers[part].stop()
        self.workers[part].close()
        self.workers[part] = Worker(part, self.server.url, main=main).started()

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()


class Prometheus:
    """A Prometheus with the deployed rules that asks each installation every two seconds."""

    def __init__(self, directory: Path, targets: list[str]) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        jobs = {
            "job_name": "exchange-ledger",
            "static_configs": [{"targets": targets}],
            "scrape_interval": "2s",
        }
        given = {"rule_files": [str(ROOT / "deploy" / "alerts.yml")], "scrape_configs": [jobs]}
        (directory / "prometheus.yml").write_text(yaml.safe_dump(given))
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address={self.url.removeprefix('http://')}",
            ],
            stderr=subprocess.DEVNULL,
        )

    def ask(self, path: str, **parameters: str | float) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def firing(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The alerts that fire, by their names and the address of the API that shows it."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("instance", "")): alert
            for alert in self.ask("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


class Watch:
    """Which fault was put when, and when its alerts fired.

    Attributes:
        fired: What was done, and after how many seconds it fired, by the alert.
    """

    def __init__(self, prometheus: Prometheus) -> None:
        self._prometheus = prometheus
        self._expected: dict[str, tuple[str, str, float]] = {}
        self.fired: dict[str, tuple[str, float]] = {}

    def expect(self, installation: Installation, fault: str, *alerts: str) -> None:
        for alert in alerts:
            self._expected[alert] = (installation.address, fault, time.monotonic())

    def look(self) -> None:
        for alert, instance in self._prometheus.firing():
            address, fault, since = self._expected.get(alert, ("", "", 0.0))
            if instance == address and alert not in self.fired:
                self.fired[alert] = (fault, time.monotonic() - since)
                sys.stdout.write(f"{alert} after {self.fired[alert][1]:.0f} s: {fault}\n")
                sys.stdout.flush()

    def until(self, is_so: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, f"still missing: {self.missing()}"
            self.look()
            time.sleep(0.5)

    def go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def until_fired(self, *alerts: str) -> None:
        self.until(lambda: set(alerts) <= self.fired.keys())

    def missing(self) -> set[str]:
        return {rule["alert"] for rule in rules()} - self.fired.keys()


def hurt_ingest(one: Installation, watch: Watch) -> None:
    """Kill ingest while it holds entries, and let claims come."""
    one.workers["ingest"].kill()
    one.publish(MANY, "waiting")
    with Redis.from_url(one.server.url) as client:
        # What it had in hand when it was killed.
        client.xreadgroup("ingest", "killed", {INBOX: ">"}, count=100)
    fault = f"ingest is killed, {MANY:,} claims come"
    watch.expect(one, fault, "LedgerStageDown", "LedgerStageSilent", "LedgerStageRunsNowhere")
    watch.expect(one, fault, "LedgerStageLags", "LedgerInboxFills")
    watch.expect(one, "ingest is killed with entries in hand", "LedgerInboxEntriesHeld")


def hurt_webhooks(one: Installation, watch: Watch, failing: Receiver, gone: Receiver) -> None:
    """Let one endpoint answer nothing but errors and another that it is gone; then let nobody deliver."""
    private: dict[str, Any] = {"webhook_private": "127.0.0.1/32"}
    one.workers["webhooks"] = Worker(
        "webhooks", one.server.url, webhook_retry_seconds=1, **private
    ).started()

    async def add() -> None:
        client = connect(one.server.url, retry_seconds=0)
        webhooks = Webhooks(client, "rus-ukr", Settings(redis_url=one.server.url, **private))
        for receiver in (failing, gone):
            await webhooks.add(WebhookRequest(url=receiver.url, after="0"), key=None)
        await client.aclose()

    asyncio.run(add())
    watch.expect(
        one, "an endpoint answers 500, with a first pause of a second", "LedgerWebhookFails"
    )
    watch.expect(one, "an endpoint answers 410", "LedgerWebhookStopped")
    watch.until_fired("LedgerWebhookFails", "LedgerWebhookStopped")
    one.workers["webhooks"].kill()
    watch.expect(one, "the worker that delivers is killed", "LedgerWebhooksUnsent")


def hurt_projection(two: Installation, watch: Watch) -> None:
    """Start projection again and again, then one that waits for ever; refuse claims; fill the memory."""
    watch.expect(two, "projection is started four times more", "LedgerStageRestarts")
    for _ in range(4):
        two.restart("projection")
        watch.go_on(3)  # Prometheus is to see each start.
    two.restart("projection", run_stuck_projection)
    two.publish(MANY, "unseen")
    watch.expect(two, "projection waits for ever at an event", "LedgerStageStuck")
    watch.expect(two, f"projection waits for ever, {MANY:,} claims come", "LedgerViewsBehind")
    two.send(json.dumps({"no": number}) for number in range(12))
    watch.expect(two, "12 claims that are none are published", "LedgerClaimsParked")
    with Redis.from_url(two.server.url) as client:
        for number in range(12):
            client.xadd(REPORTS, {"report": f"no report {number}"})
    watch.expect(two, "12 reports that are none are sent", "LedgerReportsParked")

    def is_ingested() -> bool:
        with Redis.from_url(two.server.url) as client:
            return int(client.xlen(INBOX)) == 0

    watch.until(is_ingested)
    with Redis.from_url(two.server.url) as client:
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory", int(used * 1.15))
    watch.expect(two, "`maxmemory` is set to 15 % above what is used", "LedgerServerMemory")


def hurt_server(three: Installation, watch: Watch, directory: Path) -> None:
    """Let the server come back with files of before, and then not at all."""
    kept = directory / "kept"
    three.server.kill()
    shutil.copytree(three.server.directory / "appendonlydir", kept)
    three.server.start()
    watch.until(three.is_ready)
    three.publish(50, "lost")
    watch.until(three.is_settled)
    three.server.kill()
    shutil.rmtree(three.server.directory / "appendonlydir")
    shutil.copytree(kept, three.server.directory / "appendonlydir")
    watch.expect(three, "the server comes back with older files", "LedgerEventsLost")
    three.server.start()
    watch.until_fired("LedgerEventsLost")
    three.server.kill()
    watch.expect(three, "the server is killed", "LedgerServerDown")
    watch.expect(
        three, "the server is killed, `/readyz` is asked twice a second", "LedgerRequestsFail"
    )


@contextmanager
def installed(directory: Path) -> Iterator[tuple[list[Installation], Prometheus]]:
    with ExitStack() as stack:
        # The last one shows who has which lease.
        places = [
            Installation(stack.enter_context(own_server()), leases=is_last)
            for is_last in (False, False, True)
        ]
        for place in places:
            stack.callback(place.close)
        prometheus = Prometheus(directory, [place.address for place in places])
        stack.callback(prometheus.close)
        yield places, prometheus


def put_faults(directory: Path, picture: Path | None) -> dict[str, tuple[str, float]]:
    began = time.time()
    with (
        installed(directory) as (places, prometheus),
        receiving(status(500), lasting=True) as failing,
        receiving(status(410), lasting=True) as gone,
    ):
        one, two, three = places
        watch = Watch(prometheus)
        for place in places:
            place.publish(200, "well")
        watch.until(lambda: all(place.is_settled() for place in places))
        watch.go_on(QUIET_SECONDS)
        assert not prometheus.firing(), "expected no alert while all is well"
        hurt_ingest(one, watch)
        hurt_projection(two, watch)
        hurt_server(three, watch, directory)
        hurt_webhooks(one, watch, failing, gone)
        watch.until(lambda: three.is_ready() or watch.missing() == {"LedgerApiDown"})
        one.workers["api"].kill()
        watch.expect(one, "the API is killed", "LedgerApiDown")
        watch.until_fired("LedgerApiDown")
        if picture is not None:
            draw(partial(prometheus.ask, "query_range"), began, time.time(), picture)
    return watch.fired


def write(fired: dict[str, tuple[str, float]]) -> None:
    lines = [
        *(
            HEADING,
            "",
            "`make test-alerts` puts these faults to real processes, which a real Prometheus",
        ),
        *("asks every two seconds; nothing fired while all was well.", ""),
        *("| alert | fault | fires after |", "|---|---|---:|"),
        *(
            f"| `{rule['alert']}` | {fired[rule['alert']][0]} | {fired[rule['alert']][1]:.0f} s |"
            for rule in rules()
        ),
    ]
    text = re.split(rf"^{HEADING}$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    PAGE.write_text(text.rstrip() + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Put all faults; return 1 if an alert did not fire."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="write the table to docs/alerts.md")
    parser.add_argument("--picture", type=Path, help="file to draw the dashboard's panels into")
    chosen = parser.parse_args()
    if not shutil.which("prometheus"):
        sys.stderr.write("expected prometheus on the path, found none\n")
        return 2
    with tempfile.TemporaryDirectory() as directory:
        fired = put_faults(Path(directory), chosen.picture)
    if chosen.write:
        write(fired)
    return 0 if len(fired) == len(rules()) else 1


if __name__ == "__main__":
    sys.exit(main())
