"""Snapshots: quick starts that give what reading the whole log gives, and refusals of all others."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from io import StringIO
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from redis import Redis

from services.eventlog.chain import Head
from services.eventlog.port import NewEvent
from services.ledgers import load_ledger
from services.log_events.envelope import content_id
from services.runtime.beginnings import Beginnings
from services.runtime.reader_context import ProcessContext, ReaderContext
from services.runtime.settings import Settings
from services.runtime.snapshot_key import make_key, read_key
from services.runtime.snapshots import HEAD_BYTES, Snapshots, _refusal_of
from services.runtime.telemetry import set_up_logging
from tests.reconciliation.labelled_sets import FIRST_PERIOD
from tests.running import Server, Worker, own_server, running, wait_until
from tests.test_workers import is_projected, replayed, views


pytestmark = pytest.mark.redis

LEDGER = load_ledger("rus-ukr")
CLAIMS = list(FIRST_PERIOD.lines)
ROOT = f"exl:{{{LEDGER.name}}}"
PACKAGES = ["services.projection"]
PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def said() -> StringIO:
    """What is logged."""
    said = StringIO()
    set_up_logging("info", stream=said)
    return said


@pytest.fixture
async def process(server_url: str, tmp_path: Path) -> AsyncIterator[ProcessContext]:
    process = ProcessContext(
        Settings(redis_url=server_url, data_dir=tmp_path, snapshot_count=2), Beginnings()
    )
    yield process
    await process.close()


@pytest.fixture
async def context(process: ProcessContext, ledger: str, client: Any) -> ReaderContext:
    """A reader whose log holds three events; `client` removes them afterwards."""
    configuration = LEDGER.model_copy(update={"name": ledger})
    context = ReaderContext("projection", "projection", configuration, process)
    await context.log.append(
        [NewEvent(content_id(ledger, str(number)), b'{"n":%d}' % number) for number in range(3)]
    )
    return context


def snapshots(context: ReaderContext, packages: list[str] = PACKAGES) -> Snapshots:
    return Snapshots(context, "projection", packages)


def the_file(tmp_path: Path) -> Path:
    [path] = (tmp_path / "snapshots").glob("*.snapshot")
    return path


def the_key(tmp_path: Path) -> Path:
    return tmp_path / "snapshots" / "key"


async def test_a_state_is_kept_once_enough_events_came_and_given_back(context, tmp_path):
    taken = snapshots(context)
    assert await taken.read() is None

    await taken.take_if_due(1, {"figures": 1})
    assert not (tmp_path / "snapshots").exists()
    await taken.take_if_due(2, {"figures": 2})
    await taken.take_if_due(3, {"figures": 3})

    assert await snapshots(context).read() == (2, {"figures": 2})
    assert the_file(tmp_path).stat().st_mode & 0o777 == 0o600


async def test_a_state_is_kept_as_it_stood_while_its_reader_goes_on(context, tmp_path, said):
    taken, state = snapshots(context), {"figures": 2}

    await taken.take_in_background_if_due(2, state)
    state["figures"] = 3
    while '"snapshot.taken"' not in said.getvalue():
        # Asked at every batch; meanwhile no second one is begun.
        await taken.take_in_background_if_due(3, state)

    assert await snapshots(context).read() == (2, {"figures": 2})
    assert {path.name for path in (tmp_path / "snapshots").iterdir()} == {
        the_file(tmp_path).name,
        "key",
    }


async def test_a_state_that_is_kept_is_said_so_without_a_further_batch(context, tmp_path, said):
    await snapshots(context).take_in_background_if_due(2, {"figures": 2})

    await asyncio.to_thread(wait_until, lambda: '"snapshot.taken"' in said.getvalue())

    assert await snapshots(context).read() == (2, {"figures": 2})


async def test_a_state_that_cannot_be_kept_is_said_so_once_and_the_reader_goes_on(
    context, tmp_path, said
):
    taken = snapshots(context)

    await taken.take_in_background_if_due(2, lambda: None)
    while '"snapshot.failed"' not in said.getvalue():
        await taken.take_in_background_if_due(3, lambda: None)
    await taken.take_in_background_if_due(3, lambda: None)

    assert said.getvalue().count("snapshot.failed") == 1
    assert list((tmp_path / "snapshots").iterdir()) == [the_key(tmp_path)]


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[HEAD_BYTES + 5] ^= 1
    path.write_bytes(content)


def open_to_others(path: Path) -> None:
    path.chmod(0o666)


def with_head(path: Path, **changes: object) -> None:
    content = path.read_bytes()
    head = json.loads(content[:HEAD_BYTES]) | changes
    path.write_bytes(json.dumps(head).encode().ljust(HEAD_BYTES) + content[HEAD_BYTES:])


def at_another_position(path: Path) -> None:
    with_head(path, position=3)


def unsigned(path: Path) -> None:
    with_head(path, signature="")


def signed_by_another(path: Path) -> None:
    """As somebody would who may write here and read all that a snapshot's file holds."""
    path.with_name("key").unlink()
    make_key(path.parent)


def without_a_key(path: Path) -> None:
    path.with_name("key").unlink()


def with_a_key_that_others_read(path: Path) -> None:
    path.with_name("key").chmod(0o644)


def with_half_a_key(path: Path) -> None:
    path.with_name("key").write_bytes(b"half")


def in_a_directory_that_others_write(path: Path) -> None:
    path.parent.chmod(0o777)


def empty(path: Path) -> None:
    path.write_bytes(b"")


SPOILT: dict[Callable[[Path], None], str] = {
    damage: "the file is damaged, or others wrote it",
    open_to_others: "others may have written the file",
    at_another_position: "the file is damaged, or others wrote it",
    unsigned: "the file is damaged, or others wrote it",
    signed_by_another: "the file is damaged, or others wrote it",
    without_a_key: "No such file",
    with_a_key_that_others_read: "with mode 0600, found 0644: others may have put something there",
    with_half_a_key: "expected 32 bytes in ",
    in_a_directory_that_others_write: "with mode 0755, found 0777",
    empty: "the file has no head",
}


@pytest.mark.parametrize("spoil", SPOILT)
async def test_a_snapshot_that_may_be_wrong_is_left_aside(
    context, tmp_path, said, spoil: Callable[[Path], None]
):
    await snapshots(context).take_if_due(2, "state")

    spoil(the_file(tmp_path))

    assert await snapshots(context).read() is None
    [line] = [line for line in said.getvalue().splitlines() if "snapshot.refused" in line]
    assert SPOILT[spoil] in json.loads(line)["error"]


async def test_a_snapshot_of_another_log_is_left_aside(context, client, tmp_path, said):
    await snapshots(context).take_if_due(2, "state")

    await client.delete(f"exl:{{{context.ledger.name}}}:log")

    assert await snapshots(context).read() is None
    assert "the log holds another event at position 2, or none" in said.getvalue()


async def test_a_snapshot_from_before_words_were_erased_is_deleted(context, tmp_path, said):
    await snapshots(context).take_if_due(2, "a state with a name in it")
    last = Head(3, str(await context.log.chain_at(3)))
    told = NewEvent(content_id(context.ledger.name, "told"), b"{}")
    await context.log.erase(told, {1: b'{"n":0}'}, last=last)

    assert await snapshots(context).read() is None

    assert list((tmp_path / "snapshots").glob("*.snapshot")) == []
    assert "taken before words were erased" in said.getvalue()
    await snapshots(context).take_if_due(4, "a state without")
    kept = await snapshots(context).read()
    assert kept is not None
    assert kept.state == "a state without"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
async def test_a_directory_of_somebody_elses_is_neither_read_nor_written(context, tmp_path, said):
    await snapshots(context).take_if_due(2, "state")
    os.chown(tmp_path / "snapshots", 12_345, -1)

    assert await snapshots(context).read() is None
    await snapshots(context).take_if_due(3, "state")

    refused, failed = (json.loads(line) for line in said.getvalue().splitlines()[-2:])
    assert (refused["event"], failed["event"]) == ("snapshot.refused", "snapshot.failed")
    assert "to belong to user 0, found user 12345" in refused["error"]
    assert refused["error"] == failed["error"]


async def test_where_no_key_can_be_made_no_child_is_begun_and_the_reason_is_logged_once(
    context, tmp_path, said
):
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots").chmod(0o777)
    taken = snapshots(context)

    await taken.take_in_background_if_due(2, "state")
    await taken.take_in_background_if_due(3, "state")

    [line] = said.getvalue().splitlines()
    assert "with mode 0755, found 0777" in json.loads(line)["error"]
    assert list((tmp_path / "snapshots").iterdir()) == []


async def test_other_code_or_another_configuration_does_not_take_a_snapshot_over(context, process):
    await snapshots(context).take_if_due(2, "state")

    assert await snapshots(context, ["services.reconciliation"]).read() is None
    other = context.ledger.model_copy(update={"policy": "another"})
    assert await snapshots(ReaderContext("projection", "projection", other, process)).read() is None


class Marker:
    """A state that makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


async def test_nothing_of_a_snapshot_by_other_code_or_by_others_is_unpickled(
    context, tmp_path, said
):
    unpickled = tmp_path / "unpickled"
    await snapshots(context).take_if_due(2, Marker(unpickled))
    path = the_file(tmp_path)
    taken = path.read_bytes()

    for changes, reason in (
        ({"code": "0" * 64}, "taken by other code"),
        ({"signature": "0" * 64}, "others wrote it"),
    ):
        path.write_bytes(taken)
        with_head(path, **changes)
        assert await snapshots(context).read() is None
        assert reason in said.getvalue()
        assert not unpickled.exists()

    path.write_bytes(taken)
    await snapshots(context).read()
    assert unpickled.exists()


#: Run in a copy of the tree: print the code of a state, then that after each named file was changed.
CODE_AFTER_EACH_CHANGE = """
import sys
from pathlib import Path
from services.runtime.snapshots import _code_of, _digest_of_sources

configuration, package, *names = sys.argv[1:]
print(_code_of([package], configuration))
for name in names:
    with Path(name).open("a") as file:
        file.write("# changed")
    # A process that runs goes on with the code it was started with.
    _digest_of_sources.cache_clear()
    print(_code_of([package], configuration))
"""
STATE_DEPENDS_ON = [
    "schemas/claim.py",
    "services/log_events/envelope.py",
    "services/log_events/identities.py",
    "services/runtime/lazy_dict.py",
    "services/projection/fold.py",
]


def code_after_each_change(tree: Path, configuration: str, names: list[str]) -> list[str]:
    for package in ("schemas", "services"):
        copytree(PROJECT / package, tree / package, ignore=ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", CODE_AFTER_EACH_CHANGE, configuration, *PACKAGES, *names],
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


async def test_a_changed_shape_of_the_log_refuses_a_snapshot(context, tmp_path):
    await snapshots(context).take_if_due(2, "state")
    configuration = context.ledger.model_dump_json()

    same, *changed = code_after_each_change(tmp_path / "tree", configuration, STATE_DEPENDS_ON)

    key = read_key(tmp_path / "snapshots")
    with the_file(tmp_path).open("rb") as file:
        assert _refusal_of(file, same, key)[0] == ""
        for code in changed:
            file.seek(0)
            assert (
                _refusal_of(file, code, key)[0]
                == "taken by other code or under another configuration"
            )
    assert len({same, *changed}) == 1 + len(STATE_DEPENDS_ON)


async def test_a_snapshot_stays_good_when_code_changes_that_no_state_depends_on(context, tmp_path):
    configuration = context.ledger.model_dump_json()

    same, changed = code_after_each_change(
        tmp_path / "tree", configuration, ["services/queries/history.py"]
    )

    assert changed == same


@pytest.mark.e2e
def test_workers_go_on_from_their_snapshots_as_if_they_had_read_the_log(tmp_path):
    with own_server() as server:
        server.start()
        assert take_in(CLAIMS[:500], server, tmp_path) == [0, 0, 0]
        assert take_in(CLAIMS[500:], server, tmp_path) == [0, 1, 1]
        assert views(server.url) == replayed()


@pytest.mark.e2e
def test_workers_that_are_killed_go_on_from_the_snapshots_taken_while_they_ran(tmp_path):
    with own_server() as server:
        server.start()
        take_in(CLAIMS[:500], server, tmp_path, end=Worker.kill)
        assert take_in(CLAIMS[500:], server, tmp_path) == [0, 1, 1]
        assert views(server.url) == replayed()


def take_in(
    claims: list[bytes],
    server: Server,
    data_dir: Path,
    *,
    end: Callable[[Worker], object] = Worker.stop,
) -> list[int]:
    """Let three workers deal with claims; give how many snapshots each read at its start.

    Args:
        claims: What to publish.
        server: Where.
        data_dir: Where snapshots are.
        end: How the workers end.
    """
    redis: Any = Redis.from_url(server.url)
    before = redis.xlen(f"{ROOT}:log")
    workers = [
        Worker(name, server.url, data_dir=data_dir, snapshot_count=1, batch_count=100)
        for name in ("ingest", "reconciliation", "projection")
    ]
    with running(workers):
        for claim in claims:
            redis.xadd(f"{ROOT}:inbox", {"event": claim})
        wait_until(lambda: redis.xlen(f"{ROOT}:log") > before + len(claims) and is_projected(redis))
        if end is Worker.kill:
            # The ones that follow the log have one of some batch by then, or have it soon.
            for worker in workers[1:]:
                wait_until(partial(worker.log, "snapshot.taken"))
        assert [end(worker) for worker in workers] in ([0, 0, 0], [None, None, None])
        redis.close()
        return [len(worker.log("snapshot.read")) for worker in workers]
