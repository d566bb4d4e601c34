"""Keys to sign with, as OpenSSL makes them."""

import subprocess
from pathlib import Path


def make_key(directory: Path, name: str, *, kind: str = "ed25519") -> tuple[Path, Path]:
    """Make a private and a public key."""
    private, public = directory / f"{name}.pem", directory / f"{name}.pub.pem"
    make: list[str | Path] = ["openssl", "genpkey", "-algorithm", kind, "-out", private]
    subprocess.run(make, check=True, capture_output=True)
    private.chmod(0o600)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public
