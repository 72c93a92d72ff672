"""Responses as the result of a route: FastAPI, Starlette, Litestar and aiohttp."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from fastapi import FastAPI
from litestar import Litestar, MediaType, get
from litestar import Response as LitestarResponse
from starlette.applications import Starlette
from starlette.routing import Route

from loguro_async import Kpis, Overview  # noqa: TC001 - looked up by name
from loguro_async.integrations import aiohttp as for_aiohttp
from loguro_async.integrations import starlette as for_starlette

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from loguro_async.project import Project


@pytest.fixture
async def overview(loguro_project: Project) -> Overview:
    return await loguro_project.overview(range="7d")


async def fetch(app: Any, path: str = "/") -> httpx.Response:  # noqa: ANN401 - of any framework
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://app"
    ) as browser:
        return await browser.get(path)


async def test_starlette_sends_the_body_that_came(overview: Overview) -> None:
    async def route(_request: Request) -> Response:
        return for_starlette.json_response(overview.kpis, 203, {"Cache-Control": "max-age=60"})

    response = await fetch(Starlette(routes=[Route("/", route)]))

    assert response.content == overview.kpis.raw
    assert (response.status_code, response.headers["Cache-Control"]) == (203, "max-age=60")
    assert response.headers["Content-Type"] == "application/json"


async def test_aiohttp_sends_the_body_that_came(overview: Overview) -> None:
    async def route(_request: web.Request) -> web.Response:
        return for_aiohttp.json_response(
            overview, status=203, headers={"Cache-Control": "max-age=60"}
        )

    app = web.Application()
    app.router.add_get("/", route)
    async with TestClient(TestServer(app)) as browser:
        response = await browser.get("/")
        assert await response.read() == overview.raw
        assert (response.status, response.headers["Cache-Control"]) == (203, "max-age=60")
        assert await response.json() == overview.to_dict()


async def test_fastapi_sends_and_describes_what_a_route_returns(overview: Overview) -> None:
    app = FastAPI()

    @app.get("/typed")
    async def typed() -> Overview:
        return overview

    @app.get("/plain")
    async def plain():  # type: ignore[no-untyped-def]  # noqa: ANN202 - the case in question
        return {"overview": overview, "rows": overview.top_pages.items}

    assert (await fetch(app, "/typed")).json() == overview.to_dict()
    assert (await fetch(app, "/plain")).json() == {
        "overview": overview.to_dict(),
        "rows": [row.to_dict() for row in overview.top_pages.items],
    }
    described = (await fetch(app, "/openapi.json")).json()
    response = described["paths"]["/typed"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]
    assert set(response["schema"]["properties"]) == {"kpis", "timeseries", "topPages"}


async def test_litestar_responds_with_structs_and_with_the_received_body(
    overview: Overview,
) -> None:
    @get("/typed")
    async def typed() -> Kpis:
        return overview.kpis

    @get("/raw")
    async def raw() -> LitestarResponse[bytes]:
        return LitestarResponse(overview.to_json(), media_type=MediaType.JSON)

    app = Litestar([typed, raw])
    assert (await fetch(app, "/typed")).json()["current"] == overview.to_dict()["kpis"]["current"]
    response = await fetch(app, "/raw")
    assert json.loads(response.content) == overview.to_dict()
    assert (await fetch(app, "/schema/openapi.json")).status_code == 200
