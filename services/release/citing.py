"""How what was taken away is cited: a sentence, BibTeX, and CSL JSON, with the licence of the data.

A permalink names the time at which the last event that the numbers stand for was recorded, so that it shows the
same numbers whatever is recorded later, and their log position for whoever checks it.
"""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from schemas.instants import in_utc
from schemas.table_file import Licence


#: Licences that data are often given away under; any other is named by its identifier.
_TITLES = {
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-SA-4.0": "Creative Commons Attribution Share Alike 4.0 International",
    "CC0-1.0": "Creative Commons Zero v1.0 Universal",
    "ODC-By-1.0": "Open Data Commons Attribution License v1.0",
    "ODbL-1.0": "Open Data Commons Open Database License v1.0",
}
_URLS = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
#: What LaTeX reads as a command.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
    }
)


def licence_of(identifier: str | None) -> Licence | None:
    """Return the licence of an SPDX identifier, null for none.

    >>> licence_of("CC-BY-4.0").url
    'https://creativecommons.org/licenses/by/4.0/'
    """
    if identifier is None:
        return None
    return Licence(
        id=identifier,
        title=_TITLES.get(identifier, identifier),
        url=_URLS.get(identifier, f"https://spdx.org/licenses/{identifier}.html"),
    )


def instant_text(instant: datetime) -> str:
    """Return an instant as addresses and citations have it, in UTC.

    >>> instant_text(datetime.fromisoformat("2024-01-03T18:46:00+02:00"))
    '2024-01-03T16:46:00Z'
    """
    return in_utc(instant).isoformat().replace("+00:00", "Z")


def anchor_of_figure(measure: str, side: str, category: str) -> str:
    """Return where a figure stands on the page of its exchange.

    >>> anchor_of_figure("returned", "UA", "of whom: women")
    'figure-returned-UA-of-whom-women'
    """
    return "-".join(("figure", measure, side, re.sub(r"\W+", "-", category).strip("-")))


class Citation(NamedTuple):
    """What is cited, and in which state.

    Attributes:
        title: What it is, with its number if it is one.
        container: The ledger's title.
        author: Who releases the data.
        ledger: The ledger's name.
        position: The log position that it stands for.
        known: When the event at that position was recorded, or the time asked for; null for an empty log.
        asserted: The time asked for: only what had been said by then; null for all of it.
        url: The permalink.
        licence: The licence of the data, null if none is stated.
    """

    title: str
    container: str
    author: str
    ledger: str
    position: int
    known: datetime | None
    asserted: datetime | None
    url: str
    licence: Licence | None

    @property
    def version(self) -> str:
        """The state cited, in words."""
        words = [f"log position {self.position}"]
        if self.known:
            words.append(f"as known on {instant_text(self.known)}")
        if self.asserted:
            words.append(f"as said by {instant_text(self.asserted)}")
        return ", ".join(words)

    def sentence(self) -> str:
        """Return it for a bibliography that is written by hand."""
        year = f" ({in_utc(self.known).year})" if self.known else ""
        licence = f" Licence: {self.licence.id}." if self.licence else ""
        return (
            f"{self.author}{year}. {self.title}. {self.container} [data set], {self.version}. "
            f"{self.url}.{licence}"
        )

    def bibtex(self) -> str:
        """Return it as BibTeX."""
        fields = {
            "title": f"{{{_latex(self.title)}}}",
            "author": f"{{{_latex(self.author)}}}",
            "howpublished": _latex(f"{self.container}, data set"),
            "version": _latex(self.version),
        }
        if self.known:
            fields["year"] = str(in_utc(self.known).year)
        note = self.version + (f"; licence {self.licence.id}" if self.licence else "")
        fields |= {"note": _latex(note), "url": self.url.replace("{", "%7B").replace("}", "%7D")}
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items()]
        return f"@misc{{{self.key},\n" + ",\n".join(lines) + "\n}\n"

    def csl(self) -> str:
        """Return it as CSL JSON, a list of one entry."""
        entry: dict[str, Any] = {
            "id": self.key,
            "type": "dataset",
            "title": self.title,
            "container-title": self.container,
            "author": [{"literal": self.author}],
            "version": self.version,
            "URL": self.url,
        }
        if self.known:
            day = in_utc(self.known).date()
            entry["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
        if self.licence:
            entry["note"] = f"Licence: {self.licence.title} ({self.licence.url})"
        return json.dumps([entry], ensure_ascii=False, indent=2) + "\n"

    @property
    def key(self) -> str:
        """What it is called in a bibliography."""
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:48].rstrip("-")
        return f"{self.ledger}-{self.position}-{words}"


def _latex(text: str) -> str:
    return " ".join(text.translate(_LATEX).split())
