"""A consumer of changes as somebody else would write it: standard library alone, killed at any moment.

It writes every event it is told to its journal, a line each, and begins again behind the last whole line.
Run as `python consumer.py sse URL JOURNAL` or `python consumer.py stream SOCKET JOURNAL`, the latter on
the Redis stream itself.
"""

import http.client
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


Event = tuple[str, str, str]


def read_journal(path: Path) -> list[Event]:
    """Give the events told so far; a line that was cut off by a kill is none."""
    if not path.exists():
        return []
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return [tuple(json.loads(line)) for line in whole.splitlines()]


def mend(path: Path) -> None:
    """Cut off what a kill left of a last line."""
    if path.exists():
        whole, end, _ = path.read_bytes().rpartition(b"\n")
        os.truncate(path, len(whole) + len(end))


def from_sse(address: str, at: str) -> Iterator[Event]:
    """Follow the HTTP stream: id, kind and data of each event, again from there if it was too slow."""
    is_dropped = True
    while is_dropped:
        is_dropped = False
        for event in one_stream(address, at):
            if event[1] == "dropped":
                is_dropped = True
            else:
                at = event[0]
                yield event


def one_stream(address: str, at: str) -> Iterator[Event]:
    """Read one answer to its end."""
    host, _, path = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", f"/{path}", headers={"Last-Event-ID": at})
    answer = connection.getresponse()
    assert answer.status == http.HTTPStatus.OK, answer.read()
    found: dict[str, str] = {}
    while line := answer.readline():
        text = line.decode().rstrip("\n")
        if text:
            name, _, value = text.partition(": ")
            found[name] = value
        elif found.get("data"):
            # The first event says where the stream begins, and nothing has changed with it.
            if found["event"] != "begin":
                yield found.get("id", at), found["event"], found["data"]
            found = {}


def from_stream(address: str, at: str) -> Iterator[Event]:
    """Follow the Redis stream in its own protocol."""
    path, _, key = address.partition("|")
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    replies = server.makefile("rb")
    while True:
        command = ("XREAD", "COUNT", "100", "BLOCK", "1000", "STREAMS", key, at)
        parts = [b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in command]
        server.sendall(b"*%d\r\n" % len(parts) + b"".join(parts))
        for _, entries in read_reply(replies) or ():
            for entry_id, fields in entries:
                at = entry_id.decode()
                values = dict(zip(fields[::2], fields[1::2], strict=True))
                row = values[b"figure"].decode()
                gone = json.dumps({"id": values[b"id"].decode()})
                yield at, "figure" if row else "withdrawn", row or gone


def read_reply(replies: IO[bytes]) -> Any:
    """Read one reply of RESP2."""
    kind, rest = replies.read(1), replies.readline().strip()
    if kind == b"*":
        return None if rest == b"-1" else [read_reply(replies) for _ in range(int(rest))]
    if kind == b"$":
        text = replies.read(int(rest) + 2)
        return text[:-2]
    assert kind == b":", (kind, rest)
    return int(rest)


def main(way: str, address: str, journal: Path) -> None:
    mend(journal)
    told = read_journal(journal)
    at = told[-1][0] if told else "0"
    events = from_sse(address, at) if way == "sse" else from_stream(address, at)
    with journal.open("a", encoding="utf-8") as lines:
        for event in events:
            lines.write(json.dumps(event) + "\n")
            lines.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
