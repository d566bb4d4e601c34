"""Sealed segments: files that prove what stood in the log, each seal naming the one before."""

import json
from collections.abc import AsyncIterator, Iterable
from hashlib import sha256
from pathlib import Path

import pytest

from services.eventlog.port import Entry
from services.eventlog.segments import (
    SEALS,
    SealError,
    check_seals,
    compare,
    hash_of,
    read_seals,
    sealed_entries,
    sealing,
)


LEDGER = "rus-ukr"
ENTRIES = [Entry(position, b'{"position":%d}' % position) for position in range(1, 8)]


def seal(directory: Path, entries: Iterable[Entry], *, size: int = 3) -> None:
    with sealing(directory, LEDGER) as continued:
        for entry in entries:
            if entry.position > continued.last:
                continued.write(entry)
            if continued.count == size:
                continued.seal()
        continued.seal()


def faults_of(directory: Path) -> list[str]:
    return [fault.text for fault in check_seals(directory, read_seals(directory, LEDGER))]


async def lost(directory: Path, entries: Iterable[Entry]) -> list[tuple[int, str]]:
    async def read() -> AsyncIterator[Entry]:
        for entry in entries:
            yield entry

    seals = read_seals(directory, LEDGER)
    found = await compare(sealed_entries(directory, seals), read())
    return [(fault.position, fault.text) for fault in found]


def rewrite(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def test_segments_hold_the_log_in_order_and_their_seals_are_a_chain(tmp_path):
    seal(tmp_path, ENTRIES)

    seals = read_seals(tmp_path, LEDGER)
    assert [(one.first, one.last) for one in seals] == [(1, 3), (4, 6), (7, 7)]
    assert [one.previous for one in seals] == [None, hash_of(seals[0]), hash_of(seals[1])]
    files = [tmp_path / one.file for one in seals]
    assert sorted(tmp_path.iterdir()) == [*files, tmp_path / SEALS]
    assert b"".join(path.read_bytes() for path in files) == b"".join(
        entry.body + b"\n" for entry in ENTRIES
    )
    assert seals[0].sha256 == sha256(files[0].read_bytes()).hexdigest()
    last_line = (tmp_path / SEALS).read_bytes().splitlines()[-1]
    assert hash_of(seals[-1]) == sha256(last_line).hexdigest()
    assert list(sealed_entries(tmp_path, seals)) == ENTRIES
    assert faults_of(tmp_path) == []


def test_sealing_again_changes_nothing(tmp_path):
    seal(tmp_path, ENTRIES)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    seal(tmp_path, ENTRIES, size=2)

    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_sealing_goes_on_where_it_stopped(tmp_path):
    seal(tmp_path, ENTRIES[:4])
    before = {path: path.read_bytes() for path in tmp_path.glob("0*")}

    seal(tmp_path, ENTRIES)

    assert [(one.first, one.last) for one in read_seals(tmp_path, LEDGER)] == [
        (1, 3),
        (4, 4),
        (5, 7),
    ]
    assert {path: path.read_bytes() for path in before} == before
    assert faults_of(tmp_path) == []


def test_what_a_crash_left_behind_is_written_anew(tmp_path):
    seal(tmp_path, ENTRIES[:3])
    # Between the segment and its seal, and in the midst of a segment.
    (tmp_path / "000000000004.jsonl").write_bytes(b"half")
    (tmp_path / ".writing").write_bytes(b"half")

    seal(tmp_path, ENTRIES[:5])

    assert faults_of(tmp_path) == []
    assert list(sealed_entries(tmp_path, read_seals(tmp_path, LEDGER))) == ENTRIES[:5]


def test_a_fault_on_the_way_leaves_what_was_sealed_before(tmp_path):
    seal(tmp_path, ENTRIES[:3])

    with pytest.raises(SealError, match="expected position 4, found 5: the log has a gap"):
        seal(tmp_path, ENTRIES[4:])

    assert [one.last for one in read_seals(tmp_path, LEDGER)] == [3]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"position":2', b'"position":9', "with sha256"),
        (b'{"position":2}\n', b"", "with sha256"),
    ],
    ids=["changed", "removed"],
)
def test_a_changed_segment_is_found(tmp_path, old, new, said):
    seal(tmp_path, ENTRIES)

    rewrite(tmp_path / "000000000001.jsonl", old, new)

    [fault] = faults_of(tmp_path)
    assert said in fault


def test_a_missing_segment_is_found(tmp_path):
    seal(tmp_path, ENTRIES)

    (tmp_path / "000000000004.jsonl").unlink()

    assert faults_of(tmp_path) == ["expected 000000000004.jsonl, found No such file or directory"]


def test_a_segment_sealed_anew_breaks_the_chain(tmp_path):
    seal(tmp_path, ENTRIES)
    lines = (tmp_path / SEALS).read_text().splitlines()
    rewrite(tmp_path / "000000000001.jsonl", b"2}", b"9}")
    forged = json.loads(lines[0])
    forged["sha256"] = sha256((tmp_path / "000000000001.jsonl").read_bytes()).hexdigest()
    (tmp_path / SEALS).write_text("\n".join([json.dumps(forged), *lines[1:]]))

    [fault] = faults_of(tmp_path)

    assert fault.startswith("expected previous seal")


def test_a_missing_seal_is_found(tmp_path):
    seal(tmp_path, ENTRIES)
    lines = (tmp_path / SEALS).read_bytes().splitlines(keepends=True)
    (tmp_path / SEALS).write_bytes(lines[0] + lines[2])

    assert "expected a seal from position 4, found 7 to 7" in faults_of(tmp_path)


@pytest.mark.parametrize("text", ["nonsense\n", '{"ledger": "rus-ukr"}\n'])
def test_seals_that_are_none_are_refused(tmp_path, text):
    (tmp_path / SEALS).write_text(text)

    with pytest.raises(SealError, match="expected seals in"):
        seal(tmp_path, ENTRIES)


def test_seals_of_another_ledger_are_refused(tmp_path):
    seal(tmp_path, ENTRIES)

    with pytest.raises(SealError, match="expected seals of ledger other"):
        read_seals(tmp_path, "other")


def test_a_seal_names_no_file_elsewhere(tmp_path):
    seal(tmp_path, ENTRIES)
    rewrite(tmp_path / SEALS, b"000000000001.jsonl", b"../elsewhere.jsonl")

    with pytest.raises(SealError):
        read_seals(tmp_path, LEDGER)


def test_two_do_not_seal_at_once(tmp_path):
    with (
        sealing(tmp_path, LEDGER),
        pytest.raises(SealError, match="found another process"),
        sealing(tmp_path, LEDGER),
    ):
        raise AssertionError("the second one waits for nobody")


async def test_a_log_that_went_on_holds_what_was_sealed(tmp_path):
    seal(tmp_path, ENTRIES[:5])

    assert await lost(tmp_path, ENTRIES) == []


async def test_a_changed_a_lost_and_a_cut_off_event_are_found(tmp_path):
    seal(tmp_path, ENTRIES)
    changed = [ENTRIES[0], Entry(2, b"other"), *ENTRIES[3:5]]

    assert await lost(tmp_path, changed) == [
        (2, "the log holds another event than was sealed"),
        (3, "sealed, and no longer in the log"),
        (6, "sealed, and no longer in the log"),
        (7, "sealed, and no longer in the log"),
    ]
