"""Certificates and passwords of servers in company that speak TLS alone, made anew for each company."""

import subprocess
from pathlib import Path
from secrets import token_hex
from typing import Any


#: What `openssl` is asked for: an authority, and a certificate for servers and their clients on loopback.
EXTENSIONS = "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Secrets:
    """What servers and clients of one company show each other.

    Attributes:
        authority, certificate, key: Files of the authority's certificate, and of everybody's own.
        password: What clients of servers of data show.
        sentinel_password: What clients of Sentinels show.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self.authority, self.certificate = directory / "ca.crt", directory / "own.crt"
        self.key = directory / "own.key"
        self.password, self.sentinel_password = token_hex(16), token_hex(16)
        self._make()

    def _make(self) -> None:
        authority_key, request = self._directory / "ca.key", self._directory / "own.csr"
        extensions = self._directory / "extensions"
        extensions.write_text(EXTENSIONS)
        _openssl("req", "-x509", *CURVE, "-subj", "/CN=authority", "-days", "2")(
            keyout=authority_key, out=self.authority
        )
        _openssl("req", *CURVE, "-subj", "/CN=ledger")(keyout=self.key, out=request)
        _openssl("x509", "-req", "-CAcreateserial", "-days", "2")(
            **{"in": request, "CA": self.authority, "CAkey": authority_key},
            extfile=extensions,
            out=self.certificate,
        )

    def of_servers(self, port: int) -> dict[str, str]:
        """Settings of a server of data: TLS alone, certificates asked of all clients, a password."""
        return {
            **self._tls(port),
            "tls-cluster": "yes",
            "requirepass": self.password,
            "masterauth": self.password,
        }

    def of_sentinels(self, port: int, service: str) -> list[str]:
        """Lines of a Sentinel's file, after the service is named."""
        return [
            *(f"{name} {value}" for name, value in self._tls(port).items()),
            f"requirepass {self.sentinel_password}",
            f"sentinel auth-pass {service} {self.password}",
        ]

    def of_clients(self, *, is_sentinel: bool) -> dict[str, Any]:
        """What redis-py is told."""
        return {
            "ssl": True,
            "ssl_ca_certs": str(self.authority),
            "ssl_certfile": str(self.certificate),
            "ssl_keyfile": str(self.key),
            "password": self.sentinel_password if is_sentinel else self.password,
        }

    def settings(self, *, has_sentinels: bool) -> dict[str, Path]:
        """What our own programs are told, by the names of their settings; passwords as files."""
        settings = {
            "redis_ca_file": self.authority,
            "redis_cert_file": self.certificate,
            "redis_key_file": self.key,
            "redis_password_file": self.write("password", self.password),
        }
        if has_sentinels:
            path = self.write("sentinel.password", self.sentinel_password)
            settings["sentinel_password_file"] = path
        return settings

    def write(self, name: str, secret: str) -> Path:
        """Write a secret to a file of its own."""
        path = self._directory / name
        path.write_text(secret)
        return path

    def _tls(self, port: int) -> dict[str, str]:
        return {
            "port": "0",
            "tls-port": str(port),
            "tls-ca-cert-file": str(self.authority),
            "tls-cert-file": str(self.certificate),
            "tls-key-file": str(self.key),
            "tls-auth-clients": "yes",
            "tls-replication": "yes",
        }


def _openssl(*arguments: str) -> Any:
    def run(**paths: Path) -> None:
        named = [part for name, path in paths.items() for part in (f"-{name}", str(path))]
        subprocess.run(["openssl", *arguments, *named], check=True, capture_output=True)

    return run
