"""The embedded Loguro from its beginning to its end: files, tokens, time and threads."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest

from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)


async def ask(
    loguro: LoguroEmulator, path: str = "local/count", token: str | None = None
) -> tuple[int, Any]:
    """The status and the JSON of an answer, about all time."""
    headers = {"Authorization": f"Bearer {token or loguro.token}"}
    async with (
        aiohttp.ClientSession(loguro.base_url, headers=headers) as session,
        session.get(f"/api/web-events/{path}", params={"range": "all"}) as response,
    ):
        return response.status, await response.json()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_folder_of_data_is_kept_and_used_again(tmp_path: Path) -> None:
    async with LoguroEmulator(events=50, days=3, seed=1, now=NOW, data=tmp_path) as loguro:
        files = loguro.parquet("local")
        first = await ask(loguro, "local")
    written = {file: file.read_bytes() for file in files}
    assert first[1]["count"] == 50
    assert all(file.is_relative_to(tmp_path) for file in files)
    # Another seed and another number: nothing is generated where there is something.
    async with LoguroEmulator(events=70, days=3, seed=2, now=NOW, data=tmp_path) as loguro:
        assert await ask(loguro, "local") == first
        assert loguro.parquet("local") == files
    assert {file: file.read_bytes() for file in files} == written


async def test_the_user_s_own_files_are_served(tmp_path: Path) -> None:
    async with LoguroEmulator(events=50, days=3, now=NOW, data=tmp_path / "made") as loguro:
        file = loguro.parquet("local")[-1]
        own = tmp_path / "own" / "project=shop[1]" / file.parent.name
        own.mkdir(parents=True)
        shutil.copy(file, own / "mine.parquet")
        before = (await ask(loguro))[1]["count"]
    shutil.copytree(tmp_path / "own" / "project=shop[1]", tmp_path / "own" / "project=shop")
    projects = ("shop", "local")
    async with LoguroEmulator(projects, events=7, now=NOW, data=tmp_path / "own") as loguro:
        assert [path.name for path in loguro.parquet("shop")] == ["mine.parquet"]
        assert 0 < (await ask(loguro, "shop/count"))[1]["count"] <= before
        assert (await ask(loguro, "local/count"))[1]["count"] == 7


@pytest.mark.parametrize(
    ("folder", "message"), [("day=2026-06-11", "no Parquet"), ("day=today", "YYYY-MM-DD")]
)
async def test_files_that_cannot_be_served(tmp_path: Path, folder: str, message: str) -> None:
    broken = tmp_path / "project=local" / folder
    broken.mkdir(parents=True)
    (broken / "events.parquet").write_bytes(b"no such thing")
    with pytest.raises(ValueError, match=message):
        async with LoguroEmulator(data=tmp_path):
            pass  # pragma: no cover - it does not start


async def test_a_temporary_folder_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with LoguroEmulator(events=20, days=2, now=NOW) as loguro:
        files = loguro.parquet("local")
        assert files
        assert all(file.is_relative_to(tmp_path) and file.exists() for file in files)
    assert names_in(tmp_path) == []


async def test_it_can_run_again_but_not_twice_at_once() -> None:
    loguro = LoguroEmulator(events=20, days=2, now=NOW)
    for _ in range(2):
        async with loguro:
            assert (await ask(loguro))[1] == {"count": 20}
            with pytest.raises(RuntimeError, match="runs already"):
                await loguro.__aenter__()


async def test_what_is_known_only_while_it_runs() -> None:
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


async def test_time_stands_still_or_goes_on() -> None:
    frozen = LoguroEmulator(now=NOW)
    assert (frozen.now, frozen.now) == (NOW, NOW)
    earlier = datetime.now(UTC)
    assert earlier <= LoguroEmulator().now <= datetime.now(UTC)
    async with LoguroEmulator(events=20, days=2, now=NOW) as loguro:
        answer = await ask(loguro, "local/kpis")
        assert answer[1]["range"]["to"] == "2026-06-11T10:00:00.000Z"
        assert answer == await ask(loguro, "local/kpis")


async def test_tokens() -> None:
    async with LoguroEmulator(("local", "shop"), events=20, days=2, token="pat_mine") as loguro:
        assert loguro.token == "pat_mine"
        other = loguro.issue_token(["shop"])
        assert other.startswith("pat_")
        assert (await ask(loguro, "shop/count", other))[0] == 200
        assert (await ask(loguro, "local/count", other))[0] == 404
        assert (await ask(loguro, "shop/count", loguro.issue_token(expired=True)))[0] == 401
        loguro.revoke(other)
        assert (await ask(loguro, "shop/count", other))[0] == 401
        with pytest.raises(ValueError, match="no such token"):
            loguro.revoke("pat_unknown")


async def test_requests_are_recorded_and_forgotten() -> None:
    async with LoguroEmulator(events=20, days=2, now=NOW) as loguro:
        await ask(loguro)
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
def test_arguments_that_cannot_be_used(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        LoguroEmulator(**options)


@pytest.mark.parametrize("options", [{"events": -1}, {"days": 0}, {"days": 4_000}])
async def test_traffic_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="pass"):
        async with LoguroEmulator(**options):
            pass  # pragma: no cover - it does not start
    assert names_in(tmp_path) == []


async def test_the_event_loop_goes_on_while_queries_run() -> None:
    waiting: list[int] = []
    async with LoguroEmulator(events=2_000, days=30, now=NOW) as loguro:
        asking = asyncio.gather(*(ask(loguro, "local/kpis") for _ in range(16)))
        while not asking.done():
            waiting.append(sum(record.status is None for record in loguro.requests))
            await asyncio.sleep(0)
        assert [status for status, _ in await asking] == [200] * 16
    # A query in the loop itself would let no turn see two requests without an answer.
    assert max(waiting) > 1
