"""The documents are sound to the linters and schemas of others."""

import json

from jsonschema import Draft7Validator

from tests.standards.conftest import INSTALLED


def test_spectral_finds_no_error_in_the_openapi_document(run, place):
    (place / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')

    lines = run("spectral", "lint", "openapi.json", "--fail-severity=error")

    assert "(0 errors," in lines[-2] + lines[-1] or "No results" in "".join(lines)


def test_redocly_finds_no_error_in_the_openapi_document(run):
    run("redocly", "lint", "openapi.json", "--format=json")


def test_the_description_of_the_streams_fits_the_schema_of_its_version(place):
    document = json.loads((place / "asyncapi.json").read_text(encoding="utf-8"))
    version = document["asyncapi"]
    specs = INSTALLED / "node_modules" / "@asyncapi" / "specs" / "schemas"
    schema = json.loads((specs / f"{version}.json").read_text(encoding="utf-8"))

    assert version == "3.1.0"
    assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []
    assert list(Draft7Validator(schema).iter_errors(document | {"channels": 7}))
