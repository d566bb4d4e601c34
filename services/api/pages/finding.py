"""Finding: rows filtered by year, side, status, category, claimant and words, sorted, and cut into pages.

All of it is in the address, so a page that was found can be passed on, and it works without scripts. Each list
says of its rows what they can be found by (`Findable`); choosing, sorting and cutting is the same for all.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from pydantic import Field

from services.api.http.problems import wrong_parameter
from services.api.pages.canonical import OtherAddressError
from services.api.pages.frame import Frame
from services.api.pages.language import gettext
from services.api.pages.query_parameters import FormText, PageParameters


#: Categories and claimants that a form offers; any other is typed.
OFFERED_COUNT_MAX = 60
#: Highest page number that is read.
PAGE_MAX = 100_000
_YEAR = re.compile(r"[1-9]\d{3}", re.ASCII)


class FindParameters(PageParameters):
    """What is looked for; what is empty is not looked at."""

    year: FormText = ""
    side: FormText = ""
    status: FormText = ""
    category: FormText = ""
    claimant: FormText = ""
    words: Annotated[FormText, Field(alias="q")] = ""
    sort: FormText = ""
    page: FormText = ""

    @property
    def looked_for(self) -> Mapping[str, str]:
        """What is looked for, as it stands in an address, without the page."""
        given = {
            "year": self.year,
            "side": self.side,
            "status": self.status,
            "category": self.category,
            "claimant": self.claimant,
            "q": self.words,
            "sort": self.sort,
        }
        return {name: value.strip() for name, value in given.items() if value.strip()}

    @property
    def page_number(self) -> int:
        """The page asked for, from 1; 0 for what is no number of a page."""
        text = self.page.strip() or "1"
        return min(int(text), PAGE_MAX) if text.isascii() and text.isdecimal() else 0


class Findable(NamedTuple):
    """What one row can be found by.

    Attributes:
        row: The row, as its page shows it.
        year: The year it is about, empty if none is known.
        sides: The codes of the sides it is about.
        statuses: What it is: statuses, verdicts, states.
        categories: Who is counted.
        claimants: Who gave it.
        text: What else words are looked for in.
        order: What it can be sorted by: a number or a text for each way.
    """

    row: Any
    year: str = ""
    sides: Sequence[str] = ()
    statuses: Sequence[str] = ()
    categories: Sequence[str] = ()
    claimants: Sequence[str] = ()
    text: str = ""
    order: Mapping[str, Any] = {}


class Sorting(NamedTuple):
    """One way to sort: its name in addresses, its label, and whether what is greatest comes first."""

    name: str
    label: str
    is_descending: bool = True


class FormChoice(NamedTuple):
    """One field of the form: its parameter, its label, what is chosen, and what may be (value and label)."""

    name: str
    label: str
    chosen: str
    options: tuple[tuple[str, str], ...]


class Pager(NamedTuple):
    """Where one is in a list that is cut into pages: addresses of its neighbours, null at the ends."""

    number: int
    page_count: int
    before: str | None
    after: str | None


class Finding(NamedTuple):
    """What was found.

    Attributes:
        rows: The rows of one page.
        found_count: How many there are on all pages.
        of: How many there are when nothing is looked for.
        pager: Where that page is.
    """

    rows: tuple[Any, ...]
    found_count: int
    of: int
    pager: Pager


def find(items: Iterable[Findable], parameters: FindParameters) -> list[Findable]:
    """Return the items that have all that is looked for, in their order.

    >>> items = [Findable(1, year="2023", text="a b"), Findable(2, year="2024", text="A")]
    >>> [item.row for item in find(items, FindParameters(year="2024"))]
    [2]
    >>> [item.row for item in find(items, FindParameters(q="b A"))]
    [1]
    """
    asked = parameters.looked_for
    kept = list(items)
    for name, values_of in _VALUES.items():
        if value := asked.get(name):
            kept = [item for item in kept if value in values_of(item)]
    if claimant := asked.get("claimant", "").casefold():
        kept = [item for item in kept if any(claimant in one.casefold() for one in item.claimants)]
    if words := asked.get("q", "").casefold().split():
        kept = [item for item in kept if all(word in _all_text(item) for word in words)]
    return kept


_VALUES: Mapping[str, Callable[[Findable], Sequence[str]]] = {
    "year": lambda item: (item.year,),
    "side": lambda item: item.sides,
    "status": lambda item: item.statuses,
    "category": lambda item: item.categories,
}


def _all_text(item: Findable) -> str:
    return " ".join((item.text, *item.claimants)).casefold()


def sort(items: Sequence[Findable], by: str, ways: Sequence[Sorting]) -> list[Findable]:
    """Return items in the order asked for, or in the first of those that there are."""
    way = next((one for one in ways if one.name == by), ways[0])
    with_place = [item for item in items if item.order.get(way.name) is not None]
    without = [item for item in items if item.order.get(way.name) is None]
    with_place.sort(key=lambda item: item.order[way.name], reverse=way.is_descending)
    return [*with_place, *without]


class Finder:
    """Finds rows for one request, and makes the addresses and the form that go with them."""

    def __init__(self, parameters: FindParameters, frame: Frame) -> None:
        self.parameters = parameters
        self._frame = frame

    def finding(
        self, items: Sequence[Findable], ways: Sequence[Sorting], *, size: int, page: str = "page"
    ) -> Finding:
        """Return one page of what was found.

        Args:
            items: All rows.
            ways: How they can be sorted; the first unless asked otherwise.
            size: How many rows a page has.
            page: The parameter that names the page, where there are several lists on one.

        Raises:
            OtherAddressError: There is no page of that number.
        """
        found = sort(find(items, self.parameters), self.parameters.sort.strip(), ways)
        pages = max(1, -(-len(found) // size))
        asked = self._number(page)
        number = min(asked or 1, pages)
        if asked != number:
            raise OtherAddressError(self.address({**self._pages, page: number}))
        first = (number - 1) * size
        return Finding(
            rows=tuple(item.row for item in found[first : first + size]),
            found_count=len(found),
            of=len(items),
            pager=Pager(
                number,
                pages,
                self.address({page: number - 1}) if number > 1 else None,
                self.address({page: number + 1}) if number < pages else None,
            ),
        )

    def address(self, pages: Mapping[str, int]) -> str:
        """Return the address of other pages of what was found."""
        numbers = {name: number for name, number in pages.items() if number > 1}
        given = {**dict(self._frame.kept), **self.parameters.looked_for, **numbers}
        return self._frame.path + (f"?{urlencode(given)}" if given else "")

    def offers(
        self,
        items: Iterable[Findable],
        statuses: Mapping[str, str],
        ways: Sequence[Sorting],
    ) -> tuple[FormChoice, ...]:
        """Return the fields of the form, with what can be chosen in each.

        Args:
            items: All rows, whatever is looked for.
            statuses: What statuses are called.
            ways: How rows can be sorted.

        Raises:
            ProblemError: What is looked for can be chosen in none of them.
        """
        items = list(items)
        names = self._frame.names
        years = sorted({item.year for item in items if item.year}, reverse=True)
        sides = {side for item in items for side in item.sides}
        shown = {status for item in items for status in item.statuses}
        groups = Counter(group for item in items for group in item.categories)
        often = [group for group, _ in groups.most_common(OFFERED_COUNT_MAX)]
        offered = (
            ("year", gettext("Year"), [(year, year) for year in years]),
            (
                "side",
                gettext("Side"),
                [(code, name) for code, name in names.sides.items() if code in sides],
            ),
            (
                "status",
                gettext("Status"),
                [(code, label) for code, label in statuses.items() if code in shown],
            ),
            (
                "category",
                gettext("Who is counted"),
                [(group, names.category(group)) for group in often],
            ),
        )
        self._check(
            {
                "side": (*names.sides, "both", *sides),
                "status": (*statuses, *shown),
                "sort": [way.name for way in ways],
            }
        )
        asked = self.parameters.looked_for
        fields = [
            _field(name, label, asked.get(name, ""), options)
            for name, label, options in offered
            if options or name in asked
        ]
        order = tuple((way.name, gettext(way.label)) for way in ways)
        return (
            *fields,
            FormChoice("sort", gettext("Order"), asked.get("sort", ways[0].name), order),
        )

    @property
    def _pages(self) -> dict[str, int]:
        """The pages of all lists that the address names."""
        named = (name for name, _ in self._frame.asked if re.fullmatch(r"page(_[a-z]+)?", name))
        return {name: self._number(name) for name in named}

    def _number(self, page: str) -> int:
        if page == "page":
            return self.parameters.page_number
        others = dict(self._frame.asked)
        return FindParameters(page=others.get(page, "")[:9]).page_number

    def _check(self, known: Mapping[str, Iterable[str]]) -> None:
        """Refuse what a field of the form cannot be.

        Raises:
            ProblemError: It is none of what is known.
        """
        asked = self.parameters.looked_for
        if (year := asked.get("year")) and not _YEAR.fullmatch(year):
            raise wrong_parameter("year", expected="a year as 2024", found=year)
        for name, values in known.items():
            expected = sorted(set(values))
            if (value := asked.get(name)) and value not in expected:
                words = f"one of {', '.join(expected)}" if expected else "nothing on this page"
                raise wrong_parameter(name, expected=words, found=value)


def _field(name: str, label: str, chosen: str, options: Sequence[tuple[str, str]]) -> FormChoice:
    """Return a field of the form; what is chosen stands in it, though no row has it."""
    is_offered = not chosen or chosen in (value for value, _ in options)
    return FormChoice(name, label, chosen, (*options, *(() if is_offered else ((chosen, chosen),))))
