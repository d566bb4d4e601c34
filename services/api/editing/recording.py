"""How decisions of editors are kept, and how the claims they accept are published."""

from schemas.record import Record
from schemas.submission import CaseDecided
from services.api.http.state import LedgerState
from services.eventlog.submissions import SubmissionStream
from services.moderation.state import decided
from services.queries.publishing import Fate, RoutedPublisher


#: How long a page waits for a published claim to be recorded, and for the views to show it, in seconds.
WAIT_SECONDS = 10.0


async def keep(stream: SubmissionStream, event: Record) -> None:
    """Keep what an editor decided."""
    kept = decided(event) if isinstance(event, CaseDecided) else event
    await stream.add(kept.model_dump_json().encode())


async def publish(served: LedgerState, event: bytes) -> Fate:
    """Publish an event through the inbox as anybody's, and wait for what becomes of it.

    Raises:
        InboxFullError: The inbox has no room.
    """
    publisher = RoutedPublisher([served.destination])
    await publisher.publish(publisher.offers([event]))
    [fate] = await publisher.fates(wait_seconds=WAIT_SECONDS)
    return fate
