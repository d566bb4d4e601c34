"""What the owner of a server needs from it: whether it answers, where its files are, and a shutdown.

Synchronous, because the supervisor asks before and after any event loop runs.
"""

from pathlib import Path
from typing import NamedTuple

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from services.eventlog.connection import Client


#: How long a local server may take to answer, in seconds.
ANSWER_SECONDS = 5.0


class RunningServer(NamedTuple):
    """A server that answers: its directory of files, and its process id."""

    directory: Path
    process: int


def answers(url: str) -> bool:
    """Return whether a server answers at `url` and is ready for work."""
    with _client(url) as client:
        try:
            return bool(client.ping())
        except (RedisError, ValueError):
            return False


def ask_server(url: str) -> RunningServer | None:
    """Ask the server at `url` where it lives, also while it still loads; null if none answers."""
    with _client(url) as client:
        try:
            directory = client.config_get("dir")["dir"]
            process = client.info("server")["process_id"]
        except (RedisError, ValueError, KeyError):
            return None
    return RunningServer(Path(directory), int(process))


def shut_down(url: str) -> None:
    """Shut down the server at `url` after it has written its files; it may still answer for a moment."""
    with _client(url) as client:
        try:
            client.execute_command("SHUTDOWN")
        except RedisError:
            # The connection closes instead of an answer; whether it ended is seen by asking again.
            return


def _client(url: str) -> Client:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
