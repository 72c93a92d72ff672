from __future__ import annotations

import functools
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from loguro_async.decoding import decode
from loguro_async.endpoints import ENDPOINTS, Endpoint
from loguro_async.models.examples import EXAMPLES
from loguro_async.openapi import openapi
from tests.contract.reference import SHOWN, golden

if TYPE_CHECKING:
    from pathlib import Path


@functools.cache
def description() -> dict[str, Any]:
    """The description, which the tests only read."""
    return openapi()


def operation(endpoint: Endpoint[Any]) -> dict[str, Any]:
    suffix = endpoint.suffix.replace("visitor_id", "visitorId")
    found: dict[str, Any] = description()["paths"][f"/api/web-events/{{projectSlug}}{suffix}"][
        "get"
    ]
    return found


def parameters(endpoint: Endpoint[Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in operation(endpoint)["parameters"]}


def test_the_description_follows_the_specification() -> None:
    OpenAPIV31SpecValidator(description()).validate()


def test_there_is_a_path_for_each_endpoint() -> None:
    operations = [path["get"]["operationId"] for path in description()["paths"].values()]
    assert operations == [endpoint.name.replace("-", "_") for endpoint in ENDPOINTS]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_each_operation_has_its_errors_and_a_schema(endpoint: Endpoint[Any]) -> None:
    found = operation(endpoint)

    assert set(found["responses"]) == {"200", "400", "401", "404", "500"}
    assert found["responses"]["200"]["content"]["application/json"]["schema"]
    assert found["summary"]
    assert parameters(endpoint)["projectSlug"]["required"]


def test_parameters_have_the_bounds_of_the_reference() -> None:
    by_name = {endpoint.name: endpoint for endpoint in ENDPOINTS}

    depth = parameters(by_name["top-flows"])["depth"]["schema"]
    assert (depth["minimum"], depth["maximum"], depth["default"]) == (2, 5, 3)
    window = parameters(by_name["recent-events"])["windowMs"]["schema"]
    assert (window["minimum"], window["maximum"]) == (60_000, 3_600_000)
    assert window["default"] == 300_000
    chips = parameters(by_name["kpis"])["range"]["schema"]
    assert chips["enum"] == ["1h", "24h", "7d", "30d", "3m", "12m", "all"]
    assert chips["default"] == "24h"
    assert {"from", "to", "filter", "limit", "compare"} <= parameters(by_name["top-pages"]).keys()
    assert parameters(by_name["visitor"])["visitorId"]["in"] == "path"


@pytest.mark.parametrize("endpoint", SHOWN, ids=lambda one: one.name)
def test_the_reference_s_examples_are_given_word_for_word(endpoint: Endpoint[Any]) -> None:
    content = operation(endpoint)["responses"]["200"]["content"]["application/json"]
    assert content["example"] == msgspec.json.decode(golden(endpoint.name))
    assert decode(endpoint, msgspec.json.encode(content["example"]))


def test_only_what_the_reference_shows_has_an_example() -> None:
    assert set(EXAMPLES) == {endpoint.name for endpoint in SHOWN}


def test_schemas_are_open_and_have_names_that_openapi_allows() -> None:
    schemas = description()["components"]["schemas"]

    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in schemas)
    assert "additionalProperties" not in msgspec.json.encode(schemas).decode()
    assert schemas["KpiValues"]["required"] == ["visitors", "pageviews", "sessions"]


def test_a_description_belongs_to_its_caller_and_names_its_server() -> None:
    first = openapi(base_url="http://127.0.0.1:8000")
    first["paths"].clear()

    assert first["servers"] == [{"url": "http://127.0.0.1:8000"}]
    assert openapi()["servers"] == [{"url": "https://logu.ro"}]
    assert openapi()["paths"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loguro_async", "openapi", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_prints_or_writes_the_description(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    printed, written = run(), run("--out", str(path))

    assert (printed.returncode, printed.stderr) == (0, "")
    assert msgspec.json.decode(printed.stdout) == openapi()
    assert (written.returncode, written.stdout) == (0, "")
    assert path.read_text() == printed.stdout
    assert run("--out", str(tmp_path / "no" / "where.json")).returncode == 1
