"""Addresses with what is named beside them: users, passwords and certificates."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.eventlog.address import read_address
from services.runtime.settings import Settings


def test_the_parts_of_a_watched_service_are_read_from_its_address_and_what_stands_beside(tmp_path):
    for name in ("data", "sentinel"):
        (tmp_path / name).write_text(f"{name}: secret/&?\n")

    settings = Settings(
        redis_url="rediss+sentinel://one,[::1]:26380/ledgers",
        redis_user="api",
        redis_password_file=tmp_path / "data",
        redis_ca_file=Path("/run/ca.crt"),
        redis_cert_file=Path("/run/api.crt"),
        redis_key_file=Path("/run/api.key"),
        sentinel_user="asker",
        sentinel_password_file=tmp_path / "sentinel",
    )

    address = read_address(settings.redis_url or "")
    assert address.hosts == (("one", 26379), ("::1", 26380))
    assert address.service == "ledgers"
    assert address.is_encrypted
    assert (address.sentinel_user, address.sentinel_password) == ("asker", "sentinel: secret/&?")
    assert address.url == (
        "rediss://api:data%3A%20secret%2F%26%3F@one:26379?ssl_ca_certs=%2Frun%2Fca.crt"
        "&ssl_certfile=%2Frun%2Fapi.crt&ssl_keyfile=%2Frun%2Fapi.key"
    )


@pytest.mark.parametrize(
    ("url", "beside", "told"),
    [
        ("redis://one", {"redis_cert_file": "/c"}, "rediss:// URL beside LEDGER_REDIS_CERT_FILE"),
        ("redis+sentinel://one/x", {"redis_ca_file": "/c"}, "rediss:// URL beside LEDGER_REDIS_CA"),
        ("redis://one", {"sentinel_user": "u"}, r"redis\+sentinel:// URL beside LEDGER_SEN"),
        ("redis+sentinel://one,[::1/x", {}, r"host:port or \[address\]:port"),
        ("redis+sentinel://u@one/x", {"redis_user": "u"}, "found it in both places"),
    ],
)
def test_what_does_not_fit_the_address_is_refused_by_name(url, beside, told):
    with pytest.raises(ValidationError, match=told):
        Settings(redis_url=url, **beside)
