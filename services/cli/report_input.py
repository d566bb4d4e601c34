"""Reports that commands are given: as text, as pages, as JSON, or by their address."""

import asyncio
import sys
from pathlib import Path

import typer
from pydantic import ValidationError

from services.cli.exit_code import CommandError
from services.extraction.report import Report, first_fault, reports_in
from services.fetching.page import NoTextError, is_page, report_of_page
from services.fetching.reports import fetched_report
from services.fetching.web import FetchError, FetchLimits


#: How much of a file is looked at to tell whether it is a page.
_BEGINNING_BYTES = 5_000
#: What some editors write before the first letter, as Latin letters.
_MARK_OF_UTF8 = "\u00ef\u00bb\u00bf"


def known_report(**known: object) -> Report:
    """Return what a command is told of reports, without their text.

    Raises:
        BadParameter: Something of it is of no report.
    """
    try:
        return Report.model_validate({"text": "", **known})
    except ValidationError as error:
        raise typer.BadParameter(first_fault(error)) from error


def reports_of(path: str, known: Report, limits: FetchLimits) -> list[Report]:
    """Return the reports of a file, an address, or standard input.

    Args:
        path: Which; `-` is standard input.
        known: What is known of them, without their text.
        limits: Those of fetching.

    Raises:
        CommandError: There are none.
    """
    try:
        if path.startswith(("http://", "https://")):
            return [asyncio.run(fetched_report(path, known, limits))]
        source = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        # A page says itself how its letters are written.
        start = source[:_BEGINNING_BYTES].decode("latin-1").removeprefix(_MARK_OF_UTF8)
        if is_page(start):
            return [report_of_page(source, known=known)]
        return reports_in(source.decode("utf-8"), known=known)
    except OSError as error:
        found = error.strerror or error
        raise CommandError(f"{path}: expected the text of a report, found {found}") from error
    except (ValueError, FetchError, NoTextError) as error:
        raise CommandError(f"{path}: expected the text of a report, {error}") from error
