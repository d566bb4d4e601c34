"""The log of a running ledger, sealed into files and proven against them."""

import json
import re

import pytest

from schemas.seal import Seal
from services.eventlog.segments import hash_of
from tests.signing_keys import make_key


pytestmark = [pytest.mark.redis, pytest.mark.e2e]


@pytest.fixture
def sealed(running, call, tmp_path):
    """Segments of the running ledger's log, four events each."""
    place = tmp_path / "sealed"
    assert call("log", "seal", place, "--size", 4).code == 0
    return place


def test_the_segments_are_the_log(sealed, call):
    files = sorted(sealed.glob("0*.jsonl"))

    assert len(files) > 2
    assert "".join(path.read_text() for path in files) == call("log", "export").out


def test_sealing_is_told_and_again_does_nothing(sealed, call):
    last = Seal.model_validate_json((sealed / "seals.jsonl").read_text().splitlines()[-1])

    again = call("log", "seal", sealed)

    assert again.out == f"sealed up to position {last.last}: seal {hash_of(last)}\n"
    assert call("log", "seal", sealed.parent / "none", "--ledger", "judged").code == 0


def test_the_log_is_proven_against_its_segments(sealed, call):
    [seal] = re.findall(r"seal ([0-9a-f]{64})", call("log", "seal", sealed).out)
    count = len(call("log", "export").out.splitlines())

    for options in ((), ("--seal", seal), ("--offline",)):
        answer = call("log", "verify", "--sealed", sealed, *options)
        assert answer.code == 0
        assert answer.out == f"{count} events, sealed up to {count}, 0 faults\n"
    unknown = call("log", "verify", "--sealed", sealed, "--seal", "0" * 64)
    assert unknown.code == 1
    assert "found none of that hash" in unknown.out


def test_what_was_changed_in_a_segment_is_found_and_not_continued(sealed, call):
    path = max(sealed.glob("0*.jsonl"))
    lines = path.read_text().splitlines()
    event = json.loads(lines[-1]) | {"subject": "other"}
    path.write_text("\n".join([*lines[:-1], json.dumps(event)]) + "\n")

    verified = call("log", "verify", "--sealed", sealed)

    assert verified.code == 1
    assert "with sha256" in verified.out
    assert "the log holds another event than was sealed" in verified.out
    offline = call("log", "verify", "--sealed", sealed, "--offline")
    assert "expected ledger rus-ukr, found other" in offline.out
    assert call("log", "seal", sealed).code == 1


def test_options_that_make_no_sense_are_refused_in_one_line(sealed, call):
    for arguments in (
        ("verify", "--offline"),
        ("verify", "--sealed", sealed, "--ledger", "growing"),
        ("seal", sealed / "none" / "none"),
    ):
        answer = call("log", *arguments)
        assert answer.code == 2
        assert len(answer.err.splitlines()) == 1


def test_a_sealed_log_is_signed_once_and_proven_by_its_public_key(sealed, call, tmp_path):
    pytest.importorskip("cryptography", reason="the extra `sign` is not installed")
    (key, public), (_, other) = make_key(tmp_path, "ours"), make_key(tmp_path, "theirs")
    unsigned = call("log", "verify", "--sealed", sealed, "--public-key", public)
    assert (unsigned.code, "found no signature of it" in unsigned.out) == (1, True)

    for _ in range(2):
        assert call("log", "seal", sealed, "--sign", key).code == 0

    assert len((sealed / "signatures.jsonl").read_text().splitlines()) == 1
    for options in ((), ("--offline",)):
        answer = call("log", "verify", "--sealed", sealed, "--public-key", public, *options)
        assert (answer.code, answer.out[-9:]) == (0, "0 faults\n")
    wrong = call("log", "verify", "--sealed", sealed, "--public-key", other)
    assert (wrong.code, "found another one" in wrong.out) == (1, True)
    key.chmod(0o644)
    for refused in (
        call("log", "seal", sealed, "--sign", key),
        call("log", "verify", "--public-key", public),
    ):
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
