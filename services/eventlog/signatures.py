"""Signatures of seals with Ed25519: they tell who sealed a log, where a seal alone tells that it was not changed.

`signatures.jsonl` beside the seals holds one a line. A signature is of the hash of a seal, which stands for the
whole log up to there; so the last one is enough. Keys are PEM files as OpenSSL writes them; only this module
needs the library, which comes with the extra `sign`.
"""

import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.seal import Seal, SealSignature
from services.eventlog.proof import Fault
from services.eventlog.segments import SIGNATURES, hash_of


#: Longest key file that is read, in bytes: an Ed25519 key in PEM has less than 200.
KEY_BYTES_MAX = 10_000


class SignatureError(Exception):
    """A key or a signature cannot be read; the message says what was expected and found."""


class SigningKey(NamedTuple):
    """A private key, and its public one in base64, by which signatures name it."""

    private: Any
    public: str

    def sign(self, seal: Seal, *, at: datetime) -> SealSignature:
        """Sign a seal."""
        unsigned = SealSignature(
            ledger=seal.ledger, last=seal.last, seal=hash_of(seal), at=at, key=self.public
        )
        signature = b64encode(self.private.sign(_message(unsigned))).decode()
        return unsigned.model_copy(update={"signature": signature})


def read_signing_key(path: Path) -> SigningKey:
    """Read a private key, which its owner alone may read.

    Raises:
        SignatureError: It cannot be read, is no Ed25519 key, or others may read it.
    """
    content = _read(path, is_secret=True)
    serialization, library = _library()
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except TypeError as error:
        raise SignatureError(f"expected a key without a passphrase in {path}, found one") from error
    except ValueError as error:
        raise SignatureError(
            f"expected an Ed25519 private key in {path} (PEM), found none"
        ) from error
    if not isinstance(key, library.Ed25519PrivateKey):
        raise SignatureError(
            f"expected an Ed25519 private key in {path}, found one of another kind"
        )
    return SigningKey(key, b64encode(key.public_key().public_bytes_raw()).decode())


def read_public_key(path: Path) -> str:
    """Read a public key, and return it in base64.

    Raises:
        SignatureError: It cannot be read, or is no Ed25519 key.
    """
    content = _read(path, is_secret=False)
    serialization, library = _library()
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError as error:
        raise SignatureError(
            f"expected an Ed25519 public key in {path} (PEM), found none"
        ) from error
    if not isinstance(key, library.Ed25519PublicKey):
        raise SignatureError(f"expected an Ed25519 public key in {path}, found one of another kind")
    return b64encode(key.public_bytes_raw()).decode()


def read_signatures(directory: Path) -> tuple[SealSignature, ...]:
    """Return the signatures of a directory, none if it has none yet.

    Raises:
        SignatureError: They cannot be read.
    """
    path = directory / SIGNATURES
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SignatureError(f"expected signatures in {path}, found {error.strerror}") from error
    try:
        return tuple(SealSignature.model_validate_json(line) for line in lines)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SignatureError(f"expected signatures in {path}, found {first['msg']}") from error


def write_signature(directory: Path, signature: SealSignature) -> None:
    """Add a signature to those of a directory, which is held by nobody else meanwhile."""
    path, temporary = directory / SIGNATURES, directory / ".signing"
    lines = [each.model_dump_json() for each in (*read_signatures(directory), signature)]
    with temporary.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def check_signatures(directory: Path, seals: Sequence[Seal], key: str) -> list[Fault]:
    """Check that the last seal is signed with a key, and every signature that is of that key.

    Raises:
        SignatureError: They cannot be read.
    """
    by_hash = {hash_of(seal): seal for seal in seals}
    found = read_signatures(directory)
    faults = []
    for signature in found:
        if signature.key == key and not _is_of(signature, by_hash.get(signature.seal)):
            text = f"expected a signature of seal {signature.seal} by this key, found a forged one"
            faults.append(Fault(signature.last, text))
    if not seals:
        return [*faults, Fault(1, "expected a signed seal, found none sealed")]
    last = seals[-1]
    of_last = [signature for signature in found if signature.seal == hash_of(last)]
    if not of_last:
        text = f"expected the last seal, {hash_of(last)}, to be signed, found no signature of it"
        faults.append(Fault(last.last, text))
    elif all(signature.key != key for signature in of_last):
        others = ", ".join(signature.key for signature in of_last)
        text = f"expected the last seal to be signed with key {key}, found another one: {others}"
        faults.append(Fault(last.last, text))
    return faults


def _is_of(signature: SealSignature, seal: Seal | None) -> bool:
    if seal is None or (seal.ledger, seal.last) != (signature.ledger, signature.last):
        return False
    _, library = _library()
    invalid = import_module("cryptography.exceptions").InvalidSignature
    try:
        public = library.Ed25519PublicKey.from_public_bytes(b64decode(signature.key))
        public.verify(b64decode(signature.signature), _message(signature))
    except (invalid, ValueError):
        return False
    return True


def _message(signature: SealSignature) -> bytes:
    """Return what is signed: all that a signature says but itself, and what it is for."""
    said = signature.model_dump_json(exclude={"signature"})
    return b"exchange-ledger seal 1\n" + said.encode()


def _read(path: Path, *, is_secret: bool) -> bytes:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise SignatureError(f"expected a key file, found {path}, which is none")
            if is_secret and (found.st_mode & 0o077 or found.st_uid != os.geteuid()):
                raise SignatureError(
                    f"expected a key file that its owner alone can read (mode 600), found {path} with "
                    f"mode {stat.S_IMODE(found.st_mode):03o} of user {found.st_uid}"
                )
            return file.read(KEY_BYTES_MAX)
    except OSError as error:
        raise SignatureError(f"expected a key file, found {path}: {error.strerror}") from error


def _library() -> tuple[Any, Any]:
    try:
        primitives = "cryptography.hazmat.primitives"
        return (
            import_module(f"{primitives}.serialization"),
            import_module(f"{primitives}.asymmetric.ed25519"),
        )
    except ImportError as error:
        raise SignatureError(
            "expected the library `cryptography`, which the extra `sign` of this project installs, found "
            "none"
        ) from error
