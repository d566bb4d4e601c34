"""Histories of the whole pipeline, made by chance and checked at every step; a seed makes the same one again.

    python -m tests.failure.simulation --histories 1000 --seed 1
    python -m tests.failure.simulation --only 4711

In a history a few publishers send claims and retractions, some twice and none in order, to up to two
workers of each kind; an operator judges, and acknowledges losses; a timer seals the log and trims it. Whose
command is carried out next is chance. Processes are killed between any two of their commands, frozen, stopped
and started; answers come late, or are lost; the server goes back to an earlier moment, with all it held, and
sometimes once more, to the moment before that was told. Then everything runs in peace, publishers repeat what they had been told was taken, and the
end is compared with the log.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from asyncio import events
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any, NamedTuple

from benchmarks.load import make_claims
from services.eventlog.chain import chain_of
from services.eventlog.port import BeginAnewError
from services.log_events.envelope import recorded_id
from tests.failure.invariants import LogInvariants, check_end, check_noted, check_trimmed
from tests.failure.simulated_clients import TICKS, in_memory
from tests.failure.simulated_operator import SimulatedOperator
from tests.failure.simulated_processes import (
    OWNER,
    BrokenError,
    SimulatedContext,
    SimulatedProcess,
    Waiting,
)
from tests.failure.simulated_server import SimulatedServer, State
from tests.failure.simulated_trimming import SimulatedTrimming


#: Claims that histories are made of.
POOL_COUNT = 60
#: How likely each thing is at a step. A publisher is as likely as a command.
KILL, FREEZE, STOP, GO_BACK = 0.012, 0.01, 0.004, 0.004
PUBLISH, REPEAT = 0.06, 0.2
#: How likely it is that a process begins that seals and trims, where none runs.
TRIM = 0.015
#: Judgements, and losses acknowledged. Of the claims, how many are retracted.
JUDGE, TAKE_NOTE, RETRACT = 0.02, 0.01, 0.15
#: How likely it is that a server which goes back loses what was told of its last loss, and little else.
LOSE_RECORD = 0.5
#: How much less likely a command is that a process gives when it has nothing else to do.
IDLE_WEIGHT = 0.12
#: Steps of the first, restless part, and most steps of the second.
RESTLESS_STEPS, CALM_STEPS_MAX = 260, 6_000
#: How often a server goes back in one history, at most.
GO_BACK_MAX = 3
#: Histories that a process of the long run is given at a time, and after which it frees what it cannot by itself.
COLLECT_COUNT = 200


class Told(NamedTuple):
    """How one history went.

    Attributes:
        seed: Makes it again.
        steps: How many there were.
        events: In the log at the end.
        kills: Workers killed.
        losses: Times the server went back.
        named: Positions told to be lost.
        trimmed: Positions that are moved out of the server at the end.
        trims_refused: Times that a trim was refused, because of what others did meanwhile.
        needless: Those of them that the log held and holds: named because nobody knew better.
        broken: What did not hold, null if everything did.
    """

    seed: int
    steps: int
    events: int
    kills: int
    losses: int
    named: int
    needless: int
    trimmed: int
    trims_refused: int
    broken: str | None


class Obligation(NamedTuple):
    """What a process saw and the server no longer has: it is to be named.

    Attributes:
        process: Which process.
        life: Which of its lives.
        log: Through which it saw it; once it has another one, it has told what is gone.
        chains: The chain value of each position up to the last place it saw.
    """

    process: SimulatedProcess
    life: int
    log: object
    chains: Sequence[str | None]


@cache
def pool() -> tuple[tuple[str, bytes], ...]:
    """Return claims as publishers send them, with the ids of their events."""
    found = []
    for claim in make_claims(POOL_COUNT):
        event = json.loads(claim)
        found.append((recorded_id(source=event["source"], id=event["id"]), claim))
    return tuple(found)


class SimulatedHistory:
    """One history."""

    def __init__(self, seed: int, *, is_told: bool = False) -> None:
        self.seed = seed
        self._is_told = is_told
        self._chance = chance = Random(seed)
        self.server = SimulatedServer(chance)
        self.server.keep_moment()
        claims = chance.sample(pool(), chance.randint(5, 15))
        retracted = [_retraction_of(claim) for _, claim in claims if chance.random() < RETRACT]
        self._claims = [*claims, *retracted]
        self._unpublished = chance.sample(self._claims, len(self._claims))
        self._operator = SimulatedOperator(self.server, chance)
        self._processes = [
            SimulatedProcess(kind, number, self.server, chance)
            for kind in ("ingest", "reconciliation", "projection")
            for number in range(chance.choice((1, 1, 2)))
        ]
        self.trimming = SimulatedTrimming(self.server, chance)
        self._all = [*self._processes, self.trimming]
        self._log = LogInvariants()
        self._obligations: list[Obligation] = []
        #: The chain values of each log that the server went back from.
        self._left: list[Sequence[str | None]] = []
        self.named = self.needless = 0
        self.steps = self.kills = self.losses = 0
        self._checked = 0

    def run(self, loop: Any) -> None:
        """Let it happen, on a loop that runs nothing by itself.

        Raises:
            BrokenError: Something does not hold.
        """
        loop.set_task_factory(_owned_task)
        loop.set_exception_handler(self._note_error)
        self._error: BaseException | None = None
        try:
            self._restless(loop)
            self._calm(loop)
        finally:
            for process in self._all:
                process.kill()
            _settle(loop)
            # Of waits that ended before their time, as all do.
            loop._scheduled.clear()

    def _note_error(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        # Several commands of one process may find the log to be another one; the first makes it begin anew.
        if not isinstance(error, BeginAnewError):
            self._error = self._error or error

    def _restless(self, loop: Any) -> None:
        chance = self._chance
        while self.steps < RESTLESS_STEPS:
            drawn = chance.random()
            if drawn < PUBLISH:
                self._publish()
            elif (drawn := drawn - PUBLISH) < KILL:
                self._kill()
            elif (drawn := drawn - KILL) < FREEZE:
                process = chance.choice(self._all)
                process.is_frozen = not process.is_frozen
            elif (drawn := drawn - FREEZE) < STOP:
                chance.choice(self._processes).end(0)
            elif (drawn := drawn - STOP) < GO_BACK:
                self._go_back()
            elif (drawn := drawn - GO_BACK) < JUDGE:
                self._operator.judge(self._claims)
            elif (drawn := drawn - JUDGE) < TAKE_NOTE:
                self._operator.take_note()
            elif drawn - TAKE_NOTE < TRIM:
                self._begin_to_trim()
            self._step(loop)

    def _calm(self, loop: Any) -> None:
        for process in self._all:
            process.is_frozen = False
        self._begin_to_trim()
        for event_id, claim in self._claims:
            self.server.publish(event_id, claim)
        until = self.steps + CALM_STEPS_MAX
        beats: dict[str, tuple[int, int]] = {}
        while True:
            self._step(loop)
            if self.steps > until:
                raise BrokenError(
                    f"nothing comes to rest within {CALM_STEPS_MAX} steps: {self._where()}"
                )
            if not self._is_done():
                beats = {}
            elif any(one.starts != beats.get(one.name, (0, 0))[0] for one in self._processes):
                beats = {one.name: (one.starts, one.beats) for one in self._processes}
            elif not self.trimming.is_alive and all(
                one.is_alive and one.beats > beats[one.name][1] + 1 for one in self._processes
            ):
                break
        self._check_named()
        check_end(self.server.state, dict(self._claims))

    def _step(self, loop: Any) -> None:
        self.steps += 1
        for process in self._processes:
            if not process.is_alive:
                process.start()
        _settle(loop)
        if (chosen := self._choose()) is not None:
            chosen.turn.set_result(None)
            _settle(loop)
            self._note(f"{chosen.process.name} {chosen.command}")
        if self._error is not None:
            raise self._error
        if self.server.changes != self._checked:
            # What held of a state still holds of it.
            self._checked = self.server.changes
            self._log.check(self.server.state)
            self._log.check_acknowledged(self.server.state)
            check_noted(self.server.state, self._operator.noted)
            check_trimmed(self.server.state, self.server.segments)

    def _note(self, done: str) -> None:
        if self._is_told:
            state = self.server.state
            sys.stdout.write(
                f"{self.steps} {done}: inbox {[*state.inbox]}, log {state.log.last}, "
                f"checkpoints {dict(state.log.checkpoints)}\n"
            )

    def _choose(self) -> Waiting | None:
        waiting = [
            each for process in self._all if not process.is_frozen for each in process.waiting
        ]
        # One after the other may be passed over: so one is as likely as its weight says.
        while waiting:
            at = int(self._chance.random() * len(waiting))
            chosen = waiting[at]
            if chosen.ready is not None and not chosen.ready():
                waiting[at] = waiting[-1]
                waiting.pop()
            elif not chosen.is_idle or self._chance.random() < IDLE_WEIGHT:
                return chosen
        return None

    def _publish(self) -> None:
        if self._unpublished and self._chance.random() > REPEAT:
            event_id, claim = self._unpublished.pop()
        else:
            event_id, claim = self._chance.choice(self._claims)
        self.server.publish(event_id, claim)

    def _begin_to_trim(self) -> None:
        if not self.trimming.is_alive:
            self.trimming.start()

    def _kill(self) -> None:
        process = self._chance.choice(self._all)
        if process.is_alive:
            self.kills += 1
            process.kill()
            self._note(f"{process.name} is killed")

    def _go_back(self) -> None:
        server = self.server
        if self.losses == GO_BACK_MAX or len(server.moments) < 2:
            return
        self.losses += 1
        self._left.append(_chains_of(server.state))
        server.go_back(self._moment())
        self._note("the server goes back")
        # What was told to be lost before may be gone as well: whoever told it has to do so again.
        before = {one.process: one for one in self._obligations}
        self._obligations += [
            obligation
            for process in self._processes
            if process.is_alive and process.context is not None
            for obligation in self._obliged(process, process.context, before.get(process))
        ]
        self._log.begin()
        self._operator.look_again()

    def _moment(self) -> int:
        moments, losses = self.server.moments, self.server.state.losses
        if losses and self._chance.random() < LOSE_RECORD:
            unaware = [at for at, moment in enumerate(moments) if len(moment.losses) < len(losses)]
            if unaware:
                return unaware[-1]
        return self._chance.randrange(len(moments) - 1)

    def _obliged(
        self,
        process: SimulatedProcess,
        context: SimulatedContext,
        before: Obligation | None,
    ) -> Iterator[Obligation]:
        """Return what a process has to name now, of the log left behind or of one before that."""
        if before is not None and before.log is context.log and before.life == process.starts:
            return  # Of its log it has to name the same as before.
        last, chain = context.log.seen.last
        if last and self.server.state.log.chain_now(last) != chain:
            # An answer of an earlier log may have come after the server went back from it.
            held = [left for left in self._left if left[last - 1 : last] == [chain]]
            if not held:
                raise BrokenError(f"{process.name} saw {last}, which no log had")
            yield Obligation(process, process.starts, context.log, held[0][:last])

    def _check_named(self) -> None:
        losses, now = self.server.state.losses.values(), _chains_of(self.server.state)
        named = {at for loss in losses for at in range(loss.first, loss.last + 1)}
        for process, life, _, chains in self._obligations:
            gone = _gone(chains, now)
            if process.starts == life and not named.issuperset(gone):
                told = [(loss.first, loss.last) for loss in losses]
                raise BrokenError(
                    f"{process.name} saw {gone[0]} to {gone[-1]}, which is gone; told: {told}"
                )
        self.named = len(named)
        self.needless = len(named.difference(*(_gone(chains, now) for chains in self._left)))

    def _is_done(self) -> bool:
        state = self.server.state
        decided = state.log.checkpoints.get("reconciliation", 0)
        views = state.views.get(state.current or "")
        return not state.inbox and views is not None and decided == views.position == state.log.last

    def _where(self) -> str:
        state = self.server.state
        views = state.views.get(state.current or "")
        return (
            f"{len(state.inbox)} in the inbox, log to {state.log.last}, "
            f"checkpoints {dict(state.log.checkpoints)}, views {views and views.position}"
        )


def _retraction_of(claim: bytes) -> tuple[str, bytes]:
    said = json.loads(claim)
    event = {name: said[name] for name in ("specversion", "source", "subject")}
    event |= {"id": f"retract-{said['id']}", "type": "exchange.claim.retracted.v1"}
    event["data"] = {
        "retracts": {"source": said["source"], "id": said["id"]},
        "reason": "correction",
    }
    return recorded_id(source=event["source"], id=event["id"]), json.dumps(event).encode()


def _chains_of(state: State) -> list[str | None]:
    return [chain_of(entry.body) for entry in state.log.entries()]


def _gone(before: Sequence[str | None], now: Sequence[str | None]) -> range:
    """Return the positions that another event, or none, has now; appended again word for word it is not gone."""
    for at, (had, has) in enumerate(zip(before, now, strict=False), 1):
        if had != has:
            return range(at, len(before) + 1)
    return range(len(now) + 1, len(before) + 1)


def _owned_task(loop: Any, coroutine: Any, **more: Any) -> "asyncio.Task[Any]":
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    owner = OWNER.get()
    if owner is not None:
        owner.own(task)
    return task


def _settle(loop: Any) -> None:
    """Let everything run that needs no turn."""
    ready = loop._ready
    while ready:
        handle = ready.popleft()
        if not handle._cancelled:
            handle._run()


@contextmanager
def _loop_in_memory() -> Iterator[asyncio.AbstractEventLoop]:
    """Make a loop whose callbacks are run by `_settle` alone: a loop that runs costs as much again as its tasks."""
    loop = asyncio.SelectorEventLoop()
    events._set_running_loop(loop)
    try:
        yield loop
    finally:
        events._set_running_loop(None)
        loop.close()


def run_history(loop: asyncio.AbstractEventLoop, seed: int, *, is_told: bool = False) -> Told:
    """Run the history of a seed; write its steps if it is to be told."""
    TICKS.start()
    broken = None
    history = SimulatedHistory(seed, is_told=is_told)
    try:
        history.run(loop)
    except BrokenError as error:
        broken = str(error)
    except Exception as error:  # noqa: BLE001  whatever a worker let out is a finding
        broken = f"{type(error).__name__}: {error}"
    return Told(
        seed,
        steps=history.steps,
        events=history.server.state.log.last,
        kills=history.kills,
        losses=history.losses,
        named=history.named,
        needless=history.needless,
        trimmed=history.server.state.log.trimmed.position,
        trims_refused=history.trimming.refused,
        broken=broken,
    )


def run_histories(seeds: Sequence[int], *, is_told: bool = False) -> Iterator[Told]:
    """Run the histories of seeds, one after the other."""
    with in_memory(), _loop_in_memory() as loop:
        for number, seed in enumerate(seeds, 1):
            yield run_history(loop, seed, is_told=is_told)
            if number % COLLECT_COUNT == 0:
                gc.unfreeze()
                gc.collect()


def _run_all(seeds: Sequence[int]) -> list[Told]:
    return list(run_histories(seeds))


def _tell_broken(told: Iterable[Told]) -> None:
    """Write what did not hold, as soon as it is known: a long run may be ended before."""
    for one in told:
        if one.broken:
            sys.stdout.write(f"seed {one.seed}, step {one.steps}: {one.broken}\n")
            sys.stdout.flush()


def main() -> int:
    """Run many histories on all processors; return 1 if something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", type=int, help="run the history of this seed alone, and write its steps"
    )
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    seeds = (
        [given.only] if given.only is not None else range(given.seed, given.seed + given.histories)
    )
    started, used = time.perf_counter(), os.times()
    if given.only is not None:
        told = list(run_histories(seeds, is_told=True))
    else:
        chunks = [seeds[at : at + COLLECT_COUNT] for at in range(0, len(seeds), COLLECT_COUNT)]
        told = []
        with ProcessPoolExecutor(given.processes) as executor:
            for chunk in executor.map(_run_all, chunks):
                told += chunk
                _tell_broken(chunk)
    now = os.times()
    worked = now.user + now.children_user - used.user - used.children_user
    seconds = time.perf_counter() - started
    if given.only is not None:
        _tell_broken(told)
    count = len(told)
    sys.stdout.write(
        f"{count} histories in {seconds:.0f} s ({count / seconds * 3600:,.0f} an hour, "
        f"{worked / count * 1000:.1f} ms of processor time each), "
        f"{sum(one.steps for one in told):,} steps, {sum(one.events for one in told):,} events, "
        f"{sum(one.kills for one in told):,} kills, {sum(one.losses for one in told):,} losses, "
        f"{sum(one.named for one in told):,} positions named lost "
        f"({sum(one.needless for one in told):,} of them needlessly), "
        f"{sum(one.trimmed for one in told):,} positions trimmed "
        f"({sum(one.trims_refused for one in told):,} trims refused), "
        f"{sum(one.broken is not None for one in told)} broken\n"
    )
    return int(any(one.broken for one in told))


if __name__ == "__main__":
    sys.exit(main())
