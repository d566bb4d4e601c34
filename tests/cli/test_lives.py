"""How `up` and `demo` begin and end, whatever happens to them; and commands without a server."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

import services.ledgers
from services.ledgers import demo_claims, demo_ledgers
from tests.cli.running import SEED, processes_of, settle, start_up
from tests.running import PATIENCE_SECONDS, wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    monkeypatch.delenv("LEDGER_REDIS_URL", raising=False)
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LEDGER_HTTP_PORT", "0")
    return tmp_path / "data"


def test_stopped_and_started_again_it_has_all_it_had(data_dir, call):
    process = start_up(data_dir)
    assert call("publish", SEED).code == 0
    settle("rus-ukr")
    before = {view: call(view).out for view in ("exchanges", "figures", "cumulative", "claims")}
    os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches every process of the terminal's group.
    assert process.wait(PATIENCE_SECONDS) == 0
    assert processes_of(data_dir) == []
    assert call("figures").code == 3

    process = start_up(data_dir)
    assert {view: call(view).out for view in before} == before
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0
    assert processes_of(data_dir) == []


def test_after_a_kill_nothing_is_lost_and_nobody_lives_on(data_dir, call):
    process = start_up(data_dir)
    assert call("publish", SEED).code == 0
    settle("rus-ukr")
    before = call("figures").out
    process.kill()
    process.wait()
    assert any("valkey-server" in line for line in processes_of(data_dir))
    wait_until(lambda: not any("worker" in line for line in processes_of(data_dir)))
    assert call("figures").code == 3

    process = start_up(data_dir)
    try:
        # The server that was left behind may be the one that still answers, and goes just then.
        wait_until(lambda: call("figures").out == before)
        assert call("publish", SEED).out.startswith("recorded 0, duplicate 11")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    assert processes_of(data_dir) == []


def test_a_worker_and_a_server_that_die_are_started_again(data_dir, call):
    process = start_up(data_dir)
    try:
        wait_until(
            lambda: len(json.loads(call("status", "--format", "json").out)[0]["readers"]) == 4
        )
        for reader in json.loads(call("status", "--format", "json").out)[0]["readers"]:
            os.kill(int(reader["where"].split()[1]), signal.SIGKILL)
        server_pids = subprocess.run(
            ["pgrep", "-f", f"valkey-server.*{data_dir}/"],
            capture_output=True,
            text=True,
            check=True,
        )
        os.kill(int(server_pids.stdout.split()[0]), signal.SIGKILL)
        wait_until(lambda: call("status").code != 3)

        assert call("publish", SEED, "--wait", PATIENCE_SECONDS).out.startswith("recorded 11")
        settle("rus-ukr")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def test_a_second_up_on_the_same_directory_is_refused_politely(running, call):
    answer = call("up")

    assert answer.code == 2
    assert f"data directory {running} is in use by process" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_workers_without_a_server_end_everything_with_three(tmp_path, monkeypatch, capfd):
    process = start_up(
        tmp_path / "data", LEDGER_REDIS_URL="redis://127.0.0.1:1/0", LEDGER_RETRY_SECONDS="0"
    )

    assert process.wait(PATIENCE_SECONDS) == 3


DEMO = (sys.executable, "-m", "services.cli.main", "demo")


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A directory for temporary ones: a socket's path must fit into it, and pytest's are long."""
    with tempfile.TemporaryDirectory(prefix="exl-") as directory:
        yield Path(directory)


@pytest.fixture
def staying_demo(short_dir) -> Iterator[subprocess.Popen[str]]:
    """A demo in a temporary directory of its own."""
    process = subprocess.Popen(
        [*DEMO, "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment_of_demos(short_dir),
        start_new_session=True,
    )
    with process:
        yield process
        process.kill()


def environment_of_demos(place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "LEDGER_REDIS_URL"}
    return {**kept, "LEDGER_DATA_DIR": str(place / "unused"), "TMPDIR": str(place)}


def test_the_demo_prints_the_shipped_ledgers_and_the_command_that_reads_it(short_dir, staying_demo):
    # Beside the one that stays, since each takes seconds.
    demo = subprocess.run(
        [*DEMO, "--exit", "--data-dir", short_dir / "d"],
        capture_output=True,
        text=True,
        env=environment_of_demos(short_dir),
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert demo.returncode == 0, demo.stderr
    for name in demo_ledgers():
        count = len(demo_claims(name).splitlines())
        assert f"({name})" in demo.stdout
        assert f"all of them: `exchanges --ledger {name}`" in demo.stdout
        assert f"{count} claims published: {count} recorded, 0 duplicate, 0 rejected" in demo.stdout
        assert f"XADD 'exl:{{{name}}}:inbox'" in demo.stdout
    assert len(demo.stdout.splitlines()) <= 45, "a screen, and not all there is"
    assert "other commands" not in demo.stderr
    assert (short_dir / "d" / "workers.log").stat().st_size > 0

    told = ""
    while "Ctrl-C stops" not in told:
        line = staying_demo.stderr.readline()
        assert line, told
        told += line
    [command] = re.findall("^other commands: (.*)$", told, re.MULTILINE)
    assert command.startswith(f"LEDGER_DATA_DIR={short_dir}/exchange-ledger-demo-")
    read = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        env=environment_of_demos(short_dir),
        check=True,
    )
    assert f", {len(json.loads(read.stdout))} figures, " in demo.stdout

    os.killpg(staying_demo.pid, signal.SIGINT)
    assert staying_demo.wait(PATIENCE_SECONDS) == 0
    assert not list(short_dir.glob("exchange-ledger-demo-*"))
    assert not (short_dir / "unused").exists()
    assert processes_of(short_dir) == []


@pytest.mark.parametrize(
    "arguments",
    [["figures"], ["status"], ["log", "verify"], ["rejected", "list"], ["publish", SEED]],
    ids=str,
)
def test_without_a_server_the_code_is_three_and_the_way_out_is_told(data_dir, call, arguments):
    answer = call(*arguments)

    assert answer.code == 3
    assert "`exchange-ledger up`" in answer.err
    assert str(data_dir) in answer.err


def test_a_server_that_does_not_answer_is_one_line(data_dir, call, monkeypatch):
    monkeypatch.setenv("LEDGER_REDIS_URL", "redis://127.0.0.1:1/0")

    answer = call("figures")

    assert answer.code == 3
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["figures", "--format", "xml"],
        ["figures", "--as-known-on", "yesterday"],
        ["figures", "--ledger", "no-such"],
        ["publish", "no-such-file"],
        ["replay", "no-such-file"],
        ["replay", SEED, "--policy", "1999.1"],
        ["rejected", "retry"],
        ["nonsense"],
    ],
    ids=str,
)
def test_wrong_usage_is_two_and_one_line(data_dir, call, arguments):
    answer = call(*arguments)

    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert "Traceback" not in answer.err


def test_a_data_directory_that_cannot_be_written_is_named(data_dir, call, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path / "file" / "data"))

    answer = call("up")

    assert answer.code == 2
    assert str(tmp_path / "file" / "data") in answer.err


def test_an_impossible_setting_is_named(data_dir, call, monkeypatch):
    monkeypatch.setenv("LEDGER_BATCH_COUNT", "0")

    answer = call("figures")

    assert answer.code == 2
    assert "LEDGER_BATCH_COUNT" in answer.err


def test_an_exported_log_is_read_back_into_an_empty_ledger(data_dir, call, tmp_path, seeded_export):
    (tmp_path / "log.jsonl").write_text(seeded_export)
    count = len(seeded_export.splitlines())

    assert (
        call("log", "import", tmp_path / "log.jsonl").out
        == f"{count} events appended, 0 were there\n"
    )
    assert (
        call("log", "import", tmp_path / "log.jsonl").out
        == f"0 events appended, {count} were there\n"
    )


def test_without_a_worker_claims_wait_and_that_is_told(
    server_url, ledger, call, tmp_path, monkeypatch
):
    shipped = Path(services.ledgers.__file__).with_name("rus-ukr.toml").read_text()
    (tmp_path / f"{ledger}.toml").write_text(
        shipped.replace('name = "rus-ukr"', f'name = "{ledger}"')
    )
    monkeypatch.setenv("LEDGER_REDIS_URL", server_url)
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LEDGER_NAMES", ledger)

    answer = call("publish", SEED, "--wait", "0.2")

    assert answer.code == 0
    assert answer.out == "published 11, not yet taken up (is a worker running?)\n"
    status = call("status", "--format", "json")
    assert status.code == 1
    [found] = json.loads(status.out)
    assert found["inbox"] == 11
    assert found["problems"][0].startswith("ingest has never run; 11 entries wait, the oldest for ")
    assert "ingest has never run" in call("status", "--format", "table").out
    with Redis.from_url(server_url) as client:
        client.delete(f"exl:{{{ledger}}}:inbox")


def test_a_followed_log_goes_on_with_new_events(running, call):
    follower = subprocess.Popen(
        [sys.executable, "-m", "services.cli.main", "log", "tail", "-n", "1", "--follow"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    with follower.stdout as lines:
        assert json.loads(lines.readline())["specversion"] == "1.0"
        follower.send_signal(signal.SIGINT)
        assert follower.wait(PATIENCE_SECONDS) == 0


def test_a_rejected_line_of_a_replayed_file_is_told(call, tmp_path):
    (tmp_path / "bad.jsonl").write_text("nonsense\n")

    answer = call("replay", tmp_path / "bad.jsonl")

    assert answer.code == 1
    assert json.loads(answer.out)["figures"] == []
    assert answer.err.startswith("line 1 rejected: the whole event: expected JSON")


def test_the_version_is_told(call):
    assert call("--version").out.strip().count(".") == 2
