"""An embedded Loguro in unusual runs: odd folders, a used port, many at once, a sudden end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async.emulator import LoguroEmulator
from tests.events_by_hand import NOW, event, write
from tests.integration.emulator_session import serving

if TYPE_CHECKING:
    from loguro_async.emulator.store import Row, Statement, Store

WITHOUT = """
import sys
sys.modules[{module!r}] = None
try:
    import loguro_async.emulator
except ImportError as error:
    print(error)
"""


async def count(loguro: LoguroEmulator, project: str = "local") -> int:
    """Returns the number of all events of a project."""
    headers = {"Authorization": f"Bearer {loguro.token}"}
    address = f"{loguro.base_url}/api/web-events/{project}/count?range=all"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        body: dict[str, int] = await response.json()
        return body["count"]


async def test_a_folder_name_may_contain_wildcards_of_duckdb(tmp_path: Path) -> None:
    folder = tmp_path / "[a]*?'; b"
    write(folder, "local", [event(1, "2026-06-11 09:00", "/")])
    async with LoguroEmulator(data=folder, now=NOW) as loguro:
        assert await count(loguro) == 1


async def test_the_same_seed_gives_the_same_responses() -> None:
    async def listing(seed: int) -> Any:  # noqa: ANN401 - JSON
        async with LoguroEmulator(events=60, days=3, seed=seed, now=NOW) as loguro:
            headers = {"Authorization": f"Bearer {loguro.token}"}
            address = f"{loguro.base_url}/api/web-events/local?range=7d"
            async with aiohttp.ClientSession(headers=headers) as session:
                return await (await session.get(address)).json()

    first, again, other = [await listing(seed) for seed in (1, 1, 2)]
    assert first["count"] == 60
    assert first == again != other


async def test_a_port_that_is_in_use_is_an_error(tmp_path: Path) -> None:
    async with LoguroEmulator(events=5, days=2, now=NOW, data=tmp_path) as first:
        port = int(first.base_url.rpartition(":")[2])
        second = LoguroEmulator(events=5, days=2, now=NOW, data=tmp_path, port=port)
        with pytest.raises(OSError, match="address already in use"):
            await second.__aenter__()
        with pytest.raises(RuntimeError, match="does not run"):
            _ = second.base_url


def test_a_single_slug_may_be_text() -> None:
    assert LoguroEmulator("shop").projects == ("shop",)
    assert LoguroEmulator(["b", "a", "b"]).projects == ("b", "a")


async def test_a_slow_query_does_not_block_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, may_finish = threading.Event(), threading.Event()

    def fetch(store: Store, statement: Statement) -> list[Row]:
        if "top_flows_are_slow" in statement.parameters.values():
            started.set()
            assert may_finish.wait(timeout=30)
        rows: list[Row] = original(store, statement)
        return rows

    async with serving(tmp_path) as get:
        store_class = type(get.loguro._running().store)
        original: Any = store_class._fetch
        monkeypatch.setattr(store_class, "_fetch", fetch)
        slow = asyncio.create_task(get("/count", filter="path:top_flows_are_slow"))
        await asyncio.to_thread(started.wait, 30)
        responses = await asyncio.gather(*(get("/kpis") for _ in range(20)))
        assert [status for status, _ in responses] == [200] * 20
        assert not slow.done()
        may_finish.set()
        assert await slow == (200, {"count": 0})


async def test_concurrent_requests_get_their_own_responses(tmp_path: Path) -> None:
    async with serving(tmp_path) as get:
        paths = ["/", "/pricing", "/nowhere"] * 20
        responses = await asyncio.gather(*(get("/count", filter=f"path:{path}") for path in paths))
        assert [body["count"] for _, body in responses] == [2, 2, 0] * 20


async def test_it_stops_in_the_middle_of_a_response(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with LoguroEmulator(events=5, days=2, now=NOW, data=tmp_path) as loguro:
            loguro.fail(drip=3_600)
            headers = {"Authorization": f"Bearer {loguro.token}"}
            address = f"{loguro.base_url}/api/web-events/local/kpis"
            response = await session.get(address, headers=headers)
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


@pytest.mark.parametrize("module", ["duckdb", "numpy"])
def test_without_the_extra_the_error_names_it(module: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(module=module)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout == f'the emulator needs {module}: install "loguro-async[emulator]"\n'
