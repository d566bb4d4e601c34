"""`ledger`: make, check, list and show the configurations of ledgers."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import tomlkit
import typer
from pydantic import Field, TypeAdapter, ValidationError

from schemas.ledger import LedgerConfiguration
from schemas.record import Record
from services.cli.connect import settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import OutputFormat
from services.cli.output import TableColumn, print_line, print_note, print_text, write_records
from services.ledgers import (
    LedgerConfigurationError,
    default_vocabulary,
    ledgers_there_are,
    load_ledger,
    parse_ledger,
    read_ledger_file,
)
from services.ledgers.new_file import NewLedger, write_new_ledger


ledger = typer.Typer(
    no_args_is_help=True, help="Ledgers of one's own: make a file, check it, list and show ledgers."
)


class ListedLedger(Record):
    """A ledger that there is."""

    name: str
    comes_from: str
    is_served: bool
    title: str | None
    sides: tuple[str, ...]
    faults: int


class _NamedSide(NamedTuple):
    code: str
    name: str


LIST_COLUMNS: Sequence[TableColumn[ListedLedger]] = (
    TableColumn("name", lambda row: row.name),
    TableColumn("comes from", lambda row: row.comes_from),
    TableColumn("served", lambda row: "yes" if row.is_served else "no"),
    TableColumn("sides", lambda row: ", ".join(row.sides)),
    TableColumn("title", lambda row: row.title or f"{row.faults} faults: ledger check {row.name}"),
)
_NAME: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")])


@ledger.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case, e.g. aa-bb.")],
    *,
    side: Annotated[
        list[str],
        typer.Option("--side", metavar="CODE=NAME", help="A side; give two or more."),
    ],
    title: Annotated[str | None, typer.Option("--title", help="What people call it.")] = None,
    opened: Annotated[
        datetime | None,
        typer.Option("--opened", formats=["%Y-%m-%d"], help="First day of the conflict."),
    ] = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="IANA name, e.g. Europe/Kyiv.")
    ] = "UTC",
) -> int:
    """Write a commented file for a new ledger into LEDGER_CONFIG_DIR, else into this directory."""
    sides = [_side_of(text) for text in side]
    text = write_new_ledger(
        NewLedger(
            name=_checked_name(name),
            title=title or f"Exchanges between {' and '.join(one.name for one in sides)}",
            sides=sides,
            opened=opened.date() if opened else None,
            time_zone=time_zone,
        )
    )
    file = (settings_now().config_dir or Path()) / f"{name}.toml"
    try:
        parse_ledger(text, origin=str(file))
        with file.open("x", encoding="utf-8") as opened_file:
            opened_file.write(text)
    except LedgerConfigurationError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"expected to write {file}, {error.strerror}") from error
    print_line(str(file))
    print_note(f"fill it in, then: exchange-ledger ledger check {file}")
    return ExitCode.DONE


@ledger.command()
def check(
    which: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A file, or a ledger's name.")],
) -> int:
    """Check a ledger's file: a line for each fault, exit code 1 if there is one."""
    try:
        found = _read(which)
    except LedgerConfigurationError as error:
        for line in str(error).splitlines():
            print_note(line)
        return ExitCode.FAILED
    names = ", ".join(f"{side.code} ({side.name})" for side in found.sides)
    print_line(f"{found.name}: no fault; sides {names}; decided by {found.policy}")
    if found.opened is None:
        print_note("note: without `opened` no total counts from the beginning of the conflict")
    return ExitCode.DONE


@ledger.command("list")
def list_ledgers(*, form: OutputFormat = None) -> int:
    """List the ledgers that there are: shipped ones, and those of LEDGER_CONFIG_DIR."""
    settings = settings_now()
    rows = []
    for origin in ledgers_there_are(settings.config_dir):
        configuration, faults = None, 0
        try:
            configuration = load_ledger(origin.name, config_dir=settings.config_dir)
        except LedgerConfigurationError as error:
            faults = len(str(error).splitlines())
        rows.append(
            ListedLedger(
                name=origin.name,
                comes_from="shipped" if origin.is_shipped else origin.file,
                is_served=origin.name in settings.names,
                title=configuration.title if configuration else None,
                sides=configuration.side_codes if configuration else (),
                faults=faults,
            )
        )
    write_records(ListedLedger, rows, LIST_COLUMNS, form)
    return ExitCode.DONE


@ledger.command()
def show(
    which: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A ledger's name, or a file.")],
    *,
    with_words: Annotated[
        bool, typer.Option("--words", help="With the words that every ledger has.")
    ] = False,
) -> int:
    """Print a ledger's configuration as it is read, as TOML."""
    try:
        found = _read(which)
    except LedgerConfigurationError as error:
        raise CommandError(str(error)) from error
    said = found.model_dump(mode="python", exclude_none=True, exclude={"policy_named"})
    if not with_words:
        said["vocabulary"] = _own_words(found)
    print_text(tomlkit.dumps(_plain(said)).rstrip("\n"))
    return ExitCode.DONE


def _read(which: str) -> LedgerConfiguration:
    if which.endswith(".toml") or "/" in which:
        return read_ledger_file(Path(which))
    return load_ledger(which, config_dir=settings_now().config_dir)


def _own_words(found: LedgerConfiguration) -> dict[str, dict[str, list[str]]]:
    """Return the words that a ledger's own file adds, by kind and language."""
    shipped = default_vocabulary().model_dump()
    return {
        kind: {
            language: own
            for language, words in languages.items()
            if (own := [word for word in words if word not in shipped[kind].get(language, ())])
        }
        for kind, languages in found.vocabulary.model_dump().items()
    }


def _side_of(text: str) -> _NamedSide:
    code, equals, name = text.partition("=")
    if not (equals and code.strip() and name.strip()):
        raise CommandError(f"--side: expected CODE=NAME, found {text!r}")
    return _NamedSide(code.strip(), name.strip())


def _checked_name(name: str) -> str:
    try:
        return _NAME.validate_python(name)
    except ValidationError as error:
        raise CommandError(
            f"expected a name of lower-case letters, digits and single dashes, found {name!r}"
        ) from error


def _plain(said: Any) -> Any:
    """Return the same in lists and dictionaries, without what is empty."""
    if isinstance(said, dict):
        plain = {name: _plain(field) for name, field in said.items()}
        return {name: field for name, field in plain.items() if field not in ({}, [])}
    if isinstance(said, list | tuple):
        return [_plain(part) for part in said]
    assert isinstance(said, str | int | date), said
    return said
