"""What the standards tests share: an `up` with its API, and programs of others in a directory apart.

`make test-standards` installs them there from the locks, and none of them is imported here.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy

import pytest

from services.api.write_openapi import PATH
from tests.api.running import Running, position_of_seed, running_in
from tests.running import PATIENCE_SECONDS


ROOT = Path(__file__).parents[2]
#: Where `make test-standards` installs what is in the locks.
INSTALLED = ROOT / ".venv" / "standards"
PROGRAMS = Path(__file__).parent / "programs"

RunProgram = Callable[..., list[str]]


@pytest.fixture(scope="session")
def running(tmp_path_factory) -> Iterator[Running]:
    with running_in(tmp_path_factory.mktemp("standards")) as found:
        position_of_seed(found)
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with the programs, the documents, and what the programs import from npm."""
    (tmp_path / "node_modules").symlink_to(INSTALLED / "node_modules")
    for path in (*PROGRAMS.iterdir(), *PATH.parent.glob("*.json")):
        if path.is_file():
            copy(path, tmp_path)
    (tmp_path / "package.json").write_text(json.dumps({"type": "module"}))
    return tmp_path


@pytest.fixture
def run(place) -> RunProgram:
    """Run a program of others in the place, and return the lines that it prints."""

    def found(*command: object) -> list[str]:
        beside = f"{INSTALLED / 'bin'}:{place / 'node_modules' / '.bin'}:{ROOT / '.venv' / 'bin'}"
        done = subprocess.run(
            [str(word) for word in command],
            cwd=place,
            env=os.environ | {"PATH": f"{beside}:{os.environ['PATH']}", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
        return done.stdout.splitlines()

    return found
