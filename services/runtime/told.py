"""What a process told of losses, kept while it lives: a server that goes back once more loses the record, too."""

from services.eventlog.losses import Loss, Losses, written


#: Most losses that a process keeps; of more, the last ones.
KEPT_MAX = 64


class KeptLosses:
    """The losses that the readers of one ledger told in a process, as they were stored last.

    Attributes:
        losses: Each with the row that it was stored as. Several may have one name, until they are stored as one.
    """

    def __init__(self) -> None:
        self.losses: list[tuple[Loss, bytes]] = []

    def keep(self, loss: Loss) -> None:
        """Keep a loss as it is stored.

        >>> from datetime import UTC, datetime
        >>> kept, at = KeptLosses(), datetime(2026, 1, 1, tzinfo=UTC)
        >>> for first in [*range(1, KEPT_MAX + 3), KEPT_MAX + 2]:
        ...     loss = Loss(id=f"{first}", first=first, last=first, since=None, noticed_at=at,
        ...                 noticed_by=("projection",), chain="")
        ...     kept.keep(loss)
        >>> len(kept.losses), kept.losses[0][0].first
        (64, 3)
        """
        row = written(loss)
        if all(row != other for _, other in self.losses):
            self.losses.append((loss, row))
            del self.losses[:-KEPT_MAX]

    def replace(self, kept: tuple[Loss, bytes], loss: Loss | None) -> None:
        """Keep a loss instead of another one, or none."""
        self.losses = [other for other in self.losses if other[1] != kept[1]]
        if loss is not None:
            self.keep(loss)


class ToldLosses:
    """The losses of one ledger's log, told until they are stored for good."""

    def __init__(self, losses: Losses, probe: Losses, kept: KeptLosses) -> None:
        """Prepare to tell.

        Args:
            losses: Where they are stored.
            probe: The same over a connection that does not wait.
            kept: What this process told before.
        """
        self._losses, self._probe, self._kept = losses, probe, kept

    async def add(self, loss: Loss) -> bool:
        """Store a loss; see `Losses.add`. Return whether it is stored."""
        stored = await self._losses.add(loss)
        if stored is not None:
            self._kept.keep(stored)
        return stored is not None

    async def confirm(self) -> None:
        """Store again what was told and is not stored any more.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        losses = list(self._kept.losses)
        if not losses:
            return
        rows = await self._probe.rows([loss.id for loss, _ in losses])
        for kept, row in zip(losses, rows, strict=True):
            if row != kept[1]:
                # Others may have joined it, somebody may have acknowledged it: that is kept, too.
                self._kept.replace(kept, await self._probe.put_back(kept[0]))
