"""The requests of the client, byte for byte."""

from __future__ import annotations

import gc
import itertools
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    F,
    Filter,
    LoguroClient,
    QueryFailedError,
)
from tests.contract.reference import golden
from tests.integration.raw_server import RawServer, a_server, http_response

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

TOKEN = "pat_kept-to-itself"
WHOLE = http_response(golden("kpis"))


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """A socket or a session that was not closed is an error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def a_client(server: RawServer, **options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    options.setdefault("retry", None)
    return LoguroClient(TOKEN, base_url=server.base_url, **options)


# --- what is sent ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({}, "/kpis"),
        ({"range": "7d"}, "/kpis?range=7d"),
        ({"range": "7d", "filter": "path:/pricing"}, "/kpis?range=7d&filter=path%3A%2Fpricing"),
        ({"filter": F.country("US", "RO")}, "/kpis?filter=country%3ARO%7CUS"),
        (
            {"filter": F.path("/a b") & ~F.device("mobile")},
            "/kpis?filter=%21device%3Amobile%20path%3A%22%2Fa%20b%22",
        ),
        (
            {"filter": Filter.raw('"ă" + & = # ? % ;')},
            "/kpis?filter=%22%C4%83%22%20%2B%20%26%20%3D%20%23%20%3F%20%25%20%3B",
        ),
        ({"filter": Filter.raw("🙂/../..\\")}, "/kpis?filter=%F0%9F%99%82%2F..%2F..%5C"),
        ({"filter": Filter.raw("a%2Fb%20c")}, "/kpis?filter=a%252Fb%2520c"),
    ],
)
async def test_the_target_is_exactly_what_the_reference_writes(
    given: dict[str, Any], target: str
) -> None:
    async with a_server(WHOLE) as server, a_client(server) as client:
        await client.project("local").kpis(**given)
    assert server.request_lines == [f"GET /api/web-events/local{target} HTTP/1.1"]


async def test_a_path_prefix_goes_before_the_api() -> None:
    async with (
        a_server(WHOLE) as server,
        LoguroClient(TOKEN, base_url=f"{server.base_url}/a%20b/c/") as client,
    ):
        await client.project("local").kpis()
    assert server.request_lines == ["GET /a%20b/c/api/web-events/local/kpis HTTP/1.1"]


async def test_the_token_is_sent_as_a_bearer_and_nowhere_else() -> None:
    async with a_server(WHOLE) as server, a_client(server) as client:
        await client.project("local").kpis()
    head = server.heads[0]
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n" in head
    assert head.count(TOKEN) == 1


async def test_cookies_are_not_stored() -> None:
    wire = http_response(golden("kpis"), "200 OK", "Set-Cookie: session=1; Path=/")
    async with a_server(wire) as server, a_client(server, cache=None) as client:
        await client.project("local").kpis()
        await client.project("local").kpis()
    assert len(server.heads) == 2
    assert not any("cookie" in head.lower() for head in server.heads)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with a_server(WHOLE) as server, a_client(server) as client:
        await client.project("local").kpis()
    assert len(server.heads) == 1


async def test_connections_are_reused() -> None:
    async with a_server(WHOLE) as server, a_client(server, cache=None) as client:
        for _ in range(5):
            await client.project("local").kpis()
    assert (len(server.heads), server.connections) == (5, 1)


async def test_a_connection_is_usable_after_an_error_status() -> None:
    replies = itertools.cycle([http_response(b'{"error":"no"}', "500 Oops"), WHOLE])

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(next(replies))

    async with a_server(act) as server, a_client(server, cache=None) as client:
        with pytest.raises(QueryFailedError):
            await client.project("local").kpis()
        await client.project("local").kpis()
    assert server.connections == 1
