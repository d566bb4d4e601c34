"""The forms in which answers are sent, and their media types."""

from typing import Literal


Form = Literal["json", "csv", "xlsx", "parquet", "metadata", "html"]
#: The forms of a list; `metadata` is the document beside its files.
LIST_FORMS: tuple[Form, ...] = ("json", "csv", "xlsx", "parquet")
MEDIA_TYPES: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "metadata": "application/json",
    "html": "text/html; charset=utf-8",
}
