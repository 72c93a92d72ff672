"""What a worker does: ask the projects of one partition, and put the answers into one part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from distributed import Worker, WorkerPlugin, get_worker
from msgspec import Struct
from pyarrow import parquet

from loguro_async.client import LoguroClient
from loguro_async.export import Part
from loguro_async.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

LABEL = "project"
"""The first column: the slug."""


class FailedSlug(Struct, frozen=True):
    """A project that could not be asked.

    Attributes:
        slug: The project.
        kind: The error's class, such as ``ProjectNotFoundError``.
        message: What it says.
    """

    slug: str
    kind: str
    message: str


class Task(Struct, frozen=True):
    """What is done for every partition of a run.

    Attributes:
        run: A name that no other run has.
        connect: Makes a worker's client.
        call: Asks one project.
        kind: The type of its answers.
        concurrency: Calls under way at the most, in one partition.
        staging: Where unfinished files lie, where partitions go to files.
    """

    run: str
    connect: Callable[[], LoguroClient]
    call: Callable[[Project], Awaitable[Struct]]
    kind: Any
    concurrency: int
    staging: Path | None = None


class PartReport(Struct, frozen=True):
    """What came of a partition.

    Attributes:
        slugs: How many projects were asked.
        rows: How many rows their answers had.
        failures: Projects that did not answer.
    """

    slugs: int
    rows: int
    failures: tuple[FailedSlug, ...]


class Answered(Struct, frozen=True):
    """A partition that was asked.

    Attributes:
        report: What came of it.
        content: Its part as Parquet; empty where that is a file.
    """

    report: PartReport
    content: bytes


async def ask(task: Task, slugs: Sequence[str], file: Path | None) -> Answered:
    """Ask every project of a partition; runs in the worker's own event loop.

    Done again, it gives the same rows in the same order and replaces the same file, so that a
    partition whose worker was lost is in the result once.

    Args:
        task: What to do.
        slugs: The projects.
        file: Where the rows go; ``None`` to keep them in the worker's memory.
    """
    client = await _client_here(task)
    failures: list[FailedSlug] = []
    stream = BytesIO()
    results = client.fan_out(slugs, task.call, concurrency=task.concurrency, ordered=True)
    async with (
        Part(
            file or stream, task.kind, format="parquet", label=LABEL, staging=task.staging
        ) as part,
        aclosing(results),
    ):
        async for result in results:
            if result.error is None:
                await part.add(result.unwrap(), label=result.slug)
            else:
                error = result.error
                failures.append(FailedSlug(result.slug, type(error).__name__, str(error)))
    return Answered(PartReport(len(slugs), part.rows, tuple(failures)), stream.getvalue())


def report_of(answered: Answered) -> PartReport:
    """What came of a partition, without its rows."""
    return answered.report


def frame_of(answered: Answered) -> pd.DataFrame:
    """A partition's rows for pandas, with Arrow's types."""
    return as_frame(parquet.read_table(BytesIO(answered.content)))


def as_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table for pandas; a column has the same type whether there are rows or not."""
    import pandas as pd  # noqa: PLC0415 - only frames need it, files do not

    return table.to_pandas(types_mapper=pd.ArrowDtype)


class _Client(WorkerPlugin):
    """A run's client in one worker process, which ends with the run or with the worker."""

    def __init__(self, client: LoguroClient) -> None:
        self.client = client

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - given by name
        """Close the client."""
        await self.client.aclose()


async def _client_here(task: Task) -> LoguroClient:
    worker = get_worker()
    if task.run not in worker.plugins:
        await worker.plugin_add(_Client(task.connect()), name=task.run)
    return cast("_Client", worker.plugins[task.run]).client


async def leave(run: str, dask_worker: Worker) -> None:
    """Close a run's client in this worker; what it still asks ends."""
    if run in dask_worker.plugins:
        await dask_worker.plugin_remove(name=run)
