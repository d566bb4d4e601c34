"""How decisions of editors are kept, and how the claims they accept are published."""

from collections.abc import Awaitable
from contextlib import suppress
from http import HTTPStatus
from typing import TypeVar

from schemas.record import Record
from schemas.submission import CaseDecided
from services.api.http.problems import ProblemError
from services.api.http.state import LedgerState
from services.eventlog.connection import is_forbidden
from services.eventlog.port import EventLog, LogUnavailableError, NewEvent
from services.eventlog.reports import ReportsFullError, ReportTooLargeError
from services.eventlog.submissions import SubmissionStream
from services.moderation.state import decided
from services.queries.publishing import Fate, RoutedPublisher


T = TypeVar("T")
#: How long a page waits for a published claim to be recorded, and for the views to show it, in seconds.
WAIT_SECONDS = 10.0


async def keep(stream: SubmissionStream, event: Record) -> None:
    """Keep what an editor decided."""
    kept = decided(event) if isinstance(event, CaseDecided) else event
    await stream.add(kept.model_dump_json().encode())


async def append(served: LedgerState, log: EventLog, event: NewEvent) -> None:
    """Append what an editor judged, and wait for the views to show it, though not for ever.

    Raises:
        ProblemError: The API may not append.
        LogUnavailableError: The server could not be reached. It may have been appended; once more is harmless.
    """
    try:
        appended = await log.append([event])
    except LogUnavailableError as error:
        if not is_forbidden(error.__cause__):
            raise
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "judging closed",
            "expected an API that may append judgements to the log (the server's user `editing`, "
            "docs/securing.md), found one that may not; `exchange-ledger adjudicate` makes the same",
        ) from error
    with suppress(ProblemError):
        await served.wait_for(appended.last)


async def change_reports(change: Awaitable[T]) -> T:
    """Await a change of the streams of reports and drafts.

    Raises:
        ProblemError: The API may not change them, or there is no room.
        LogUnavailableError: The server could not be reached. It may have been done.
    """
    try:
        return await change
    except (ReportsFullError, ReportTooLargeError) as error:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "no room for the report", f"{error}; nothing was added"
        ) from error
    except LogUnavailableError as error:
        if not is_forbidden(error.__cause__):
            raise
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "reviewing closed",
            "expected an API that may change the reports that wait (the server's user `editing`, "
            "docs/securing.md), found one that may not; `exchange-ledger reports` does the same",
        ) from error


async def publish(served: LedgerState, event: bytes) -> Fate:
    """Publish an event through the inbox as anybody's, and wait for what becomes of it.

    Raises:
        InboxFullError: The inbox has no room.
    """
    publisher = RoutedPublisher([served.destination])
    await publisher.publish(publisher.offers([event]))
    [fate] = await publisher.fates(wait_seconds=WAIT_SECONDS)
    # What the editor sees next is to know of it, though not at any price.
    with suppress(ProblemError):
        await served.wait_for(fate.position)
    return fate
