"""Count what workers ask of the server, as the server sees it: every command, less what scripts call."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis

from benchmarks.load import LEDGER
from services.eventlog.keys import heartbeat_key, keys_of


_KEYS = keys_of(LEDGER)
#: What publishes and watches, and what each worker does once a second: its status, its heartbeat, and the
#: question whether the server was started anew.
_OTHERS = (
    *(f"XADD {_KEYS.inbox}", "MULTI", "EXEC", "HGET", "PING", "ECHO", "CLIENT", "HELLO"),
    *(f"HSET {_KEYS.readers}", "XLEN", f"SET {heartbeat_key('', 0)[:14]}", "INFO"),
)
_END = "ECHO over"


class Calls:
    """The calls of workers, by command, once they are over."""

    def __init__(self) -> None:
        self.by_command: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """All of them."""
        return self.by_command.total()


@contextmanager
def counted(url: str) -> Iterator[Calls]:
    """Count what workers ask of the server until the block ends."""
    client: Any = Redis.from_url(url)
    calls = Calls()
    with client, client.monitor() as monitor:
        yield calls
        with Redis.from_url(url) as other:
            other.echo("over")
        for seen in monitor.listen():
            command = seen["command"]
            if command == _END:
                return
            if seen["client_type"] != "lua" and not command.startswith(_OTHERS):
                calls.by_command[command.partition(" ")[0]] += 1
