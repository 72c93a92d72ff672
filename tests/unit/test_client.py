from __future__ import annotations

import asyncio
import copy
import logging
import pickle
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async import (
    AuthenticationError,
    CacheMissError,
    CachePolicy,
    ClientStats,
    ConfigurationError,
    DeadlineExceededError,
    InvalidQueryError,
    Limits,
    LoguroClient,
    LoguroError,
    QueryFailedError,
    RetryPolicy,
)
from tests.unit.wire import KPIS_REPLY, Reply, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from tests.unit.wire import Wire

TOKEN = "pat_kept-to-itself"


def a_client(**options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    """A client in the running loop's time."""
    return LoguroClient(TOKEN, _runtime=in_loop_time(), **options)


def now() -> float:
    return asyncio.get_running_loop().time()


# --- token and address ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "environment", "sent"),
    [
        ("pat_argument", None, "pat_argument"),
        (None, "pat_environment", "pat_environment"),
        ("pat_argument", "pat_environment", "pat_argument"),
    ],
)
async def test_the_token_is_the_argument_or_the_environment_s(
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
    argument: str | None,
    environment: str | None,
    sent: str,
) -> None:
    if environment:
        monkeypatch.setenv("LOGURO_PAT", environment)
    async with LoguroClient(argument) as client:
        await client.project("local").kpis()
    assert wire.requests[0].headers["Authorization"] == f"Bearer {sent}"


def test_a_missing_token_says_how_to_give_one() -> None:
    with pytest.raises(ConfigurationError, match="LOGURO_PAT"):
        LoguroClient()


@pytest.mark.parametrize("token", ["", "lgr_key", "pat_", "pat_a b", "pat_a\r\nX: y", "pat_é", 7])
def test_a_malformed_token_is_refused_and_not_shown(token: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigurationError) as caught:
        LoguroClient(token)
    if token not in {"", "pat_"}:
        assert str(token) not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "environment", "origin"),
    [
        (None, None, "https://logu.ro"),
        ("https://stats.example", None, "https://stats.example"),
        (None, "https://stats.example/", "https://stats.example"),
        ("https://stats.example", "https://elsewhere.example", "https://stats.example"),
        ("https://stats.example/loguro/", None, "https://stats.example/loguro"),
        ("http://127.0.0.1:8080", None, "http://127.0.0.1:8080"),
        ("http://localhost/x", None, "http://localhost/x"),
        ("http://[::1]:8080", None, "http://[::1]:8080"),
    ],
)
async def test_the_address_is_the_argument_or_the_environment_s_or_the_service_s(
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
    argument: str | None,
    environment: str | None,
    origin: str,
) -> None:
    if environment:
        monkeypatch.setenv("LOGURO_BASE_URL", environment)
    async with LoguroClient(TOKEN, base_url=argument) as client:
        await client.project("local").kpis()
    assert str(wire.requests[0].url) == f"{origin}/api/web-events/local/kpis"


@pytest.mark.parametrize("is_from_environment", [False, True])
@pytest.mark.parametrize(
    "base_url",
    [
        "http://logu.ro",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "ftp://logu.ro",
        "logu.ro",
        "https://",
        "https://user:secret@logu.ro",
        "https://logu.ro?x=1",
        "https://logu.ro/a/../b",
    ],
)
def test_an_address_that_is_not_allowed_is_refused(
    monkeypatch: pytest.MonkeyPatch, base_url: str, *, is_from_environment: bool
) -> None:
    if is_from_environment:
        monkeypatch.setenv("LOGURO_BASE_URL", base_url)
    with pytest.raises(ConfigurationError, match="base_url"):
        LoguroClient(TOKEN, base_url=None if is_from_environment else base_url)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "30", None])
def test_an_invalid_timeout_is_refused(timeout: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigurationError, match="timeout"):
        LoguroClient(TOKEN, timeout=timeout)


def test_options_are_given_by_keyword() -> None:
    with pytest.raises(TypeError, match="positional"):
        LoguroClient(TOKEN, "https://logu.ro")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "slug",
    ["", ".", "..", "a/b", "../other", "a%2Fb", "a?b", "a#b", "a b", "é", "a\n", "x" * 256, 7],
)
def test_a_slug_that_would_change_the_path_is_refused(slug: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidQueryError, match="project slug"):
        LoguroClient(TOKEN).project(slug)


@pytest.mark.parametrize("slug", ["local", "my-shop_2.example~x", "...", "A"])
def test_a_slug_of_allowed_characters_is_accepted(slug: str) -> None:
    assert LoguroClient(TOKEN).project(slug).slug == slug


# --- options -------------------------------------------------------------------------------------


@in_virtual_time
async def test_the_timeout_is_for_one_whole_call(wire: Wire) -> None:
    wire.respond("/kpis", Reply(503, seconds=2.0))
    client = a_client(timeout=3.0, retry=RetryPolicy(max_attempts=9, initial_backoff=0.0))
    async with client:
        with pytest.raises(DeadlineExceededError) as caught:
            await client.project("local").kpis()
        assert isinstance(caught.value, TimeoutError)
        assert now() == 3.0
        assert caught.value.attempts == 2


@in_virtual_time
async def test_thirty_seconds_are_the_default(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=100.0))
    async with a_client() as client:
        with pytest.raises(DeadlineExceededError):
            await client.project("local").kpis()
        assert now() == 30.0


@in_virtual_time
async def test_without_retry_a_failure_is_final(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500))
    async with a_client(retry=None) as client:
        with pytest.raises(QueryFailedError):
            await client.project("local").kpis()
        assert (client.stats.requests, client.stats.retries) == (1, 0)


@in_virtual_time
async def test_without_cache_every_call_is_a_request(wire: Wire) -> None:
    async with a_client(cache=None) as client:
        project = client.project("local")
        await asyncio.gather(project.kpis(), project.kpis())
        await project.kpis()
        assert (client.stats.requests, client.stats.cache_entries) == (3, 0)


@in_virtual_time
async def test_no_more_requests_are_in_flight_than_the_limits_allow(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    async with a_client(limits=Limits(3)) as client:
        await asyncio.gather(*(client.project(f"site-{number}").kpis() for number in range(9)))
    assert wire.most_in_flight == 3
    assert len(wire.requests) == 9


async def test_the_caller_s_session_is_used_and_never_closed(wire: Wire) -> None:
    async with aiohttp.ClientSession(headers={"X-From": "caller"}) as session:
        async with LoguroClient(TOKEN, session=session) as client:
            await client.project("local").kpis()
        assert not session.closed
    assert wire.requests[0].headers["X-From"] == "caller"


def test_a_client_can_be_made_where_no_loop_runs(wire: Wire) -> None:
    client = LoguroClient(TOKEN)
    project = client.project("local")

    async def use() -> int:
        kpis = await project.kpis()
        await client.aclose()
        return kpis.current.visitors

    assert asyncio.run(use()) == 143


# --- statistics and cached responses -------------------------------------------------------------


@in_virtual_time
async def test_statistics_count_every_call_exactly(wire: Wire) -> None:
    policy = CachePolicy(ttl=60.0, jitter=0.0, stale_while_revalidate=60.0)
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    wire.respond("/count", Reply(500), Reply(body=b'{"count":7}'))
    wire.respond("/top-pages", Reply(404))
    async with a_client(cache=policy) as client:
        project = client.project("local")
        assert client.stats == ClientStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        first = asyncio.ensure_future(project.kpis())
        joining = asyncio.ensure_future(project.kpis())
        await asyncio.sleep(0.5)
        assert client.stats.in_flight == 1
        await asyncio.gather(first, joining)
        await project.kpis()
        await project.count()
        await asyncio.sleep(60)
        assert (await project.kpis()).stale
        await asyncio.sleep(2)
        stats = client.stats
        assert stats.cache_bytes > len(KPIS_REPLY.body)
        assert stats == ClientStats(
            requests=4,
            retries=1,
            hits=1,
            misses=2,
            stale=1,
            coalesced=1,
            errors=0,
            in_flight=0,
            cache_entries=2,
            cache_bytes=stats.cache_bytes,
        )
        with pytest.raises(LoguroError):
            await project.top_pages()
        assert (client.stats.errors, client.stats.cache_entries) == (1, 0)
        assert client.stats.cache_bytes == 0
        assert stats.errors == 0


@in_virtual_time
async def test_invalidating_a_project_leaves_the_others(wire: Wire) -> None:
    async with a_client() as client:
        one, two = client.project("one"), client.project("two")
        await one.kpis()
        cached = await two.kpis()
        await client.invalidate(project="one")
        assert client.stats.cache_entries == 1
        assert await two.kpis() is cached
        await one.kpis()
        assert len(wire.requests) == 3
        await client.invalidate()
        assert (client.stats.cache_entries, client.stats.cache_bytes) == (0, 0)


async def test_clients_with_different_tokens_share_no_response(wire: Wire) -> None:
    async with LoguroClient(TOKEN) as first, LoguroClient(f"{TOKEN}2") as second:
        response = await first.project("local").kpis()
        with pytest.raises(CacheMissError):
            await second.project("local").kpis(cache="only-if-cached")
        assert await second.project("local").kpis() is not response
    assert [request.headers["Authorization"] for request in wire.requests] == [
        f"Bearer {TOKEN}",
        f"Bearer {TOKEN}2",
    ]


@in_virtual_time
async def test_a_call_in_progress_at_an_invalidation_gets_its_response_uncached(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    async with a_client() as client:
        under_way = asyncio.ensure_future(client.project("local").kpis())
        await asyncio.sleep(0.5)
        await client.invalidate(project="local")
        assert (await under_way).current.visitors == 143
        assert client.stats.cache_entries == 0


# --- what must never show ------------------------------------------------------------------------


async def test_the_token_shows_in_no_repr_error_or_log(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.respond("/kpis", Reply(401, f'{{"error":"{TOKEN}"}}'.encode()))
    async with LoguroClient(TOKEN) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.project("local").kpis()
        shown = [repr(client), repr(client.project("local")), repr(client._service)]
        shown += [repr(client._pipeline), repr(client.stats), str(client)]
    shown += [str(caught.value), repr(caught.value), str(vars(caught.value)), caplog.text]
    assert TOKEN not in "\n".join(shown)


def test_the_repr_of_a_client_shows_its_origin_and_whether_it_is_closed() -> None:
    client = LoguroClient(TOKEN, base_url="https://stats.example/x")
    assert repr(client) == "<LoguroClient of https://stats.example/x>"
    asyncio.run(client.aclose())
    assert repr(client) == "<LoguroClient of https://stats.example/x (closed)>"


@pytest.mark.parametrize("attempt", [pickle.dumps, copy.copy, copy.deepcopy])
def test_neither_a_client_nor_a_project_can_be_pickled_or_copied(attempt: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="token"):
        attempt(LoguroClient(TOKEN))
    with pytest.raises(TypeError, match="client"):
        attempt(LoguroClient(TOKEN).project("local"))


async def test_a_fan_out_calls_with_the_client_s_own_projects(wire: Wire) -> None:
    async with LoguroClient(TOKEN) as client:
        results = client.fan_out(["one", "two"], lambda project: project.kpis(), ordered=True)
        assert [(result.slug, result.unwrap().current.visitors) async for result in results] == [
            ("one", 143),
            ("two", 143),
        ]


@pytest.mark.parametrize(
    "options",
    [
        {"cache": False},
        {"cache": 60},
        {"retry": False},
        {"retry": 5},
        {"limits": None},
        {"limits": 10},
        {"breaker": False},
        {"hooks": print},
        {"session": "pat_secret"},
        {"timeout": 10**400},
    ],
)
def test_an_option_of_another_type_is_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        LoguroClient("pat_made-up", **options)
    assert next(iter(options)) in str(caught.value)
    assert "pat_" not in str(caught.value)


@pytest.mark.parametrize("options", [{"cache": False}, {"retry": 3}])
def test_a_view_refuses_an_option_of_another_type_too(options: dict[str, Any]) -> None:
    client = LoguroClient("pat_made-up")
    with pytest.raises(ConfigurationError):
        client.with_options(**options)


async def test_a_session_with_an_auth_of_its_own_is_refused() -> None:
    with pytest.deprecated_call():
        session = aiohttp.ClientSession(auth=aiohttp.BasicAuth("a", "b"))
    async with session:
        with pytest.raises(ConfigurationError, match="auth"):
            LoguroClient("pat_made-up", session=session)
