"""Ask whether a known advisory is about a package of the runtime lock: part of `make check`.

Exits 1 if one is. Where no source of advisories can be reached it says so, and passes: a check that
fails without a network would soon be left out.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


LOCK = Path(__file__).parents[1] / "requirements.lock"
#: How long the source may take, in seconds.
SECONDS_MAX = 120


def main() -> int:
    """Ask, and print what was found."""
    try:
        asked = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--require-hashes"),
                *(
                    "--disable-pip",
                    "--progress-spinner",
                    "off",
                    "--timeout",
                    "5",
                    "--format",
                    "json",
                ),
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        dependencies = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        dependencies = []
    text, exit_code = told(dependencies)
    sys.stdout.write(f"{text}\n")
    return exit_code


def told(dependencies: list[dict[str, Any]]) -> tuple[str, int]:
    """Return what an answer of pip-audit comes to, and the exit code.

    >>> told([{"name": "a", "skip_reason": "not found"}])
    ('advisories: no source could be reached, nothing was looked up', 0)
    >>> told([{"name": "a", "version": "1", "vulns": []}])
    ('advisories: none about the 1 of 1 packages that were looked up', 0)
    >>> told([{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}])
    ('a 1: X-1, mended in 2', 1)
    """
    looked_up = [one for one in dependencies if "vulns" in one]
    found = [
        f"{one['name']} {one['version']}: {advisory['id']}, mended in "
        f"{', '.join(advisory['fix_versions']) or 'no version yet'}"
        for one in looked_up
        for advisory in one["vulns"]
    ]
    if found:
        return "\n".join(found), 1
    if not looked_up:
        return "advisories: no source could be reached, nothing was looked up", 0
    counts = f"{len(looked_up)} of {len(dependencies)}"
    return f"advisories: none about the {counts} packages that were looked up", 0


if __name__ == "__main__":
    sys.exit(main())
