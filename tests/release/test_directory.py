"""A release is whole or not there, and takes the place of nothing but an earlier release."""

from pathlib import Path

import pytest

from services.release.directory import PlaceError, release_directory
from services.release.parquet import OutOfRangeError
from tests.builders import recorded_claim, reported
from tests.release.making import release


def refusal(place: Path, *, replaces: bool = True) -> str:
    before = sorted(place.rglob("*")) if place.is_dir() else None
    with pytest.raises(PlaceError) as refused, release_directory(place, replaces=replaces):
        raise AssertionError("nothing is written before the place is known to be free")
    assert before is None or sorted(place.rglob("*")) == before
    return str(refused.value)


def fill(place: Path, fault: Exception | None = None) -> None:
    """Write half a release, and meet a fault, or find that somebody else wrote into its place."""
    with release_directory(place, replaces=True) as directory:
        (directory / "half").write_text("half")
        if fault:
            raise fault
        place.mkdir()
        (place / "theirs.txt").write_text("theirs")


def test_an_empty_directory_is_taken(tmp_path):
    place = tmp_path / "release"
    place.mkdir()

    release([reported()], place)

    assert (place / "datapackage.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_a_file_stays_a_file(tmp_path):
    (tmp_path / "file").write_text("mine")

    assert "a file" in refusal(tmp_path / "file")


def test_a_directory_of_others_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    assert "with thesis.txt in it" in refusal(tmp_path)


def test_a_data_package_of_others_is_left_alone(tmp_path):
    (tmp_path / "datapackage.json").write_text('{"name": "other"}')
    (tmp_path / "SHA256SUMS").write_text("")

    assert "expected a new or empty directory" in refusal(tmp_path)


def test_a_place_in_no_directory_is_refused(tmp_path):
    assert "found no" in refusal(tmp_path / "none" / "release")


def test_an_earlier_release_is_replaced_when_asked(tmp_path):
    place = tmp_path / "release"
    release([reported()], place)
    assert "--replace" in refusal(place, replaces=False)

    release([reported(), reported("c2")], place, replaces=True)

    assert len((place / "claims.csv").read_text().splitlines()) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_an_earlier_release_with_a_file_of_somebody_in_it_is_left_alone(tmp_path):
    place = tmp_path / "release"
    release([reported()], place)
    (place / "notes.txt").write_text("mine")

    assert "notes.txt beside it" in refusal(place)


def test_a_fault_leaves_the_earlier_release_and_nothing_else(tmp_path):
    place = tmp_path / "release"
    release([reported()], place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    with pytest.raises(KeyError):
        fill(place, KeyError("a fault on the way"))

    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_what_comes_into_the_place_meanwhile_is_left_alone(tmp_path):
    place = tmp_path / "release"

    with pytest.raises(PlaceError, match=r"with theirs\.txt in it"):
        fill(place)

    assert [path.name for path in place.iterdir()] == ["theirs.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_sums_that_no_64_bits_hold_are_told_not_cut(tmp_path):
    most = 2**63 - 1
    # As logs of before hold them: intake accepts no such number any more.
    lines = [
        recorded_claim(1, value=most, exchange={"date": "2024-01-03"}).model_dump_json().encode(),
        recorded_claim(2, value=most, exchange={"date": "2024-01-31"}).model_dump_json().encode(),
    ]

    with pytest.raises(OutOfRangeError, match="64 bits in"):
        release(lines, tmp_path / "release")

    assert list(tmp_path.iterdir()) == []
