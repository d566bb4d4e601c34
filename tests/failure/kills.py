"""Round after round a worker or the server is killed; after each round the views must equal a rebuild.

    python -m tests.failure.kills --rounds 200 --seed 1
    python -m tests.failure.kills --each-step --server redis

In a round claims are published while the victim ends: a worker at one of its commands, before it is sent or
with the answer unread; now and then all three, or the server. With --each-step all three end in every round, at the first
command, at the second, and so on, on either side of it. Then it is started again, everything settles, and
the views are compared row by row with ones that are made anew from the log.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from benchmarks.load import make_claims
from tests.failure.faults import STEP_MAX, a_death
from tests.failure.forked_workers import WORKERS, Death, start_forking
from tests.failure.real_servers import KINDS, RealServer, binary, until, version
from tests.failure.rig import Rig


#: Claims published in a round.
ROUND_CLAIMS = 5
#: How long a victim may live on before it is killed wherever it is, in seconds.
ROUND_SECONDS = 1.0


class Round(NamedTuple):
    """Who ends in a round, and where; the server ends wherever it is."""

    victims: tuple[str, ...]
    deaths: tuple[Death, ...] = ()


def by_chance(count: int, chance: Random) -> Iterator[Round]:
    """Choose who ends in each of some rounds."""
    for _ in range(count):
        who = chance.choice((*WORKERS, "server", "all"))
        names = WORKERS if who == "all" else (who,)
        yield Round(names, tuple(a_death(chance) for _ in names))


def at_each_step() -> Iterator[Round]:
    """Let all workers end at each of their first commands, on both sides of it."""
    for command in range(1, STEP_MAX + 1):
        for death in (Death(command, "before"), Death(command, "after")):
            yield Round(WORKERS, (death,) * len(WORKERS))


def kill(rig: Rig, one: Round, claims: list[bytes]) -> int:
    """Publish claims while some processes end, start those again; return how many ended where they were to."""
    if one.victims == ("server",):
        publisher = rig.publish(claims)
        time.sleep(rig.chance.uniform(0.0, 0.08))
        rig.come_back(lambda: None)
        publisher.join()
        return 1
    for name, death in zip(one.victims, one.deaths, strict=True):
        rig.start_worker(name, death=death)
    rig.publish(claims, pause_seconds=0).join()
    until(
        lambda: not any(rig.workers[name].is_alive for name in one.victims), seconds=ROUND_SECONDS
    )
    ended = sum(not rig.workers[name].is_alive for name in one.victims)
    for name in one.victims:
        rig.start_worker(name)
    return ended


class Outcome(NamedTuple):
    """What rounds of kills came to."""

    rounds: int
    acknowledged: int
    victims: Counter[str]
    ended_in_place: int
    bad: int


def run(kind: str, rounds: Sequence[Round], chance: Random) -> Outcome:
    """Run rounds on a server of its own."""
    bad, in_place, victims = 0, 0, Counter[str]()
    claims = list(make_claims(len(rounds) * ROUND_CLAIMS))
    server = RealServer(kind, "always")
    rig = Rig(server, claims, chance)
    try:
        server.start()
        rig.start_workers()
        for number, one in enumerate(rounds):
            victims.update(one.victims)
            first = number * ROUND_CLAIMS
            in_place += kill(rig, one, claims[first : first + ROUND_CLAIMS])
            if fault := _fault_of(rig):
                bad += 1
                sys.stderr.write(f"round {number}, {one}: {fault}\n{rig.output()}\n")
        return Outcome(len(rounds), len(rig.acknowledged()), victims, in_place, bad)
    finally:
        rig.close()


def _fault_of(rig: Rig) -> str:
    """Return what is wrong after a round, empty if nothing is."""
    if not rig.settle():
        return "did not settle"
    state = rig.state()
    recorded = state.recorded()
    faults = {
        "rows of the views differ from a rebuild": state.differences,
        "claims are lost": len(rig.acknowledged() - recorded.keys()),
        "claims are doubled": sum(count > 1 for count in recorded.values()),
        "losses were named where nothing was lost": len(state.losses),
    }
    return "; ".join(f"{count} {what}" for what, count in faults.items() if count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--each-step", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=KINDS, default="valkey")
    arguments = parser.parse_args()
    if binary(arguments.server) is None:
        sys.stdout.write(f"{arguments.server} is not on the path\n")
        return 2
    start_forking({})
    started, chance = time.monotonic(), Random(arguments.seed)
    rounds = list(at_each_step() if arguments.each_step else by_chance(arguments.rounds, chance))
    found = run(arguments.server, rounds, chance)
    killed = ", ".join(f"{name} {times}" for name, times in sorted(found.victims.items()))
    sys.stdout.write(
        f"{version(arguments.server)}, seed {arguments.seed}: {found.rounds} rounds ({killed}; "
        f"{found.ended_in_place} of {found.victims.total()} where they were to, the others within a second), "
        f"{found.acknowledged} claims acknowledged; after {found.bad} rounds views differed from a rebuild, "
        f"or claims were lost or doubled; {time.monotonic() - started:.0f} s\n"
    )
    return 1 if found.bad else 0


if __name__ == "__main__":
    sys.exit(main())
