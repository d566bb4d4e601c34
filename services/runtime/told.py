"""What a process told of losses, kept while it lives: a server that goes back once more loses the record, too."""

from services.eventlog.losses import Loss, Losses, written


#: Most losses that a process keeps; of more, the last ones.
KEPT_MAX = 64


class KeptLosses:
    """The losses that the readers of one ledger told in a process, as they were stored last."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Loss, bytes]] = {}

    def keep(self, loss: Loss) -> None:
        """Keep a loss as it is stored.

        >>> from datetime import UTC, datetime
        >>> kept, at = KeptLosses(), datetime(2026, 1, 1, tzinfo=UTC)
        >>> for first in range(1, KEPT_MAX + 3):
        ...     loss = Loss(id=f"{first}", first=first, last=first, since=None, noticed_at=at,
        ...                 noticed_by=("projection",), chain="")
        ...     kept.keep(loss)
        >>> len(kept.ids()), kept.ids()[0]
        (64, '3')
        """
        self._rows.pop(loss.id, None)
        self._rows[loss.id] = (loss, written(loss))
        if len(self._rows) > KEPT_MAX:
            del self._rows[next(iter(self._rows))]

    def ids(self) -> list[str]:
        """Return the names of the losses kept, the one kept longest first."""
        return list(self._rows)

    def differing(self, id_: str, row: bytes | None) -> Loss | None:
        """Return the loss of an id if it is not stored as it is kept."""
        loss, kept_row = self._rows[id_]
        return None if row == kept_row else loss

    def replace(self, id_: str, loss: Loss | None) -> None:
        """Keep a loss instead of the one of an id, or none."""
        del self._rows[id_]
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
        ids = self._kept.ids()
        if not ids:
            return
        for id_, row in zip(ids, await self._probe.rows(ids), strict=True):
            loss = self._kept.differing(id_, row)
            if loss is not None:
                # Others may have joined it, somebody may have acknowledged it: that is kept, too.
                self._kept.replace(id_, await self._probe.put_back(loss))
