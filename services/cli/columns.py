"""What tables show of each read model."""

from collections.abc import Mapping, Sequence

from schemas.comparison import CheckState
from schemas.headline import HeadlineRow, HeadlineTotal
from schemas.ledger import LedgerConfiguration
from schemas.operation import Operation
from schemas.views import Check, ClaimView, CumulativePoint, Exchange, Figure
from services.cli.output import TableColumn, bound, interval
from services.queries.as_of import clashes_at, side_figure


def exchange_columns(
    configuration: LedgerConfiguration, figures: Mapping[str, Figure]
) -> Sequence[TableColumn[Exchange]]:
    """Return the columns of a table of exchanges: one interval a side."""

    def column_of(side: str) -> TableColumn[Exchange]:
        return TableColumn(
            f"{side} low / best / high",
            lambda row: _shown_side(row, side, figures),
            is_number=True,
        )

    return (
        TableColumn("date", lambda row: row.date.isoformat(), is_id=True),
        TableColumn("exchange", lambda row: row.id, is_id=True),
        TableColumn("status", lambda row: row.status),
        *(column_of(side) for side in configuration.side_codes),
        TableColumn("figures", lambda row: _shown_statuses(row, configuration.side_codes, figures)),
        TableColumn(
            "ordinals", lambda row: ", ".join(str(given.ordinal) for given in row.ordinals)
        ),
        TableColumn("claims", lambda row: str(row.claim_count), is_number=True),
    )


def operation_columns(figures: Mapping[str, Figure]) -> Sequence[TableColumn[Operation]]:
    """Return the columns of a table of operations."""

    def shown(row: Operation) -> str:
        found = [figures[figure] for figure in row.figures if figure in figures]
        return "; ".join(
            f"{figure.measure} {figure.side} {figure.category} "
            f"{interval(figure.low, figure.best, figure.high)}"
            for figure in found
        )

    return (
        TableColumn("operation", lambda row: row.id, is_id=True),
        TableColumn("status", lambda row: row.status),
        TableColumn("phases", lambda row: ", ".join(row.phases)),
        TableColumn("figures low / best / high", shown),
        TableColumn("claims", lambda row: str(row.claim_count), is_number=True),
    )


def _shown_side(exchange: Exchange, side: str, figures: Mapping[str, Figure]) -> str:
    figure = side_figure(exchange, side, figures)
    if figure is None:
        return "–"
    kind = "" if figure.category == "all" else f" {figure.category}"
    return interval(figure.low, figure.best, figure.high) + kind


def _shown_statuses(exchange: Exchange, sides: Sequence[str], figures: Mapping[str, Figure]) -> str:
    words = []
    for side in sides:
        shown = side_figure(exchange, side, figures)
        if shown is None:
            continue
        clashes = [
            f"{figure.category} {figure.status} {interval(figure.low, figure.best, figure.high)}"
            for figure in clashes_at(exchange, side, figures)
            if figure is not shown
        ]
        words.append(f"{side} {', '.join((shown.status, *shown.flags, *clashes))}")
    return "; ".join(words)


def shown_expected(check: Check | CheckState) -> str:
    """Show what a check expects: a number, or the bounds it must lie in."""
    if check.expected_low == check.expected_high == check.expected:
        return "–" if check.expected is None else str(check.expected)
    low = "–" if check.expected_low is None else str(check.expected_low)
    return f"{low} to {bound(check.expected_high)}"


def shown_range(claim: ClaimView) -> str:
    """Show what a claim allows."""
    if claim.low is None:
        return "–"
    return str(claim.low) if claim.low == claim.high else f"{claim.low} – {bound(claim.high)}"


def _shown_about(check: Check) -> str:
    # A check about an exchange stands at that exchange's day.
    as_of = check.as_of if check.exchange is None else None
    about = (check.exchange, check.side, check.category, as_of)
    return " ".join(str(part) for part in about if part is not None)


FIGURE_COLUMNS: Sequence[TableColumn[Figure]] = (
    TableColumn("figure", lambda row: row.id, is_id=True),
    TableColumn(
        "low / best / high", lambda row: interval(row.low, row.best, row.high), is_number=True
    ),
    TableColumn("status", lambda row: row.status),
    TableColumn("flags", lambda row: ", ".join(row.flags)),
    TableColumn("credibility", lambda row: str(row.credibility), is_number=True),
    TableColumn("voices", lambda row: str(row.voices), is_number=True),
    TableColumn("camps", lambda row: str(row.camps), is_number=True),
    TableColumn("why", lambda row: "; ".join(reason.text for reason in row.reasons)),
)
CUMULATIVE_COLUMNS: Sequence[TableColumn[CumulativePoint]] = (
    TableColumn("side", lambda row: row.side),
    TableColumn("category", lambda row: row.category),
    TableColumn("as of", lambda row: row.as_of.isoformat(), is_id=True),
    TableColumn(
        "low / best / high", lambda row: interval(row.low, row.best, row.high), is_number=True
    ),
    TableColumn("status", lambda row: row.status),
    TableColumn(
        "published",
        lambda row: (
            interval(row.published.low, row.published.best, row.published.high)
            if row.published
            else ""
        ),
        is_number=True,
    ),
    TableColumn("flags", lambda row: ", ".join(row.flags)),
)
CHECK_COLUMNS: Sequence[TableColumn[Check]] = (
    TableColumn("result", lambda row: row.result),
    TableColumn("kind", lambda row: row.kind),
    TableColumn("claim", lambda row: row.claim, is_id=True),
    TableColumn("about", _shown_about),
    TableColumn("expected", shown_expected, is_number=True),
    TableColumn("got", lambda row: "–" if row.got is None else str(row.got), is_number=True),
    TableColumn("diff", lambda row: "–" if row.diff is None else f"{row.diff:+d}", is_number=True),
    TableColumn("tolerance", lambda row: str(row.tolerance), is_number=True),
    TableColumn("why", lambda row: "; ".join(why.text for why in row.explanations)),
)
CLAIM_COLUMNS: Sequence[TableColumn[ClaimView]] = (
    TableColumn("claim", lambda row: row.ref, is_id=True),
    TableColumn("exchange", lambda row: row.exchange or "–", is_id=True),
    TableColumn("measure", lambda row: row.measure),
    TableColumn("side", lambda row: row.side or "–"),
    TableColumn("category", lambda row: row.category),
    TableColumn("low – high", shown_range, is_number=True),
    TableColumn("wording", lambda row: row.wording or ""),
    TableColumn("claimant", lambda row: row.claimant.name),
    TableColumn("tier", lambda row: "" if row.tier is None else str(row.tier), is_number=True),
    TableColumn("state", lambda row: row.state),
    TableColumn("reason", lambda row: row.reason or ""),
)
HEADLINE_COLUMNS: Sequence[TableColumn[HeadlineRow]] = (
    TableColumn("date", lambda row: row.date.isoformat(), is_id=True),
    TableColumn("exchange", lambda row: row.exchange, is_id=True),
    TableColumn("side", lambda row: row.side),
    TableColumn(
        "low / best / high", lambda row: interval(row.low, row.best, row.high), is_number=True
    ),
    TableColumn("counted", lambda row: row.category),
    TableColumn("status", lambda row: row.status),
    TableColumn("figure", lambda row: row.figure_status or "–"),
)
HEADLINE_TOTAL_COLUMNS: Sequence[TableColumn[HeadlineTotal]] = (
    TableColumn("period", lambda row: row.period),
    TableColumn("side", lambda row: row.side),
    TableColumn("counted", lambda row: row.category),
    TableColumn(
        "low / best / high", lambda row: interval(row.low, row.best, row.high), is_number=True
    ),
    TableColumn(
        "known in", lambda row: f"{row.counted} of {row.exchanges} exchanges", is_number=True
    ),
    TableColumn("of people", lambda row: str(row.whole), is_number=True),
)
