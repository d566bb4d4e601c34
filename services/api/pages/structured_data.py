"""What a page says of itself to programs: where it stands for good, and the data behind it as JSON-LD."""

import json
from typing import Any

from markupsafe import Markup

from services.api.discovery.datasets import DatasetDescribed
from services.api.http.standing import author
from services.api.pages.frame import Frame
from services.release.citing import instant_text


#: What would end the element that the data stand in, or begin a comment there.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028"}


def canonical(frame: Frame) -> str:
    """Return the one address under which a page should be found: without times, in the language named."""
    path = frame.path.removeprefix(frame.base) or "/"
    is_first = frame.ledger == next(iter(frame.ledgers))
    address = path if is_first else f"/{frame.ledger}{path}".rstrip("/")
    return frame.state.origin + frame.now(address)


def feeds(frame: Frame) -> str:
    """Return what the addresses of the ledger's feeds begin with."""
    return f"{frame.state.origin}/{frame.ledger}/feeds"


def structured_data(frame: Frame) -> Markup:
    """Return a page's data for the element they stand in: of the overview the data set, else the page in it."""
    dataset = DatasetDescribed(
        frame.state.ledger.configuration,
        frame.state.origin,
        author(),
        frame.position,
        frame.state.recorded_at,
    )
    told: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "WebPage",
        "url": canonical(frame),
        "inLanguage": frame.spoken.language,
        "isPartOf": {"@type": "Dataset", "@id": f"{dataset.page}#dataset"},
    }
    if dataset.modified:
        told["dateModified"] = instant_text(dataset.modified)
    if frame.path.removeprefix(frame.base).rstrip("/") == "":
        told = dataset.schema_org()
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  # nosec B704  JSON, escaped
