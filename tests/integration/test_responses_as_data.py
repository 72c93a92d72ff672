"""Every response and row of every endpoint: through FastAPI, JSON, pickle and all shell formats."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import pickle
from typing import TYPE_CHECKING, Any, get_args

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from loguro_async import LoguroClient
from loguro_async.cli.options import OutputFormat
from loguro_async.cli.output import Destination, rows_of, show
from loguro_async.emulator import LoguroEmulator
from loguro_async.endpoints import ENDPOINTS, Endpoint
from loguro_async.models.data import Data

if TYPE_CHECKING:
    from pathlib import Path

    from loguro_async.models.response_base import Response

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
FORMS: tuple[OutputFormat, ...] = get_args(OutputFormat)
ODD: dict[str, Any] = {"added_later": {"a": [1, None]}, "added-too": "ü\x1b["}


async def fetched() -> dict[tuple[str, bool], Response]:
    """The response of each endpoint, with and without unknown members."""
    responses: dict[tuple[str, bool], Response] = {}
    async with (
        LoguroEmulator(("local",), events=500, days=7, seed=1, now=NOW) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url, cache=None) as client,
    ):
        project = client.project("local")
        (event,) = (await project.events(range="all", limit=1)).items
        for is_odd in (False, True):
            for endpoint in ENDPOINTS:
                given = [str(event.visitor_id)] if endpoint.needs_visitor else []
                method = getattr(project, endpoint.name.replace("-", "_"))
                responses[endpoint.name, is_odd] = await method(*given)
            loguro.fail(extra_fields=ODD)
    return responses


@pytest.fixture(scope="module")
def responses() -> dict[tuple[str, bool], Response]:
    return asyncio.run(fetched())


@pytest.fixture(params=[False, True], ids=["as known", "with new members"])
def response(
    endpoint: Endpoint[Any],
    responses: dict[tuple[str, bool], Response],
    request: pytest.FixtureRequest,
) -> Response:
    return responses[endpoint.name, request.param]


pytestmark = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)


async def test_it_is_the_result_of_a_route(endpoint: Endpoint[Any], response: Response) -> None:
    app, rows = FastAPI(), list(rows_of(response))
    app.get("/typed", response_model=endpoint.shape)(lambda: response)
    app.get("/plain")(lambda: response)
    app.get("/rows")(lambda: rows)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://app"
    ) as browser:
        answers = [await browser.get(path) for path in ("/typed", "/plain", "/rows")]
        schema = (await browser.get("/openapi.json")).json()

    sent = msgspec.json.decode(response.raw)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json() == answers[1].json() == sent
    assert len(answers[2].json()) == len(rows)
    assert schema["paths"]["/typed"]["get"]["responses"]["200"]["content"]


async def test_it_becomes_json_and_comes_back(endpoint: Endpoint[Any], response: Response) -> None:
    for data in (response, *rows_of(response)):
        assert isinstance(data, Data)
        assert json.loads(data.to_json()) == data.to_dict() == dict(data)
    adapter: TypeAdapter[Any] = TypeAdapter(endpoint.shape)
    twin = adapter.validate_json(adapter.dump_json(response))
    assert twin == response
    assert twin.to_dict() == response.to_dict()


async def test_it_goes_through_pickle(response: Response) -> None:
    twin = pickle.loads(pickle.dumps(response))  # noqa: S301 - made here
    assert twin == response
    assert (twin.raw, twin.fetched_at) == (response.raw, response.fetched_at)
    for one, other in zip(rows_of(twin), rows_of(response), strict=True):
        assert (one, one.to_dict()) == (other, other.to_dict())  # type: ignore[attr-defined]


async def test_it_is_written_in_every_format(
    response: Response, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = len(rows_of(response))
    assert FORMS
    for form in FORMS:
        path = None if form == "table" else tmp_path / f"response.{form}"
        await show(response, Destination(form, path))
        assert path is None or rows == 0 or path.stat().st_size > 0
    assert "\x1b" not in capsys.readouterr().out
    lines = (tmp_path / "response.ndjson").read_text().splitlines()
    assert len(lines) == rows
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert json.loads((tmp_path / "response.json").read_text()) == response.to_dict()
