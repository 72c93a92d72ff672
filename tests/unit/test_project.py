from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    AuthenticationError,
    Between,
    CacheMissError,
    CachePolicy,
    Count,
    CustomEvents,
    EventList,
    F,
    Filter,
    InvalidQueryError,
    Kpis,
    LoguroClient,
    LoguroError,
    Overview,
    Project,
    QueryFailedError,
    RecentEvents,
    Timeseries,
    TopList,
    TransportError,
    Visitor,
    VisitorSessions,
)
from tests.unit.wire import KPIS_REPLY, Reply, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.unit.wire import Wire

PLAIN = {"range": "7d", "filter": "path:/pricing country:RO"}
PLAIN_SENT = {"range": "7d", "filter": "country:RO path:/pricing"}
LIST = {**PLAIN, "limit": 20}
LIST_SENT = {**PLAIN_SENT, "limit": "20"}
TOP = {**LIST, "compare": True}
TOP_SENT = {**LIST_SENT, "compare": "1"}
TOP_NAMES = (
    "pages",
    "referrers",
    "countries",
    "locations",
    "browsers",
    "os",
    "devices",
    "entry_pages",
    "exit_pages",
)

# method, positional, everything that can be given, path behind the project, what is sent, type
CALLS: list[tuple[str, tuple[str, ...], dict[str, Any], str, dict[str, str], type]] = [
    ("kpis", (), PLAIN, "/kpis", PLAIN_SENT, Kpis),
    ("timeseries", (), PLAIN, "/timeseries", PLAIN_SENT, Timeseries),
    ("events", (), LIST, "", LIST_SENT, EventList),
    ("count", (), PLAIN, "/count", PLAIN_SENT, Count),
    *(
        (f"top_{name}", (), TOP, f"/top-{name.replace('_', '-')}", TOP_SENT, TopList)
        for name in TOP_NAMES
    ),
    ("top_flows", (), {**LIST, "depth": 4}, "/top-flows", {**LIST_SENT, "depth": "4"}, TopList),
    ("custom_events", (), TOP, "/custom-events", TOP_SENT, CustomEvents),
    (
        "recent_events",
        (),
        {"window": dt.timedelta(minutes=10), "limit": 200},
        "/recent-events",
        {"windowMs": "600000", "limit": "200"},
        RecentEvents,
    ),
    ("visitor", ("01HZ7XK4N8",), {}, "/visitor/01HZ7XK4N8", {}, Visitor),
    ("visitor_sessions", ("01HZ",), {}, "/visitor/01HZ/sessions", {}, VisitorSessions),
]
each_call = pytest.mark.parametrize(
    ("method", "positional", "given", "path", "sent", "kind"),
    CALLS,
    ids=[call[0] for call in CALLS],
)


@asynccontextmanager
async def a_project(**options: Any) -> AsyncGenerator[Project]:  # noqa: ANN401 - the client's own
    async with LoguroClient("pat_made-up", _runtime=in_loop_time(), **options) as client:
        yield client.project("local")


def sent(wire: Wire) -> list[dict[str, str]]:
    return [dict(request.url.query) for request in wire.requests]


@each_call
@in_virtual_time
async def test_each_endpoint_sends_its_arguments(
    wire: Wire,
    method: str,
    positional: tuple[str, ...],
    given: dict[str, Any],
    path: str,
    sent: dict[str, str],
    kind: type,
) -> None:
    async with a_project() as project:
        response = await getattr(project, method)(*positional, **given)
    assert isinstance(response, kind)
    assert wire.paths == [f"/api/web-events/local{path}"]
    assert dict(wire.requests[0].url.query) == sent


@each_call
@in_virtual_time
async def test_left_out_arguments_are_not_sent(
    wire: Wire,
    method: str,
    positional: tuple[str, ...],
    given: dict[str, Any],
    path: str,
    sent: dict[str, str],
    kind: type,
) -> None:
    async with a_project() as project:
        await getattr(project, method)(*positional)
    assert [str(request.url) for request in wire.requests] == [
        f"https://logu.ro/api/web-events/local{path}"
    ]


@each_call
@in_virtual_time
async def test_each_endpoint_takes_a_cache_mode_and_a_timeout(
    wire: Wire,
    method: str,
    positional: tuple[str, ...],
    given: dict[str, Any],
    path: str,
    sent: dict[str, str],
    kind: type,
) -> None:
    async with a_project() as project:
        call = getattr(project, method)
        with pytest.raises(CacheMissError):
            await call(*positional, **given, cache="only-if-cached")
        first = await call(*positional, **given)
        assert await call(*positional, **given) is first
        assert await call(*positional, **given, cache="only-if-cached") is first
        assert await call(*positional, **given, cache="reload") is not first
        with pytest.raises(LoguroError, match="timeout"):
            await call(*positional, **given, timeout=0)
    assert len(wire.requests) == 2


def test_every_public_method_is_in_the_table() -> None:
    methods = {name for name in vars(Project) if not name.startswith("_")} - {
        "get",
        "iter_events",
        "live",
        "overview",
        "slug",
    }
    assert methods == {call[0] for call in CALLS}


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("kpis", {"range": "2d"}),
        ("kpis", {"range": 7}),
        ("kpis", {"filter": "contry:RO"}),
        ("kpis", {"filter": 7}),
        ("kpis", {"range": ["7d"]}),
        ("events", {"limit": 0}),
        ("events", {"limit": -1}),
        ("events", {"limit": True}),
        ("events", {"limit": "10"}),
        ("top_pages", {"compare": 1}),
        ("top_flows", {"depth": 1}),
        ("top_flows", {"depth": 6}),
        ("recent_events", {"window": 59_999}),
        ("recent_events", {"window": 3_600_001}),
        ("recent_events", {"window": dt.timedelta(seconds=59)}),
        ("recent_events", {"window": dt.timedelta(hours=1, microseconds=1)}),
        ("visitor", {"visitor_id": ""}),
        ("visitor", {"visitor_id": ".."}),
        ("visitor", {"visitor_id": "../kpis"}),
        ("visitor_sessions", {"visitor_id": ".."}),
        ("visitor_sessions", {"visitor_id": "a%2Fb"}),
        ("overview", {"limit": 0}),
        ("overview", {"range": "2d"}),
    ],
)
@in_virtual_time
async def test_an_invalid_value_is_refused_before_anything_is_sent(
    wire: Wire, method: str, given: dict[str, Any]
) -> None:
    async with a_project() as project:
        with pytest.raises(InvalidQueryError) as caught:
            await getattr(project, method)(**given)
    assert isinstance(caught.value, ValueError)
    assert caught.value.slug == "local"
    if method != "overview":
        assert wire.requests == []


def test_all_arguments_but_the_visitor_id_are_keyword_only() -> None:
    project = LoguroClient("pat_made-up").project("local")
    for method, positional, *_ in CALLS:
        with pytest.raises(TypeError, match="positional"):
            getattr(project, method)(*positional, "7d")


@in_virtual_time
async def test_a_between_is_sent_as_from_and_to(wire: Wire) -> None:
    june = Between(dt.datetime(2026, 6, 1, tzinfo=dt.UTC), dt.datetime(2026, 6, 8, tzinfo=dt.UTC))
    async with a_project() as project:
        await project.kpis(range=june)
    assert sent(wire) == [{"from": "2026-06-01T00:00:00.000Z", "to": "2026-06-08T00:00:00.000Z"}]


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ({}, {"range": "24h"}),
        (
            {"filter": "country:US|RO path:/a"},
            {"filter": F.path("/a") & F.country("RO", "US")},
        ),
        ({"filter": ""}, {"filter": None}),
    ],
    ids=["default range", "order of a filter", "empty filter"],
)
@in_virtual_time
async def test_queries_that_mean_the_same_share_a_response(
    wire: Wire, one: dict[str, Any], another: dict[str, Any]
) -> None:
    async with a_project() as project:
        assert await project.kpis(**one) is await project.kpis(**another)
    assert len(wire.requests) == 1


@in_virtual_time
async def test_a_raw_filter_is_sent_unchanged(wire: Wire) -> None:
    text = "path:/b  country:RO |weird"
    async with a_project() as project:
        await project.kpis(filter=Filter.raw(text))
    assert sent(wire) == [{"filter": text}]


@in_virtual_time
async def test_an_overview_has_its_three_responses(wire: Wire) -> None:
    wire.respond("/top-pages", Reply(body=b'{"items":[{"path":"/pricing","count":3}]}'))
    async with a_project() as project:
        overview = await project.overview(range="7d", filter=F.country("RO"), compare=True)
    assert isinstance(overview, Overview)
    assert overview.kpis.current.visitors == 143
    assert overview.timeseries.items[0].pageviews == 84
    assert overview.top_pages.items[0].path == "/pricing"
    plain = {"range": "7d", "filter": "country:RO"}
    assert dict(zip(wire.paths, sent(wire), strict=True)) == {
        "/api/web-events/local/kpis": plain,
        "/api/web-events/local/timeseries": plain,
        "/api/web-events/local/top-pages": {**plain, "limit": "10", "compare": "1"},
    }


@in_virtual_time
async def test_an_overview_sends_its_requests_in_parallel(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    wire.respond("/top-pages", Reply(seconds=3.0))
    async with a_project() as project:
        await project.overview()
    assert wire.most_in_flight == 3
    assert asyncio.get_running_loop().time() == 3.0


@in_virtual_time
async def test_the_first_failure_of_an_overview_cancels_the_rest_and_is_raised(
    wire: Wire,
) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=60.0))
    wire.respond("/timeseries", Reply(401, seconds=1.0))
    wire.respond("/top-pages", Reply(404, seconds=2.0))
    async with a_project() as project:
        with pytest.raises(AuthenticationError) as caught:
            await project.overview(timeout=100.0)
        assert asyncio.get_running_loop().time() == 1.0
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
    assert caught.value.endpoint == "timeseries"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert wire.in_flight == 0


@in_virtual_time
async def test_an_exception_of_aiohttp_becomes_a_loguro_error(wire: Wire) -> None:
    wire.respond("/kpis", Reply(error=ZeroDivisionError()))
    async with a_project() as project:
        with pytest.raises(TransportError, match="ZeroDivisionError"):
            await project.overview()


@in_virtual_time
async def test_an_overview_raises_an_exception_of_a_user_s_function_unchanged(wire: Wire) -> None:
    def ttl(_request: object) -> float:
        raise ZeroDivisionError

    async with LoguroClient("pat_x", cache=CachePolicy(ttl=ttl)) as client:
        with pytest.raises(ZeroDivisionError):
            await client.project("local").overview()


@in_virtual_time
async def test_a_failing_part_of_an_overview_does_not_fail_callers_that_share_another(
    wire: Wire,
) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=5.0))
    wire.respond("/timeseries", Reply(400, seconds=1.0))
    async with a_project() as project:
        overview, kpis = await asyncio.gather(
            project.overview(), project.kpis(), return_exceptions=True
        )
    assert isinstance(overview, LoguroError)
    assert isinstance(kpis, Kpis)


@in_virtual_time
async def test_a_cancelled_overview_leaves_no_request_in_flight(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=60.0))
    async with a_project() as project:
        overview = asyncio.ensure_future(project.overview())
        await asyncio.sleep(1.0)
        assert wire.in_flight == 1
        overview.cancel()
        await asyncio.wait({overview})
        await asyncio.sleep(0)
        assert overview.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}
    assert wire.in_flight == 0


@in_virtual_time
async def test_a_failing_call_leaves_no_task_behind(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500))
    async with a_project() as project:
        with pytest.raises(QueryFailedError):
            await project.kpis()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}


def test_the_repr_of_a_project_shows_slug_and_origin_without_the_token() -> None:
    project = LoguroClient("pat_kept-to-itself", base_url="https://stats.example/x").project(
        "local"
    )
    assert repr(project) == "<Project 'local' of https://stats.example/x>"
    assert project.slug == "local"


async def test_equal_parameters_of_different_types_are_different_requests(wire: Wire) -> None:
    async with LoguroClient("pat_x") as client:
        project = client.project("local")
        for value in (1, 1, 1.0, 1.0, True):
            await project.get("new", {"step": value})
            await project.get("new", {"step": value})
    assert [request.url.query["step"] for request in wire.requests] == ["1", "1.0"]


@pytest.mark.parametrize("name", ["", "\ud800", 5])
async def test_a_parameter_name_that_cannot_be_sent_is_refused(wire: Wire, name: Any) -> None:  # noqa: ANN401
    async with LoguroClient("pat_x") as client:
        with pytest.raises(InvalidQueryError, match="name of a parameter"):
            await client.project("local").get("new", {name: "1"})
    assert not wire.requests


async def test_whole_numbers_of_other_libraries_can_be_parameters(wire: Wire) -> None:
    class Whole:
        def __index__(self) -> int:
            return 7

    async with LoguroClient("pat_x") as client:
        await client.project("local").get("new", {"step": Whole()})
    assert wire.requests[0].url.query["step"] == "7"
