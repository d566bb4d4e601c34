"""How a page becomes HTML: templates that escape everything, and a content security policy.

All text that came from outside goes through Jinja's autoescape. The content security policy is the
second line of defence: no inline script or style, nothing from anybody else's server, no plug-ins, no frames.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.api.pages import (
    cited,
    editing_words,
    fault_sentences,
    phrases,
    structured_data,
    words,
)
from services.api.pages.drawing import can_draw
from services.api.pages.fault_sentences import translated_fault
from services.api.pages.language import gettext, ngettext, spoken
from services.api.pages.scripts import lang_of


HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    # Whoever follows a link to a report does not tell it what was being read.
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
#: Of a page that the pages of others may frame; it runs no script.
EMBED_HEADERS = tuple(
    (
        name,
        POLICY.replace("frame-ancestors 'none'", "frame-ancestors *").replace(
            "script-src 'self'; ", ""
        ),
    )
    if name == "Content-Security-Policy"
    else (name, value)
    for name, value in HEADERS
    if name != "Cross-Origin-Opener-Policy"
)
_NAMES = frozenset({".css", ".js", ".svg"})


class Asset(NamedTuple):
    """One file that pages load: its bytes, the same compressed, its media type, its digest."""

    body: bytes
    gzipped: bytes
    media_type: str
    digest: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return the files that pages load, by their path; read once."""
    root = HERE / "assets"
    found = {}
    for path in sorted(root.rglob("*")):
        if path.suffix in _NAMES:
            body = path.read_bytes()
            found[path.relative_to(root).as_posix()] = Asset(
                body,
                gzip.compress(body, mtime=0),
                guess_type(path.name)[0] or "application/octet-stream",
                sha256(body).hexdigest()[:16],
            )
    return found


@cache
def build() -> str:
    """Return a digest of the pages' templates, styles and code: a changed template changes every page."""
    digest = sha256()
    for path in sorted(HERE.rglob("*.*")):
        if path.suffix in _NAMES | {".html", ".po", ".py"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def environment() -> Environment:
    """Make the templates ready."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "plural": phrases.plural,
        # Of what the code says, which is escaped as any other text.
        "told": gettext,
        "fault_told": translated_fault,
        "expected_told": fault_sentences.told,
        "expected_words": fault_sentences.translated_expected,
        "edits": editing_words,
        "lang_of": lang_of,
        "words": words,
        "say": phrases,
        "asset": _asset_address,
        "cited": cited,
        "found": structured_data,
        "can_draw": can_draw,
    }
    return made


def language_headers() -> tuple[tuple[str, str], ...]:
    """Return the headers of an answer that is written in the reader's language."""
    return (
        ("Content-Language", spoken().language),
        ("Vary", "Accept, Accept-Encoding, Accept-Language"),
    )


def render(template: str, context: Mapping[str, Any]) -> str:
    """Write a page."""
    return environment().get_template(template).render(context)


def _asset_address(name: str) -> str:
    # A changed file has another address, so browsers may keep one for ever.
    return f"/assets/{name}?v={assets()[name].digest}"
