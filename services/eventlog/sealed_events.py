"""Reading events out of sealed segments, where a trimmed log has them.

A segment is proven against its seal when it is first read, and again after its file was touched. The event
at the place that a log was trimmed to must be the one the log names: segments of another log are refused.
"""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from schemas.seal import Seal
from services.eventlog.chain import Head, chain_of
from services.eventlog.port import Entry, LogDamagedError
from services.eventlog.segment_files import Form, UnreadableSegmentError, lines_of
from services.eventlog.segments import SEALS, SealError, chain_faults, read_seals


#: Segments of lines of which it is kept where the lines begin; some hundred kilobytes each.
KEPT_COUNT = 64
#: Segments in Parquet whose lines are kept; some tens of megabytes each.
UNPACKED_COUNT = 2


class SegmentError(LogDamagedError):
    """A segment that holds trimmed events is gone or damaged; the message names it, and what mends it."""


class _Stamp(NamedTuple):
    """By what a file is taken for the one that was looked at before."""

    modified_ns: int
    size: int
    inode: int


class _Opened(NamedTuple):
    """A segment that was proven, and what its events are found by.

    Attributes:
        stamp: The file as it was then.
        sha256: Its hash.
        starts: Where each line begins, and the end; none for Parquet.
        lines: Of Parquet, its lines.
    """

    stamp: _Stamp
    sha256: str
    starts: Sequence[int] = ()
    lines: Sequence[bytes] = ()


class SealedEvents:
    """The events in a ledger's sealed segments. Safe to be read from several threads."""

    def __init__(self, directory: Path, ledger: str) -> None:
        """Prepare to read; nothing needs to be there yet."""
        self.directory = directory
        self._ledger = ledger
        self._lock = Lock()
        self._seals: tuple[_Stamp, tuple[Seal, ...]] | None = None
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._proven: tuple[Head, tuple[Seal, ...]] | None = None

    def read(self, *, after: int, limit: int, trimmed: Head) -> list[Entry]:
        """See `EventsMovedOut.read`.

        Raises:
            SegmentError: A segment is gone or damaged, or of another log.
        """
        last = min(after + limit, trimmed.position)
        with self._lock:
            self._prove(trimmed)
            return self._between(after + 1, last)

    def between(self, first: int, last: int) -> list[Entry]:
        """Return sealed events, whether a log was trimmed of them or not.

        Raises:
            SegmentError: A segment is gone or damaged.
        """
        with self._lock:
            return self._between(first, last)

    def check(self, trimmed: Head) -> None:
        """Check that the segments of a trimmed log are there, without reading all of them.

        Raises:
            SegmentError: One is gone, or they are another log's.
        """
        with self._lock:
            self._prove(trimmed)
            for seal in self._sealed(1, trimmed.position):
                if seal.first <= trimmed.position and not (self.directory / seal.file).is_file():
                    raise self._damage(seal.first, seal.last, seal.file, "no such file")

    def _between(self, first: int, last: int) -> list[Entry]:
        seals = self._seals
        try:
            return self._read(first, last)
        except SegmentError:
            # They may have been renewed between a look at the seals and one at a file.
            if self._sealed(first, last) == (seals[1] if seals else ()):
                raise
            return self._read(first, last)

    def _prove(self, trimmed: Head) -> None:
        """Check that the segments are those that a log was trimmed against."""
        seals = self._sealed(1, trimmed.position)
        if self._proven == (trimmed, seals):
            return
        [found] = self._between(trimmed.position, trimmed.position)
        if (chain := chain_of(found.body)) != trimmed.chain:
            text = f"chain value {chain} at position {trimmed.position}, not {trimmed.chain}"
            raise self._damage(1, trimmed.position, SEALS, f"{text}: they are another log's")
        self._proven = (trimmed, self._sealed(1, trimmed.position))

    def _read(self, first: int, last: int) -> list[Entry]:
        entries: list[Entry] = []
        seals = self._sealed(first, last)
        for seal in seals:
            if seal.last < first or seal.first > last:
                continue
            start, end = max(first, seal.first), min(last, seal.last)
            entries += self._events(seal, start, end)
        if len(entries) != last - first + 1:
            until = seals[-1].last if seals else 0
            raise self._damage(first, last, SEALS, f"seals up to position {until}")
        return entries

    def _events(self, seal: Seal, first: int, last: int) -> list[Entry]:
        try:
            opened = self._open(seal)
            start, end = first - seal.first, last - seal.first + 1
            lines = opened.lines[start:end]
            if not opened.lines:
                with (self.directory / seal.file).open("rb") as file:
                    file.seek(opened.starts[start])
                    lines = file.read(opened.starts[end] - opened.starts[start]).split(b"\n")[:-1]
        except OSError as error:
            found = error.strerror or str(error)
            raise self._damage(seal.first, seal.last, seal.file, found) from error
        except UnreadableSegmentError as error:
            raise self._damage(seal.first, seal.last, seal.file, str(error)) from error
        return [Entry(position, line) for position, line in enumerate(lines, first)]

    def _open(self, seal: Seal) -> _Opened:
        """Prove a segment, unless it was and its file is the same."""
        path = self.directory / seal.file
        stamp = _stamp_of(path)
        known = self._opened.get(seal.file)
        if known is not None and (known.stamp, known.sha256) == (stamp, seal.sha256):
            self._opened.move_to_end(seal.file)
            return known
        digest, starts = sha256(), array("Q", [0])
        with path.open("rb") as lines:
            for line in lines:
                digest.update(line)
                starts.append(starts[-1] + len(line))
        if digest.hexdigest() != seal.sha256:
            found = f"a file with sha256 {digest.hexdigest()}, not {seal.sha256}"
            raise self._damage(seal.first, seal.last, seal.file, found)
        opened = _Opened(stamp, seal.sha256, starts)
        if path.suffix == f".{Form.PARQUET}":
            opened = _Opened(stamp, seal.sha256, lines=list(lines_of(path)))
        self._opened[seal.file] = opened
        kept = KEPT_COUNT if opened.starts else UNPACKED_COUNT
        while len(self._opened) > kept:
            self._opened.popitem(last=False)
        return opened

    def _sealed(self, first: int, last: int) -> tuple[Seal, ...]:
        """Return the seals as they are now, because positions are to be read."""
        try:
            stamp = _stamp_of(self.directory / SEALS)
            if self._seals is None or self._seals[0] != stamp:
                seals = read_seals(self.directory, self._ledger)
                if faults := chain_faults(seals):
                    raise self._damage(first, last, SEALS, f"other seals: {faults[0].text}")
                self._seals = stamp, seals
        except OSError as error:
            raise self._damage(first, last, SEALS, error.strerror or str(error)) from error
        except SealError as error:
            raise self._damage(first, last, SEALS, str(error)) from error
        return self._seals[1]

    def _damage(self, first: int, last: int, where: str, found: str) -> SegmentError:
        return SegmentError(
            f"expected sealed positions {first} to {last} of ledger {self._ledger} in "
            f"{self.directory / where}, found {found} (put the file back from a copy; of a trimmed log "
            "`exchange-ledger log restore FILE` brings an export's events back into the server)"
        )


def _stamp_of(path: Path) -> _Stamp:
    found = path.stat()
    return _Stamp(found.st_mtime_ns, found.st_size, found.st_ino)
