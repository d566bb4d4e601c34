"""Every query of `docs/cold-data.md` runs on a directory of segments, and the proofs find what was altered."""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.eventlog.chain import split
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import Entry, NewEvent
from services.eventlog.redis_log import linked
from services.eventlog.sealed_events import SealedEvents, SegmentError
from services.eventlog.segment_files import Form, UnreadableSegmentError, lines_of, write_as_parquet
from services.eventlog.segments import check_seals, read_seals, sealing
from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.cli.running import SEED
from tests.test_docs import read


duckdb = pytest.importorskip("duckdb")

LEDGER = "rus-ukr"
PAGE = read("docs/cold-data.md")
QUERIES = re.findall(r"^```sql\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def entries() -> list[Entry]:
    """A log with salts, words of which were erased."""
    bodies = replay(SEED.read_bytes().splitlines(), ledger=load_ledger(LEDGER)).log.bodies()
    salt = "0123456789abcdef" * 2
    parts = [part._replace(salt=salt) for part in map(split, bodies) if part]
    log = MemoryEventLog()
    events = [NewEvent(f"{number:032x}", part.content, part) for number, part in enumerate(parts)]
    head = log.append_now(events)
    assert len(linked(events).digests) == head.last
    left = {2: parts[1].content.replace(b"Ukraine", b"[erased]")}

    async def erase() -> list[Entry]:
        last = head.before._replace(position=head.last, chain=head.chain)
        await log.erase(NewEvent("f" * 32, b'{"id":"f","type":"x"}'), left, last=last)
        return list(await log.read(after=0, limit=head.last + 1))

    return asyncio.run(erase())


@pytest.fixture
def directory(entries, tmp_path, monkeypatch) -> Path:
    """Segments of it as Parquet, and beside them the same as lines."""
    place: Path = tmp_path / "sealed" / LEDGER
    place.parent.mkdir()
    for form in (Form.LINES, Form.PARQUET):
        with sealing(place, LEDGER, form=form) as continued:
            for entry in entries:
                continued.write(entry)
                if continued.count == 4:
                    continued.seal()
            continued.seal()
        if form is Form.LINES:
            (place / "seals.jsonl").unlink()
    monkeypatch.chdir(tmp_path)
    return place


def answers(query: str) -> Sequence[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return list(connection.execute(query).fetchall())


def test_every_query_runs_and_the_proofs_find_nothing(directory, entries):
    kinds, claims, policies, lines, chain, seals = map(answers, QUERIES)

    assert sum(row[-1] for row in kinds) == sum(row[-1] for row in lines) == len(entries)
    assert ("Dmytro Lubinets", "returned", 230) in [row[:3] for row in claims]
    assert [row[0] for row in policies] == [load_ledger(LEDGER).policy]
    assert (chain, seals) == ([], [])


def test_what_was_altered_or_left_out_is_found_by_sql_alone(directory):
    second, third = sorted(directory.glob("0*.parquet"))[1:3]
    table = pq.read_table(second)
    at = table.column_names.index("content")
    content = table.column(at).to_pylist()
    content[1] = content[1].replace("2024", "2023", 1)
    pq.write_table(table.set_column(at, table.field(at), pa.array(content)), second)
    third.unlink()

    assert [row[0] for row in answers(QUERIES[4])] == [6, 13]
    lines = (directory / "seals.jsonl").read_text().splitlines()
    (directory / "seals.jsonl").write_text("\n".join([*lines[:2], *lines[3:]]) + "\n")
    assert [row[0] for row in answers(QUERIES[5])] == [13]


def test_parquet_gives_every_line_back_and_its_seals_prove_it(directory, entries):
    seals = read_seals(directory, LEDGER)

    assert check_seals(directory, seals) == []
    kept = [line for seal in seals for line in lines_of(directory / seal.file)]
    assert kept == [entry.body for entry in entries]
    assert [seal.lines for seal in seals] == [
        seal.sha256 for seal in seals_of_lines(directory, entries)
    ]


def seals_of_lines(directory: Path, entries: Sequence[Entry]) -> Any:
    place = directory.parent / "lines"
    with sealing(place, LEDGER) as continued:
        for entry in entries:
            continued.write(entry)
            if continued.count == 4:
                continued.seal()
        continued.seal()
        return continued.seals


def test_what_no_log_stored_is_not_written_as_parquet(tmp_path):
    lines = tmp_path / "lines.jsonl"
    for line in (b'{"hello":"world"}', b'{"position":1,"chain":"' + b"0" * 40 + b'","half":'):
        lines.write_bytes(line + b"\n")
        with pytest.raises(UnreadableSegmentError, match="expected"):
            write_as_parquet(lines, tmp_path / "made.parquet")


def test_without_the_library_a_segment_is_refused_and_the_extra_named(directory, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(
        SegmentError, match=r"000000000001\.parquet, found expected the extra `parquet`"
    ):
        SealedEvents(directory, LEDGER).between(1, 2)
