"""Responses of the embedded Loguro match the OpenAPI description, by schemathesis with a seed."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportArgumentType=false

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from loguro_async.emulator import LoguroEmulator
from loguro_async.endpoints import ENDPOINTS
from loguro_async.openapi import openapi

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from loguro_async.endpoints import Endpoint

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
EXAMPLES_EACH = 12
CHECKS = [
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@contextmanager
def served() -> Generator[LoguroEmulator]:
    """An embedded Loguro in a thread of its own: schemathesis is synchronous."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:  # noqa: ANN401 - whatever the coroutine gives
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    emulator = LoguroEmulator(("local",), events=500, days=10, seed=1, now=NOW)
    run(emulator.__aenter__())
    try:
        yield emulator
    finally:
        run(emulator.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def emulator() -> Iterator[LoguroEmulator]:
    with served() as found:
        yield found


def operation_of(endpoint: Endpoint[Any], emulator: LoguroEmulator) -> Any:  # noqa: ANN401 - schemathesis' own
    schema = schemathesis.openapi.from_dict(openapi(base_url=emulator.base_url))
    suffix = endpoint.suffix.replace("visitor_id", "visitorId")
    return schema[f"/api/web-events/{{projectSlug}}{suffix}"]["GET"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_responses_match_the_description(
    endpoint: Endpoint[Any], emulator: LoguroEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    operation = operation_of(endpoint, emulator)
    statuses: list[int] = []

    @settings(
        max_examples=EXAMPLES_EACH,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis' own
        case.path_parameters["projectSlug"] = "local"
        headers = {"Authorization": f"Bearer {emulator.token}"}
        response = case.call(base_url=emulator.base_url, headers=headers)
        statuses.append(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
    assert 200 in statuses or endpoint.needs_visitor
    assert not [one for one in caplog.records if one.exc_info], "an exception in the emulator"


@pytest.mark.parametrize(
    ("slug", "token", "status"), [("local", "pat_wrong", 401), ("elsewhere", None, 404)]
)
def test_error_responses_match_the_description(
    slug: str, token: str | None, status: int, emulator: LoguroEmulator
) -> None:
    operation = operation_of(ENDPOINTS[0], emulator)
    case = operation.Case(path_parameters={"projectSlug": slug})
    headers = {"Authorization": f"Bearer {token or emulator.token}"}
    response = case.call(base_url=emulator.base_url, headers=headers)

    assert response.status_code == status
    case.validate_response(response, checks=CHECKS)
