"""The spelling that names, outlets, categories, codes and addresses are compared in.

Two texts that differ in nothing a reader sees are one: letter case, the width and number of spaces,
characters that show nothing, composed and decomposed letters, the forms of quotation marks and dashes.
Two addresses of one page are one: whatever the scheme, the fragment, tracking parameters and the order
of the others. Letters of different alphabets that look alike stay different: they are other words.

What was written is kept in the claim and shown; the canonical form is for comparing alone.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit


#: Distinct texts and addresses that are kept to be recognised when they come again.
CACHED_MAX = 16_384

#: Characters that show nothing and are not of the category Cf: joiners, fillers, variation selectors
#: (Unicode's Default_Ignorable_Code_Point).
_SHOWS_NOTHING = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
)
_INVISIBLE = re.compile(f"[{_SHOWS_NOTHING}]")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʹʻʼʽˈ`´＇", "'"),
        **dict.fromkeys("“”„‟″«»〝〞〟＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－⸺⸻", "-"),
    }
)


@lru_cache(CACHED_MAX)
def canonical_text(text: str) -> str:
    r"""Return a text as it is compared with others.

    >>> [canonical_text(name) for name in ("Site X", "site\u00a0 x\u200f", "Ｓｉｔｅ Ｘ", "SITE\u2009X\ufeff")]
    ['site x', 'site x', 'site x', 'site x']
    >>> canonical_text("Cafe\u0301 «Nord»") == canonical_text("café “Nord”")
    True

    A text of which nothing would be left is itself.
    """
    if text.isascii():
        return " ".join(text.replace("`", "'").casefold().split()) or text
    # Dashes and quotation marks first: a composed form of some is a space and a mark.
    plain = visible_text(text).translate(_FOLDED)
    if plain.isascii():
        return plain.casefold() or text
    # Folding case may leave letters decomposed, as Unicode's NFKC_Casefold has it.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())
    return " ".join(visible_text(folded).translate(_FOLDED).split()) or text


def visible_text(text: str) -> str:
    r"""Return a text without what shows nothing, each run of spaces as one: as a name is shown.

    >>> visible_text(" A\u00a0\u00adname\u200b ")
    'A name'
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", without_category(text, "Cf"))
    return " ".join(text.split())


#: By category: the characters met that are none of it.
_OF_OTHER_CATEGORIES: dict[str, set[str]] = {}


def without_category(text: str, category: str) -> str:
    r"""Return a text without the characters of a category of Unicode that ASCII has none of.

    >>> without_category("e\u0301te", "Mn")
    'ete'
    """
    # Nearly always every character of a text was met before, and is of another category.
    others = _OF_OTHER_CATEGORIES.setdefault(category, set())
    if not (unknown := set(text) - others):
        return text
    left_out = {one for one in unknown if unicodedata.category(one) == category}
    others |= unknown - left_out
    if not left_out:
        return text
    return "".join(character for character in text if character not in left_out)


def canonical_short_name(code: str) -> str:
    """Return a code, or a body's short name, as it is compared and shown: in capitals.

    >>> [canonical_short_name(code) for code in ("ae", "AE ", "Ifrc")]
    ['AE', 'AE', 'IFRC']
    """
    return canonical_text(code).upper()


def third_name(stated: str) -> str:
    """Return a third country, by its code or its name, as it is compared and shown.

    Figures' ids are parted by colons, so it holds none.

    >>> [third_name(stated) for stated in ("sa", "SAUDI ARABIA", "Saudi  Arabia")]
    ['SA', 'Saudi Arabia', 'Saudi Arabia']
    """
    plain = canonical_text(stated.replace(":", " "))
    return plain.upper() if len(plain) <= CODE_CHARACTERS_MAX else plain.title()


#: Longest code of a country or a body; what is longer is a name.
CODE_CHARACTERS_MAX = 4

#: Parameters of an address that say how a reader came to the page and not which page it is.
_TRACKING = frozenset(
    {
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "ttclid"),
        *("li_fat_id", "yclid", "ysclid", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga"),
        *("_gl", "_hsenc", "_hsmi", "_openstat", "vero_id", "oly_anon_id", "oly_enc_id", "s_cid"),
        *("ncid", "cmpid", "rb_clickid", "ref", "ref_src", "ref_url", "referrer", "spm"),
        *("at_medium", "at_campaign"),
    }
)
_TRACKING_PREFIXES = ("utm_", "utm-", "pk_", "mtm_", "hsa_", "itm_")
#: An address that is canonical but for its scheme, `www.` and the slash at its end.
_PLAIN_ADDRESS = re.compile(r"https?://(?:www\.)?([a-z0-9.-]*[a-z0-9](?:/[A-Za-z0-9._~/-]*)?)")
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "/:@!$&'()*+,;=%~?"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(CACHED_MAX)
def canonical_url(url: str) -> str:
    """Return the address of a page as it is compared with others.

    >>> canonical_url("HTTPS://www.News.example:443/a/1/?utm_source=tg&id=7#top")
    'news.example/a/1?id=7'
    >>> canonical_url("http://news.example/a%2d1?b=2&a=1") == canonical_url("news.example/a-1?a=1&b=2")
    True

    What is no address of a page is compared as a text.
    """
    if (plain := _PLAIN_ADDRESS.fullmatch(url)) is not None:
        return plain[1].rstrip("/")
    written = visible_text(url).replace(" ", "%20").replace("&amp;", "&")
    if "://" not in written:
        written = f"https://{written.removeprefix('//')}"
    try:
        parts = urlsplit(written)
        host, port = parts.hostname, parts.port
    except ValueError:
        return canonical_text(url)
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host or ("." not in host and host != "localhost"):
        return canonical_text(url)
    place = _canonical_host(host)
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        place += f":{port}"
    path = _canonical_escapes(parts.path).rstrip("/")
    query = _canonical_query(parts.query)
    return f"{place}{path}?{query}" if query else f"{place}{path}"


def _canonical_host(host: str) -> str:
    name = unicodedata.normalize("NFKC", unquote(host)).casefold().strip(".").removeprefix("www.")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _canonical_query(query: str) -> str:
    """Return the parameters that name the page, in order."""
    named = (_canonical_escapes(part) for part in query.split("&") if part)
    return "&".join(sorted(part for part in named if not _is_tracking(part)))


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].casefold()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _canonical_escapes(text: str) -> str:
    """Return a part of an address with the same characters escaped, however it was written."""
    composed = unicodedata.normalize("NFC", text)
    return _ESCAPED.sub(_canonical_escape, quote(composed, safe=_KEPT))


def _canonical_escape(escaped: re.Match[str]) -> str:
    character = chr(int(escaped[1], 16))
    return character if character in _UNRESERVED else f"%{escaped[1].upper()}"
