"""The quick starts in `docs` run as they stand, on a fresh `up`, and print what they say.

Once with stand-ins for the programs that a machine may lack, and once with those that are there.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

import services.ledgers
from services.runtime.embedded import find_running
from tests.cli.running import start_up
from tests.running import PATIENCE_SECONDS, wait_until
from tests.test_docs import ROOT, read


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

#: Programs that the pages use and a machine may lack; Perl and the shell's own are on every Debian.
OPTIONAL = ("curl", "redis-cli")
FOUND = [name for name in OPTIONAL if shutil.which(name)]
#: One ledger a run, so that each finds it fresh.
LEDGERS = {"stand-ins": "rus-ukr", "programs": "again"}
PAGES = ("docs/publishing.md", "docs/consuming.md")
CLAIMS = {"1": "active", "2": "active", "3": "active", "4": "retracted", "5": "derived"}


class Up(NamedTuple):
    """A running `up`: what a shell must know of it."""

    url: str
    key: str
    data_dir: Path
    ledgers_dir: Path


class Block(NamedTuple):
    """A block of code, and what the page says it prints."""

    line: int
    language: str
    text: str
    printed: str | None


def blocks_of(page: str) -> list[Block]:
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    blocks: list[Block] = []
    for block in found:
        line = page.count("\n", 0, block.start()) + 1
        if block[1] == "text":
            blocks[-1] = blocks[-1]._replace(printed=block[2])
        else:
            blocks.append(Block(line, block[1], block[2], None))
    return blocks


@pytest.fixture(scope="module")
def up(tmp_path_factory) -> Iterator[Up]:
    directory: Path = tmp_path_factory.mktemp("quick")
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    text = shipped.read_text().replace('name = "rus-ukr"', 'name = "again"')
    (directory / "again.toml").write_text(text)
    settings = {
        "LEDGER_NAMES": ",".join(LEDGERS.values()),
        "LEDGER_CONFIG_DIR": str(directory),
        # None given: one is made for this run, and shown.
        "LEDGER_PUBLISH_KEYS": "",
        # A program that writes to a reader who has gone notices at the next word.
        "LEDGER_HEARTBEAT_SECONDS": "0.5",
    }
    process = start_up(directory / "data", **settings)
    log = directory / "up.log"
    try:
        wait_until(
            lambda: '"api.started"' in log.read_text() and "needs this key" in log.read_text()
        )
        lines = log.read_text().splitlines()
        [url] = [json.loads(line)["url"] for line in lines if '"api.started"' in line]
        [key] = [line.rpartition(": ")[2] for line in lines if "needs this key" in line]
        wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        yield Up(url, key, directory / "data", directory)
    finally:
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0


def environment_of(up: Up, run: str, place: Path) -> dict[str, str]:
    """What the pages' first block sets, and programs that stand in for others."""
    programs = place / "bin"
    programs.mkdir()
    for name in OPTIONAL if run == "stand-ins" else set(OPTIONAL) - set(FOUND):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.standins {name} "$@"\n')
        program.chmod(0o755)
    server = find_running(up.data_dir)
    assert server is not None
    return {
        **os.environ,
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LEDGER_DATA_DIR": str(up.data_dir),
        "LEDGER_CONFIG_DIR": str(up.ledgers_dir),
        "LEDGER_NAMES": ",".join(LEDGERS.values()),
        "URL": up.url,
        "KEY": up.key,
        "SOCKET": server.removeprefix("unix://"),
    }


def run_block(block: Block, environment: dict[str, str], place: Path) -> str:
    commands = {"sh": ["sh", "-eu"], "python": [sys.executable, "-"], "perl": ["perl", "-"]}
    done = subprocess.run(
        commands[block.language],
        input=block.text,
        env=environment,
        cwd=place,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    where = f"{block.language} at line {block.line}:\n{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, where
    assert done.stderr == "", where
    return done.stdout


def assert_printed(block: Block, printed: str) -> None:
    """Compare what was printed with what the page says, in which … stands for anything."""
    said = block.printed or ""
    pattern = ".*".join(re.escape(part) for part in said.rstrip("\n").split("…"))
    assert re.fullmatch(pattern, printed.rstrip("\n")), (
        f"line {block.line} printed\n{printed}\ninstead of\n{said}"
    )


def claims_of(up: Up, ledger: str) -> dict[str, Any]:
    answer = httpx.get(f"{up.url}/v1/claims", params={"ledger": ledger}).json()
    return {row["id"]: row["state"] for row in answer["items"]}


@pytest.mark.parametrize("run", LEDGERS)
def test_every_block_of_the_quick_starts_does_what_the_page_says(up, tmp_path, run):
    environment = environment_of(up, run, tmp_path)
    languages = []
    for name in PAGES:
        page = read(name).replace("rus-ukr", LEDGERS[run])
        first, *blocks = blocks_of(page)
        assert (
            set(re.findall(r"^export (\w+)=", first.text, flags=re.MULTILINE)) <= environment.keys()
        )
        for block in blocks:
            if block.language == "json":
                (tmp_path / "claim.json").write_text(block.text)
                continue
            assert_printed(block, run_block(block, environment, tmp_path))
            languages.append(block.language)
        # What went straight into the inbox is recorded soon.
        wait_until(lambda: claims_of(up, LEDGERS[run]) == CLAIMS)

    assert {*languages} == {"sh", "python", "perl"}
    assert len(languages) > 12


def test_no_block_is_left_without_its_language():
    for name in PAGES:
        fences = re.findall(r"^```(.*)$", read(name), flags=re.MULTILINE)
        assert {*fences[::2]} <= {"sh", "python", "perl", "json", "text"}
        assert {*fences[1::2]} == {""}
