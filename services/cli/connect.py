"""How commands find the server and the ledger.

The server is the one that LEDGER_REDIS_URL names, else the embedded one of an `up` or `demo` that
runs on the same data directory. A reading command does not wait for a server that is out of reach.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from schemas.ledger import LedgerConfiguration
from services.cli.exit_code import CommandError, ExitCode
from services.cli.output import print_note
from services.eventlog.connection import Client, connect
from services.eventlog.inbox import Inbox
from services.eventlog.parked import ParkedClaims
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import LedgerConfigurationError, load_ledger, names_past_policy
from services.queries.publishing import Destination
from services.reconciliation.policy import UnknownPolicyError, policy_of
from services.runtime.embedded import EmbeddedServer, find_running
from services.runtime.settings import Settings, read_settings


class LedgerConnection(NamedTuple):
    """A connection to the server that holds a ledger."""

    settings: Settings
    configuration: LedgerConfiguration
    client: Client
    url: str

    @property
    def log(self) -> RedisEventLog:
        """The ledger's event log."""
        replicas = self.settings.replicas_ack
        return RedisEventLog(
            self.client, self.configuration.name, replicas=replicas, sealed=self.segments
        )

    @property
    def segments(self) -> Path:
        """The directory of the ledger's sealed segments."""
        return self.settings.segments_of(self.configuration.name)

    @property
    def destination(self) -> Destination:
        """Where claims for the ledger are published."""
        settings = self.settings
        return Destination(
            self.configuration,
            self.client,
            settings.entry_bytes_max,
            settings.inbox_max,
            settings.replicas_ack,
            self.segments,
        )

    def other_destinations(self) -> list[Destination]:
        """Return where claims for the other ledgers of the settings are published.

        Raises:
            CommandError: One of them is wrong.
        """
        return [
            self.destination._replace(
                configuration=configuration_of(name, self.settings),
                sealed=self.settings.segments_of(name),
            )
            for name in dict.fromkeys(self.settings.names)
            if name != self.configuration.name
        ]

    @property
    def inbox(self) -> Inbox:
        """The ledger's inbox and parked claims."""
        return Inbox(self.client, self.configuration.name)

    @property
    def parked(self) -> ParkedClaims:
        """The ledger's parked claims."""
        return ParkedClaims(self.client, self.configuration.name)


def settings_now(**overrides: object) -> Settings:
    """Read the settings; `overrides` win.

    Raises:
        CommandError: A setting is impossible.
    """
    try:
        return read_settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "value_error":
            # Of the server's address alone; says itself what was found, because one holds a password.
            raise CommandError(f"LEDGER_REDIS_URL: {first['ctx']['error']}") from error
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise CommandError(f"LEDGER_{name}: {first['msg']}, found {first['input']!r}") from error


def configuration_of(
    name: str | None, settings: Settings, *, policy: str | None = None
) -> LedgerConfiguration:
    """Return the configuration of the ledger named, the first of the settings if none is.

    Args:
        name: The ledger, if named.
        settings: Which ledgers there are, and where the operator's own are described.
        policy: The policy to decide by instead of the ledger's own.

    Raises:
        CommandError: There is no such ledger, or no such policy.
    """
    try:
        configuration = load_ledger(name or settings.names[0], config_dir=settings.config_dir)
        if policy is None:
            if names_past_policy(configuration):
                print_note(
                    f"note: the ledger's file names policy {configuration.policy_named}, whose rules "
                    f"this program no longer has; decided by {configuration.policy}"
                )
            return configuration
        return configuration.model_copy(update={"policy": policy_of(policy).version})
    except (LedgerConfigurationError, UnknownPolicyError) as error:
        raise CommandError(str(error)) from error


def url_of(settings: Settings) -> str:
    """Return where the server is.

    Raises:
        CommandError: None is named and none runs.
    """
    url = settings.redis_url or find_running(settings.data_dir)
    if url is None:
        raise CommandError(
            "expected LEDGER_REDIS_URL or a running `exchange-ledger up`, found neither "
            f"(data directory {settings.data_dir})",
            ExitCode.OUT_OF_REACH,
        )
    return url


@asynccontextmanager
async def connect_or_start(settings: Settings) -> AsyncIterator[Client]:
    """Connect to the server; where none is named and none runs, the embedded one is started meanwhile."""
    with ExitStack() as stack:
        url = settings.redis_url or find_running(settings.data_dir)
        if url is None:
            url = stack.enter_context(EmbeddedServer(settings.data_dir)).url
        client = client_of(url)
        try:
            yield client
        finally:
            await client.aclose()


@asynccontextmanager
async def connect_to_ledger(
    name: str | None, *, settings: Settings | None = None, retry_seconds: float = 0
) -> AsyncIterator[LedgerConnection]:
    """Connect to the server that holds a ledger; the connection is closed afterwards.

    Args:
        name: The ledger; null means the first of the settings.
        settings: Those to go by, if not the environment's.
        retry_seconds: How long a lost connection is retried.

    Raises:
        CommandError: The ledger, a setting or the server is not there.
    """
    settings = settings or settings_now()
    configuration = configuration_of(name, settings)
    url = url_of(settings)
    client = client_of(url, retry_seconds=retry_seconds)
    try:
        yield LedgerConnection(settings, configuration, client, url)
    finally:
        await client.aclose()


def client_of(url: str, *, retry_seconds: float = 0) -> Client:
    """Make a client of the server at `url`.

    Raises:
        CommandError: It is no address of a server.
    """
    try:
        return connect(url, retry_seconds=retry_seconds)
    except ValueError as error:
        raise CommandError(
            f"LEDGER_REDIS_URL: expected redis://, rediss:// or unix://, {error}"
        ) from error
