"""Servers in company that speak TLS alone, ask for certificates and know passwords: all of it, and one thing wrong."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import make_claims
from services.runtime.server_address import with_credentials
from tests.running import PATIENCE_SECONDS, Worker, running, wait_until
from tests.topologies.rig import CompanyRig
from tests.topologies.servers import Cluster, Watched


# The server that the tests bring is made without TLS.
pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="needs a redis-server with TLS"
)


@pytest.fixture(scope="module", params=[Watched, Cluster], ids=["watched", "cluster"])
def secured(request: pytest.FixtureRequest) -> Iterator[Any]:
    with request.param("redis", is_secured=True) as company:
        yield company


def settings_of(company: Any, **other: Path) -> dict[str, Any]:
    settings: dict[str, Any] = company.secrets.settings(has_sentinels=bool(company.sentinels))
    return settings | other


def test_workers_follow_a_failover_behind_tls_with_passwords_and_certificates(secured, tmp_path):
    secured.empty()
    rig = CompanyRig(secured, list(make_claims(120)), tmp_path)
    rig.settings = settings_of(secured)
    try:
        rig.start_workers()
        for worker in rig.workers.values():
            worker.started()
        # Those who publish and count here name all of it in the address.
        given = {"redis_url": secured.url, **settings_of(secured)}
        rig.url = rig.direct_url = with_credentials(given)["redis_url"]
        publisher = rig.publish(pause_seconds=0.02)
        wait_until(lambda: len(publisher.acknowledged) > 20)

        before = secured.primary()
        before.kill()
        secured.wait_for_other_primary(before)
        publisher.join()

        assert rig.settle()
        state = rig.state()
        assert state.recorded() == dict.fromkeys(rig.acknowledged(), 1)
        assert state.equals_replay()
        for worker in rig.workers.values():
            assert worker.is_alive
            assert secured.secrets.password not in worker.output()
            assert secured.secrets.sentinel_password not in worker.output()
    except BaseException:
        sys.stderr.write(rig.output())
        raise
    finally:
        rig.close()
        secured.heal()


def refusal(company: Any, tmp_path: Path, settings: dict[str, Any], url: str | None = None) -> str:
    """What a worker says, in one line, that cannot go on."""
    worker = Worker(
        "ingest",
        url or company.url,
        data_dir=tmp_path,
        allow_lossy=True,
        **(settings | {"retry_seconds": 1, "reconnect_seconds": 0.2}),
    )
    with running([worker]):
        assert worker.process.wait(PATIENCE_SECONDS) == 3
        [*_, told] = worker.log("server.unreachable")
        assert told["level"] == "error"
        assert company.secrets.password not in worker.output()
        return str(told["error"])


def test_a_wrong_password_is_named_in_one_line(secured, tmp_path):
    wrong = secured.secrets.write("wrong.password", "none of theirs")
    told = refusal(secured, tmp_path, settings_of(secured, redis_password_file=wrong))
    assert "password" in told
    assert "none of theirs" not in told


def test_a_missing_certificate_of_ours_is_named_in_one_line(secured, tmp_path):
    settings = settings_of(secured)
    del settings["redis_cert_file"], settings["redis_key_file"]
    assert "certificate" in refusal(secured, tmp_path, settings).lower()


def test_servers_of_another_authority_are_refused_in_one_line(secured, tmp_path):
    # Our own certificate is signed by the authority, and is none.
    settings = settings_of(secured, redis_ca_file=secured.secrets.certificate)
    assert "certificate" in refusal(secured, tmp_path, settings).lower()


def test_a_wrong_password_of_sentinels_is_named_in_one_line(secured, tmp_path):
    if not secured.sentinels:
        pytest.skip("a cluster has no Sentinels")
    wrong = secured.secrets.write("wrong.sentinel", "none of theirs")
    told = refusal(secured, tmp_path, settings_of(secured, sentinel_password_file=wrong))
    assert "Sentinel" in told
    assert "password" in told


def test_an_address_without_tls_is_told_in_one_line(secured, tmp_path):
    settings = settings_of(secured)
    for name in ("redis_ca_file", "redis_cert_file", "redis_key_file"):
        del settings[name]
    url = secured.url.replace("rediss", "redis", 1)
    assert refusal(secured, tmp_path, settings, url)
