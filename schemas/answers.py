"""What the HTTP API answers besides the views themselves: pages, problems, fates, changes."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import Field

from schemas.comparison import ExplainedDifference
from schemas.draft import DraftEvent
from schemas.health import StageHealth
from schemas.kept_release import KeptRelease
from schemas.record import Record
from schemas.submission import SubmissionState
from schemas.views import Rejection
from schemas.webhook import WebhookView


Row = TypeVar("Row")


class Page(Record, Generic[Row]):
    """Some rows of a list, in the order of their keys.

    Attributes:
        ledger: The ledger read.
        position: The log position that the rows stand for.
        items: The rows.
        next: Cursor of the rows that follow, null at the end. It stays good while claims arrive.
        untimed_claims: If an hour was asked for, how many claims do not say their time of day.
    """

    ledger: str
    position: int
    items: tuple[Row, ...]
    next: str | None
    untimed_claims: int | None = None


class PlaceReached(Record):
    """Where a place of the log was found: the last event it holds, 0 for the empty log.

    Attributes:
        position: The position of that event.
        recorded_at: The time that was asked for, else when that event was recorded; null for the empty log.
    """

    position: int
    recorded_at: datetime | None


class DifferencesPage(Page[ExplainedDifference]):
    """Some of the rows that two places of the log do not share.

    Attributes:
        start: The first place.
        end: The second.
        recorded: How many claims, retractions and judgements were recorded between the two.
        differing: How many rows differ in all.
    """

    start: PlaceReached
    end: PlaceReached
    recorded: int
    differing: int


class WrongParameter(Record):
    """A parameter that cannot be used: its name, what was expected, and what was found."""

    parameter: str
    expected: str
    found: str


class Problem(Record):
    """Why there is no answer: a problem document (RFC 9457).

    Attributes:
        type: Which kind of problem, as a URN.
        title: The kind in words.
        status: The HTTP status.
        detail: What happened here.
        parameters: What is wrong with each parameter, where that is the problem.
        asked_position: The position asked for, where that is the problem.
        position: The position reached instead.
        ledger: The ledger in question, where one is.
        stages: How its stages are, where that is the problem.
        published: How many events of the request were published before, where that is the problem.
    """

    type: str
    title: str
    status: int
    detail: str
    parameters: tuple[WrongParameter, ...] | None = None
    asked_position: int | None = None
    position: int | None = None
    ledger: str | None = None
    stages: tuple[StageHealth, ...] | None = None
    published: int | None = None


class PublishedClaim(Record):
    """What became of one published event.

    Attributes:
        index: Its place in the request, from 0.
        event: The id of the log event that records it, null if intake refuses it as it is.
        outcome: `waiting` until a worker has taken it up; then `recorded` (at `position`), `duplicate`
            of what stands at `position`, or `rejected`.
        position: Where the claim stands in the log.
        reasons: Why it was rejected, or, while `waiting`, why it will be.
        fate: Where its fate is found.
        ledger: The ledger it was published to.
    """

    index: int
    event: str | None
    outcome: Literal["waiting", "recorded", "duplicate", "rejected"]
    position: int | None
    reasons: tuple[Rejection, ...]
    fate: str
    ledger: str | None = None


class Drafts(Record):
    """The drafts of one report; nothing is published or kept.

    Attributes:
        ledger: The ledger whose words they were read with.
        drafts: In the order of the text.
    """

    ledger: str
    drafts: tuple[DraftEvent, ...]


class Submissions(Record):
    """What was submitted to a ledger, the oldest first.

    Attributes:
        ledger: The ledger.
        items: The submissions, each with what was decided of it.
        has_more: Whether more come behind the last: ask again with `after`.
    """

    ledger: str
    items: tuple[SubmissionState, ...]
    has_more: bool


class ReleaseList(Record):
    """The releases of a ledger that are kept.

    Attributes:
        ledger: The ledger.
        items: The releases, the newest first.
    """

    ledger: str
    items: tuple[KeptRelease, ...]


class WebhookList(Record):
    """The webhooks of one key.

    Attributes:
        ledger: The ledger whose changes they are told of.
        items: The webhooks, the oldest first.
    """

    ledger: str
    items: tuple[WebhookView, ...]


class Publication(Record):
    """What became of the events of one request.

    Attributes:
        ledger: The ledger they were published to; of several, the first of the server's settings.
        position: That log's last position afterwards: read with `min_position` from there.
        durability: What the server does with what it acknowledged, e.g. `fsync-always`.
        items: One an event, in the order sent.
    """

    ledger: str
    position: int
    durability: str
    items: tuple[PublishedClaim, ...]


class Health(Record):
    """That the process lives."""

    status: Literal["alive"]


class LedgerHealth(Record):
    """How far a ledger is: its log, the views made of it, and its stages; null where there are no views yet."""

    ledger: str
    log: int
    views: int | None
    stages: tuple[StageHealth, ...] = ()


class Readiness(Record):
    """Whether reads can be answered."""

    status: Literal["ready"]
    ledgers: tuple[LedgerHealth, ...]


class Withdrawn(Record):
    """A figure that is no more, as the stream of changes tells it."""

    ledger: str
    id: str
    position: int = Field(ge=0)


class Beginning(Record):
    """That a stream of changes begins, behind this position."""

    ledger: str
    position: int = Field(ge=0)


class Reload(Record):
    """That changes are missing: read everything anew, at this position or later."""

    ledger: str
    position: int = Field(ge=0)
    reason: str
