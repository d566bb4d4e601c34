"""The report at an address: fetched within limits, its text and its day of publication found in the page."""

from schemas.report import TEXT_CHARACTERS_MAX
from services.extraction.report import Report
from services.fetching.page import PAGE_TYPES, is_page, outlet_of, report_of_page
from services.fetching.web import FetchError, FetchLimits, Web


async def fetched_report(url: str, known: Report, limits: FetchLimits) -> Report:
    """Return the report at an address; what `known` says of it stands.

    Raises:
        FetchError: Nothing was fetched, or no page.
        NoTextError: It has no text.
        MissingExtraError: What fetches and reads pages is not installed.
    """
    async with Web(limits) as web:
        fetched = await web.fetch(url)
    known = known.model_copy(update={"url": known.url or fetched.url})
    if fetched.media_type in PAGE_TYPES or is_page(fetched.text()):
        return report_of_page(fetched.body, known=known)
    if fetched.media_type != "text/plain":
        raise FetchError(f"expected a page, found {fetched.media_type or 'nothing said'}")
    outlet = known.outlet or outlet_of(fetched.url)
    text = fetched.text()[:TEXT_CHARACTERS_MAX]
    return known.model_copy(update={"text": text, "outlet": outlet})
