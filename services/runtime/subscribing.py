"""Subscribers of FastStream that hand on batches as they came, and whose errors end their readers."""

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.exceptions import StreamGroupNotFoundError

from services.eventlog.inbox import InboxGoneError, is_group_gone
from services.eventlog.keys import keys_of
from services.runtime.reader_context import ReaderContext


class Batch(NamedTuple):
    """Entries of a stream as the server gave them: their ids, and each one's fields."""

    ids: Sequence[bytes]
    fields: Sequence[Mapping[bytes, bytes]]


def subscribe_raw(
    broker: RedisBroker, stream: StreamSub, handle: Callable[[Batch], Coroutine[Any, Any, None]]
) -> None:
    """Call `handle` with every batch of `stream` as it came, unparsed."""
    # FastStream's own parser makes three JSON passes over every batch.
    subscriber = broker.subscriber(
        stream=stream, parser=_raw_batch, decoder=_body_of, ack_policy=AckPolicy.MANUAL
    )
    subscriber(handle)


async def start_reading(broker: RedisBroker) -> None:
    """Start the subscribers of a broker, however long the server takes for its first answer.

    FastStream gives it three seconds and fails then, while the subscriber goes on to wait over its patient
    connection. A server that stays out of reach ends the process by `FetchWatch`.
    """
    _ = await broker.connect()
    for subscriber in broker.subscribers:
        with suppress(TimeoutError):
            await subscriber.start()


class FetchWatch:
    """Takes the place of FastStream's logger: errors end the process, everything else is dropped.

    By itself FastStream would retry for ever, or stop one subscriber and run on without it.
    """

    def __init__(self, context: ReaderContext) -> None:
        self._context = context

    def log(self, level: int, message: Any, /, *_: Any, **more: Any) -> None:
        """Stop the reader, and with it its process, if this tells of an error."""
        error = more.get("exc_info")
        if level < logging.ERROR or self._context.is_stopping:
            return
        if isinstance(error, StreamGroupNotFoundError) or is_group_gone(error):
            error = InboxGoneError(keys_of(self._context.ledger.name).inbox)
        self._context.stop(
            error if isinstance(error, BaseException) else AssertionError(str(message))
        )


async def _raw_batch(message: Any, original: Any) -> Any:
    # FastStream's parser makes the envelope; the entries bypass it.
    parsed = await original({**message, "data": []})
    parsed.raw_message = message
    parsed.body = Batch(message["message_ids"], message["data"])
    return parsed


async def _body_of(message: Any) -> Batch:
    body: Batch = message.body
    return body
