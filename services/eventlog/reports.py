"""Reports that wait to be read, and what was read out of them, on Redis or Valkey.

Whoever finds reports adds them to a stream; workers share it as one consumer group. A report leaves it only in
the step that adds its drafts to another stream, where a person reviews them, or parks it with the reason.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import NamedTuple

from redis.exceptions import RedisError, ResponseError

from schemas.report import ReportForReview, SentReport
from schemas.views import ParkedClaim
from services.eventlog.connection import Client, Script, write_refused
from services.eventlog.inbox import FORGET_SCRIPT, InboxEntry, Parked, parked_of
from services.eventlog.keys import report_keys_of
from services.eventlog.pending import Delivery, PendingWatch
from services.eventlog.port import LogUnavailableError


#: The consumer group that all workers share who read reports.
REPORT_GROUP = "drafting"
SETTLE_REPORT_SCRIPT = (
    files("services.eventlog").joinpath("settle_report.lua").read_text(encoding="utf-8")
)
PUBLISH_ENTRIES_MAX = 100


class ReportsFullError(Exception):
    """As many reports wait as may; nothing was added."""


class ReportCounts(NamedTuple):
    """How many reports are where.

    Attributes:
        waiting: Not read yet.
        for_review: Read, and not yet reviewed.
        parked: Not to be read.
    """

    waiting: int
    for_review: int
    parked: int


class ReportQueue:
    """The reports of one ledger, from their coming in to their review."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client = client
        self._keys = report_keys_of(ledger)
        self._settle = Script(client, SETTLE_REPORT_SCRIPT)
        self._forget = Script(client, FORGET_SCRIPT)
        self._watch = PendingWatch()

    async def open(self) -> None:
        """Make the consumer group at the very beginning, unless it is there."""
        key = self._keys.reports
        try:
            await self._client.xgroup_create(key, REPORT_GROUP, id="0", mkstream=True)
        except RedisError as error:
            if not (isinstance(error, ResponseError) and "BUSYGROUP" in str(error)):
                raise LogUnavailableError(f"group {REPORT_GROUP} of {key}: {error}") from error

    async def add(self, reports: Sequence[SentReport], *, limit: int) -> list[str]:
        """Add reports; return their entry ids.

        Raises:
            ReportsFullError: More than `limit` would wait; none was added.
        """
        try:
            waiting = int(await self._client.xlen(self._keys.reports))
            if waiting + len(reports) > limit:
                raise ReportsFullError(
                    f"expected room for {len(reports)} reports of {limit:,} (LEDGER_DRAFTS_MAX), "
                    f"found {waiting:,} waiting to be read"
                )
            return [
                (
                    await self._client.xadd(
                        self._keys.reports, {"report": one.model_dump_json(exclude_none=True)}
                    )
                ).decode()
                for one in reports
            ]
        except RedisError as error:
            raise write_refused(f"publish to {self._keys.reports}", error) from error

    async def put_drafts(
        self, entry_id: str, read: ReportForReview, events: Sequence[bytes] = ()
    ) -> bool:
        """Take a report out: its drafts go to review unless there are none, events to the inbox.

        Returns:
            Whether it was there; otherwise somebody else took it out, and nothing is added.
        """
        fields: list[str | bytes] = []
        if read.drafts or read.notes:
            fields = ["read", read.model_dump_json()]
        return await self._take_out(entry_id, self._keys.drafts, fields, events)

    async def park(self, entry_id: str, parked: Parked) -> bool:
        """Take a report out that cannot be read; return whether it was there."""
        reasons = [reason.model_dump() for reason in parked.reasons]
        fields: list[str | bytes] = [
            *("event", parked.raw, "source", parked.source),
            *("parked_at", parked.parked_at.isoformat()),
            *("reasons", json.dumps(reasons, ensure_ascii=False)),
        ]
        return await self._take_out(entry_id, self._keys.rejected, fields)

    async def _take_out(
        self, entry_id: str, to: str, fields: Sequence[str | bytes], events: Sequence[bytes] = ()
    ) -> bool:
        keys = [self._keys.reports, to, self._keys.inbox]
        args = [REPORT_GROUP, entry_id, len(fields) // 2, *fields, *events]
        try:
            return bool(await self._settle(keys=keys, args=args))
        except RedisError as error:
            raise LogUnavailableError(f"settling in {self._keys.reports}: {error}") from error

    async def take_over(
        self, consumer: str, *, stale_after_ms: int, now_ms: float
    ) -> list[InboxEntry]:
        """Claim an entry that a worker left unacknowledged for too long, one at a time.

        Where the server says that none is stale, one counts that was seen here for twice as long: the server's
        clock was set back.
        """
        key = self._keys.reports
        try:
            rows = await self._client.xpending_range(
                key, REPORT_GROUP, min="-", max="+", count=1_000
            )
            counts = {row["message_id"].decode(): int(row["times_delivered"]) for row in rows}
            stale = [
                row["message_id"].decode()
                for row in rows
                if row["time_since_delivered"] >= stale_after_ms
            ]
            seen = [Delivery(*row) for row in counts.items()]
            overdue = self._watch.overdue(seen, now_ms=now_ms, after_ms=2 * stale_after_ms)
            chosen = (stale or [one.entry for one in overdue])[:1]
            if not chosen:
                return []
            least = stale_after_ms if stale else 0
            claimed = await self._client.xclaim(key, REPORT_GROUP, consumer, least, chosen)
        except RedisError as error:
            raise LogUnavailableError(f"take-over in {key}: {error}") from error
        return [
            InboxEntry(entry_id.decode(), fields, counts[entry_id.decode()] + 1)
            for entry_id, fields in claimed
            if fields is not None
        ]

    async def forget_consumer(self, consumer: str) -> None:
        """Remove a consumer that stops for good, unless it still holds entries."""
        key = self._keys.reports
        try:
            await self._forget(keys=[key], args=[REPORT_GROUP, consumer])
        except RedisError as error:
            raise LogUnavailableError(f"consumer {consumer}: {error}") from error

    async def counts(self) -> ReportCounts:
        """Return how many reports are where."""
        try:
            lengths = [await self._client.xlen(key) for key in self._keys[:3]]
        except RedisError as error:
            raise LogUnavailableError(f"length of {self._keys.reports}: {error}") from error
        return ReportCounts(*map(int, lengths))

    async def for_review(
        self, *, after: str = "0", limit: int = PUBLISH_ENTRIES_MAX
    ) -> list[ReportForReview]:
        """Return reports that wait for a person, the oldest first."""
        rows = await self._rows(self._keys.drafts, f"({after}", "+", limit)
        return [_for_review(entry_id, fields) for entry_id, fields in rows]

    async def one_for_review(self, entry_id: str) -> ReportForReview | None:
        """Return one of them, null if there is none of that id."""
        rows = await self._rows(self._keys.drafts, entry_id, entry_id, 1)
        return _for_review(*rows[0]) if rows else None

    async def parked(self, *, after: str = "0", limit: int = 1_000) -> list[ParkedClaim]:
        """Return reports that cannot be read, with the reasons, the oldest first."""
        rows = await self._rows(self._keys.rejected, f"({after}", "+", limit)
        return [parked_of(entry_id, fields) for entry_id, fields in rows]

    async def done(self, entry_ids: Sequence[str]) -> int:
        """Take reports out that were reviewed; return how many were there."""
        try:
            return int(await self._client.xdel(self._keys.drafts, *entry_ids))
        except RedisError as error:
            raise write_refused(f"change of {self._keys.drafts}", error) from error

    async def _rows(
        self, key: str, first: str, last: str, limit: int
    ) -> list[tuple[str, Mapping[bytes, bytes]]]:
        try:
            rows = await self._client.xrange(key, min=first, max=last, count=limit)
        except RedisError as error:
            raise LogUnavailableError(f"read of {key}: {error}") from error
        return [(entry_id.decode(), fields) for entry_id, fields in rows]


def _for_review(entry_id: str, fields: Mapping[bytes, bytes]) -> ReportForReview:
    stated = json.loads(fields[b"read"])
    return ReportForReview.model_validate_json(json.dumps(stated | {"id": entry_id}))
