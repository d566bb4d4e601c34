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

from services.api.pages.chart_years import ShownYears
from services.api.pages.cited import CHARTS, version
from services.api.pages.counts import Row
from services.api.pages.language import gettext
from services.api.pages.overview import Curve, Overview
from services.api.pages.phrases import count, span
from services.release.citing import Citation


Picture = Literal["svg", "png"]
#: A card of a social network, 1,200 by 630 pixels.
WIDTH_INCHES, HEIGHT_INCHES, DOTS = 12.0, 6.3, 100
#: For a telephone, 640 pixels wide.
NARROW_INCHES = 6.4
#: As the pages have them; sides are told apart by their names too.
_SIDES = ("#a8480a", "#0b5fa0", "#1f6b3a", "#6b3fa0", "#7a5c00", "#00696b")
#: Room for the numbers beside the chart.
LEFT_INCHES = 0.75
_INK, _SOFT, _RULE, _DISPUTE = "#1b1b1a", "#5a5955", "#d8d6d0", "#8f1454"


class Chart(NamedTuple):
    """What is drawn: which chart, of what, how it is cited, how sides are called, which years, for which width."""

    name: str
    shown: Overview
    citation: Citation
    sides: Sequence[str]
    years: ShownYears
    is_narrow: bool


@cache
def can_draw() -> bool:
    """Return whether charts can be drawn here."""
    return find_spec("matplotlib") is not None


def draw(chart: Chart, form: Picture) -> bytes:
    """Draw a chart. The same numbers give the same bytes with the same version of the library."""
    from matplotlib import rc_context  # noqa: PLC0415  most processes draw none
    from matplotlib.dates import AutoDateLocator  # noqa: PLC0415
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415

    # Texts stay texts, and a fixed salt gives the same ids each time.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "exchange-ledger"}):
        width = NARROW_INCHES if chart.is_narrow else WIDTH_INCHES
        canvas = Canvas(figsize=(width, HEIGHT_INCHES), dpi=DOTS, facecolor="white")
        left = LEFT_INCHES / width
        axes = canvas.add_axes((left, 0.17, 1 - left - 0.3 / width, 0.62))
        if chart.name == "totals":
            _draw_totals(axes, chart.shown.curves, chart.years)
        else:
            rows = [row for row in chart.shown.rows if chart.years.has(row.day)]
            _draw_exchanges(axes, rows, chart.sides)
        _limit(axes, chart.years)
        _write_around(canvas, chart, left)
        if chart.is_narrow:
            ticks = AutoDateLocator(minticks=2, maxticks=6)  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_locator(ticks)
        _explain(axes, chart)
        _plain(axes)
        file = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        canvas.savefig(file, format=form, metadata=metadata)
    return file.getvalue()


def _draw_totals(axes: Any, curves: Sequence[Curve], years: ShownYears) -> None:
    for index, curve in enumerate(curves):
        colour = _SIDES[index % len(_SIDES)]
        shown = years.steps((point.as_of, point) for point in curve.points)
        if not shown:
            continue
        # A step that began before what is shown begins at its edge.
        days = [max(day, years.first_day or day) for day, _ in shown]
        points = [point for _, point in shown]
        best = [point.low if point.best is None else point.best for point in points]
        high = [
            known if point.high is None else point.high
            for point, known in zip(points, best, strict=True)
        ]
        low = [point.low for point in points]
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
        end = span(points[-1].low, points[-1].best, points[-1].high)
        axes.plot([], [], color=colour, linewidth=2, label=f"{curve.name} {end}")
    axes.scatter([], [], marker="o", s=26, color=_SOFT, label=gettext("published by an official"))
    axes.scatter(
        [], [], marker="x", s=26, color=_SOFT, label=gettext("published, but does not add up")
    )
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: count(round(value)))


def _draw_exchanges(axes: Any, rows: Sequence[Row], sides: Sequence[str]) -> None:
    # Of two sides the second goes up and the first down; more stand beside each other.
    is_mirrored = len(sides) == 2  # noqa: PLR2004
    days = [row.day for row in rows]
    bar_days = max(4.0, (max(days) - min(days)).days / 220) if days else 4.0
    for index, name in enumerate(sides):
        direction = -1 if is_mirrored and index == 0 else 1
        shift = timedelta(days=0 if is_mirrored else bar_days * index / 2)
        own = _SIDES[index % len(_SIDES)]
        axes.fill_between([], [], color=own, label=gettext("To %(side)s", side=name))
        for row in rows:
            side = row.sides[index]
            if not row.came_back or side.figure is None:
                continue
            figure, day = side.figure, row.day + shift
            best = figure.low if figure.best is None else figure.best
            is_disputed = side.own_verdict == "disputed"
            axes.bar(day, direction * best, width=bar_days, color=_DISPUTE if is_disputed else own)
            if figure.high is not None and figure.high != figure.low:
                ends = (direction * figure.low, direction * figure.high)
                axes.plot([day, day], ends, color=_INK, linewidth=0.8)
    axes.fill_between([], [], color=_DISPUTE, label=gettext("disputed"))
    axes.plot([], [], color=_INK, linewidth=0.8, label=gettext("from low to high"))
    axes.axhline(0, color=_INK, linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: count(round(abs(value))))


def _limit(axes: Any, years: ShownYears) -> None:
    axes.set_xlim(years.first_day, years.last_day)


def _write_around(canvas: Any, chart: Chart, left: float) -> None:
    title = gettext(CHARTS[chart.name][0])
    citation = chart.citation
    licence = f"  ·  {citation.licence.id}" if citation.licence else ""
    # A dollar sign would begin a formula.
    texts = (
        (0.94, title, 14 if chart.is_narrow else 17, _INK, "bold"),
        (0.89, citation.container, 9 if chart.is_narrow else 12, _SOFT, "normal"),
        (0.055, f"{version(citation)}{licence}", 8 if chart.is_narrow else 9.5, _SOFT, "normal"),
        (0.02, citation.url, 6.5 if chart.is_narrow else 8.5, _SOFT, "normal"),
    )
    for height, text, size, colour, weight in texts:
        canvas.text(
            left, height, text, fontsize=size, color=colour, fontweight=weight, parse_math=False
        )


def _explain(axes: Any, chart: Chart) -> None:
    handles, labels = axes.get_legend_handles_labels()
    # Side by side as long as the names leave room.
    is_long = sum(map(len, labels)) > (40 if chart.is_narrow else 110)
    axes.legend(
        handles,
        labels,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0,
        handlelength=1,
        ncols=2 if chart.is_narrow or is_long else len(labels),
        fontsize=8 if chart.is_narrow else 10,
    )


def _plain(axes: Any) -> None:
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_SOFT, length=0)
    axes.tick_params(axis="x", pad=8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_RULE)
