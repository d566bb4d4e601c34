"""No address of a page is answered by a fault of ours: what it asks for is shown, told, or led elsewhere."""

import httpx
import pytest

from tests.api.test_pages import BROWSER, EXCHANGE


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

PAGES = (
    *("/", "/exchanges", "/figures", "/claims", "/disagreements", "/claimants", "/diff", "/how"),
    *(EXCHANGE, f"{EXCHANGE}/history", "/reading", "/embed/totals", "/report-error", "/submitted"),
    *("/editors", "/editors/sign-in", "/editors/judge", "/editors/speakers/pair", "/review"),
)
NAMES = (
    *("lang", "year", "page", "page_checks", "since", "until", "side", "status", "category", "q"),
    *("sort", "zone", "as_asserted_by", "as_known_on_hour", "from", "to", "about", "id", "kind"),
)
VALUES = ("xx", "9" * 25, "\x00<'²")
#: Most addresses that one leads to, one after another.
LED_MAX = 3


@pytest.mark.parametrize("path", PAGES)
def test_no_parameter_of_a_page_is_a_fault_of_ours(http: httpx.Client, path: str):
    # Each value is asked of each parameter on a third of the pages.
    for turn, name in enumerate(NAMES, start=PAGES.index(path)):
        value = VALUES[turn % len(VALUES)]
        answer = http.get(path, params={name: value}, headers=BROWSER)
        led = 0
        while answer.status_code in (303, 307):
            led += 1
            assert led <= LED_MAX, (name, value)
            answer = http.get(answer.headers["location"], headers=BROWSER)
        assert answer.status_code < 500, (name, value)
        assert answer.headers["content-type"].startswith("text/html"), (name, value)
