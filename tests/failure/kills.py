"""Round after round a worker or the server is killed; after each round the views must equal a rebuild.

    python -m tests.failure.kills --rounds 200 --seed 1

In a round claims are published while the victim ends: a worker at one of its commands, before it is sent or
with the answer unread; now and then all three, or the server. Then it is started again, everything settles, and
the views are compared row by row with ones that are made anew from the log.
"""

import argparse
import sys
import time
from collections import Counter
from random import Random

from benchmarks.load import make_claims
from tests.failure.faults import a_death
from tests.failure.forked_workers import WORKERS, start_forking
from tests.failure.real_servers import KINDS, RealServer, binary, until, version
from tests.failure.rig import Rig


#: Claims published in a round.
ROUND_CLAIMS = 5
#: How long a victim may live on before it is killed wherever it is, in seconds.
ROUND_SECONDS = 1.0


def victims(chance: Random) -> tuple[str, ...]:
    """Choose who ends in a round."""
    who = chance.choice((*WORKERS, "server", "all"))
    return WORKERS if who == "all" else (who,)


def kill(rig: Rig, names: tuple[str, ...], claims: list[bytes]) -> None:
    """Publish claims while some processes end, and start those again."""
    if names == ("server",):
        publisher = rig.publish(claims)
        time.sleep(rig.chance.uniform(0.0, 0.08))
        rig.come_back(lambda: None)
        publisher.join()
        return
    for name in names:
        rig.start_worker(name, death=a_death(rig.chance))
    rig.publish(claims, pause_seconds=0).join()
    until(lambda: not any(rig.workers[name].is_alive for name in names), seconds=ROUND_SECONDS)
    for name in names:
        rig.start_worker(name)


def run(kind: str, rounds: int, seed: int) -> tuple[int, int, Counter[str]]:
    """Run rounds; return how many claims were acknowledged, how many bad rounds there were, and who ended."""
    chance, bad, ended = Random(seed), 0, Counter[str]()
    claims = list(make_claims(rounds * ROUND_CLAIMS))
    server = RealServer(kind, "always")
    rig = Rig(server, claims, chance)
    try:
        server.start()
        rig.start_workers()
        for number in range(rounds):
            names = victims(chance)
            ended.update(names)
            first = number * ROUND_CLAIMS
            kill(rig, names, claims[first : first + ROUND_CLAIMS])
            fault = _fault_of(rig)
            if fault:
                bad += 1
                sys.stderr.write(f"round {number}, {names} ended: {fault}\n{rig.output()}\n")
        return len(rig.acknowledged()), bad, ended
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
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=KINDS, default="valkey")
    arguments = parser.parse_args()
    if binary(arguments.server) is None:
        sys.stdout.write(f"{arguments.server} is not on the path\n")
        return 2
    start_forking({})
    started = time.monotonic()
    count, bad, ended = run(arguments.server, arguments.rounds, arguments.seed)
    killed = ", ".join(f"{name} {times}" for name, times in sorted(ended.items()))
    sys.stdout.write(
        f"{version(arguments.server)}, seed {arguments.seed}: {arguments.rounds} rounds "
        f"({killed}), {count} claims acknowledged; after {bad} rounds views differed from a rebuild, "
        f"or claims were lost or doubled; {time.monotonic() - started:.0f} s\n"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
