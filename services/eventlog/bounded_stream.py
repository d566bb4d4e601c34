"""A stream that takes entries as long as it has room: the inbox, the submissions, reports and their drafts."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from redis.exceptions import RedisError

from services.eventlog.connection import Client, Script, write_refused


_SCRIPT = files("services.eventlog").joinpath("publish.lua").read_text(encoding="utf-8")


class Added(NamedTuple):
    """What became of some events.

    Attributes:
        ids: Their entry ids; null if there was no room, and none was added.
        waiting: How many entries the stream holds where there was no room.
    """

    ids: list[str] | None
    waiting: int = 0


class BoundedStream:
    """One stream that events are added to."""

    def __init__(
        self, client: Client, key: str, *, replicas: int = 0, field: str = "event"
    ) -> None:
        """Prepare; what is added is acknowledged when so many replicas have it, and stands in `field`."""
        self._key, self._field = key, field
        self._add = Script(client, _SCRIPT, replicas=replicas)

    async def add(
        self, events: Sequence[bytes], *, count: int, limit: int | None, traceparent: str = ""
    ) -> Added:
        """Add events in one step, all or none.

        Args:
            events: The events.
            count: How many are to come in all, these included.
            limit: How many entries the stream may hold; null for any number.
            traceparent: The trace they belong to; empty for none.

        Raises:
            ServerFullError: The server has no room.
            LogUnavailableError: The server could not be reached.
        """
        bound = "" if limit is None else limit
        try:
            is_added, *reply = await self._add(
                keys=[self._key], args=[bound, count, traceparent, self._field, *events]
            )
        except RedisError as error:
            raise write_refused(f"write of {self._key}", error) from error
        if not is_added:
            return Added(None, int(reply[0]))
        return Added([entry_id.decode() for entry_id in reply])
