"""Secrets and signatures of webhooks, as Standard Webhooks 1.0 has them (symmetric, `v1`).

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest


#: How every secret begins, so that one in a wrong place is recognised.
SECRET_PREFIX = "whsec_"  # noqa: S105  no secret
#: Random bytes of a secret; the standard asks for 24 to 64.
SECRET_BYTES = 32


def secret_of(random: bytes) -> str:
    """Return the secret that some random bytes make.

    >>> secret_of(bytes(24))
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return SECRET_PREFIX + b64encode(random).decode()


def signature(secret: str, message_id: str, sent: datetime, body: bytes) -> str:
    """Return the signature of a message that is sent at some time.

    >>> at = datetime.fromisoformat("2021-02-25T15:02:10+00:00")
    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = b"%s.%d.%s" % (message_id.encode(), int(sent.timestamp()), body)
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return f"v1,{b64encode(digest(key, signed, sha256)).decode()}"


def signed_headers(
    secrets: Sequence[str], message_id: str, sent: datetime, body: bytes
) -> Mapping[str, str]:
    """Return the headers of a message, with a signature for each secret that is valid."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": " ".join(signature(one, message_id, sent, body) for one in secrets),
    }
