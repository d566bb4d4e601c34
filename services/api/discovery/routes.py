"""`/dcat.jsonld`, `/sitemap.xml`, `/robots.txt`: what crawlers and catalogues ask for first."""

import asyncio
import json
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.api.discovery.atom import document
from services.api.discovery.datasets import DatasetDescribed, catalogue
from services.api.http.standing import author, origin_of
from services.api.http.state import LedgerState, state_of
from services.api.pages.frame import PAGES
from services.queries.as_of import Cut
from services.release.citing import instant_text


router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD"]
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
#: How many addresses one sitemap may hold (sitemaps.org).
ADDRESSES_MAX = 50_000
#: Other times are worked out from the log on request, and say what the pages of now say; files are no pages.
_ROBOTS = """\
User-agent: *
Disallow: /*as_asserted_by=
Disallow: /*as_known_on=
Disallow: /*/history
Disallow: /embed/
Disallow: /v1/

Sitemap: {origin}/sitemap.xml
"""


@router.api_route("/robots.txt", methods=_METHODS)
async def show_robots(request: Request) -> Response:
    """Return what crawlers may read, and where the sitemap is."""
    text = _ROBOTS.format(origin=origin_of(request, state_of(request)))
    return Response(text, media_type="text/plain")


@router.api_route("/sitemap.xml", methods=_METHODS)
async def show_sitemap(request: Request) -> Response:
    """Return all pages of all ledgers."""
    state = state_of(request)
    origin = origin_of(request, state)
    root = ET.Element("urlset", xmlns=_SITEMAP)
    for number, name in enumerate(state.ledgers):
        # The first ledger's pages stand without its name.
        base = f"{origin}/{name}" if number else origin
        shown = await state.ledgers[name].read(("exchanges", "operations", "figures"), Cut())
        figures = {row.key[0]: row.record for row in shown.tables["figures"].rows}
        releases = await asyncio.to_thread(state.ledgers[name].releases.all)
        if releases:
            _add(root, f"{base}/releases", None)
        for release in releases:
            if not release.withdrawn:
                _add(root, f"{origin}/releases/{name}/{release.day}/README.md", None)
        for path, _ in PAGES:
            _add(root, f"{base}{path}".rstrip("/") if number else f"{base}{path}", None)
        for row in (*shown.tables["exchanges"].rows, *shown.tables["operations"].rows):
            changed = [
                figures[figure].as_known_on for figure in row.record.figures if figure in figures
            ]
            address = f"{base}/exchanges/{quote(row.record.id, safe='')}"
            _add(root, address, max(changed, default=None))
    return Response(document(root), media_type="application/xml")


@router.api_route("/dcat.jsonld", methods=_METHODS)
async def show_catalogue(request: Request) -> Response:
    """Return all ledgers of this server as a DCAT catalogue."""
    state = state_of(request)
    origin = origin_of(request, state)
    datasets = [await _described(ledger, origin) for ledger in state.ledgers.values()]
    body = json.dumps(catalogue(datasets, origin=origin, author=author()), ensure_ascii=False)
    return Response(body, media_type="application/ld+json")


async def _described(ledger: LedgerState, origin: str) -> DatasetDescribed:
    version = await ledger.version(Cut())
    modified = await ledger.recorded_at(version.position)
    releases = await asyncio.to_thread(ledger.releases.all)
    return DatasetDescribed(
        ledger.configuration,
        origin,
        author(),
        version.position,
        modified,
        tuple(one for one in releases if not one.withdrawn),
    )


def _add(root: ET.Element, address: str, changed: datetime | None) -> None:
    if len(root) >= ADDRESSES_MAX:
        return
    url = ET.SubElement(root, "url")
    ET.SubElement(url, "loc").text = address
    if changed is not None:
        ET.SubElement(url, "lastmod").text = instant_text(changed)
