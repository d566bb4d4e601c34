"""Reports that wait to be read, and what was read out of them, on Redis or Valkey.

Whoever finds reports adds them to a stream; workers share it as one consumer group. A report leaves it only in
the step that adds its drafts to another stream, where a person reviews them, or parks it with the reason. The
same report again is told by where it stands and what it says, and is read no second time.
"""

import json
from collections.abc import Mapping, Sequence
from enum import IntEnum
from importlib.resources import files
from typing import NamedTuple

from redis.exceptions import RedisError, ResponseError

from schemas.report import ReportForReview, SentReport
from schemas.views import ParkedClaim
from services.eventlog.bounded_stream import BoundedStream
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
#: How many of the reports that were read are known as such, the newest.
KNOWN_MAX = 50_000


class ReportsFullError(Exception):
    """As many reports wait as may; nothing was added."""


class ReportTooLargeError(Exception):
    """A report is larger than what is read; nothing was added."""


class Settled(IntEnum):
    """What became of an entry that was to be taken out."""

    GONE = 0
    """Somebody else took it out before; nothing was added."""
    TAKEN_OUT = 1
    REPEATED = 2
    """It was taken out; its report was read before, and nothing was added."""


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
        self._incoming = BoundedStream(client, self._keys.reports, field="report")
        self._read = BoundedStream(client, self._keys.drafts, field="read")
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

    async def state_limit(self, limit: int) -> None:
        """State how many reports may wait to be read, for whoever adds them without asking."""
        try:
            await self._client.set(self._keys.limit, limit)
        except RedisError as error:
            raise write_refused(f"write of {self._keys.limit}", error) from error

    async def add(
        self,
        reports: Sequence[SentReport],
        *,
        limit: int,
        bytes_max: int | None = None,
        again: bool = False,
    ) -> list[str]:
        """Add reports, all or none; return their entry ids.

        Args:
            reports: The reports.
            limit: How many may wait to be read.
            bytes_max: Largest that is read, in bytes of JSON; null for any.
            again: Whether they are to be read even if they were before.

        Raises:
            ReportsFullError: More than `limit` would wait.
            ReportTooLargeError: One is larger than `bytes_max`.
        """
        written = [one.model_dump_json(exclude_none=True).encode() for one in reports]
        if not written:
            return []
        for one, body in zip(reports, written, strict=True):
            if bytes_max is not None and len(body) > bytes_max:
                raise ReportTooLargeError(
                    f"{one.url or one.outlet or 'a report'}: expected at most {bytes_max:,} bytes "
                    f"(LEDGER_ENTRY_BYTES_MAX), found {len(body):,}"
                )
        if again:
            try:
                await self._client.zrem(self._keys.known, *(one.identity for one in reports))
            except RedisError as error:
                raise write_refused(f"change of {self._keys.known}", error) from error
        added = await self._incoming.add(written, count=len(written), limit=limit)
        if added.ids is None:
            raise ReportsFullError(_no_room(len(written), limit, added.waiting, "to be read"))
        return added.ids

    async def add_for_review(self, read: Sequence[ReportForReview], *, limit: int) -> list[str]:
        """Add reports that were read elsewhere to those that wait for a person; return their ids.

        Raises:
            ReportsFullError: More than `limit` would wait; none was added.
        """
        if not read:
            return []
        written = [one.model_dump_json().encode() for one in read]
        added = await self._read.add(written, count=len(written), limit=limit)
        if added.ids is None:
            raise ReportsFullError(_no_room(len(written), limit, added.waiting, "for a person"))
        return added.ids

    async def put_drafts(
        self, entry_id: str, read: ReportForReview, events: Sequence[bytes] = ()
    ) -> Settled:
        """Take a report out: its drafts go to review unless there are none, events to the inbox."""
        fields: list[str | bytes] = []
        if read.drafts or read.notes:
            fields = ["read", read.model_dump_json()]
        known_by = read.report.identity
        return await self._take_out(
            entry_id, self._keys.drafts, fields, events=events, known_by=known_by
        )

    async def is_known(self, report: SentReport) -> bool:
        """Return whether a report was read before."""
        try:
            return await self._client.zscore(self._keys.known, report.identity) is not None
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.known}: {error}") from error

    async def park(self, entry_id: str, parked: Parked) -> Settled:
        """Take a report out that cannot be read."""
        reasons = [reason.model_dump() for reason in parked.reasons]
        fields: list[str | bytes] = [
            *("event", parked.raw, "source", parked.source),
            *("parked_at", parked.parked_at.isoformat()),
            *("reasons", json.dumps(reasons, ensure_ascii=False)),
        ]
        return await self._take_out(entry_id, self._keys.rejected, fields)

    async def _take_out(
        self,
        entry_id: str,
        to: str,
        fields: Sequence[str | bytes],
        *,
        events: Sequence[bytes] = (),
        known_by: str = "",
    ) -> Settled:
        keys = [self._keys.reports, to, self._keys.inbox, self._keys.known]
        args = [REPORT_GROUP, entry_id, known_by, KNOWN_MAX, len(fields) // 2, *fields, *events]
        try:
            return Settled(await self._settle(keys=keys, args=args))
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
        time, _, number = entry_id.partition("-")
        if not (entry_id.isascii() and time.isdecimal() and number.isdecimal()):
            return None
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


def _no_room(count: int, limit: int, waiting: int, what_for: str) -> str:
    return (
        f"expected room for {count} reports of {limit:,} (LEDGER_DRAFTS_MAX), found {waiting:,} "
        f"waiting {what_for}"
    )


def _for_review(entry_id: str, fields: Mapping[bytes, bytes]) -> ReportForReview:
    stated = json.loads(fields[b"read"])
    return ReportForReview.model_validate_json(json.dumps(stated | {"id": entry_id}))
