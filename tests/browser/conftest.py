"""What the tests in a browser share: a real demo and a real `up`, and Debian's Chromium.

Nothing a page writes to the console is let pass: scripts that fail and files that the content security
policy refuses stand there.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    sync_playwright,
)
from redis import Redis

from services.runtime.embedded import find_running
from tests.api.running import DIGEST, publish
from tests.browser.looks import Looks, listen
from tests.cli.running import seed_of, start_up
from tests.running import PATIENCE_SECONDS, wait_until


#: The browser, where it is none of these: LEDGER_TEST_CHROMIUM.
NAMES = ("chromium", "chromium-browser", "google-chrome")

DEMO = (sys.executable, "-m", "services.cli.main", "demo", "--port=0")


class Served(NamedTuple):
    """A ledger that is served: its address, and the server that its inbox is on."""

    url: str
    server: Redis

    def publish(self, event: object, ledger: str = "rus-ukr") -> None:
        """Publish an event as anybody may, with one XADD."""
        fields = {"event": json.dumps(event, ensure_ascii=False)}
        self.server.xadd(f"exl:{{{ledger}}}:inbox", fields)  # type: ignore[arg-type]  # it is str to str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("LEDGER_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )
    assert found, f"expected one of {', '.join(NAMES)} on the path (apt-get install chromium)"
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, who runs the tests in a container.
        is_root = os.geteuid() == 0
        arguments = ["--no-sandbox"] if is_root else []
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo as a person starts it, all shipped claims in."""
    directory = tmp_path_factory.mktemp("demo")
    with (directory / "out").open("wb") as out:
        process = subprocess.Popen(
            [*DEMO, f"--data-dir={directory / 'data'}"],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        told = directory / "out"
        wait_until(lambda: "Ctrl-C" in told.read_text() or process.poll() is not None)
        found = re.search(r"the ledger in a browser: (http\S+)", told.read_text())
        assert found, told.read_text()
        yield Served(found[1].rstrip("/"), server_of(directory / "data"))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An `up` with the claims of one article, and an empty ledger beside it."""
    directory = tmp_path_factory.mktemp("up")
    text = (Path(__file__).parents[2] / "services/ledgers/rus-ukr.toml").read_text()
    (directory / "hostile.toml").write_text(text.replace('name = "rus-ukr"', 'name = "hostile"'))
    process = start_up(
        directory / "data",
        LEDGER_NAMES="rus-ukr,hostile",
        LEDGER_CONFIG_DIR=str(directory),
        LEDGER_PUBLISH_KEYS=DIGEST,
    )
    try:
        log = directory / "up.log"
        wait_until(lambda: '"api.started"' in log.read_text())
        url = re.search(r'"url": ?"(http[^"]+)"', log.read_text())
        assert url, log.read_text()
        with httpx.Client(base_url=url[1], timeout=PATIENCE_SECONDS) as http:
            wait_until(lambda: http.get("/readyz").status_code == 200)
            done = publish(http, "rus-ukr", *map(json.loads, seed_of("rus-ukr")))
            http.get("/v1/figures", params={"min_position": done["position"]}).raise_for_status()
        yield Served(url[1], server_of(directory / "data"))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.fixture(scope="session")
def looks(browser: Browser) -> Iterator[Looks]:
    """Pages as they are looked at."""
    looks = Looks(browser)
    yield looks
    looks.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console stays silent."""
    page = context.new_page()
    said = listen(page)
    yield page
    assert said == []


def server_of(data_dir: Path) -> Redis:
    url = find_running(data_dir)
    assert url is not None
    return Redis.from_url(url)
