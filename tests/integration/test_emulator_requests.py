"""What the embedded Loguro tells of requests: to who asks, to the log and in its records."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import aiohttp
import pytest
from yarl import URL

from tests.integration.emulator_session import Asker, asking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[Asker]:
    async with asking(tmp_path) as ask:
        yield ask


async def raw(ask: Asker, request: bytes) -> bytes:
    """All that comes back for the very bytes of a request."""
    url = URL(ask.loguro.base_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_who_may_not_ask_does_not_learn_what_there_is(ask: Asker) -> None:
    for project in ("local", "nowhere", "a%20b"):
        assert (await ask("/kpis", project, ""))[0] == 401


async def test_a_project_without_access_looks_like_one_that_is_missing(ask: Asker) -> None:
    token = ask.loguro.issue_token(["shop"])
    missing = (404, {"error": "Project not found"})
    assert await ask("/kpis", "local", token) == missing
    assert await ask("/kpis", "nowhere") == missing
    assert (await ask("/kpis", "shop", token))[0] == 200


async def test_bytes_that_are_no_utf_8_are_answered(ask: Asker) -> None:
    token = ask.loguro.token.encode()
    answer = await raw(
        ask,
        b"GET /api/web-events/local/count?filter=path:\xff\xfe HTTP/1.1\r\nHost: a\r\n"
        b"Authorization: Bearer " + token + b"\r\nConnection: close\r\n\r\n",
    )
    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert b"Traceback" not in answer


async def test_what_is_no_http_gets_no_traceback(ask: Asker) -> None:
    answer = await raw(ask, b"\x16\x03\x01 this is no request\r\n\r\n")
    assert b" 400 " in answer.splitlines()[0]
    assert b"Traceback" not in answer


async def test_a_query_that_breaks_says_so_to_the_log_only(
    ask: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    for file in ask.loguro.parquet("local"):
        file.write_bytes(b"no Parquet any more")
    with caplog.at_level(logging.ERROR, logger="loguro_async.emulator"):
        assert await ask("/kpis") == (500, {"error": "Query failed"})
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert ask.loguro.token not in caplog.text
    assert (await ask("/kpis", "shop"))[0] == 200


async def test_requests_are_recorded_in_order(ask: Asker) -> None:
    await ask("/kpis", range="7d")
    await ask("", "nowhere")
    await ask("/visitor/v1/sessions", "shop", "")
    seen = [
        (r.method, r.path, dict(r.query), r.slug, r.endpoint, r.status) for r in ask.loguro.requests
    ]
    start = "/api/web-events"
    assert seen == [
        ("GET", f"{start}/local/kpis", {"range": "7d"}, "local", "kpis", 200),
        ("GET", f"{start}/nowhere", {}, "nowhere", "events", 404),
        ("GET", f"{start}/shop/visitor/v1/sessions", {}, "shop", "visitor-sessions", 401),
    ]
    assert ask.loguro.token not in json.dumps(seen)
    ask.loguro.forget_requests()
    assert ask.loguro.requests == []


async def test_the_first_of_a_repeated_parameter_counts(ask: Asker) -> None:
    address = f"{ask.loguro.base_url}/api/web-events/local?limit=1&limit=3"
    headers = {"Authorization": f"Bearer {ask.loguro.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        assert (await response.json())["count"] == 1
