"""The embedded Loguro from start to stop: files, tokens, time and threads."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest

from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)


async def get(
    loguro: LoguroEmulator, path: str = "local/count", token: str | None = None
) -> tuple[int, Any]:
    """Returns the status and the JSON of a response, over all time."""
    headers = {"Authorization": f"Bearer {token or loguro.token}"}
    async with (
        aiohttp.ClientSession(loguro.base_url, headers=headers) as session,
        session.get(f"/api/web-events/{path}", params={"range": "all"}) as response,
    ):
        return response.status, await response.json()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_generated_files_in_a_folder_are_served_again(tmp_path: Path) -> None:
    async with LoguroEmulator(events=50, days=3, seed=1, now=NOW, data=tmp_path) as loguro:
        files = loguro.parquet("local")
        first = await get(loguro, "local")
    written = {file: file.read_bytes() for file in files}
    assert first[1]["count"] == 50
    assert all(file.is_relative_to(tmp_path) for file in files)
    # Another seed and another number: nothing is generated where there is something.
    async with LoguroEmulator(events=70, days=3, seed=2, now=NOW, data=tmp_path) as loguro:
        assert await get(loguro, "local") == first
        assert loguro.parquet("local") == files
    assert {file: file.read_bytes() for file in files} == written


async def test_a_temporary_folder_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with LoguroEmulator(events=20, days=2, now=NOW) as loguro:
        files = loguro.parquet("local")
        assert files
        assert all(file.is_relative_to(tmp_path) and file.exists() for file in files)
    assert names_in(tmp_path) == []


async def test_a_start_that_is_cancelled_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    starting = asyncio.create_task(LoguroEmulator(events=3_000_000).__aenter__())
    while not names_in(tmp_path):  # noqa: ASYNC110 - the emulator signals nothing
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(starting, 30)
    assert names_in(tmp_path) == []


async def test_it_can_run_again_but_not_twice_at_the_same_time() -> None:
    loguro = LoguroEmulator(events=20, days=2, now=NOW)
    for _ in range(2):
        async with loguro:
            assert (await get(loguro))[1] == {"count": 20}
            with pytest.raises(RuntimeError, match="runs already"):
                await loguro.__aenter__()


async def test_errors_while_it_does_not_run() -> None:
    loguro = LoguroEmulator(events=20, days=2, now=NOW)
    async with loguro:
        address = loguro.base_url
        with pytest.raises(ValueError, match="no project 'shop'"):
            loguro.parquet("shop")
    with pytest.raises(RuntimeError, match="does not run"):
        _ = loguro.base_url
    with pytest.raises(RuntimeError, match="does not run"):
        loguro.parquet("local")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(address)


async def test_time_stands_still_or_runs() -> None:
    frozen = LoguroEmulator(now=NOW)
    assert (frozen.now, frozen.now) == (NOW, NOW)
    earlier = datetime.now(UTC)
    assert earlier <= LoguroEmulator().now <= datetime.now(UTC)
    async with LoguroEmulator(events=20, days=2, now=NOW) as loguro:
        response = await get(loguro, "local/kpis")
        assert response[1]["range"]["to"] == "2026-06-11T10:00:00.000Z"
        assert response == await get(loguro, "local/kpis")


async def test_tokens() -> None:
    async with LoguroEmulator(("local", "shop"), events=20, days=2, token="pat_mine") as loguro:
        assert loguro.token == "pat_mine"
        other = loguro.issue_token(["shop"])
        assert other.startswith("pat_")
        assert (await get(loguro, "shop/count", other))[0] == 200
        assert (await get(loguro, "local/count", other))[0] == 404
        assert (await get(loguro, "shop/count", loguro.issue_token(expired=True)))[0] == 401
        loguro.revoke(other)
        assert (await get(loguro, "shop/count", other))[0] == 401
        with pytest.raises(ValueError, match="no such token"):
            loguro.revoke("pat_unknown")


async def test_requests_are_recorded_until_they_are_removed() -> None:
    async with LoguroEmulator(events=20, days=2, now=NOW) as loguro:
        await get(loguro)
        (record,) = loguro.requests
        assert (record.endpoint, record.slug, record.status) == ("count", "local", 200)
        loguro.requests.clear()
        assert loguro.requests == [record]
        loguro.forget_requests()
        assert loguro.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"projects": ()},
        {"projects": ("a/b",)},
        {"projects": ("..",)},
        {"now": datetime(2026, 6, 11)},  # noqa: DTZ001 - that it has no zone is the point
        {"token": "secret"},
        {"repeated_key": "xor"},
        {"hourly_up_to_hours": -1},
        {"max_limits": {"events": 0}},
        {"default_limits": {"no-such": 5}},
    ],
)
def test_an_invalid_argument_is_an_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        LoguroEmulator(**options)


@pytest.mark.parametrize("options", [{"events": -1}, {"days": 0}, {"days": 4_000}])
async def test_an_invalid_amount_of_traffic_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="must be"):
        async with LoguroEmulator(**options):
            pass  # pragma: no cover - it does not start
    assert names_in(tmp_path) == []


async def test_the_event_loop_runs_while_queries_run() -> None:
    waiting: list[int] = []
    async with LoguroEmulator(events=2_000, days=30, now=NOW) as loguro:
        serving = asyncio.gather(*(get(loguro, "local/kpis") for _ in range(16)))
        while not serving.done():
            waiting.append(sum(record.status is None for record in loguro.requests))
            await asyncio.sleep(0)
        assert [status for status, _ in await serving] == [200] * 16
    # If queries ran in the loop, it would never see two requests without a response.
    assert max(waiting) > 1
