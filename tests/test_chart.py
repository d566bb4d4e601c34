"""The Helm chart fits the code, as far as can be told without helm; `make test-kubernetes` renders it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from services.cli.worker import Worker
from services.queries.health import STAGES
from services.runtime.settings import Settings


ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "exchange-ledger"
#: Settings that the chart derives from its own values, so that nobody sets them twice.
SET_BY_THE_CHART = {
    *("LEDGER_REDIS_URL", "LEDGER_REDIS_USER", "LEDGER_REDIS_PASSWORD_FILE"),
    *("LEDGER_REDIS_CA_FILE", "LEDGER_REDIS_CERT_FILE", "LEDGER_REDIS_KEY_FILE"),
    *("LEDGER_SENTINEL_USER", "LEDGER_SENTINEL_PASSWORD_FILE"),
    *("LEDGER_NAMES", "LEDGER_LEASES", "LEDGER_DATA_DIR", "LEDGER_CONFIG_DIR"),
    *("LEDGER_SEALED_DIR", "LEDGER_RELEASES_DIR"),
    *("LEDGER_HTTP_HOST", "LEDGER_HTTP_PORT"),
}
#: Settings with a secret in them, which has no place among what anybody may read.
SECRET = {"LEDGER_LLM_API_KEY"}


def templates() -> str:
    found = (CHART / "templates").iterdir()
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(found))


def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    document = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(document)
    return Draft7Validator(document)


def paths(found: Any, before: str = "") -> set[str]:
    """The dotted paths of all values, and of the objects that hold them."""
    if not isinstance(found, dict):
        return set()
    named = {f"{before}{name}": value for name, value in found.items()}
    return named.keys() | set().union(*(paths(value, f"{name}.") for name, value in named.items()))


def test_the_shipped_values_are_valid_and_a_misspelt_one_is_not(schema):
    assert list(schema.iter_errors(values())) == []
    for path in ("replica", "api.replica", "valkey.storage.sizes"):
        wrong = values()
        *outer, last = path.split(".")
        place = wrong
        for name in outer:
            place = place[name]
        place[last] = 1
        [error] = schema.iter_errors(wrong)
        assert last in error.message


def test_settings_that_the_chart_names_are_settings_and_nobody_sets_them_twice(schema):
    ours = {f"LEDGER_{name.upper()}" for name in Settings.model_fields}
    names = schema.schema["properties"]["settings"]["propertyNames"]

    assert set(names["not"]["enum"]) == SET_BY_THE_CHART | SECRET <= ours
    assert set(re.findall(r"\bLEDGER_[A-Z_]+", templates())) == SET_BY_THE_CHART
    # Others are let in by their form, so that a new one needs no word here.
    assert all(re.fullmatch(names["pattern"], name) for name in ours)


def test_templates_ask_for_values_that_there_are_and_every_value_is_asked_for():
    text = templates()
    asked = set(re.findall(r"\.Values\.([A-Za-z.]+[A-Za-z])", text))
    known = paths(values())

    assert asked <= known
    leaves = {path for path in known if not any(other.startswith(f"{path}.") for other in known)}
    unasked = {
        leaf
        for leaf in leaves
        # A template may take the whole of what a value is in, or name it after `with` and `range`.
        if not any(leaf == path or leaf.startswith(f"{path}.") for path in asked)
        and not any(re.search(rf"\.{name}\b", text) for name in leaf.split(".")[1:])
    }
    assert unasked == set()


def test_the_charts_files_are_the_deployed_ones():
    taken = set(re.findall(r'\.Files\.Get "([^"]+)"', templates()))

    assert taken == {f"files/{path.name}" for path in (CHART / "files").iterdir()}
    for name in taken:
        # A link, so that there is one file; helm packs what it leads to.
        assert (CHART / name).is_symlink()
        deployed = {"dashboard.json": "grafana/exchange-ledger.json"}.get(Path(name).name, "")
        assert (CHART / name).resolve() == (DEPLOY / (deployed or Path(name).name)).resolve()


def test_every_part_has_a_deployment_values_and_a_user_on_the_server():
    users = set(re.findall(r"^user (\w+) ", (DEPLOY / "users.acl").read_text(), re.MULTILINE))
    text = templates()
    [always] = re.findall(r'define "ledger.parts" -\}\}\n([a-z ]+)\n', text)
    on_demand = re.findall(r"if \.Values\.([a-z]+)\.enabled \}\} \1\{\{", text)

    # Editors' API is one more process of the API.
    assert {*always.split(), *on_demand} == {*STAGES, *Worker, "editing"}
    assert on_demand == ["drafting", "editing", "webhooks", "releasing"]
    for part in (*always.split(), *on_demand):
        assert values()[part]["resources"]["limits"]["memory"]
        assert part in users
    assert "scaler" in users
    assert "key: scaler.password" in templates()


def test_ledgers_are_named_or_meant_by_a_pattern(schema):
    given = values()
    for names in (["rus-ukr"], ["*"], ["yem-*", "rus-ukr"], ["yem-[hs]*"]):
        given["ledgers"]["names"] = names
        assert list(schema.iter_errors(given)) == []
    for names in ([], ["A B"], ["a,b"], ["yem-hou", "yem-hou"]):
        given["ledgers"]["names"] = names
        assert list(schema.iter_errors(given))


def test_the_secrets_keys_are_what_make_secrets_makes():
    made = (DEPLOY / "make-secrets.sh").read_text(encoding="utf-8")

    for key in re.findall(r"\{key: ([a-z.]+),", templates()):
        # Certificates for other servers, and the password of others' Sentinels, come from elsewhere.
        if key not in ("client.crt", "client.key", "sentinel.password"):
            assert f'"$to/{key}' in made, key


def test_pods_run_as_the_images_user():
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    [user] = re.findall(r"--uid (\d+)", image)

    assert set(re.findall(r'"ledger.podSecurity" (\d+)', templates())) == {user, "999"}
