"""One webhook's endpoint: what it is sent next, whether it took it, and when it is tried again.

Messages go out one after the other, in the order of the feed. How far it is, is written down after each one and
before the next, so that a crash repeats a message under its old id and loses none. A request that fails is tried
again after growing pauses; an endpoint that takes nothing for long is stopped, and goes on from where it was when
its owner says so.
"""

import json
from collections import deque
from datetime import datetime, timedelta
from typing import NamedTuple

from structlog.typing import FilteringBoundLogger

from schemas.webhook import DeliveryState, StoredWebhook, first_state, is_stopped
from services.eventlog.changes import ChangeFeed, ChangeId, FeedEntry, read_change_id
from services.eventlog.port import EventLog
from services.eventlog.webhooks import WebhookStore
from services.fetching.posting import PostAnswer, Poster
from services.fetching.web import FetchError
from services.projection.store import Version, ViewStore
from services.queries.missing_changes import missing_changes
from services.runtime import clock
from services.runtime.settings import Settings
from services.webhooks.messages import (
    FeedChange,
    WebhookMessage,
    change_message,
    is_wanted,
    known_on,
    ping_message,
    reload_message,
)
from services.webhooks.schedule import is_given_up, pause_of
from services.webhooks.signing import signed_headers


#: Changes read from the feed in one go.
BATCH_COUNT = 200
#: Statuses that say that a message was taken.
_TAKEN = range(200, 300)
#: The status of an endpoint that wants nothing any more.
_GONE = 410


class LedgerSources(NamedTuple):
    """What the endpoints of one ledger's webhooks read from, write to, and send through."""

    changes: ChangeFeed
    views: ViewStore
    log: EventLog
    store: WebhookStore
    poster: Poster
    settings: Settings
    logger: FilteringBoundLogger


class _Pending(NamedTuple):
    # A message, and the state of the delivery once it was taken.
    message: WebhookMessage
    then: DeliveryState


class Endpoint:
    """The delivery to one endpoint.

    Attributes:
        webhook: What its owner says.
    """

    def __init__(
        self, webhook: StoredWebhook, state: DeliveryState | None, sources: LedgerSources
    ) -> None:
        self.webhook = webhook
        self._state = state or first_state(webhook)
        self._sources = sources
        self._ahead: deque[FeedEntry] = deque()
        self._pending: _Pending | None = None
        self._logger = sources.logger.bind(webhook=webhook.id)

    def take_over(self, webhook: StoredWebhook) -> None:
        """Take in what its owner changed; who is told to go on is tried at once."""
        if webhook.resumed_at != self.webhook.resumed_at:
            self._state = self._state.model_copy(update={"next_try_at": None})
        self.webhook = webhook

    async def stop(self, reason: str) -> None:
        """Stop sending to the endpoint, unless that was done."""
        if not is_stopped(self.webhook, self._state):
            await self._write(
                self._state.model_copy(
                    update={"stopped_at": clock.now(), "error": reason, "next_try_at": None}
                )
            )
            self._logger.warning("webhook.stopped", reason=reason)

    async def step(self) -> float | None:
        """Send the next message if there is one and it is time.

        Returns:
            Seconds until it is time for the next step, 0 for at once; null if nothing is there to be sent.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        if self.webhook.is_paused or is_stopped(self.webhook, self._state):
            self._forget()
            # Who is paused fails no more, and is tried at once when it goes on.
            if self.webhook.is_paused and self._state.tries and self._state.stopped_at is None:
                await self._begin_anew()
            return None
        if self._state.stopped_at is not None:
            await self._begin_anew()
        now = clock.now()
        if (due := self._state.next_try_at) is not None and now < due:
            return (due - now).total_seconds()
        if self._pending is None:
            self._pending = await self._next()
        if self._pending is None:
            return None
        await self._send(self._pending)
        return 0.0

    async def _begin_anew(self) -> None:
        """Take back that it was stopped or failed; what was in vain stays counted."""
        cleared = {"stopped_at": None, "failing_since": None, "tries": 0, "next_try_at": None}
        await self._write(self._state.model_copy(update=cleared))

    def _forget(self) -> None:
        """Forget the message at hand; it is made again, from where the delivery is."""
        self._pending = None
        self._ahead.clear()

    async def _next(self) -> _Pending | None:
        """Return the next message, null if there is none."""
        state = self._state
        if self.webhook.pings > state.pings:
            message = ping_message(self.webhook, state.pings + 1)
            return _Pending(message, state.model_copy(update={"pings": state.pings + 1}))
        if (reload := await self._reload()) is not None:
            return reload
        return await self._next_change()

    async def _reload(self) -> _Pending | None:
        """Return the message that changes are missing, null if none are."""
        sources, at = self._sources, self._at
        version = await sources.views.version(self._state.generation or "")
        if version is None:
            return None
        reason = None
        if self._state.generation != version.generation:
            reason = await missing_changes(sources.changes, sources.views, at)
        if reason is None and not self._ahead:
            reason = await self._gap(version)
        known = {"generation": version.generation}
        if reason is None:
            self._state = self._state.model_copy(update=known)
            return None
        self._ahead.clear()
        message = reload_message(
            self.webhook,
            version=version,
            reason=reason,
            at=await self._recorded_at(version.position) or self.webhook.created_at,
        )
        after = {"after": str(ChangeId(version.position))}
        return _Pending(message, self._state.model_copy(update=known | after))

    async def _gap(self, version: Version) -> str | None:
        """Return why the feed does not go on from here, null if it does."""
        held = await self._sources.changes.held()
        if self._at.position > max(held.last.position, version.position):
            return "the feed begins anew"
        return None if held.reaches(self._at) else f"changes since {self._at} are no longer kept"

    async def _next_change(self) -> _Pending | None:
        """Return the message of the next change that is asked for, null if there is none."""
        passed = None
        while self._ahead or (await self._read_on()):
            entry = self._ahead.popleft()
            passed = self._state.model_copy(update={"after": str(entry.id)})
            change = FeedChange(str(entry.id), entry.id.position, entry.figure, entry.row)
            if is_wanted(self.webhook, change):
                at = known_on(change) or await self._recorded_at(entry.id.position)
                message = change_message(
                    self.webhook,
                    change,
                    at=at or self.webhook.created_at,
                    bytes_max=self._sources.settings.webhook_bytes_max,
                )
                return _Pending(message, passed)
            self._state = passed
        if passed is not None:
            await self._write(passed)
        return None

    async def _read_on(self) -> bool:
        self._ahead.extend(await self._sources.changes.read(after=self._at, limit=BATCH_COUNT))
        return bool(self._ahead)

    async def _send(self, pending: _Pending) -> None:
        began = clock.stopwatch_ms()
        answer: PostAnswer | None = None
        try:
            answer = await self._post(pending.message)
            reason = f"answered {answer.status}"
        except FetchError as error:
            reason = str(error)
        took_ms = round(clock.stopwatch_ms(began), 1)
        logger = self._logger.bind(message=pending.message.id, took_ms=took_ms)
        if answer is not None and answer.status in _TAKEN:
            self._pending = None
            taken = {
                "delivered": self._state.delivered + 1,
                "tries": 0,
                "failing_since": None,
                "next_try_at": None,
                "error": None,
            }
            await self._write(pending.then.model_copy(update=taken))
            logger.debug("webhook.delivered", status=answer.status)
            return
        await self._fail(pending.message, reason, answer)
        logger.warning("webhook.failed", reason=reason, tries=self._state.tries)
        if self._state.stopped_at is not None:
            self._forget()
            logger.warning("webhook.stopped", reason=reason)

    async def _post(self, message: WebhookMessage) -> PostAnswer:
        now, webhook = clock.now(), self.webhook
        secrets = [webhook.secret]
        if webhook.former_secret and webhook.former_until and now < webhook.former_until:
            secrets.append(webhook.former_secret)
        headers = signed_headers(secrets, message.id, now, message.body)
        return await self._sources.poster.post(webhook.url, message.body, headers)

    async def _fail(self, message: WebhookMessage, reason: str, answer: PostAnswer | None) -> None:
        """Note a try in vain, and when the next is due, or that there is none."""
        now, settings, state = clock.now(), self._sources.settings, self._state
        since = state.failing_since or now
        pause = pause_of(
            state.tries + 1,
            message_id=message.id,
            first_seconds=settings.webhook_retry_seconds,
            asked=answer and answer.retry_after,
        )
        is_over = (answer is not None and answer.status == _GONE) or is_given_up(
            since, now, hours_max=settings.webhook_failing_hours
        )
        failed = {
            "tries": state.tries + 1,
            "failures": state.failures + 1,
            "failing_since": since,
            "error": reason,
            "next_try_at": None if is_over else now + timedelta(seconds=pause),
            "stopped_at": now if is_over else None,
        }
        await self._write(state.model_copy(update=failed))

    @property
    def _at(self) -> ChangeId:
        found = read_change_id(self._state.after)
        assert found is not None, "a place that is none of the feed"
        return found

    async def _recorded_at(self, position: int) -> datetime | None:
        """Return when the event at a position was recorded, null where there is none."""
        entries = await self._sources.log.read(after=position - 1, limit=1) if position else ()
        if not entries or entries[0].position != position:
            return None
        return datetime.fromisoformat(json.loads(entries[0].body)["recorded_at"])

    async def _write(self, state: DeliveryState) -> None:
        self._state = state
        await self._sources.store.write_state(self.webhook.id, state)
