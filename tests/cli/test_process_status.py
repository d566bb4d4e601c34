"""`status --part … --here` of a worker that is judged by its process: what a container's probe asks."""

import json
from typing import Any

import pytest

from services.cli.exit_code import ExitCode
from services.cli.main import run
from tests.running import Worker, own_server, running, wait_until


pytestmark = [pytest.mark.e2e, pytest.mark.redis]

#: A worker that shares ledgers out, and two that have nothing of a ledger waiting for them.
PARTS = {"ingest": True, "webhooks": False, "releasing": False}


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(list(arguments))
    return int(ended.value.code or 0)


def test_a_worker_is_healthy_as_long_as_its_process_lives_whatever_it_serves(monkeypatch, capsys):
    def asked(part: str, *more: str) -> tuple[int, Any]:
        monkeypatch.setenv("LEDGER_LEASES", str(int(PARTS[part])))
        code = exit_code("status", "--part", part, "--here", "--format", "json", *more)
        printed = capsys.readouterr().out
        return code, json.loads(printed)[0] if printed.strip() else None

    with own_server() as server:
        server.start()
        monkeypatch.setenv("LEDGER_REDIS_URL", server.url)
        code, found = asked("ingest")
        assert (code, found["processes"]) == (ExitCode.FAILED, 0)
        workers = {part: Worker(part, server.url, leases=PARTS[part]) for part in PARTS}
        # Of two processes one serves the ledger; the other lives all the same.
        other = Worker("ingest", server.url, leases=True)
        with running([*workers.values(), other]):
            for part, expected in {"ingest": 2, "webhooks": 1, "releasing": 1}.items():
                wait_until(
                    lambda part=part, expected=expected: asked(part)[1]["processes"] == expected  # type: ignore[misc]
                )
                code, found = asked(part)
                assert (code, found["healthy"], found["problems"]) == (ExitCode.DONE, True, [])
            assert other.stop() == 0
            for worker in workers.values():
                worker.kill()
            for part in PARTS:
                wait_until(lambda part=part: asked(part)[0] == ExitCode.FAILED)  # type: ignore[misc]
                code, found = asked(part)
                [problem] = found["problems"]
                assert f"expected a process of {part} that lives on {found['host']}" in problem
                assert "without a sign of life for" in problem
                assert found["heartbeat_age_seconds"] >= 4
        assert exit_code("status", "--part", "webhooks") == ExitCode.FAILED
        assert "expected a process of webhooks" in capsys.readouterr().out
        assert exit_code("status", "--part", "webhooks", "--watch") == ExitCode.WRONG_USAGE
        assert "judged by its process" in capsys.readouterr().err
    assert asked("ingest")[0] == ExitCode.OUT_OF_REACH
