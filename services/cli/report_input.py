"""Reports that commands are given: as text, as pages, as JSON, or by their address."""

import asyncio
import sys
from pathlib import Path

from schemas.report import TEXT_CHARACTERS_MAX
from services.cli.exit_code import CommandError
from services.extraction.report import Report, reports_in
from services.fetching.page import PAGE_TYPES, NoTextError, is_page, outlet_of, report_of_page
from services.fetching.web import FetchError, FetchLimits, Web


#: How much of a file is looked at to tell whether it is a page.
_BEGINNING_BYTES = 5_000
#: What some editors write before the first letter, as Latin letters.
_MARK_OF_UTF8 = "\u00ef\u00bb\u00bf"


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
            return [asyncio.run(_fetched(path, known, limits))]
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


async def _fetched(url: str, known: Report, limits: FetchLimits) -> Report:
    async with Web(limits) as web:
        fetched = await web.fetch(url)
    known = known.model_copy(update={"url": known.url or fetched.url})
    if fetched.media_type in PAGE_TYPES or is_page(fetched.text()):
        return report_of_page(fetched.body, known=known)
    if fetched.media_type != "text/plain":
        raise FetchError(f"expected a page, found {fetched.media_type or 'nothing said'}")
    outlet = known.outlet or outlet_of(fetched.url)
    text = fetched.text()[:TEXT_CHARACTERS_MAX]
    return known.model_copy(update={"text": text, "outlet": outlet})
