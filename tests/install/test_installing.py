"""The documented installation, in an environment of its own, on every Python that is here (`make test-install`)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import SEED
from tests.test_docs import ROOT


UV = Path(sys.prefix) / "lock" / "bin" / "uv"
VERSIONS = ("3.11", "3.12", "3.13")
#: Most that an installation without extras may take, compiled modules included, in MB.
MEGABYTES_MAX = 120


def python_of(version: str) -> str:
    """Return a Python of a version; the test is left out where there is none."""
    name = f"python{version}"
    asked = (
        subprocess.run(
            [shutil.which(name) or name, "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if shutil.which(name)
        else None
    )
    if asked is None or asked.returncode:
        pytest.skip(f"no {name} on the path")
    return asked.stdout.strip()


def megabytes(directory: Path) -> float:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6


@pytest.mark.parametrize("version", VERSIONS)
def test_an_isolated_installation_works_and_is_small(version, tmp_path):
    python = python_of(version)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")},
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "LEDGER_DATA_DIR": str(tmp_path / "data"),
    }
    command = [
        str(UV),
        "tool",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--python",
        python,
        str(ROOT),
    ]
    subprocess.run(command, env=environment, check=True, timeout=600)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = tmp_path / "bin" / "exchange-ledger"
        return subprocess.run(
            [program, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    replayed = json.loads(run("replay", str(SEED), "--format", "json").stdout)
    assert [one["id"] for one in replayed["exchanges"]] == ["2024-01-03"]
    assert run("--version").stdout.strip() == "0.1.0"
    size = megabytes(tmp_path / "tools" / "exchange-ledger")
    assert size < MEGABYTES_MAX
    # What is missing is said in a line.
    released = run("export", str(tmp_path / "release"))
    assert (released.returncode, "extra `parquet`" in released.stderr) == (2, True)
