"""How the API begins and ends: its port, its key, and its part in `up`."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.api.running import KEY
from tests.running import PATIENCE_SECONDS, wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


def run(*arguments: str, data_dir: object, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {key: value for key, value in os.environ.items() if key != "LEDGER_REDIS_URL"}
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", *arguments],
        env={**given, "LEDGER_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("command", ["up", "api"])
def test_a_port_in_use_is_one_line_and_the_code_is_two(tmp_path, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = run(
            *(command, "--port", port),
            data_dir=tmp_path / "data",
            LEDGER_REDIS_URL="redis://127.0.0.1:1/0",
        )

    assert answer.returncode == 2
    assert f"127.0.0.1:{port}, found address already in use" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_an_api_that_dies_is_started_again_on_its_port(http, running):
    listing = subprocess.run(
        ["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True
    ).stdout
    [api] = [
        line
        for line in listing.splitlines()
        if "services.cli.main api " in line and running.server_url in line
    ]
    assert KEY not in api
    os.kill(int(api.split()[0]), signal.SIGKILL)

    # Connections wait at the socket, which the supervisor keeps.
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as again:
        wait_until(lambda: again.get("/healthz").status_code == 200)
