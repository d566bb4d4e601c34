"""Draw what the dashboard's panels show, from what Prometheus answers to their queries.

Grafana is not needed for it, and draws them otherwise; the queries, titles and units are the dashboard's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.dates import DateFormatter
from matplotlib.ticker import EngFormatter
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from services.api.write_dashboard import ROWS, Panel, Query


#: Lines of a panel that are named; more would cover it.
NAMED_MAX = 8
COLUMNS = 3
_NONE = AnyValue()
Ask = Callable[..., Any]


def draw(ask: Ask, start: float, end: float, path: Path) -> None:
    """Draw all panels over a time into a file.

    Raises:
        AssertionError: A panel has nothing to show.
    """
    mpl.use("agg")
    panels = [panel for _, row in ROWS for panel in row]
    rows = -(-len(panels) // COLUMNS)
    figure, places = plt.subplots(rows, COLUMNS, figsize=(18, 3.2 * rows), layout="constrained")
    empty = [
        panel.title
        for panel, place in zip(panels, places.flat, strict=False)
        if not _drawn(panel, place, ask, (start, end))
    ]
    for place in places.flat[len(panels) :]:
        place.axis("off")
    figure.savefig(path, dpi=70)
    plt.close(figure)
    assert not empty, f"nothing to show on {empty}"


def draw_trace(spans: Mapping[str, Sequence[Any]], path: Path) -> None:
    """Draw the spans of a trace below each other, from the first on, into a file."""
    mpl.use("agg")
    ordered = sorted(
        (span for group in spans.values() for span in group),
        key=lambda span: (span.start_time_unix_nano, span.end_time_unix_nano),
    )
    begin = ordered[0].start_time_unix_nano
    figure, place = plt.subplots(figsize=(12, 0.45 * len(ordered) + 1), layout="constrained")
    for row, span in enumerate(ordered):
        start = (span.start_time_unix_nano - begin) / 1e6
        took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        about = {one.key: one.value for one in span.attributes}
        place.barh(
            row, max(took, 0.1), left=start, height=0.6, color=f"C{list(spans).index(span.name)}"
        )
        rows = [
            one.string_value for one in about.get("exchange_ledger.rows", _NONE).array_value.values
        ]
        kind = about["exchange_ledger.type"].string_value
        place.text(
            start,
            row,
            f" {span.name} · {kind} · {took:.1f} ms  {', '.join(rows[:2])}",
            va="center",
            fontsize=8,
        )
    place.invert_yaxis()
    place.set_yticks([])
    place.set_xlabel("ms since the claim came into the inbox")
    place.set_title(f"trace {ordered[0].trace_id.hex()}", loc="left", fontsize=10)
    place.set_xlim(left=0, right=place.get_xlim()[1] * 1.6)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _drawn(panel: Panel, place: Any, ask: Ask, span: tuple[float, float]) -> int:
    """Draw one panel; return how many lines it has."""
    place.set_title(panel.title, loc="left", fontsize=10, fontweight="bold")
    count = 0
    for query in panel.queries:
        text = query.text.replace("$window", "30s").replace("$ledger", ".*").replace("$job", ".*")
        step = max(1, round((span[1] - span[0]) / 400))
        answer = ask(query=text, start=span[0], end=span[1], step=step)
        for series in answer["result"]:
            times = [datetime.fromtimestamp(at, UTC) for at, _ in series["values"]]
            values = [float(value) for _, value in series["values"]]
            label = _named(query, series["metric"]) if count < NAMED_MAX else None
            place.plot(times, values, label=label, linewidth=1.2)
            count += 1
    place.set_ylim(bottom=0)
    place.grid(alpha=0.3)
    place.xaxis.set_major_formatter(DateFormatter("%H:%M"))
    if panel.unit != "bool_yes_no":
        place.yaxis.set_major_formatter(
            EngFormatter(unit={"s": "s", "bytes": "B"}.get(panel.unit, ""))
        )
    if count:
        place.legend(fontsize=6, loc="upper left", framealpha=0.6)
    return count


def _named(query: Query, labels: dict[str, str]) -> str:
    name = query.legend
    for label, value in labels.items():
        name = name.replace(f"{{{{{label}}}}}", value)
    return name
