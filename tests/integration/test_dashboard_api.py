"""JSON below the mount, for a front end of the host's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async import F, LoguroClient
from loguro_async.dashboard import Access
from loguro_async.endpoints import ENDPOINTS
from tests.integration.mounted import by_aiohttp, by_asgi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.emulator import LoguroEmulator

    Mount = Callable[..., AbstractAsyncContextManager[str]]

ACCESSES = {
    "open": Access(project="local", visitors=True, locations=True),
    "plain": Access(project="local", locations=True),
    "closed": Access(project="local"),
    "fixed": Access(project="local", filter=F.country("RO")),
}
IDENTIFYING = ("visitor_id", "session_id", "user_id")


@pytest.fixture(params=[by_asgi, by_aiohttp], ids=["asgi", "aiohttp"])
async def api(
    request: pytest.FixtureRequest, loguro_client: LoguroClient
) -> AsyncIterator[Callable[..., Any]]:
    mount: Mount = request.param

    def decide(asked: Any) -> Access | None:  # noqa: ANN401 - of either framework
        return ACCESSES.get(asked.headers.get("X-Access", "open"))

    async with mount(loguro_client, decide) as url, aiohttp.ClientSession() as session:

        async def get(path: str, access: str = "open") -> tuple[int, Any]:
            async with session.get(f"{url}/api/{path}", headers={"X-Access": access}) as response:
                assert response.content_type == "application/json"
                assert response.headers["Cache-Control"] == "private, no-store"
                return response.status, json.loads(await response.text())

        yield get


async def test_it_gives_what_the_service_sent(
    api: Callable[..., Any], loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    project = loguro_client.project("local")
    asked = "range=30d&filter=country:RO"
    expected = await project.kpis(range="30d", filter="country:RO")
    assert await api(f"kpis?{asked}") == (200, json.loads(expected.raw))
    pages = await project.top_pages(range="30d", filter="country:RO", limit=3, compare=True)
    assert await api(f"top-pages?{asked}&limit=3&compare=1") == (200, json.loads(pages.raw))
    status, overview = await api(f"overview?{asked}")
    assert (status, list(overview)) == (200, ["kpis", "timeseries", "topPages"])
    assert overview["kpis"] == json.loads(expected.raw)
    assert loguro_emulator.token not in json.dumps(overview)


async def test_every_list_of_the_service_is_there(api: Callable[..., Any]) -> None:
    names = [one.name for one in ENDPOINTS if one.name.startswith("top-")]
    assert len(names) == 10
    for name in (*names, "custom-events", "recent-events", "timeseries"):
        status, body = await api(f"{name}?range=7d")
        assert (status, "items" in body) == (200, True), name


@pytest.mark.parametrize(
    ("path", "access", "status"),
    [
        ("kpis?filter=country:US", "fixed", 403),
        ("recent-events", "fixed", 403),
        ("kpis?range=all", "open", 403),
        ("kpis?range=99d", "open", 400),
        ("kpis?project=shop", "open", 403),
        ("top-locations", "closed", 403),
        ("kpis", "unknown", 403),
        ("kpis?filter=visitor_id:a", "plain", 403),
        ("kpis?filter=colour:red", "open", 400),
        ("top-pages?limit=0", "open", 400),
        ("top-pages?limit=9999", "open", 400),
        ("top-pages?limit=%D9%A1", "open", 400),
        ("visitor", "open", 404),
        ("..%2Fshop", "open", 404),
    ],
)
async def test_no_forbidden_query_is_sent(
    api: Callable[..., Any], loguro_emulator: LoguroEmulator, path: str, access: str, status: int
) -> None:
    found, body = await api(path, access)
    assert (found, list(body)) == (status, ["error"])
    assert loguro_emulator.requests == []


async def test_the_fixed_filter_is_applied(
    api: Callable[..., Any], loguro_emulator: LoguroEmulator
) -> None:
    assert (await api("kpis?filter=device:mobile", "fixed"))[0] == 200
    (request,) = loguro_emulator.requests
    assert dict(request.query)["filter"] == "country:RO device:mobile"


async def test_single_visitors_are_sent_only_where_they_are_shown(
    api: Callable[..., Any], loguro_emulator: LoguroEmulator
) -> None:
    event = {
        "id": "1",
        "path": "/a",
        "visitor_id": "v",
        "session_id": "s",
        "user_id": "u",
        "visitorId": "v",
        "city": "Cluj",
        "url": "/a?email=x",
        "ip": "192.0.2.1",
        "timestamp": "2026-06-11T09:59:00Z",
        "country_code": "RO",
    }
    body = json.dumps({"items": [event]})
    loguro_emulator.fail(status=200, body=body, endpoint="recent-events")
    loguro_emulator.fail(status=200, body=body, endpoint="top-locations")
    assert (await api("recent-events", "open"))[1]["items"] == [event]
    (plain,) = (await api("recent-events", "plain"))[1]["items"]
    assert set(plain) == {"id", "path", "timestamp", "country_code"}
    (place,) = (await api("top-locations", "plain"))[1]["items"]
    assert not {"visitor_id", "session_id", "user_id", "visitorId", "ip"} & set(place)
    assert place["city"] == "Cluj"
