"""Sealed segments: a copy of the log in files, each with a seal, the seals forming a hash chain.

A segment is a file of lines, one event each as the log holds it, or the same as Parquet
(`services.eventlog.segment_files`); its name begins with its first position, so that names are in the order
of the log. `seals.jsonl` holds one seal a segment. Files are written whole and moved into place, the segment
before its seal: what a crash leaves behind without a seal is written anew. Nothing that is sealed is
written again, unless all segments are renewed: then the new ones have other names, and take the place of the
old ones together with their seals.

If the last seal's hash is kept elsewhere, it can be proven later that no earlier event was changed,
removed or inserted.
"""

import fcntl
import json
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from schemas.seal import Seal
from services.eventlog.chain import Stored, split
from services.eventlog.port import Entry
from services.eventlog.proof import Fault
from services.eventlog.segment_files import (
    Form,
    UnreadableSegmentError,
    close_on_disk,
    lines_of,
    write_as_parquet,
)


SEALS = "seals.jsonl"
#: Of the signatures of seals, which lie beside them.
SIGNATURES = "signatures.jsonl"
#: Digits of a position in a file's name: more than any log has.
_NAME_DIGITS = 12
#: A segment's name, with how often the directory was written where that is more than once.
_SEGMENT = re.compile(r"\d+(?:-(\d+))?\.(?:jsonl|parquet)", re.ASCII)


class SealError(Exception):
    """Segments cannot be read or written; the message says what was expected and found."""


def seal_line(seal: Seal) -> bytes:
    """Write a seal as its line, which its hash is taken of."""
    return seal.model_dump_json(exclude={"lines"} if seal.lines is None else None).encode()


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
    faults = chain_faults(seals)
    for seal in seals:
        if found := _fault_of_file(directory, seal):
            faults.append(Fault(seal.first, found))
    return sorted(faults, key=lambda fault: fault.position)


def chain_faults(seals: Sequence[Seal]) -> list[Fault]:
    """List where seals are no chain: of hashes, and of positions without a gap."""
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
        before = seal
    return faults


def sealed_entries(directory: Path, seals: Sequence[Seal]) -> Iterator[Entry]:
    """Yield all sealed events, in order; a missing or unreadable file has none."""
    for seal in seals:
        path = directory / seal.file
        if not path.is_file():
            continue
        try:
            for position, line in enumerate(lines_of(path), seal.first):
                yield Entry(position, line)
        except UnreadableSegmentError:
            continue  # The seal tells so.


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
    """A directory of segments that is being continued, or renewed.

    Attributes:
        seals: All seals, in order, new ones included.
    """

    def __init__(
        self, directory: Path, ledger: str, *, form: Form = Form.LINES, anew: bool = False
    ) -> None:
        """Begin where the directory ends.

        Args:
            directory: Of the segments.
            ledger: Whose log.
            form: How new segments are written.
            anew: Write all segments once more; the old ones stay until `finish`.
        """
        found = read_seals(directory, ledger)
        self.seals = [] if anew else list(found)
        self._replaced = [seal.file for seal in found] if anew else []
        self._directory = directory
        # Names that no segment has that is read meanwhile.
        writing = _writing_of(seal.file for seal in found)
        self._remove_unfinished(writing)
        self._suffix = f"-{writing + anew}" if found and writing + anew > 1 else ""
        self._ledger = ledger
        self._form = form
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
        """Seal what was written since the last seal; null if nothing was.

        Raises:
            SealError: It cannot be written in the form asked for.
        """
        if self._file is None:
            return None
        close_on_disk(self._file)
        self._file = None
        name = f"{self._first:0{_NAME_DIGITS}}{self._suffix}.{self._form}"
        digest = lines = _digest_of(self._temporary)
        if self._form is Form.PARQUET:
            converted = self._directory / ".converting"
            try:
                write_as_parquet(self._temporary, converted)
            except UnreadableSegmentError as error:
                raise SealError(str(error)) from error
            converted.replace(self._temporary)
            digest = _digest_of(self._temporary)
        self._temporary.replace(self._directory / name)
        seal = Seal(
            ledger=self._ledger,
            first=self._first,
            last=self._next - 1,
            file=name,
            sha256=digest,
            previous=hash_of(self.seals[-1]) if self.seals else None,
            lines=None if self._form is Form.LINES else lines,
        )
        self.seals.append(seal)
        if not self._replaced:
            self._write_seals()
        self._first = self._next
        return seal

    def finish(self) -> None:
        """Put renewed segments in the place of the old ones, which are removed; else nothing is left to do."""
        if not self._replaced:
            return
        # Of the old seals, which are none any more.
        (self._directory / SIGNATURES).unlink(missing_ok=True)
        self._write_seals()
        kept = {seal.file for seal in self.seals}
        for path in self._directory.iterdir():
            if _SEGMENT.fullmatch(path.name) and path.name not in kept:
                path.unlink()
        self._replaced = []

    def close(self) -> None:
        """Leave what was written without a seal; it will be written anew."""
        if self._file is not None:
            self._file.close()

    def _remove_unfinished(self, writing: int) -> None:
        """Remove what a renewal left behind that did not come to its end."""
        for path in self._directory.iterdir():
            if _SEGMENT.fullmatch(path.name) and _writing_of([path.name]) > writing:
                path.unlink()

    @property
    def _temporary(self) -> Path:
        return self._directory / ".writing"

    def _write_seals(self) -> None:
        file = self._temporary.open("wb")
        file.writelines(seal_line(seal) + b"\n" for seal in self.seals)
        close_on_disk(file)
        self._temporary.replace(self._directory / SEALS)
        handle = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _writing_of(names: Iterable[str]) -> int:
    """Return how often segments of these names were written: 1 for those never renewed."""
    found = map(_SEGMENT.fullmatch, names)
    return max((int(match[1] or 1) for match in found if match), default=1)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def sealing(
    directory: Path, ledger: str, *, form: Form = Form.LINES, anew: bool = False
) -> Iterator[Sealing]:
    """Continue a directory of segments, or begin one, or renew it; one process at a time.

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
        continued = Sealing(directory, ledger, form=form, anew=anew)
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
        if found != seal.sha256:
            return f"expected {seal.file} with sha256 {seal.sha256}, found {found}"
        digest, count = sha256(), 0
        for line in lines_of(path):
            digest.update(line + b"\n")
            count += 1
    except OSError as error:
        return f"expected {seal.file}, found {error.strerror}"
    except UnreadableSegmentError as error:
        return f"expected {seal.file}, found {error}"
    if seal.lines is not None and digest.hexdigest() != seal.lines:
        return (
            f"expected events with sha256 {seal.lines} in {seal.file}, found {digest.hexdigest()}"
        )
    expected = seal.last - seal.first + 1
    return (
        None if count == expected else f"expected {expected} events in {seal.file}, found {count}"
    )
