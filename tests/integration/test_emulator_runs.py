"""An embedded Loguro at the edges of a run: odd files, a taken port, many at once, a sudden end."""

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
from tests.events_by_hand import COLUMNS, NOW, event, write, write_file
from tests.integration.emulator_session import asking

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
    """How many events a project has in all."""
    headers = {"Authorization": f"Bearer {loguro.token}"}
    address = f"{loguro.base_url}/api/web-events/{project}/count?range=all"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        answer: dict[str, int] = await response.json()
        return answer["count"]


async def test_a_folder_s_name_may_hold_what_duckdb_takes_for_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "[a]*?'; b"
    write(folder, "local", [event(1, "2026-06-11 09:00", "/")])
    async with LoguroEmulator(data=folder, now=NOW) as loguro:
        assert await count(loguro) == 1


@pytest.mark.parametrize("change", ["missing", "type"])
async def test_own_files_with_other_columns_are_refused_by_name(
    tmp_path: Path, change: str
) -> None:
    write(tmp_path, "local", [event(1, "2026-06-10 09:00", "/")])
    columns = dict(COLUMNS)
    if change == "missing":
        del columns["city"]
    else:
        columns["city"] = "BLOB"
    day = tmp_path / "project=local" / "day=2026-06-11"
    day.mkdir()
    write_file(day / "mine.parquet", [event(2, "2026-06-11 09:00", "/", city=b"x")], columns)
    with pytest.raises(ValueError, match=r"mine\.parquet lacks, or has .*: city VARCHAR"):
        async with LoguroEmulator(data=tmp_path, now=NOW):
            raise AssertionError


async def test_the_same_seed_gives_the_same_answers() -> None:
    async def listing(seed: int) -> Any:  # noqa: ANN401 - JSON
        async with LoguroEmulator(events=60, days=3, seed=seed, now=NOW) as loguro:
            headers = {"Authorization": f"Bearer {loguro.token}"}
            address = f"{loguro.base_url}/api/web-events/local?range=7d"
            async with aiohttp.ClientSession(headers=headers) as session:
                return await (await session.get(address)).json()

    first, again, other = [await listing(seed) for seed in (1, 1, 2)]
    assert first["count"] == 60
    assert first == again != other


async def test_a_port_that_is_taken_ends_the_start(tmp_path: Path) -> None:
    async with LoguroEmulator(events=5, days=2, now=NOW, data=tmp_path) as first:
        port = int(first.base_url.rpartition(":")[2])
        second = LoguroEmulator(events=5, days=2, now=NOW, data=tmp_path, port=port)
        with pytest.raises(OSError, match="address already in use"):
            await second.__aenter__()
        with pytest.raises(RuntimeError, match="does not run"):
            _ = second.base_url


def test_a_single_slug_need_not_be_wrapped() -> None:
    assert LoguroEmulator("shop").projects == ("shop",)
    assert LoguroEmulator(["b", "a", "b"]).projects == ("b", "a")


async def test_a_query_under_way_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, may_go_on = threading.Event(), threading.Event()

    def fetch(store: Store, statement: Statement) -> list[Row]:
        if "top_flows_are_slow" in statement.parameters.values():
            held.set()
            assert may_go_on.wait(timeout=30)
        rows: list[Row] = original(store, statement)
        return rows

    async with asking(tmp_path) as ask:
        store_class = type(ask.loguro._store)
        original: Any = store_class._fetch  # type: ignore[union-attr]
        monkeypatch.setattr(store_class, "_fetch", fetch)
        slow = asyncio.create_task(ask("/count", filter="path:top_flows_are_slow"))
        await asyncio.to_thread(held.wait, 30)
        answers = await asyncio.gather(*(ask("/kpis") for _ in range(20)))
        assert [status for status, _ in answers] == [200] * 20
        assert not slow.done()
        may_go_on.set()
        assert await slow == (200, {"count": 0})


async def test_many_at_once_get_what_each_asked_for(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        paths = ["/", "/pricing", "/nowhere"] * 20
        answers = await asyncio.gather(*(ask("/count", filter=f"path:{path}") for path in paths))
        assert [body["count"] for _, body in answers] == [2, 2, 0] * 20


async def test_it_ends_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with LoguroEmulator(events=5, days=2, now=NOW, data=tmp_path) as loguro:
            loguro.fail(drip=3_600)
            headers = {"Authorization": f"Bearer {loguro.token}"}
            address = f"{loguro.base_url}/api/web-events/local/kpis"
            response = await session.get(address, headers=headers)
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


@pytest.mark.parametrize("module", ["duckdb", "numpy"])
def test_without_the_extra_it_says_what_to_install(module: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(module=module)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout == f'the emulator needs {module}: install "loguro-async[emulator]"\n'
