"""Whether each stage of a ledger does its work, from what was found of it.

A stage is red if its process shows no sign of life, if it failed, if it lives and goes on to nothing
while entries wait, or if it is not there and something waits for it. It is told from outside: no stage
reports itself healthy.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, get_args

from schemas.health import Stage, StageHealth, StageState
from services.eventlog.connection import Client
from services.eventlog.observation import Observation, observe
from services.eventlog.readers import ReaderStatus
from services.eventlog.reports import ReportCounts, ReportQueue
from services.projection.store import ViewStore


STAGES: tuple[Stage, ...] = get_args(Stage)
#: How long entries may wait while a stage that runs goes on to none of them, in seconds.
STUCK_SECONDS = 5.0
#: Of the time after which an entry that a dead worker held is taken over, how much may pass until it is.
TAKEN_OVER_FACTOR = 2.0
#: What separates a stage's name from that of one of several readers, e.g. `ingest:<process>`.
SEPARATOR = ":"


class _Waiting(NamedTuple):
    # What waits for a stage: how many entries, and how old the oldest is, overall and of those that
    # somebody should have dealt with by now.
    entries: int
    oldest_seconds: float | None
    due_seconds: float


class LedgerSeen(NamedTuple):
    """How a ledger was found, and how many of its reports are where."""

    ledger: Observation
    reports: ReportCounts = ReportCounts(0, 0, 0)


async def look_at(client: Client, ledger: str) -> LedgerSeen:
    """Look at a ledger, its views and reports included.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    shown = await ViewStore(client, ledger).position()
    found, reports = await asyncio.gather(
        observe(client, ledger, reader="reconciliation", shown=shown or 0),
        ReportQueue(client, ledger).counts(),
    )
    return LedgerSeen(found, reports)


def stages_of(
    found: LedgerSeen,
    *,
    stale_after_ms: int,
    is_ours: Callable[[ReaderStatus], bool] = lambda _: True,
    required: Stage | None = None,
) -> tuple[StageHealth, ...]:
    """Judge every stage of a ledger, or the one that is required.

    Args:
        found: What was found of the ledger.
        stale_after_ms: Age at which a worker takes over what another one held.
        is_ours: Which readers count.
        required: The stage asked about, which must run even if nothing waits for it.
    """
    seen = found.ledger
    readers = {reader: status for reader, status in seen.readers.items() if is_ours(status)}
    found = found._replace(ledger=seen._replace(readers=readers))
    stages = STAGES if required is None else (required,)
    return tuple(
        _judge(stage, found, stale_after_ms=stale_after_ms, is_required=required is not None)
        for stage in stages
    )


def state_of_reader(reader: str, seen: Observation) -> StageState:
    """Return the state of one reader: what it said, or `silent` if its process does not live."""
    said = seen.readers[reader]
    beat = seen.heartbeats.get(reader)
    if said.state == "running" and (beat is None or beat.is_silent):
        return "silent"
    return said.state


def running_readers(part: str, seen: Observation) -> list[str]:
    """Return the readers of a part whose processes live."""
    return [
        reader
        for reader in seen.readers
        if stage_of_reader(reader) == part and state_of_reader(reader, seen) == "running"
    ]


def stage_of_reader(reader: str) -> str:
    """Return the stage that a reader is a process of.

    >>> stage_of_reader("ingest:a-host-812"), stage_of_reader("projection")
    ('ingest', 'projection')
    """
    return reader.partition(SEPARATOR)[0]


def _judge(
    stage: Stage, found: LedgerSeen, *, stale_after_ms: int, is_required: bool
) -> StageHealth:
    seen = found.ledger
    of_stage = [reader for reader in seen.readers if stage_of_reader(reader) == stage]
    # The latest first: statuses of processes that ended are kept for a while, and their errors may be mended.
    of_stage.sort(key=lambda reader: seen.readers[reader].at, reverse=True)
    states = {reader: state_of_reader(reader, seen) for reader in of_stage}
    running = [reader for reader, state in states.items() if state == "running"]
    waiting = _waiting_for(stage, found, running, stale_after_ms=stale_after_ms)
    state = _state_of(states.values(), is_stuck=_is_stuck(seen, running, waiting))
    is_idle = state in ("stopped", "missing") and not waiting.entries and not is_required
    ages = [beat.age_seconds for reader in states if (beat := seen.heartbeats.get(reader))]
    starts = [seen.readers[reader].starts or 0 for reader in states]
    healthy = state == "running" or is_idle
    return StageHealth(
        stage=stage,
        state=state,
        healthy=healthy,
        position=_position_of(stage, seen),
        lag=waiting.entries,
        oldest_waiting_seconds=_rounded(waiting.oldest_seconds),
        heartbeat_age_seconds=_rounded(min(ages, default=None)),
        processes=len(running),
        starts=max(starts, default=0) or None,
        reason=None if healthy else _reason(stage, state, seen, states, waiting),
        holder=seen.holders.get(stage),
    )


def _state_of(states: Collection[StageState], *, is_stuck: bool) -> StageState:
    """Return the state of a stage by those of its processes, the latest first."""
    if "running" in states:
        return "stuck" if is_stuck else "running"
    # Who is stopped after another one failed is stopped because of it; who is silent lived on.
    wrong = (state for state in states if state in ("failed", "silent"))
    return next(wrong, "stopped" if "stopped" in states else "missing")


def _is_stuck(seen: Observation, running: Sequence[str], waiting: _Waiting) -> bool:
    """Return whether none of the processes that live has gone on while entries were due."""
    return waiting.due_seconds > STUCK_SECONDS and all(
        _still_seconds(reader, seen) > STUCK_SECONDS for reader in running
    )


def _still_seconds(reader: str, seen: Observation) -> float:
    """Return how long a reader that lives has not gone on to another entry."""
    moved_ms, beat = seen.readers[reader].moved_ms, seen.heartbeats[reader]
    return 0.0 if moved_ms is None or beat is None else beat.seconds_since(moved_ms)


def _waiting_for(
    stage: Stage, found: LedgerSeen, running: Sequence[str], *, stale_after_ms: int
) -> _Waiting:
    seen = found.ledger
    match stage:
        case "ingest":
            due = _due_in_inbox(seen, running, stale_after_ms=stale_after_ms)
            return _Waiting(seen.inbox, seen.oldest_inbox, due)
        case "reconciliation":
            undecided = max(0, seen.log - seen.decided)
            return _in_log(undecided, seen.oldest_undecided)
        case "projection":
            unshown = max(0, seen.log - seen.shown)
            return _in_log(unshown, seen.oldest_unshown)
        case "drafting":
            # None of them is due: a model may take minutes for one, and a full queue of drafts holds all back.
            return _Waiting(found.reports.waiting, None, 0.0)
        case "api":
            return _Waiting(0, None, 0.0)


def _in_log(count: int, oldest: float | None) -> _Waiting:
    return _Waiting(count, oldest, oldest or 0.0) if count else _Waiting(0, None, 0.0)


def _due_in_inbox(seen: Observation, running: Sequence[str], *, stale_after_ms: int) -> float:
    """Return how long the inbox's entries have waited of those that a worker should have dealt with.

    What a dead worker held is due only when others should have taken it over.
    """
    living = {reader.partition(SEPARATOR)[2] for reader in running}
    taken_over = TAKEN_OVER_FACTOR * stale_after_ms / 1000
    held = [
        entry.idle_seconds
        for entry in seen.held
        if entry.consumer in living or entry.idle_seconds > taken_over
    ]
    return max([seen.oldest_unread or 0.0, *held])


def _position_of(stage: Stage, seen: Observation) -> int:
    return {
        "ingest": seen.log,
        "reconciliation": seen.decided,
        "projection": seen.shown,
        "drafting": seen.log,
        "api": seen.shown,
    }[stage]


def _reason(
    stage: Stage,
    state: StageState,
    seen: Observation,
    states: dict[str, StageState],
    waiting: _Waiting,
) -> str:
    """Return what is wrong with a stage, as a sentence."""
    waits = ""
    if waiting.entries:
        entries = "1 entry waits" if waiting.entries == 1 else f"{waiting.entries:,} entries wait"
        waits = f"; {entries}"
        if waiting.oldest_seconds is not None:
            waits += f", the oldest for {waiting.oldest_seconds:.0f} s"
    reader = next((reader for reader, found in states.items() if found == state), None)
    said = seen.readers[reader] if reader else None
    where = f"process {said.pid} on {said.host}" if said else ""
    match state:
        case "missing":
            return f"{stage} has never run{waits}"
        case "stopped":
            return f"{stage} was stopped ({where}){waits}"
        case "failed":
            error = said.error if said else None
            return f"{stage} failed at {said.entry if said else ''}: {error}{waits}"
        case "silent":
            beat = seen.heartbeats.get(reader) if reader else None
            since = f"for {beat.age_seconds:.0f} s" if beat else "for days"
            return f"{stage} shows no sign of life {since} ({where}){waits}"
        case _:
            reader = next(name for name, found in states.items() if found == "running")
            still = _still_seconds(reader, seen)
            return f"{stage} lives and has gone on to nothing for {still:.0f} s{waits}"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
