"""The import contracts hold, and each is caught when it is broken on purpose."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest


ROOT = Path(__file__).parent.parent
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}


class Breach(NamedTuple):
    """One line put where it must not stand, and the contract that forbids it."""

    contract: str
    module: str
    line: str


BREACHES = [
    Breach("pure", "schemas/claim.py", "import os"),
    Breach("pure", "services/log_events/envelope.py", "import random"),
    Breach("pure", "services/eventlog/port.py", "from redis.asyncio import Redis"),
    Breach("pure", "services/eventlog/memory.py", "import asyncio"),
    Breach("pure", "services/ingest/intake.py", "import structlog"),
    Breach("pure", "services/projection/fold.py", "from time import perf_counter"),
    Breach("pure", "services/projection/cumulative.py", "from socket import socket"),
    Breach(
        "pure",
        "services/reconciliation/claims/interval.py",
        "from faststream.redis import RedisBroker",
    ),
    # By way of a module of ours that reads the clock.
    Breach("pure", "services/reconciliation/engine/book.py", "from services.runtime import clock"),
    Breach(
        "reference",
        "services/reconciliation/rules/supersede.py",
        "from services.reconciliation.engine.book import Book",
    ),
    Breach(
        "reference",
        "services/reconciliation/reference.py",
        "from services.reconciliation.engine.order import Order",
    ),
    Breach("schemas", "schemas/views.py", "from services.log_events.envelope import content_id"),
    Breach("redis", "services/ingest/worker.py", "from redis.asyncio import Redis"),
    Breach("workers", "services/ingest/worker.py", "import services.projection.worker"),
    Breach(
        "workers", "services/reconciliation/engine/book.py", "import services.reconciliation.worker"
    ),
    Breach("cli", "services/projection/worker.py", "import services.cli.main"),
    Breach("api", "services/projection/worker.py", "import services.api.app"),
    Breach("cli", "services/api/app.py", "import services.cli.connect"),
    Breach("workers", "services/api/app.py", "import services.ingest.worker"),
    Breach("openapi", "services/api/openapi/document.py", "from services.api.app import make_app"),
    Breach("eventlog", "services/eventlog/inbox.py", "from services.ingest import intake"),
]


def lint(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages that a test may spoil."""
    for package in ("schemas", "services"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "*.json*"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_every_contract(tree):
    linted = lint(tree, "--no-cache")

    assert linted.returncode == 0, linted.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in linted.stdout


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.module}: {breach.line}")
def test_a_breach_is_caught_by_its_contract(tree, breach):
    with (tree / breach.module).open("a", encoding="utf-8") as module:
        module.write(f"\n{breach.line}\n")

    linted = lint(tree, "--no-cache", "--contract", breach.contract)

    assert linted.returncode == 1, linted.stdout + linted.stderr
    assert f"{CONTRACTS[breach.contract]} BROKEN" in " ".join(linted.stdout.split())
    assert breach.module.removesuffix(".py").replace("/", ".") in linted.stdout


def test_every_contract_is_broken_once_on_purpose():
    assert {breach.contract for breach in BREACHES} == CONTRACTS.keys()


def test_a_worker_may_use_what_pure_modules_may_not(tree):
    with (tree / "services/reconciliation/worker.py").open("a", encoding="utf-8") as module:
        module.write("\nimport asyncio\nimport structlog\nfrom services.runtime import clock\n")

    assert lint(tree, "--no-cache").returncode == 0
