"""A run over 20,000 projects into Parquet: in one process, and on Dask clusters of this machine."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import Client, LocalCluster

from benchmarks.raw_server import serving
from benchmarks.tables import Table
from loguro_async import Kpis, LoguroClient
from loguro_async.export import Part
from loguro_async.integrations.dask import ClusterFanOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.project import Project

SLUGS = 20_000
ONE_PROCESS = "client.fan_out in one process (floor)"


async def kpis(project: Project) -> Kpis:
    return await project.kpis(range="7d")


async def in_one_process(connect: Callable[[], LoguroClient], folder: Path) -> int:
    async with connect() as client, Part(folder / "kpis.parquet", Kpis, label="project") as part:
        async for result in client.fan_out((f"p{number}" for number in range(SLUGS)), kpis):
            await part.add(result.unwrap(), label=result.slug)
    return part.rows


def on_a_cluster(client: Client, connect: Callable[[], LoguroClient], folder: Path) -> int:
    slugs = (f"p{number}" for number in range(SLUGS))
    return ClusterFanOut(client, slugs, kpis, Kpis, connect=connect).to_parquet(folder).rows


def per_second(work: Callable[[Path], int]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        assert work(Path(folder)) == SLUGS
        return SLUGS / (time.perf_counter() - began)


def main() -> None:
    table = Table(
        "cluster",
        f"{SLUGS:,} projects into Parquet, on {os.cpu_count()} cores",
        unit="projects per second",
        reference=ONE_PROCESS,
        method="1,000 slugs in a partition, 64 calls at a time in each worker, one thread a "
        "worker; the note is what starting the cluster takes, once, before that.",
    )
    with serving() as origin:
        connect = partial(LoguroClient, "pat_made-up", base_url=origin)
        table.rows[ONE_PROCESS] = per_second(lambda to: asyncio.run(in_one_process(connect, to)))
        for workers in (1, 2):
            name = f"ClusterFanOut, worker processes: {workers}"
            began = time.perf_counter()
            with (
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                ) as cluster,
                Client(cluster) as client,
            ):
                table.notes[name] = f"{time.perf_counter() - began:.1f} s"
                table.rows[name] = per_second(partial(on_a_cluster, client, connect))
    table.show()


if __name__ == "__main__":
    main()
