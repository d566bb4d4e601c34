"""The tools that an assistant asks a ledger with, by the Model Context Protocol; all of them only read.

No tool returns a number alone: every answer is a `CitedAnswer`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, cast

from pydantic import Field

from schemas.headline import HeadlineTotal
from schemas.views import Figure, ReadModels
from services.asking.cited import (
    NOTE,
    AnswerPart,
    CitedAnswer,
    CitedNumber,
    figure_cited,
    total_cited,
)
from services.asking.source import LedgerAsked, ModelsAsked
from services.queries.as_of import Cut
from services.queries.cut_times import read_cut_time
from services.queries.headline_totals import Period, headline_totals, rows_between
from services.runtime.optional import optional


#: Numbers of one answer unless asked for otherwise, and most that may be asked for.
NUMBERS, NUMBERS_MAX = 10, 50
_READS = {"readOnlyHint": True, "destructiveHint": False, "openWorldHint": False}
#: Statuses of figures whose claims cannot all be true.
DISPUTED = ("disputed", "contradicted", "self_contradicted")

LedgerNamed = Annotated[
    str | None,
    Field(description="Which ledger, as `list_ledgers` names it; the first if left out."),
]
Time = Annotated[
    str | None,
    Field(description="A day (meant whole, UTC) or RFC 3339 with an offset; now if left out."),
]
Limit = Annotated[int, Field(ge=1, le=NUMBERS_MAX, description="Most numbers of the answer.")]


class LedgerListed(AnswerPart):
    """A ledger that can be asked."""

    name: str
    """How tools name it."""
    title: str
    """What it is about."""
    sides: dict[str, str]
    """Its sides: code and name."""
    position: int
    """How many events it holds."""
    known_at: str
    """When the last was recorded."""
    first_day: str | None
    """The day of the first exchange."""
    last_day: str | None
    """The day of the last exchange."""
    page: str
    """Its overview for people."""


class LedgersListed(AnswerPart):
    """The ledgers that can be asked."""

    ledgers: tuple[LedgerListed, ...]
    """In order of the settings."""
    note: str
    """How to repeat what they answer."""


class Assistant:
    """Answers an assistant's questions about some ledgers."""

    def __init__(self, ledgers: Mapping[str, LedgerAsked]) -> None:
        self._ledgers = ledgers

    async def list_ledgers(self) -> LedgersListed:
        """List the ledgers: which sides each is about, which days it covers, and how far it is."""
        found = []
        for name, ledger in self._ledgers.items():
            asked = await ledger.read(Cut())
            days = sorted(exchange.date for exchange in asked.models.exchanges)
            found.append(
                LedgerListed(
                    name=name,
                    title=ledger.ledger.title,
                    sides={side.code: side.name for side in ledger.ledger.sides},
                    position=asked.state.position,
                    known_at=asked.state.known_text,
                    first_day=days[0].isoformat() if days else None,
                    last_day=days[-1].isoformat() if days else None,
                    page=f"{asked.state.origin}/{name}",
                )
            )
        return LedgersListed(ledgers=tuple(found), note=NOTE)

    async def find_figures(  # noqa: PLR0913  one parameter a filter
        self,
        *,
        ledger: LedgerNamed = None,
        exchange: Annotated[
            str | None, Field(description="An exchange by its id, e.g. 2024-01-03.")
        ] = None,
        side: Annotated[str | None, Field(description="The code of the side, or `both`.")] = None,
        measure: Annotated[str | None, Field(description="`returned` is who came back.")] = None,
        category: Annotated[
            str | None, Field(description="Who is counted: `all`, `military`, `civilian`, ...")
        ] = None,
        date_from: Annotated[date | None, Field(description="Only from this day on.")] = None,
        date_to: Annotated[date | None, Field(description="Only up to this day.")] = None,
        as_asserted_by: Time = None,
        as_known_on: Time = None,
        limit: Limit = NUMBERS,
    ) -> CitedAnswer:
        """Find how many people were exchanged: figures by day, side and group, with the claims behind each."""
        asked = await self._read(ledger, as_asserted_by, as_known_on)
        wanted = {"exchange": exchange, "side": side, "measure": measure, "category": category}
        figures = _matching(asked.models, wanted, (date_from, date_to))
        return _answer(figures, asked, limit)

    async def find_disagreements(
        self,
        ledger: LedgerNamed = None,
        date_from: Annotated[date | None, Field(description="Only from this day on.")] = None,
        date_to: Annotated[date | None, Field(description="Only up to this day.")] = None,
        limit: Limit = NUMBERS,
    ) -> CitedAnswer:
        """Find the figures whose claims cannot all be true, with who says what."""
        asked = await self._read(ledger, None, None)
        figures = _matching(asked.models, {}, (date_from, date_to))
        return _answer([one for one in figures if one.status in DISPUTED], asked, limit)

    async def sum_exchanges(  # noqa: PLR0913  one parameter a filter
        self,
        *,
        by: Annotated[Period, Field(description="`year` or `month`.")] = "year",
        ledger: LedgerNamed = None,
        side: Annotated[str | None, Field(description="The code of the side.")] = None,
        category: Annotated[str, Field(description="Who is counted.")] = "all",
        date_from: Annotated[date | None, Field(description="Only from this day on.")] = None,
        date_to: Annotated[date | None, Field(description="Only up to this day.")] = None,
        as_asserted_by: Time = None,
        as_known_on: Time = None,
    ) -> CitedAnswer:
        """Add up how many came back to each side in each year or month; only these numbers may be added up."""
        asked = await self._read(ledger, as_asserted_by, as_known_on)
        rows = rows_between(asked.models.headline, date_from, date_to)
        totals = [
            total
            for total in headline_totals(rows, asked.models.figures, by, category=category)
            if side in (None, total.side)
        ]
        numbers = [_total(total, asked, (date_from, date_to)) for total in reversed(totals)]
        return asked.state.answer(numbers, len(totals))

    async def _read(
        self, ledger: str | None, as_asserted_by: str | None, as_known_on: str | None
    ) -> ModelsAsked:
        name = ledger or next(iter(self._ledgers))
        if name not in self._ledgers:
            raise _wrong(f"expected one of {', '.join(self._ledgers)}, found {name!r}")
        try:
            cut = Cut(
                read_cut_time(as_asserted_by) if as_asserted_by else None,
                read_cut_time(as_known_on) if as_known_on else None,
            )
        except ValueError as error:
            raise _wrong(str(error)) from error
        return await self._ledgers[name].read(cut)


def _wrong(message: str) -> Exception:
    """Return the error that tells an assistant what it asked wrongly."""
    library = optional("mcp.server.mcpserver.exceptions", extra="mcp")
    return cast("Exception", library.ToolError(message))


def server_of(ledgers: Mapping[str, LedgerAsked], version: str) -> Any:
    """Return the server of the protocol, not yet running.

    Raises:
        MissingExtraError: The extra `mcp` is not installed.
    """
    library = optional("mcp.server", extra="mcp")
    types = optional("mcp.types", extra="mcp")
    assistant = Assistant(ledgers)
    server = library.MCPServer(
        "exchange-ledger",
        title="Exchange ledger",
        instructions=f"Conflicting claims about exchanges of prisoners, and what follows from them. {NOTE}",
        version=version,
    )
    tools = (
        assistant.list_ledgers,
        assistant.find_figures,
        assistant.find_disagreements,
        assistant.sum_exchanges,
    )
    for tool in tools:
        server.add_tool(tool, annotations=types.ToolAnnotations(**_READS), structured_output=True)
    return server


def _matching(
    models: ReadModels, wanted: Mapping[str, str | None], days: tuple[date | None, date | None]
) -> list[Figure]:
    first, last = days
    found = [
        figure
        for figure in models.figures
        if all(value in (None, getattr(figure, name)) for name, value in wanted.items())
        and (first is None or (figure.date is not None and figure.date >= first))
        and (last is None or (figure.date is not None and figure.date <= last))
    ]
    return sorted(found, key=lambda figure: (figure.date or date.min, figure.id), reverse=True)


def _answer(figures: Sequence[Figure], asked: ModelsAsked, limit: int) -> CitedAnswer:
    claims = asked.claims
    numbers = [figure_cited(figure, claims, asked.state) for figure in figures[:limit]]
    return asked.state.answer(numbers, len(figures))


def _total(
    total: HeadlineTotal, asked: ModelsAsked, days: tuple[date | None, date | None]
) -> CitedNumber:
    return total_cited(total, _behind(total, asked.models, days), asked.state)


def _behind(
    total: HeadlineTotal, models: ReadModels, days: tuple[date | None, date | None]
) -> Iterable[Figure]:
    figures = {figure.id: figure for figure in models.figures}
    for row in rows_between(models.headline, *days):
        is_within = row.date.isoformat().startswith(total.period) and row.side == total.side
        if is_within and row.figure in figures:
            yield figures[row.figure]
