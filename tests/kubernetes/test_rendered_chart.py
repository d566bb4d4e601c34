"""What helm makes of the chart: `make test-kubernetes`, which installs helm and who judges what it makes.

No cluster runs here. What that leaves unknown is in docs/kubernetes.md.
"""

import json
import os
import subprocess
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from services.cli.worker import Worker
from services.runtime.settings import Settings


ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "exchange-ledger"
PROGRAMS = ROOT / ".venv" / "kubernetes" / "bin"

#: Everything that can be switched on, with the chart's own server.
ALL_ON = """
keda: {enabled: true}
monitoring: {serviceMonitor: {enabled: true}, rules: {enabled: true}, dashboard: {enabled: true}}
api: {ingress: {enabled: true, host: ledger.example.org, className: nginx, tlsSecretName: tls}}
ledgers: {names: [rus-ukr, aa-bb], files: {aa-bb: "name = 'aa-bb'\\n"}}
settings: {LEDGER_CHANGES_COUNT: 2000000, LEDGER_READ_OPEN: false, LEDGER_RETRY_SECONDS: 12.5}
drafting: {enabled: true}
editing: {enabled: true}
webhooks: {enabled: true}
releasing: {enabled: true}
sealed: {enabled: true, schedule: "20 3 * * *", keep: 2000000}
nodeSelector: {disk: fast}
tolerations: [{key: ledger, operator: Exists}]
priorityClassName: important
imagePullSecrets: [{name: registry}]
"""
SENTINELS = """
server: {url: "rediss+sentinel://s1:26379,s2:26379/ledgers", sentinelUser: asker, clientCertificate: true}
keda: {enabled: true}
networkPolicy: {extraEgress: [{to: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 6379}]}]}
editing: {enabled: true}
"""
CLUSTER = """
server: {url: "redis+cluster://c1:6379,c2:6379"}
ledgers: {names: ["*"]}
keda: {enabled: true, ledgers: [rus-ukr]}
reconciliation: {replicas: 4, resources: {requests: {cpu: 1}, limits: {memory: 4Gi}}}
drafting: {enabled: true}
webhooks: {enabled: true, replicas: 2}
releasing: {enabled: true, replicas: 2, existingClaim: releases}
sealed: {enabled: true, existingClaim: segments}
"""
VALUES = {"as shipped": "", "all on": ALL_ON, "Sentinels": SENTINELS, "cluster": CLUSTER}
#: What the policy linter asks for and the chart leaves to who installs it, each with why.
ACCEPTED = {
    "CKV_K8S_11",  # no limit of processor time: a worker that is throttled misses its heartbeats
    "CKV_K8S_15",  # an image is named by its digest or a version; both stay what they are
    "CKV_K8S_21",  # the namespace is the release's
    "CKV_K8S_40",  # the user of the server's own image, which owns /data there
    "CKV_K8S_43",  # the digest is a value, and known where the image is built
}
#: Kinds of operators, whose schemas no package holds.
OF_OPERATORS = {"ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PrometheusRule"}


class Rendered(NamedTuple):
    """The documents that helm made, by kind and name without the release's."""

    text: str
    found: dict[tuple[str, str], dict[str, Any]]

    def get(self, kind: str, name: str) -> dict[str, Any]:
        return self.found[kind, name]

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.found}

    def pods(self) -> dict[str, dict[str, Any]]:
        return {
            document["metadata"]["labels"]["app.kubernetes.io/component"]: document["spec"][
                "template"
            ]["spec"]
            for (kind, _), document in self.found.items()
            if kind in ("Deployment", "StatefulSet")
        }

    def sealing(self) -> dict[str, Any]:
        """The pod that seals and trims, by a schedule."""
        job = self.get("CronJob", "sealing")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        assert isinstance(job, dict)
        return job


def run(program: str, *arguments: object, fails: bool = False) -> str:
    done = subprocess.run(
        [PROGRAMS / program, *(str(argument) for argument in arguments)],
        cwd=ROOT,
        env=os.environ | {"HELM_PLUGINS": "/nonexistent", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + (done.stderr if fails else "")


@pytest.fixture(scope="session")
def render(tmp_path_factory) -> Callable[[str], Rendered]:
    @cache
    def rendered(values: str) -> Rendered:
        path = tmp_path_factory.mktemp("values") / "values.yaml"
        path.write_text(values)
        text = run("helm", "template", "exl", CHART, "--namespace", "exl", "--values", path)
        documents = [document for document in yaml.safe_load_all(text) if document]
        found = {
            (
                document["kind"],
                document["metadata"]["name"].removeprefix("exl-exchange-ledger").lstrip("-"),
            ): document
            for document in documents
        }
        assert len(found) == len(documents)
        return Rendered(text, found)

    return rendered


@pytest.fixture(params=list(VALUES.values()), ids=list(VALUES))
def rendered(request, render) -> Rendered:
    found: Rendered = render(request.param)
    return found


def test_helm_finds_nothing_to_complain_of():
    assert "1 chart(s) linted, 0 chart(s) failed" in run("helm", "lint", "--strict", CHART)


@pytest.mark.parametrize("version", ["1.28.0", "1.31.0", "1.37.0"])
def test_every_document_is_what_kubernetes_takes(rendered, tmp_path, version):
    path = tmp_path / "rendered.yaml"
    path.write_text(rendered.text)

    lines = run("kubernetes-validate", "--strict", "-k", version, path).splitlines()

    assert {line.split()[0] for line in lines} <= {"INFO", "WARN"}
    unknown = {line.split(" kind ")[1].split()[0] for line in lines if line.startswith("WARN")}
    assert unknown <= OF_OPERATORS
    assert sum(" passed for resource " in line for line in lines) == sum(
        kind not in OF_OPERATORS for kind, _ in rendered.found
    )


def test_the_policy_linter_asks_for_nothing_but_what_is_left_to_who_installs(render, tmp_path):
    path = tmp_path / "rendered.yaml"
    path.write_text(render(ALL_ON).text)

    arguments = ("--framework", "kubernetes", "--compact", "--skip-download", "-o", "json")
    judged = json.loads(run("checkov", "-f", path, *arguments, "--soft-fail"))

    assert judged["summary"]["passed"] > 300
    assert {check["check_id"] for check in judged["results"]["failed_checks"]} == ACCEPTED


def test_every_pod_is_bound_to_what_it_needs(rendered):
    for part, pod in rendered.pods().items():
        [container] = pod["containers"]
        security, own = pod["securityContext"], container["securityContext"]
        assert security["runAsNonRoot"] is own["runAsNonRoot"] is True
        assert security["runAsUser"] == (999 if part == "valkey" else 10001)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert own["readOnlyRootFilesystem"] is True
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert pod["automountServiceAccountToken"] is False
        assert container["resources"]["limits"]["memory"]
        assert {probe for probe in container if probe.endswith("Probe")} >= {
            "readinessProbe",
            "livenessProbe",
        }
        keys = {
            spread["topologyKey"]: spread["labelSelector"]["matchLabels"][
                "app.kubernetes.io/component"
            ]
            for spread in pod["topologySpreadConstraints"]
        }
        assert keys == {"kubernetes.io/hostname": part, "topology.kubernetes.io/zone": part}


def test_every_part_sees_its_own_secrets_alone(rendered):
    for part, pod in rendered.pods().items():
        [secret] = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
        keys = {item["key"] for item in secret["items"]}
        passwords = {key for key in keys if key.endswith(".password")} - {"sentinel.password"}
        assert passwords == (set() if part == "valkey" else {f"{part}.password"})
        assert secret["defaultMode"] == 0o440
        if part != "valkey":
            [container] = pod["containers"]
            assert user_of(container) == part
    assert "stringData" not in str(rendered.found.get(("Secret", ""), ""))


def user_of(container: dict[str, Any]) -> str:
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    return str(environment["LEDGER_REDIS_USER"])


def test_settings_are_those_that_the_parts_read(rendered, monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LEDGER_{name.upper()}", raising=False)
    data = rendered.get("ConfigMap", "settings")["data"]
    (tmp_path / "settings.env").write_text(
        "".join(f"{name}={value}\n" for name, value in data.items() if not name.endswith("_FILE"))
    )

    settings = Settings(_env_file=tmp_path / "settings.env", sentinel_user=None, redis_user=None)

    assert settings.redis_url == data["LEDGER_REDIS_URL"]
    assert ",".join(settings.names) == data["LEDGER_NAMES"]
    assert settings.http_host == "0.0.0.0"
    assert {name.removeprefix("LEDGER_").lower() for name in data} <= Settings.model_fields.keys()
    if "LEDGER_CHANGES_COUNT" in data:
        assert (settings.changes_count, settings.read_open) == (2_000_000, False)
        assert settings.retry_seconds == 12.5


def test_ordered_parts_have_one_that_stands_by_and_ingest_grows_with_its_inbox(render):
    shipped, grown = render(""), render(ALL_ON)

    for part in ("reconciliation", "projection"):
        assert shipped.get("Deployment", part)["spec"]["replicas"] == 2
        assert shipped.get("PodDisruptionBudget", part)["spec"]["maxUnavailable"] == 1
    assert shipped.get("Deployment", "ingest")["spec"]["replicas"] == 2
    assert "ScaledObject" not in shipped.kinds()
    assert "replicas" not in grown.get("Deployment", "ingest")["spec"]
    scaled = grown.get("ScaledObject", "ingest")["spec"]
    assert scaled["scaleTargetRef"] == {"name": "exl-exchange-ledger-ingest"}
    assert [trigger["metadata"]["stream"] for trigger in scaled["triggers"]] == [
        "exl:{rus-ukr}:inbox",
        "exl:{aa-bb}:inbox",
    ]
    assert "replicas" not in grown.get("Deployment", "api")["spec"]
    assert grown.get("HorizontalPodAutoscaler", "api")["spec"]["maxReplicas"] == 6


@pytest.mark.parametrize(
    ("values", "kind", "where"),
    [
        (ALL_ON, "redis-streams", {"address": "exl-exchange-ledger-valkey.exl.svc:6379"}),
        (
            SENTINELS,
            "redis-sentinel-streams",
            {"addresses": "s1:26379,s2:26379", "sentinelMaster": "ledgers"},
        ),
        (CLUSTER, "redis-cluster-streams", {"addresses": "c1:6379,c2:6379"}),
    ],
    ids=["one server", "Sentinels", "cluster"],
)
def test_keda_asks_the_server_that_the_parts_ask(render, values, kind, where):
    found = render(values)

    trigger = found.get("ScaledObject", "ingest")["spec"]["triggers"][0]
    of_stream = {"stream": "exl:{rus-ukr}:inbox", "streamLength": "2000"}
    assert trigger["type"] == kind
    assert trigger["metadata"] == where | of_stream
    proof = found.get("TriggerAuthentication", "scaler")["spec"]["secretTargetRef"]
    told = {entry["parameter"]: (entry["name"], entry["key"]) for entry in proof}
    assert told["password"] == ("exchange-ledger", "scaler.password")
    assert ("ca" in told) == ("tls" in told) == (values != CLUSTER)
    own = found.get("Secret", "scaler")["stringData"]
    assert {key for name, key in told.values() if name.endswith("-scaler")} == own.keys()


def test_each_workers_health_is_asked_of_its_own_part(render):
    pods = render(ALL_ON).pods()
    for part in Worker:
        [container] = pods[part]["containers"]
        asked = container["readinessProbe"]["exec"]["command"]
        # Of the ordered parts one works, and stands for those that stand by.
        here = [] if part in ("reconciliation", "projection") else ["--here"]
        assert container["args"] == ["worker", part]
        assert asked == ["exchange-ledger", "status", "--part", part, "--format", "json", *here]
        shell = container["livenessProbe"]["exec"]["command"]
        assert shell == ["sh", "-c", f"{' '.join(asked)} >/dev/null; [ $? -ne 1 ]"]


def test_webhooks_may_lead_to_public_addresses_alone_unless_named(render):
    assert ("NetworkPolicy", "webhooks") not in render("").found
    policy = render(ALL_ON).get("NetworkPolicy", "webhooks")["spec"]
    [rule] = policy["egress"]

    assert policy["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "webhooks"
    assert rule["ports"] == [{"port": 443, "protocol": "TCP"}]
    v4, v6 = (ip_network(peer["ipBlock"]["cidr"]) for peer in rule["to"])
    kept = [ip_network(one) for one in rule["to"][0]["ipBlock"]["except"]]
    assert (v4.version, v6.version) == (4, 6)
    assert ip_address("fc00::1") not in v6
    for private in ("10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254"):
        assert any(ip_address(private) in network for network in kept)


def test_releases_lie_on_a_volume_that_one_part_writes_and_those_that_answer_read(render):
    for values, claim in ((ALL_ON, "exl-exchange-ledger-releases"), (CLUSTER, "releases")):
        found = render(values)
        for part, pod in found.pods().items():
            claims = [one for one in pod["volumes"] if one["name"] == "releases"]
            mounts = [
                one
                for one in pod["containers"][0].get("volumeMounts", ())
                if one["name"] == "releases"
            ]
            if part not in ("releasing", "api", "editing"):
                assert not claims + mounts
                continue
            assert claims[0]["persistentVolumeClaim"]["claimName"] == claim
            assert mounts[0].get("readOnly", False) == (part != "releasing")
        assert (
            found.get("ConfigMap", "settings")["data"]["LEDGER_RELEASES_DIR"]
            == (mounts_of(found)["releases"])
        )
    kept = render(ALL_ON).get("PersistentVolumeClaim", "releases")
    assert kept["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert ("PersistentVolumeClaim", "releases") not in render(CLUSTER).found


def mounts_of(found: Rendered) -> dict[str, str]:
    [container] = found.pods()["releasing"]["containers"]
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


def test_several_processes_that_would_build_the_same_releases_are_refused(tmp_path):
    values = tmp_path / "values.yaml"
    values.write_text("releasing: {enabled: true, replicas: 2}")

    said = run("helm", "template", "exl", CHART, "--values", values, fails=True)

    assert "releasing.replicas: expected 1 where ledgers are not shared out" in said


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_a_worker_is_started_again_only_where_it_does_not_do_its_work(render, tmp_path, code):
    [container] = render("").pods()["ingest"]["containers"]
    program = tmp_path / "exchange-ledger"
    program.write_text(f"#!/bin/sh\nexit {code}\n")
    program.chmod(0o755)

    probed = subprocess.run(
        container["livenessProbe"]["exec"]["command"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
    )

    assert probed.returncode == (1 if code == 1 else 0)


def test_an_external_server_leaves_none_of_the_charts_own(render):
    found = render(SENTINELS)

    assert "StatefulSet" not in found.kinds()
    assert "valkey" not in found.pods()
    data = found.get("ConfigMap", "settings")["data"]
    assert data["LEDGER_SENTINEL_USER"] == "asker"
    assert data["LEDGER_REDIS_CERT_FILE"].endswith("client.crt")
    egress = found.get("NetworkPolicy", "parts")["spec"]["egress"]
    assert {"ipBlock": {"cidr": "10.1.0.0/16"}} in egress[-1]["to"]


def test_the_charts_own_server_reads_the_deployed_configuration(render):
    data = render("").get("ConfigMap", "valkey")["data"]

    for name in ("redis.conf", "secured.conf"):
        assert data[name].strip() == (ROOT / "deploy" / name).read_text(encoding="utf-8").strip()
    claim = render("").get("StatefulSet", "valkey")["spec"]["volumeClaimTemplates"][0]
    assert claim["metadata"]["name"] == "log"


def test_whoever_is_not_named_reaches_nothing(render):
    found = render(ALL_ON)

    assert found.get("NetworkPolicy", "nothing")["spec"]["policyTypes"] == ["Ingress", "Egress"]
    [rule] = found.get("NetworkPolicy", "valkey")["spec"]["ingress"]
    parts, keda = rule["from"]
    let_in = set(parts["podSelector"]["matchExpressions"][0]["values"])
    assert let_in == found.pods().keys() - {"valkey"} | {"sealing"}
    [leaving] = found.get("NetworkPolicy", "parts")["spec"]["podSelector"]["matchExpressions"]
    assert set(leaving["values"]) == let_in
    assert keda == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}


def test_editors_have_an_api_of_their_own_that_nobody_reaches_unless_named(render):
    found = render(SENTINELS)
    api, editing = found.pods()["api"]["containers"][0], found.pods()["editing"]["containers"][0]

    assert (editing["args"], user_of(editing)) == (api["args"], "editing")
    assert editing["readinessProbe"] == api["readinessProbe"]
    assert found.get("Service", "editing")["spec"]["type"] == "ClusterIP"
    assert ("NetworkPolicy", "editing") not in found.found
    named = render(
        "{editing: {enabled: true}, networkPolicy: {editingFrom: [{podSelector: {matchLabels: {a: b}}}]}}"
    )
    [rule] = named.get("NetworkPolicy", "editing")["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"a": "b"}}}]
    assert "editing" not in render("").pods()


def test_ledgers_by_a_pattern_are_shared_out_among_the_replicas(render):
    found, named = render(CLUSTER), render("ledgers: {names: [rus-ukr, yem-hou], leases: true}")

    assert found.get("ConfigMap", "settings")["data"]["LEDGER_NAMES"] == "*"
    assert "LEDGER_LEASES" not in found.get("ConfigMap", "settings")["data"]
    assert named.get("ConfigMap", "settings")["data"]["LEDGER_LEASES"] == "1"
    assert "LEDGER_LEASES" not in render("").get("ConfigMap", "settings")["data"]
    assert found.get("Deployment", "reconciliation")["spec"]["replicas"] == 4
    for shared in (found, named):
        for part, pod in shared.pods().items():
            if part not in ("api", "valkey"):
                asked = pod["containers"][0]["readinessProbe"]["exec"]["command"]
                about = ["--part", part, "--format", "json", "--here"]
                assert asked == ["exchange-ledger", "status", *about]


def test_segments_lie_on_one_volume_that_every_pod_mounts(render):
    made, given = render(ALL_ON), render(CLUSTER)

    claim = made.get("PersistentVolumeClaim", "sealed")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert "PersistentVolumeClaim" not in given.kinds()
    for found, name in ((made, "exl-exchange-ledger-sealed"), (given, "segments")):
        pods = [pod for part, pod in found.pods().items() if part != "valkey"]
        if found is made:
            pods.append(found.sealing())
        directory = found.get("ConfigMap", "settings")["data"]["LEDGER_SEALED_DIR"]
        for pod in pods:
            volumes = {volume["name"]: volume for volume in pod["volumes"]}
            assert volumes["sealed"]["persistentVolumeClaim"] == {"claimName": name}
            [container] = pod["containers"]
            assert {"name": "sealed", "mountPath": directory} in container["volumeMounts"]
    assert "LEDGER_SEALED_DIR" not in render("").get("ConfigMap", "settings")["data"]


def test_each_ledger_is_sealed_and_trimmed_by_the_operator_on_a_schedule(render, tmp_path):
    job = render(ALL_ON).get("CronJob", "sealing")["spec"]
    [container] = render(ALL_ON).sealing()["containers"]
    program, said = tmp_path / "exchange-ledger", tmp_path / "said"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {said}\n[ "$*" != "log trim --keep 2000000 --ledger rus-ukr" ]\n'
    )
    program.chmod(0o755)

    done = subprocess.run(
        [*container["command"], *container["args"]],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
    )

    assert (job["schedule"], job["concurrencyPolicy"]) == ("20 3 * * *", "Forbid")
    assert user_of(container) == "operator"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    # One that cannot be trimmed keeps no other from it, and the job fails.
    assert said.read_text().splitlines() == [
        f"log {what} --ledger {ledger}"
        for ledger in ("rus-ukr", "aa-bb")
        for what in ("seal --format parquet", "trim --keep 2000000")
    ]
    assert done.returncode == 1


def test_prometheus_is_given_the_deployed_alerts_for_the_job_they_name(render):
    found = render(ALL_ON)

    rules = found.get("PrometheusRule", "")["spec"]
    assert rules == yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    monitor = found.get("ServiceMonitor", "")["spec"]
    labels = found.get("Service", "api")["metadata"]["labels"]
    assert monitor["selector"]["matchLabels"].items() <= labels.items()
    assert labels[monitor["jobLabel"]] == "exchange-ledger"
    assert 'up{job="exchange-ledger"}' in found.text
    board = found.get("ConfigMap", "dashboard")
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    shipped = ROOT / "deploy" / "grafana" / "exchange-ledger.json"
    assert json.loads(board["data"]["exchange-ledger.json"]) == json.loads(shipped.read_text())


def test_runbooks_are_where_who_installs_says(render):
    found = render(
        "monitoring: {rules: {enabled: true, runbookBase: 'https://git.example/ledger/'}}"
    )

    for rule in found.get("PrometheusRule", "")["spec"]["groups"][0]["rules"]:
        url = rule["annotations"]["runbook_url"]
        assert url == f"https://git.example/ledger/docs/alerts.md#{rule['alert'].lower()}"


@pytest.mark.parametrize(
    "wrong",
    [
        "ingest.replicas=some",
        "settings.REDIS_URL=1",
        "settings.LEDGER_REDIS_PASSWORD_FILE=/x",
        "server.url=http://redis",
        "server.url=rediss://api:secret@redis",
        "valkey.maxmemory=lots",
        "keda.enable=true",
        "ledgers.names={A B}",
        "ledgers.leases=some",
        "sealed.schedule=nightly",
        "sealed.accessModes={ReadOnlyMany}",
        "settings.LEDGER_SEALED_DIR=/x",
    ],
)
def test_values_that_mean_nothing_are_refused(wrong):
    said = run("helm", "template", "exl", CHART, "--set", wrong, fails=True)

    assert "values don't meet the specifications of the schema" in said


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("keda.enabled=true", "keda.ledgers is needed"),
        ("sealed.enabled=true,sealed.schedule=@daily", "needs ledgers.names without patterns"),
    ],
)
def test_what_asks_for_names_refuses_a_pattern(given, found):
    said = run(
        *("helm", "template", "exl", CHART, "--set", "ledgers.names={*}", "--set", given),
        fails=True,
    )

    assert found in said


def test_sentinels_without_a_service_are_refused(tmp_path):
    said = run(
        *("helm", "template", "exl", CHART, "--set", "keda.enabled=true"),
        *("--set", "server.url=redis+sentinel://a:26379"),
        fails=True,
    )

    assert "must name the service that the Sentinels watch" in said
