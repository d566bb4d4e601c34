"""The receiver in docs/webhooks.md, run as it stands by Node: it takes what is signed, once, and nothing else."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from services.runtime import clock
from services.webhooks.signing import secret_of, signed_headers
from tests.running import wait_until
from tests.test_docs import read


pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")

SECRET = secret_of(bytes(range(32)))
BODY = (
    b'{"type":"figure.changed","timestamp":"2024-01-03T19:02:11Z","data":{"ledger":"rus-ukr","change":"812-1",'
    b'"position":812,"id":"2024-01-03:returned:UA:all","figure":{"low":230,"high":null}}}'
)


def test_the_documented_receiver_takes_what_is_signed_once_and_nothing_else(tmp_path: Path):
    [program] = re.findall(
        r"^```js\n(.*?)^```$", read("docs/webhooks.md"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "receiver.mjs").write_text(program)
    printed = tmp_path / "printed"
    with printed.open("w") as output:
        process = subprocess.Popen(
            ["node", "receiver.mjs"],
            cwd=tmp_path,
            env={**os.environ, "SECRET": SECRET, "PORT": "0"},
            stdout=output,
        )
    try:
        wait_until(lambda: "listening on" in printed.read_text())
        port = printed.read_text().split()[2]
        headers = dict(signed_headers([SECRET], "rus-ukr_812-1", clock.now(), BODY))
        other = signed_headers([secret_of(bytes(32))], "rus-ukr_812-1", clock.now(), BODY)
        both = headers | {"webhook-signature": f"v1a,x {headers['webhook-signature']}"}
        late = headers | {"webhook-timestamp": "1704308531"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            statuses = [
                http.post("/", content=content, headers=sent).status_code
                for sent, content in (
                    (headers, BODY),
                    (both, BODY),
                    (other, BODY),
                    (late, BODY),
                    (headers, BODY + b" "),
                    ({}, BODY),
                )
            ]
    finally:
        process.kill()
        process.wait()

    assert statuses == [204, 204, 401, 401, 401, 401]
    assert printed.read_text().splitlines()[1:] == [
        "figure.changed 2024-01-03:returned:UA:all 230 to ?"
    ]
