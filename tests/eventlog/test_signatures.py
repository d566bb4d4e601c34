"""Signatures of seals: one by the right key of the last seal is accepted, and every other state named in a line."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.seal import Seal
from services.eventlog import signatures
from services.eventlog.port import Entry
from services.eventlog.segments import SIGNATURES, check_seals, hash_of, read_seals, sealing
from services.eventlog.signatures import (
    SignatureError,
    check_signatures,
    read_public_key,
    read_signing_key,
    write_signature,
)
from tests.signing_keys import make_key


cryptography = pytest.importorskip("cryptography", reason="the extra `sign` is not installed")
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    directory: Path = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        make_key(directory, name)
    return directory


@pytest.fixture
def sealed(tmp_path: Path, keys: Path) -> Path:
    """Two segments, the last seal signed with our key."""
    directory = tmp_path / "sealed"
    with sealing(directory, "rus-ukr") as continued:
        for position in (1, 2):
            continued.write(Entry(position, b'{"position":%d}' % position))
            continued.seal()
        key = read_signing_key(keys / "ours.pem")
        write_signature(directory, key.sign(continued.seals[-1], at=AT))
    return directory


def faults(sealed: Path, key: Path) -> list[str]:
    seals = read_seals(sealed, "rus-ukr")
    found = [*check_seals(sealed, seals), *check_signatures(sealed, seals, read_public_key(key))]
    return [fault.text for fault in found]


def test_a_log_signed_with_the_key_that_is_asked_for_is_proven(sealed, keys):
    assert faults(sealed, keys / "ours.pub.pem") == []


def test_a_signature_is_what_openssl_proves_too(sealed, keys, tmp_path):
    [line] = (sealed / SIGNATURES).read_text().splitlines()
    said = json.loads(line)
    (tmp_path / "signature").write_bytes(b64decode(said.pop("signature")))
    message = json.dumps(said, separators=(",", ":")).encode()
    (tmp_path / "message").write_bytes(b"exchange-ledger seal 1\n" + message)

    proven = subprocess.run(
        [
            *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", keys / "ours.pub.pem", "-rawin"),
            *("-in", tmp_path / "message", "-sigfile", tmp_path / "signature"),
        ],
        check=False,
        capture_output=True,
    )

    assert proven.returncode == 0, proven.stderr


def alter(sealed: Path) -> None:
    (sealed / "000000000001.jsonl").write_text('{"position":9}\n')


def unsign(sealed: Path) -> None:
    (sealed / SIGNATURES).unlink()


def seal_more(sealed: Path) -> None:
    with sealing(sealed, "rus-ukr") as continued:
        continued.write(Entry(3, b'{"position":3}'))
        continued.seal()


def move_signature(sealed: Path) -> None:
    """The signature of the last seal is said to be of the one before."""
    path = sealed / SIGNATURES
    first = Seal.model_validate_json((sealed / "seals.jsonl").read_text().splitlines()[0])
    said = json.loads(path.read_text()) | {"seal": hash_of(first), "last": 1}
    path.write_text(json.dumps(said) + "\n")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (alter, "expected 000000000001.jsonl with sha256"),
        (unsign, "to be signed, found no signature of it"),
        (seal_more, "to be signed, found no signature of it"),
        (move_signature, "by this key, found a forged one"),
    ],
)
def test_what_is_wrong_is_named(sealed, keys, spoil: Callable[[Path], None], text):
    spoil(sealed)

    assert any(text in fault for fault in faults(sealed, keys / "ours.pub.pem"))


def test_a_signature_by_another_key_is_named_with_both(sealed, keys):
    theirs = keys / "theirs.pub.pem"

    [fault] = faults(sealed, theirs)

    assert read_public_key(theirs) in fault
    assert read_public_key(keys / "ours.pub.pem") in fault


def test_a_key_that_others_can_read_is_refused(keys, tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes((keys / "ours.pem").read_bytes())
    for mode in (0o644, 0o640, 0o604, 0o620):
        key.chmod(mode)
        with pytest.raises(SignatureError, match=f"that its owner alone can read.* mode {mode:o}"):
            read_signing_key(key)
    key.chmod(0o400)
    assert read_signing_key(key).public == read_public_key(keys / "ours.pub.pem")


def test_a_key_that_is_none_is_refused(keys, tmp_path):
    other, other_public = make_key(tmp_path, "other", kind="x25519")
    none = tmp_path / "none.pem"
    none.write_text("no key")
    none.chmod(0o600)
    locked = tmp_path / "locked.pem"
    encrypt = [
        "openssl",
        "pkey",
        "-in",
        keys / "ours.pem",
        "-aes256",
        "-passout",
        "pass:x",
        "-out",
        locked,
    ]
    subprocess.run(encrypt, check=True)
    locked.chmod(0o600)
    for path, said in (
        (other, "found one of another kind"),
        (none, "expected an Ed25519 private key in"),
        (keys / "ours.pub.pem", "owner alone"),
        (locked, "without a passphrase"),
        (tmp_path / "gone", "No such file"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(SignatureError, match=said):
            read_signing_key(path)
    for path, said in (
        (other_public, "another kind"),
        (none, "public key in"),
        (keys / "ours.pem", "public"),
    ):
        with pytest.raises(SignatureError, match=said):
            read_public_key(path)


def test_without_the_library_one_line_names_the_extra(keys, monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(signatures, "import_module", missing)

    with pytest.raises(SignatureError, match="which the extra `sign` of this project installs"):
        read_public_key(keys / "ours.pub.pem")
