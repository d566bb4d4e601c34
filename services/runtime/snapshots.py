"""Snapshots: a reader's state on disk, so that a start reads the log from there, not from its beginning.

The rules:

* a snapshot is never the source of truth: one that cannot be used is ignored, with the reason in the
  log lines, and the state is built from the log;
* only the same code and configuration that made it may use it, and only with the log it was taken of:
  the event at its position must be the same, byte for byte;
* none holds words that were erased from the log: one from before the last erasure is deleted;
* it is written to a new file and moved over the old one in one step, so that nobody reads half of it;
* it is read only if it was signed with a key that its owner alone can read (`snapshot_key.py`), because
  unpickling runs code.

One is taken when a start would otherwise be slow: after a start that read many events, at a stop many
events after the last one, and while a worker runs. In that case a forked child process writes the state
as it was at the fork, and the worker continues meanwhile.
"""

import asyncio
import gc
import json
import os
import pickle
import platform
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import file_digest, sha256
from hmac import compare_digest
from hmac import new as new_hmac
from importlib.metadata import version
from importlib.util import find_spec
from io import BufferedRandom, BufferedReader
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pydantic import ValidationError

from schemas.record import Record
from services.eventlog.erasing import erased_at
from services.eventlog.port import Entry, LogShortenedError
from services.runtime import clock
from services.runtime.reader_context import ReaderContext
from services.runtime.snapshot_key import make_key, read_key


#: Bytes at the head of the file: what it is, as JSON, filled up with spaces.
HEAD_BYTES = 512
#: Pause between two looks whether the process that writes a snapshot has ended, in seconds.
REAP_SECONDS = 0.25
#: Whose code every state depends on besides its reader's own: the log's shapes, and how values are packed.
_IN_EVERY_STATE = ("schemas", "services.log_events", "services.runtime.lazy_dict")
#: What reading a damaged pickle may raise.
_UNREADABLE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


class StateSnapshot(NamedTuple):
    """A state, and the log position it stands for."""

    position: int
    state: Any


class _Child(NamedTuple):
    """A process that writes a snapshot: its id, the position it stands for, and when it began."""

    pid: int
    position: int
    started: float


class _Head(Record):
    """What a snapshot says of itself.

    Attributes:
        code: Hash of the code and the configuration that made it.
        position: The log position it stands for.
        event: Hash of the event at that position.
        erased: Position of the last event until then that had words erased from the log, 0 for none.
        signature: HMAC-SHA-256 of the rest of the head and the state's bytes, empty while it is made.
    """

    code: str
    position: int
    event: str
    erased: int = 0
    signature: str = ""


class Snapshots:
    """The snapshots of one reader on one ledger.

    Attributes:
        position: Position of the last one taken or read, 0 for none.
    """

    def __init__(self, context: ReaderContext, reader: str, packages: Sequence[str]) -> None:
        self.position = 0
        self._context = context
        self._child: _Child | None = None
        self._reaping: asyncio.Task[None] | None = None
        self._erased = 0
        directory = context.settings.data_dir / "snapshots"
        self._path = directory / f"{context.ledger.name}.{reader}.snapshot"
        self._code = _code_of(packages, context.ledger.model_dump_json())

    async def read(self) -> StateSnapshot | None:
        """Return the last snapshot, null if there is none that can be used."""
        started = clock.stopwatch_ms()
        if not self._path.exists():
            return None
        try:
            with self._path.open("rb") as file:
                reason, head = _refusal_of(file, self._code, read_key(self._path.parent))
                if head is None or reason:
                    self._log_refusal(reason)
                    return None
                if head.erased != await self._erased_at():
                    self._path.unlink()
                    self._log_refusal("taken before words were erased from the log; deleted")
                    return None
                entries = await self._entry_at(head.position)
                if _digest_of(entries) != head.event:
                    reason = f"the log holds another event at position {head.position}, or none"
                    self._log_refusal(reason)
                    return None
                # What the state rests on is seen: a log that loses it from now on is another one.
                self._context.log.follow(entries)
                with _collector_off():
                    state = pickle.load(file)  # noqa: S301  # nosec B301
        except (OSError, *_UNREADABLE) as error:
            self._log_refusal(f"{type(error).__name__}: {error}")
            return None
        self.position = head.position
        self._context.logger.info(
            "snapshot.read",
            position=head.position,
            took_ms=round(clock.stopwatch_ms(started), 1),
        )
        return StateSnapshot(head.position, state)

    async def take_if_due(self, position: int, state: object) -> None:
        """Take a snapshot if many events came since the last one."""
        # At a stop or a start there is nothing else to do, so wait for a running child.
        self._reap_child(0)
        if not self.is_due(position):
            return
        started = clock.stopwatch_ms()
        event = await self._event_at(position)
        try:
            self._write(position, event, state, make_key(self._path.parent))
        except (OSError, pickle.PicklingError) as error:
            self._log_failure(f"{type(error).__name__}: {error}")
            return
        self._log_taken(position, started)

    async def take_in_background_if_due(self, position: int, state: object) -> None:
        """Take a snapshot in a child process if many events came since the last one.

        What changes of the state until it is written is in memory twice. Nothing happens on systems
        without fork.
        """
        self._reap_child(os.WNOHANG)
        if self._child is None and self.is_due(position) and hasattr(os, "fork"):
            event = await self._event_at(position)
            try:
                key = make_key(self._path.parent)
            except OSError as error:
                self._log_failure(f"{type(error).__name__}: {error}")
                # Not to be tried again at every batch.
                self.position = position
                return
            pid = os.fork()
            if not pid:
                self._write_and_end(position, event, state, key)
            self._child = _Child(pid, position, clock.stopwatch_ms())
            self._reaping = asyncio.create_task(self._reap_when_ended())

    def is_due(self, position: int) -> bool:
        """Return whether many events came since the last snapshot."""
        return position - self.position >= self._context.settings.snapshot_count

    def _write_and_end(self, position: int, event: str, state: object, key: bytes) -> NoReturn:
        """Write a snapshot in a process made for it; nothing else of the parent's is touched."""
        try:
            # A stop signal to the worker must not end this process: half a file would be left behind.
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            self._write(position, event, state, key)
        except BaseException:  # noqa: BLE001  whatever it was, this process must not go on as its parent
            os._exit(1)
        os._exit(0)

    async def _reap_when_ended(self) -> None:
        """Log the child's result soon after its end: the next batch may be hours away."""
        while self._child is not None:
            await asyncio.sleep(REAP_SECONDS)
            self._reap_child(os.WNOHANG)

    def _reap_child(self, options: int) -> None:
        """Log the result of a child process that has ended.

        Args:
            options: Whether to wait for its end, as `os.waitpid` has it.
        """
        child = self._child
        if child is None:
            return
        ended, status = os.waitpid(child.pid, options)
        if not ended:
            return
        self._child = None
        if status:
            self._log_failure(f"process {child.pid} ended with {os.waitstatus_to_exitcode(status)}")
            # Not to be tried again at every batch.
            self.position = child.position
        else:
            self._log_taken(child.position, child.started)

    def _log_refusal(self, error: str) -> None:
        self._context.logger.warning("snapshot.refused", error=error)

    def _log_failure(self, error: str) -> None:
        self._context.logger.warning("snapshot.failed", error=error)

    def _log_taken(self, position: int, started: float) -> None:
        self.position = position
        self._context.logger.info(
            "snapshot.taken",
            position=position,
            size_bytes=self._path.stat().st_size,
            took_ms=round(clock.stopwatch_ms(started), 1),
        )

    def _write(self, position: int, event: str, state: object, key: bytes) -> None:
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            with os.fdopen(
                os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b"
            ) as file:
                file.seek(HEAD_BYTES)
                with _collector_off():
                    pickle.dump(state, file, protocol=5)
                file.seek(HEAD_BYTES)
                head = _Head(code=self._code, position=position, event=event, erased=self._erased)
                signed = head.model_copy(update={"signature": _signature_of(head, file, key)})
                file.seek(0)
                file.write(signed.model_dump_json().encode().ljust(HEAD_BYTES))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)

    async def _event_at(self, position: int) -> str:
        entries = await self._entry_at(position)
        event = _digest_of(entries)
        if event is None:
            raise LogShortenedError(position, found=await self._context.log.last_position())
        self._erased = await self._erased_at()
        # It may be the event of another log by now, and the state one of the log before.
        self._context.log.follow(entries)
        return event

    async def _erased_at(self) -> int:
        return await erased_at(self._context.client, self._context.ledger.name)

    async def _entry_at(self, position: int) -> Sequence[Entry]:
        return await self._context.log.read(after=position - 1, limit=1)


def positions_of_snapshots(data_dir: Path, ledger: str) -> dict[Path, int]:
    """Return the position of each snapshot that the workers of this machine keep of a ledger."""
    found = {}
    for path in sorted((data_dir / "snapshots").glob(f"{ledger}.*.snapshot")):
        with suppress(OSError, ValidationError), path.open("rb") as file:
            found[path] = _Head.model_validate_json(file.read(HEAD_BYTES)).position
    return found


def _digest_of(entries: Sequence[Entry]) -> str | None:
    return sha256(entries[0].body).hexdigest() if entries else None


def _refusal_of(file: BufferedReader, code: str, key: bytes) -> tuple[str, _Head | None]:
    """Return why a file cannot be used, and its head; leave the file at the state's first byte."""
    found = os.fstat(file.fileno())
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        return "others may have written the file", None
    try:
        head = _Head.model_validate_json(file.read(HEAD_BYTES))
    except ValidationError:
        return "the file has no head", None
    if head.code != code:
        return "taken by other code or under another configuration", head
    if not compare_digest(_signature_of(head, file, key), head.signature):
        return "the file is damaged, or others wrote it", head
    file.seek(HEAD_BYTES)
    return "", head


def _signature_of(head: _Head, file: BufferedReader | BufferedRandom, key: bytes) -> str:
    """Sign a head and the state that follows it in the file."""
    unsigned = head.model_copy(update={"signature": ""}).model_dump_json().encode()
    return file_digest(file, lambda: new_hmac(key, unsigned, "sha256")).hexdigest()


def _code_of(packages: Sequence[str], configuration: str) -> str:
    """Hash what a state depends on besides the log: our code, the libraries it holds, the ledger."""
    libraries = (platform.python_version(), version("pydantic-core"), version("msgspec"))
    sources = [_digest_of_sources(name) for name in (*_IN_EVERY_STATE, *packages)]
    return sha256(json.dumps([configuration, *libraries, *sources]).encode()).hexdigest()


@cache
def _digest_of_sources(name: str) -> str:
    """Hash the code of a module or a package, once: a process may have a thousand ledgers."""
    texts = [path.read_text("utf-8") for path in _sources_of(name)]
    return sha256(json.dumps(texts).encode()).hexdigest()


def _sources_of(name: str) -> list[Path]:
    """Return the files of a module, or all those of a package, in order."""
    spec = find_spec(name)
    assert spec is not None, f"expected a module of ours, found no {name}"
    assert spec.origin is not None, f"expected a module with a file, found none of {name}"
    path = Path(spec.origin)
    return sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]


@contextmanager
def _collector_off() -> Iterator[None]:
    """Disable garbage collection inside the block: nothing that is made there is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
