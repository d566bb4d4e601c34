"""Webhooks: who is told of changed figures by a request of our own, which of them, and how that goes.

A subscription is no fact about exchanges and holds a secret, so that it is no event and can be deleted. What its
owner says (`StoredWebhook`) and what the worker that delivers says (`DeliveryState`) have one writer each.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Discriminator, Field

from schemas.claim import PRINTABLE, URL_CHARACTERS_MAX, Measure
from schemas.record import Record
from schemas.submission import Name, WebAddress
from schemas.views import Figure
from schemas.vocabulary import Cause, FigureStatus, figure_key


#: What a message tells. `ledger.reload` and `webhook.ping` come whatever is asked for.
MessageType = Literal["figure.changed", "figure.withdrawn", "ledger.reload", "webhook.ping"]
#: Which of them can be asked for.
FigureMessageType = Literal["figure.changed", "figure.withdrawn"]
#: A place of the change feed: a position, or one entry of it.
FeedPlace = Annotated[str, Field(pattern=r"^\d{1,15}(-\d{1,18})?$")]


def _without_password(url: str) -> str:
    authority = url.partition("://")[2].partition("/")[0]
    if "@" in authority:
        raise ValueError("expected an address without a password")
    return url


class FigureNews(Record, use_attribute_docstrings=True):
    """What a message tells of a figure."""

    ledger: str
    """The ledger's name."""
    change: str
    """The id of the change in the feed: a position, and a number within it."""
    position: Annotated[int, Field(ge=0)]
    """The log position that changed it."""
    id: str
    """The figure's id."""
    figure: Figure | None
    """The figure; null if it was withdrawn, or is too large to be sent along."""


class ReloadNews(Record, use_attribute_docstrings=True):
    """What a message tells where changes are missing."""

    ledger: str
    """The ledger's name."""
    position: Annotated[int, Field(ge=0)]
    """The log position that everything is to be read at, or later."""
    reason: str
    """Why they are missing."""


class PingNews(Record, use_attribute_docstrings=True):
    """What a ping tells."""

    ledger: str
    """The ledger's name."""
    webhook: str
    """The webhook's id."""
    ping: int
    """Which ping it is, from 1."""


class _TimedMessage(Record, use_attribute_docstrings=True):
    timestamp: AwareDatetime
    """When what it tells was recorded."""


class FigureMessage(_TimedMessage):
    """A figure changed, or was withdrawn."""

    type: FigureMessageType
    data: FigureNews


class ReloadMessage(_TimedMessage):
    """Changes are missing: everything has to be read anew."""

    type: Literal["ledger.reload"]
    data: ReloadNews


class PingMessage(_TimedMessage):
    """A message to try a receiver with."""

    type: Literal["webhook.ping"]
    data: PingNews


#: The body of a request to a webhook's endpoint.
MessageBody = Annotated[FigureMessage | ReloadMessage | PingMessage, Discriminator("type")]


class ChangeFilter(Record, use_attribute_docstrings=True):
    """Which changed figures are meant; what is null is not asked about."""

    exchange: Name | None = None
    """The exchange it is about, by its id."""
    side: Name | None = None
    """A side's code, or `both`."""
    category: Name | None = None
    """Who is counted, e.g. `all`."""
    measure: Measure | None = None
    """What is counted."""
    status: FigureStatus | None = None
    """How its claims stand to one another; a figure that was withdrawn has none."""
    cause: Cause | None = None
    """Why it changed; `first_report` for figures that are new."""

    def takes(self, figure_id: str, *, status: str | None, cause: str | None) -> bool:
        """Return whether a change is asked for; a figure that was withdrawn has no status and no cause."""
        key = figure_key(figure_id)
        named = (
            (self.exchange, key.exchange),
            (self.side, key.side),
            (self.category, key.category),
            (self.measure, key.measure),
            (self.status, status),
            (self.cause, cause),
        )
        return all(asked in (None, found) for asked, found in named)


class WebhookRequest(Record, use_attribute_docstrings=True):
    """A webhook, as whoever wants it asks for it."""

    url: Annotated[WebAddress, AfterValidator(_without_password)]
    """Where changes are sent: an address that takes POST, without a password in it."""
    name: Annotated[str, Field(max_length=100, pattern=PRINTABLE)] = ""
    """What it is for, in the words of whoever reads the list."""
    types: Annotated[tuple[FigureMessageType, ...], Field(min_length=1, max_length=2)] = (
        "figure.changed",
        "figure.withdrawn",
    )
    """What it is told of."""
    only: ChangeFilter = ChangeFilter()
    """Of which figures."""
    after: FeedPlace | None = None
    """The position, or the change, behind which it begins; null for the end of the feed as it is now."""


class WebhookView(Record, use_attribute_docstrings=True):
    """A webhook, as it is listed: everything but its secret."""

    id: str
    """By which it is named."""
    ledger: str
    """The ledger whose changes it is told of."""
    url: Annotated[str, Field(max_length=URL_CHARACTERS_MAX)]
    """Where changes are sent."""
    name: str
    """What it is for."""
    types: tuple[FigureMessageType, ...]
    """What it is told of."""
    only: ChangeFilter
    """Of which figures."""
    key: str | None
    """The id of the API key that added it, null for the command line."""
    created_at: AwareDatetime
    """When."""
    state: Literal["active", "failing", "paused", "stopped"]
    """`failing` while a message is tried again; `paused` by whoever looks after it; `stopped` because its
    endpoint failed for too long, or its key was revoked."""
    after: str
    """The change up to which everything was delivered or not asked for."""
    delivered: int
    """Messages that its endpoint took."""
    tries: int
    """How often the message at hand was tried in vain."""
    error: str | None
    """Why the last try was in vain, null if it was not."""
    next_try_at: AwareDatetime | None
    """When it is tried again, null where nothing waits for that."""
    stopped_at: AwareDatetime | None
    """When it was stopped, null if it is not."""


class NewWebhook(WebhookView, use_attribute_docstrings=True):
    """A webhook that was just added, or given another secret, with that secret: this once."""

    secret: str
    """What its messages are signed with: `whsec_` and 32 bytes in Base64."""


class StoredWebhook(Record):
    """A webhook, as the server keeps it, out of reach of every part that has nothing to do with it.

    Attributes:
        id: By which it is named.
        ledger: The ledger whose changes it is told of.
        url: Where to.
        name: What it is for.
        types: What it is told of.
        only: Of which figures.
        key: The id of the API key that added it, null for the command line.
        created_at: When.
        after: The change behind which it began.
        generation: The generation of views that its owner could know then; null where the owner named the
            place, which may be long ago.
        secret: What messages are signed with.
        former_secret: The secret before; messages bear a signature with it too, until `former_until`.
        former_until: Null if there is none.
        is_paused: Whether whoever looks after it wants nothing sent.
        resumed_at: When it was last told to go on: what stopped it before counts no more.
        pings: How many pings were asked for.
    """

    id: str
    ledger: str
    url: str
    name: str = ""
    types: tuple[FigureMessageType, ...]
    only: ChangeFilter
    key: str | None
    created_at: AwareDatetime
    after: FeedPlace
    generation: str | None = None
    secret: str
    former_secret: str | None = None
    former_until: AwareDatetime | None = None
    is_paused: bool = False
    resumed_at: AwareDatetime | None = None
    pings: int = 0


class DeliveryState(Record):
    """How the delivery to one endpoint goes, as the worker that delivers writes it; it holds no secret.

    Attributes:
        after: The change up to which everything was delivered or not asked for.
        generation: The generation of views that it was told of; null before the first look.
        delivered: Messages that its endpoint took.
        failures: Tries in vain, of all messages.
        tries: Tries in vain of the message at hand.
        failing_since: Since when nothing was taken, null if the last try was not in vain.
        next_try_at: When the message at hand is tried again.
        error: Why the last try was in vain.
        stopped_at: When the worker gave up on the endpoint, null if it has not.
        pings: How many pings were sent.
    """

    after: FeedPlace
    generation: str | None = None
    delivered: int = 0
    failures: int = 0
    tries: int = 0
    failing_since: AwareDatetime | None = None
    next_try_at: AwareDatetime | None = None
    error: str | None = None
    stopped_at: AwareDatetime | None = None
    pings: int = 0

    @property
    def position(self) -> int:
        """The log position up to which everything was delivered or not asked for."""
        return int(self.after.partition("-")[0])


def first_state(webhook: StoredWebhook) -> DeliveryState:
    """Return how delivery stands before the first look of a worker."""
    return DeliveryState(after=webhook.after, generation=webhook.generation)


def is_stopped(webhook: StoredWebhook, state: DeliveryState) -> bool:
    """Return whether the worker gave up on an endpoint, and nobody told it to go on since."""
    if state.stopped_at is None:
        return False
    return webhook.resumed_at is None or webhook.resumed_at <= state.stopped_at


def webhook_view(webhook: StoredWebhook, state: DeliveryState | None) -> WebhookView:
    """Return a webhook as it is listed, without its secret."""
    state = state or first_state(webhook)
    stopped = is_stopped(webhook, state)
    is_failing = state.failing_since is not None and state.tries > 0
    return WebhookView(
        id=webhook.id,
        ledger=webhook.ledger,
        url=webhook.url,
        name=webhook.name,
        types=webhook.types,
        only=webhook.only,
        key=webhook.key,
        created_at=webhook.created_at,
        state="paused"
        if webhook.is_paused
        else "stopped"
        if stopped
        else "failing"
        if is_failing
        else "active",
        after=state.after,
        delivered=state.delivered,
        tries=state.tries,
        error=state.error,
        next_try_at=state.next_try_at,
        stopped_at=state.stopped_at if stopped else None,
    )
