"""Access, errors and the log of requests."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import aiohttp
import pytest
from yarl import URL

from tests.integration.emulator_session import Getter, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def get(tmp_path: Path) -> AsyncIterator[Getter]:
    async with serving(tmp_path) as get:
        yield get


async def raw(get: Getter, request: bytes) -> bytes:
    """Returns all bytes of the response to the bytes of a request."""
    url = URL(get.loguro.base_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    response = await reader.read()
    writer.close()
    await writer.wait_closed()
    return response


async def test_without_a_token_every_project_gives_a_401(get: Getter) -> None:
    for project in ("local", "nowhere", "a%20b"):
        assert (await get("/kpis", project, ""))[0] == 401


async def test_a_project_without_access_gives_a_404(get: Getter) -> None:
    token = get.loguro.issue_token(["shop"])
    missing = (404, {"error": "Project not found"})
    assert await get("/kpis", "local", token) == missing
    assert await get("/kpis", "nowhere") == missing
    assert (await get("/kpis", "shop", token))[0] == 200


async def test_bytes_that_are_no_utf_8_get_a_response(get: Getter) -> None:
    token = get.loguro.token.encode()
    response = await raw(
        get,
        b"GET /api/web-events/local/count?filter=path:\xff\xfe HTTP/1.1\r\nHost: a\r\n"
        b"Authorization: Bearer " + token + b"\r\nConnection: close\r\n\r\n",
    )
    assert response.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert b"Traceback" not in response


async def test_a_request_that_is_no_http_gets_no_traceback(get: Getter) -> None:
    response = await raw(get, b"\x16\x03\x01 this is no request\r\n\r\n")
    assert b" 400 " in response.splitlines()[0]
    assert b"Traceback" not in response


async def test_the_cause_of_a_failed_query_is_only_in_the_log(
    get: Getter, caplog: pytest.LogCaptureFixture
) -> None:
    for file in get.loguro.parquet("local"):
        file.write_bytes(b"no Parquet any more")
    with caplog.at_level(logging.ERROR, logger="loguro_async.emulator"):
        assert await get("/kpis") == (500, {"error": "Query failed"})
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert get.loguro.token not in caplog.text
    assert (await get("/kpis", "shop"))[0] == 200


async def test_requests_are_recorded_in_order(get: Getter) -> None:
    await get("/kpis", range="7d")
    await get("", "nowhere")
    await get("/visitor/v1/sessions", "shop", "")
    seen = [
        (r.method, r.path, dict(r.query), r.slug, r.endpoint, r.status) for r in get.loguro.requests
    ]
    start = "/api/web-events"
    assert seen == [
        ("GET", f"{start}/local/kpis", {"range": "7d"}, "local", "kpis", 200),
        ("GET", f"{start}/nowhere", {}, "nowhere", "events", 404),
        ("GET", f"{start}/shop/visitor/v1/sessions", {}, "shop", "visitor-sessions", 401),
    ]
    assert get.loguro.token not in json.dumps(seen)
    get.loguro.forget_requests()
    assert get.loguro.requests == []


async def test_the_first_value_of_a_repeated_parameter_counts(get: Getter) -> None:
    address = f"{get.loguro.base_url}/api/web-events/local?limit=1&limit=3"
    headers = {"Authorization": f"Bearer {get.loguro.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        assert (await response.json())["count"] == 1
