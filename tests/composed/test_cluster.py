"""The cluster that compose runs, from its own files, as six servers with TLS on loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis import Redis, RedisCluster
from redis.exceptions import RedisError

from tests.running import PATIENCE_SECONDS, Worker, running, wait_until
from tests.test_access import LEDGER, PARTS, SEED, WITH_TLS
from tests.test_deploy import DEPLOY, compose
from tests.topologies.servers import free_ports


COMMAND_LINE = shutil.which("redis-cli")
pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(WITH_TLS is None, reason="needs a redis-server with TLS"),
    pytest.mark.skipif(COMMAND_LINE is None, reason="needs redis-cli"),
    # Six servers are enough for one process at a time.
    pytest.mark.xdist_group("composed-cluster"),
]
JOIN = DEPLOY / "make-cluster.sh"


class Joined(NamedTuple):
    """Six servers, by their ports, and their secrets."""

    ports: list[int]
    secrets: Path

    @property
    def places(self) -> list[str]:
        return [f"localhost:{port}" for port in self.ports]

    def password(self, role: str) -> str:
        return (self.secrets / f"{role}.password").read_text()

    def tls(self) -> dict[str, Any]:
        return {"ssl": True, "ssl_ca_certs": str(self.secrets / "ca.crt")}

    def join(self, *places: str) -> "subprocess.CompletedProcess[str]":
        """Run what the service `cluster` runs."""
        return subprocess.run(
            ["sh", JOIN, *places],
            env=os.environ
            | {
                "CLUSTER_CLI": str(COMMAND_LINE),
                "AUTHORITY_FILE": str(self.secrets / "ca.crt"),
                "PASSWORD_FILE": str(self.secrets / "cluster.password"),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def client(self, role: str, port: int) -> Any:
        password = self.password(role)
        return Redis("localhost", port, username=role, password=password, **self.tls())


def is_up(joined: Joined, port: int) -> bool:
    try:
        with Redis("localhost", port, username="health", password="", **joined.tls()) as client:
            return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture(scope="module")
def joined(tmp_path_factory) -> Iterator[Joined]:
    directory: Path = tmp_path_factory.mktemp("cluster")
    secrets = directory / "secrets"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", secrets], check=True, capture_output=True)
    ports = free_ports(12)
    found = Joined(ports[:6], secrets)
    servers = []
    try:
        for port, bus in zip(ports[:6], ports[6:], strict=True):
            home = directory / str(port)
            home.mkdir()
            for name in ("redis.conf", "secured.conf", "cluster.conf"):
                text = (DEPLOY / name).read_text().replace("/etc/ledger/", f"{home}/")
                for secret, file in compose()["secrets"].items():
                    made = f"{secrets / Path(file['file']).name}\n"
                    text = text.replace(f"/run/secrets/{secret}\n", made)
                (home / name).write_text(text)
            given = ("--tls-port", str(port), "--cluster-port", str(bus))
            named = ("--cluster-announce-hostname", "localhost")
            with (home / "log").open("wb") as log:
                started = [str(WITH_TLS), str(home / "cluster.conf"), *given, *named]
                servers.append(subprocess.Popen(started, cwd=home, stdout=log))
        for port in found.ports:
            wait_until(lambda port=port: is_up(found, port))  # type: ignore[misc]
        yield found
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()


def test_the_servers_are_joined_once_and_serve_all_slots(joined):
    first = joined.join(*joined.places)
    again = joined.join(*joined.places)

    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == "the cluster serves all slots"
    assert again.stdout.splitlines() == [
        "6 servers are joined already",
        "the cluster serves all slots",
    ]
    for port in joined.ports:
        with joined.client("cluster", port) as client:
            # What each third holds is copied, and every server knows by which name.
            wait_until(lambda client=client: is_whole(client))  # type: ignore[misc]


def is_whole(client: Any) -> bool:
    slots = client.execute_command("CLUSTER SLOTS")
    names = [{node[0] for node in of_slots[2:]} for of_slots in slots]
    copying = client.info("replication")
    is_copied = (
        copying["slave0"]["state"] == "online"
        if copying["role"] == "master" and copying["connected_slaves"]
        else copying.get("master_link_status") == "up"
    )
    return is_copied and names == [{b"localhost"}] * 3 and {len(of) for of in slots} == {4}


def test_whoever_joins_them_reads_no_key_and_names_what_is_missing(joined):
    with joined.client("cluster", joined.ports[0]) as client:
        for command in ("GET exl:keys", f"XLEN {LEDGER}:log", "FLUSHALL", "CONFIG GET dir"):
            with pytest.raises(RedisError, match="permissions"):
                client.execute_command(*command.split())

    few = joined.join(*joined.places[:3])
    assert (few.returncode, few.stderr) == (1, "expected six servers or more, found 3\n")
    nowhere = joined.join("nowhere.invalid:1", *joined.places)
    assert nowhere.stderr == "expected the address of nowhere.invalid, found none\n"


@pytest.mark.e2e
def test_every_worker_does_its_work_on_the_cluster_as_its_own_user(joined, tmp_path):
    assert joined.join(*joined.places).returncode == 0
    url = f"rediss+cluster://{','.join(joined.places)}"
    workers = [
        Worker(
            name,
            url,
            names="rus-ukr,yem-hou",
            leases=True,
            data_dir=tmp_path,
            redis_user=name,
            redis_password_file=joined.secrets / f"{name}.password",
            redis_ca_file=joined.secrets / "ca.crt",
        )
        for name in (*PARTS, "drafting")
    ]
    place = {"host": "localhost", "port": joined.ports[0], **joined.tls()}
    with running(workers):
        publisher: Any = RedisCluster(
            username="publisher", password=joined.password("publisher"), **place
        )
        operator: Any = RedisCluster(
            username="operator", password=joined.password("operator"), **place
        )
        for claim in SEED.read_bytes().splitlines():
            publisher.xadd(f"{LEDGER}:inbox", {"event": claim})
        report = b'{"text": "Kyiv said that 230 Ukrainians had come home."}'
        publisher.xadd(f"{LEDGER}:reports", {"report": report})
        wait_until(lambda: operator.xlen(f"{LEDGER}:drafts") == 1)
        wait_until(lambda: operator.hget(f"{LEDGER}:view:g1:meta", "position") is not None)
        wait_until(
            lambda: (
                int(operator.hget(f"{LEDGER}:view:g1:meta", "position"))
                == int(operator.xrevrange(f"{LEDGER}:log", count=1)[0][0].partition(b"-")[0])
                >= 11
            )
        )
        publisher.close()
        operator.close()
        assert [worker.stop() for worker in workers] == [0, 0, 0, 0]
        for worker in workers:
            assert "permission" not in worker.output()
