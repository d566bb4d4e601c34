"""A release of a running ledger holds what the reading commands answer."""

import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from services.reconciliation.policy import LATEST_POLICY
from tests.release.making import csv_rows, descriptor_of


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


def test_a_release_holds_what_the_commands_answer(running, call, tmp_path):
    place = tmp_path / "release"

    answer = call("export", place)

    assert answer.code == 0
    position = json.loads(call("log", "tail", "-n", 1, "--format", "jsonl").out)["position"]
    assert answer.out.startswith(
        f"{place}: rus-ukr {LATEST_POLICY.version}.{position}: 1 exchanges, "
    )
    assert (place / "log.jsonl").read_text() == call("log", "export").out
    for view in ("exchanges", "figures", "cumulative", "checks", "claims"):
        rows = json.loads(call(view).out)
        assert len(csv_rows(place, view)) == len(rows) > 0
    shown = {row["id"]: row["best"] for row in json.loads(call("figures").out)}
    released = pq.read_table(place / "figures.parquet").to_pylist()
    assert {row["id"]: row["best"] for row in released} == shown


def test_another_process_with_another_clock_and_hash_seed_writes_the_same_bytes(
    running, call, tmp_path
):
    assert call("export", tmp_path / "one").code == 0
    subprocess.run(
        [sys.executable, "-m", "services.cli.main", "export", str(tmp_path / "two")],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
        check=True,
        capture_output=True,
    )

    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_release_of_another_time_holds_what_was_known_or_said_then(running, call, tmp_path):
    said, known = tmp_path / "said", tmp_path / "known"

    assert call("export", said, "--as-asserted-by", "2024-01-03T17:50:00Z").code == 0
    assert call("export", known, "--as-known-on", "2020-01-01").code == 0

    [figure] = [row for row in csv_rows(said, "figures") if row["id"].endswith("returned:UA:all")]
    assert (figure["low"], figure["high"]) == (201, None)
    assert descriptor_of(said)["as_asserted_by"] == "2024-01-03T17:50:00Z"
    assert descriptor_of(said)["version"].endswith("+asserted-by-20240103T175000")
    assert csv_rows(known, "claims") == []
    assert (known / "log.jsonl").read_text() == ""


def test_who_releases_it_is_cited(running, call, tmp_path):
    arguments = ("--author", "Ada Keeper", "--author", "A list: #1")

    assert call("export", tmp_path / "release", *arguments).code == 0

    assert '  - name: "A list: #1"\n' in (tmp_path / "release" / "CITATION.cff").read_text()


def test_a_taken_place_is_refused_in_one_line(running, call, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    answer = call("export", tmp_path)

    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert "thesis.txt" in answer.err
