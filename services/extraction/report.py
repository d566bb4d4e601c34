"""A report as it comes in: its text, and what is known of where and when it was published."""

import json

from pydantic import ValidationError

from schemas.report import TEXT_CHARACTERS_MAX, SentReport
from services.extraction.words import LANGUAGES, language_of


#: Longest message about a document that is no report.
FAULT_CHARACTERS_MAX = 200


class Report(SentReport):
    """One report, and what follows from it."""

    @property
    def language(self) -> str:
        """The language that its text is read in."""
        return self.lang if self.lang in LANGUAGES else language_of(self.text)

    @property
    def publisher(self) -> str:
        """Who speaks where nobody is quoted."""
        return self.outlet or "outlet"


def reports_in(text: str, *, known: Report) -> list[Report]:
    """Return the reports of a file: JSON, JSON lines, or the text of one.

    What a JSON report does not say is taken from `known`, which has everything but the text.

    Raises:
        ValueError: It looks like JSON and is none, or no report; the message names the report.
    """
    if not text.lstrip().startswith("{"):
        return [known.model_copy(update={"text": text[:TEXT_CHARACTERS_MAX]})]
    stated = known.model_dump(exclude={"text"}, exclude_none=True)
    # A line break within a text is escaped in JSON: whatever is on one line is one report.
    documents = [text] if _is_one(text) else [line for line in text.split("\n") if line.strip()]
    found = []
    for number, document in enumerate(documents, start=1):
        try:
            found.append(Report.model_validate(stated | json.loads(document)))
        except ValidationError as error:
            raise ValueError(f"report {number}: {first_fault(error)}") from error
        except ValueError as error:
            raise ValueError(f"report {number}: expected JSON, found {error}") from error
    return found


def first_fault(error: ValidationError) -> str:
    """Return in a line what is wrong with a document, and where in it."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = "/".join(map(str, ("", *first["loc"]))) or "/"
    if first["type"] == "extra_forbidden":
        return f"{where}: expected no field of that name, found it"
    return f"{where}: {first['msg'][:FAULT_CHARACTERS_MAX]}"


def _is_one(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
