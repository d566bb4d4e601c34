"""The descriptions of a release are sound to the validators of others, which find it when they are not."""

import asyncio
import json
from datetime import date
from pathlib import Path
from shutil import copytree

import httpx
import pytest
from frictionless import Package

from services.queries.replay import replay
from services.release.kept import KeptReleases
from tests.api.running import Running, serving
from tests.reconciliation.labelled_sets import FIRST_PERIOD
from tests.release.making import AUTHORS, LEDGER, content_of
from tests.running import PATIENCE_SECONDS
from tests.standards.conftest import RunProgram


SHAPES = Path(__file__).parent / "dcat-ap.ttl"


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """A release of the first period's claims, as it is kept."""
    place: Path = tmp_path_factory.mktemp("releases")
    kept = KeptReleases(place, LEDGER.name)
    content = content_of(replay(FIRST_PERIOD.lines, ledger=LEDGER))
    origin = "https://ledger.example.org"
    asyncio.run(kept.build(content, day=date(2031, 5, 10), authors=AUTHORS, origin=origin))
    return place / "2031-05-10"


def test_frictionless_finds_the_data_package_valid(released):
    described = json.loads((released / "datapackage.json").read_text(encoding="utf-8"))
    # It reads Parquet and JSON lines through further libraries, which would be judged here beside the tables.
    described["resources"] = [one for one in described["resources"] if one["format"] == "csv"]
    report = Package.from_descriptor(described, basepath=str(released)).validate()

    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "message"])
    assert report.stats["tasks"] > 8


def test_mlcroissant_finds_the_croissant_valid_and_reads_its_rows(run: RunProgram, released):
    lines = run("python", "read_croissant.py", released / "croissant.json", "figures")

    assert lines[0] == "valid"
    assert int(lines[1]) > 100
    assert json.loads(lines[2])["figures/low"] >= 0


def test_csvw_finds_the_tables_valid_and_a_spoilt_one_not(run: RunProgram, released, tmp_path):
    assert run("csvwvalidate", released / "csv-metadata.json")[-1] == "OK"
    for path in released.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    figures = tmp_path / "figures.csv"
    text = figures.read_text(encoding="utf-8")
    figures.write_text(text.replace(",consistent,", ",agreeable,", 1), encoding="utf-8")
    with pytest.raises(AssertionError, match="FAIL"):
        run("csvwvalidate", tmp_path / "csv-metadata.json")


def test_cffconvert_finds_the_citation_of_a_release_and_of_the_project_valid(
    run: RunProgram, released
):
    for path in (released / "CITATION.cff", Path(__file__).parents[2] / "CITATION.cff"):
        assert "valid" in " ".join(run("cffconvert", "--validate", "--infile", path)).lower()


async def test_shacl_finds_the_catalogue_with_a_release_valid_and_a_spoilt_one_not(
    run: RunProgram, running: Running, released, tmp_path
):
    copytree(released, tmp_path / "kept" / LEDGER.name / released.name)
    async with (
        serving(running, releases_dir=tmp_path / "kept") as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        told = (await http.get("/dcat.jsonld")).raise_for_status().text
    path = tmp_path / "dcat.jsonld"
    path.write_text(told, encoding="utf-8")
    judge = ("pyshacl", "--shapes", SHAPES, "--data-file-format", "json-ld", path)

    assert '"dcat:hasVersion"' in told
    assert "Conforms: True" in run(*judge)
    for word, other in (("dcat:accessURL", "dcat:access"), ("xsd:hexBinary", "xsd:string")):
        path.write_text(told.replace(f'"{word}"', f'"{other}"'), encoding="utf-8")
        with pytest.raises(AssertionError, match="Conforms: False"):
            run(*judge)
