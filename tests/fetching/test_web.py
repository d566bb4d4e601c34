"""What is fetched is bounded in time, size and redirects, and never of a private network unless that is allowed."""

import gzip
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from services.fetching.web import Fetched, FetchError, FetchLimits, Web
from tests.fetching.hostile_site import HostileSite, article, bomb, hostile_site


LIMITS = FetchLimits(30.0, 100_000, (ip_network("127.0.0.2/32"),))


@pytest.fixture(scope="module")
def site() -> Iterator[HostileSite]:
    # Of the loopback addresses this one is allowed, and no other.
    with hostile_site("127.0.0.2") as site:
        site.hold("/a", article(), ETag='"1"')
        site.hold("/packed", gzip.compress(article()), Content_Encoding="gzip")
        site.hold("/members", gzip.compress(b"ab") + gzip.compress(b"cd"), Content_Encoding="gzip")
        site.hold("/bomb", bomb(), Content_Encoding="gzip")
        site.hold("/cut", gzip.compress(article())[:200], Content_Encoding="gzip")
        site.hold("/unasked", b"x", Content_Encoding="br")
        site.hold("/large", b"x" * 200_000)
        site.hold("/gone", b"", 410)
        site.pour("/endless", b"<p>" * 1_000)
        site.trickle("/slow")
        site.redirect("/to-a", "/a#part")
        site.redirect("/circle", "/circle")
        site.redirect("/to-ip", f"http://127.0.0.1:{site.server_port}/a")
        site.redirect("/to-name", f"http://localhost:{site.server_port}/a")
        site.redirect("/to-number", f"http://2130706433:{site.server_port}/a")
        site.redirect("/to-six", f"http://[::1]:{site.server_port}/a")
        site.redirect("/to-metadata", "http://169.254.169.254/latest/")
        site.redirect("/to-file", "file:///etc/passwd")
        site.redirect("/to-password", f"http://a:b@127.0.0.2:{site.server_port}/a")
        site.redirect("/to-nonsense", "http://[")
        yield site


async def fetch(url: str, limits: FetchLimits = LIMITS, **more: dict[str, str]) -> Fetched:
    async with Web(limits) as web:
        return await web.fetch(url, validators=more.get("validators"))


async def test_a_page_is_fetched_and_unpacked(site):
    plain, packed = await fetch(f"{site.url}/a"), await fetch(f"{site.url}/packed")

    assert plain.body == packed.body == article()
    assert plain.media_type == "text/html"
    assert (await fetch(f"{site.url}/members")).body == b"abcd"
    assert (await fetch(f"{site.url}/to-a")).url == f"{site.url}/a"


async def test_what_is_known_is_sent_along_when_it_is_asked_again(site):
    first = await fetch(f"{site.url}/a")
    await fetch(f"{site.url}/a", validators=dict(first.validators))

    assert first.validators == {"If-None-Match": '"1"'}
    assert site.headers_seen["/a"]["If-None-Match"] == '"1"'


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/to-ip", "127.0.0.1 is of a private network"),
        ("/to-name", r"localhost, which is (127\.0\.0\.1|::1), is of a private network"),
        ("/to-number", "2130706433, which is 127.0.0.1, is of a private network"),
        ("/to-six", "::1 is of a private network"),
        ("/to-metadata", "169.254.169.254 is of a private network"),
        ("/to-file", "expected an address of the web, found file:/etc/passwd"),
        ("/to-password", "expected an address without a password"),
        ("/to-nonsense", "no address of|expected an address"),
        ("/circle", "more than 5 redirects"),
        ("/endless", "more than 100,000 bytes"),
        ("/large", "more than 100,000 bytes"),
        ("/bomb", "more than 100,000 bytes"),
        ("/cut", "expected a whole body, found one cut short"),
        ("/unasked", "expected a body packed with gzip, found 'br'"),
        ("/nowhere", "answered 404"),
        ("/gone", "answered 410"),
    ],
)
async def test_what_may_not_be_fetched_is_said_in_a_line(site, path, why):
    with pytest.raises(FetchError, match=why):
        await fetch(f"{site.url}{path}")


async def test_a_site_that_answers_ever_so_slowly_is_left(site):
    with pytest.raises(FetchError, match=r"no whole answer within 0\.3 s"):
        await fetch(f"{site.url}/slow", LIMITS._replace(seconds=0.3))


async def test_without_a_word_nothing_private_is_asked(site):
    asked = site.asked.total()
    for url in (f"{site.url}/a", f"http://localhost:{site.server_port}/a"):
        with pytest.raises(FetchError, match="private network"):
            await fetch(url, LIMITS._replace(networks=()))
    with pytest.raises(FetchError, match="no address of"):
        await fetch("http://nobody.invalid/")

    assert site.asked.total() == asked
