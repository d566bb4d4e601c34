"""Servers in company: a primary with replicas and Sentinels, or a cluster, as processes on loopback.

All are started here and ended by their process ids. Whatever they write lies in a directory of their own.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.client import NEVER_DECODE
from redis.cluster import ClusterNode
from redis.crc import key_slot
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.failure.real_servers import binary
from tests.running import PATIENCE_SECONDS, wait_until
from tests.topologies.secrets import Secrets


#: After which time without an answer a server is taken for dead by the others, in milliseconds.
DOWN_MS = 2_000
SLOT_COUNT = 16_384
SETTINGS = {
    "bind": "127.0.0.1",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "repl-diskless-sync-delay": "0",
}


#: As whom clients come to servers that may refuse each other.
CLIENT = "client"
USERS = f"user default on nopass ~* &* +@all\nuser {CLIENT} on >{CLIENT} ~* &* +@all\n"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, found in one go so that no two are the same."""
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            listening = stack.enter_context(socket.socket())
            listening.bind(("127.0.0.1", 0))
            found.append(listening.getsockname()[1])
        return found


class Node:
    """One server or Sentinel, with a directory of its own."""

    def __init__(
        self,
        kind: str,
        port: int,
        home: Path,
        settings: dict[str, str],
        secrets: Secrets | None = None,
    ) -> None:
        self.kind, self.port = kind, port
        self.directory = home / str(port)
        self.directory.mkdir()
        self._settings = settings | (secrets.of_servers(port) if secrets else {})
        self.access = secrets.of_clients(is_sentinel=False) if secrets else {}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {
            "port": str(self.port),
            "dir": str(self.directory),
            "logfile": str(self.directory / "log"),
            **self._settings,
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self.run(arguments)

    def run(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [str(binary(self.kind)), *arguments], stdout=subprocess.DEVNULL
        )
        wait_until(self.answers)

    def answers(self) -> bool:
        with suppress(RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self, *, is_text: bool = True) -> Any:
        return Redis(
            port=self.port,
            socket_timeout=PATIENCE_SECONDS,
            decode_responses=is_text,
            retry=Retry(NoBackoff(), 0),
            **self.access,
        )

    def kill(self) -> None:
        """End the process as kill -9 does. Repeating is harmless."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    def send(self, number: int) -> None:
        """Send a signal to the process."""
        assert self.process is not None, "a server that runs"
        self.process.send_signal(number)

    def is_primary(self) -> bool:
        if self.process is None:
            return False
        # Sentinels that make it a replica cut whoever asks.
        with suppress(RedisError), self.client() as client:
            return bool(client.role()[0] == "master")
        return False


class Sentinel(Node):
    """One Sentinel that watches a service."""

    def __init__(  # noqa: PLR0913, PLR0917  where it is, whom it watches, and what it shows
        self,
        kind: str,
        port: int,
        home: Path,
        primary: int,
        service: str,
        secrets: Secrets | None = None,
    ) -> None:
        super().__init__(kind, port, home, {})
        self.access = secrets.of_clients(is_sentinel=True) if secrets else {}
        self._file = self.directory / "sentinel.conf"
        lines = (
            *(() if secrets else (f"port {port}",)),
            "bind 127.0.0.1",
            f"dir {self.directory}",
            f"logfile {self.directory / 'log'}",
            f"sentinel monitor {service} 127.0.0.1 {primary} 2",
            f"sentinel down-after-milliseconds {service} {DOWN_MS}",
            f"sentinel failover-timeout {service} 10000",
            *(secrets.of_sentinels(port, service) if secrets else ()),
        )
        self._file.write_text("\n".join(lines))

    def start(self) -> None:
        self.run([str(self._file), "--sentinel"])


class Company:
    """Servers that belong together, ended with their block.

    Attributes:
        directory: Where the files of all of them are.
        secrets: What they and their clients show each other; null if they speak with anybody.
        servers: Those that hold data.
        sentinels: Those that watch them.
    """

    def __init__(self, *, is_secured: bool = False) -> None:
        self.directory = Path(mkdtemp(prefix="exl-"))
        self.secrets = Secrets(self.directory / "secrets") if is_secured else None
        self.servers: list[Node] = []
        self.sentinels: list[Sentinel] = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """End all of them, and remove their files."""
        for node in (*self.sentinels, *self.servers):
            node.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Watched(Company):
    """A primary with two replicas, watched by three Sentinels.

    Attributes:
        directory: Where the files of all of them are.
        url: As `LEDGER_REDIS_URL` names it.
        servers: The servers of data, in the order of their start.
        sentinels: The Sentinels.
    """

    def __init__(
        self,
        kind: str = "valkey",
        *,
        service: str = "ledgers",
        is_secured: bool = False,
        is_divisible: bool = False,
    ) -> None:
        """Prepare; if `is_divisible`, a server can be cut off from the others, and from nobody else."""
        super().__init__(is_secured=is_secured)
        self.service = service
        settings = dict(SETTINGS)
        if is_divisible:
            # Replicas and Sentinels come as another user, whom a server can be told to refuse.
            settings["aclfile"] = str(self.directory / "users.acl")
            Path(settings["aclfile"]).write_text(USERS)
        ports = free_ports(6)
        first, *others = ports[:3]
        self.servers = [Node(kind, first, self.directory, settings, self.secrets)]
        for port in others:
            replica = settings | {"replicaof": f"127.0.0.1 {first}"}
            self.servers.append(Node(kind, port, self.directory, replica, self.secrets))
        for server in self.servers if is_divisible else ():
            server.access = {"username": CLIENT, "password": CLIENT}
        self.sentinels = [
            Sentinel(kind, port, self.directory, first, service, self.secrets) for port in ports[3:]
        ]
        places = ",".join(sentinel.place for sentinel in self.sentinels)
        scheme = "rediss" if is_secured else "redis"
        credentials = f"{CLIENT}:{CLIENT}@" if is_divisible else ""
        self.url = f"{scheme}+sentinel://{credentials}{places}/{service}"

    def __enter__(self) -> Self:
        for node in (*self.servers, *self.sentinels):
            node.start()
        wait_until(self.is_whole)
        return self

    def cut_off(self, server: Node) -> None:
        """Cut a server off from the others and the Sentinels; clients reach it."""
        with server.client() as client:
            client.execute_command("ACL", "SETUSER", "default", "off")
            client.execute_command("CLIENT", "KILL", "USER", "default")
            # What comes from a primary is known as such, and not by its user.
            client.execute_command("CLIENT", "KILL", "TYPE", "replica")

    def rejoin(self, server: Node) -> None:
        """Let the others and the Sentinels reach a server again, and wait until it follows the primary."""
        with server.client() as client:
            client.execute_command("ACL", "SETUSER", "default", "on")
        wait_until(lambda: server.answers() and not server.is_primary())
        wait_until(self.is_whole)

    def client(self) -> Any:
        """A client of the primary of this moment."""
        return self.primary().client(is_text=False)

    def is_whole(self) -> bool:
        """Whether all Sentinels know each other and all replicas, and these hold what the primary does."""
        for sentinel in self.sentinels:
            with sentinel.client() as client:
                state = client.sentinel_master(self.service)
            if state["num-other-sentinels"] < 2 or state["num-slaves"] < 2:
                return False
            if state["flags"] != "master" and state["flags"] != {"master"}:
                return False
        with self.primary().client() as client:
            found = client.info("replication")
        return [found.get(f"slave{n}", {}).get("state") for n in (0, 1)] == ["online"] * 2

    def primary(self) -> Node:
        """The server that the Sentinels name."""
        with self.sentinels[0].client() as client:
            _, port = client.sentinel_get_master_addr_by_name(self.service)
        return next(server for server in self.servers if server.port == int(port))

    def wait_for_other_primary(self, before: Node) -> float:
        """Wait until the Sentinels name another primary, which says so too; return how long it took."""
        started = time.monotonic()
        wait_until(lambda: (now := self.primary()) is not before and now.is_primary())
        return time.monotonic() - started

    def empty(self) -> None:
        """Remove whatever earlier tests stored, and wait until the replicas have."""
        with self.client() as client:
            client.flushall()
            client.wait(2, 10_000)

    def heal(self) -> None:
        """Start the servers that do not run, and wait until each one follows the primary."""
        for server in self.servers:
            if server.process is None:
                server.start()
        wait_until(self.is_whole)


class Cluster(Company):
    """Three primaries of a third of the slots each, with a replica each.

    Attributes:
        directory: Where the files of all of them are.
        url: As `LEDGER_REDIS_URL` names it.
        servers: All six, primaries first as they were made.
    """

    def __init__(
        self, kind: str = "valkey", *, primaries: int = 3, is_secured: bool = False
    ) -> None:
        super().__init__(is_secured=is_secured)
        count = 2 * primaries
        ports = free_ports(2 * count)
        self.servers = []
        for port, bus in zip(ports[:count], ports[count:], strict=True):
            settings = {
                **SETTINGS,
                "cluster-enabled": "yes",
                "cluster-port": str(bus),
                "cluster-config-file": "nodes.conf",
                "cluster-node-timeout": str(DOWN_MS),
            }
            self.servers.append(Node(kind, port, self.directory, settings, self.secrets))
        self._buses = dict(zip(ports[:count], ports[count:], strict=True))
        self._primaries = primaries
        scheme = "rediss" if is_secured else "redis"
        self.url = f"{scheme}+cluster://{','.join(server.place for server in self.servers)}"

    def __enter__(self) -> Self:
        for server in self.servers:
            server.start()
        first = self.servers[0]
        for server in self.servers[1:]:
            with server.client() as client:
                client.execute_command(
                    "CLUSTER", "MEET", "127.0.0.1", first.port, self._buses[first.port]
                )
        share = -(-SLOT_COUNT // self._primaries)
        for number, server in enumerate(self.servers[: self._primaries]):
            last = min(SLOT_COUNT, (number + 1) * share) - 1
            with server.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
        wait_until(
            lambda: all(len(self.nodes(server)) == len(self.servers) for server in self.servers)
        )
        for number, server in enumerate(self.servers[self._primaries :]):
            with self.servers[number].client() as client:
                name = client.execute_command("CLUSTER", "MYID")
            with server.client() as client:
                client.execute_command("CLUSTER", "REPLICATE", name)
        wait_until(self.is_whole)
        return self

    def nodes(self, server: Node) -> dict[int, list[str]]:
        """What a server knows of each node, by its port: the parts of its line."""
        with server.client() as client:
            lines = str(client.execute_command("CLUSTER", "NODES", **{NEVER_DECODE: []}).decode())
        parts = [line.split() for line in lines.splitlines()]
        return {int(line[1].partition("@")[0].rpartition(":")[2]): line for line in parts}

    def is_whole(self) -> bool:
        """Whether each server knows all others to be well, and replicas hold what their primaries do."""
        # One that was started just now reads its file first.
        with suppress(RedisError):
            return all(map(self._is_well, self.servers))
        return False

    def _is_well(self, server: Node) -> bool:
        with server.client() as client:
            state = client.execute_command("CLUSTER INFO")
            replication = client.info("replication")
        lines = self.nodes(server)
        if state["cluster_state"] != "ok" or len(lines) != len(self.servers):
            return False
        if any("fail" in line[2] or line[7] != "connected" for line in lines.values()):
            return False
        if sum("slave" in line[2] for line in lines.values()) != self._primaries:
            return False
        return bool(replication.get("master_link_status", "up") == "up")

    def client(self) -> Any:
        """A client of all of them."""
        return RedisCluster(
            startup_nodes=[ClusterNode("127.0.0.1", server.port) for server in self.servers],
            socket_timeout=PATIENCE_SECONDS,
            **(self.secrets.of_clients(is_sentinel=False) if self.secrets else {}),
        )

    def move_slot(self, slot: int, source: Node, target: Node) -> None:
        """Move a slot key by key, as `redis-cli --cluster reshard` does."""
        with source.client(is_text=False) as left, target.client(is_text=False) as right:
            left_id = left.execute_command("CLUSTER", "MYID").decode()
            right_id = right.execute_command("CLUSTER", "MYID").decode()
            right.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", left_id)
            left.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", right_id)
            while keys := left.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
                left.execute_command(
                    *("MIGRATE", "127.0.0.1", target.port, "", 0, 10_000, "KEYS"), *keys
                )
            right.execute_command("CLUSTER", "SETSLOT", slot, "NODE", right_id)
            left.execute_command("CLUSTER", "SETSLOT", slot, "NODE", right_id)

    def primary(self, key: str = "{rus-ukr}") -> Node:
        """The server that holds a key, as the others say."""
        slot = key_slot(key.encode())
        for server in self.servers:
            # One that was killed by somebody else is a process still.
            with suppress(RedisError):
                for port, line in self.nodes(server).items() if server.process else ():
                    if "master" in line[2] and "fail" not in line[2] and _holds(line[8:], slot):
                        return next(one for one in self.servers if one.port == port)
        return self.servers[0]

    def wait_for_other_primary(self, before: Node) -> float:
        """Wait until another server holds what one held; return how long it took."""
        started = time.monotonic()
        wait_until(lambda: (now := self.primary()) is not before and now.is_primary())
        return time.monotonic() - started

    def empty(self) -> None:
        """Remove whatever earlier tests stored, and wait until the replicas have."""
        for server in self.servers:
            if server.is_primary():
                with server.client() as client:
                    client.flushall()
                    client.wait(1, 10_000)

    def heal(self) -> None:
        """Start the servers that do not run, and wait until all is well."""
        for server in self.servers:
            if server.process is None:
                server.start()
        wait_until(self.is_whole)


def _holds(ranges: Sequence[str], slot: int) -> bool:
    for one in ranges:
        first, _, last = one.partition("-")
        if first.isdecimal() and int(first) <= slot <= int(last or first):
            return True
    return False
