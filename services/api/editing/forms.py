"""Forms as browsers send them: read within limits, and taken from our own pages alone."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from services.api.http.problems import ProblemError
from services.api.http.request_bodies import read_body, require_media_type
from services.runtime.settings import Settings


#: The media type of a form without files.
FORM = "application/x-www-form-urlencoded"
#: Largest form that anybody may send, in bytes: the longest text, each character as three escaped bytes.
PUBLIC_BYTES_MAX = 65_536
#: Most fields of a form.
FIELD_COUNT_MAX = 60


async def read_form(
    request: Request, settings: Settings, *, bytes_max: int | None = None
) -> Mapping[str, str]:
    """Read a form; of a field sent twice, the last counts. Line breaks are as in text files.

    Raises:
        ProblemError: It came from another site's page, is too large, or is no form.
    """
    refuse_other_sites(request, settings)
    require_media_type(request, FORM, what=f"a form ({FORM})")
    if bytes_max is not None:
        settings = settings.model_copy(update={"body_bytes_max": bytes_max})
    body = await read_body(request, settings)
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELD_COUNT_MAX,
        )
    except ValueError:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "no form",
            f"expected at most {FIELD_COUNT_MAX} fields in UTF-8, found something else",
        ) from None
    return {name: text.replace("\r\n", "\n").strip() for name, text in fields}


def refuse_other_sites(request: Request, settings: Settings) -> None:
    """Refuse what a page of another site made a browser send.

    Browsers say where a request comes from, and no page can make them say otherwise. What says nothing is no
    browser of today, and carries nobody's cookie.

    Raises:
        ProblemError: It came from another site's page.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        is_own = site in ("same-origin", "none")
    elif origin is not None:
        own = {request.headers.get("host", ""), urlsplit(settings.public_url).netloc}
        is_own = urlsplit(origin).netloc in own - {""}
    else:
        is_own = True
    if not is_own:
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "form of another site",
            "expected a form that a page of this ledger sent, found one from another site",
        )
