"""`demo`: the shipped real claims through all workers, on a server of its own, in a few seconds."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from shlex import quote
from typing import Annotated, TextIO

import typer

from schemas.views import CumulativePoint, ReadModels
from services.cli.api import Port, listen, publish_keys_of
from services.cli.columns import CUMULATIVE_COLUMNS, exchange_columns
from services.cli.connect import LedgerConnection, configuration_of, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.load import wait_for_views
from services.cli.output import print_line, print_note, print_together, program, table_of
from services.cli.publish import RETRY_SECONDS, PublishSummary, publish_lines
from services.eventlog.keys import keys_of
from services.ledgers import LedgerConfigurationError, demo_claims, demo_ledgers
from services.projection.joined import read_models
from services.projection.store import ViewStore
from services.runtime import clock
from services.runtime.listening import http_url
from services.runtime.settings import Settings
from services.runtime.supervisor import Serving, Supervisor, all_parts, stop_signals
from services.runtime.telemetry import set_up_logging


#: How long the claims may take to become figures, in seconds. They take a few.
CATCH_UP_SECONDS_MAX = 120.0
#: What fits on a screen beside the rest, for two ledgers.
EXCHANGES_SHOWN = 4


def demo(
    *,
    port: Port = None,
    is_over_after_printing: Annotated[
        bool, typer.Option("--exit", help="Stop after printing.")
    ] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the data here; a temporary directory if not given."),
    ] = None,
) -> int:
    """Run the shipped real claims through all workers, and print in short what comes out.

    All ledgers that have shipped claims, unless LEDGER_NAMES names some. On an embedded server of its
    own, unless LEDGER_REDIS_URL names another. Stays until Ctrl-C, and answers over HTTP meanwhile;
    other commands read it as the last lines say.
    """
    with ExitStack() as stack:
        is_stopping = stack.enter_context(stop_signals())
        directory = data_dir.absolute() if data_dir else _temporary_directory(stack)
        settings = _settings_of_demo(data_dir=directory, http_port=port)
        for name in settings.names:
            configuration_of(
                name, settings
            )  # A wrong ledger is reported here, not by three workers.
        serving = None if is_over_after_printing else _serve(stack, settings)
        log_path = settings.data_dir / "workers.log"
        log = stack.enter_context(closing(_open_log(log_path)))
        set_up_logging(settings.log_level, stream=log)
        supervisor = stack.enter_context(all_parts(settings, output=log, serving=serving))
        if supervisor.url:
            settings = _settings_of_demo(data_dir=settings.data_dir, redis_url=supervisor.url)
        print_note(f"workers are starting; their log lines are in {log_path}")
        exit_code = asyncio.run(_run(settings, supervisor, is_stopping, serving=serving))
        if exit_code:
            _print_errors(log_path)
        return exit_code


def _settings_of_demo(**overrides: object) -> Settings:
    """Read the settings: the ledgers that have shipped claims, unless some are named."""
    settings = settings_now(**overrides)
    if "names" in settings.model_fields_set:
        return settings
    return settings_now(names=demo_ledgers(), **overrides)


def _serve(stack: ExitStack, settings: Settings) -> Serving:
    listening = stack.enter_context(listen(settings))
    keys = publish_keys_of(settings)
    keys.show()
    return Serving(listening, keys.digests)


def _print_errors(log_path: Path) -> None:
    # The log is deleted with a temporary directory; its errors must be seen before.
    for line in log_path.read_text(encoding="utf-8").splitlines():
        if '"level": "error"' in line:
            print_note(line)


def _temporary_directory(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="exchange-ledger-demo-")))


def _open_log(path: Path) -> TextIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise CommandError(
            f"expected a data directory that can be written, found {path.parent}: {error.strerror}"
        ) from error


async def _run(
    settings: Settings,
    supervisor: Supervisor,
    is_stopping: Callable[[], bool],
    *,
    serving: Serving | None,
) -> int:
    watch = asyncio.create_task(supervisor.watch(is_stopping))
    show = asyncio.create_task(_show(settings))
    await asyncio.wait((watch, show), return_when=asyncio.FIRST_COMPLETED)
    if not show.done():
        show.cancel()
        return await watch
    show.result()
    if serving is None:
        watch.cancel()
        return ExitCode.DONE
    print_note(f"the ledger in a browser: {http_url(serving.listening)}/")
    print_note(f"the same as data: {http_url(serving.listening)}/v1/exchanges")
    # The demo has a directory of its own, so that its claims never mix with a real ledger.
    if supervisor.url:
        print_note(
            f"other commands: LEDGER_DATA_DIR={quote(str(settings.data_dir))} {program()} figures"
        )
    print_note("Ctrl-C stops the demo")
    return await watch


async def _show(settings: Settings) -> None:
    started_ms = clock.stopwatch_ms()
    for number, name in enumerate(settings.names):
        if number:
            print_line()
        await _show_ledger(name, settings)
    seconds = clock.stopwatch_ms(started_ms) / 1000
    print_note(f"{seconds:.1f} s from the first claim published to the last figure read")


async def _show_ledger(name: str, settings: Settings) -> None:
    async with connect_to_ledger(
        name, settings=settings, retry_seconds=RETRY_SECONDS
    ) as connection:
        published = await _publish(connection)
        await wait_for_views(
            connection, position=published.position, seconds_max=CATCH_UP_SECONDS_MAX
        )
        store = ViewStore(connection.client, connection.configuration.name)
        models = await read_models(store, connection.log, ledger=connection.configuration)
    _print(connection, published, models)


async def _publish(connection: LedgerConnection) -> PublishSummary:
    try:
        lines = demo_claims(connection.configuration.name).splitlines()
    except LedgerConfigurationError as error:
        raise CommandError(str(error)) from error
    # The workers may still be starting: what is published before waits in the inbox.
    return await publish_lines(lines, connection, wait_seconds=CATCH_UP_SECONDS_MAX)


def _print(connection: LedgerConnection, published: PublishSummary, models: ReadModels) -> None:
    configuration = connection.configuration
    print_line(f"{configuration.title} ({configuration.name})")
    print_line()
    named = f"--ledger {configuration.name}"
    figures = {figure.id: figure for figure in models.figures}
    latest = [row for row in models.exchanges if row.status == "completed"][-EXCHANGES_SHOWN:]
    print_together([table_of(latest, exchange_columns(configuration, figures))])
    print_line(f"the latest of {len(models.exchanges)} exchanges; all of them: `exchanges {named}`")
    print_line()
    totals = _newest_totals(models.cumulative, configuration.side_codes)
    print_together([table_of(totals, CUMULATIVE_COLUMNS)])
    print_line(
        f"the newest of {len(models.cumulative)} running totals; all of them: `cumulative {named}`"
    )
    disputed = [figure for figure in models.figures if figure.status == "disputed"]
    if disputed:
        print_line(
            f"{len(disputed)} figures are disputed, such as: `explain {quote(disputed[-1].id)} {named}`"
        )
    print_line()
    failed = sum(check.result == "fail" for check in models.checks)
    print_line(
        f"{published.published} claims published: {published.recorded} recorded, "
        f"{published.duplicate} duplicate, {published.rejected} rejected ({published.durability}); "
        f"{len(models.exchanges)} exchanges, {len(models.figures)} figures, "
        f"{len(models.checks)} checks of which {failed} failed"
    )
    inbox = keys_of(configuration.name).inbox
    print_line(
        f"a claim by hand: redis-cli {_address(connection)} XADD '{inbox}' '*' event '{{…}}'",
        flush=True,
    )


def _newest_totals(
    points: Sequence[CumulativePoint], sides: Sequence[str]
) -> Sequence[CumulativePoint]:
    """Return the newest running total of everybody, for each side that has one."""
    newest = {point.side: point for point in points if point.category == "all"}
    return [newest[side] for side in sides if side in newest]


def _address(connection: LedgerConnection) -> str:
    if connection.url.startswith("unix://"):
        return f"-s {connection.url.removeprefix('unix://')}"
    return '-u "$LEDGER_REDIS_URL"'  # Not spelled out: it may hold a password.
