# ruff: noqa: INP001  mkdocs loads it by its path
"""What `make docs` does beside mkdocs: links to files outside of docs/ are checked, and named instead of linked.

The site holds docs/ alone; a file of the checkout has no address there.
"""

import re
from pathlib import Path
from typing import Any


_OUTSIDE = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+[^)#]+)(#[^)]*)?\)")


class DeadLinkError(Exception):
    """A link leads to a file that is not there."""


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Return a page's text with links to other files of the checkout written as their paths."""
    docs = Path(config.docs_dir).resolve()
    here = Path(page.file.abs_src_path).resolve().parent

    def named(found: re.Match[str]) -> str:
        target = (here / found[2]).resolve()
        if target.is_relative_to(docs):
            return found[0]
        if not target.exists():
            raise DeadLinkError(f"{page.file.src_path}: expected a file at {found[2]}, found none")
        path = target.relative_to(docs.parent).as_posix()
        text = found[1]
        return f"`{path}`" if text.strip("`") in (path, target.name) else f"{text} (`{path}`)"

    return _OUTSIDE.sub(named, markdown)
