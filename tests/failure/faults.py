"""What is done to a pipeline of real processes while claims are published, one function a fault."""

import shutil
import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.failure.forked_workers import WORKERS, Death
from tests.failure.rig import Rig


class Fault(NamedTuple):
    """Something that is done to a rig whose workers run.

    Attributes:
        words: As in the table.
        put: Does it, and publishes the claims.
        needs_shim: Whether it needs what server_shim.c is compiled to.
        fsyncs: The classes it is tried with; empty means all.
        loses: Whether acknowledged claims may be gone until they are repeated, also under `always`.
    """

    words: str
    put: Callable[[Rig], None]
    needs_shim: bool = False
    fsyncs: tuple[str, ...] = ()
    loses: bool = False


#: How often the server goes away in one run.
SERVER_KILLS = 4
#: Rounds in which all three workers end themselves, and the furthest command at which.
STEP_ROUNDS, STEP_MAX = 12, 45
#: How long a round waits for workers to end, in seconds.
ROUND_SECONDS = 1.0


def kill_server(rig: Rig) -> None:
    """Kill the server again and again while claims arrive."""
    publisher = rig.publish()
    for _ in range(SERVER_KILLS):
        time.sleep(rig.chance.uniform(0.1, 0.5))
        rig.come_back(lambda: None)
    publisher.join()


def cut_power(rig: Rig) -> None:
    """Cut the power: of its files the server has what was synced."""
    publisher = rig.publish()
    for _ in range(2):
        time.sleep(rig.chance.uniform(0.5, 1.0))
        rig.come_back(rig.server.cut_to_synced)
    publisher.join()


def kill_workers_at_steps(rig: Rig) -> None:
    """Let each worker end at commands of its own, with few claims in between."""
    share = max(1, len(rig.claims) // STEP_ROUNDS)
    for first in range(0, len(rig.claims), share):
        for name in WORKERS:
            rig.start_worker(name, death=a_death(rig.chance))
        rig.publish(rig.claims[first : first + share], pause_seconds=0).join()
        deadline = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < deadline and any(one.is_alive for one in rig.workers.values()):
            time.sleep(0.02)
    rig.start_workers()


def a_death(chance: Random) -> Death:
    """Choose at which command, and on which side of it, a worker ends."""
    return Death(chance.randint(1, STEP_MAX), "before" if chance.random() < 0.5 else "after")


def go_back_to_a_copy(rig: Rig) -> None:
    """Let the server come back with an older copy of its files, as from a backup."""
    half = len(rig.claims) // 2
    rig.publish(rig.claims[: half // 2]).join()
    rig.settle()
    copy = rig.server.directory / "copy"
    with rig.halted():
        shutil.copytree(rig.server.files, copy)
    rig.publish(rig.claims[half // 2 : half]).join()
    rig.settle()
    rig.come_back(lambda: rig.server.exchange_files(copy))
    rig.publish(rig.claims[half:]).join()


FAULTS = {
    "workers-killed": Fault("each worker killed at its steps", kill_workers_at_steps),
    "server-killed": Fault("server killed (kill -9)", kill_server),
    "power-cut": Fault("power cut: files as last synced", cut_power, needs_shim=True),
    "older-copy": Fault("server back with an older copy", go_back_to_a_copy, loses=True),
}
