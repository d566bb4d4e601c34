"""A TCP proxy on loopback between workers and a server, which can be slow, cut connections, or go silent."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any


CHUNK_BYTES = 1 << 16


class Proxy:
    """Forwards connections to a server's socket.

    Attributes:
        url: Where it listens.
        delay_seconds: How long every piece is held back, in both directions.
        loses_answers: Whether what the server answers is dropped; it hears everything.
        cut_count: Connections that were cut.
    """

    def __init__(self, socket: Path) -> None:
        self.url = ""
        self.delay_seconds = 0.0
        self.loses_answers = False
        self.cut_count = 0
        self._socket = socket
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    def cut(self) -> None:
        """Cut all connections there are; new ones are taken."""
        self._call(self._cut())

    def silence(self) -> int:
        """Forward nothing more on the connections there are, and leave them open; return how many."""
        return int(self._call(self._silence()))

    def close(self) -> None:
        self._server.close()
        self._call(self._cut())
        self._call(self._rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30.0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, upstream[1])
        self._links.add(link)
        tasks = [
            asyncio.create_task(self._forward(link, reader, upstream[1], is_answer=False)),
            asyncio.create_task(self._forward(link, upstream[0], writer, is_answer=True)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not link.is_silent:
            link.abort()
            self._links.discard(link)
        await asyncio.wait(tasks)

    async def _forward(
        self,
        link: "_Link",
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        is_answer: bool,
    ) -> None:
        with suppress(OSError):
            while piece := await source.read(CHUNK_BYTES):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                if not (link.is_silent or (is_answer and self.loses_answers)):
                    target.write(piece)
                    await target.drain()

    async def _cut(self) -> None:
        for link in self._links:
            link.abort()
            self.cut_count += 1
        self._links.clear()
        await asyncio.sleep(0)

    async def _rest(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=5.0)

    async def _silence(self) -> int:
        for link in self._links:
            link.is_silent = True
        return len(self._links)


class _Link:
    # A connection on both of its sides.
    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.is_silent = False
        self._sides = (near, far)

    def abort(self) -> None:
        for side in self._sides:
            side.transport.abort()
