"""A fan-out on a real cluster: two worker processes, one of which may be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import polars as pl
import pytest
from distributed import Client, LocalCluster
from pyarrow import parquet

from loguro_async import (
    AuthenticationError,
    ConfigurationError,
    InvalidQueryError,
    Kpis,
    Limits,
    LoguroClient,
    TopList,
    TopPage,
)
from loguro_async.export.staging_folder import staging_folder_of
from loguro_async.integrations.dask import ClusterFanOut
from loguro_async.shared_limits import RedisLimits
from tests.integration.shared.servers import RedisServer, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator
    from loguro_async.project import Project

T = TypeVar("T")
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    """Two worker processes with a thread each."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as local,
        Client(local) as client,
    ):
        yield client


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(tmp_path)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


def connector(loguro: LoguroEmulator) -> Callable[[], LoguroClient]:
    return partial(LoguroClient, loguro.token, base_url=loguro.base_url)


async def kpis(project: Project) -> Kpis:
    return await project.kpis(range="7d", cache="no-store")


async def top_pages(project: Project) -> TopList[TopPage]:
    return await project.top_pages(range="7d", limit=3)


def rows_of(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*"))
    assert [file.name for file in files] == [f"part-{n:05}.parquet" for n in range(len(files))]
    return [row for file in files for row in parquet.read_table(file).to_pylist()]


async def in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)


async def test_every_project_is_in_one_part_and_failed_ones_are_reported(
    cluster: Client, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    slugs = [*["local"] * 25, "missing", *["local"] * 5]
    progress: list[tuple[int, int | None]] = []
    run = ClusterFanOut(
        cluster,
        slugs,
        kpis,
        Kpis,
        connect=connector(loguro_emulator),
        partition_size=10,
        progress=lambda done, total: progress.append((done, total)),
    )
    report = await in_thread(lambda: run.to_parquet(tmp_path / "kpis"))

    assert (report.slugs, report.rows, len(report.parts)) == (31, 30, 4)
    ((slug, kind, message),) = map(msgspec.structs.astuple, report.failures)
    assert (slug, kind) == ("missing", "ProjectNotFoundError")
    assert "check the slug" in message
    rows = rows_of(tmp_path / "kpis")
    assert [row["project"] for row in rows] == ["local"] * 30
    assert {row["current_visitors"] for row in rows} != {0}
    assert progress[-1] == (31, 31)
    assert pl.read_parquet(tmp_path / "kpis").height == 30
    assert not staging_folder_of(tmp_path / "kpis").exists()


async def test_each_worker_process_has_one_client_which_ends_with_the_run(
    cluster: Client, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    loguro_emulator.fail(latency=0.02)  # so that both workers take their share
    run = ClusterFanOut(
        cluster,
        ["local"] * 40,
        kpis,
        Kpis,
        connect=connector(loguro_emulator),
        partition_size=5,
        concurrency=1,
    )
    making = asyncio.ensure_future(in_thread(lambda: run.to_parquet(tmp_path / "out")))

    async def both_have_a_client() -> bool:
        plugins = await in_thread(lambda: cluster.run(own_plugins))
        return [len(names) for names in plugins.values()] == [1, 1]

    await eventually(both_have_a_client)
    await making
    assert list((await in_thread(lambda: cluster.run(own_plugins))).values()) == [[], []]


def own_plugins(dask_worker: Any) -> list[str]:  # noqa: ANN401 - a worker
    return [name for name in dask_worker.plugins if name.startswith("loguro-")]


async def test_a_dataframe_has_the_same_types_with_rows_and_without(
    cluster: Client, loguro_emulator: LoguroEmulator
) -> None:
    make = partial(
        ClusterFanOut,
        cluster,
        call=top_pages,
        kind=TopList[TopPage],
        connect=connector(loguro_emulator),
        partition_size=2,
    )
    frame, report = await in_thread(make(slugs=iter(["local"] * 3)).to_dataframe)
    rows = await in_thread(frame.compute)
    assert len(rows) == report.rows == 9
    assert list(rows["project"]) == ["local"] * 9

    for none in (["missing"], []):
        frame, report = await in_thread(make(slugs=none).to_dataframe)
        empty = await in_thread(frame.compute)
        assert (len(empty), report.rows, len(report.failures)) == (0, 0, len(none))
        assert empty.dtypes.to_dict() == rows.dtypes.to_dict()


async def test_a_refused_token_ends_the_run(
    cluster: Client, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    refused = partial(LoguroClient, "pat_unknown", base_url=loguro_emulator.base_url)
    run = ClusterFanOut(cluster, ["local"] * 50, kpis, Kpis, connect=refused, partition_size=5)
    with pytest.raises(AuthenticationError) as caught:
        await in_thread(lambda: run.to_parquet(tmp_path / "out"))
    assert "pat_unknown" not in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


async def test_a_worker_that_is_killed_loses_nothing_and_duplicates_nothing(
    redis_server: RedisServer, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    rate = 200.0
    connect = partial(connect_with_shared_limits, loguro_emulator.base_url, redis_server.url, rate)

    def work() -> tuple[int, float]:
        with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
            ) as local,
            Client(local) as client,
        ):
            (victim, _) = client.run(os.getpid).values()
            run = ClusterFanOut(
                client,
                ["local"] * 200,
                kpis,
                Kpis,
                connect=partial(connect, loguro_emulator.token),
                partition_size=20,
                progress=lambda done, _: os.kill(victim, signal.SIGKILL) if done == 40 else None,
            )
            begun = time.monotonic()
            report = run.to_parquet(tmp_path / "out")
            took_seconds = time.monotonic() - begun
            assert report.failures == ()
            return report.rows, took_seconds

    rows, took_seconds = await in_thread(work)
    assert rows == len(rows_of(tmp_path / "out")) == 200
    # All workers together kept the pace that they share.
    assert took_seconds >= (len(loguro_emulator.requests) - 1) / rate


def connect_with_shared_limits(base_url: str, redis: str, rate: float, token: str) -> LoguroClient:
    shared = RedisLimits(redis, concurrency=8, rate=rate, lease_seconds=3.0)
    return LoguroClient(token, base_url=base_url, limits=Limits(shared=shared))


async def test_an_invalid_argument_is_refused_before_anything_is_sent(
    cluster: Client, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    make = partial(ClusterFanOut, cluster, call=kpis, connect=connector(loguro_emulator))
    with pytest.raises(InvalidQueryError, match="must be an iterable of slugs"):
        make(slugs="local", kind=Kpis)
    with pytest.raises(InvalidQueryError, match=r"partition_size must be .* got 0"):
        make(slugs=["local"], kind=Kpis, partition_size=0)
    with pytest.raises(InvalidQueryError, match=r"concurrency must be .* got True"):
        make(slugs=["local"], kind=Kpis, concurrency=True)
    with pytest.raises(InvalidQueryError, match="is no struct"):
        make(slugs=["local"], kind=int)
    (tmp_path / "part-00007.parquet").touch()
    with pytest.raises(InvalidQueryError, match="files of another run"):
        await in_thread(lambda: make(slugs=["local"], kind=Kpis).to_parquet(tmp_path))
    assert loguro_emulator.requests == []


async def test_an_asynchronous_cluster_is_refused(cluster: Client) -> None:
    class Asynchronous:
        asynchronous = True

    with pytest.raises(ConfigurationError, match=r"asyncio\.to_thread"):
        ClusterFanOut(Asynchronous(), ["local"], kpis, Kpis)  # type: ignore[arg-type]


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "loguro_async.integrations.dask")
    with pytest.raises(ImportError, match=r"loguro-async\[dask\]"):
        import_module("loguro_async.integrations.dask")
