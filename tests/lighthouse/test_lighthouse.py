"""Every kind of page on a phone, as Lighthouse sees it; its scores depend on what else the machine does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.browser.conftest import NAMES, Served


HERE = Path(__file__).parent
#: Where `make lighthouse` installs what is in the lock.
INSTALLED = HERE.parents[1] / ".venv" / "lighthouse"
EXCHANGE = "/exchanges/2024-01-03"
#: Those with ~ are closed to crawlers on purpose: they read the log, or are pages of other times and for other sites.
PAGES = (
    *("/", EXCHANGE, f"~{EXCHANGE}/history", "/exchanges", "/figures", "/claims", "/disagreements"),
    "/exchanges/2025-05-23..2025-05-25",
    *("/claimants", "/diff?from=2640&to=2650", "/how", "/reading", "~/?as_asserted_by=2023-01-01"),
    *("/report-error", "/add-report", "/editors/sign-in", "~/embed/totals"),
    *("/?lang=uk", f"{EXCHANGE}?lang=ru"),
)
SCORE_MIN = 95
#: Largest shift of the layout, and heaviest page with all that it loads.
SHIFT_MAX, KIB_MAX = 0.05, 150
PATIENCE_SECONDS = 900


def test_every_kind_of_page_is_light_readable_and_found(demo: Served, tmp_path: Path):
    (tmp_path / "node_modules").symlink_to(INSTALLED / "node_modules")
    program = shutil.copy(HERE / "measure.mjs", tmp_path)
    browser = os.environ.get("LEDGER_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    measured = subprocess.run(
        ["node", program, browser, demo.url, *PAGES],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    pages = list(map(json.loads, measured.stdout.splitlines()))
    for page in pages:
        scores = ", ".join(f"{name} {score}" for name, score in page["scores"].items())
        sys.stdout.write(
            f"{page['path']}: {scores}; shift {page['shift']:.3f}, {page['kib']:.0f} KiB, blocked "
            f"{page['blocked_ms']:.0f} ms, painted after {page['painted_ms']:.0f} ms {page['failed']}\n"
        )

    assert len(pages) == len(PAGES)
    for page in pages:
        assert min(page["scores"].values()) >= SCORE_MIN, page
        assert len(page["scores"]) == 4, page
        assert page["shift"] < SHIFT_MAX, page
        assert page["kib"] <= KIB_MAX, page
