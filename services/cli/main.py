"""The entry point: all commands, and the one place where errors become lines and exit codes.

An error that the user can fix is one line on stderr and an exit code. A bug is not caught.
"""

import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from services.cli.adjudicate import adjudicate
from services.cli.api import api
from services.cli.claimants import claimants
from services.cli.demo import demo
from services.cli.diff import diff
from services.cli.exit_code import CommandError, ExitCode
from services.cli.explain import explain
from services.cli.export import export
from services.cli.history import history_of_figure
from services.cli.keys import keys
from services.cli.ledger import ledger
from services.cli.log import log
from services.cli.output import discard_stdout, print_fault, print_line, print_note
from services.cli.publish import publish
from services.cli.rebuild import rebuild_views, rollback
from services.cli.rejected import rejected
from services.cli.replay import replay_file
from services.cli.rules import rules
from services.cli.status import status
from services.cli.up import up
from services.cli.views import checks, claims, cumulative, exchanges, figures, headline, operations
from services.cli.what_if import what_if
from services.cli.worker import worker
from services.eventlog.connection import LossyServerError
from services.eventlog.port import LogDamagedError, LogUnavailableError, UnchainedLogError
from services.runtime.embedded import DataDirectoryError, EmbeddedServerError


PROGRAM = "exchange-ledger"


class QuietGroup(TyperGroup):
    """A group of commands that ends silently when the reader of its output has gone."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run the command asked for."""
        try:
            exit_code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            discard_stdout()
            return ExitCode.DONE
        return exit_code


app = typer.Typer(
    cls=QuietGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An event-sourced ledger of prisoner exchanges: conflicting claims in, ranged and "
    "explained figures out.\n\nExit codes: 0 done, 1 a check failed or something was rejected, "
    "2 wrong usage, 3 a server out of reach.",
)


def _print_version(is_asked: bool) -> None:  # noqa: FBT001  typer calls it by position
    if is_asked:
        print_line(version(PROGRAM))
        raise typer.Exit


@app.callback()
def _root(
    *,
    is_version_asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    pass


for name, command in (
    ("demo", demo),
    ("up", up),
    ("worker", worker),
    ("api", api),
    ("publish", publish),
    ("exchanges", exchanges),
    ("figures", figures),
    ("cumulative", cumulative),
    ("headline", headline),
    ("operations", operations),
    ("checks", checks),
    ("claims", claims),
    ("claimants", claimants),
    ("explain", explain),
    ("rules", rules),
    ("history", history_of_figure),
    ("diff", diff),
    ("replay", replay_file),
    ("what-if", what_if),
    ("export", export),
    ("status", status),
    ("rebuild", rebuild_views),
    ("rollback", rollback),
):
    app.command(name)(command)
for name, group in (
    ("log", log),
    ("rejected", rejected),
    ("adjudicate", adjudicate),
    ("keys", keys),
    ("ledger", ledger),
):
    app.add_typer(group, name=name)


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.excepthook = print_fault
    sys.exit(_exit_code_of(sys.argv[1:] if arguments is None else arguments))


def _exit_code_of(arguments: list[str]) -> int:
    try:
        return int(app(arguments, prog_name=PROGRAM, standalone_mode=False) or ExitCode.DONE)
    except typer.TyperException as error:
        return _refuse(error.format_message(), ExitCode.WRONG_USAGE)
    except CommandError as error:
        for line in str(error).splitlines():
            _refuse(line, error.exit_code)
        return error.exit_code
    except (DataDirectoryError, LossyServerError) as error:
        return _refuse(str(error), ExitCode.WRONG_USAGE)
    except (LogDamagedError, UnchainedLogError) as error:
        return _refuse(str(error), ExitCode.FAILED)
    except (LogUnavailableError, EmbeddedServerError) as error:
        return _refuse(str(error), ExitCode.OUT_OF_REACH)


def _refuse(message: str, exit_code: ExitCode) -> ExitCode:
    # A bare `exchange-ledger` has shown its help already, and has no message.
    line = " ".join(message.split())
    if line:
        print_note(f"{PROGRAM}: {line}")
    return exit_code


if __name__ == "__main__":
    run()
