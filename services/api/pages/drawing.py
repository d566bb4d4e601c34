"""The charts of the overview as files: drawn by the server, from what the page's tables show.

Matplotlib draws them; it is loaded by the first request for a chart, and charts are offered only where it is
installed. A chart holds the numbers' source, licence, time and position, since it is passed on without its
page.
"""

import io
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

from services.api.pages.cited import CHARTS
from services.api.pages.counts import Row
from services.api.pages.overview import Curve, Overview
from services.release.citing import Citation


Picture = Literal["svg", "png"]
#: A card of a social network, 1,200 by 630 pixels.
WIDTH_INCHES, HEIGHT_INCHES, DOTS = 12.0, 6.3, 100
#: As the pages have them; sides are told apart by their names too.
_SIDES = ("#a8480a", "#0b5fa0", "#1f6b3a", "#6b3fa0", "#7a5c00", "#00696b")
_INK, _SOFT, _RULE, _DISPUTE = "#1b1b1a", "#5a5955", "#d8d6d0", "#8f1454"


class Chart(NamedTuple):
    """What is drawn: which chart, of what, how it is cited, and how sides are called."""

    name: str
    shown: Overview
    citation: Citation
    sides: Sequence[str]


@cache
def can_draw() -> bool:
    """Return whether charts can be drawn here."""
    return find_spec("matplotlib") is not None


def draw(chart: Chart, form: Picture) -> bytes:
    """Draw a chart. The same numbers give the same bytes with the same version of the library."""
    from matplotlib import rc_context  # noqa: PLC0415  most processes draw none
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415

    # Texts stay texts, and a fixed salt gives the same ids each time.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "exchange-ledger"}):
        canvas = Canvas(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS, facecolor="white")
        axes = canvas.add_axes((0.07, 0.17, 0.86, 0.66))
        if chart.name == "totals":
            _draw_totals(axes, chart.shown.curves)
        else:
            _draw_exchanges(axes, chart.shown.rows, chart.sides)
        _write_around(canvas, chart)
        _plain(axes)
        file = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        canvas.savefig(file, format=form, metadata=metadata)
    return file.getvalue()


def _draw_totals(axes: Any, curves: Sequence[Curve]) -> None:
    for index, curve in enumerate(curves):
        colour = _SIDES[index % len(_SIDES)]
        days = [point.as_of for point in curve.points]
        best = [point.low if point.best is None else point.best for point in curve.points]
        high = [
            known if point.high is None else point.high
            for point, known in zip(curve.points, best, strict=True)
        ]
        low = [point.low for point in curve.points]
        axes.fill_between(days, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
        axes.plot(days, best, drawstyle="steps-post", color=colour, linewidth=2)
        for marker, fits in (("o", True), ("x", False)):
            said = [
                one
                for one in curve.published
                if one.fits is fits and days[0] <= one.as_of <= days[-1]
            ]
            axes.scatter(
                [one.as_of for one in said],
                [one.low for one in said],
                marker=marker,
                s=26,
                color=colour,
                zorder=3,
            )
        axes.annotate(
            f"{curve.name} {curve.last_text}",
            (days[-1], best[-1]),
            xytext=(-6, 8),
            textcoords="offset points",
            ha="right",
            color=colour,
            fontweight="bold",
        )
    axes.set_ylim(bottom=0)


def _draw_exchanges(axes: Any, rows: Sequence[Row], sides: Sequence[str]) -> None:
    # Of two sides the second goes up and the first down; more stand beside each other.
    is_mirrored = len(sides) == 2  # noqa: PLR2004
    for index, name in enumerate(sides):
        direction = -1 if is_mirrored and index == 0 else 1
        shift = timedelta(days=0 if is_mirrored else 2 * index)
        known = [
            (row.day + shift, side.figure, side.verdict)
            for row in rows
            if row.came_back and (side := row.sides[index]).figure is not None
        ]
        best = [
            direction * (figure.low if figure.best is None else figure.best)
            for _, figure, _ in known
        ]
        edges = [_DISPUTE if verdict == "disputed" else "none" for *_, verdict in known]
        days = [day for day, *_ in known]
        axes.bar(
            days,
            best,
            width=4,
            color=_SIDES[index % len(_SIDES)],
            edgecolor=edges,
            label=f"To {name}",
        )
        for day, figure, _ in known:
            if figure.high is not None and figure.high != figure.low:
                axes.vlines(
                    day, direction * figure.low, direction * figure.high, color=_INK, linewidth=0.8
                )
    axes.axhline(0, color=_INK, linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    axes.legend(frameon=False, loc="upper left", ncols=len(sides))


def _write_around(canvas: Any, chart: Chart) -> None:
    title, _ = CHARTS[chart.name]
    citation = chart.citation
    licence = f"  ·  {citation.licence.id}" if citation.licence else ""
    # A dollar sign would begin a formula.
    texts = (
        (0.93, title, 17, _INK, "bold"),
        (0.875, citation.container, 12, _SOFT, "normal"),
        (0.055, f"{citation.version}{licence}", 9.5, _SOFT, "normal"),
        (0.02, citation.url, 8.5, _SOFT, "normal"),
    )
    for height, text, size, colour, weight in texts:
        canvas.text(
            0.07, height, text, fontsize=size, color=colour, fontweight=weight, parse_math=False
        )


def _plain(axes: Any) -> None:
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_SOFT, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_RULE)
