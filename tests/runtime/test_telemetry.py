"""A log line is one line of bounded, printable JSON, and holds no secret that was at hand."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import telemetry
from services.runtime.telemetry import LINE_BYTES_MAX, logger_of, set_up_logging


SECRET = "a-secret-that-nobody-may-read"


def logged(**fields: Any) -> tuple[str, dict[str, Any]]:
    """Log one line; give it as it was written, and what it holds."""
    stream = StringIO()
    set_up_logging("info", stream=stream)
    logger_of("worker", "ledger").error("thing.happened", **fields)
    written = stream.getvalue()
    assert written.endswith("\n")
    return written[:-1], json.loads(written)


def fault(authorization: str) -> Exception:
    """An exception raised where a secret is at hand, from another one."""
    held = {"headers": [authorization]}
    try:
        try:
            del held["cookies"]
        except KeyError as error:
            raise RuntimeError("meant") from error
    except RuntimeError as error:
        fault = error
    return fault


def test_a_traceback_shows_where_and_what_and_no_locals():
    line, found = logged(exc_info=fault(SECRET))

    assert [one["exc_type"] for one in found["exception"]] == ["RuntimeError", "KeyError"]
    assert found["exception"][0]["frames"][-1]["name"] == "fault"
    assert SECRET not in line
    assert "locals" not in line


def test_secrets_that_an_errors_text_quotes_are_left_out():
    texts = [
        f"refused exl_0f3c0f3c0f3c_{SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"authorization: basic {SECRET}==",
        f"no answer of redis://ledger:{SECRET}@127.0.0.1:6379/0",
        f"no answer of rediss://:{SECRET}@host",
    ]

    line, found = logged(
        exc_info=RuntimeError("; ".join(texts)), error=texts, url="http://127.0.0.1:8080"
    )

    assert SECRET not in line
    assert found["error"][0] == "refused exl_0f3c0f3c0f3c_…"
    assert found["url"] == "http://127.0.0.1:8080"
    assert found["error"][3] == "no answer of redis://ledger:…@127.0.0.1:6379/0"


def test_what_a_terminal_obeys_or_an_eye_is_misled_by_is_escaped():
    hostile = "\x1b]0;title\x07 \x9b2J \u202egnp.exe \u2066x\u2069 \x7f \u2028 \U000e0041 \udc9b"

    line, found = logged(source=hostile, **{"name\x1b": 1})

    assert line.isprintable()
    assert found["source"] == hostile
    assert found["name\x1b"] == 1


def test_a_line_is_cut_where_it_would_be_long_and_keeps_what_identifies_it():
    line, found = logged(
        error="x" * 1_000_000,
        reasons=[{"expected": "é" * 3_000}] * 900,
        entry="17-0",
        **{f"field{number}": "\x1b" * 1_000 for number in range(400)},
    )

    assert len(line.encode()) <= LINE_BYTES_MAX
    assert (found["event"], found["worker"], found["entry"]) == ("thing.happened", "worker", "17-0")
    assert found["error"].endswith("characters more)")


def nested() -> Any:
    found: Any = []
    for _ in range(500):
        found = {"in": [found]}
    return found


def test_numbers_and_nesting_that_json_has_no_place_for_are_told_in_words():
    _, found = logged(big=10**5_000, bad=float("nan"), deep=nested(), other=object)

    assert found["big"] == "a number of 16610 bits"
    assert found["bad"] == "nan"
    assert "deep" in found
    assert found["other"] == "<class 'object'>"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


SHORT = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)


@given(st.dictionaries(st.sampled_from(["source", "error", "took_ms", "Bearer x"]), SHORT))
def test_a_line_of_short_fields_says_what_one_that_is_cut_would_say(fields):
    with pytest.MonkeyPatch.context() as patched:
        quick, _ = logged(**fields)
        patched.setattr(telemetry, "_is_plain", lambda _: False)
        careful, _ = logged(**fields)

    assert without_time(quick) == without_time(careful)


def without_time(line: str) -> str:
    return re.sub(r'"at": "[^"]*"', "", line)


@given(st.dictionaries(st.sampled_from(["source", "error", "reasons", "rows"]), ANYTHING))
def test_whatever_is_logged_is_one_bounded_printable_line(fields):
    line, found = logged(**fields)

    assert len(line.encode()) <= LINE_BYTES_MAX
    assert "\n" not in line
    assert not any(
        character != " " and not character.isprintable() and not character.isspace()
        for character in line.replace("\u200c", "").replace("\u200d", "")
    )
    assert found.keys() >= fields.keys()
