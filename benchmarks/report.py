"""Put what a benchmark measured into docs/performance.md, each benchmark in a section of its own."""

from pathlib import Path


REPORT = Path(__file__).parent.parent / "docs" / "performance.md"
_HEAD = """# How fast it is

Written by `make bench`, section by section; do not edit.
Every figure is a median of at least 3 runs and stands beside its limit or peer from the same run; only ratios inside one table mean something.
"""


def write_section(title: str, body: str) -> None:
    """Put a section in the place of the one with the same title, or at the end.

    Args:
        title: The section's heading, without marks; no other heading of second level may be in the body.
        body: Markdown.
    """
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else _HEAD
    head, *sections = text.split("\n## ")
    written = f"{title}\n\n{body.strip()}\n"
    titles = [section.split("\n", 1)[0] for section in sections]
    if title in titles:
        sections[titles.index(title)] = written
    else:
        sections.append(written)
    REPORT.write_text("\n\n## ".join(part.strip() for part in (head, *sections)) + "\n", "utf-8")
