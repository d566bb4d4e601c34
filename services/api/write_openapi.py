"""Write the API's OpenAPI document to `schemas/json/openapi.json`, as `make schemas` does.

`python -m services.api.write_openapi --check` writes nothing and fails if the file says something else
than the application.
"""

import argparse
import json
import sys

from schemas.generate import DIRECTORY
from services.api.app import make_app
from services.runtime.settings import Settings


PATH = DIRECTORY / "openapi.json"


def document_text() -> str:
    """Return the document as the text that must stand in `PATH`."""
    app = make_app(Settings(redis_url="redis://localhost"), [])
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the document, or with `--check` compare it with the file; return 1 if they differ."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    if parser.parse_args().check:
        if not PATH.exists() or PATH.read_text(encoding="utf-8") != document_text():
            sys.stderr.write(f"{PATH.name} differs from the API: run `make schemas`\n")
            return 1
        return 0
    PATH.write_text(document_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
