"""How commands end: four exit codes, and errors that are one line."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of a command."""

    DONE = 0
    FAILED = 1  # a check failed, or something was rejected
    WRONG_USAGE = 2
    OUT_OF_REACH = 3


class CommandError(Exception):
    """A command cannot go on: one line for the person at the terminal, and an exit code."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.WRONG_USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code
