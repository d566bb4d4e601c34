"""`scrape`: reports of feeds, pages and exported channels, handed to the drafting worker or printed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from schemas.report import SentReport
from services.cli.connect import connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import TableColumn, print_json, print_line, print_note, write_records
from services.eventlog.port import LogUnavailableError
from services.eventlog.reports import ReportQueue, ReportsFullError
from services.fetching.web import Web, limits_of
from services.runtime import clock
from services.runtime.settings import Settings
from services.runtime.supervisor import stop_signals
from services.scraping.manners import HostPacer, Manners
from services.scraping.run import ScrapeRun, ScrapeTools, SourceLine
from services.scraping.sources import Sources, SourcesError, read_sources
from services.scraping.state import ScrapeRunningError, ScrapeState, state_file


#: Pause between two looks at whether to stop, in seconds.
LOOK_SECONDS = 0.2
COLUMNS: Sequence[TableColumn[SourceLine]] = (
    TableColumn("source", lambda line: line.source),
    *(
        TableColumn(name, lambda line, name=name: str(getattr(line, name)), is_number=True)  # type: ignore[misc]
        for name in ("found", "read", "reports", "unchanged", "failed", "waiting")
    ),
)


def scrape(
    sources: Annotated[
        Path, typer.Argument(metavar="SOURCES.toml", help="Feeds, pages and exported channels.")
    ],
    *,
    ledger: LedgerName = None,
    every: Annotated[
        float | None,
        typer.Option("--every", min=0.01, metavar="MINUTES", help="Again and again, until Ctrl-C."),
    ] = None,
    prints: Annotated[
        bool,
        typer.Option("--print", help="Print reports as JSON lines; no server is needed."),
    ] = False,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Only list the addresses that could not be read, and why."),
    ] = False,
    form: OutputFormat = None,
) -> int:
    """Read what is new in feeds, pages and channels, and hand it to the drafting worker; nothing is published.

    What was seen is kept in the data directory, so that running it again reads what is new or edited alone.
    Exits 1 if a source could not be read.
    """
    settings = settings_now()
    try:
        read = read_sources(sources)
        path = state_file(settings.data_dir, ledger or settings.names[0])
        with stop_signals() as is_stopping, ScrapeState(path) as state:
            if failed:
                for one in state.faults():
                    again = (
                        f"tried again at {one.next_at}" if one.next_at else f"{one.state}, given up"
                    )
                    print_line(f"{one.url}: {one.reason}; {again}")
                return ExitCode.DONE
            scraper = _Scraper(read, sources.parent, settings, ledger, prints=prints)
            return asyncio.run(scraper.again_and_again(state, every, is_stopping, form))
    except (SourcesError, ScrapeRunningError) as error:
        raise CommandError(str(error)) from error


class _Scraper:
    # What stays the same from run to run: the hosts' pace and robots.txt among it.
    def __init__(
        self,
        sources: Sources,
        directory: Path,
        settings: Settings,
        ledger: str | None,
        *,
        prints: bool,
    ) -> None:
        self._sources, self._directory, self._settings = sources, directory, settings
        self._ledger = ledger
        self._prints = prints

    async def again_and_again(
        self,
        state: ScrapeState,
        every: float | None,
        is_stopping: Callable[[], bool],
        form: OutputFormat,
    ) -> int:
        """Run once, or again and again until asked to stop; return the exit code."""
        limits = limits_of(self._settings)
        async with Web(limits) as robots:
            pacer = HostPacer(self._settings.scrape_host_seconds, clock.stopwatch_ms)
            manners = Manners(robots, pacer, clock.stopwatch_ms)
            async with Web(limits, before=manners.may_ask) as web:
                while True:
                    running = asyncio.create_task(self._once(state, web, form))
                    while not running.done():
                        await asyncio.wait((running,), timeout=LOOK_SECONDS)
                        if is_stopping():
                            running.cancel()
                            await asyncio.wait((running,))
                            return ExitCode.DONE
                    code = running.result()
                    if every is None:
                        return code
                    due_ms = clock.stopwatch_ms() + every * 60_000
                    while clock.stopwatch_ms() < due_ms:
                        if is_stopping():
                            return code
                        await asyncio.sleep(LOOK_SECONDS)

    async def _once(self, state: ScrapeState, web: Web, form: OutputFormat) -> int:
        hand_on = self._print if self._prints else self._add
        run = ScrapeRun(
            self._sources, self._directory, ScrapeTools(state, web, clock.now(), hand_on)
        )
        lines = await run.run()
        code = ExitCode.DONE
        for line in lines:
            for fault in line.faults:
                print_note(fault)
            # A source that gave nothing, not a single page of it, is what somebody has to look at.
            if line.faults and not line.read and not line.unchanged:
                code = ExitCode.FAILED
        try:
            count = await run.hand_on()
            print_note(f"{count} reports handed on")
        except (LogUnavailableError, ReportsFullError, CommandError) as error:
            print_note(f"{state.outbox_count()} reports wait to be handed on: {error}")
            code = ExitCode.FAILED
        if not self._prints:
            write_records(SourceLine, lines, COLUMNS, form)
        else:
            for line in lines:
                print_note(
                    f"{line.source}: {line.found} found, {line.read} read, {line.unchanged} unchanged, "
                    f"{line.failed} failed, {line.waiting} waiting"
                )
        return code

    async def _add(self, reports: Sequence[SentReport]) -> None:
        async with connect_to_ledger(self._ledger, settings=self._settings) as connection:
            queue = ReportQueue(connection.client, connection.configuration.name)
            await queue.add(reports, limit=self._settings.drafts_max)

    async def _print(self, reports: Sequence[SentReport]) -> None:
        for report in reports:
            print_json(report.model_dump_json(exclude_none=True))
