"""Releases over HTTP: at fixed addresses, the same bytes each time, and named by catalogues."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.main import run
from services.release.kept import KeptReleases
from services.runtime import clock
from services.runtime.settings import Settings
from tests.api.running import Running, serving
from tests.api.test_bad_requests import problem_of
from tests.running import PATIENCE_SECONDS, Worker, wait_until
from tests.running import running as running_workers


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

DAY = "2031-05-10"
ADDRESS: Any = {"timeout": PATIENCE_SECONDS}


@pytest.fixture(scope="module")
def built(running: Running, seeded_position, tmp_path_factory) -> Iterator[Path]:
    """A directory with a release, built by the command."""
    place: Path = tmp_path_factory.mktemp("releases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEDGER_REDIS_URL", running.server_url)
        patch.setenv("LEDGER_RELEASES_DIR", str(place))
        for arguments, code in (
            (("build", "--day", DAY), 0),
            (("build", "--day", DAY), 2),
            (("verify",), 0),
        ):
            with pytest.raises(SystemExit) as ended:
                run(["releases", *arguments])
            assert ended.value.code == code
    yield place
    shutil.rmtree(place)


async def test_a_release_is_listed_served_and_named_by_page_sitemap_and_catalogue(
    running, built, seeded_position
):
    async with (
        serving(running, releases_dir=built) as url,
        httpx.AsyncClient(base_url=url, **ADDRESS) as http,
    ):
        [release] = (await http.get("/v1/releases")).json()["items"]
        assert release["day"] == DAY
        assert release["position"] == seeded_position
        base = f"/releases/rus-ukr/{DAY}"
        for file in release["files"]:
            answer = await http.get(f"{base}/{file['name']}")
            assert answer.status_code == 200
            assert sha256(answer.content).hexdigest() == file["sha256"], file["name"]
            assert answer.headers["content-type"] == file["media_type"]
            assert answer.headers["etag"].strip('W/"').startswith(file["sha256"][:32])
        known = {"If-None-Match": answer.headers["etag"]}
        assert (await http.get(f"{base}/{file['name']}", headers=known)).status_code == 304
        head = await http.head(f"{base}/figures.csv")
        assert (head.status_code, head.content) == (200, b"")

        page = (await http.get("/releases")).text
        assert f'href="{base}/croissant.json"' in page
        assert 'lang="uk"' in (await http.get("/rus-ukr/releases?lang=uk")).text
        there = await http.get(base)
        assert (there.status_code, there.headers["location"]) == (
            307,
            f"/rus-ukr/releases#r-{DAY}",
        )
        assert f"{url}{base}/README.md" in (await http.get("/sitemap.xml")).text
        first = (await http.get("/dcat.jsonld")).json()["dcat:dataset"][0]
        [version] = first["dcat:hasVersion"]
        assert version["dct:issued"]["@value"] == DAY
        sums = {
            one["@id"].rpartition("/")[2]: one["spdx:checksum"]["spdx:checksumValue"]["@value"]
            for one in version["dcat:distribution"]
        }
        assert sums == {file["name"]: file["sha256"] for file in release["files"]}

        for path in (
            f"{base}/..%2f..%2fsecret",
            f"{base}/nothing.csv",
            "/releases/rus-ukr/2031-05-09/figures.csv",
            "/releases/nobody/2031-05-10/figures.csv",
        ):
            assert (await http.get(path)).status_code == 404, path


async def test_what_was_withdrawn_is_gone_and_says_why(running, built, tmp_path):
    shutil.copytree(built, tmp_path / "copy")
    settings = Settings(releases_dir=tmp_path / "copy")
    kept = KeptReleases(settings.releases_of("rus-ukr"), "rus-ukr")
    found = kept.find(DAY)
    assert found is not None
    kept.withdraw(found, who="a keeper", why="words were erased", at=clock.now())
    async with (
        serving(running, releases_dir=tmp_path / "copy") as url,
        httpx.AsyncClient(base_url=url, **ADDRESS) as http,
    ):
        gone = await http.get(f"/releases/rus-ukr/{DAY}/figures.csv")
        assert "words were erased" in problem_of(gone, 410)["detail"]
        [release] = (await http.get("/v1/releases")).json()["items"]
        assert release["withdrawn"]["why"] == "words were erased"
        assert "words were erased" in (await http.get("/releases")).text
        assert "dcat:hasVersion" not in (await http.get("/dcat.jsonld")).json()["dcat:dataset"][0]


def test_the_worker_builds_a_release_once(running, tmp_path, seeded_position):
    place = tmp_path / "releases"
    settings = {"releases_dir": place, "data_dir": tmp_path / "data"}
    worker = Worker("releasing", running.server_url, **settings)
    with running_workers([worker]):
        wait_until(lambda: worker.log("release.built"))
        [built] = worker.log("release.built")
        worker.stop()
    again = Worker("releasing", running.server_url, **settings)
    with running_workers([again]):
        again.started()
        assert again.stop() == 0
        assert again.log("release.built") == []
    [kept] = KeptReleases(place / "rus-ukr", "rus-ukr").all()
    assert (kept.day, kept.sha256) == (date.fromisoformat(built["day"]), built["digest"])
    assert json.loads((place / "rus-ukr" / built["day"] / "croissant.json").read_text())
