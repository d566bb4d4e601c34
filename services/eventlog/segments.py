"""Sealed segments: a copy of the log in files, each with a seal, the seals forming a hash chain.

A segment is a file of lines, one event each as the log holds it; its name begins with its first
position, so that names are in the order of the log. `seals.jsonl` holds one seal a segment. Files are
written whole and moved into place, the segment before its seal: what a crash leaves behind without a
seal is written anew. Nothing that is sealed is ever written again.

If the last seal's hash is kept elsewhere, it can be proven later that no earlier event was changed,
removed or inserted.
"""

import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from schemas.seal import Seal
from services.eventlog.chain import Stored, split
from services.eventlog.port import Entry
from services.eventlog.proof import Fault


SEALS = "seals.jsonl"
#: Digits of a position in a file's name: more than any log has.
_NAME_DIGITS = 12


class SealError(Exception):
    """Segments cannot be read or written; the message says what was expected and found."""


def seal_line(seal: Seal) -> bytes:
    """Write a seal as its line, which its hash is taken of."""
    return seal.model_dump_json().encode()


def hash_of(seal: Seal) -> str:
    """Return a seal's hash."""
    return sha256(seal_line(seal)).hexdigest()


def read_seals(directory: Path, ledger: str) -> tuple[Seal, ...]:
    """Return the seals of a directory, none if it has none yet.

    Raises:
        SealError: They cannot be read, or are another ledger's.
    """
    path = directory / SEALS
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SealError(f"expected seals in {path}, found {error.strerror}") from error
    try:
        seals = tuple(Seal.model_validate_json(line) for line in lines)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SealError(f"expected seals in {path}, found {first['msg']}") from error
    for seal in seals:
        if seal.ledger != ledger:
            raise SealError(f"expected seals of ledger {ledger} in {path}, found {seal.ledger}")
    return seals


def check_seals(directory: Path, seals: Sequence[Seal]) -> list[Fault]:
    """Check that the seals are a chain, and that every file is as it was sealed."""
    faults: list[Fault] = []
    before: Seal | None = None
    for seal in seals:
        expected_first = before.last + 1 if before else 1
        expected_previous = hash_of(before) if before else None
        if seal.first != expected_first or seal.last < seal.first:
            text = (
                f"expected a seal from position {expected_first}, found {seal.first} to {seal.last}"
            )
            faults.append(Fault(seal.first, text))
        if seal.previous != expected_previous:
            text = f"expected previous seal {expected_previous}, found {seal.previous}"
            faults.append(Fault(seal.first, text))
        if found := _fault_of_file(directory, seal):
            faults.append(Fault(seal.first, found))
        before = seal
    return faults


def sealed_entries(directory: Path, seals: Sequence[Seal]) -> Iterator[Entry]:
    """Yield all sealed events, in order; a missing file has none."""
    for seal in seals:
        path = directory / seal.file
        if not path.is_file():
            continue
        with path.open("rb") as lines:
            for position, line in enumerate(lines, seal.first):
                yield Entry(position, line.rstrip(b"\n"))


def is_same_event(sealed: Entry, entry: Entry) -> bool:
    """Return whether a log holds what was sealed; what was sealed before there was a chain has no value of it.

    Where words were erased since, nothing but words may differ.
    """
    if sealed == entry:
        return True
    before, now = split(sealed.body), split(entry.body)
    if before is None or now is None or before.position != now.position:
        return False
    if before.chain is None:
        return before.content == now.content or is_left_of(now, before)
    return before.chain == now.chain and is_left_of(now, before)


def is_left_of(now: Stored, before: Stored) -> bool:
    """Return whether an event is what an erasure of words left of another."""
    return now.digest == before.linked.hex() and _differs_in_words_alone(
        json.loads(before.content), json.loads(now.content)
    )


def _differs_in_words_alone(before: Any, now: Any) -> bool:
    """Return whether JSON became other JSON by other texts in the places of some, and by fields left out."""
    if isinstance(before, dict) and isinstance(now, dict):
        return now.keys() <= before.keys() and all(
            _differs_in_words_alone(before[key], value) for key, value in now.items()
        )
    if isinstance(before, list) and isinstance(now, list):
        return len(before) == len(now) and all(map(_differs_in_words_alone, before, now))
    return before == now or (isinstance(before, str) and isinstance(now, str))


async def compare(sealed: Iterator[Entry], entries: AsyncIterator[Entry]) -> list[Fault]:
    """List the positions at which a log does not hold what was sealed; all of the log is read."""
    faults: list[Fault] = []
    expected = next(sealed, None)
    async for entry in entries:
        while expected is not None and expected.position < entry.position:
            faults.append(_lost(expected))
            expected = next(sealed, None)
        if expected is not None and expected.position == entry.position:
            if not is_same_event(expected, entry):
                text = "the log holds another event than was sealed"
                faults.append(Fault(entry.position, text))
            expected = next(sealed, None)
    if expected is not None:
        faults.append(_lost(expected))
        faults += (_lost(entry) for entry in sealed)
    return faults


def _lost(entry: Entry) -> Fault:
    return Fault(entry.position, "sealed, and no longer in the log")


class Sealing:
    """A directory of segments that is being continued.

    Attributes:
        seals: All seals, in order, new ones included.
    """

    def __init__(self, directory: Path, ledger: str) -> None:
        self.seals = list(read_seals(directory, ledger))
        self._directory = directory
        self._ledger = ledger
        self._file: IO[bytes] | None = None
        self._first = self._next = self.last + 1

    @property
    def last(self) -> int:
        """The last position that is sealed, 0 for none."""
        return self.seals[-1].last if self.seals else 0

    @property
    def count(self) -> int:
        """How many events are written and not sealed yet."""
        return self._next - self._first

    def last_entry(self) -> Entry | None:
        """Return the last sealed event, null for none."""
        entry: Entry | None = None
        for entry in sealed_entries(self._directory, self.seals[-1:]):  # noqa: B007  the last one
            pass
        return entry

    def write(self, entry: Entry) -> None:
        """Write the next event.

        Raises:
            SealError: It is not the next one.
        """
        if entry.position != self._next:
            raise SealError(
                f"expected position {self._next}, found {entry.position}: the log has a gap"
            )
        if self._file is None:
            self._file = self._temporary.open("wb")
        self._file.write(entry.body + b"\n")
        self._next += 1

    def seal(self) -> Seal | None:
        """Seal what was written since the last seal; null if nothing was."""
        if self._file is None:
            return None
        _close_on_disk(self._file)
        self._file = None
        name = f"{self._first:0{_NAME_DIGITS}}.jsonl"
        with self._temporary.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        self._temporary.replace(self._directory / name)
        seal = Seal(
            ledger=self._ledger,
            first=self._first,
            last=self._next - 1,
            file=name,
            sha256=digest,
            previous=hash_of(self.seals[-1]) if self.seals else None,
        )
        self.seals.append(seal)
        self._write_seals()
        self._first = self._next
        return seal

    def close(self) -> None:
        """Leave what was written without a seal; it will be written anew."""
        if self._file is not None:
            self._file.close()

    @property
    def _temporary(self) -> Path:
        return self._directory / ".writing"

    def _write_seals(self) -> None:
        file = self._temporary.open("wb")
        file.writelines(seal_line(seal) + b"\n" for seal in self.seals)
        _close_on_disk(file)
        self._temporary.replace(self._directory / SEALS)
        handle = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def sealing(directory: Path, ledger: str) -> Iterator[Sealing]:
    """Continue a directory of segments, or begin one; one process at a time.

    Raises:
        SealError: It cannot be written, holds another ledger's, or another process writes it.
    """
    try:
        directory.mkdir(exist_ok=True)
        handle = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise SealError(
            f"expected a directory that can be written, found {directory}: {error.strerror}"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        continued = Sealing(directory, ledger)
        try:
            yield continued
        finally:
            continued.close()
    except BlockingIOError as error:
        raise SealError(f"expected nobody at work in {directory}, found another process") from error
    except OSError as error:
        raise SealError(f"expected {directory} to be written, found {error.strerror}") from error
    finally:
        os.close(handle)


def _fault_of_file(directory: Path, seal: Seal) -> str | None:
    path = directory / seal.file
    try:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
            file.seek(0)
            count = sum(1 for _ in file)
    except OSError as error:
        return f"expected {seal.file}, found {error.strerror}"
    if found != seal.sha256:
        return f"expected {seal.file} with sha256 {seal.sha256}, found {found}"
    expected = seal.last - seal.first + 1
    return (
        None if count == expected else f"expected {expected} events in {seal.file}, found {count}"
    )


def _close_on_disk(file: IO[bytes]) -> None:
    with file:
        file.flush()
        os.fsync(file.fileno())
