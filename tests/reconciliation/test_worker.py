"""Two reconciliations on one real server: what one has decided anew the other does not decide again."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from schemas.events import EVENTS
from services.eventlog.keys import keys_of
from services.eventlog.port import (
    Advance,
    Appended,
    LogDamagedError,
    LogShortenedError,
    NewEvent,
)
from services.eventlog.redis_log import RedisEventLog
from services.queries.history import changes_in
from services.reconciliation.worker import READER, Reconciliation
from services.runtime.beginnings import Beginnings
from services.runtime.reader_context import ProcessContext, ReaderContext
from services.runtime.settings import Settings
from services.runtime.telemetry import set_up_logging
from tests.reconciliation.given import LEDGER
from tests.running import PATIENCE_SECONDS
from tests.test_stored_events import DECIDED_BEFORE


pytestmark = pytest.mark.redis


class MeetingLog(RedisEventLog):
    """The real log, where the first two who append events wait for each other."""

    met = 0

    async def append(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        self.met += bool(events)
        if events and self.met <= self.barrier.parties:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.barrier.wait()
        return await super().append(events, advance)

    @cached_property
    def barrier(self) -> asyncio.Barrier:
        return asyncio.Barrier(2)


@pytest.fixture
async def place(server_url: str, tmp_path: Path) -> AsyncIterator[ProcessContext]:
    set_up_logging("info", stream=StringIO())
    place = ProcessContext(Settings(redis_url=server_url, data_dir=tmp_path), Beginnings())
    yield place
    await place.close()


@pytest.fixture
async def line(place: ProcessContext, ledger: str, client: Any) -> ReaderContext:
    """A line whose log was decided under a past policy to its end; `client` removes it afterwards."""
    line = ReaderContext(READER, READER, LEDGER.model_copy(update={"name": ledger}), place)
    events = [
        NewEvent(json.loads(body)["id"], b"{" + body.partition(b",")[2]) for body in DECIDED_BEFORE
    ]
    await line.log.append(events, Advance(READER, expected=0, position=len(events)))
    return line


async def test_two_that_start_together_on_a_log_of_a_past_policy_decide_it_anew_once(line):
    line.log = MeetingLog(line.client, line.ledger.name)
    one, other = Reconciliation(line), Reconciliation(line)

    await asyncio.gather(one.open(), other.open())

    entries = await line.log.read(after=len(DECIDED_BEFORE), limit=1_000)
    events = [EVENTS.validate_json(entry.body) for entry in entries]
    figures = [change.figure for event in events for change in changes_in(event)]
    assert len(figures) == len(set(figures)) == 4
    await Reconciliation(line).open()
    assert await line.log.last_position() == len(DECIDED_BEFORE) + len(events)


class LateLog(RedisEventLog):
    """The real log, whose checkpoint is first answered as it was before a shorter log came back."""

    answers = 1

    async def checkpoint(self, reader: str) -> int:
        self.answers -= 1
        return await super().checkpoint(reader) + 7 * (self.answers >= 0)


async def test_a_checkpoint_of_a_log_that_has_gone_makes_reconciliation_begin_anew(line):
    line.log = LateLog(line.client, line.ledger.name)

    with pytest.raises(LogShortenedError):
        await Reconciliation(line).open()

    await Reconciliation(line).open()


class ReturningLog(RedisEventLog):
    """The real log, whose checkpoint is answered by a log that was lost; another process decides before this one goes on."""

    answered_before = 0
    other: Reconciliation | None = None

    async def checkpoint(self, reader: str) -> int:
        answered, self.answered_before = self.answered_before, 0
        return answered or await super().checkpoint(reader)

    async def append(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        other, self.other = self.other, None
        if other is not None:
            await other.open()
        return await super().append(events, advance)


@pytest.mark.parametrize("is_decided_meanwhile", [False, True])
async def test_claims_are_not_decided_because_a_checkpoint_of_a_lost_log_says_so(
    place, ledger, client, is_decided_meanwhile
):
    configuration = LEDGER.model_copy(update={"name": ledger})
    one, other = (ReaderContext(READER, READER, configuration, place) for _ in range(2))
    claims = [body for body in DECIDED_BEFORE if b'"type":"claim.recorded"' in body]
    events = [NewEvent(json.loads(body)["id"], b"{" + body.partition(b",")[2]) for body in claims]
    await other.log.append(events)
    log = one.log = ReturningLog(one.client, ledger)
    log.answered_before = len(claims)
    reconciliation = Reconciliation(one)

    if not is_decided_meanwhile:
        with pytest.raises(LogShortenedError):
            await reconciliation.open()
        return
    log.other = Reconciliation(other)
    await reconciliation.open()
    # All that the other one decided was read.
    assert reconciliation.position == await log.last_position() > len(claims)


async def test_a_checkpoint_beyond_the_log_is_refused_with_the_command_that_mends_it(line):
    await line.client.hset(keys_of(line.ledger.name).checkpoints, READER, 99)

    with pytest.raises(LogDamagedError, match=r"found it at 99 \(`exchange-ledger log repair`"):
        await Reconciliation(line).open()


async def test_a_checkpoint_that_went_back_alone_is_noticed_with_the_next_heartbeat(line):
    await Reconciliation(line).open()
    await line.history.confirm()
    await line.client.hset(keys_of(line.ledger.name).checkpoints, READER, 1)

    with pytest.raises(LogShortenedError):
        await line.history.confirm()


async def test_a_snapshot_of_claims_that_are_not_decided_in_this_log_is_not_used(line):
    checkpoints = keys_of(line.ledger.name).checkpoints
    await Reconciliation(line).open()
    last = await line.log.last_position()
    content = b"{" + DECIDED_BEFORE[0].partition(b",")[2]
    known = json.loads(content)["id"]
    claim = content.replace(known.encode(), b"f" * 32).replace(b'"id":"c1"', b'"id":"another"')
    claim = claim.replace(b"2024-01-03", b"2024-05-31")
    await line.log.append([NewEvent("f" * 32, claim)])
    # So it was in a log that has gone.
    line.settings = line.settings.model_copy(update={"snapshot_count": 1})
    await line.client.hset(checkpoints, READER, last + 1)
    await Reconciliation(line).open()
    assert await line.log.last_position() == last + 1

    await line.client.hset(checkpoints, READER, last)
    await Reconciliation(line).open()

    assert await line.log.last_position() > last + 1
