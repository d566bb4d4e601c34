"""What a webhook's messages say: their ids, which stay the same whenever they are sent, and their bytes (pure).

A message has the members that Standard Webhooks names, `type`, `timestamp` and `data`, and nothing in it depends
on when or how often it is sent.
"""

import json
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas.one_line import one_line
from schemas.webhook import MessageType, StoredWebhook
from services.projection.store import Version


class WebhookMessage(NamedTuple):
    """A message: its id, and its body."""

    id: str
    body: bytes


class FeedChange(NamedTuple):
    """A change of the feed.

    Attributes:
        place: Its id in the feed.
        position: The log position that changed the figure.
        figure: The figure's id.
        row: The figure as JSON, empty if it was withdrawn.
    """

    place: str
    position: int
    figure: str
    row: bytes


class _RowHead(msgspec.Struct):
    """Of a figure, what decides whether it is asked for; all else is left unread."""

    status: str
    cause: str
    as_known_on: datetime


_ROW_HEAD = msgspec.json.Decoder(_RowHead)


def is_wanted(webhook: StoredWebhook, change: FeedChange) -> bool:
    """Return whether a webhook is told of a change."""
    head = _ROW_HEAD.decode(change.row) if change.row else None
    kind = "figure.changed" if head else "figure.withdrawn"
    return kind in webhook.types and webhook.only.takes(
        change.figure, status=head.status if head else None, cause=head.cause if head else None
    )


def known_on(change: FeedChange) -> datetime | None:
    """Return when what a figure changed for was recorded, null if it was withdrawn."""
    return _ROW_HEAD.decode(change.row).as_known_on if change.row else None


def change_message(
    webhook: StoredWebhook, change: FeedChange, *, at: datetime, bytes_max: int
) -> WebhookMessage:
    """Return the message of a change; a figure larger than the limit is named alone, to be read by its id.

    Args:
        webhook: Whom it is for.
        change: The change.
        at: When what it is about was recorded.
        bytes_max: Largest figure that is sent along.
    """
    is_sent = bool(change.row) and len(change.row) <= bytes_max
    data = {
        "ledger": webhook.ledger,
        "change": change.place,
        "position": change.position,
        "id": change.figure,
        "figure": json.loads(change.row) if is_sent else None,
    }
    kind: MessageType = "figure.changed" if change.row else "figure.withdrawn"
    return WebhookMessage(f"{webhook.ledger}_{change.place}", _body(kind, at, data))


def reload_message(
    webhook: StoredWebhook, *, version: Version, reason: str, at: datetime
) -> WebhookMessage:
    """Return the message that changes are missing: everything has to be read anew, at a version or later."""
    data = {"ledger": webhook.ledger, "position": version.position, "reason": reason}
    message_id = f"{webhook.ledger}_reload_{version.generation}_{version.position}"
    return WebhookMessage(message_id, _body("ledger.reload", at, data))


def ping_message(webhook: StoredWebhook, number: int) -> WebhookMessage:
    """Return a message that tells nothing, so that a receiver can be tried."""
    data = {"ledger": webhook.ledger, "webhook": webhook.id, "ping": number}
    return WebhookMessage(
        f"{webhook.ledger}_ping_{webhook.id}_{number}",
        _body("webhook.ping", webhook.created_at, data),
    )


def _body(kind: MessageType, at: datetime, data: dict[str, Any]) -> bytes:
    timestamp = at.isoformat().replace("+00:00", "Z")
    said = {"type": kind, "timestamp": timestamp, "data": data}
    return one_line(json.dumps(said, ensure_ascii=False, separators=(",", ":"))).encode()
