"""Responses of the embedded Loguro to valid and invalid requests, sent without the client."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

ROOT = "/api/web-events"


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "shop"), "events": 2_000, "days": 14}


async def get(
    loguro: LoguroEmulator, path: str, token: str | None = None, **parameters: str
) -> tuple[int, Any]:
    """Returns the status and the JSON of a response."""
    headers = {"Authorization": f"Bearer {token or loguro.token}"}
    async with (
        aiohttp.ClientSession(loguro.base_url, headers=headers) as session,
        session.get(f"{ROOT}/{path}", params=parameters) as response,
    ):
        assert response.content_type == "application/json"
        return response.status, await response.json()


async def send(loguro: LoguroEmulator, head: str) -> tuple[int, Any]:
    """Returns the status and the JSON of the response to a request that is written by hand."""
    host, _, port = loguro.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [head, "Host: loguro", "Connection: close", f"Authorization: Bearer {loguro.token}"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    response = await reader.read()
    writer.close()
    await writer.wait_closed()
    first, _, body = response.partition(b"\r\n\r\n")
    return int(first.split()[1]), json.loads(body)


@asynccontextmanager
async def strict(events: int = 200, **options: Any) -> AsyncGenerator[LoguroEmulator]:  # noqa: ANN401
    """Runs an emulator in strict mode."""
    async with LoguroEmulator(events=events, days=7, strict=True, **options) as loguro:
        yield loguro


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic cGF0Og==", "pat_x"])
async def test_a_request_without_a_token(
    loguro_emulator: LoguroEmulator, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with (
        aiohttp.ClientSession(loguro_emulator.base_url, headers=headers) as session,
        session.get(f"{ROOT}/local/kpis") as response,
    ):
        assert (response.status, await response.json()) == (401, {"error": "Missing token"})


async def test_every_state_of_a_token(loguro_emulator: LoguroEmulator) -> None:
    revoked = loguro_emulator.issue_token()
    assert (await get(loguro_emulator, "local/count", revoked))[0] == 200
    loguro_emulator.revoke(revoked)
    expired = loguro_emulator.issue_token(expired=True)
    for token, message in (
        ("pat_unknown", "Invalid token"),
        (revoked, "Token revoked"),
        (expired, "Token expired"),
    ):
        assert await get(loguro_emulator, "local/count", token) == (401, {"error": message})
    for_shop = loguro_emulator.issue_token("shop")
    assert (await get(loguro_emulator, "shop/count", for_shop))[0] == 200
    responses = [
        await get(loguro_emulator, "local/count", for_shop),
        await get(loguro_emulator, "no-such/count"),
    ]
    # A token without access does not show whether the project exists.
    assert responses == [(404, {"error": "Project not found"})] * 2


@pytest.mark.parametrize("slug", ["a%20b", "%2e%2e", "a%2fb", "%C3%A9", "x" * 129, ".hidden"])
async def test_an_invalid_slug(loguro_emulator: LoguroEmulator, slug: str) -> None:
    status, body = await send(loguro_emulator, f"GET {ROOT}/{slug}/kpis HTTP/1.1")
    assert (status, body) == (400, {"error": "Invalid project identifier"})


@pytest.mark.parametrize("visitor", ["a%20b", "%27--", "x" * 65, "%00"])
@pytest.mark.parametrize("suffix", ["", "/sessions"])
async def test_an_invalid_visitor_id(
    loguro_emulator: LoguroEmulator, visitor: str, suffix: str
) -> None:
    path = f"{ROOT}/local/visitor/{visitor}{suffix}"
    status, body = await send(loguro_emulator, f"GET {path} HTTP/1.1")
    assert (status, body) == (400, {"error": "Invalid visitor id"})


async def test_an_unknown_visitor_and_an_unknown_path(loguro_emulator: LoguroEmulator) -> None:
    for path in ("local/visitor/unknown", "local/visitor/unknown/sessions"):
        assert await get(loguro_emulator, path) == (404, {"error": "Visitor not found"})
    status, body = await get(loguro_emulator, "local/no-such-endpoint")
    assert (status, list(body)) == (404, ["error"])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_other_methods_than_get(loguro_emulator: LoguroEmulator, method: str) -> None:
    async with (
        aiohttp.ClientSession(loguro_emulator.base_url) as session,
        session.request(method, f"{ROOT}/local/kpis") as response,
    ):
        assert response.status == 405
        assert response.headers["Allow"] == "GET"
        assert list(await response.json()) == ["error"]


@pytest.mark.parametrize(
    ("endpoint", "parameters"),
    [
        ("count", {"range": "2w"}),
        ("count", {"filter": "planet:mars"}),
        ("count", {"filter": 'path:"/open'}),
        ("top-pages", {"limit": "many"}),
        ("top-pages", {"compare": "yes"}),
    ],
)
async def test_an_invalid_parameter_is_left_out_or_an_error(
    loguro_emulator: LoguroEmulator, endpoint: str, parameters: dict[str, str]
) -> None:
    path = f"local/{endpoint}"
    lenient = await get(loguro_emulator, path, **parameters)
    assert lenient == await get(loguro_emulator, path)
    assert lenient[0] == 200
    async with strict() as loguro:
        status, body = await get(loguro, path, **parameters)
        assert (status, body) == (400, {"error": f"Invalid {next(iter(parameters))}"})


async def test_numbers_move_into_their_bounds_or_are_an_error(
    loguro_emulator: LoguroEmulator,
) -> None:
    for name, endpoint, requested, used in (
        ("depth", "top-flows", "9", "5"),
        ("depth", "top-flows", "0", "2"),
        ("windowMs", "recent-events", "1", "60000"),
        ("windowMs", "recent-events", "99999999", "3600000"),
        ("limit", "top-pages", "0", "1"),
    ):
        path, always = f"local/{endpoint}", {"range": "all"}
        given = await get(loguro_emulator, path, **always, **{name: requested})
        assert given == await get(loguro_emulator, path, **always, **{name: used})
        async with strict() as loguro:
            assert (await get(loguro, path, **{name: requested}))[0] == 400


async def test_a_limit_above_the_cap_is_lowered(loguro_emulator: LoguroEmulator) -> None:
    _, body = await get(loguro_emulator, "local", range="all", limit="9" * 400)
    assert body["count"] == len(body["items"]) == 1_000
    _, body = await get(loguro_emulator, "local", range="all")
    assert body["count"] == 100
    async with strict(default_limits={"events": 2}, max_limits={"events": 5}) as loguro:
        assert (await get(loguro, "local", range="all"))[1]["count"] == 2
        assert (await get(loguro, "local", range="all", limit="50"))[1]["count"] == 5


async def test_bounds_override_the_range(loguro_emulator: LoguroEmulator) -> None:
    bounds = {"from": "2026-06-01T00:00:00.000Z", "to": "2026-06-08T00:00:00.000Z"}
    _, body = await get(loguro_emulator, "local/kpis", range="24h", **bounds)
    assert body["range"] == {"chip": "custom", "bucket": "day", "hasPrevious": True, **bounds}


@pytest.mark.parametrize(
    "bounds",
    [
        {"from": "2026-06-01T00:00:00Z"},
        {"to": "2026-06-01T00:00:00Z"},
        {"from": "yesterday", "to": "2026-06-01T00:00:00Z"},
        {"from": "2026-06-01T00:00:00Z", "to": "2026-02-30T00:00:00Z"},
        {"from": "2026-06-02T00:00:00Z", "to": "2026-06-01T00:00:00Z"},
        {"from": "", "to": ""},
    ],
)
async def test_bounds_that_are_not_both_valid_are_ignored(
    loguro_emulator: LoguroEmulator, bounds: dict[str, str]
) -> None:
    given = await get(loguro_emulator, "local/kpis", range="7d", **bounds)
    assert given == await get(loguro_emulator, "local/kpis", range="7d")
    assert given[1]["range"]["chip"] == "7d"


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1; --",
        "path:'; DROP TABLE no_events; --",
        "search:$value_0",
        'search:"\x00\x01\udcff"'.encode("utf-8", "replace").decode(),
        "path:" + "|".join(["x"] * 500),
        '"' * 500,
        "!!!!::||",
        "search:" + "é" * 1_000,
    ],
)
async def test_hostile_filters_get_a_response_in_json(
    loguro_emulator: LoguroEmulator, text: str
) -> None:
    for endpoint in ("count", "kpis", "top-pages", "custom-events"):
        status, body = await get(loguro_emulator, f"local/{endpoint}", filter=text)
        assert status == 200
        assert "Traceback" not in json.dumps(body)


@pytest.mark.parametrize(
    "query",
    [
        "range=%00",
        "filter=%ff%fe",
        "filter=path:%ff",
        "limit=%D9%A1",
        "limit=-1&limit=5",
        "from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z",
        "from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59.999Z",
        "&&==&?",
    ],
)
async def test_hostile_queries_get_a_response_in_json(
    loguro_emulator: LoguroEmulator, query: str
) -> None:
    for endpoint in ("", "/kpis", "/timeseries", "/top-pages"):
        head = f"GET {ROOT}/local{endpoint}?{query} HTTP/1.1"
        assert (await send(loguro_emulator, head))[0] == 200


async def test_a_series_of_too_many_buckets_fails(loguro_emulator: LoguroEmulator) -> None:
    bounds = {"from": "0002-01-01T00:00:00Z", "to": "9998-01-01T00:00:00Z"}
    for endpoint in ("timeseries", "custom-events"):
        response = await get(loguro_emulator, f"local/{endpoint}", **bounds)
        assert response == (500, {"error": "Query failed"})
