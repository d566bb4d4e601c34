"""What the tests of the command line share: workers that run, and a way to call commands."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import services.ledgers
from services.cli.main import run
from services.cli.output import leave_out_notes
from tests.cli.running import LEDGERS, SEED, Answer, Call, settle, start_up
from tests.running import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def notes_are_printed() -> Iterator[None]:
    """Leave nothing of a command that was asked to be quiet to the tests after it."""
    yield
    leave_out_notes(is_asked=False)


@pytest.fixture
def call(capsys) -> Call:
    """Run a command in this process."""

    def run_command(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return run_command


@pytest.fixture(scope="session")
def ledgers_dir(tmp_path_factory) -> Path:
    """Configurations of the ledgers that are copies of the shipped one."""
    directory: Path = tmp_path_factory.mktemp("ledgers")
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    for name in LEDGERS[1:]:
        text = shipped.read_text().replace('name = "rus-ukr"', f'name = "{name}"')
        (directory / f"{name}.toml").write_text(text)
    return directory


@pytest.fixture(scope="session")
def up_dir(tmp_path_factory, ledgers_dir) -> Iterator[Path]:
    """The data directory of a running `up` with all ledgers, the shipped one seeded."""
    data_dir: Path = tmp_path_factory.mktemp("up") / "data"
    environment = {"LEDGER_NAMES": ",".join(LEDGERS), "LEDGER_CONFIG_DIR": str(ledgers_dir)}
    process = start_up(data_dir, **environment)
    try:
        subprocess.run(
            [sys.executable, "-m", "services.cli.main", "publish", str(SEED)],
            env={**os.environ, "LEDGER_DATA_DIR": str(data_dir)},
            check=True,
            capture_output=True,
        )
        yield data_dir
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def running(up_dir, ledgers_dir, monkeypatch) -> Path:
    """This process finds the running `up` by its data directory, as a person's shell would."""
    monkeypatch.delenv("LEDGER_REDIS_URL", raising=False)
    monkeypatch.setenv("LEDGER_DATA_DIR", str(up_dir))
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(ledgers_dir))
    monkeypatch.setenv("LEDGER_NAMES", ",".join(LEDGERS))
    # A port that somebody else may listen on is none of these tests' business.
    monkeypatch.setenv("LEDGER_HTTP_PORT", "0")
    settle("rus-ukr")
    return Path(up_dir)


@pytest.fixture
def seeded_export(up_dir, ledgers_dir) -> str:
    """The exported log of the running, seeded ledger."""
    exported = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "log", "export"],
        env={**os.environ, "LEDGER_DATA_DIR": str(up_dir)},
        check=True,
        capture_output=True,
        text=True,
    )
    return exported.stdout
