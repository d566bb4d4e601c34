"""What was sent and is not in the log: claims that wait or are parked, reports and their drafts. Found by its words."""

import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from redis.exceptions import RedisError

from services.eventlog.connection import Client, Script
from services.eventlog.keys import keys_of, report_keys_of
from services.eventlog.port import LogUnavailableError


TAKE_OUT_SCRIPT = files("services.eventlog").joinpath("take_out.lua").read_text(encoding="utf-8")
#: Entries read in one go.
TOGETHER_COUNT = 1_000


InputKind = Literal["waiting", "parked", "report"]


class HeldInput(NamedTuple):
    """An input that holds certain words.

    Attributes:
        key: Of the stream that it is in.
        entry: Its id there.
        kind: A claim that waits in the inbox, one that is parked, or a report, read or not.
        names: The identities (source, id) it gives.
    """

    key: str
    entry: str
    kind: InputKind
    names: frozenset[tuple[str, str]]


async def inputs_holding(
    client: Client, ledger: str, holds: Callable[[str], bool]
) -> list[HeldInput]:
    """Return the inputs of which any text holds the words: those waiting, parked ones, reports; each as they came.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    found = []
    for key, kind in _streams(ledger):
        after = "-"
        try:
            while rows := await client.xrange(key, min=after, count=TOGETHER_COUNT):
                for entry_id, fields in rows:
                    texts = [value.decode(errors="replace") for value in fields.values()]
                    if any(holds(text) for raw in texts for text in _texts_in(raw)):
                        names = frozenset(name for raw in texts for name in _names_in(raw))
                        found.append(HeldInput(key, entry_id.decode(), kind, names))
                after = f"({rows[-1][0].decode()}"
        except RedisError as error:
            raise LogUnavailableError(f"read of {key}: {error}") from error
    return found


async def take_out(client: Client, ledger: str, inputs: Sequence[HeldInput]) -> None:
    """Take inputs out for good, and the bytes of all that were taken out before.

    Raises:
        LogUnavailableError: The server could not be reached, or refused.
    """
    script = Script(client, TAKE_OUT_SCRIPT)
    for key, _ in _streams(ledger):
        try:
            await script(keys=[key], args=[each.entry for each in inputs if each.key == key])
        except RedisError as error:
            raise LogUnavailableError(f"change of {key}: {error}") from error


def _streams(ledger: str) -> tuple[tuple[str, InputKind], ...]:
    keys, reports = keys_of(ledger), report_keys_of(ledger)
    return (
        (keys.inbox, "waiting"),
        (keys.rejected, "parked"),
        (reports.reports, "report"),
        (reports.drafts, "report"),
        (reports.rejected, "report"),
    )


def _texts_in(raw: str) -> Iterator[str]:
    """Yield the texts of an input: those in its JSON, in JSON within, and all of what is none."""
    parsed = _parsed(raw)
    if parsed is None:
        yield raw
        return
    todo = [parsed]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            todo += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            todo += part
        elif isinstance(part, str):
            inner = _parsed(part) if part[:1] in ("{", "[") else None
            if inner is None:
                yield part
            else:
                todo.append(inner)


def _names_in(raw: str) -> Iterator[tuple[str, str]]:
    parsed = _parsed(raw)
    todo = [parsed]
    if isinstance(parsed, dict):
        # A publisher's envelope may hold the event as a text.
        todo += [_parsed(value) for value in parsed.values() if isinstance(value, str)]
    for part in todo:
        if isinstance(part, dict) and isinstance(part.get("id"), str):
            yield str(part.get("source")), part["id"]


def _parsed(raw: str) -> Any:
    if raw[:1] not in ("{", "["):
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
