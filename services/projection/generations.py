"""Generations of views: complete sets of tables, one of which readers see.

A generation has a meta hash: its position in the log, the form of its rows, and what the writer keeps
with them. Readers follow the pointer `current`.
"""

from importlib.resources import files

from redis.exceptions import RedisError

from services.eventlog.connection import Client, Script
from services.eventlog.erasing import erased_at
from services.eventlog.keys import keys_of
from services.eventlog.port import LogUnavailableError
from services.projection.encoding import FORM
from services.projection.rows import TABLES, Table


CREATE_SCRIPT = files("services.projection").joinpath("create.lua").read_text(encoding="utf-8")
SWITCH_SCRIPT = files("services.projection").joinpath("switch.lua").read_text(encoding="utf-8")
REPLACE_SCRIPT = files("services.projection").joinpath("replace.lua").read_text(encoding="utf-8")


class ViewConflictError(Exception):
    """The views are not where their writer expected them; nothing was written.

    Attributes:
        found: The position found, null if the generation is gone or no longer the current one.
    """

    def __init__(self, message: str, *, found: int | None = None) -> None:
        super().__init__(message)
        self.found = found


class Trying:
    """Name what was tried when the server fails at it."""

    def __init__(self, tried: str) -> None:
        self._tried = tried

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Raise `LogUnavailableError` for an error of the server; let others through."""
        if isinstance(error, RedisError):
            raise LogUnavailableError(f"{self._tried}: {error}") from error


class Generations:
    """The generations of one ledger's views."""

    def __init__(self, client: Client, ledger: str) -> None:
        self._client, self._ledger = client, ledger
        self._keys = keys_of(ledger)
        self._switch = Script(client, SWITCH_SCRIPT)
        self._create = Script(client, CREATE_SCRIPT)
        self._replace = Script(client, REPLACE_SCRIPT)

    async def current(self) -> str | None:
        """Name the generation that readers see, null before the first."""
        with Trying(f"read of {self._keys.current}"):
            found = await self._client.get(self._keys.current)
        return found.decode() if found else None

    async def generations(self) -> list[str]:
        """Name all generations, in order of name."""
        head, tail = self._keys.view, ":meta"
        with Trying(f"scan of {head}*{tail}"):
            found = [
                key.decode()
                async for key in self._client.scan_iter(match=f"{head}*{tail}", count=1_000)
            ]
        return sorted(key.removeprefix(head).removesuffix(tail) for key in found)

    async def create_generation(self, name: str) -> None:
        """Begin an empty generation, at position 0.

        Raises:
            ViewConflictError: There is one of that name.
        """
        assert name, "a generation has a name"
        assert ":" not in name, f"expected a generation's name without colons, found {name!r}"
        assert name != "current", "a generation cannot have the pointer's name"
        erased = await erased_at(self._client, self._ledger)
        with Trying(f"write of {self._meta(name)}"):
            is_new = await self._create(keys=[self._meta(name)], args=[FORM, erased])
        if not is_new:
            raise ViewConflictError(f"expected no generation {name}, found one")

    async def point_current(self, name: str) -> None:
        """Show a generation to readers from now on."""
        with Trying(f"write of {self._keys.current}"):
            await self._client.set(self._keys.current, name)

    async def switch_current(
        self, name: str, *, replacing: str | None, position: int, differs: bool = False
    ) -> bool:
        """Show a generation instead of another, if both stand at `position`; return if it was done.

        Without one to replace, it is shown if there is none to be seen. If rows differ, readers of
        changes from before must reload: see `remade_at`.
        """
        if replacing is None:
            found = await self.current()
            if found is None or await self.position(found) is None:
                await self.point_current(name)
                return True
            return False
        keys = [self._keys.current, self._meta(replacing), self._meta(name)]
        with Trying(f"write of {self._keys.current}"):
            return bool(
                await self._switch(keys=keys, args=[replacing, name, position, int(differs)])
            )

    async def replace_current(self, name: str, *, replacing: str, untrue_to: int) -> bool:
        """Show a generation instead of one that is no longer true, wherever they stand.

        Readers of changes up to `untrue_to` must reload. Return if it was done.
        """
        keys = [self._keys.current, self._meta(name), self._keys.changes]
        with Trying(f"write of {self._keys.current}"):
            return bool(await self._replace(keys=keys, args=[replacing, name, untrue_to]))

    async def drop_generation(self, name: str) -> None:
        """Remove a generation that readers no longer see.

        Raises:
            ViewConflictError: It is the current one.
        """
        if await self.current() == name:
            raise ViewConflictError(f"expected another current generation, found {name}")
        with Trying(f"removal of generation {name}"):
            await self._client.unlink(
                self._meta(name), *(self._table(name, table) for table in TABLES)
            )

    async def holds_erased(self, generation: str) -> bool:
        """Return whether a generation was made before words were erased from the log."""
        with Trying(f"read of {self._meta(generation)}"):
            found = await self._client.hget(self._meta(generation), "erased")
        return int(found or 0) != await erased_at(self._client, self._ledger)

    async def drop_erased(self) -> None:
        """Remove all generations that may hold erased words, but for the one that readers see."""
        current = await self.current()
        for name in await self.generations():
            if name != current and await self.holds_erased(name):
                await self.drop_generation(name)

    async def former(self, generation: str) -> str | None:
        """Name the generation that readers saw before this one, null if it is not known or gone."""
        with Trying(f"read of {self._meta(generation)}"):
            found = await self._client.hget(self._meta(generation), "former")
        if found is None or await self.position(found.decode()) is None:
            return None
        return str(found.decode())

    async def position(self, generation: str | None = None) -> int | None:
        """Return the position a generation stands for, null if there is no such generation."""
        name = generation or await self.current()
        if name is None:
            return None
        with Trying(f"read of {self._meta(name)}"):
            found = await self._client.hget(self._meta(name), "position")
        return None if found is None else int(found)

    def _meta(self, generation: str) -> str:
        return f"{self._keys.view}{generation}:meta"

    def _table(self, generation: str, table: Table) -> str:
        return f"{self._keys.view}{generation}:{table}"
