"""Releases that are kept: built once, never changed, served as they are, and withdrawn with a reason."""

import asyncio
import json
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from services.ledgers import demo_claims
from services.queries.replay import Replayed, replay
from services.release.directory import PlaceError
from services.release.kept import KeptReleases
from tests.release.making import AUTHORS, LEDGER, content_of


DAY = date(2031, 5, 10)
ORIGIN = "https://ledger.example.org"


@pytest.fixture(scope="module")
def replayed() -> Replayed:
    return replay(LINES, ledger=LEDGER)


LINES = demo_claims("rus-ukr").splitlines()[:40]


def build(kept: KeptReleases, replayed: Replayed, day: date = DAY):
    content = content_of(replayed)
    return asyncio.run(kept.build(content, day=day, authors=AUTHORS, origin=ORIGIN))


def test_a_release_of_a_day_says_its_position_and_the_sum_that_stands_for_all_files(
    tmp_path, replayed
):
    kept = KeptReleases(tmp_path / "of" / "rus-ukr", "rus-ukr")
    made = build(kept, replayed)

    assert kept.all() == [made]
    assert made.position == len(replayed.log.bodies())
    sums = (tmp_path / "of" / "rus-ukr" / "2031-05-10" / "SHA256SUMS").read_bytes()
    assert made.sha256 == sha256(sums).hexdigest()
    listed = {line.split("  ")[1]: line.split("  ")[0] for line in sums.decode().splitlines()}
    assert listed == {one.name: one.sha256 for one in made.files if one.name != "SHA256SUMS"}
    described = json.loads(path_of(kept, made, "datapackage.json").read_text())
    assert described["homepage"] == f"{ORIGIN}/releases/rus-ukr/2031-05-10/"
    assert described["licenses"][0]["name"] == "CC-BY-4.0"
    assert kept.changed_files(made) == []


def path_of(kept: KeptReleases, made, name: str) -> Path:
    path = kept.file(made, name)
    assert path is not None
    return path


def test_a_day_has_one_release_which_is_never_written_again(tmp_path, replayed):
    kept = KeptReleases(tmp_path, "rus-ukr")
    made = build(kept, replayed)
    with pytest.raises(PlaceError, match="expected no release of rus-ukr of 2031-05-10"):
        build(kept, replayed)
    other = build(kept, replayed, date(2031, 5, 11))

    assert [one.day for one in kept.all()] == [other.day, made.day]
    assert kept.find("2031-05-10") == made
    path = path_of(kept, made, "figures.csv")
    assert path.stat().st_mode & 0o222 == 0
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    assert kept.changed_files(made) == ["figures.csv"]


def test_only_files_of_a_release_and_only_days_are_found(tmp_path, replayed):
    kept = KeptReleases(tmp_path / "a", "rus-ukr")
    made = build(kept, replayed)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "a" / "2031-05-10" / "more.csv").write_text("x")

    for name in ("../secret", "../../secret", "more.csv", "", ".", "/etc/passwd"):
        assert kept.file(made, name) is None
    for day in ("2031-05-09", "..", "2031-05-10/..", "2031-5-10", "٢٠٣١-05-10", ""):
        assert kept.find(day) is None


def test_what_is_withdrawn_leaves_its_sum_and_the_reason_and_cannot_be_built_again(
    tmp_path, replayed
):
    kept = KeptReleases(tmp_path, "rus-ukr")
    made = build(kept, replayed)
    at = datetime(2031, 6, 1, tzinfo=UTC)
    gone = kept.withdraw(made, who="a keeper", why="words of a person were erased", at=at)

    assert not (tmp_path / "2031-05-10").exists()
    [listed] = kept.all()
    assert listed == gone
    assert (listed.sha256, listed.position, listed.files) == (made.sha256, made.position, ())
    assert listed.withdrawn is not None
    assert listed.withdrawn.why == "words of a person were erased"
    with pytest.raises(PlaceError, match="found one that was withdrawn"):
        build(kept, replayed)
