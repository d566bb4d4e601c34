"""What was seen so far, in a file of its own: which addresses, what stood there, and what is still to be sent.

SQLite, held by one run at a time. Of an address whose words were erased a digest is left, so that it is read no
second time. A report is written down in the same step as the text it was made of, and
leaves only when it was handed on, so that a run that is killed loses none.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

from schemas.report import SentReport


PageState = Literal["new", "read", "gone", "forbidden", "failed"]
_TABLES = """
CREATE TABLE IF NOT EXISTS pages (
  url TEXT PRIMARY KEY, source TEXT NOT NULL, outlet TEXT, lang TEXT, published TEXT, found_at TEXT NOT NULL,
  next_at TEXT, state TEXT NOT NULL DEFAULT 'new', tries INTEGER NOT NULL DEFAULT 0,
  validators TEXT NOT NULL DEFAULT '{}', text TEXT, sketch BLOB, quoted_from TEXT, reason TEXT
);
CREATE INDEX IF NOT EXISTS pages_due ON pages (source, next_at);
CREATE INDEX IF NOT EXISTS pages_found ON pages (found_at);
CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS erased (digest BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_COLUMNS = "url, source, outlet, lang, published, next_at, state, tries, validators, text"


class ScrapeRunningError(Exception):
    """Another run holds the file."""


class SeenPage(NamedTuple):
    """An address that was found, and what is known of it.

    Attributes:
        url: It.
        source: Where it was found.
        outlet: Who publishes it, null for the host's name.
        lang: Its language, null for that of the page.
        published: The day it came out, null if only the page itself says.
        next_at: When it is looked at next, null for never.
        state: What became of it.
        tries: How often it was tried in vain, or read, since it last changed.
        validators: What is sent along when it is asked again.
        text: What stood there last, null if it was not read.
    """

    url: str
    source: str
    outlet: str | None
    lang: str | None
    published: date | None
    next_at: datetime | None
    state: PageState
    tries: int
    validators: Mapping[str, str]
    text: str | None


class UnreadPage(NamedTuple):
    """An address that could not be read.

    Attributes:
        url: It.
        state: `new` while it is tried, and what became of it then.
        reason: Why.
        next_at: When it is tried again, null for never.
    """

    url: str
    state: PageState
    reason: str
    next_at: str | None


class HeldWords(NamedTuple):
    """What holds some words.

    Attributes:
        urls: Addresses that do, or where they stood.
        numbers: Reports that are still to be handed on.
    """

    urls: tuple[str, ...]
    numbers: tuple[int, ...]


class Likened(NamedTuple):
    """A text that another one may be a copy of."""

    outlet: str
    sketch: bytes
    quoted_from: str | None


def state_file(data_dir: Path, ledger: str) -> Path:
    """Return where the file of a ledger lies in the data directory."""
    return data_dir / "scrape" / f"{ledger}.sqlite"


class ScrapeState:
    """The file, opened; a context manager that closes it."""

    def __init__(self, path: Path) -> None:
        """Open the file, and hold it.

        Raises:
            ScrapeRunningError: Another run does.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._file.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._file.execute("BEGIN EXCLUSIVE")
            self._file.execute("COMMIT")
            self._file.executescript(_TABLES)
        except sqlite3.OperationalError as error:
            self._file.close()
            raise ScrapeRunningError(
                f"expected {path} for this run alone, found it in use ({error})"
            ) from None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()

    def note_found(self, pages: Iterator[SeenPage], *, now: datetime) -> int:
        """Note addresses that are not known yet, nor erased; return how many."""
        before = self._file.total_changes
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO pages (url, source, outlet, lang, published, found_at, next_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO NOTHING",
            (
                (
                    one.url,
                    one.source,
                    one.outlet,
                    one.lang,
                    _written(one.published),
                    *[_at(now)] * 2,
                )
                for one in pages
                if not self.is_erased(one.url)
            ),
        )
        self._file.execute("COMMIT")
        return self._file.total_changes - before

    def is_erased(self, url: str) -> bool:
        """Return whether what stood at an address was erased."""
        query = "SELECT 1 FROM erased WHERE digest = ?"
        return self._file.execute(query, (_digest(url),)).fetchone() is not None

    def holding(self, is_in: Callable[[str], bool]) -> HeldWords:
        """Return what holds some words, by whether a text or an address does."""
        pages = self._file.execute("SELECT url, text, outlet, quoted_from, reason FROM pages")
        urls = tuple(
            url for url, *texts in pages if any(is_in(one) for one in (url, *texts) if one)
        )
        reports = self._file.execute("SELECT number, report FROM outbox")
        numbers = tuple(
            number
            for number, report in reports
            if any(is_in(one) for one in json.loads(report).values() if isinstance(one, str))
        )
        return HeldWords(urls, numbers)

    def erase(self, held: HeldWords) -> None:
        """Take out for good what holds some words; their addresses are not read again."""
        self._file.execute("PRAGMA secure_delete=ON")
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT OR IGNORE INTO erased VALUES (?)", ((_digest(url),) for url in held.urls)
        )
        self._file.executemany("DELETE FROM pages WHERE url = ?", ((url,) for url in held.urls))
        self._file.executemany("DELETE FROM outbox WHERE number = ?", ((n,) for n in held.numbers))
        self._file.execute("COMMIT")
        # Written anew, so that free pages hold nothing from before either.
        self._file.execute("VACUUM")

    def due(self, source: str, *, now: datetime, limit: int) -> list[SeenPage]:
        """Return the addresses of a source that are to be looked at, those first that never were."""
        rows = self._file.execute(
            f"SELECT {_COLUMNS} FROM pages WHERE source = ? AND next_at <= ?"  # noqa: S608  # nosec B608  ours
            " ORDER BY state != 'new', next_at, url LIMIT ?",
            (source, _at(now), limit),
        )
        return [_page(row) for row in rows]

    def due_count(self, source: str, *, now: datetime) -> int:
        """Return how many there are."""
        query = "SELECT count(*) FROM pages WHERE source = ? AND next_at <= ?"
        return int(self._file.execute(query, (source, _at(now))).fetchone()[0])

    def get(self, url: str) -> SeenPage | None:
        """Return what is known of an address, null for nothing."""
        query = f"SELECT {_COLUMNS} FROM pages WHERE url = ?"  # noqa: S608  # nosec B608  ours
        row = self._file.execute(query, (url,)).fetchone()
        return _page(row) if row else None

    def likened(self, *, since: datetime, limit: int) -> list[Likened]:
        """Return the texts found since a time, the first found first."""
        rows = self._file.execute(
            "SELECT outlet, sketch, quoted_from FROM pages"
            " WHERE found_at >= ? AND sketch IS NOT NULL AND outlet IS NOT NULL"
            " ORDER BY found_at DESC, rowid DESC LIMIT ?",
            (_at(since), limit),
        )
        return [Likened(*row) for row in rows][::-1]

    def note_read(self, page: SeenPage, report: SentReport | None, sketch: bytes) -> None:
        """Note what stands at an address now, and the report to be handed on if there is one, in one step."""
        self._file.execute("BEGIN")
        self._write(page, reason=None)
        if report is not None:
            self._file.execute(
                "UPDATE pages SET sketch = ?, quoted_from = ? WHERE url = ?",
                (sketch or None, report.quoted_from, page.url),
            )
            self._file.execute(
                "INSERT INTO outbox (report) VALUES (?)",
                (report.model_dump_json(exclude_none=True),),
            )
        self._file.execute("COMMIT")

    def note_failed(self, page: SeenPage, reason: str) -> None:
        """Note why an address was not read, and when it is tried again."""
        self._write(page, reason=reason)

    def _write(self, page: SeenPage, *, reason: str | None) -> None:
        self._file.execute(
            "UPDATE pages SET outlet = ?, published = ?, next_at = ?, state = ?, tries = ?,"
            " validators = ?, text = ?, reason = ? WHERE url = ?",
            (
                *(page.outlet, _written(page.published), _at(page.next_at), page.state, page.tries),
                *(json.dumps(dict(page.validators)), page.text, reason, page.url),
            ),
        )

    def outbox(self, limit: int) -> list[tuple[int, SentReport]]:
        """Return reports that are to be handed on, in order."""
        rows = self._file.execute(
            "SELECT number, report FROM outbox ORDER BY number LIMIT ?", (limit,)
        )
        return [(number, SentReport.model_validate_json(report)) for number, report in rows]

    def outbox_count(self) -> int:
        """Return how many there are."""
        return int(self._file.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def handed_on(self, numbers: list[int]) -> None:
        """Take reports out that were handed on."""
        self._file.execute("BEGIN")
        self._file.executemany("DELETE FROM outbox WHERE number = ?", ((one,) for one in numbers))
        self._file.execute("COMMIT")

    def faults(self) -> Iterator[UnreadPage]:
        """Yield the addresses that could not be read the last time."""
        rows = self._file.execute(
            "SELECT url, state, reason, next_at FROM pages WHERE reason IS NOT NULL ORDER BY url"
        )
        yield from (UnreadPage(*row) for row in rows)


def _page(
    row: tuple[
        str, str, str | None, str | None, str | None, str | None, PageState, int, str, str | None
    ],
) -> SeenPage:
    url, source, outlet, lang, published, next_at, state, tries, validators, text = row
    return SeenPage(
        url,
        source,
        outlet,
        lang,
        date.fromisoformat(published) if published else None,
        datetime.fromisoformat(next_at) if next_at else None,
        state,
        tries,
        json.loads(validators),
        text,
    )


def _digest(url: str) -> bytes:
    return sha256(url.encode()).digest()


def _at(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
