"""The latest changes of a ledger's figures, the newest first.

They are read from the feed of changes; where that holds fewer, because its views were made anew or old entries
were trimmed, the last change of each figure that it does not name follows from the figure itself.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from schemas.views import Figure
from services.eventlog.changes import ChangeFeed, FeedEntry


#: Entries of the feed read in one go.
TOGETHER_COUNT = 200
#: Entries of the feed looked at for one answer.
LOOKED_AT_MAX = 2_000


class ListedChange(NamedTuple):
    """One change: the figure as it was then, and whether the feed or the figure itself tells it.

    Attributes:
        position: The log position that changed it.
        figure: The figure, null if it was withdrawn.
        figure_id: Its id.
    """

    position: int
    figure: Figure | None
    figure_id: str


#: Whether a change is asked for.
Wanted = Callable[[ListedChange], bool]


async def latest_changes(
    feed: ChangeFeed, figures: Iterable[Figure], wanted: Wanted, limit: int
) -> list[ListedChange]:
    """Return the latest changes that are wanted."""
    found: list[ListedChange] = []
    oldest: int | None = None
    async for change in _backwards(feed):
        oldest = change.position
        if wanted(change):
            found.append(change)
        if len(found) >= limit:
            return found
    rest = [
        ListedChange(figure.position, figure, figure.id)
        for figure in figures
        if oldest is None or figure.position < oldest
    ]
    rest.sort(key=lambda change: (-change.position, change.figure_id))
    return (found + [change for change in rest if wanted(change)])[:limit]


async def _backwards(feed: ChangeFeed) -> AsyncIterator[ListedChange]:
    before = None
    for _ in range(LOOKED_AT_MAX // TOGETHER_COUNT):
        entries = await feed.read_back(before=before, limit=TOGETHER_COUNT)
        for entry in entries:
            yield _change_of(entry)
        if len(entries) < TOGETHER_COUNT:
            return
        before = entries[-1].id


def _change_of(entry: FeedEntry) -> ListedChange:
    figure = Figure.model_validate_json(entry.row) if entry.row else None
    return ListedChange(entry.id.position, figure, entry.figure)


def changed_at(change: ListedChange, recorded: datetime | None) -> datetime | None:
    """Return when a change was made: as its figure says, else when its position was recorded."""
    return change.figure.as_known_on if change.figure else recorded
