"""`docs/ledgers.md` runs as it stands: from nothing to a page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.running import start_up
from tests.running import PATIENCE_SECONDS, wait_until
from tests.test_docs import ROOT, read
from tests.test_quick_starts import Block, blocks_of


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

PAGE = "docs/ledgers.md"


def run_in_shell(block: Block, kept: Path, environment: dict[str, str], place: Path) -> str:
    """Run a block after what earlier ones exported; what it exports is kept for later ones."""
    script = f'[ ! -f "{kept}" ] || . "{kept}"\n{block.text}\nexport -p > "{kept}"\n'
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        env=environment,
        cwd=place,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"line {block.line}:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def run_until_printed(block: Block, place: Path, environment: dict[str, str]) -> None:
    """Run a block, again where it asks for figures that are not there yet."""
    printed: list[str] = []

    def is_done() -> bool:
        printed.append(run_in_shell(block, place / "exported", environment, place))
        return block.printed is None or is_printed(block.printed, printed[-1])

    if " figures " in block.text:
        wait_until(is_done)
    else:
        assert is_done(), f"line {block.line} printed:\n{printed[-1]}"


def is_printed(said: str, printed: str) -> bool:
    """Compare what was printed with what the page says, in which … stands for anything, lines too."""
    pattern = ".*".join(map(re.escape, said.strip().split("…")))
    return re.fullmatch(pattern, printed.strip(), flags=re.DOTALL) is not None


def test_the_page_leads_from_nothing_to_a_page(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "exchange-ledger"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m services.cli.main "$@"\n')
    program.chmod(0o755)
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("LEDGER_")},
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    page = read(PAGE)
    process = None
    try:
        for block in blocks_of(page):
            if block.language == "sh":
                run_until_printed(block, tmp_path, environment)
            elif block.language == "jsonl":
                (tmp_path / "claims.jsonl").write_text(block.text, encoding="utf-8")
            elif block.language == "terminal":
                names = re.search(r"LEDGER_NAMES=(\S+) exchange-ledger up$", block.text.strip())
                assert names is not None
                process = start_up(
                    tmp_path / "data",
                    LEDGER_NAMES=names[1],
                    LEDGER_CONFIG_DIR=str(tmp_path / "ledgers"),
                )
                wait_until(lambda: '"api.started"' in (tmp_path / "up.log").read_text())
        assert process is not None
        lines = (tmp_path / "up.log").read_text().splitlines()
        [url] = [json.loads(line)["url"] for line in lines if '"api.started"' in line]
        [path] = re.findall(r"<http://127\.0\.0\.1:8080(/\S+)>", page)
        answer = httpx.get(url + path, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        for name in ("To Arenia", "To Belmark", "To Corland"):
            assert name in answer.text
        day = httpx.get(f"{url}{path}/exchanges/2031-05-10", headers={"Accept": "text/html"})
        assert "all sides together" in day.text
    finally:
        if process is not None:
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0
