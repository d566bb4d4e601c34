"""Write the API's OpenAPI document to `schemas/json/openapi.json`, as `make schemas` does.

`python -m services.api.write_openapi --check` writes nothing and fails if the file says something else
than the application.
"""

import json
import sys

from schemas.generate import DIRECTORY
from schemas.generated_file import write_or_check
from services.api.app import make_app
from services.runtime.settings import Settings


PATH = DIRECTORY / "openapi.json"


def document_text() -> str:
    """Return the document as the text that must stand in `PATH`."""
    app = make_app(Settings(redis_url="redis://localhost"), [])
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or compare it with `--check`; return 1 if it differs."""
    return write_or_check(PATH, document_text, source="the API")


if __name__ == "__main__":
    sys.exit(main())
