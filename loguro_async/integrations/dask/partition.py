"""Queries the projects of one partition of a fan-out, in a Dask worker."""

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

SLUG_COLUMN = "project"
"""The name of the first column."""


class FailedSlug(Struct, frozen=True):
    """A project whose call failed.

    Attributes:
        slug: The project.
        kind: The error's class, such as ``ProjectNotFoundError``.
        message: The error's message.
    """

    slug: str
    kind: str
    message: str


class RunSettings(Struct, frozen=True):
    """The settings that all partitions of a run share.

    Attributes:
        run: A unique name of the run.
        connect: Makes the client of a worker.
        call: Makes one project's call.
        kind: The type of the responses.
        concurrency: The maximum of concurrent calls in one partition.
        staging: The folder of unfinished files; ``None`` where no files are written.
    """

    run: str
    connect: Callable[[], LoguroClient]
    call: Callable[[Project], Awaitable[Struct]]
    kind: Any
    concurrency: int
    staging: Path | None = None


class PartitionReport(Struct, frozen=True):
    """The outcome of a partition, without its rows.

    Attributes:
        slugs: The number of projects that were queried.
        rows: The number of rows of their responses.
        failures: The projects whose call failed.
    """

    slugs: int
    rows: int
    failures: tuple[FailedSlug, ...]


class PartitionResult(Struct, frozen=True):
    """The outcome of a partition, with its rows.

    Attributes:
        report: The outcome without the rows.
        parquet: The rows as Parquet; empty where they were written to a file.
    """

    report: PartitionReport
    parquet: bytes


async def run_partition(
    settings: RunSettings, slugs: Sequence[str], file: Path | None
) -> PartitionResult:
    """Queries every project of a partition, in the worker's event loop.

    A second run gives the same rows in the same order and replaces the same file, so that the
    result has a partition once even if its worker was lost.

    Args:
        settings: The settings of the run.
        slugs: The projects.
        file: The file for the rows; ``None`` for the worker's memory.
    """
    client = await _worker_client(settings)
    failures: list[FailedSlug] = []
    stream = BytesIO()
    results = client.fan_out(slugs, settings.call, concurrency=settings.concurrency, ordered=True)
    async with (
        Part(
            file or stream,
            settings.kind,
            format="parquet",
            label=SLUG_COLUMN,
            staging=settings.staging,
        ) as part,
        aclosing(results),
    ):
        async for result in results:
            if result.error is None:
                await part.add(result.unwrap(), label=result.slug)
            else:
                error = result.error
                failures.append(FailedSlug(result.slug, type(error).__name__, str(error)))
    report = PartitionReport(len(slugs), part.rows, tuple(failures))
    return PartitionResult(report, stream.getvalue())


def report_of(result: PartitionResult) -> PartitionReport:
    """Returns the outcome of a partition without its rows."""
    return result.report


def dataframe_of(result: PartitionResult) -> pd.DataFrame:
    """Returns the rows of a partition as a pandas dataframe with Arrow's types."""
    return to_pandas(parquet.read_table(BytesIO(result.parquet)))


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Returns an Arrow table as a pandas dataframe, whose types do not depend on the rows."""
    import pandas as pd  # noqa: PLC0415 - only dataframes need it, files do not

    return table.to_pandas(types_mapper=pd.ArrowDtype)


class _ClientPlugin(WorkerPlugin):
    """The client of a run in one worker process, closed at the end of the run or of the worker."""

    def __init__(self, client: LoguroClient) -> None:
        self.client = client

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - given by name
        """Closes the client."""
        await self.client.aclose()


async def _worker_client(settings: RunSettings) -> LoguroClient:
    worker = get_worker()
    if settings.run not in worker.plugins:
        await worker.plugin_add(_ClientPlugin(settings.connect()), name=settings.run)
    return cast("_ClientPlugin", worker.plugins[settings.run]).client


async def close_client(run: str, dask_worker: Worker) -> None:
    """Closes the client of a run in this worker, which cancels its calls."""
    if run in dask_worker.plugins:
        await dask_worker.plugin_remove(name=run)
