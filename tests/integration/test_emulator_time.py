"""Events that happen while the emulator runs: tracked ones, and live traffic."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest

from loguro_async import LoguroClient
from loguro_async.emulator import LoguroEmulator
from tests.events_by_hand import NOW, event, write
from tests.integration.emulator_session import Getter, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WINDOW: Final = {"range": "1h"}


async def count(get: Getter, project: str = "local", **parameters: str) -> int:
    _, body = await get("/count", project, **WINDOW | parameters)
    number: int = body["count"]
    return number


# --- tracked events -----------------------------------------------------------------------------


async def test_a_tracked_event_is_at_every_endpoint_at_once() -> None:
    async with running(events=0) as get:
        get.loguro.track(
            "/pricing?x=1",
            visitor_id="v1",
            country_code="RO",
            browser_family="Chrome",
            os_family="macOS",
            device_type="desktop",
            referrer="https://news.example.org/a",
        )
        get.loguro.track(
            "/done", visitor_id="v1", custom_event_name="signup", custom_props={"plan": "pro"}
        )
        _, kpis = await get("/kpis", **WINDOW)
        assert kpis["current"] == {
            "visitors": 1,
            "pageviews": 1,
            "sessions": 1,
            "bounceRate": 1.0,
            "avgDurationSec": 0.0,
        }
        _, series = await get("/timeseries", **WINDOW)
        assert sum(item["pageviews"] for item in series["items"]) == 1
        for name, key, value in (
            ("pages", "path", "/pricing?x=1"),
            ("referrers", "referrer", "news.example.org"),
            ("countries", "country_code", "RO"),
            ("browsers", "browser_family", "Chrome"),
            ("os", "os_family", "macOS"),
            ("devices", "device_type", "desktop"),
            ("entry-pages", "path", "/pricing?x=1"),
            ("exit-pages", "path", "/pricing?x=1"),
            ("locations", "last_path", "/done"),
        ):
            _, top = await get(f"/top-{name}", **WINDOW)
            assert value in [item[key] for item in top["items"]], name
        _, custom = await get("/custom-events", **WINDOW)
        assert [(item["name"], item["count"]) for item in custom["items"]] == [("signup", 1)]
        _, recent = await get("/recent-events")
        assert [item["path"] for item in recent["items"]] == ["/done", "/pricing?x=1"]
        _, listing = await get("", **WINDOW)
        assert listing["items"][0]["custom_props"] == {"plan": "pro"}
        assert listing["items"][0]["timestamp"] == "2026-06-11T10:00:00.000Z"
        _, sessions = await get("/visitor/v1/sessions")
        assert [len(session["events"]) for session in sessions["sessions"]] == [2]
        assert await count(get, filter="country:RO") == 1


async def test_tracked_events_are_beside_those_of_files(tmp_path: Path) -> None:
    write(tmp_path, "local", [event(1, "2026-06-11 09:30", "/old", "s1")])
    async with running(data=tmp_path) as get:
        get.loguro.track("/new", visitor_id="v1", timestamp=NOW - timedelta(minutes=20))
        _, sessions = await get("/visitor/v1/sessions")
        assert [session["entry_page"] for session in sessions["sessions"]] == ["/new", "/old"]
        assert await count(get) == 2
        assert len(get.loguro.parquet("local")) == 1
    async with running(data=tmp_path) as get:
        assert await count(get) == 1


async def test_each_project_has_its_own_tracked_events() -> None:
    async with running(projects=("local", "shop"), events=0) as get:
        get.loguro.track()
        get.loguro.track(project="shop")
        get.loguro.track(project="shop")
        assert (await count(get), await count(get, "shop")) == (1, 2)
        with pytest.raises(ValueError, match="no project 'blog': pass one of local, shop"):
            get.loguro.track(project="blog")


async def test_a_future_event_is_visible_once_the_clock_has_reached_it() -> None:
    async with running(events=0) as get:
        get.loguro.track(timestamp=NOW + timedelta(minutes=5))
        later = {"from": "2026-06-11T10:00:00Z", "to": "2026-06-11T11:00:00Z"}
        assert await count(get, **later) == 0
        get.loguro.advance(300)
        assert await count(get, **later) == 0
        get.loguro.advance(0.001)
        assert await count(get, **later) == await count(get) == 1


async def test_windows_follow_the_clock() -> None:
    async with running(events=0) as get:
        get.loguro.track()
        assert (await get("/kpis", **WINDOW))[1]["range"]["to"] == "2026-06-11T10:00:00.001Z"
        get.loguro.advance(3_600)
        assert get.loguro.now == NOW + timedelta(hours=1)
        assert (await get("/kpis", **WINDOW))[1]["range"]["to"] == "2026-06-11T11:00:00.000Z"
        assert await count(get) == 1
        get.loguro.advance(0.001)
        assert await count(get) == 0
        get.loguro.now = NOW - timedelta(hours=1)
        assert await count(get, range="all") == 0
        get.loguro.now = NOW + timedelta(days=6)
        assert (await count(get, range="24h"), await count(get, range="7d")) == (0, 1)


async def test_the_date_of_a_response_is_the_time_of_the_clock() -> None:
    async with running(events=0, now=NOW.astimezone(timezone(timedelta(hours=3)))) as get:
        address = f"{get.loguro.base_url}/api/web-events/local/count"
        for status in (401, 503):
            async with get.session.get(address) as response:
                assert response.status == status
                assert response.headers["Date"] == "Thu, 11 Jun 2026 10:00:00 GMT"
            get.loguro.fail(503)
        get.loguro.advance(86_400)
        async with get.session.get(address) as response:
            assert response.headers["Date"] == "Fri, 12 Jun 2026 10:00:00 GMT"


async def test_a_listener_hears_of_tracked_events() -> None:
    async with (
        LoguroEmulator(events=0, now=NOW) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url) as client,
        client.project("local").live(interval=0.05) as events,
    ):
        first = asyncio.ensure_future(anext(events))
        while not loguro.requests:  # noqa: ASYNC110 - the emulator signals nothing
            await asyncio.sleep(0.01)
        loguro.track("/pricing")
        loguro.advance(1)
        assert (await asyncio.wait_for(first, 20)).path == "/pricing"


async def test_tracking_needs_a_running_emulator() -> None:
    loguro = LoguroEmulator(events=0, now=NOW)
    with pytest.raises(RuntimeError, match="does not run"):
        loguro.track()


async def test_the_same_seed_and_calls_give_the_same_events() -> None:
    async def tracked(seed: int) -> list[dict[str, Any]]:
        async with LoguroEmulator(events=0, seed=seed, now=NOW) as loguro:
            return [loguro.track("/a"), loguro.track("/b", visitor_id="v")]

    assert await tracked(1) == await tracked(1) != await tracked(2)


# --- live traffic -------------------------------------------------------------------------------


async def test_live_traffic_happens_as_time_passes() -> None:
    async with running(events=0, events_per_minute=10) as get:
        counts: list[int] = []
        for _ in range(5):
            counts.append(await count(get, range="24h"))
            get.loguro.advance(1_800)
        assert counts[0] == 0
        assert counts == sorted(set(counts))
        assert counts[2] == 600  # ten a minute for exactly an hour
        assert counts[4] == 1_200
        _, listing = await get("", range="24h", limit="1000")
        newest = listing["items"][0]["timestamp"]
        assert newest < f"{get.loguro.now:%Y-%m-%dT%H:%M}"


async def test_future_live_traffic_is_hidden_from_custom_windows() -> None:
    async with running(events=0, events_per_minute=10) as get:
        assert (
            await count(get, **{"from": "2026-06-11T10:00:00Z", "to": "2026-06-12T00:00:00Z"}) == 0
        )


async def test_the_same_seed_and_start_give_the_same_live_traffic() -> None:
    async def listing(seed: int, *steps: float) -> Any:  # noqa: ANN401 - JSON
        async with running(events=0, seed=seed, events_per_minute=2) as get:
            for seconds in steps:
                get.loguro.advance(seconds)
                await count(get)
            return (await get("", range="24h", limit="1000"))[1]

    whole, steps = await listing(1, 9_000), await listing(1, 60, 3_600, 5_340)
    assert 240 < whole["count"] < 360  # two whole hours, and half of the third
    assert whole == steps
    assert whole != await listing(2, 9_000)


async def test_live_traffic_has_a_limit_when_the_clock_jumps() -> None:
    async with running(events=0, events_per_minute=0.1) as get:
        get.loguro.now = NOW + timedelta(days=400)
        assert await count(get, range="all") == 0.1 * 60 * 24 * 7
        assert await count(get, range="7d") == 0.1 * 60 * 24 * 7


async def test_live_traffic_comes_with_the_real_clock() -> None:
    async with running(events=0, now=None, events_per_minute=600) as get:
        started = asyncio.get_running_loop().time()
        while not await count(get):
            assert asyncio.get_running_loop().time() - started < 20
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_an_invalid_rate_is_an_error(rate: float) -> None:
    with pytest.raises(ValueError, match="events_per_minute must be 0 or greater"):
        LoguroEmulator(events_per_minute=rate)


# --- in a thread of its own ---------------------------------------------------------------------


def fetch(loguro: LoguroEmulator) -> tuple[int, Any]:
    """Requests the number of events, in an event loop of the caller's own."""

    async def get() -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with (
            aiohttp.ClientSession(loguro.base_url, headers=headers) as session,
            session.get("/api/web-events/local/count?range=1h") as response,
        ):
            return response.status, await response.json()

    return asyncio.run(get())


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """Waits until the threads of the test have ended; the test's own timeout ends it otherwise."""
    earlier = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - earlier:
        if thread.name.startswith("loguro"):
            thread.join()


@pytest.mark.usefixtures("no_thread_left")
def test_it_runs_in_a_thread_of_its_own() -> None:
    loguro = LoguroEmulator(events=0, now=NOW)
    for _ in range(2):
        with loguro as entered:
            assert entered is loguro
            assert fetch(loguro) == (200, {"count": 0})
            loguro.track("/a")
            loguro.fail(503, times=1)
            assert fetch(loguro)[0] == 503
            assert fetch(loguro) == (200, {"count": 1})
            assert [request.status for request in loguro.requests] == [200, 503, 200]
            loguro.forget_requests()
            with pytest.raises(RuntimeError, match="runs already"):
                loguro.__enter__()
        with pytest.raises(RuntimeError, match="does not run"):
            _ = loguro.base_url


def test_events_can_be_tracked_from_many_threads() -> None:
    with LoguroEmulator(events=0, now=NOW) as loguro:
        threads = [
            threading.Thread(target=lambda: [loguro.track("/a") for _ in range(20)])
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert fetch(loguro)[0] == 200
        for thread in threads:
            thread.join()
        assert fetch(loguro) == (200, {"count": 100})


@pytest.mark.usefixtures("no_thread_left")
def test_a_start_that_fails_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"no such thing")
    with pytest.raises(ValueError, match="no valid Parquet"), LoguroEmulator(data=tmp_path):
        raise AssertionError


def test_the_real_clock_is_the_default() -> None:
    earlier = datetime.now(UTC)
    assert earlier <= LoguroEmulator().now <= datetime.now(UTC)
