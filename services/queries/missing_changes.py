"""Whether the change feed still tells everything since a place of it."""

from services.eventlog.changes import ChangeFeed, ChangeId
from services.projection.store import ViewStore


async def missing_changes(changes: ChangeFeed, store: ViewStore, at: ChangeId) -> str | None:
    """Return why changes since a place cannot all be told, null if they can.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    remade_at = await store.remade_at()
    if remade_at is not None and at.position <= remade_at:
        return f"the views were made anew at position {remade_at}"
    if not (await changes.held()).reaches(at):
        return f"changes since {at} are no longer kept"
    return None
