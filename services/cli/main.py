"""The entry point: all commands, and the one place where errors become lines and exit codes.

An error that the user can fix is one line on stderr and an exit code. A bug is not caught.
"""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from services.cli.exit_code import CommandError, ExitCode
from services.cli.output import (
    discard_stdout,
    leave_out_notes,
    print_error,
    print_fault,
    print_line,
)
from services.eventlog.connection import LossyServerError
from services.eventlog.port import LogDamagedError, LogUnavailableError, UnchainedLogError
from services.runtime.embedded import DataDirectoryError, EmbeddedServerError
from services.runtime.optional import MissingExtraError


PROGRAM = "exchange-ledger"
#: Where each command or group of commands is defined. Only the one asked for is imported: all of them
#: take a second, which each process that `up` starts would pay.
COMMANDS = {
    "demo": "services.cli.demo:demo",
    "up": "services.cli.up:up",
    "worker": "services.cli.worker:worker",
    "api": "services.cli.api:api",
    "publish": "services.cli.publish:publish",
    "exchanges": "services.cli.views:exchanges",
    "figures": "services.cli.views:figures",
    "cumulative": "services.cli.views:cumulative",
    "headline": "services.cli.views:headline",
    "operations": "services.cli.views:operations",
    "checks": "services.cli.views:checks",
    "claims": "services.cli.views:claims",
    "claimants": "services.cli.claimants:claimants",
    "explain": "services.cli.explain:explain",
    "rules": "services.cli.rules:rules",
    "history": "services.cli.history:history_of_figure",
    "diff": "services.cli.diff:diff",
    "replay": "services.cli.replay:replay_file",
    "extract": "services.cli.extract:extract_claims",
    "extract-eval": "services.cli.extract:evaluate",
    "reports": "services.cli.reports:reports",
    "scrape": "services.cli.scrape:scrape",
    "what-if": "services.cli.what_if:what_if",
    "sql": "services.cli.sql:sql",
    "mcp": "services.cli.mcp:mcp",
    "export": "services.cli.export:export",
    "releases": "services.cli.releases:releases",
    "status": "services.cli.status:status",
    "rebuild": "services.cli.rebuild:rebuild_views",
    "rollback": "services.cli.rebuild:rollback",
    "log": "services.cli.log:log",
    "rejected": "services.cli.rejected:rejected",
    "submissions": "services.cli.submissions:submissions",
    "erase": "services.cli.erase:erase",
    "adjudicate": "services.cli.adjudicate:adjudicate",
    "keys": "services.cli.keys:keys",
    "webhooks": "services.cli.webhooks:webhooks",
    "ledger": "services.cli.ledger:ledger",
}


class LazyCommands(Mapping[str, Any]):
    """The commands by name, each imported when it is asked for."""

    @override
    def __getitem__(self, name: str) -> Any:
        module, _, attribute = COMMANDS[name].partition(":")
        defined = getattr(import_module(module), attribute)
        only = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        if isinstance(defined, typer.Typer):
            only.add_typer(defined, name=name)
        else:
            only.command(name)(defined)
        return typer.main.get_group(only).commands[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    @override
    def __len__(self) -> int:
        return len(COMMANDS)


class CommandGroup(TyperGroup):
    """All commands; silent when the reader of their output has gone."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.commands: Any = LazyCommands()

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
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
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
    is_version_asked: Annotated[  # noqa: ARG001  its callback has done it
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
    is_quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="Print results and errors alone: no notes, no progress."
        ),
    ] = False,
) -> None:
    leave_out_notes(is_asked=is_quiet)


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.excepthook = print_fault
    sys.exit(_exit_code_of(sys.argv[1:] if arguments is None else arguments))


def _exit_code_of(arguments: list[str]) -> int:
    try:
        return int(app(arguments, prog_name=PROGRAM, standalone_mode=False) or ExitCode.DONE)
    except typer.TyperException as error:
        # Typer checks values by pydantic, whose words say so.
        said = error.format_message().replace(": Value error, ", ": ")
        return _refuse(said, ExitCode.WRONG_USAGE)
    except CommandError as error:
        for line in str(error).splitlines():
            _refuse(line, error.exit_code)
        return error.exit_code
    except (DataDirectoryError, LossyServerError, MissingExtraError) as error:
        return _refuse(str(error), ExitCode.WRONG_USAGE)
    except (LogDamagedError, UnchainedLogError) as error:
        return _refuse(str(error), ExitCode.FAILED)
    except (LogUnavailableError, EmbeddedServerError) as error:
        return _refuse(str(error), ExitCode.OUT_OF_REACH)


def _refuse(message: str, exit_code: ExitCode) -> ExitCode:
    # A bare `exchange-ledger` has shown its help already, and has no message.
    line = " ".join(message.split())
    if line:
        print_error(f"{PROGRAM}: {line}")
    return exit_code


if __name__ == "__main__":
    run()
