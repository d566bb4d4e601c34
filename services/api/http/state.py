"""What all requests share: the ledgers served, their views, and the valid keys.

Nothing here is written to a ledger; publishing goes through `services.queries.publishing`.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from fastapi import Request

from schemas.ledger import LedgerConfiguration
from services.api.http.keys import KeyRing
from services.api.http.liveness import Liveness, Looks
from services.api.http.metrics import Metrics
from services.api.http.problems import ProblemError, unknown
from services.api.http.submission_limits import SubmissionLimits
from services.api.http.wrong_keys import WrongKeys
from services.api.pages.histories import Histories
from services.api.views.as_of import AsOfViews
from services.api.views.between import PlacesCompared
from services.api.views.computations import Computations
from services.api.views.feed import Feed
from services.api.views.live import LiveViews, Shown
from services.api.views.moderation import JudgementsView, ModerationView
from services.api.views.replayer import Replayer
from services.api.views.tables import View
from services.eventlog.changes import ChangeFeed
from services.eventlog.connection import Client, acknowledged_as, connect
from services.eventlog.parked import ParkedClaims
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.reports import ReportQueue
from services.eventlog.sessions import SessionStore
from services.eventlog.submissions import SubmissionStream
from services.projection.store import Version, ViewStore
from services.queries.as_of import Cut
from services.queries.publishing import Destination
from services.release.content import recorded_at
from services.release.kept import KeptReleases
from services.runtime import clock
from services.runtime.settings import Settings


#: How long a lost connection is retried before a request is refused, in seconds.
RETRY_SECONDS = 0.5
#: How long the server may take to answer, in seconds.
ANSWER_SECONDS = 5.0
#: Connections to the server besides one a ledger, for its feed. A thousand concurrent readers share them:
#: the server would not accept as many connections.
CONNECTION_COUNT = 32
#: Pause between two polls for a position, in seconds.
PAUSE_SECONDS = 0.02
#: How long the server's durability is cached, in seconds.
DURABILITY_SECONDS = 60.0


class LedgerState:
    """What requests about one ledger share."""

    def __init__(
        self, configuration: LedgerConfiguration, client: Client, feed: Feed, state: "AppState"
    ) -> None:
        settings = state.settings
        self.name = configuration.name
        self.configuration = configuration
        self.feed = feed
        segments = settings.segments_of(self.name)
        self.log = RedisEventLog(client, self.name, sealed=segments)
        self.store = ViewStore(client, self.name)
        self.destination = Destination(
            configuration,
            client,
            settings.entry_bytes_max,
            settings.inbox_max,
            settings.replicas_ack,
            segments,
        )
        self.moderation = ModerationView(
            SubmissionStream(client, self.name, replicas=settings.replicas_ack)
        )
        self.parked = ParkedClaims(client, self.name)
        self.releases = KeptReleases(settings.releases_of(self.name), self.name)
        self.reports = ReportQueue(client, self.name)
        self.judgements = JudgementsView(RedisEventLog(client, self.name, sealed=segments))
        self._client = client
        self._settings = settings
        self._live = LiveViews(self.store, self.log, configuration)
        computations = Computations(self.name)
        self._as_of = AsOfViews(state.replayer, configuration, computations)
        self.between = PlacesCompared(state.replayer, configuration, computations)
        self.histories = Histories(self.log, configuration)
        self.looks = Looks(client, self.name)
        self._settled = 0
        self._durability: tuple[float, str] | None = None
        self._recorded: tuple[int, datetime] | None = None

    def fresh_log(self) -> RedisEventLog:
        """Return the log for appending to it: as it is now, whatever was seen of it before."""
        segments = self._settings.segments_of(self.name)
        return RedisEventLog(self._client, self.name, sealed=segments)

    async def version(self, cut: Cut) -> Version:
        """Return the version of the views that would be read now."""
        if cut == Cut():
            return await self._live.version()
        return Version(f"past-{cut.asserted_by}-{cut.known_on}", await self.log.last_position())

    async def read(self, views: Sequence[View], cut: Cut) -> Shown:
        """Return views as they stand together, now or at a cut."""
        if cut == Cut():
            return await self._live.read(views)
        version = await self.version(cut)
        return Shown(version, await self._as_of.read(version.position, cut, views))

    async def wait_for(self, position: int | None) -> None:
        """Wait until everything recorded up to a position is decided and shown.

        Raises:
            ProblemError: The log ends before it, or it took too long.
        """
        if position is None or position <= self._settled:
            return
        last = await self.log.last_position()
        if position > last:
            raise ProblemError(
                HTTPStatus.CONFLICT,
                "future position",
                f"expected a position of the log, which ends at {last}, found {position}",
                asked_position=position,
                position=last,
            )
        deadline_ms = clock.stopwatch_ms() + self._settings.position_wait_seconds * 1000
        shown = await self._look(position)
        while position > self._settled:
            if clock.stopwatch_ms() >= deadline_ms:
                raise ProblemError(
                    HTTPStatus.GATEWAY_TIMEOUT,
                    "position not reached",
                    f"expected views at position {position} within "
                    f"{self._settings.position_wait_seconds:g} s, found {shown}",
                    asked_position=position,
                    position=shown,
                )
            await asyncio.sleep(PAUSE_SECONDS)
            shown = await self._look(position)

    async def durability(self) -> str:
        """Return the name of the class of what is acknowledged."""
        now_ms = clock.stopwatch_ms()
        if self._durability is None or now_ms - self._durability[0] > DURABILITY_SECONDS * 1000:
            told = await acknowledged_as(self._client, self._settings.replicas_ack)
            self._durability = (now_ms, told)
        return self._durability[1]

    async def recorded_at(self, position: int) -> datetime | None:
        """Return when the event at a position was recorded, null where there is none."""
        if self._recorded is None or self._recorded[0] != position:
            entries = await self.log.read(after=position - 1, limit=1) if position else ()
            if not entries or entries[0].position != position:
                return None
            self._recorded = (position, recorded_at(entries[0].body))
        return self._recorded[1]

    async def _look(self, position: int) -> int:
        # Decisions are appended together with the checkpoint, so those about all up to the checkpoint
        # stand before the log's end as it is asked for afterwards.
        decided = await self.log.checkpoint("reconciliation")
        last = await self.log.last_position()
        shown = (await self._live.version()).position
        if decided >= position and shown >= last:
            self._settled = max(self._settled, position)
        return shown


class AppState:
    """What all requests share: settings, metrics, keys, connections, and a state for each ledger."""

    def __init__(self, settings: Settings, ledgers: Sequence[LedgerConfiguration]) -> None:
        assert settings.redis_url, "an API without a server"
        self.settings = settings
        self.metrics = Metrics()
        self.client = connect(
            settings.redis_url,
            retry_seconds=RETRY_SECONDS,
            answer_seconds=ANSWER_SECONDS,
            connections_max=CONNECTION_COUNT + len(ledgers),
        )
        self.keys = KeyRing(self.client, settings)
        self.wrong_keys = WrongKeys(settings.wrong_keys_per_minute)
        self.sessions = SessionStore(self.client)
        self.submission_limits = SubmissionLimits(settings.submissions_per_hour)
        self.replayer = Replayer(settings)
        #: Held while a file is made that takes a while.
        self.making = asyncio.Semaphore(1)
        self.liveness = Liveness(self.client, [ledger.name for ledger in ledgers])
        self.ledgers: dict[str, LedgerState] = {}
        for ledger in ledgers:
            store = ViewStore(self.client, ledger.name)
            feed = Feed(ChangeFeed(self.client, ledger.name), store, ledger.name, settings)
            feed.on_drop = self.metrics.dropped_readers.inc
            self.ledgers[ledger.name] = LedgerState(ledger, self.client, feed, self)

    def ledger(self, name: str | None) -> LedgerState:
        """Return a ledger, the first of the settings if none is named.

        Raises:
            ProblemError: It is not served.
        """
        found = self.ledgers.get(name or self.settings.names[0])
        if found is None:
            raise unknown("ledger", name or "")
        return found

    def stop(self) -> None:
        """End all streams of changes."""
        for ledger in self.ledgers.values():
            ledger.feed.stop()

    async def close(self) -> None:
        """Close the connections."""
        await self.liveness.stop()
        for ledger in self.ledgers.values():
            await ledger.feed.close()
        await self.replayer.close()
        await self.client.aclose()


def state_of(request: Request) -> AppState:
    """Return what all requests share."""
    state = request.app.state.shared
    assert isinstance(state, AppState), "an app without its state"
    return state
