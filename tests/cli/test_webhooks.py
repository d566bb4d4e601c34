"""`webhooks`: an address that cannot be sent to is refused in one line, before a server is asked."""

import pytest


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://x", "a web address that begins with http:// or https://, found 'ftp://x'"),
        ("somewhere", "a web address that begins with http:// or https://, found 'somewhere'"),
        ("http://a:b@x/", "an address without a password, found 'http://a:b@x/'"),
    ],
)
def test_an_address_that_is_none_is_refused(call, address, said):
    refused = call("webhooks", "add", address)

    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"exchange-ledger: url: expected {said}\n"
