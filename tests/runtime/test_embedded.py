"""The embedded server: one owner, durable settings, clean ends, orphans taken care of."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from services.eventlog.server import answers, ask_server
from services.runtime.embedded import (
    DataDirectoryError,
    EmbeddedServer,
    EmbeddedServerError,
    find_running,
)
from tests.running import PATIENCE_SECONDS, wait_until


#: Starts a server on the directory given, says so, and waits.
OWNER = """
import sys, time
from pathlib import Path
from services.runtime.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    time.sleep(600)  # Longer than any test may take: it is ended by its test.
"""


def start_owner(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    url = owner.stdout.readline().strip()
    owner.stdout.close()
    return owner, url


def test_it_is_set_so_that_nothing_acknowledged_is_lost(tmp_path):
    with EmbeddedServer(tmp_path) as server, Redis.from_url(server.url) as client:
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("appendfsync")["appendfsync"] == "always"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("port")["port"] == "0"


def test_only_its_owner_may_reach_it(tmp_path):
    with EmbeddedServer(tmp_path) as server:
        socket = server.url.removeprefix("unix://")

        assert stat.S_IMODE(Path(socket).stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600


def test_what_was_stored_is_there_at_the_next_start(tmp_path):
    with EmbeddedServer(tmp_path) as server, Redis.from_url(server.url) as client:
        client.set("claim", "230")

    with EmbeddedServer(tmp_path) as server, Redis.from_url(server.url) as client:
        assert client.get("claim") == b"230"


def test_it_is_found_while_it_runs_and_not_afterwards(tmp_path):
    owner, url = start_owner(tmp_path)
    try:
        assert find_running(tmp_path) == url
    finally:
        owner.send_signal(signal.SIGINT)
        owner.wait(PATIENCE_SECONDS)
    assert find_running(tmp_path) is None
    assert not answers(url)
    assert not (tmp_path / "server.json").exists()


def test_nothing_is_found_in_a_directory_that_is_not_there(tmp_path):
    assert find_running(tmp_path / "nowhere") is None


def test_a_second_owner_is_refused_and_told_who_the_first_is(tmp_path):
    owner, url = start_owner(tmp_path)
    try:
        with pytest.raises(DataDirectoryError) as refusal:
            EmbeddedServer(tmp_path).start()
        assert answers(url)
    finally:
        owner.send_signal(signal.SIGINT)
        owner.wait(PATIENCE_SECONDS)
    assert f"data directory {tmp_path} is in use by process {owner.pid} (started" in str(
        refusal.value
    )


def test_a_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(DataDirectoryError) as refusal:
        EmbeddedServer(tmp_path / "file" / "ledger").start()

    assert str(tmp_path / "file" / "ledger") in str(refusal.value)


def test_a_server_left_behind_by_a_killed_owner_is_ended_and_its_files_are_kept(tmp_path):
    owner, url = start_owner(tmp_path)
    with Redis.from_url(url) as client:
        client.set("claim", "230")
    orphan = ask_server(url)
    assert orphan is not None
    owner.kill()
    owner.wait(PATIENCE_SECONDS)
    assert answers(url)
    assert find_running(tmp_path) is None

    with EmbeddedServer(tmp_path) as server, Redis.from_url(server.url) as client:
        fresh = ask_server(server.url)

        assert fresh is not None
        assert fresh.process != orphan.process
        assert client.get("claim") == b"230"


def test_a_server_of_another_directory_is_left_alone(tmp_path):
    with EmbeddedServer(tmp_path / "other") as other:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "server.json").write_text(json.dumps({"url": other.url, "pid": 1}))

        with EmbeddedServer(tmp_path / "mine"):
            assert answers(other.url)


def test_a_server_that_dies_is_noticed_and_comes_back_with_all_it_had(tmp_path):
    with EmbeddedServer(tmp_path) as server:
        with Redis.from_url(server.url) as client:
            client.set("claim", "230")
        running = ask_server(server.url)
        assert running is not None
        assert not server.has_died()

        os.kill(running.process, signal.SIGKILL)
        wait_until(server.has_died)
        server.restart()

        with Redis.from_url(server.url) as client:
            assert client.get("claim") == b"230"


def test_ctrl_c_does_not_reach_it(tmp_path):
    with EmbeddedServer(tmp_path) as server:
        running = ask_server(server.url)
        assert running is not None

        os.kill(running.process, signal.SIGINT)
        time.sleep(0.3)

        assert not server.has_died()
        assert answers(server.url)


@pytest.mark.parametrize("name", ["a directory with 'quotes' and spaces", "deep" * 40])
def test_any_path_will_do(tmp_path, name):
    with EmbeddedServer(tmp_path / name) as server, Redis.from_url(server.url) as client:
        client.set("claim", "230")
        running = ask_server(server.url)

        assert running is not None
        assert running.directory == tmp_path / name / "valkey"
        assert server.log_path.is_file()
    with EmbeddedServer(tmp_path / name) as server, Redis.from_url(server.url) as client:
        assert client.get("claim") == b"230"


def test_a_server_that_cannot_start_is_one_line_that_names_its_log(tmp_path):
    (tmp_path / "valkey" / "appendonlydir").mkdir(parents=True)
    (tmp_path / "valkey" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")

    with pytest.raises(EmbeddedServerError) as refusal:
        EmbeddedServer(tmp_path).start()

    assert str(tmp_path / "valkey" / "valkey.log") in str(refusal.value)
    assert "\n" not in str(refusal.value)
    with pytest.raises(EmbeddedServerError):
        EmbeddedServer(tmp_path).start()
