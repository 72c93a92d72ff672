"""Every endpoint of the embedded Loguro over a few events that a reader can count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest
import pytest_asyncio

from loguro_async.emulator import LoguroEmulator
from tests.events_by_hand import NOW, event, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Get = Callable[..., Awaitable[Any]]

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOGLE: Final = "https://www.Google.com:443/search?q=x"
NOWHERE: Final = {"country_code": None, "region": None, "city": None}
PHONE: Final = {"browser_family": "Safari", "os_family": "iOS", "device_type": "mobile"}
BOUGHT: Final = {"custom_event_name": "bought", "custom_props": '{"plan": "pro", "seats": [1]}'}
EVENTS: Final = [
    # The day before yesterday's morning until yesterday's: the period before the last 24 hours.
    event(1, "2026-06-09 12:00", "/", "s1"),
    event(2, "2026-06-09 12:00", "/pricing", "s1"),  # in the same millisecond: the id decides
    event(3, "2026-06-10 09:59:59.999", "/", "s2", **PHONE),
    # The last 24 hours.
    event(4, "2026-06-10 10:00", "/", "s3", referrer=GOOGLE, user_id="ann"),
    event(5, "2026-06-10 10:00:10", "/pricing", "s3"),
    event(6, "2026-06-10 10:01:40.500", "/signup", "s3"),
    event(7, "2026-06-10 10:01:41", "/signup", "s3", **BOUGHT),
    event(8, "2026-06-11 09:56", "/pricing", "s21", referrer="news", **PHONE, **NOWHERE),
    event(9, "2026-06-11 09:59:59.999", "/", "s11", **BOUGHT | {"custom_props": "no JSON"}),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def get(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Get]:
    folder = tmp_path_factory.mktemp("by_hand")
    write(folder, "local", EVENTS)
    async with LoguroEmulator(["local", "empty"], events=0, data=folder, now=NOW) as loguro:
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with aiohttp.ClientSession(loguro.base_url, headers=headers) as session:

            async def get(path: str, project: str = "local", **parameters: str) -> Any:  # noqa: ANN401 - JSON
                address = f"/api/web-events/{project}{path}"
                async with session.get(address, params=parameters) as response:
                    assert response.status == 200
                    assert response.content_type == "application/json"
                    return await response.json()

            yield get


async def test_kpis(get: Get) -> None:
    assert await get("/kpis") == {
        "current": {
            "visitors": 3,
            "pageviews": 4,
            "sessions": 3,
            "bounceRate": 0.5,  # one of two: the third session has no pageview
            "avgDurationSec": 33.7,  # 101 s, 0 s and 0 s
        },
        "previous": {
            "visitors": 2,
            "pageviews": 3,
            "sessions": 2,
            "bounceRate": 0.5,
            "avgDurationSec": 0.0,
        },
        "range": {
            "chip": "24h",
            "from": "2026-06-10T10:00:00.000Z",
            "to": "2026-06-11T10:00:00.000Z",
            "bucket": "hour",
            "hasPrevious": True,
        },
    }


async def test_kpis_of_all_time_have_no_previous(get: Get) -> None:
    kpis = await get("/kpis", range="all")
    assert kpis["previous"] is None
    assert kpis["current"]["pageviews"] == 7
    assert kpis["range"]["from"] == "2026-06-09T12:00:00.000Z"
    assert kpis["range"]["hasPrevious"] is False


async def test_kpis_without_any_pageview(get: Get) -> None:
    kpis = await get("/kpis", filter="event_type:custom")
    assert (kpis["current"]["sessions"], kpis["current"]["bounceRate"]) == (2, 0.0)


async def test_timeseries_has_every_bucket_with_its_previous_one(get: Get) -> None:
    series = await get("/timeseries")
    assert series["bucket"] == "hour"
    assert len(series["items"]) == 24
    assert series["items"][0] == {
        "bucket": "2026-06-10T10:00:00.000Z",
        "pageviews": 3,
        "visitors": 1,
        "sessions": 1,
        "previousPageviews": 0,
        "previousVisitors": 0,
        "previousSessions": 0,
    }
    assert series["items"][2]["previousPageviews"] == 2
    assert series["items"][-1] == {
        "bucket": "2026-06-11T09:00:00.000Z",
        "pageviews": 1,
        "visitors": 2,
        "sessions": 2,
        "previousPageviews": 1,
        "previousVisitors": 1,
        "previousSessions": 1,
    }


async def test_timeseries_of_all_time_has_no_previous(get: Get) -> None:
    series = await get("/timeseries", range="all")
    assert [item["pageviews"] for item in series["items"]] == [2, 4, 1]
    assert {item["previousPageviews"] for item in series["items"]} == {None}


async def test_events(get: Get) -> None:
    listing = await get("", range="7d", limit="3")
    assert listing["count"] == 3
    assert [item["id"] for item in listing["items"]] == ["id-009", "id-008", "id-007"]
    assert listing["items"][2] == {
        "id": "id-007",
        "event_type": "custom",
        "path": "/signup",
        "url": "https://example.com/signup",
        "title": "Signup",
        "referrer": "",
        "visitor_id": "v3",
        "session_id": "s3",
        "user_id": None,
        "country_code": "RO",
        "region": "Cluj",
        "city": "Cluj-Napoca",
        "browser_family": "Chrome",
        "os_family": "macOS",
        "device_type": "desktop",
        "custom_event_name": "bought",
        "custom_props": {"plan": "pro", "seats": [1]},
        "timestamp": "2026-06-10T10:01:41.000Z",
    }
    assert [item["custom_props"] for item in listing["items"][:2]] == ["no JSON", None]


async def test_events_of_one_time_are_ordered_by_id(get: Get) -> None:
    listing = await get("", range="all")
    assert [item["id"] for item in listing["items"]] == [f"id-{9 - index:03}" for index in range(9)]


async def test_count(get: Get) -> None:
    assert await get("/count") == {"count": 6}
    assert await get("/count", range="all", filter="path:/pricing|/signup !device:mobile") == {
        "count": 4
    }


async def test_top_pages(get: Get) -> None:
    top = await get("/top-pages")
    assert top == {
        "items": [
            {"path": "/pricing", "count": 2, "visitors": 2},
            {"path": "/", "count": 1, "visitors": 1},
            {"path": "/signup", "count": 1, "visitors": 1},
        ]
    }
    assert await get("/top-pages", limit="1") == {"items": top["items"][:1]}


async def test_top_pages_compared(get: Get) -> None:
    assert await get("/top-pages", compare="1") == {
        "items": [
            {"path": "/pricing", "count": 2, "visitors": 2, "prev_count": 1, "delta_pct": 100},
            {"path": "/", "count": 1, "visitors": 1, "prev_count": 2, "delta_pct": -50},
            {"path": "/signup", "count": 1, "visitors": 1, "prev_count": 0, "delta_pct": None},
        ]
    }


async def test_all_time_has_no_previous_period(get: Get) -> None:
    top = await get("/top-pages", compare="1", range="all")
    assert {(item["prev_count"], item["delta_pct"]) for item in top["items"]} == {(None, None)}


async def test_top_referrers(get: Get) -> None:
    assert await get("/top-referrers") == {
        "items": [
            {"referrer": "direct", "count": 4, "visitors": 2},
            {"referrer": "news", "count": 1, "visitors": 1},
            {"referrer": "www.google.com", "count": 1, "visitors": 1},
        ]
    }


@pytest.mark.parametrize(
    ("path", "name", "most", "least"),
    [
        ("/top-countries", "country_code", "RO", None),
        ("/top-browsers", "browser_family", "Chrome", "Safari"),
        ("/top-os", "os_family", "macOS", "iOS"),
        ("/top-devices", "device_type", "desktop", "mobile"),
    ],
)
async def test_lists_of_events(get: Get, path: str, name: str, most: str, least: str) -> None:
    assert await get(path) == {
        "items": [
            {name: most, "count": 5, "visitors": 2},
            {name: least, "count": 1, "visitors": 1},
        ]
    }


async def test_entry_and_exit_pages(get: Get) -> None:
    assert await get("/top-entry-pages", range="all") == {
        "items": [
            {"path": "/", "count": 3, "visitors": 3},
            {"path": "/pricing", "count": 1, "visitors": 1},
        ]
    }
    assert await get("/top-exit-pages", range="all") == {
        "items": [
            {"path": "/pricing", "count": 2, "visitors": 2},
            {"path": "/", "count": 1, "visitors": 1},
            {"path": "/signup", "count": 1, "visitors": 1},
        ]
    }


async def test_top_flows(get: Get) -> None:
    assert await get("/top-flows") == {
        "items": [{"steps": ["/", "/pricing", "/signup"], "count": 1, "visitors": 1}]
    }
    assert await get("/top-flows", range="all", depth="2") == {
        "items": [{"steps": ["/", "/pricing"], "count": 2, "visitors": 2}]
    }


async def test_top_locations(get: Get) -> None:
    locations = (await get("/top-locations"))["items"]
    assert [location["visitor_id"] for location in locations] == ["v1", "v2", "v3"]
    assert locations[1] == {
        "visitor_id": "v2",
        "country_code": None,
        "region": None,
        "city": None,
        "last_seen": "2026-06-11T09:56:00.000Z",
        "last_path": "/pricing",
        "browser_family": "Safari",
        "os_family": "iOS",
        "device_type": "mobile",
        "events": 1,
    }


async def test_custom_events(get: Get) -> None:
    assert await get("/custom-events", range="7d") == {
        "items": [
            {
                "name": "bought",
                "count": 2,
                "prev_count": 0,
                "delta_pct": None,
                "spark": [0, 0, 0, 0, 0, 0, 1, 1],
            }
        ],
        "buckets": [f"2026-06-{day:02}T00:00:00.000Z" for day in range(4, 12)],
        "bucket": "day",
    }


async def test_recent_events(get: Get) -> None:
    recent = (await get("/recent-events"))["items"]
    assert [item["id"] for item in recent] == ["id-009", "id-008"]
    assert recent[1] == {
        "id": "id-008",
        "event_type": "pageview",
        "path": "/pricing",
        "visitor_id": "v2",
        "session_id": "s21",
        "country_code": None,
        "device_type": "mobile",
        "custom_event_name": None,
        "timestamp": "2026-06-11T09:56:00.000Z",
    }
    assert len((await get("/recent-events", windowMs="60000"))["items"]) == 1
    assert len((await get("/recent-events", limit="1"))["items"]) == 1
    recent = (await get("/recent-events", filter="event_type:custom"))["items"]
    assert [item["id"] for item in recent] == ["id-009"]


async def test_visitor(get: Get) -> None:
    assert await get("/visitor/v3") == {
        "visitor_id": "v3",
        "first_seen": "2026-06-10T10:00:00.000Z",
        "last_seen": "2026-06-10T10:01:41.000Z",
        "sessions": 1,
        "pageviews": 3,
        "events": 4,
        "country_code": "RO",
        "region": "Cluj",
        "city": "Cluj-Napoca",
        "browser_family": "Chrome",
        "os_family": "macOS",
        "device_type": "desktop",
        "user_id": "ann",
    }


async def test_a_visitor_in_a_range_and_with_a_filter(get: Get) -> None:
    whole = await get("/visitor/v1")
    assert (whole["events"], whole["last_seen"]) == (3, "2026-06-11T09:59:59.999Z")
    assert await get("/visitor/v1", range="all") == whole
    today = await get("/visitor/v1", range="24h")
    assert (today["events"], today["first_seen"]) == (1, "2026-06-11T09:59:59.999Z")
    pricing = await get("/visitor/v1", filter="path:/pricing")
    assert (pricing["events"], pricing["pageviews"], pricing["sessions"]) == (1, 1, 1)


async def test_a_known_visitor_without_events_in_the_range_has_zeros(get: Get) -> None:
    for parameters in ({"range": "1h"}, {"filter": "path:/nowhere"}):
        visitor = await get("/visitor/v3", **parameters)
        zeros = {"visitor_id": "v3", "sessions": 0, "pageviews": 0, "events": 0}
        assert visitor == dict.fromkeys(visitor) | zeros
        assert await get("/visitor/v3/sessions", **parameters) == {"sessions": []}


async def test_sessions_of_a_visitor_in_a_range_and_with_a_filter(get: Get) -> None:
    async def ids(**parameters: str) -> list[str]:
        sessions = (await get("/visitor/v1/sessions", **parameters))["sessions"]
        return [session["session_id"] for session in sessions]

    assert await ids(range="7d") == ["s11", "s1"]
    assert await ids(range="24h") == ["s11"]
    assert await ids(filter="event_type:pageview") == ["s1"]
    before = {"from": "2026-06-09T00:00:00Z", "to": "2026-06-10T00:00:00Z"}
    assert await ids(**before) == ["s1"]


async def test_visitor_sessions(get: Get) -> None:
    sessions = (await get("/visitor/v1/sessions"))["sessions"]
    assert [session["session_id"] for session in sessions] == ["s11", "s1"]
    assert (sessions[0]["page_count"], sessions[0]["entry_page"]) == (0, None)
    assert sessions[1] == {
        "session_id": "s1",
        "start": "2026-06-09T12:00:00.000Z",
        "end": "2026-06-09T12:00:00.000Z",
        "duration_ms": 0,
        "page_count": 2,
        "entry_page": "/",
        "exit_page": "/pricing",
        "events": [
            {
                "path": path,
                "url": f"https://example.com{path}",
                "event_type": "pageview",
                "custom_event_name": None,
                "timestamp": "2026-06-09T12:00:00.000Z",
            }
            for path in ("/", "/pricing")
        ],
    }


async def test_a_project_without_events_has_zeros(get: Get) -> None:
    for parameters in ({}, {"range": "all"}):
        kpis = await get("/kpis", "empty", **parameters)
        assert set(kpis["current"].values()) == {0}
        series = await get("/timeseries", "empty", **parameters)
        assert sum(item["pageviews"] for item in series["items"]) == 0
        assert await get("", "empty", **parameters) == {"items": [], "count": 0}
        for path in ("/top-pages", "/top-entry-pages", "/top-flows", "/top-locations"):
            assert await get(path, "empty", **parameters) == {"items": []}
        assert (await get("/custom-events", "empty", **parameters))["items"] == []
